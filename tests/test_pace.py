"""What is sent keeps Slack's pace: a post a second a channel, forty edits a minute in all, and Slack's own waits."""

import time

from bot.slack.pace import EDITS_A_MINUTE, POST_SECONDS, Pace


def until(asked: float) -> None:
    """Let machine time pass, in steps that are tiny."""
    end = time.monotonic() + asked
    while time.monotonic() < end:
        time.sleep(0.0005)


def test_production_keeps_slacks_numbers() -> None:
    assert (POST_SECONDS, EDITS_A_MINUTE) == (1.0, 40)
    assert not Pace().may_post("C1")  # whoever had the lease before may have posted just now


def test_a_channel_waits_between_posts_and_others_do_not() -> None:
    pace = Pace(multiple=4)  # a gap of a quarter of a second
    until(0.25)
    assert pace.may_post("C1")
    pace.posted("C1")
    assert not pace.may_post("C1")
    assert pace.may_post("C2")
    until(0.25)
    assert pace.may_post("C1")


def test_a_minute_has_so_many_edits_and_no_more() -> None:
    pace = Pace()
    assert [pace.take_edit() for _ in range(41)] == [True] * 40 + [False]
    slow = Pace(multiple=0.001)
    assert [slow.take_edit() for _ in range(3)] == [True, False, False]


def test_slacks_own_wait_holds_one_channel_or_all_edits() -> None:
    pace = Pace(multiple=1_000_000)
    until(0.001)
    pace.hold("post C1", 0.25)
    pace.hold("edit", 0.25)
    assert not pace.may_post("C1")
    assert pace.may_post("C2")
    assert not pace.take_edit()
    until(0.25)
    assert pace.may_post("C1")
    assert pace.take_edit()
