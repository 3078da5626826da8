"""The figures of a week or a month beside those before, and whether a change may be chance.

Sources: runbook "Monday Tasks" 1, "Wednesday Tasks" 1, "First Monday of Month" 1. A week is Monday to Sunday and a
month that of the calendar, both in the team's zone.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import exp, lgamma, log
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from bot.base.database import Connection, queries
from bot.mail.crossings import FLAGGED
from bot.mail.metrics.events import LAG
from bot.mail.metrics.periods import Period, period, together
from bot.mail.metrics.status import Rate

SQL = queries("mail_reports")
WEEKS: Final = 5
"""Weeks of a weekly report: the last one, and those that it is compared to."""
MONTHS: Final = 4
RATES: Final = ("delivered", "bounces", "complaints")
_CHANCE: Final = 0.05
"""A change that would come by chance once in twenty times is no clear one."""
_WEDNESDAY: Final = 2
Span: TypeAlias = tuple[datetime, datetime]
Way: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True)
class Accounts:
    """How many accounts were flagged, restricted and lifted in a span, and are restricted now, of how many."""

    flagged: int
    restricted: int
    lifted: int
    restricted_now: int
    all: int


@dataclass(frozen=True)
class Report:
    """Spans of one length, the newest first, and the accounts of the newest."""

    periods: tuple[Period, ...]
    accounts: Accounts

    def changes(self) -> dict[str, Way]:
        """Say which rates of the newest span differ clearly from those of all the others together."""
        now, *before = [rates_of(one) for one in self.periods]
        ways = {name: clear_change(now[name], together([one[name] for one in before])) for name in RATES}
        return {name: way for name, way in ways.items() if way is not None}


def rates_of(one: Period) -> dict[str, Rate]:
    """Return the three rates of a span by their names."""
    rates = (one.delivery.rate, one.window.bounce_rate, one.window.complaint_rate)
    return dict(zip(RATES, rates, strict=True))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def weeks_before(at: datetime, zone: ZoneInfo, count: int = WEEKS) -> tuple[Span, ...]:
    """Return the weeks before the one that holds an instant, the newest first."""
    day = at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    edges = [_midnight(monday - timedelta(weeks=back), zone) for back in range(count + 1)]
    return tuple(zip(edges[1:], edges[:-1], strict=True))


def months_before(at: datetime, zone: ZoneInfo, count: int = MONTHS) -> tuple[Span, ...]:
    """Return the months before the one that holds an instant, the newest first."""
    firsts = [at.astimezone(zone).date().replace(day=1)]
    for _ in range(count):
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    edges = [_midnight(one, zone) for one in firsts]
    return tuple(zip(edges[1:], edges[:-1], strict=True))


def first_half(planned_at: datetime, now: datetime, zone: ZoneInfo) -> Span:
    """Return the part of the week that Wednesday's list is about: Monday until now.

    Where the team was closed from Wednesday on, that list comes in the week after, and is about the whole week.

    Parameters:
        planned_at: when the list came.
        now: the instant at which somebody looks.
    """
    day = planned_at.astimezone(zone).date()
    if day.weekday() < _WEDNESDAY:
        return weeks_before(planned_at, zone, 1)[0]
    return _midnight(day - timedelta(days=day.weekday()), zone), now


async def of_spans(connection: Connection, spans: tuple[Span, ...]) -> Report:
    """Compute a report of these spans, which are over; the newest first."""
    periods = [await period(connection, *one) for one in spans]
    return Report(tuple(periods), await accounts_of(connection, *spans[0]))


async def so_far(connection: Connection, span: Span, now: datetime) -> tuple[Period, Period]:
    """Compute the figures of a span that goes on, and of as long a time a week before.

    Mail of the last hour before ``now`` is not judged by its delivery yet.
    """
    start, end = span
    week = timedelta(weeks=1)
    settled = min(end, now - LAG)
    before = await period(connection, start - week, end - week, settled=settled - week)
    return await period(connection, start, end, settled=settled), before


async def accounts_of(connection: Connection, start: datetime, end: datetime) -> Accounts:
    """Count what became of accounts in [start, end), and how they are now."""
    row = await connection.fetchrow(SQL["accounts"], start, end, FLAGGED)
    if row is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    return Accounts(**dict(row))


def clear_change(now: Rate, before: Rate) -> Way | None:
    """Say whether a rate went ``up`` or ``down`` by more than chance; ``None`` when it may be chance, or is no rate.

    What is rarer, the part or the rest, is taken as counted events: of all of both spans, how many would fall into
    this one by its share of the mail? The answer is exact, also for a handful (binomial, both sides).
    """
    if not now.whole or not before.whole:
        return None
    part, other = now.part, before.part
    rest = now.whole - part, before.whole - other
    if min(rest) >= 0 and sum(rest) < part + other:
        part, other = rest
    if _both_sides(part, part + other, now.whole / (now.whole + before.whole)) >= _CHANCE:
        return None
    return "up" if now.part * before.whole > before.part * now.whole else "down"


def _both_sides(found: int, of: int, share: float) -> float:
    """Return how often so many or a rarer number of events would fall into a share by chance."""
    if not of:
        return 1.0
    logs = log(share), log(1 - share)
    whole = lgamma(of + 1)
    each = [exp(whole - lgamma(n + 1) - lgamma(of - n + 1) + n * logs[0] + (of - n) * logs[1]) for n in range(of + 1)]
    return min(1.0, 2 * min(sum(each[: found + 1]), sum(each[found:])))
