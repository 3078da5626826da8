"""At three complaints a review opens, at five the bot asks management: once a crossing, again while nobody decides."""

import asyncio
from datetime import timedelta

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import due, roster
from bot.engine.access import Group, Membership
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database

HOUR = timedelta(hours=1)
FIVE = (9 * DAY, 7 * DAY, 5 * DAY, DAY, HOUR)


@pytest.fixture
async def watch(database: Database, pool: Pool) -> Watch:
    """Give a bot that watches an empty mail since a minute ago."""
    made = Watch(database, pool)
    await made.begin()
    await made.tick(MINUTE)
    return made


async def test_nothing_is_said_of_an_empty_mail(watch: Watch) -> None:
    await watch.tick(DAY)
    assert await watch.fetch("SELECT 1 FROM chatops.posts") == []
    assert await watch.fetch("SELECT 1 FROM chatops.audit") == []


async def test_the_fifth_complaint_makes_the_bot_ask_once(watch: Watch) -> None:
    user = await watch.account()
    *_, fifth = await watch.complain(user, *FIVE)
    for _ in range(3):
        await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "waiting")]
    assert await watch.crossings(user) == [(fifth, "raised", 1)]
    assert await watch.records("restriction:ask") == [("asked", {"reason": "complaints", "asked": 1})]
    await watch.complain(user, HOUR / 2)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "waiting")]
    assert await watch.fetch("SELECT 1 FROM chatops.live_messages WHERE renderer = 'restriction.direct'") == []
    (shown,) = await watch.said("restriction.request")
    assert "Asked by faxi-bot at 5 complaints" not in shown, "it waits: who asked stands with the reason"
    assert "*Why*, says faxi-bot: 5 or more complaints in 30 days" in shown
    (called,) = await watch.said("restriction.asked")
    assert "*Asked* by faxi-bot. <!subteam^S0MANAGEMENT>, please decide by Thu 26 Nov 18:00." in called


async def test_many_processes_that_look_at_once_raise_it_once(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    for passes in (MINUTE, timedelta(), timedelta()):
        watch.time += passes
        runs = (due.run_ready(watch.pool, wiring.due_handlers(watch.team), watch) for _ in range(4))
        await asyncio.gather(*runs)
    assert await watch.requests(user) == [("bot", "waiting")]
    assert len(await watch.fetch("SELECT 1 FROM chatops.cases")) == 2, "the review and the request"


async def test_complaints_that_do_not_count_raise_nothing(watch: Watch) -> None:
    user, other = await watch.account(), await watch.account()
    await watch.complain(user, *FIVE, kind="not-spam")
    await watch.complain(other, 9 * DAY, 7 * DAY, blamed=user)
    await watch.complain(None, *FIVE, blamed=user)
    await watch.tick(MINUTE)
    assert await watch.fetch("SELECT 1 FROM chatops.cases") == []


async def test_a_request_of_a_person_covers_the_crossing_and_the_bot_asks_when_it_is_withdrawn(watch: Watch) -> None:
    user = await watch.account()
    *_, fifth = await watch.complain(user, *FIVE)
    await watch.ask(user)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("U0OP1", "waiting")]
    assert await watch.crossings(user) == [(fifth, "covered", 0)]
    await watch.press("withdraw", user)
    (planned,) = await watch.said("restriction.asks_itself")
    assert planned.endswith("*The complaints still stand.* The bot asks on Thu 26 Nov 09:00.")
    await watch.until("2026-11-26 08:59")
    assert await watch.requests(user) == [("U0OP1", "withdrawn")]
    await watch.until("2026-11-26 09:00")
    assert await watch.requests(user) == [("U0OP1", "withdrawn"), ("bot", "waiting")]
    assert await watch.crossings(user) == [(fifth, "raised", 1)]


