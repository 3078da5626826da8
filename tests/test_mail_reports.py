"""Weeks and months: their figures are those of a slow count, their days those of the team, and chance is called so."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.mail import mail_reports
from bot.mail.mail_reports import clear_change, first_half, months_before, weeks_before
from bot.mail.metrics.periods import period, together
from bot.mail.metrics.status import Rate
from tests.support import plain_figures
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.plain_figures import History
from tests.support.team import ZONE, at
from tests.test_metrics_against_plain import EDGES, NOW, histories, store

HOUR = timedelta(hours=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), edges=st.lists(st.sampled_from(EDGES), min_size=2, max_size=2, unique=True))
async def test_the_figures_of_a_span_are_those_of_a_slow_count(
    database: Database, history: History, edges: list[datetime]
) -> None:
    start, end = sorted(edges)
    async with database.connect() as connection:
        attempt = connection.transaction()
        await attempt.start()
        await store(connection, history)
        found = await period(connection, start, end)
        early = await period(connection, start, end, settled=end - HOUR)
        await attempt.rollback()
    window, delivery = plain_figures.window(history, start, end), plain_figures.delivery(history, start, end)
    counted = found.window
    assert {name: getattr(counted, name) for name in window} == window
    assert {"sent": found.delivery.sent, "delivered": found.delivery.delivered} == delivery
    judged = plain_figures.delivery(history, start, max(start, end - HOUR))
    assert {"sent": early.delivery.sent, "delivered": early.delivery.delivered} == judged


def test_a_week_is_monday_to_sunday_of_the_team() -> None:
    newest, before, *_ = weeks_before(at("2026-11-24 09:00"), ZONE)  # Monday was a holiday
    assert newest == (at("2026-11-16 00:00"), at("2026-11-23 00:00"))
    assert before == (at("2026-11-09 00:00"), at("2026-11-16 00:00"))
    assert weeks_before(at("2026-11-23 00:00"), ZONE, 1)[0] == newest
    assert weeks_before(at("2026-11-22 23:59"), ZONE, 1)[0] == before


def test_a_month_is_that_of_the_calendar_also_over_new_year() -> None:
    spans = months_before(at("2027-01-04 09:00"), ZONE)
    assert [f"{start:%Y-%m-%d}" for start, _ in spans] == ["2026-12-01", "2026-11-01", "2026-10-01", "2026-09-01"]
    assert all(later[0] == earlier[1] for later, earlier in pairwise(spans))


def test_a_week_in_which_clocks_change_has_its_hour_more() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = weeks_before(datetime(2026, 10, 26, 9, tzinfo=berlin), berlin, 1)[0]
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(days=7, hours=1)


def test_wednesdays_list_is_about_the_days_since_monday_or_the_whole_week_before() -> None:
    now = at("2026-11-25 09:00")
    assert first_half(now, now, ZONE) == (at("2026-11-23 00:00"), now)
    monday = at("2026-11-30 09:00")
    assert first_half(monday, monday, ZONE) == (at("2026-11-23 00:00"), at("2026-11-30 00:00"))


@pytest.mark.parametrize(
    ("now", "before", "way"),
    [
        (Rate(141, 9012), Rate(96, 8764), "up"),
        (Rate(4, 9012), Rate(5, 8764), None),
        (Rate(8810, 9012), Rate(8640, 8764), "down"),
        (Rate(92, 9044), Rate(141, 9012), "down"),
        (Rate(6, 9044), Rate(4, 9012), None),
        (Rate(0, 1000), Rate(0, 4000), None),
        (Rate(0, 9000), Rate(4, 9000), None),
        (Rate(10, 9000), Rate(0, 9000), "up"),
        (Rate(5, 0), Rate(1, 10), None),
        (Rate(5, 10), Rate(0, 0), None),
        (Rate(30, 10), Rate(3, 10), "up"),
        (Rate(900, 900), Rate(900, 900), None),
    ],
)
def test_a_change_is_clear_where_chance_brings_it_less_than_once_in_twenty_times(
    now: Rate, before: Rate, way: str | None
) -> None:
    assert clear_change(now, before) == way


def test_spans_taken_together_are_added_and_not_averaged() -> None:
    assert together([Rate(1, 10), Rate(0, 90), Rate(0, 0)]) == Rate(1, 100)


async def test_accounts_are_counted_by_what_became_of_them_in_the_span(database: Database) -> None:
    start, end = NOW - 7 * DAY, NOW
    async with database.connect() as eyes:
        office = Office(eyes)
        inside = await office.account(restricted=True, since=NOW - 3 * DAY)
        await office.crossed(inside, NOW - 4 * DAY, 3)
        await office.crossed(inside, NOW - 3 * DAY, 5)
        await office.restriction(inside, at=NOW - 3 * DAY, follow_up_at=NOW + 27 * DAY)
        earlier = await office.account(restricted=True, since=NOW - 9 * DAY)
        await office.crossed(earlier, start - timedelta(microseconds=1), 3)
        await office.restriction(earlier, at=NOW - 9 * DAY, follow_up_at=NOW + 21 * DAY)
        await office.account()  # and Faxi's own demo user is there
        found = await mail_reports.accounts_of(eyes, start, end)
    assert found == mail_reports.Accounts(flagged=1, restricted=1, lifted=0, restricted_now=2, all=4)
