"""Ten years of lists come on the days that a slow, independent reading of the rules gives, each day of them once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jpholiday
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.engine import schedules
from bot.engine.procedures import Schedule
from tests.support.team import CALENDAR, ZONE, at, day

BEGIN, END = at("2026-01-01 00:00"), at("2036-01-01 00:00")
YEARS = [day("2025-12-01") + timedelta(days=number) for number in range(3750)]
HOLIDAYS = {one for one in YEARS if jpholiday.is_holiday(one)}
KINDS = ("working_day", "monday", "wednesday", "friday", "first_monday", "mid_month")


def works(closed: frozenset[str] = frozenset()) -> list[date]:
    """Return the working days of all years, by going through them."""
    return [one for one in YEARS if one.isoweekday() <= 5 and one not in HOLIDAYS and str(one) not in closed]


def moved(wanted: list[date], working: list[date]) -> set[date]:
    """Return for each wanted day the first working day that is not before it."""
    found, place = set(), 0
    for one in wanted:
        while place < len(working) and working[place] < one:
            place += 1
        if place < len(working):
            found.add(working[place])
    return found


def slow(on: str, working: list[date]) -> set[date]:
    """Return the days of a schedule, from lists of all days and of all working days."""
    weeks = {one.isocalendar()[:2] for one in working}
    firsts = {(one.year, one.month): one for one in reversed(YEARS) if one.isoweekday() == 1}
    ways = {
        "working_day": lambda: set(working),
        "monday": lambda: moved([d for d in YEARS if d.isoweekday() == 1 and d.isocalendar()[:2] in weeks], working),
        "wednesday": lambda: moved([d for d in YEARS if d.isoweekday() == 3 and d.isocalendar()[:2] in weeks], working),
        "friday": lambda: set({one.isocalendar()[:2]: one for one in working}.values()),
        "first_monday": lambda: moved(sorted(firsts.values()), working),
        "mid_month": lambda: moved([d for d in YEARS if d.day == 15], working),
    }
    return ways[on]()


@pytest.mark.parametrize("closed", [(), ("2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2030-06-03")])
@pytest.mark.parametrize("on", KINDS)
def test_ten_years_of_lists_come_on_the_days_of_a_slow_reading(on: Any, closed: tuple[str, ...]) -> None:
    calendar = replace(CALENDAR, closing_days=frozenset(closed))
    found = schedules.runs(Schedule(on=on, at="opening"), calendar, BEGIN, END)
    wanted = {one for one in slow(on, works(frozenset(closed))) if 2026 <= one.year <= 2035}
    assert [one.astimezone(ZONE) for one in found] == [datetime.combine(one, time(9), ZONE) for one in sorted(wanted)]


@pytest.mark.parametrize(
    ("on", "after", "comes"),
    [
        ("monday", "2026-05-03 00:00", "2026-05-07 09:00"),  # Golden Week: Monday to Wednesday are holidays
        ("wednesday", "2026-05-03 00:00", "2026-05-07 09:00"),
        ("wednesday", "2028-05-01 00:00", "2028-05-08 09:00"),  # Wednesday to Friday are holidays
        ("friday", "2026-04-27 00:00", "2026-05-01 09:00"),
        ("friday", "2028-05-01 00:00", "2028-05-02 09:00"),
        ("first_monday", "2027-01-01 00:00", "2027-01-04 09:00"),
        ("first_monday", "2029-01-01 00:00", "2029-01-02 09:00"),
        ("mid_month", "2026-08-10 00:00", "2026-08-17 09:00"),  # the 15th is a Saturday
        ("mid_month", "2027-02-10 00:00", "2027-02-15 09:00"),
    ],
)
def test_what_falls_on_a_closed_day_comes_on_the_next_working_day(on: Any, after: str, comes: str) -> None:
    assert schedules.next_run(Schedule(on=on, at="opening"), CALENDAR, at(after)) == at(comes)


def test_a_week_in_which_nobody_works_has_no_lists_of_its_own() -> None:
    closed = frozenset(f"2026-12-{number}" for number in range(21, 26))
    calendar = replace(CALENDAR, closing_days=closed)
    for on in ("monday", "wednesday", "friday"):
        found = schedules.runs(Schedule(on=on, at="12:00"), calendar, at("2026-12-14 00:00"), at("2026-12-31 23:59"))
        days = [one.astimezone(ZONE).date().day for one in found]
        assert days == {"monday": [14, 28], "wednesday": [16, 30], "friday": [18, 31]}[on]


def test_a_list_may_come_some_minutes_before_the_day_ends_or_on_the_evening_before() -> None:
    evening = Schedule(on="working_day", at="closing", ahead=30)
    assert schedules.next_run(evening, CALENDAR, at("2026-11-25 17:29")) == at("2026-11-25 17:30")
    assert schedules.next_run(evening, CALENDAR, at("2026-11-25 17:30")) == at("2026-11-26 17:30")
    before = Schedule(on="working_day", at="09:00", ahead=720)
    assert schedules.next_run(before, CALENDAR, at("2026-11-29 20:00")) == at("2026-11-29 21:00")


CHANGES = [
    *[("Australia/Sydney", "2026-10-04 02:00", "2026-10-03T16:00"), ("Australia/Sydney", "2026-04-05 02:00", None)],
    ("Australia/Sydney", "2026-10-04 02:30", "2026-10-03T16:30"),
    ("Australia/Sydney", "2026-04-05 02:30", "2026-04-04T15:30"),  # comes twice: the first
    ("Australia/Lord_Howe", "2026-10-04 02:00", "2026-10-03T15:30"),  # half an hour: 02:00 becomes 02:30
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45"),
    ("Pacific/Auckland", "2026-04-05 02:30", "2026-04-04T13:30"),
    ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30"),
    ("America/Havana", "2026-11-01 00:30", "2026-11-01T04:30"),
    ("America/Asuncion", "2026-10-04 02:00", None),
    ("America/Los_Angeles", "2026-11-01 02:00", "2026-11-01T10:00"),
    ("Asia/Tokyo", "2026-10-04 02:00", "2026-10-03T17:00"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), CHANGES)
def test_where_the_clocks_change_on_a_first_sunday_the_list_comes_once(
    zone: str, wall: str, instant: str | None
) -> None:
    calendar = replace(CALENDAR, zone=ZoneInfo(zone))
    wanted = datetime.fromisoformat(wall)
    schedule = Schedule(on="first_sunday", at=f"{wanted:%H:%M}")
    begin = wanted.replace(tzinfo=UTC) - timedelta(days=3)
    (found,) = schedules.runs(schedule, calendar, begin, begin + timedelta(days=7))
    assert found.astimezone(ZoneInfo(zone)).date() == wanted.date()
    if instant is not None:
        assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def slow_first(zone: ZoneInfo, one: date, wall: time) -> datetime:
    """Return the first minute of a day whose local wall time is not before ``wall``, by going through its minutes."""
    start = datetime(one.year, one.month, one.day, tzinfo=UTC) - timedelta(hours=16)
    for number in range(48 * 60):
        local = (start + timedelta(minutes=number)).astimezone(zone)
        if local.date() == one and local.time() >= wall:
            return local.astimezone(UTC)
    raise AssertionError(one)


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Pacific/Auckland", "Australia/Lord_Howe", "America/Asuncion"])
def test_ten_years_of_first_sundays_come_at_two_o_clock_or_when_the_gap_ends(zone: str) -> None:
    calendar = replace(CALENDAR, zone=ZoneInfo(zone))
    found = schedules.runs(Schedule(on="first_sunday", at="02:00"), calendar, BEGIN, END)
    sundays = [one for one in YEARS if one.isoweekday() == 7 and one.day <= 7 and 2026 <= one.year <= 2035]
    assert list(found) == [slow_first(calendar.zone, one, time(2)) for one in sundays]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "America/New_York"])
def test_maintenance_is_announced_in_working_hours_at_least_48_hours_before_as_late_as_that_allows(zone: str) -> None:
    calendar = replace(CALENDAR, zone=ZoneInfo(zone), closing_days=frozenset({"2026-10-01", "2026-10-02"}))
    starts = schedules.runs(Schedule(on="first_sunday", at="02:00"), calendar, BEGIN, END)
    told = schedules.runs(Schedule(on="before_first_sunday", at="02:00"), calendar, BEGIN - timedelta(days=9), END)
    working = works(calendar.closing_days)
    openings = [datetime.combine(one, time(9), calendar.zone).astimezone(UTC) for one in working]
    for start in starts:
        (own,) = [one for one in told if start - timedelta(days=20) < one < start]
        assert own == schedules.announcement(calendar, start)
        assert own == max(one for one in openings if start - one >= timedelta(hours=48))


@settings(max_examples=60, deadline=None)
@given(
    on=st.sampled_from([*KINDS, "first_sunday", "before_first_sunday"]),
    zone=st.sampled_from(["Asia/Tokyo", "Australia/Lord_Howe", "America/New_York", "Pacific/Kiritimati"]),
    wall=st.times().map(lambda one: f"{one:%H:%M}"),
    ahead=st.integers(0, 720),
    after=st.datetimes(datetime(2026, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.integers(1, 90),
)
def test_the_next_run_is_the_first_of_the_runs_and_a_span_is_the_sum_of_its_parts(
    *, on: Any, zone: str, wall: str, ahead: int, after: datetime, days: int
) -> None:
    schedule, calendar = Schedule(on=on, at=wall, ahead=ahead), replace(CALENDAR, zone=ZoneInfo(zone))
    until, middle = after + timedelta(days=days), after + timedelta(days=days // 2, hours=7)
    whole = schedules.runs(schedule, calendar, after, until)
    assert list(whole) == sorted(set(whole))
    assert whole[:1] == tuple(one for one in [schedules.next_run(schedule, calendar, after)] if one and one <= until)
    parts = schedules.runs(schedule, calendar, after, middle) + schedules.runs(schedule, calendar, middle, until)
    assert [one for one in parts if one <= until] == list(whole) or middle > until
    assert all(schedules.is_run(schedule, calendar, one) for one in whole)
    assert not any(schedules.is_run(schedule, calendar, one + timedelta(minutes=1)) for one in whole)


def test_a_schedule_that_never_comes_is_told_apart() -> None:
    always = [(at("2026-11-25 09:00") + timedelta(days=number)).date().isoformat() for number in range(800)]
    closed = replace(CALENDAR, closing_days=frozenset(always))
    now = at("2026-11-25 10:00")
    for on in KINDS:
        schedule = Schedule(on=on, at="opening")  # type: ignore[arg-type]
        assert schedules.why_never(schedule, CALENDAR, now) is None
        assert "would never come" in (schedules.why_never(schedule, closed, now) or "")
    assert schedules.why_never(Schedule(on="first_sunday", at="02:00"), closed, now) is None


@pytest.mark.parametrize("at_", ["opening", "closing", "24:00", "2:00", ""])
def test_an_announcement_says_at_what_local_time_the_maintenance_begins(at_: str) -> None:
    with pytest.raises(ValidationError):
        Schedule(on="before_first_sunday", at=at_)
