"""The instants to which people of a trial want to move its clock: the end of the day, the next Monday, and others."""

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.engine.calendar import Calendar
from bot.local.workspace.page import Jump
from bot.settings import Hours

CALENDAR: Final = Calendar(ZoneInfo("Asia/Tokyo"), Hours.parse("09:00-18:00"), Hours.parse("22:00-08:30"), frozenset())
"""The team's calendar in a trial, which is that of the settings' defaults."""
_DAY = timedelta(days=1)
_WEEK = 7
_MONDAY = 0


def jumps(now: datetime) -> tuple[Jump, ...]:
    """Return where one may go from ``now`` (business time), all of it ahead; days are the team's."""
    monday = next(day for day in _days_after(now) if day.weekday() == _MONDAY)
    first = next(day for day in _days_after(now) if day.weekday() == _MONDAY and day.day <= _WEEK)
    return (
        _to("end of day", _end_of_day(now), now),
        _to("tomorrow", CALENDAR.opening(next(_days_after(now))), now),
        _to("next working day", CALENDAR.next_opening(now), now),
        _to("next Monday", CALENDAR.opening(monday), now),
        _to("first Monday", CALENDAR.opening(first), now),
    )


def _to(name: str, at: datetime, now: datetime) -> Jump:
    wall: time = at.astimezone(CALENDAR.zone).time()
    return Jump(f"To {name} {wall:%H:%M}", at, f"{math.ceil((at - now).total_seconds())}s")


def _days_after(now: datetime) -> Iterator[date]:
    """Go through the team's days from tomorrow on."""
    day = now.astimezone(CALENDAR.zone).date()
    while True:
        day += _DAY
        yield day


def _end_of_day(now: datetime) -> datetime:
    """Return the end of business that comes next."""
    day = CALENDAR.working_day_from(now.astimezone(CALENDAR.zone).date())
    return CALENDAR.closing(day) if CALENDAR.closing(day) > now else CALENDAR.end_of_next_working_day(now)
