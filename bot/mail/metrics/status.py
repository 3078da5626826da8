"""The figures of all mail in a window: sent, bounced, complained about, delivered.

Sources: runbook "Useful Queries, Current System Status"; what each figure means says :mod:`.events`.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries
from bot.mail.metrics.events import DAY, LAG, LOOK_BACK, NOT_COUNTED

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
    """Count what happened in [start, end)."""
    row = await connection.fetchrow(SQL["window"], start - LOOK_BACK, start, end, list(NOT_COUNTED))
    if row is None:
        message = "a query without GROUP BY gives a row"
        raise RuntimeError(message)
    return Window(start, end, **dict(row))


async def delivery(connection: Connection, start: datetime, end: datetime) -> Delivery:
    """Count the messages sent in [start, end), and those of them that were delivered.

    A delivery may be dated before its message was noted as sent: it is looked for from 48 hours
    before the window to the end of all time.
    """
    row = await connection.fetchrow(SQL["delivery"], start - LOOK_BACK, start, end)
    if row is None:
        message = "a query without GROUP BY gives a row"
        raise RuntimeError(message)
    return Delivery(start, end, **dict(row))


async def mail_figures(connection: Connection, now: datetime) -> MailFigures:
    """Compute the figures of the 24 hours before ``now`` and of the 24 hours before these.

    Params:
        connection: any.
        now: business time; what lies at or after it is not counted.
    """
    return MailFigures(
        today=await window(connection, now - DAY, now),
        before=await window(connection, now - 2 * DAY, now - DAY),
        delivery=await delivery(connection, now - DAY - LAG, now - LAG),
        delivery_before=await delivery(connection, now - 2 * DAY - LAG, now - DAY - LAG),
        newest=await connection.fetchval(SQL["newest"], now),
        at=now,
    )
