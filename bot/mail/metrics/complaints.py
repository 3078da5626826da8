"""What people complained about, whose mail it was, and which accounts are near the runbook's limits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.base.database import Connection, queries
from bot.mail.metrics.events import LOOK_BACK, NOT_COUNTED, WINDOW
from bot.mail.metrics.owners import owners_of

SQL = queries("metrics_complaints")


@dataclass(frozen=True)
class Reported:
    """One message that somebody complained about, or that was reported otherwise."""

    message_id: str | None
    at: datetime
    """Its first complaint that counts; of one that does not count, its first report."""
    kind: str
    """As SES names it, in lower case: abuse, fraud, virus, other, not-spam, ..."""
    counted: bool
    """Whether it is a complaint of a person about a mail."""
    owner: UUID | None
    """Whose mail it was; ``None`` when nobody is known."""


async def complaints(connection: Connection, start: datetime, end: datetime) -> tuple[Reported, ...]:
    """Return what was complained about in [start, end), the newest first, each message once.

    Both of Faxi's tables are read: events, and the one that its backend does not write yet.
    """
    rows = await connection.fetch(SQL["complaints"], start - LOOK_BACK, start, end, list(NOT_COUNTED))
    owners = await owners_of(connection, {row["message_id"]: row["at"] for row in rows if row["message_id"]})
    return tuple(Reported(**dict(row), owner=owners.get(row["message_id"])) for row in rows)


async def near_limits(connection: Connection, now: datetime) -> tuple[tuple[UUID, int], ...]:
    """Return the accounts that were complained about in the 30 days before ``now``, since their last lift.

    Returns:
        each account with its complaints that count, most first; the same figure as that of its own page.
    """
    found = [one for one in await complaints(connection, now - WINDOW, now) if one.counted and one.owner is not None]
    counted = Counter(await _since_lifts(connection, found))
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


async def _since_lifts(connection: Connection, found: Iterable[Reported]) -> list[UUID]:
    owned = [(one.owner, one.at) for one in found if one.owner is not None]
    rows = await connection.fetch(SQL["lifts"], sorted({owner for owner, _ in owned}))
    lifts = {row["subject"]: row["at"] for row in rows}
    return [owner for owner, at in owned if owner not in lifts or at >= lifts[owner]]
