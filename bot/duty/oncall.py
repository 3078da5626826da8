"""Who is on call: one row a role, taken by whoever says so; the rota comes later."""

from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries
from bot.engine import outbox
from bot.engine.team import Team

SQL = queries("oncall")
PRIMARY = "primary"


@dataclass(frozen=True)
class OnCall:
    """Somebody who is on call."""

    role: str
    person: str
    since: datetime


async def now_on_call(connection: Connection) -> OnCall | None:
    """Return who is on call, or ``None`` when nobody ever said so."""
    rows = await connection.fetch(SQL["oncall"])
    return next((OnCall(**dict(row)) for row in rows if row["role"] == PRIMARY), None)


async def take(connection: Connection, team: Team, person: str, now: datetime) -> bool:
    """Put the person on call and announce it; say whether anything changed."""
    row = await connection.fetchrow(SQL["take"], PRIMARY, person, now)
    if row is None:
        return False
    await outbox.post(
        connection,
        "oncall.taken",
        "oncall",
        team.channels.operations,
        now,
        parameters={"person": person, "before": row["before"]},
    )
    return True