@pytest.mark.parametrize("change", ["restricted", "fewer"])
async def test_a_covering_request_that_becomes_void_is_asked_anew_only_while_the_count_stands(
    watch: Watch, change: str
) -> None:
    user = await watch.account()
    first, *_ = await watch.complain(user, *FIVE)
    await watch.ask(user)
    await watch.tick(MINUTE)
    if change == "restricted":
        await watch.mark(user, restricted=True)
    else:
        await watch.fetch("DELETE FROM public.email_metrics WHERE message_id = $1", first)
    assert await watch.press("approve", user) == "Voided"
    await watch.mark(user, restricted=False)
    await watch.until("2026-11-26 09:00")
    again = [("bot", "waiting")] if change == "restricted" else []
    assert await watch.requests(user) == [("U0OP1", "void"), *again]


async def test_what_nobody_decides_is_asked_again_and_the_third_time_of_everybody_by_name(watch: Watch) -> None:
    async with watch.pool.acquire() as connection:
        managers = frozenset({"U0MGR1", "U0MGR2", "U0MGR3"})
        await roster.record(connection, Membership({Group.MANAGEMENT: managers}, 0.0), watch.time)
    user = await watch.account()
    *_, fifth = await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.until("2026-11-26 18:00")
    (shown,) = await watch.said("restriction.request")
    assert shown.startswith("No decision in time: the bot asks again on Fri 27 Nov 09:00 JST (OPS-0002).")
    assert "*The bot asks again on Fri 27 Nov 09:00*, with the facts of then." in shown
    assert "Asked by faxi-bot at 5 complaints" in shown
    assert await watch.posts("restriction.expired") == [], "nobody is to be called for it"
    await watch.until("2026-12-01 09:00")
    asked = await watch.said("restriction.asked")
    assert ["for the 2nd time" in one for one in asked] == [False, True, False]
    assert "*Asked* by faxi-bot, for the 3rd time. <@U0MGR1> <@U0MGR2> <@U0MGR3>, please decide" in asked[2]
    assert await watch.requests(user) == [("bot", "expired"), ("bot", "expired"), ("bot", "waiting")]
    assert await watch.crossings(user) == [(fifth, "raised", 3)]
    drawn = await watch.said("restriction.request")
    assert ["*Asked again:* OPS-0004." in one for one in drawn] == [True, True, False]
    assert not any("asks again" in one for one in drawn), "what was to come has come"


async def test_what_expired_is_not_asked_again_when_the_count_fell_and_that_is_recorded(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, timedelta(days=28, hours=12), 7 * DAY, 5 * DAY, DAY, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-27 09:00")
    assert await watch.requests(user) == [("bot", "expired")]
    assert (await watch.records("restriction:ask"))[1:] == [
        ("not_asked", {"reason": "complaints", "why": "complaints:4"})
    ]
    (said,) = await watch.said("restriction.not_asked_again")
    assert said.endswith("*Not asked again.* 4 complaints in 30 days now, and 5 are the limit.")
    (shown,) = await watch.said("restriction.request")
    assert shown.startswith("No decision in time: it was not asked again (OPS-0002).")
    assert "*The bot does not ask again*; the thread says why." in shown
    *_, new = await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "expired"), ("bot", "waiting")]
    assert (await watch.crossings(user))[1:] == [(new, "raised", 1)], "it rose anew"


async def test_a_new_rise_is_asked_for_at_once_and_the_old_one_not_again(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, timedelta(days=29, hours=12), 7 * DAY, 5 * DAY, DAY, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-26 20:00")
    *_, new = await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-27 09:30")
    assert await watch.requests(user) == [("bot", "expired"), ("bot", "waiting")]
    assert (await watch.crossings(user))[1:] == [(new, "raised", 1)]


async def test_what_a_person_asks_for_meanwhile_is_not_asked_twice(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.until("2026-11-26 20:00")
    await watch.ask(user)
    await watch.until("2026-11-27 09:30")
    assert await watch.requests(user) == [("bot", "expired"), ("U0OP1", "waiting")]
    await watch.press("deny", user)
    await watch.until("2026-12-01 10:00")
    assert await watch.requests(user) == [("bot", "expired"), ("U0OP1", "denied")]


async def test_what_people_deny_before_the_bot_asks_again_is_not_asked_again(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.until("2026-11-26 20:00")
    await watch.ask(user)
    await watch.press("deny", user)
    await watch.until("2026-11-27 09:30")
    assert await watch.requests(user) == [("bot", "expired"), ("U0OP1", "denied")]
    asked = await watch.records("restriction:ask")
    assert asked[-1] == ("not_asked", {"reason": "complaints", "why": "denied"})


async def test_after_a_denial_only_a_complaint_that_came_after_it_raises_a_new_request(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.press("deny", user)
    await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-26 10:00")
    assert await watch.requests(user) == [("bot", "denied")]
    (new,) = await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "denied"), ("bot", "waiting")]
    assert (await watch.crossings(user))[1:] == [(new, "raised", 1)]


async def test_a_restriction_undone_as_our_error_is_asked_for_again_only_after_a_new_complaint(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    assert await watch.press("approve", user) == "Approved"
    await watch.tick(HOUR)
    await watch.undo(user)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "approved")]
    await watch.complain(user, timedelta(seconds=10))
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "approved"), ("bot", "waiting")]


