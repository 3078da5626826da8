"""Working days, deadlines and quiet hours are Tokyo's, with Japan's holidays and the team's own closing days."""

import importlib.util
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.engine import approvals
from bot.engine.calendar import Calendar
from bot.settings import Hours
from tests.support.approvals_model import HOLIDAYS
from tests.support.team import CALENDAR, ZONE, at, day


def days(first: str, last: str) -> list[date]:
    """Return all days from the first to the last."""
    start = day(first)
    return [start + timedelta(days=n) for n in range((day(last) - start).days + 1)]


def test_the_team_works_on_weekdays_that_are_no_holidays() -> None:
    for one in days("2026-11-01", "2027-12-31"):
        holiday = one in HOLIDAYS or one == day("2026-11-03")
        assert CALENDAR.is_working(one) is (one.weekday() < 5 and not holiday), one


@pytest.mark.skipif(importlib.util.find_spec("holidays") is None, reason="a second opinion, where it is installed")
def test_another_source_of_holidays_says_the_same() -> None:
    listed = importlib.import_module("holidays").country_holidays("JP", years=range(2024, 2031))
    for one in days("2024-01-01", "2030-12-31"):
        assert CALENDAR.is_working(one) is (one.weekday() < 5 and one not in listed), one


def test_closing_days_of_the_team_are_no_working_days() -> None:
    closed = replace(CALENDAR, closing_days=frozenset({"2026-12-29", "2026-12-30", "2026-12-31"}))
    assert CALENDAR.is_working(day("2026-12-29"))
    assert not closed.is_working(day("2026-12-29"))
    # 1 January is a holiday, then comes a weekend.
    assert closed.working_day_from(day("2026-12-29")) == day("2027-01-04")


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-11-25 03:24", "2026-11-26 18:00"),  # Wednesday, at night: "Decide by Thu 26 Nov 18:00"
        ("2026-11-25 09:50", "2026-11-26 18:00"),
        ("2026-11-25 18:00", "2026-11-26 18:00"),
        ("2026-11-25 18:01", "2026-11-26 18:01"),  # after closing, 24 hours are later
        ("2026-11-25 23:59", "2026-11-26 23:59"),
        ("2026-11-27 10:00", "2026-11-30 18:00"),  # Friday: the whole Monday
        ("2026-11-28 10:00", "2026-11-30 18:00"),  # Saturday
        ("2026-11-29 23:00", "2026-11-30 23:00"),  # Sunday evening
        ("2026-11-20 10:00", "2026-11-24 18:00"),  # before a Monday that is a holiday
        ("2027-04-28 19:00", "2027-04-30 18:00"),  # before Showa Day
        ("2027-04-30 10:00", "2027-05-06 18:00"),  # Golden Week
        ("2026-12-31 10:00", "2027-01-04 18:00"),  # New Year
    ],
)
def test_a_request_waits_24_hours_or_until_the_next_working_day_ends(asked: str, until: str) -> None:
    assert approvals.expiry(CALENDAR, at(asked)) == at(until)
    assert approvals.expiry(CALENDAR, at(asked).astimezone(UTC)) == at(until)


def test_a_closing_day_of_the_team_makes_a_request_wait_longer() -> None:
    closed = replace(CALENDAR, closing_days=frozenset({"2026-11-26"}))
    assert approvals.expiry(closed, at("2026-11-25 09:50")) == at("2026-11-27 18:00")


@pytest.mark.parametrize(
    ("now", "quiet"),
    [
        *[("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("03:24", True), ("08:29", True)],
        *[("08:30", False), ("12:00", False)],
    ],
)
def test_quiet_hours_pass_midnight_and_end_at_their_end(now: str, quiet: bool) -> None:  # noqa: FBT001
    assert CALENDAR.is_quiet(at(f"2026-11-25 {now}")) is quiet
    assert CALENDAR.is_quiet(at(f"2026-11-25 {now}").astimezone(UTC)) is quiet


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-25 03:24", "2026-11-25 08:30"),
        ("2026-11-25 22:00", "2026-11-26 08:30"),
        ("2026-12-31 23:59", "2027-01-01 08:30"),  # also on holidays: it is about sleep
        ("2026-11-25 08:30", "2026-11-25 08:30"),
        ("2026-11-25 12:00", "2026-11-25 12:00"),
    ],
)
def test_the_end_of_quiet_is_the_next_morning_or_now_by_day(now: str, end: str) -> None:
    assert CALENDAR.end_of_quiet(at(now)) == at(end)


def test_quiet_hours_within_a_day_do_not_pass_midnight() -> None:
    lunch = replace(CALENDAR, quiet=Hours(start=time(12), end=time(13)))
    assert lunch.end_of_quiet(at("2026-11-25 12:30")) == at("2026-11-25 13:00")
    assert not lunch.is_quiet(at("2026-11-25 11:59"))
    assert not lunch.is_quiet(at("2026-11-25 13:00"))


@pytest.mark.parametrize(
    ("restricted", "review"),
    [
        ("2026-11-25 08:41", "2026-12-25 09:00"),  # "Fri 25 Dec, day 30"
        ("2026-11-26 23:30", "2026-12-28 09:00"),  # a Saturday becomes Monday
        ("2026-12-02 10:00", "2027-01-04 09:00"),  # New Year's Day becomes the 4th
    ],
)
def test_a_restriction_is_looked_at_again_after_30_days_on_a_working_morning(restricted: str, review: str) -> None:
    assert CALENDAR.review_after(at(restricted), 30) == at(review)
    assert CALENDAR.review_after(at(restricted).astimezone(UTC), 30) == at(review)


@pytest.mark.parametrize(
    ("now", "night"), [("2026-11-25 03:29", "2026-11-25 03:30"), ("2026-11-25 03:30", "2026-11-26 03:30")]
)
def test_nightly_work_is_at_half_past_three(now: str, night: str) -> None:
    assert CALENDAR.night_after(at(now).astimezone(UTC)) == at(night)


def test_wall_times_hold_where_clocks_change() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"), CALENDAR.business, CALENDAR.quiet, frozenset())
    before = datetime(2027, 3, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # Friday; on Sunday an hour is left out
    end = berlin.end_of_next_working_day(before)
    assert (end.hour, end.date()) == (18, day("2027-03-29"))
    assert end.astimezone(UTC).hour == 16
    assert CALENDAR.opening(day("2026-11-25")) == datetime(2026, 11, 25, 9, tzinfo=ZONE)
