"""What the bot asks of the database, what it is compared with, and whether both find the same."""

from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from bot.base.database import Connection, queries
from bot.duty import waiting
from bot.duty.status import Figures, Status
from bot.local.bench.databases import NOW
from bot.local.bench.measuring import BenchError
from bot.local.bench.rows import BUSY, HEAVIEST
from bot.mail.metrics.activity import ActiveDay, active_days
from bot.mail.metrics.bounces import Bounce, bounces
from bot.mail.metrics.complaints import near_limits
from bot.mail.metrics.events import DAY, NOT_COUNTED, WINDOW

SQL = queries("bench")
TOKYO: Final = ZoneInfo("Asia/Tokyo")
_PERSON: Final = "U0OP1"
_THINGS: Final = 6


async def gather(connection: Connection, status: Status) -> Figures:
    """Ask what all people see in the status.

    Raises:
        BenchError: a part of it did not come in time.
    """
    figures = await status.figures(connection, NOW)
    if any(part.unknown_since for part in (figures.mail, figures.accounts, figures.work)):
        raise BenchError("a part of the status did not come in time: try on a machine that does less")
    return figures


async def whole_status(connection: Connection) -> Figures:
    """Ask all that one /faxi-status of somebody who may do everything asks, with nothing kept from before."""
    async with connection.transaction():
        figures = await gather(connection, Status())
        await waiting.decisions(connection, _PERSON, _THINGS)
        await waiting.theirs(connection, _PERSON, NOW, _THINGS, in_operations=True)
    return figures


async def runbook_status(connection: Connection) -> asyncpg.Record | None:
    """Ask the runbook's one query."""
    return await connection.fetchrow(SQL["runbook_status"], NOW)


async def bounces_of_a_day(connection: Connection) -> tuple[Bounce, ...]:
    """Ask for the bounces of 24 hours with their true owners."""
    return await bounces(connection, NOW - DAY, NOW)


async def bounces_of_a_month(connection: Connection) -> tuple[Bounce, ...]:
    """Ask for the bounces of 30 days with their true owners."""
    return await bounces(connection, NOW - WINDOW, NOW)


async def joined_bounces(connection: Connection) -> list[asyncpg.Record]:
    """Ask for the bounces of 24 hours by the join of all events with themselves."""
    return await connection.fetch(SQL["joined_bounces"], NOW - DAY, NOW)


async def flagged(connection: Connection) -> tuple[tuple[object, int], ...]:
    """Ask which accounts are near the limits, by true owners."""
    return await near_limits(connection, NOW)


async def joined_flagged(connection: Connection) -> list[asyncpg.Record]:
    """Ask the same by the join of all events with themselves."""
    return await connection.fetch(SQL["joined_flagged"], NOW - WINDOW, NOW, list(NOT_COUNTED))


async def runbook_activity(connection: Connection) -> list[asyncpg.Record]:
    """Ask the runbook's query for the activity of whoever writes most."""
    return await connection.fetch(SQL["runbook_activity"], HEAVIEST, NOW)


async def activity(connection: Connection) -> tuple[ActiveDay, ...]:
    """Ask what whoever writes most mailed in 30 days, day by day, and what became of it."""
    return await active_days(connection, HEAVIEST, NOW, TOKYO)


async def activity_of_busy(connection: Connection) -> tuple[ActiveDay, ...]:
    """Ask the same of somebody who writes a lot, but is one of many who do."""
    return await active_days(connection, BUSY, NOW, TOKYO)


async def check(connection: Connection) -> int:
    """Compare what is found with what the slow and obvious queries find.

    Returns:
        how many figures and rows were compared.

    Raises:
        BenchError: two differ.
    """
    mail = (await whole_status(connection)).mail.now
    if mail is None:
        raise BenchError("the status has no mail")
    compared = 0
    for day in (mail.figures.today, mail.figures.before):
        exact = await connection.fetchrow(SQL["exact_day"], day.start, day.end, list(NOT_COUNTED))
        compared += _same("the day", exact and tuple(exact), (day.sent, day.bounced, day.complaints))
    for settled in (mail.figures.delivery, mail.figures.delivery_before):
        exact = await connection.fetchrow(SQL["exact_delivery"], settled.start, settled.end)
        compared += _same("deliveries", exact and tuple(exact), (settled.sent, settled.delivered))
    exact = await connection.fetchrow(SQL["exact_activity"], HEAVIEST, NOW - WINDOW, NOW)
    days = await activity(connection)
    compared += _same(
        "activity", exact and tuple(exact), tuple(sum(counts) for counts in zip(*map(_counts, days), strict=True))
    )
    compared += await _compare_owners(connection)
    return compared


async def _compare_owners(connection: Connection) -> int:
    """Compare owners with those of the joins, which know none of a message whose sent row names nobody."""
    joined = {row["message_id"]: (row["at"], row["owner"]) for row in await joined_bounces(connection)}
    bounced = await bounces_of_a_day(connection)
    named = {message for message, (_, owner) in joined.items() if owner is not None}
    found = {one.message_id: (one.at, one.owner if one.message_id in named else None) for one in bounced}
    compared = _same("bounces", joined, found)
    near = dict(await flagged(connection))
    counted = {row["owner"]: row["complaints"] for row in await joined_flagged(connection)}
    nameless = counted.pop(None, 0)
    _same("complaints", sum(counted.values()) + nameless, sum(near.values()))
    if any(near.get(owner, 0) < complaints for owner, complaints in counted.items()):
        raise BenchError("accounts: somebody has fewer complaints than the slow query finds")
    return compared + len(near)


def _counts(day: ActiveDay) -> tuple[int, int]:
    return day.sent, day.delivered


def _same(what: str, exact: object, found: object) -> int:
    if exact != found:
        raise BenchError(f"{what}: what was found is not what the slow query finds")
    return len(found) if isinstance(found, dict | tuple) else 1