async def test_a_restricted_account_raises_nothing_and_after_a_lift_it_counts_anew(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.press("approve", user)
    await watch.complain(user, HOUR, HOUR / 2)
    await watch.tick(MINUTE)
    await watch.lift(user)
    await watch.tick(DAY)
    await watch.complain(user, *(n * HOUR for n in (4, 3, 2, 1)))
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "approved")]
    await watch.complain(user, HOUR / 2)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "approved"), ("bot", "waiting")]


async def test_the_third_complaint_opens_a_review_once_also_when_it_is_a_jump_from_two_to_four(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, 9 * DAY, 7 * DAY)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == []
    third, _ = await watch.complain(user, HOUR, HOUR / 2)
    await watch.tick(MINUTE)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == [(third, "raised", 0)]
    (case,) = await watch.fetch("SELECT id, procedure, severity, due_at, opened_at, owner FROM chatops.cases")
    assert (case["procedure"], case["severity"], case["owner"]) == ("flagged", "warning", None)
    assert case["due_at"] - case["opened_at"] == DAY
    assert await watch.records("flagged:open") == [("opened", {"complaints": 4})]


async def test_a_new_rise_belongs_to_the_review_that_is_open_and_else_opens_one(watch: Watch) -> None:
    user = await watch.account()
    *_, third = await watch.complain(user, 28 * DAY, 27 * DAY, HOUR)
    await watch.tick(MINUTE)
    await watch.tick(5 * DAY)
    *_, again = await watch.complain(user, 2 * HOUR, HOUR)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == [(third, "raised", 0), (again, "covered", 0)]
    assert [row["id"] for row in await watch.fetch("SELECT id FROM chatops.cases WHERE procedure = 'flagged'")] == [1]
    assert [result for result, _ in await watch.records("flagged:open")] == ["opened", "covered"]
    first, second = await watch.said("flagged.opened")
    assert "please review the account within 24 hours." in first
    assert "Third complaint in 30 days, again,* while this review is open." in second
    await watch.fetch("UPDATE chatops.cases SET state = 'done', closed_at = opened_at, resolution = 'looked at'")
    await watch.tick(40 * DAY)
    await watch.complain(user, 3 * HOUR, 2 * HOUR, HOUR)
    await watch.tick(MINUTE)
    assert len(await watch.fetch("SELECT 1 FROM chatops.cases WHERE procedure = 'flagged'")) == 2


async def test_a_late_complaint_that_shifts_the_crossing_raises_the_same_rise_once(watch: Watch) -> None:
    user = await watch.account()
    *_, third = await watch.complain(user, 9 * DAY, 7 * DAY, 2 * DAY)
    await watch.tick(MINUTE)
    await watch.complain(user, 5 * DAY)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == [(third, "raised", 0)]
    first, second, *_ = await watch.complain(user, 20 * DAY, 19 * DAY)
    assert first < second
    await watch.tick(MINUTE)
    assert len(await watch.fetch("SELECT 1 FROM chatops.cases WHERE procedure = 'flagged'")) == 1
    assert len(await watch.requests(user)) == 1
