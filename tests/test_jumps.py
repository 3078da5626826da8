"""The demo's clock goes where people want to be: each way leads ahead, to the day and hour that it names."""

from datetime import timedelta

import pytest

from bot.local.jumps import CALENDAR, jumps
from bot.local.workspace.moving import duration
from tests.support.team import at

WEDNESDAY = "2026-11-25 09:50"


@pytest.mark.parametrize(
    ("now", "title", "there"),
    [
        (WEDNESDAY, "To end of day 18:00", "2026-11-25 18:00"),
        (WEDNESDAY, "To tomorrow 09:00", "2026-11-26 09:00"),
        (WEDNESDAY, "To next working day 09:00", "2026-11-26 09:00"),
        (WEDNESDAY, "To next Monday 09:00", "2026-11-30 09:00"),
        (WEDNESDAY, "To first Monday 09:00", "2026-12-07 09:00"),
        ("2026-11-25 18:00", "To end of day 18:00", "2026-11-26 18:00"),
        ("2026-11-27 17:00", "To tomorrow 09:00", "2026-11-28 09:00"),
        ("2026-11-27 17:00", "To next working day 09:00", "2026-11-30 09:00"),
        ("2026-11-28 12:00", "To end of day 18:00", "2026-11-30 18:00"),
        ("2026-11-30 07:00", "To next working day 09:00", "2026-11-30 09:00"),
        ("2026-11-30 07:00", "To next Monday 09:00", "2026-12-07 09:00"),
        ("2026-12-07 09:00", "To first Monday 09:00", "2027-01-04 09:00"),
        ("2026-12-31 09:00", "To next working day 09:00", "2027-01-04 09:00"),
    ],
)
def test_a_jump_leads_to_what_it_names_by_the_teams_calendar(now: str, title: str, there: str) -> None:
    found = {one.title: one.at for one in jumps(at(now))}
    assert found[title] == at(there)


def test_each_jump_leads_ahead_as_the_clock_call_takes_it_and_never_before_its_instant() -> None:
    begin = at("2026-12-20 00:00")
    for now in (begin + timedelta(hours=5, minutes=7, microseconds=n) * n for n in range(120)):
        for one in jumps(now):
            assert one.at > now, one.title
            assert timedelta() <= now + duration(one.advance) - one.at < timedelta(seconds=1), one.title
            assert one.at.astimezone(CALENDAR.zone).strftime("%H:%M") in one.title
