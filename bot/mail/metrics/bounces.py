"""What bounced, why, at which domain, and whose mail it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.mail.metrics.carriers import domain_of
from bot.mail.metrics.counting import kind_of
from bot.mail.metrics.events import LOOK_BACK, Kind
from bot.mail.metrics.made import no_row_before
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
    rows = await _first(connection, start, end)
    owners = await owners_of(connection, {row["message_id"]: row["at"] for row in rows if row["message_id"]})
    classes = {said: reason_class(said) for said in {row["reason"] for row in rows}}  # a server says the same to many
    found = (
        Bounce(
            row["message_id"],
            row["at"],
            kind_of(row["kind"]),
            classes[row["reason"]],
            domain_of(row["recipient"]),
            owners.get(row["message_id"]),
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: (one.at, one.message_id or ""), reverse=True))


async def _first(connection: Connection, start: datetime, end: datetime) -> list[asyncpg.Record]:
    """Read what bounced in [start, end), without what had bounced in the 48 hours before.

    Those are read only from where a message may have bounced: nearly all were made a moment before they did.
    """
    rows = await connection.fetch(SQL["bounces"], start, end)
    known = {row["message_id"]: no_row_before(row["message_id"], row["at"]) for row in rows if row["message_id"]}
    older = {message: first for message, first in known.items() if first is None or first < start}
    if not older:
        return rows
    since = max(start - LOOK_BACK, min(first or start - LOOK_BACK for first in older.values()))
    earlier = await connection.fetch(SQL["bounced_before"], since, start, list(older))
    repeated = {row["message_id"] for row in earlier}
    return [row for row in rows if row["message_id"] not in repeated]
