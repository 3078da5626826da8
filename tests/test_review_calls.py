"""A review that is open is called for: after the night in which it began, and once when it is late; never at night."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.engine import cases, due, roster
from bot.engine.access import Group, Membership
from bot.mail import review_calls
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database
from tests.support.team import CHANNELS, at

HOUR = timedelta(hours=1)
OPERATIONS = "<!subteam^S0OPERATIONS>"


@pytest.fixture
async def watch(database: Database, pool: Pool) -> Watch:
    """Give the bot, as it begins to watch."""
    made = Watch(database, pool)
    await made.begin()
    await made.tick(MINUTE)
    return made


async def flagged(watch: Watch) -> None:
    """Have an account reviewed; its case is the first."""
    await watch.complain(await watch.account(), 9 * DAY, 7 * DAY, HOUR)
    await watch.tick(MINUTE)


async def answer(watch: Watch, *steps: str) -> None:
    """Answer steps of the first case, and close it where these were the last."""
    async with watch.pool.acquire() as connection, connection.transaction():
        for step in steps:
            await cases.settle(connection, 1, step, "done", who="U0OP1", now=watch.time)
        await cases.close_when_finished(connection, 1, by="U0OP1", now=watch.time, resolution="every step is answered")


async def test_a_review_that_is_late_is_called_for_once_at_its_time_and_says_so(watch: Watch) -> None:
    await flagged(watch)
    await watch.until("2026-11-26 09:51")
    assert await watch.posts("review.late") == []
    (live,) = await watch.said("flagged.review")
    assert "late" not in live.lower()
    await watch.until("2026-11-28 12:00")
    (post,) = await watch.posts("review.late")
    assert (post["destination"], post["parent"] is not None) == (CHANNELS.operations, True)
    (said,) = await watch.said("review.late")
    assert said.startswith("A review is late: please go on with it (OPS-0001).")
    assert f"was due by Thu 26 Nov 09:52. {OPERATIONS}, please go on with it (step 2: Review the mail history)." in said
    (live,) = await watch.said("flagged.review")
    assert live.startswith("The review of a flagged account is late: please go on with it (OPS-0001).")
    assert ":warning: *Late:* the review was due by Thu 26 Nov 09:52." in live
    assert [result for result, _ in await watch.records("review:call")] == ["late"]


@pytest.mark.parametrize("warned", [True, False])
async def test_nobody_is_called_for_a_review_in_which_no_person_has_anything_to_do(
    watch: Watch, *, warned: bool
) -> None:
    await flagged(watch)
    await answer(watch, "history", "assess", "document", *([] if warned else ["warn"]))
    await watch.until("2026-11-27 12:00")
    assert await watch.posts("review.late") == []
    (live,) = await watch.said("flagged.review")
    assert "late" not in live.lower()


async def test_a_review_that_begins_in_the_night_is_called_for_in_the_morning(watch: Watch) -> None:
    await watch.until("2026-11-25 23:00")
    await flagged(watch)
    (opened,) = await watch.said("flagged.opened")
    assert "It is night: operations are called in the morning." in opened
    assert "<!" not in opened
    await watch.until("2026-11-26 08:29")
    assert await watch.posts("review.morning") == []
    await watch.until("2026-11-26 12:00")
    (said,) = await watch.said("review.morning")
    assert f"{OPERATIONS}, please review the account by Thu 26 Nov 23:01." in said
    await watch.until("2026-11-27 12:00")
    (late,) = await watch.said("review.late")
    assert OPERATIONS in late
    created = await watch.fetch("SELECT created_at FROM chatops.posts WHERE renderer = 'review.late'")
    assert [row["created_at"] for row in created] == [at("2026-11-27 08:30")], "it was due in the night"


async def test_after_an_outage_one_call_is_enough_and_it_waits_for_the_morning(watch: Watch) -> None:
    await watch.until("2026-11-25 23:00")
    await flagged(watch)
    await watch.tick(at("2026-11-29 02:00") - watch.time)
    assert await watch.posts("review.morning") == await watch.posts("review.late") == []
    await watch.tick(at("2026-11-29 08:30") - watch.time)
    assert len(await watch.posts("review.late")) == 1
    assert await watch.posts("review.morning") == []


async def test_who_has_the_review_of_a_restriction_is_called_when_it_is_late(watch: Watch) -> None:
    async with watch.pool.acquire() as connection, connection.transaction():
        groups = {Group.OPERATIONS: frozenset({"U0OP1"}), Group.MANAGEMENT: frozenset({"U0MGR1"})}
        await roster.record(connection, Membership(groups, 0.0), watch.time)
    user = await watch.account()
    await watch.ask(user, reason="fraud")
    assert await watch.press("approve", user) == "Approved"
    async with watch.pool.acquire() as connection:
        opens = await due.pending(connection, "restriction.follow_up", "case:1")
    assert opens is not None
    await watch.tick(opens - watch.time)
    (live,) = await watch.said("case.review")
    assert "Due by" in live
    async with watch.pool.acquire() as connection:
        late_at = await due.pending(connection, review_calls.LATE, "case:2")
    assert late_at is not None
    await watch.tick(late_at - watch.time)
    (said,) = await watch.said("review.late")
    assert "<@U0OP1>, please go on with it (step 2: Talk with the person)." in said
    (live,) = await watch.said("case.review")
    assert ":warning: *Late:* was due by" in live
    async with watch.pool.acquire() as connection:
        review = await cases.load(connection, 2)
        assert review is not None
        assert await review_calls.is_late(connection, review)
