"""The figures of all mail in a window: sent, bounced, complained about, delivered.

Sources: runbook "Useful Queries, Current System Status"; what each figure means says :mod:`.events`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries
from bot.mail.metrics.counting import Row, edges_of, first_bounces, first_complaints, first_sent
from bot.mail.metrics.events import DAY, LAG, LOOK_BACK

SQL = queries("metrics_status")


@dataclass(frozen=True)
class Rate:
    """A part of a whole, as counted. Without a whole there is no rate, which is neither zero nor in order."""

    part: int
    whole: int

    def over(self, numerator: int, denominator: int) -> bool | None:
        """Say whether the rate is above a limit, strictly and unrounded; ``None`` when there is no rate."""
        return self.part * denominator > self.whole * numerator if self.whole else None

    def under(self, numerator: int, denominator: int) -> bool | None:
        """Say whether the rate is below a limit, strictly and unrounded; ``None`` when there is no rate."""
        return self.part * denominator < self.whole * numerator if self.whole else None


@dataclass(frozen=True)
class Window:
    """What happened in [start, end); each message counts once for what happened to it."""

    start: datetime
    end: datetime
    sent: int
    permanent: int
    transient: int
    undetermined: int
    complaints: int
    not_counted: int
    """Messages with reports of kinds that do not count only."""

    @property
    def bounced(self) -> int:
        """All bounces: the rule takes every kind."""
        return self.permanent + self.transient + self.undetermined

    @property
    def bounce_rate(self) -> Rate:
        """Bounced in the window over sent in the window; it may be over 1."""
        return Rate(self.bounced, self.sent)

    @property
    def complaint_rate(self) -> Rate:
        """Complained about in the window over sent in the window; it may be over 1."""
        return Rate(self.complaints, self.sent)


@dataclass(frozen=True)
class Delivery:
    """Messages sent in [start, end), and how many of them were delivered, at whatever time."""

    start: datetime
    end: datetime
    sent: int
    delivered: int

    @property
    def rate(self) -> Rate:
        """Delivered over sent; never over 1."""
        return Rate(self.delivered, self.sent)


@dataclass(frozen=True)
class MailFigures:
    """All that the status shows about mail, of one instant."""

    today: Window
    """The 24 hours before ``at``."""
    before: Window
    """The 24 hours before these."""
    delivery: Delivery
    """Of [at - 25 h, at - 1 h)."""
    delivery_before: Delivery
    newest: datetime | None
    """The newest event of any type before ``at``."""
    at: datetime


async def window(connection: Connection, start: datetime, end: datetime) -> Window:
    """Count what happened in [start, end); a message that is told again later counts at its first time."""
    spans = await _spans(connection, edges_of([(start, end)]))
    rows = await _reports(connection, start - LOOK_BACK, end)
    return _window(spans, rows, start, end)


async def mail_figures(connection: Connection, now: datetime) -> MailFigures:
    """Compute the figures of the 24 hours before ``now`` and of the 24 hours before these.

    All rows are read once for all figures, so the cost follows the mail of four days.

    Params:
        connection: any; in a transaction or not.
        now: business time; nothing at or after it is counted but deliveries, which may be dated so.
    """
    today, before = (now - DAY, now), (now - 2 * DAY, now - DAY)
    settled, settled_before = (today[0] - LAG, now - LAG), (before[0] - LAG, today[0] - LAG)
    spans = await _spans(connection, edges_of([today, before, settled, settled_before]))
    rows = await _reports(connection, before[0] - LOOK_BACK, now)
    return MailFigures(
        today=_window(spans, rows, *today),
        before=_window(spans, rows, *before),
        delivery=_delivery(spans, *settled),
        delivery_before=_delivery(spans, *settled_before),
        newest=await connection.fetchval(SQL["newest"], now),
        at=now,
    )


@dataclass(frozen=True)
class _Spans:
    """How many messages were sent in which spans between the edges."""

    edges: Sequence[datetime]
    messages: Mapping[int, int]


async def _spans(connection: Connection, edges: Sequence[datetime]) -> _Spans:
    """Read what was sent and delivered, with settings that end with it, whatever transaction it is in."""
    settings = connection.transaction()
    await settings.start()
    try:
        await connection.fetchrow(SQL["settings"])
        rows = await connection.fetch(SQL["spans"], edges[0], edges)
    finally:
        await settings.rollback()  # nothing was written
    return _Spans(edges, {row["spans"]: row["messages"] for row in rows})


async def _reports(connection: Connection, start: datetime, end: datetime) -> list[Row]:
    return [Row(*row) for row in await connection.fetch(SQL["reports"], start, end)]


def _window(spans: _Spans, rows: Sequence[Row], start: datetime, end: datetime) -> Window:
    sent, _ = first_sent(spans.messages, spans.edges, start, end)
    bounced = first_bounces(rows, start, end)
    complaints, not_counted = first_complaints(rows, start, end)
    return Window(
        start,
        end,
        sent=sent,
        permanent=bounced["permanent"],
        transient=bounced["transient"],
        undetermined=bounced["undetermined"],
        complaints=complaints,
        not_counted=not_counted,
    )


def _delivery(spans: _Spans, start: datetime, end: datetime) -> Delivery:
    return Delivery(start, end, *first_sent(spans.messages, spans.edges, start, end))
