"""The figures of days, weeks and months: what was sent, what became of it, each span read by itself and bounded.

The status reads the last days in one pass; a span that ended weeks ago would read all that came since. What each
figure means is the same (:mod:`.events`), and a test holds both against each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection, queries
from bot.mail.metrics.counting import Row, first_bounces, first_complaints
from bot.mail.metrics.events import LOOK_BACK, Kind
from bot.mail.metrics.status import SQL as STATUS
from bot.mail.metrics.status import Delivery, Rate, Window

SQL = queries("metrics_periods")
DELIVERED_WITHIN: Final = timedelta(days=14)
"""How long after a span deliveries of its mail are looked for: SES gives up after hours, so this is any time."""


@dataclass(frozen=True)
class Period:
    """One span: what happened in it, and how much of what was sent in it was delivered."""

    window: Window
    delivery: Delivery


async def period(connection: Connection, start: datetime, end: datetime, *, settled: datetime | None = None) -> Period:
    """Count what happened in [start, end).

    Parameters:
        settled: until when mail is judged by its delivery; without it the whole span is, which must be over.
    """
    until = end if settled is None else max(start, settled)
    row = await connection.fetchrow(SQL["sent"], start, end, until, start - LOOK_BACK, end + DELIVERED_WITHIN)
    if row is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    rows = [Row(*one) for one in await connection.fetch(STATUS["reports"], start - LOOK_BACK, end)]
    kinds: Mapping[Kind, int] = first_bounces(rows, start, end)
    complaints, not_counted = first_complaints(rows, start, end)
    window = Window(
        start,
        end,
        sent=row["sent"],
        permanent=kinds.get("permanent", 0),
        transient=kinds.get("transient", 0),
        undetermined=kinds.get("undetermined", 0),
        complaints=complaints,
        not_counted=not_counted,
    )
    return Period(window, Delivery(start, until, row["settled"], row["delivered"]))


def together(rates: Sequence[Rate]) -> Rate:
    """Return the rate of several spans taken together."""
    return Rate(sum(one.part for one in rates), sum(one.whole for one in rates))
