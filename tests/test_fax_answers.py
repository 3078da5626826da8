"""What becomes of a fax when S3 or Telnyx are away, refuse, or do not answer: sent once, or a person knows."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.engine import effects
from bot.local.telnyx.server import Kind
from bot.mail import fax_following, fax_sending, faxes
from bot.services.telnyx import client
from commands import fax_messages
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls of Telnyx end after a moment."""
    monkeypatch.setattr(client, "TIMEOUT", 0.15)


async def test_one_who_is_away_for_a_moment_costs_nothing_but_time(desk: Desk, around: Outside) -> None:
    around.aws.fault("status", operation="PutObject", count=2)
    desk.telnyx.fault("rate_limited", count=2)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert (len(desk.telnyx.faxes()), desk.telnyx.requests["send"]) == (1, 3)


async def test_people_see_that_a_fax_waits_for_the_service(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "wait_after", lambda *_: 1e6)
    desk.telnyx.fault("rate_limited")
    told = await desk.want(await desk.person())
    wanted = await desk.value("SELECT wanted FROM chatops.live_messages")
    await brought_on(desk)
    assert "the fax service cannot be reached, the bot tries on" in await desk.line(told)
    assert await desk.value("SELECT wanted FROM chatops.live_messages") > wanted


async def brought_on(desk: Desk) -> None:
    """Let the worker take in hand what there is, once, and wait for it."""
    await desk.worker.beat(desk.epoch)
    await desk.worker.finish()


async def test_retry_after_is_kept_when_it_is_longer_than_our_own_wait(database: Database, around: Outside) -> None:
    async with fax_desk(database, around, pace=1000) as desk:
        desk.telnyx.fault("rate_limited", retry_after=1800, count=1)
        told = await desk.want(await desk.person())
        await brought_on(desk)
        wait = await desk.value("SELECT extract(epoch FROM retry_at - clock_timestamp()) FROM chatops.effects")
        assert 1.0 < wait <= 1.8
        assert (await desk.told(told)).attempts[0].state == "waiting"


@pytest.mark.parametrize("fault", ["rate_limited", "s3"])
async def test_what_nobody_takes_for_three_quarters_of_an_hour_is_tried_twice_more_and_then_told(
    database: Database, around: Outside, fault: str
) -> None:
    async with fax_desk(database, around, pace=1e6) as desk:
        if fault == "s3":
            around.aws.fault("throttle")
        else:
            desk.telnyx.fault("rate_limited")
        told = await desk.want(await desk.person())
        await desk.rest()
        assert (await desk.told(told)).attempts[0].failure_reason == "not_sent"
        assert "took nothing for three quarters of an hour; try 2 at" in await desk.line(told)
        await desk.go(3 * HOUR)
        after = await desk.told(told)
        assert (after.state, after.reason, len(after.attempts)) == ("failed", "not_sent", 3)
        assert await desk.step(told, "call") == ("todo", True)
        assert desk.telnyx.faxes() == []


def test_the_waits_come_to_three_quarters_of_an_hour() -> None:
    waits = [effects.wait_after(troubles) for troubles in range(fax_following.MOST_TROUBLES - 1)]
    assert 40 * 60 <= sum(waits) <= 50 * 60


async def test_telnyx_that_cannot_be_reached_was_certainly_not_asked(desk: Desk, around: Outside) -> None:
    port = desk.telnyx.url
    desk.client._url = "http://127.0.0.1:9/v2"  # noqa: SLF001 - nobody listens there
    told = await desk.want(await desk.person())
    await brought_on(desk)
    assert (await desk.told(told)).attempts[0].state == "waiting"
    desk.client._url = port  # noqa: SLF001
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert around.aws.requests["PutObject"] > 0


async def test_a_request_that_telnyx_refuses_is_not_repeated(desk: Desk) -> None:
    statuses = (400, 401, 403, 404, 422)
    wanted = []
    for status in statuses:
        desk.telnyx.fault("error_before", status=status, count=1)
        wanted.append(await desk.want(await desk.person()))
        await desk.rest()
    await desk.go(3 * HOUR)
    for told in wanted:
        assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", "telnyx_refused")
        assert await desk.step(told, "call") == ("todo", True)
    assert desk.telnyx.requests["send"] == len(statuses)
    assert {job["status"] for job in await desk.jobs()} == {"failed"}


async def test_pages_that_s3_refuses_end_in_a_call(desk: Desk, around: Outside) -> None:
    around.aws.fault("denied", operation="PutObject")
    told = await desk.want(await desk.person())
    await desk.rest()
    assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", "pages_not_stored")
    assert await desk.step(told, "call") == ("todo", True)
    assert desk.telnyx.requests["send"] == 0


async def test_a_link_that_cannot_be_made_ends_in_a_call_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.s3.LONGEST_LINK", 10)
    told = await desk.want(await desk.person())
    await desk.rest()
    assert (await desk.told(told)).reason == "pages_not_stored"
    assert await desk.step(told, "call") == ("todo", True)


async def test_a_lost_answer_of_s3_leaves_one_object_and_one_fax(desk: Desk, around: Outside) -> None:
    before = len(around.aws.objects())
    around.aws.fault("answer_lost", operation="PutObject", count=1)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert (len(around.aws.objects()), len(desk.telnyx.faxes())) == (before + 1, 1)


TAKEN: tuple[Kind, ...] = ("answer_lost", "timeout_after", "error_after", "garbage")
NOT_TAKEN: tuple[Kind, ...] = ("dropped", "timeout_before", "error_before", "redirect")


