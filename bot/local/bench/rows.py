"""Tables of mail of any size in minutes, made inside PostgreSQL, with the faults that Faxi's data has.

Mail is spread evenly over the days; its senders are as uneven as people are (the first writes 7 % of
all of it). Bounces and complaints name another person than the sender; some events are stored again,
some deliveries are dated back or of messages that nobody knows, some mails were not stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries

SQL = queries("bench_rows")
HISTORY = queries("history")
USERS: Final = 20_000
ROWS_A_MAIL: Final = 2.022
"""Events that a mail has on average: it was sent, and nearly always delivered."""
HEAVIEST: Final = UUID("bb9836f5-e2ce-756d-059b-9a4556283bc0")
"""Who writes most: 7 % of all mail."""
BUSY: Final = UUID("6381c1f6-1c2d-86b3-2454-3741a65c500b")
"""Who writes 0.2 % of all mail."""
_AT_ONCE: Final = 250_000
"""Mails that one statement makes."""


async def fill(
    connection: Connection,
    rows: int,
    now: datetime,
    *,
    days: int = 400,
    stored_days: int = 120,
    users: int = USERS,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Fill Faxi's tables, which have no rows yet, and let PostgreSQL look at them.

    Params:
        connection: a superuser's, in no transaction.
        rows: about how many events there are.
        now: nothing happens at or after it.
        days: over how many days the mail is spread.
        stored_days: of how many days Faxi still holds the messages themselves.
        users: how many accounts write.
        report: told in words how far it is.
    """
    mails = round(rows / ROWS_A_MAIL)
    start, stored = now - timedelta(days=days), now - timedelta(days=stored_days)
    async with connection.transaction():
        indexes = await connection.fetch(HISTORY["plain_indexes"])
        for index in indexes:  # they are made anew at the end: so it takes a third of the time
            await connection.execute(index["drop"])
        await connection.execute(HISTORY["empty_tables"])
        await connection.execute(HISTORY["trust_rows"])
        await connection.fetchval(SQL["begin_anew"])
        await connection.execute(SQL["people"], users, start)
        for first in range(1, mails + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, mails)
            await connection.execute(SQL["mails"], start, now, mails, first, last, users, stored)
            report(f"{round(last / mails * rows):,} of {rows:,} rows")
        await connection.execute(HISTORY["check_rows_again"])
        report("its indexes")
        for index in indexes:
            await connection.execute(index["make"])
    await connection.execute(SQL["analyze"])
