"""Records of the audit as they were drawn, and searching them as a person does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.base.database import Pool
from bot.engine import audit
from bot.engine.audit import Record
from bot.slack.blocks import Message
from bot.slack.interactions import Outcome
from tests.support import screens
from tests.support.pressing import press, shown, words
from tests.support.team import at

NOW = at("2026-11-25 09:25")
BOT = "bot"
STORY: tuple[tuple[str, str, str, str, int | None, bool, Mapping[str, Any]], ...] = (
    ("2026-11-25 09:06", BOT, "fax:deliver", "delivered", 53, True, {"fax": "OPS-0053-F1"}),
    ("2026-11-25 08:41", "U0MGR1", "restriction:approve", "approved", 53, True, {}),
    ("2026-11-25 08:39", "U0OP2", "restriction:approve", "refused:not_allowed", 53, False, {}),
    ("2026-11-25 08:30", BOT, "restriction:remind", "called", 53, True, {}),
    ("2026-11-25 03:24", "U0OP1", "restriction:ask", "asked", 53, True, {}),
    ("2026-11-25 02:53", "U0OP1", "status:show", "shown", None, True, {}),
    ("2026-11-24 19:12", BOT, "flagged:open", "opened", 51, True, {}),
    ("2026-11-24 17:40", "U0OP1", "account:reveal", "shown", 49, True, {}),
    ("2026-11-24 17:38", "U0OP1", "account:reveal", "refused:why_missing", 49, False, {}),
    ("2026-11-24 14:20", "U0OP1", "account:contact", "recorded", 49, True, {}),
    ("2026-11-24 11:05", "U0OP2", "account:show", "shown", None, True, {}),
)
"""The records of the drawn story of which the bot does such things, newest first."""


async def record(
    pool: Pool,
    when: datetime,
    who: str = "U0OP1",
    action: str = "case:show",
    result: str = "shown",
    case_id: int | None = None,
    *,
    subject: UUID | None = None,
    allowed: bool = True,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Append a record as the door does."""
    entry = Record(
        at=when,
        actor=who,
        actor_team="T0FAXI",
        channel="C0OPS",
        action=action,
        interaction=None,
        case_id=case_id,
        subject=subject,
        parameters=dict(parameters or {}),
        allowed=allowed,
        result=result,
        milliseconds=12,
    )
    async with pool.acquire() as connection, connection.transaction():
        return await audit.append(connection, entry)


async def story(pool: Pool, *, fill: int = 0) -> None:
    """Record what was drawn, after so many records that are nothing special."""
    for n in range(fill):
        await record(pool, at("2026-11-24 09:00") + timedelta(minutes=n), "U0OP2", case_id=n + 1)
    for when, who, action, result, case_id, allowed, parameters in reversed(STORY):
        await record(pool, at(when), who, action, result, case_id, allowed=allowed, parameters=parameters)


async def search(pool: Pool, text: str = "", who: str = "U0MGR1", **click: Any) -> Message:
    """Type /faxi-audit and return the answer."""
    return shown(await typed(pool, text, who, **click))


async def typed(pool: Pool, text: str, who: str = "U0MGR1", **click: Any) -> Outcome:
    """Type /faxi-audit and return what came of it."""
    return await press(pool, "/faxi-audit", who, kind="command", now=NOW, text=text, marked=text, **click)


def value_of(blocks: Any) -> str:
    """Return the value that the buttons carry, which is the same on all."""
    (value,) = {one["value"] for block in blocks for one in screens.elements(block) if "value" in one}
    return str(value)


def entries(message: Message) -> list[str]:
    """Return the sentences of a page."""
    return [line for line in words(message.blocks).split("\n") if line.startswith(":")]
