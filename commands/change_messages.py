"""How a change of the runbook is told: what was added, changed and taken away, with a count of what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import change_log
from bot.engine.change_log import Changes, Entries
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Message, context, header, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import wording

_LINES: Final = 12
"""Entries of one kind of change that are named; more are counted."""
_PARTS: Final[Mapping[str, str]] = {
    "procedures": "procedure",
    "lists": "list",
    "alerts": "alert",
    "on_call": "on call",
    "maintenance": "maintenance",
    "queries": "query",
    "inside": "contact",
    "outside": "contact",
    "escalation": "escalation",
    "documentation": "documentation",
    "reference": "reference",
}


def lines(changes: Changes) -> list[Mrkdwn]:
    """Say what is different, a line each."""
    said: list[Mrkdwn] = []
    for word, some in (("Added", changes.added), ("Changed", changes.changed), ("Taken away", changes.removed)):
        said += [md("{word}: {what}", word=word, what=_what(name, title)) for name, title in some[:_LINES]]
        if len(some) > _LINES:
            said.append(md("{word}: {more} more", word=word, more=len(some) - _LINES))
    return said or [md("Nothing that people see: the file is written in another way.")]


def _what(name: str, title: str) -> Mrkdwn:
    part, _, rest = name.partition("/")
    above, _, step = rest.partition("/")
    if not step:
        return md("{title} ({part})", title=title, part=_PARTS.get(part, part))
    return md("{title} (step of {above})", title=title, above=above.replace("_", " "))


async def changed(connection: Connection, _: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Tell what changed in the runbook."""
    noted = await change_log.noted(connection, int(parameters["row"]))
    before: Entries = noted.before or {} if noted else {}
    changes = change_log.compare(before, noted.entries if noted else {})
    count = wording.count(changes.total, "change", "changes")
    return message(
        f"The runbook is another one: {count}.",
        header("The runbook changed"),
        *_sections(lines(changes)),
        context(md("Cases that are open go on as they were begun. `/faxi-procedure changes` shows this again.")),
    )


def _sections(said: Sequence[Mrkdwn]) -> list[dict[str, Any]]:
    return [section(text.join("\n", said[at : at + 10])) for at in range(0, len(said), 10)]


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the post about a change."""
    return {change_log.CHANGED: changed}
