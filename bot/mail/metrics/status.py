"""The figures of all mail in a window: sent, bounced, complained about, delivered.

Sources: runbook "Useful Queries, Current System Status"; what each figure means says :mod:`.events`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from bot.base.database import Connection, queries
from bot.mail.metrics.counting import Row, first_bounces, first_complaints
from bot.mail.metrics.events import DAY, LAG, NOT_COUNTED, Kind
from bot.mail.metrics.made import EARLY, id_from
from bot.mail.metrics.spans import Span, Spans, edges_of

SQL = queries("metrics_status")
_BEFORE: Final = timedelta(hours=2)
"""How long before the windows reading begins: what was made from an hour later on is seen whole."""
_EDGES: Final = 7
"""How many instants of sending the query tells apart."""


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
    spans, rows = await _read(connection, [(start, end)], [])
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
    spans, rows = await _read(connection, [today, before], [settled, settled_before])
    return MailFigures(
        today=_window(spans, rows, *today),
        before=_window(spans, rows, *before),
        delivery=Delivery(*settled, *spans.first_sent(*settled)),
        delivery_before=Delivery(*settled_before, *spans.first_sent(*settled_before)),
        newest=await connection.fetchval(SQL["newest"], now),
        at=now,
    )


async def _read(
    connection: Connection, windows: Sequence[Span], of_sent_only: Sequence[Span]
) -> tuple[Spans, list[Row] | None]:
    """Read what happened to messages and, where that does not tell all, each row about a bounce or a complaint."""
    every = [*windows, *of_sent_only]
    reported = edges_of(windows)
    settings = connection.transaction()  # they end with it, whatever transaction this is in
    await settings.start()
    try:
        found = await connection.fetchrow(SQL["settings"])
        spans, filed = await _recent(connection, windows, of_sent_only, undated=bool(found and found["undated"]))
        known = spans.all_reported(windows)
        if not spans.all_sent(every):
            spans, filed, known = *await _looking_back(connection, edges_of(every), reported), True
    finally:
        await settings.rollback()  # nothing was written
    if known and not filed and all(spans.first_bounces(*one) is not None for one in windows):
        return spans, None
    rows = await connection.fetch(SQL["reports"], reported[0], reported[-1])
    return spans, [Row(*row) for row in rows]


async def _recent(
    connection: Connection, windows: Sequence[Span], of_sent_only: Sequence[Span], *, undated: bool
) -> tuple[Spans, bool]:
    """Read the bits of messages from a little before the windows on, and whether complaints were filed elsewhere.

    Nearly all that was sent in a window was made for it, as its id says: it has no row in the 48 hours before,
    half of all that would be read.
    """
    every = [*windows, *of_sent_only]
    begin, end = min(start for start, _ in every) - _BEFORE, max(end for _, end in every)
    sent = sorted({begin, *(edge for window in every for edge in window)})
    reported = sorted({begin, *(edge for window in windows for edge in window)})
    if len(sent) > _EDGES:
        message = "too many windows for one question"
        raise ValueError(message)
    first = min(edges_of(windows))
    made = id_from(begin + EARLY), id_from(end + EARLY)
    found = await connection.fetch(SQL["recent"], begin, sent, reported, list(NOT_COUNTED), *made, first, undated)
    return _told(sent, reported, found)


async def _looking_back(
    connection: Connection, sent: Sequence[datetime], reported: Sequence[datetime]
) -> tuple[Spans, bool]:
    """Read the bits of messages from 48 hours before the windows on."""
    since = min(sent[0], reported[0])
    return _told(sent, reported, await connection.fetch(SQL["spans"], since, sent, reported, list(NOT_COUNTED)))


def _told(
    sent: Sequence[datetime], reported: Sequence[datetime], found: Sequence[asyncpg.Record]
) -> tuple[Spans, bool]:
    messages = {row["spans"]: row["messages"] for row in found}
    return Spans(sent, reported, messages), not found or found[0]["filed"]  # without a row it is not said


def _window(spans: Spans, rows: Sequence[Row] | None, start: datetime, end: datetime) -> Window:
    bounced = spans.first_bounces(start, end) if rows is None else first_bounces(rows, start, end)
    kinds: Mapping[Kind, int] = bounced or {}
    complaints, not_counted = spans.first_complaints(start, end) if rows is None else first_complaints(rows, start, end)
    return Window(
        start,
        end,
        sent=spans.first_sent(start, end)[0],
        permanent=kinds.get("permanent", 0),
        transient=kinds.get("transient", 0),
        undetermined=kinds.get("undetermined", 0),
        complaints=complaints,
        not_counted=not_counted,
    )
