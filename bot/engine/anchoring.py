"""Anchors: the head of the audit chain, said where the bot cannot take it back.

Whenever something was recorded, at the next quarter of an hour, and once a day in any case, the
head (number, hash, signature) is posted into a thread of the management channel.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import audit, due, outbox, roster
from bot.engine.audit import Record
from bot.engine.due import Due
from bot.engine.team import Team

SQL = queries("anchoring")
KIND = "audit.anchor"
HEAD, DAILY = "head", "daily"
THREAD, POST = "audit.thread", "audit.anchor"
_QUARTER = timedelta(minutes=15)


async def record(connection: Connection, entry: Record) -> int:
    """Append a record to the chain, as the last thing before the commit, and want an anchor for it.

    Returns:
        the record's number.
    """
    await due.add(connection, KIND, HEAD, _next_quarter(entry.at))
    return await audit.append(connection, entry)


def _next_quarter(at: datetime) -> datetime:
    quarters = int(at.timestamp()) // int(_QUARTER.total_seconds()) + 1
    return datetime.fromtimestamp(quarters * _QUARTER.total_seconds(), at.tzinfo)


async def record_own(
    connection: Connection,
    action: str,
    result: str,
    now: datetime,
    *,
    interaction: str | None = None,
    case_id: int | None = None,
    subject: UUID | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> None:
    """Append a record of something that the bot did by itself.

    Parameters:
        interaction: what it came from, such as ``due:12``.
    """
    entry = Record(
        at=now,
        actor=roster.BOT,
        actor_team=None,
        channel=None,
        action=action,
        interaction=interaction,
        case_id=case_id,
        subject=subject,
        parameters=dict(parameters or {}),
        allowed=True,
        result=result,
        milliseconds=None,
    )
    await record(connection, entry)


async def begin(connection: Connection, team: Team, now: datetime) -> None:
    """Want the thread of anchors and the daily one; harmless when they are there."""
    if await outbox.live_of(connection, "audit", THREAD) is None:
        await outbox.live(connection, THREAD, "audit", team.channels.management, now)
    if await due.pending(connection, KIND, DAILY) is None:
        await due.add(connection, KIND, DAILY, team.calendar.night_after(now))


async def anchor(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Post the present head into the thread (a due row)."""
    if row.subject == DAILY:
        await due.add(connection, KIND, DAILY, team.calendar.night_after(now))
    head = await audit.head(connection)
    if head is None:
        return
    new = await connection.fetchval(SQL["keep"], head.number, head.hash, now)
    if row.subject == HEAD:
        if new is None:
            return
        # A record received in this quarter may be committed a moment after now; one more look finds it.
        await due.add(connection, KIND, HEAD, _next_quarter(now), poll=True)
    thread = await outbox.live_of(connection, "audit", THREAD)
    await outbox.post(
        connection,
        POST,
        "audit",
        team.channels.management,
        now,
        parent=thread.id if thread else None,
        parameters={"number": head.number, "hash": head.hash},
    )
