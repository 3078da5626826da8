"""Bounces are taken apart without one being lost or counted twice, and a pattern is said only where there is one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail import bounce_report
from bot.mail.bounce_report import Name
from bot.mail.metrics.bounces import Bounce
from bot.mail.metrics.limits import BOUNCES, COMPLAINTS, COMPLAINTS_WARN, Limit
from bot.mail.metrics.reasons import REASONS
from bot.mail.metrics.status import Rate
from commands import report_options, report_rows

AT = datetime(2026, 11, 25, tzinfo=UTC)
OWNERS = [None, *(UUID(int=number, version=4) for number in range(1, 7))]
DOMAINS = [None, "docomo.ne.jp", "mopera.net", "i.softbank.jp", "ezweb.ne.jp", "a.example", "b.example"]
BOUNCES_OF = st.lists(
    st.builds(
        Bounce,
        message_id=st.none(),
        at=st.just(AT),
        kind=st.sampled_from(["permanent", "transient", "undetermined"]),
        reason_class=st.sampled_from(REASONS),
        domain=st.sampled_from(DOMAINS),
        owner=st.sampled_from(OWNERS),
    ),
    max_size=40,
)


def bounce(domain: str | None = "a.example", owner: int = 1, reason: Any = "mailbox_unknown") -> Bounce:
    """Make a bounce of a numbered person, of nobody known at 0."""
    return Bounce(None, AT, "permanent", reason, domain, OWNERS[owner])


def taken_apart(some: list[Bounce], before: list[Bounce] | None = None) -> bounce_report.BounceReport:
    """Take bounces apart as /faxi-bounces does."""
    return bounce_report.report(some, before or [], bounce_report.nameable(some))


@given(BOUNCES_OF, BOUNCES_OF)
def test_every_way_to_take_bounces_apart_adds_up_to_all_of_them(some: list[Bounce], before: list[Bounce]) -> None:
    made = taken_apart(some, before)
    named = sum(one.kinds.total for one in made.places)
    assert made.kinds.total == len(some)
    assert named + made.other_bounces + made.nowhere == len(some)
    assert sum(count for _, count in made.reasons) == len(some)
    assert sum(one.kinds.total for one in made.senders) + made.unknown_owner == len(some)
    assert made.place_repeats.all == len(made.places) + made.other_places
    assert made.sender_repeats.all == len(made.senders)
    assert made.sender_repeats.again == sum(one.again for one in made.senders)
    for place in made.places:
        assert sum(count for _, count in place.domains) <= place.kinds.total


@given(BOUNCES_OF)
def test_a_place_is_named_only_where_mails_of_three_known_people_bounced(some: list[Bounce]) -> None:
    made = taken_apart(some)
    shown = {domain for place in made.places for domain, _ in place.domains}
    shown |= {place.name.text for place in made.places if not place.name.carrier}
    shown |= {made.pattern.place} if made.pattern and made.pattern.place else set()
    for domain in shown & {one for one in DOMAINS if one}:
        assert len({one.owner for one in some if one.domain == domain and one.owner}) >= 3
    for place in made.places:
        assert len({one.owner for one in some if bounce_report.place_of(one) == place.name and one.owner}) >= 3


@given(BOUNCES_OF)
def test_a_pattern_is_shared_by_more_than_half_of_the_bounces_and_by_five_at_least(some: list[Bounce]) -> None:
    found = taken_apart(some).pattern
    if found is None:
        for owner in OWNERS[1:]:
            count = sum(one.owner == owner for one in some)
            assert count < 5 or 2 * count <= len(some)
        return
    assert 2 * found.part > found.whole == len(some)
    assert found.part >= 5
    assert found.by_reason == 0 or 2 * found.by_reason > found.part or found.what == "reason"
    assert found.reason not in {"other", "unknown"}


def test_docomos_domains_are_one_place_and_other_domains_are_their_own() -> None:
    some = [bounce("docomo.ne.jp", n) for n in (1, 2, 3)] + [bounce("mopera.net", n) for n in (1, 2, 3)]
    made = taken_apart([*some, bounce("a.example", 1)])
    (place,) = made.places
    assert place.name == Name("docomo", carrier=True)
    assert place.domains == (("docomo.ne.jp", 3), ("mopera.net", 3))
    assert (made.other_places, made.other_bounces) == (1, 1)


def test_what_one_sender_causes_is_that_senders_pattern_before_it_is_a_domains() -> None:
    some = [bounce("docomo.ne.jp", 1) for _ in range(6)] + [bounce("docomo.ne.jp", n) for n in (2, 3)]
    found = taken_apart(some).pattern
    assert found is not None
    assert (found.what, found.part, found.whole, found.owner) == ("sender", 6, 8, OWNERS[1])
    assert (found.reason, found.by_reason) == ("mailbox_unknown", 6)


def test_a_domain_of_few_senders_is_a_pattern_without_its_name() -> None:
    found = taken_apart([bounce("a.example", n) for n in (1, 1, 1, 2, 2, 2)]).pattern
    assert found is not None
    assert (found.what, found.place) == ("place", None)


def test_exactly_half_is_no_pattern_and_four_bounces_are_too_few_for_one() -> None:
    half = [bounce("docomo.ne.jp", n % 5 + 1, REASONS[n]) for n in range(6)]
    other = [bounce(f"{n}.example", n % 5 + 1, REASONS[n]) for n in range(6)]
    assert taken_apart([*half, *other]).pattern is None
    assert taken_apart([*half, bounce("au.com", 2, "blocked"), *other]).pattern is None
    assert taken_apart([*half, *other[1:]]).pattern is not None
    assert taken_apart([bounce() for _ in range(4)]).pattern is None
    assert taken_apart([]).pattern is None


def test_what_most_bounces_have_on_any_day_is_a_pattern_only_when_it_is_new() -> None:
    today = [bounce(f"{n}.example", n % 5 + 1) for n in range(10)]
    blocked = [bounce(f"{n}.example", n % 5 + 1, "blocked") for n in range(10)]
    for before, some, reason in (
        (blocked, today, "mailbox_unknown"),
        ([], today, "mailbox_unknown"),
        (today, today, None),
        (blocked, blocked, "blocked"),
    ):
        found = taken_apart(some, before).pattern
        assert (found.reason if found else None) == reason


def test_what_bounced_in_the_window_before_too_is_said_to_come_again() -> None:
    some = [bounce("docomo.ne.jp", n) for n in (1, 2, 3)] + [bounce("a.example", 4)]
    made = taken_apart(some, [bounce("mopera.net", 2), bounce("b.example", 0)])
    assert [place.again for place in made.places] == [True]
    assert [one.owner for one in made.senders if one.again] == [OWNERS[2]]
    assert (made.place_repeats.again, made.place_repeats.all) == (1, 2)
    assert (made.sender_repeats.again, made.sender_repeats.all) == (1, 4)


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "limits", "said"),
    [
        (4, 1284, 3, (COMPLAINTS_WARN, COMPLAINTS), "0.312%"),
        (71, 1266, 2, (BOUNCES,), "5.61%"),
        (0, 1301, 2, (), "0%"),
        (3, 3, 2, (), "100%"),
        (12, 10, 2, (), "120.00%"),
        (3, 0, 2, (), "no rate"),
        (0, 0, 3, (), "no rate"),
        (5, 100, 2, (BOUNCES,), "5.00%"),
        (50_001, 1_000_000, 2, (BOUNCES,), "5.0001%"),
        (49_999, 1_000_000, 2, (BOUNCES,), "4.9999%"),
        (1, 1_000_000, 3, (COMPLAINTS,), "0.0001%"),
        (99_999, 100_000, 2, (), "99.999%"),
        (1, 8, 2, (), "12.50%"),
        (1, 3, 2, (), "33.33%"),
    ],
)
def test_a_rate_is_written_from_whole_numbers_and_never_lands_on_its_limit(
    part: int, whole: int, decimals: int, limits: tuple[Limit, ...], said: str
) -> None:
    assert report_rows.percent(Rate(part, whole), decimals, *limits) == said


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_written_rate_is_on_the_same_side_of_the_limit_as_what_was_counted(part: int, whole: int) -> None:
    written = report_rows.percent(Rate(part, whole), 2, BOUNCES)
    hundredths = float(written.removesuffix("%").replace(",", ""))
    assert abs(hundredths - 100 * part / whole) <= 0.005 + 1e-6
    assert (hundredths > 5) == (part * BOUNCES.denominator > whole * BOUNCES.numerator)


@pytest.mark.parametrize(
    ("typed", "guess"),
    [
        ("24", "24h"),
        ("7", "7d"),
        ("1d", "24h"),
        ("24 hours", "24h"),
        ("2 days", "7d"),
        ("week", "7d"),
        ("1w", "7d"),
        ("weak", "7d"),
        ("yesterday", None),
        ("3 months", "30d"),
        ("30 d", "30d"),
        ("7x", "7d"),
        ("30 dyas", "30d"),
        ("5x", None),
        ("docmo", "docomo"),
        ("softbnk", "SoftBank"),
        ("???", None),
        ("", None),
    ],
)
def test_the_nearest_option_is_guessed(typed: str, guess: str | None) -> None:
    assert report_options.guessed(typed, ["docomo", "SoftBank"]) == guess


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ("24h", "")),
        ("7d", ("7d", "")),
        ("\uff17\uff24", ("7d", "")),
        ("30D docomo.ne.jp", ("30d", "docomo.ne.jp")),
        ("docomo.ne.jp 30d", ("30d", "docomo.ne.jp")),
        ("+81 90-1234-4821", ("24h", "+81 90-1234-4821")),
        ("7d +81 90-1234-4821", ("7d", "+81 90-1234-4821")),
        ("7d 7d", ("7d", "7d")),
    ],
)
def test_the_time_may_stand_first_or_last(typed: str, read: tuple[str, str]) -> None:
    assert report_options.split(typed) == read


@given(
    st.sampled_from(["24h", "7d", "30d"]), st.sampled_from(["", "docomo.ne.jp", "Rakuten Mobile"]), st.integers(0, 99)
)
def test_a_view_is_read_back_from_what_a_button_names(period: str, place: str, offset: int) -> None:
    for view in (
        report_options.View(period, "senders", place=place, offset=offset),
        report_options.View(period, owner=OWNERS[1], offset=offset),
    ):
        assert report_options.view_of(view.subject, view.offset) == view
    assert report_options.view_of("x", offset) is None
