"""Weeks of mail with the figures that a test names, and the weekly and monthly lists looked at by their own checks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot import wiring
from bot.base.database import Pool
from bot.engine.checks import Asked, Finding
from bot.engine.team import Team
from tests.support import listing
from tests.support.databases import Database
from tests.support.pressing import TEAM

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
_COLUMNS = ["event_type", "user_id", "message_id", "occurred_at", "details"]


async def write(
    database: Database,
    start: datetime,
    sent: int,
    *,
    delivered: int | None = None,
    permanent: int = 0,
    transient: int = 0,
    complaints: int = 0,
    within: timedelta = timedelta(days=6),
) -> None:
    """Write what was sent from an instant on, evenly spread; the last ones bounce, the first are complained about."""
    names = [f"{start:%Y%m%d}-{n}" for n in range(sent)]
    each = within / max(1, sent)
    rows: list[tuple[Any, ...]] = [("sent", None, name, start + n * each, None) for n, name in enumerate(names)]
    arrived = sent - permanent - transient if delivered is None else delivered
    rows += [("delivered", None, name, start + n * each + HOUR / 60, None) for n, name in enumerate(names[:arrived])]
    kinds = ["Permanent"] * permanent + ["Transient"] * transient
    rows += [
        ("bounced", None, name, start + within - HOUR, {"bounceType": kind})
        for name, kind in zip(reversed(names), kinds, strict=False)
    ]
    rows += [
        ("complained", None, name, start + within - HOUR, {"complaintType": "abuse"}) for name in names[:complaints]
    ]
    async with database.connect() as connection:
        await connection.copy_records_to_table("email_metrics", schema_name="public", columns=_COLUMNS, records=rows)


async def block(database: Database, account: object, domains: Sequence[str], at: datetime) -> None:
    """Let an account block one sender at each of these domains."""
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_blocklist (user_id, blocked_email, blocked_at) VALUES ($1, $2, $3)",
            [(account, f"sender{n}@{domain}", at) for n, domain in enumerate(domains)],
        )


async def look(pool: Pool, name: str, now: datetime, *, case: int = 0, team: Team = TEAM) -> Finding:
    """Let one check look."""
    async with pool.acquire() as connection:
        return await wiring.CHECKS[name](connection, Asked(team, now, None, case))


async def begin(pool: Pool, name: str, planned_at: datetime, team: Team = TEAM) -> int:
    """Open a list of the shipped runbook, and let the bot look by its own checks; return the case."""
    case_id = await listing.begin(pool, team, name, planned_at=planned_at)
    await listing.look_by(pool, team, wiring.CHECKS, planned_at)
    return case_id
