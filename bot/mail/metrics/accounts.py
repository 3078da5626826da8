"""What is known about the mail of one account: its complaints and how much it sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from bot.base.database import Connection, queries
from bot.mail.metrics.complaints import Reported, complaints
from bot.mail.metrics.events import LOOK_BACK, NOT_COUNTED, WINDOW

SQL = queries("metrics")
_EVER = datetime(2000, 1, 1, tzinfo=UTC)  # before there was any mail


@dataclass(frozen=True)
class Complaint:
    """One message that somebody complained about."""

    at: datetime  # the earliest time that is known
    kind: str  # as SES names it: abuse, fraud, virus, other, ...


@dataclass(frozen=True)
class AccountFigures:
    """What is known about the mail of one account."""

    complaints: tuple[Complaint, ...]  # those that count, newest first
    not_counted: int  # messages with not-spam and auth-failure only
    mails: int  # distinct messages sent in the window
    until: datetime  # the end of the window, which is outside


async def account_figures(
    connection: Connection, user_id: UUID, now: datetime, since_lift: datetime | None
) -> AccountFigures:
    """Return the figures of one account over [now - 30 days, now).

    A message counts as complained about once, whether ``email_metrics`` or ``user_complaints`` has
    it, at its earliest row of a kind that counts. One whose owner is not known counts for nobody.

    Params:
        connection: any.
        user_id: Faxi's id.
        now: the end of the window, in business time.
        since_lift: the instant of the account's last lift; complaints before it do not count.
    """
    start = now - WINDOW
    begin = max(start, since_lift) if since_lift else start
    own = [one for one in await complaints(connection, start, now) if one.owner == user_id and one.at >= begin]
    counted = tuple(Complaint(one.at, one.kind) for one in _newest_first(own))
    return AccountFigures(counted, len(own) - len(counted), await mails_since(connection, user_id, start, now), now)


def _newest_first(found: Iterable[Reported]) -> list[Reported]:
    return sorted((one for one in found if one.counted), key=lambda one: (one.at, one.kind), reverse=True)


async def mails_since(connection: Connection, user_id: UUID, since: datetime, now: datetime) -> int:
    """Count the distinct messages that an account sent in [``since``, ``now``)."""
    return int(await connection.fetchval(SQL["mails"], user_id, since - LOOK_BACK, now, since))


async def complaints_of(
    connection: Connection, user_id: UUID, since: datetime | None, now: datetime
) -> Mapping[str, datetime]:
    """Return all messages of an account that were complained about before ``now``, each with its first time.

    Kinds that do not count are left out, and what was first complained about before ``since``.
    """
    rows = await connection.fetch(SQL["complaints"], user_id, _EVER, now, list(NOT_COUNTED))
    first = {row["message_id"]: row["counted_at"] for row in rows if row["counted_at"] is not None}
    return {message: at for message, at in first.items() if since is None or at >= since}


async def reported(connection: Connection, now: datetime) -> Mapping[str, datetime]:
    """Return all messages that were complained about in [now - 30 days, now), whosever they are."""
    rows = await connection.fetch(SQL["reported"], now - WINDOW, now, list(NOT_COUNTED))
    return {row["message_id"]: row["at"] for row in rows}


async def complaints_since(
    connection: Connection, user_id: UUID, since: datetime, now: datetime
) -> tuple[Complaint, ...]:
    """Return the complaints about an account that count, whose earliest is in [``since``, ``now``), newest first."""
    own = [one for one in await complaints(connection, since, now) if one.owner == user_id]
    return tuple(Complaint(one.at, one.kind) for one in _newest_first(own))
