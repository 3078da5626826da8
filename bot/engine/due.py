"""What is due: rows that the ticker finds and hands on, each done exactly once, also after an outage."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, queries

SQL = queries("due")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Due:
    """One due row."""

    id: int
    kind: str
    subject: str
    due_at: datetime


Handler = Callable[[Connection, Due, datetime], Awaitable[None]]
"""Does what a kind of due row asks for, inside the transaction that marks the row done."""


async def add(connection: Connection, kind: str, subject: str, due_at: datetime, *, poll: bool = False) -> None:
    """Make something due at ``due_at`` (business time).

    Parameters:
        poll: it only looks whether there is something to do, so moving a trial's clock need not stop for it.
    """
    await connection.execute(SQL["add"], kind, subject, due_at, poll)


async def cancel(connection: Connection, kind: str, subject: str, now: datetime) -> None:
    """Take back what is due of this kind and subject and has not run."""
    await connection.execute(SQL["cancel"], kind, subject, now)


async def plan(connection: Connection, kind: str, subject: str, due_at: datetime, now: datetime) -> None:
    """Let this be due at ``due_at`` and at no other time; what was taken back at that instant comes again."""
    await connection.execute(SQL["cancel_others"], kind, subject, due_at, now)
    await connection.execute(SQL["plan"], kind, subject, due_at)


async def pending(connection: Connection, kind: str, subject: str) -> datetime | None:
    """Return when something of this kind and subject is due next, or ``None``."""
    value: datetime | None = await connection.fetchval(SQL["pending"], kind, subject)
    return value


async def run_ready(
    pool: "asyncpg.Pool[asyncpg.Record]", handlers: Mapping[str, Handler], clock: Clock, *, limit: int = 50
) -> int:
    """Run what is due now, each row in a transaction of its own.

    A row whose work fails stays due and is tried again, later each time (up to five minutes).

    Returns:
        how many rows were done here.
    """
    async with pool.acquire() as connection:
        rows = await connection.fetch(SQL["ready"], clock.now(), limit)
        done = 0
        for row in rows:
            due = Due(row["id"], row["kind"], row["subject"], row["due_at"])
            try:
                done += await _run_one(connection, handlers[due.kind], due, clock.now())
            except (asyncpg.InterfaceError, OSError):
                raise
            except Exception as error:  # one bad row must not stop the others
                log.exception("due row failed", kind=due.kind, subject=due.subject)
                await connection.execute(SQL["postpone"], due.id, type(error).__name__)
        return done


async def _run_one(connection: Connection, handler: Handler, due: Due, now: datetime) -> bool:
    async with connection.transaction():
        if await connection.fetchval(SQL["claim"], due.id, now) is None:
            return False
        await handler(connection, due, now)
    return True