@pytest.mark.usefixtures("impatient")
async def test_a_fax_that_was_taken_without_an_answer_is_found_again(desk: Desk) -> None:
    wanted = []
    for fault in TAKEN:
        desk.telnyx.fault(fault, count=1)
        wanted.append(await desk.want(await desk.person()))
        await desk.rest()
    await desk.go(MINUTE)
    for told in wanted:
        after = await desk.told(told)
        assert (after.state, len(after.attempts)) == ("told", 1)
    assert (len(desk.telnyx.faxes()), desk.telnyx.requests["send"]) == (len(TAKEN), len(TAKEN))
    assert desk.telnyx.requests["list"] >= len(TAKEN)


@pytest.mark.usefixtures("impatient")
async def test_a_fax_that_telnyx_does_not_have_is_asked_for_twice_and_then_a_persons_question(desk: Desk) -> None:
    for number, fault in enumerate(NOT_TAKEN, start=1):
        desk.telnyx.fault(fault, count=1)
        told = await desk.want(await desk.person())
        await desk.rest()
        after = await desk.told(told)
        assert (after.state, after.reason, after.attempts[0].state) == ("unknown", "answer_lost", "unknown")
        assert (desk.telnyx.requests["send"], desk.telnyx.requests["list"]) == (number, 2 * number)
        (said,) = await desk.said(told)
        assert "Nobody knows whether the fax went out" in said
        assert [(action, result) for action, result, _ in await desk.records(told)] == [("fax:unknown", "unknown")]
    await desk.go(24 * HOUR)
    assert desk.telnyx.requests["send"] == len(NOT_TAKEN)


async def test_the_two_questions_are_a_minute_of_machine_time_apart(desk: Desk) -> None:
    slow = fax_sending.FaxSender(desk.pool, desk.team, desk.clock, desk.line_out)
    desk.worker = effects.Worker(desk.pool, {faxes.KIND: slow}, desk.clock)
    wait = "SELECT extract(epoch FROM retry_at - clock_timestamp()) FROM chatops.effects"
    desk.telnyx.fault("dropped", count=1)
    await desk.want(await desk.person())
    await brought_on(desk)
    assert 8 < await desk.value(wait) <= fax_following.FIRST_ASK
    await desk.fetch("UPDATE chatops.effects SET retry_at = NULL")
    await brought_on(desk)
    assert 55 < await desk.value(wait) <= fax_following.BETWEEN_ASKS
    assert await desk.value("SELECT asked FROM chatops.effects") == 1
    # What a dead process was about to do is over when the fax is looked for.
    await desk.fetch("UPDATE chatops.effects SET state = 'attempting', retry_at = NULL")
    await brought_on(desk)
    assert client.TIMEOUT + 15 < await desk.value(wait) <= fax_following.AFTER_A_DEATH


async def test_no_answer_to_the_question_is_not_the_answer_no(desk: Desk) -> None:
    desk.telnyx.fault("answer_lost", count=1)
    desk.telnyx.fault("error_before", operation="list", count=5)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert desk.telnyx.requests["list"] == 6


async def test_a_telnyx_that_cannot_be_asked_either_is_a_persons_question_in_the_end(
    database: Database, around: Outside
) -> None:
    async with fax_desk(database, around, pace=1e6) as desk:
        desk.telnyx.fault("answer_lost", count=1)
        desk.telnyx.fault("error_before", operation="list")
        told = await desk.want(await desk.person())
        await desk.rest()
        assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("unknown", "not_asked")
        (said,) = await desk.said(told)
        assert "cannot be asked whether it has the fax" in said


async def test_a_fax_that_shows_up_late_in_telnyxs_list_is_found_by_the_second_question(desk: Desk) -> None:
    desk.telnyx.fault("answer_lost", count=1)
    desk.telnyx.fault("hidden", count=1)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"


async def test_an_account_that_is_gone_when_telnyx_is_asked_is_a_persons_question(desk: Desk) -> None:
    desk.telnyx.fault("dropped", count=1)
    person = await desk.person()
    told = await desk.want(person)
    await brought_on(desk)
    await desk.fetch("DELETE FROM public.fax_jobs")
    await desk.fetch("DELETE FROM public.users WHERE id = $1", person.id)
    await desk.rest()
    assert (await desk.told(told)).state == "unknown"


async def test_pages_that_cannot_be_printed_end_in_a_call_after_a_while(database: Database, around: Outside) -> None:
    async with fax_desk(database, around, pace=1e6) as desk:
        told = await desk.want(await desk.person())
        await desk.fetch("UPDATE chatops.notices SET facts = '{}'")
        await desk.rest()
        assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", "broken")
        assert await desk.step(told, "call") == ("todo", True)


async def test_trouble_with_following_ends_nothing(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.rest()
    desk.telnyx.fault("error_before", operation="status", count=3)
    await desk.go(2 * MINUTE)
    assert (await desk.told(told)).state == "told"


def test_every_reason_of_ours_has_words() -> None:
    sources = [Path(module.__file__ or "").read_text() for module in (faxes, fax_following, fax_sending)]
    codes = {code for text in sources for code in re.findall(r'"([a-z0-9]+(?:_[a-z0-9]+)+)"', text)}
    ours = {"demo_user", "not_e164", "not_verified", "not_set_up", "not_sent", "pages_not_stored", "telnyx_refused",
            "answer_lost", "not_asked", "no_end", "too_late", "not_restricted", "restricted_again",
            "restricted_meanwhile"}  # fmt: skip
    assert ours <= codes
    for code in (*ours, "broken", "gone"):
        assert not fax_messages.because(code).startswith("Telnyx says"), code
