"""When lists come by themselves: the days and instants of a schedule, on the team's calendar.

A week is Monday to Sunday. What a day's list is for stays with that day: it comes on the next working day when the
team is closed then, also in the week or month after, and two that fall on one day are one. What was said of the
runbook's sections "Daily Operations", "Weekly Operations", "Monthly Operations" and "Scheduled Maintenance".
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.engine.calendar import Calendar
from bot.engine.procedures import Schedule

NOTICE: Final = timedelta(hours=48)
"""How long before maintenance it is announced at the latest, in elapsed time (runbook, "Scheduled Maintenance" 1)."""
HORIZON: Final = timedelta(days=731)
"""A schedule that does not come within two years never comes."""
_DAY = timedelta(days=1)
_MONDAY, _WEDNESDAY, _FRIDAY, _SUNDAY = 0, 2, 4, 6
_WEEK = 7
_MIDDLE = 15


def next_run(schedule: Schedule, calendar: Calendar, after: datetime) -> datetime | None:
    """Return the first run after an instant, in UTC; ``None`` when there is none within :data:`HORIZON`.

    Parameters:
        after: aware; a run at this very instant is not after it.
    """
    return next(_runs(schedule, calendar, after, after + HORIZON), None)


def runs(schedule: Schedule, calendar: Calendar, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Return the runs after one instant until another, that one included, in UTC and in order."""
    return tuple(_runs(schedule, calendar, after, until))


def is_run(schedule: Schedule, calendar: Calendar, at: datetime) -> bool:
    """Say whether the schedule has a run at this very instant."""
    return bool(runs(schedule, calendar, at - timedelta(microseconds=1), at))


def why_never(schedule: Schedule, calendar: Calendar, after: datetime) -> str | None:
    """Say why a schedule has no run in the two years after an instant; ``None`` when it has one."""
    if next_run(schedule, calendar, after) is not None:
        return None
    days = schedule.on.replace("_", " ")
    return f"it would never come: in the two years after {after.date()} the team works on no day for {days!r}"


def announcement(calendar: Calendar, start: datetime) -> datetime:
    """Return when maintenance is announced: as business opens, on the last working day that opens 48 hours before.

    Parameters:
        start: when the maintenance begins.

    Returns:
        the instant in UTC, at least :data:`NOTICE` of elapsed time before ``start``.
    """
    mark = start.astimezone(UTC) - NOTICE
    day = mark.astimezone(calendar.zone).date()
    while not calendar.is_working(day) or _instant(calendar, day, calendar.business.start) > mark:
        day -= _DAY
    return _instant(calendar, day, calendar.business.start)


def _runs(schedule: Schedule, calendar: Calendar, after: datetime, until: datetime) -> Iterator[datetime]:
    """Go from day to day; a run lies on its day, or, for what is ahead of it or in a gap, on a day beside it."""
    first = after.astimezone(calendar.zone).date() - _DAY
    days = (until.astimezone(calendar.zone).date() - first).days + 2
    for day in (first + _DAY * number for number in range(days)):
        if _is_day(schedule, calendar, day):
            at = _instant(calendar, day, _wall_time(schedule, calendar)) - timedelta(minutes=schedule.ahead)
            if after < at <= until:
                yield at


def _wall_time(schedule: Schedule, calendar: Calendar) -> time:
    if schedule.at == "opening" or schedule.on == "before_first_sunday":
        return calendar.business.start
    return calendar.business.end if schedule.at == "closing" else time.fromisoformat(schedule.at)


def _instant(calendar: Calendar, day: date, wall: time) -> datetime:
    """Return the instant of a local wall time, in UTC.

    Where the clocks go forward over it, it is as much later as they go; where it comes twice, it is the first
    (PEP 495: ``fold=0`` reads both with the offset from before the change).
    """
    return datetime.combine(day, wall, calendar.zone).astimezone(UTC)


def _is_day(schedule: Schedule, calendar: Calendar, day: date) -> bool:
    """Say whether the schedule comes on this local day."""
    if schedule.on == "first_sunday":
        return _is_first(day, _SUNDAY)
    if not calendar.is_working(day):
        return False
    match schedule.on:
        case "working_day":
            return True
        case "friday":
            return not any(calendar.is_working(later) for later in _rest_of_week(day))
        case "before_first_sunday":
            return _announces(schedule, calendar, day)
        case "first_monday":
            return any(_is_first(one, _MONDAY) for one in _stands_for(calendar, day))
        case "mid_month":
            return any(one.day == _MIDDLE for one in _stands_for(calendar, day))
        case _:
            wanted = _MONDAY if schedule.on == "monday" else _WEDNESDAY
            return any(one.weekday() == wanted and _has_work(calendar, one) for one in _stands_for(calendar, day))


def _is_first(day: date, weekday: int) -> bool:
    return day.weekday() == weekday and day.day <= _WEEK


def _rest_of_week(day: date) -> list[date]:
    return [day + _DAY * number for number in range(1, _FRIDAY - day.weekday() + 1)]


def _has_work(calendar: Calendar, day: date) -> bool:
    """Say whether the team works at all in the week of this day: else that week has no list of its own."""
    monday = day - _DAY * day.weekday()
    return any(calendar.is_working(monday + _DAY * number) for number in range(_FRIDAY + 1))


def _stands_for(calendar: Calendar, day: date) -> Iterator[date]:
    """Go through a working day and the closed days before it, for which it is the next working day."""
    yield day
    day -= _DAY
    while not calendar.is_working(day):
        yield day
        day -= _DAY


def _announces(schedule: Schedule, calendar: Calendar, day: date) -> bool:
    """Say whether the maintenance of a first Sunday is announced on this working day."""
    later = calendar.working_day_from(day + _DAY)
    # The mark lies two days before the Sunday, so only Sundays until a little after the next working day can be meant.
    sundays = (day + _DAY * number for number in range(1, (later - day).days + 4))
    opening = _instant(calendar, day, calendar.business.start)
    return any(
        announcement(calendar, _instant(calendar, one, time.fromisoformat(schedule.at))) == opening
        for one in sundays
        if _is_first(one, _SUNDAY)
    )
