"""A rise is raised once: by its true complaint, however late complaints arrive, and anew only after the count fell."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mail.crossings import Counted, count, is_known, rise, to_raise
from bot.mail.metrics import WINDOW
from tests.support.team import at

NOW = at("2026-11-25 09:50")
DAY = timedelta(days=1)


def days(*ago: float) -> list[Counted]:
    """Return complaints of so many days ago, named by their place."""
    return [Counted(f"m{place}", NOW - one * DAY) for place, one in enumerate(ago)]


def slow_rise(complaints: Sequence[Counted], n: int, now: datetime) -> Counted | None:
    """Return the same from the definition: go back from now while at least n count, and take what came then."""
    known = sorted((one for one in complaints if one.at < now), key=lambda one: (one.at, one.message))
    if sum(now - WINDOW <= one.at for one in known) < n:
        return None
    for place in reversed(range(len(known))):
        before = [one for one in known[:place] if known[place].at - WINDOW <= one.at]
        if len(before) == n - 1:
            return known[place]
    raise AssertionError("at least n count, so one of them was the n-th")


COMPLAINTS = st.lists(st.integers(0, 90 * 8).map(lambda thirds: NOW - thirds * DAY / 8), max_size=14).map(
    lambda times: [Counted(f"m{place}", when) for place, when in enumerate(times)]
)


@settings(max_examples=150, deadline=None)
@given(complaints=COMPLAINTS, n=st.sampled_from([3, 5]))
def test_the_crossing_is_that_of_an_independent_slow_computation(complaints: list[Counted], n: int) -> None:
    assert rise(complaints, n, NOW) == slow_rise(complaints, n, NOW)


@pytest.mark.parametrize(
    ("ago", "n", "expected"),
    [
        ((9, 7), 3, None),
        ((9, 7, 5), 3, "m2"),
        ((9, 7, 5, 5), 3, "m2"),  # a jump from 2 to 4: the third is the crossing
        ((9, 5, 7), 3, "m1"),  # by the time of the complaint, not by when it is read
        ((31, 9, 7), 3, None),
        ((40, 39, 38, 2, 1), 3, None),  # it fell under 3 meanwhile
        ((40, 39, 38, 3, 2, 1), 3, "m5"),  # and rose anew
        ((50, 40, 30, 20, 10), 3, "m2"),  # it has stood at 3 since the third
        ((1, 1, 1), 3, "m2"),  # at the same instant by their names
        ((30, 2, 1), 3, "m2"),  # the window's beginning is inside
        ((30.001, 2, 1), 3, None),
        ((5, 4, 3, 2, 0), 5, None),  # the window's end is outside
    ],
)
def test_the_crossing_is_the_complaint_that_lifted_the_count(
    ago: Sequence[float], n: int, expected: str | None
) -> None:
    found = rise(days(*ago), n, NOW)
    assert (found.message if found else None) == expected


@settings(max_examples=100, deadline=None)
@given(complaints=COMPLAINTS, n=st.sampled_from([3, 5]), order=st.randoms(use_true_random=False))
def test_in_whatever_order_complaints_arrive_a_rise_is_raised_once(
    complaints: list[Counted], n: int, order: object
) -> None:
    """All at once, or one after another on one day: while the count stands, only the first look raises something."""
    arriving = list(complaints)
    order.shuffle(arriving)  # type: ignore[attr-defined]
    noted: list[Counted] = []
    for place in range(1, len(arriving) + 1):
        found = to_raise(arriving[:place], n, NOW, noted, None)
        if found is not None:
            noted.append(found)
    assert len(noted) == (count(complaints, NOW) >= n)


def test_every_order_of_five_raises_the_third_once() -> None:
    five = days(9, 7, 5, 3, 1)
    for order in permutations(five):
        noted: list[Counted] = []
        for place in range(1, 6):
            found = to_raise(order[:place], 3, NOW, noted, None)
            noted += [found] if found else []
        assert len(noted) == 1
        assert is_known(five[2], noted)


def test_what_fell_and_rose_again_is_raised_again() -> None:
    first = days(70, 69, 68)
    noted = [first[2]]
    assert to_raise(first, 3, NOW, noted, None) is None
    again = [*first, *(Counted(f"n{ago}", NOW - ago * DAY) for ago in (3, 2, 1))]
    assert to_raise(again, 3, NOW, noted, None) == again[-1]


def test_after_a_denial_only_a_complaint_that_came_after_it_raises_anything() -> None:
    complaints = days(9, 7, 5, 3, 2)
    denied = NOW - DAY
    assert to_raise(complaints, 5, NOW, [], denied) is None
    late = [*complaints, Counted("late", NOW - 1.5 * DAY)]
    assert to_raise(late, 5, NOW, [], denied) is None
    new, newer = Counted("new", NOW - DAY / 2), Counted("newer", NOW - DAY / 3)
    assert to_raise([*late, newer, new], 5, NOW, [complaints[-1]], denied) == new
    assert to_raise([*late, newer, new], 5, NOW, [complaints[-1], new], denied) is None
    assert to_raise([*late, newer], 5, NOW, [complaints[-1], newer], denied) is None
    assert to_raise([*late, newer, new], 5, NOW, [complaints[-1], newer], denied) is None


def test_after_a_denial_nothing_is_raised_while_fewer_count() -> None:
    assert to_raise([*days(29, 7, 5), Counted("new", NOW - DAY / 2)], 5, NOW, [], NOW - DAY) is None
