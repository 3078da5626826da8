"""What one account mailed and what became of it: the figures of 30 days, and day by day with the recipients' domains.

Source: runbook "User Email Activity". A bounce or a complaint is the account's when the message is, whoever
Faxi's row of it names (see :mod:`bot.mail.metrics.owners`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.base.database import Connection, queries
from bot.mail.metrics.accounts import Complaint, complaints_since, mails_since
from bot.mail.metrics.bounces import Bounce, bounces
from bot.mail.metrics.carriers import domain_of
from bot.mail.metrics.events import DAY, LAG, LOOK_BACK, WINDOW, Kind
from bot.mail.metrics.status import Delivery, Rate

SQL = queries("metrics_activity")
_MANY: Final = 100
"""Mails of the last day from which on all mail of the window is read by time, and not the account's by user."""


@dataclass(frozen=True)
class AccountMail:
    """The mail of one account in [start, end), and what bounced in it; complaints are :class:`AccountFigures`'."""

    start: datetime
    end: datetime
    sent: int
    permanent: int
    transient: int
    undetermined: int
    delivery: Delivery
    """Of an hour earlier, for deliveries are told late."""

    @property
    def bounce_rate(self) -> Rate:
        """Bounced over sent; it may be over 1."""
        return Rate(self.permanent + self.transient + self.undetermined, self.sent)


@dataclass(frozen=True)
class Domain:
    """What was sent to one domain, and what of that was delivered or bounced."""

    name: str | None
    """In lower case; ``None`` where Faxi kept no recipient."""
    sent: int
    delivered: int
    bounced: int


@dataclass(frozen=True)
class ActiveDay:
    """One day of an account's mail.

    Attributes:
        begin: its first instant in the team's zone, or that of the window in it.
        until: its end, or that of the window.
        sent: messages sent on it.
        delivered: how many of those were delivered, at whatever time.
        bounced: messages that bounced on it, by kind.
        complaints: messages that were first complained about on it.
        domains: the domains with most mail first.
    """

    begin: datetime
    until: datetime
    sent: int
    delivered: int
    bounced: Mapping[Kind, int]
    complaints: tuple[Complaint, ...]
    domains: tuple[Domain, ...]


async def account_mail(connection: Connection, user_id: UUID, now: datetime) -> AccountMail:
    """Count an account's mail and bounces of the 30 days before ``now``, and what was delivered."""
    start = now - WINDOW
    settled = start - LAG, now - LAG
    spans = await _sent(connection, user_id, settled[1], settled[:1])
    kinds = Counter(one.kind for one in await bounces_of(connection, user_id, start, now))
    return AccountMail(
        start,
        now,
        sent=await mails_since(connection, user_id, start, now),
        permanent=kinds["permanent"],
        transient=kinds["transient"],
        undetermined=kinds["undetermined"],
        delivery=Delivery(*settled, sent=sum(one[2] for one in spans), delivered=sum(one[3] for one in spans)),
    )


async def bounces_of(connection: Connection, user_id: UUID, start: datetime, end: datetime) -> tuple[Bounce, ...]:
    """Return what bounced of an account's mail in [start, end), the newest first."""
    return tuple(one for one in await bounces(connection, start, end) if one.owner == user_id)


async def active_days(connection: Connection, user_id: UUID, now: datetime, zone: ZoneInfo) -> tuple[ActiveDay, ...]:
    """Return the days of the 30 before ``now`` on which something happened, the newest first.

    The first of them may have begun before the window; only its part within it is counted.
    """
    start = now - WINDOW
    edges = [start, *_midnights(start, now, zone)]
    spans = await _sent(connection, user_id, now, edges)
    bounced = await bounces_of(connection, user_id, start, now)
    complaints = await complaints_since(connection, user_id, start, now)
    days = []
    for number, begin in enumerate(edges, start=1):
        end = edges[number] if number < len(edges) else now
        sent = [(domain, messages, delivered) for span, domain, messages, delivered in spans if span == number]
        back = [one for one in bounced if begin <= one.at < end]
        about = tuple(one for one in complaints if begin <= one.at < end)
        if sent or back or about:
            days.append(_day(begin, end, sent, back, about))
    return tuple(reversed(days))


def _day(
    begin: datetime,
    until: datetime,
    sent: Sequence[tuple[str | None, int, int]],
    bounced: Sequence[Bounce],
    complaints: tuple[Complaint, ...],
) -> ActiveDay:
    messages, delivered = Counter[str | None](), Counter[str | None]()
    for domain, count, of_these in sent:
        messages[domain] += count
        delivered[domain] += of_these
    back = Counter(one.domain for one in bounced)
    names = sorted(messages.keys() | back.keys(), key=lambda name: (-messages[name], -back[name], name or ""))
    return ActiveDay(
        begin,
        until,
        sent=messages.total(),
        delivered=delivered.total(),
        bounced=Counter(one.kind for one in bounced),
        complaints=complaints,
        domains=tuple(Domain(name, messages[name], delivered[name], back[name]) for name in names),
    )


def _midnights(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Give the instants in (start, end) at which a day begins."""
    day = start.astimezone(zone).date() + timedelta(days=1)
    while (at := datetime.combine(day, datetime.min.time(), zone)) < end:
        yield at
        day += timedelta(days=1)


async def _sent(
    connection: Connection, user_id: UUID, end: datetime, edges: Sequence[datetime]
) -> list[tuple[int, str | None, int, int]]:
    """Count what an account sent before ``end``: span after which edge, domain, messages, delivered of these."""
    lately = await connection.fetchval(SQL["sent_lately"], user_id, end - DAY, end, _MANY)
    # No index of Faxi's has user and time: a few mails are found by the user, many in the order of time.
    query = SQL["sent_by_much"] if lately == _MANY else SQL["sent_by_little"]
    rows = await connection.fetch(query, user_id, edges[0] - LOOK_BACK, end, list(edges))
    return [
        (row["span"], domain_of(row["domain"] and f"x{row['domain']}"), row["sent"], row["delivered"])
        for row in rows
        if row["span"]
    ]
