"""The thread of anchors in the management channel: the head of the audit chain, said where it stays."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import audit
from bot.engine.audit import Head
from bot.engine.team import Team
from bot.slack.blocks import Message, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md


async def thread(_connection: Connection, _: str, __: Mapping[str, Any], _team: Team) -> Message:
    """Draw the message under which anchors are posted."""
    said = md(
        "*Audit anchors*\nEach reply holds the number and hash of the newest audit record of its time. "
        "Keep them: `faxi-bot audit verify --anchors FILE` compares the records with this thread."
    )
    return message("Audit anchors are kept in this thread.", section(said))


def anchor(line: Callable[[Head], str]) -> Renderer:
    """Return what draws one anchor; ``line`` writes it as ``audit verify`` reads it."""

    async def draw(_connection: Connection, _: str, parameters: Mapping[str, Any], _team: Team) -> Message:
        head = audit.Head(number=int(parameters["number"]), hash=str(parameters["hash"]))
        words = Mrkdwn(f"`{line(head)}`")
        return message(f"Audit anchor {head.number}.", section(words))

    return draw
