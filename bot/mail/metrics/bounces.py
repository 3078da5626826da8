"""What bounced, why, at which domain, and whose mail it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.base.database import Connection, queries
from bot.mail.metrics.carriers import domain_of
from bot.mail.metrics.counting import kind_of
from bot.mail.metrics.events import LOOK_BACK, Kind
from bot.mail.metrics.owners import owners_of
from bot.mail.metrics.reasons import Reason, reason_class

SQL = queries("metrics_bounces")


@dataclass(frozen=True)
class Bounce:
    """One message that bounced."""

    message_id: str | None
    at: datetime
    kind: Kind
    reason_class: Reason
    domain: str | None
    """Of the recipient, in lower case; ``None`` when Faxi did not keep it."""
    owner: UUID | None
    """Whose mail it was; ``None`` when nobody is known."""


async def bounces(connection: Connection, start: datetime, end: datetime) -> tuple[Bounce, ...]:
    """Return what bounced in [start, end), the newest first, each message once."""
    rows = await connection.fetch(SQL["bounces"], start - LOOK_BACK, start, end)
    owners = await owners_of(connection, {row["message_id"]: row["at"] for row in rows if row["message_id"]})
    return tuple(
        Bounce(
            row["message_id"],
            row["at"],
            kind_of(row["kind"]),
            reason_class(row["reason"]),
            domain_of(row["recipient"]),
            owners.get(row["message_id"]),
        )
        for row in rows
    )
