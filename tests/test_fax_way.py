"""A fax goes out once, from the approval to the delivery, and everybody sees how far it is."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.engine import effects
from bot.local.telnyx import FROM_NUMBER
from bot.paper.notices import Notice, Pages, Press
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
    add_accounts,
    ask,
    assert_chain_is_whole,
    results,
    until,
    words,
)
from tests.support.system import running_system
from tests.support.team import at, day

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AGAIN = "Send the fax again"


async def test_an_approved_restriction_reaches_the_person_by_fax(database: Database) -> None:
    """The whole program: it fails, a person presses twice, it arrives, Telnyx tells so, and all agree."""
    (account,) = await add_accounts(database, 1)
    async with running_system(database, replicas=1, faxes=True, start=False) as system:
        await system.fetch("UPDATE public.users SET fax_number_verified = true")
        system.faxes.telnyx.plan("destination_invalid")
        await system.start(0, TELNYX_WEBHOOK_URL=f"{system.replicas[0].address}/telnyx/events")
        async with system.session.post(f"{system.replicas[0].address}/telnyx/events", data=b"{}") as refused:
            assert refused.status == 401
        request = await ask(system, "op1", account)
        await system.click("mgr1", APPROVE, **request.where)

        async def ended() -> bool:
            system.clock.advance(timedelta(seconds=5))
            return bool(await system.value("SELECT count(*) FROM chatops.notices WHERE state <> 'sending'"))

        async def shown(words: str) -> Any:
            seen = await system.messages("mgr1", MANAGEMENT)
            return any(words in one["plain"] for one in seen if one["ts"] == request.ts)

        await until(ended, "the end of the first fax")
        await until(lambda: shown("the number is not valid"), "why the fax failed")
        again = [system.click("mgr1", AGAIN, **request.where) for _ in range(2)]
        answers = [words(answer) for answer in await asyncio.gather(*again)]
        assert sum("The fax goes out again" in answer for answer in answers) == 1, answers
        assert sum("The fax was not sent again" in answer for answer in answers) == 1, answers
        await until(ended, "the end of the second fax")
        await system.settle()
        assert [fax["status"] for fax in system.faxes.listed()] == ["failed", "delivered"]
        fax = system.faxes.listed()[1]
        assert fax["to"] == account.number
        assert "OPS-0001-F2" in fax["pages"][0]["text"]
        jobs = await system.fetch("SELECT * FROM public.fax_jobs ORDER BY reference_id")
        assert [(job["status"], job["reference_id"]) for job in jobs] == [
            ("failed", "OPS-0001-F1"), ("delivered", "OPS-0001-F2")
        ]  # fmt: skip
        await until(lambda: shown("delivered"), "that the fax was delivered")
        pressed = await results(system, account, "fax:again")
        assert sorted(pressed) == ["again", "refused:state"]
        await assert_chain_is_whole(system)


async def test_the_way_of_a_fax_stands_in_our_tables_in_faxis_and_on_the_page(desk: Desk, around: Outside) -> None:
    person = await desk.person()
    told = await desk.want(person)
    assert (told.state, await desk.line(told)) == (
        "sending", ":hourglass_flowing_sand: Fax to the person: queued"
    )  # fmt: skip
    (attempt,) = told.attempts
    assert (attempt.reference, attempt.state, attempt.due_at) == ("OPS-0001-F1", "waiting", desk.clock.now())

    await desk.rest()
    (fax,) = desk.telnyx.faxes()
    key = f"faxes/2026/11/25/opsbot-{attempt.effect}.pdf"
    assert (fax.to, fax.from_number, fax.media_key) == (person.number, FROM_NUMBER, f"{around.aws.bucket}/{key}")
    assert around.aws.objects()[key].startswith(b"%PDF")
    (attempt,) = (await desk.told(told)).attempts
    assert (attempt.state, attempt.telnyx_id, attempt.pages) == ("following", fax.id, 1)
    assert "Fax sent" in await desk.line(told)
    (job,) = await desk.jobs()
    assert (job["status"], job["telnyx_fax_id"], job["storage_key"], job["page_count"]) == ("sending", fax.id, key, 1)

    await desk.go(MINUTE)
    assert "OPS-0001-F1" in fax.page_texts()[0]
    assert fax.status == "delivered"
    after = await desk.told(told)
    assert (after.state, after.attempts[0].state) == ("told", "done")
    assert await desk.step(told, "tell") == ("done", True)
    assert await desk.step(told, "call") == ("todo", False)
    assert "Fax delivered" in await desk.line(told)
    (said,) = await desk.said(told)
    assert "delivered*" in said
    assert [(action, result) for action, result, _ in await desk.records(told)] == [
        ("fax:accept", "accepted"),
        ("fax:deliver", "delivered"),
    ]
    assert desk.telnyx.requests["send"] == 1


async def test_faxis_dashboard_finds_the_fax_by_its_own_rules(desk: Desk) -> None:
    """By ``telnyxFaxId`` in the newest ``fax.transmitted`` rows, with ``fax_job_id`` (faxi-system, section 5)."""
    person = await desk.person()
    told = await desk.want(person)
    await desk.rest()
    (fax,) = desk.telnyx.faxes()
    (job,) = await desk.jobs()
    (row,) = await desk.fetch("SELECT * FROM public.audit_logs WHERE event_type = 'fax.transmitted'")
    assert (row["fax_job_id"], row["user_id"], row["event_data"]["telnyxFaxId"]) == (job["id"], person.id, fax.id)
    assert (row["event_data"]["toNumber"], row["event_data"]["status"]) == (person.number, "queued")
    assert "http" not in str(dict(row)), "no link to the pages"
    assert job["fax_id"] == f"opsbot-{told.attempts[0].effect}"
    assert (job["direction"], job["from_number"], job["to_number"]) == ("outbound", FROM_NUMBER, person.number)
    assert job["webhook_payload"]["type"] != "email_to_fax"
    assert "http" not in str(dict(job))
    await desk.go(MINUTE)
    (job,) = await desk.jobs()
    assert (job["status"], job["error_message"]) == ("delivered", None)
    assert at("2026-11-25 10:00:12") <= job["delivered_at"] <= desk.clock.now()
    assert await desk.value("SELECT count(*) FROM public.reference_id_sequence") == 0


async def test_an_open_transaction_of_faxis_on_its_sequence_holds_up_no_fax(desk: Desk) -> None:
    async with desk.database.connect() as faxi, faxi.transaction():
        await faxi.execute("SELECT public.generate_reference_id()")
        told = await desk.want(await desk.person())
        await desk.rest()
    assert (await desk.told(told)).attempts[0].state == "following"


async def test_what_is_wanted_at_night_waits_until_nine_any_day(database: Database, around: Outside) -> None:
    async with fax_desk(database, around, start="2026-11-28 22:30") as desk:  # a Saturday
        told = await desk.want(await desk.person())
        assert "waits until <!date^" in await desk.line(told)
        assert "09:00" in await desk.line(told)
        await desk.go(timedelta(hours=10, minutes=29))
        assert desk.telnyx.requests["send"] == 0
        await desk.go(2 * MINUTE)
        (fax,) = desk.telnyx.faxes()
        assert fax.created_at == at("2026-11-29 09:00")
        assert (await desk.told(told)).state == "told"


async def test_a_busy_line_is_tried_again_after_a_quarter_and_an_hour_each_time_as_a_fax_of_its_own(desk: Desk) -> None:
    desk.telnyx.plan("user_busy", "receiver_no_answer", None)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert "the line was busy; try 2 at" in await desk.line(told)
    assert await desk.step(told, "tell") == ("todo", True)
    await desk.go(3 * HOUR)
    assert [fax.created_at - at("2026-11-25 10:00") for fax in desk.telnyx.faxes()] == pytest.approx(
        [timedelta(), timedelta(minutes=15, seconds=20), timedelta(hours=1, minutes=15, seconds=40)],
        abs=timedelta(seconds=15),
    )
    jobs = [(job["reference_id"], job["status"], job["error_message"]) for job in await desk.jobs()]
    assert jobs == [
        ("OPS-0001-F1", "failed", "user_busy"),
        ("OPS-0001-F2", "failed", "receiver_no_answer"),
        ("OPS-0001-F3", "delivered", None),
    ]
    assert [fax.page_texts()[0].count(f"OPS-0001-F{n}") for n, fax in enumerate(desk.telnyx.faxes(), 1)] == [1, 1, 1]
    assert (await desk.told(told)).state == "told"


async def test_after_three_busy_lines_the_telephone_step_opens_and_its_owner_is_called(desk: Desk) -> None:
    desk.telnyx.plan(*["user_busy"] * 5)
    told = await desk.want(await desk.person())
    await desk.go(5 * HOUR)
    assert desk.telnyx.requests["send"] == 3
    after = await desk.told(told)
    assert (after.state, after.reason, after.tries) == ("failed", "user_busy", 3)
    assert await desk.step(told, "tell") == ("failed", True)
    assert await desk.step(told, "call") == ("todo", True)
    (said,) = await desk.said(told)
    assert "the line was busy, 3 tries" in said
    assert "<@U0OP1>, please call the person" in said
    assert "Fax failed" in await desk.line(told)


async def test_no_attempt_is_made_outside_the_hours_of_faxes(database: Database, around: Outside) -> None:
    async with fax_desk(database, around, start="2026-11-25 17:50") as desk:
        desk.telnyx.plan("user_busy", "user_busy")
        told = await desk.want(await desk.person())
        await desk.go(MINUTE)
        assert (await desk.told(told)).attempts[1].due_at == at("2026-11-26 09:00")
        await desk.go(timedelta(hours=20))
        assert [fax.created_at.astimezone(at("2026-11-25 09:00").tzinfo).hour for fax in desk.telnyx.faxes()] == [
            17,
            9,
            10,
        ]
        assert (await desk.told(told)).state == "told"


async def test_a_reason_that_does_not_pass_is_not_tried_again(desk: Desk) -> None:
    reasons = (
        "receiver_unallocated_number", "file_download_failed", "account_disabled", "sender_canceled", "a_new_reason"
    )  # fmt: skip
    wanted = []
    for reason in reasons:
        wanted.append(await desk.want(person := await desk.person()))
        desk.telnyx.plan(reason, number=person.number)
    await desk.go(3 * HOUR)
    assert desk.telnyx.requests["send"] == len(reasons)
    for told, reason in zip(wanted, reasons, strict=True):
        assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", reason)
        assert await desk.step(told, "call") == ("todo", True)
        (said,) = await desk.said(told)
        dead = reason == "receiver_unallocated_number"
        assert ("please try another number, the family, a mail or a letter" in said) is dead
        assert ("please call the person" in said) is not dead


async def test_a_fax_whose_end_nobody_learns_for_a_day_is_a_persons_question(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.rest()
    (fax,) = desk.telnyx.faxes()
    desk.telnyx.decide(fax.id, "sending")
    await desk.go(2 * HOUR)
    assert "not delivered yet" in await desk.line(told)
    desk.clock.at += 23 * HOUR
    await desk.rest()
    assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("unknown", "no_end")
    (said,) = await desk.said(told)
    assert "Nobody knows whether the fax went out" in said
    assert await desk.open() == 0
    assert desk.telnyx.requests["status"] < 80


async def test_the_last_step_of_a_case_that_a_fax_settles_closes_it(desk: Desk) -> None:
    await desk.want(await desk.person())
    await desk.fetch("UPDATE chatops.steps SET state = 'done' WHERE name NOT IN ('tell', 'call')")
    await desk.go(MINUTE)
    assert await desk.value("SELECT closed_at IS NOT NULL FROM chatops.cases")


async def test_a_fax_that_was_due_more_than_six_hours_ago_waits_for_a_person(desk: Desk) -> None:
    """Design 5; the hours in which no fax goes out are not counted."""
    late, in_time = await desk.want(await desk.person()), await desk.want(await desk.person())
    due = at("2026-11-25 17:30")
    await desk.fetch("UPDATE chatops.effects SET due_at = $1 WHERE id = $2", due, in_time.attempts[0].effect)
    desk.clock.at = at("2026-11-26 09:10")
    await desk.rest()
    assert ((await desk.told(late)).state, (await desk.told(late)).reason) == ("failed", "too_late")
    assert await desk.step(late, "call") == ("todo", True)
    assert [fax.created_at for fax in desk.telnyx.faxes()] == [at("2026-11-26 09:10")]
    assert (await desk.told(in_time)).state == "sending"


@pytest.mark.parametrize("stored", [False, True])
async def test_the_page_bears_the_day_on_which_it_goes_out(
    database: Database, around: Outside, monkeypatch: pytest.MonkeyPatch, *, stored: bool
) -> None:
    days: list[date] = []
    print_it = Press.pdf

    def noted(press: Press, notice: Notice, *, made_at: datetime) -> Pages:
        days.append(notice.day)
        return print_it(press, notice, made_at=made_at)

    monkeypatch.setattr(Press, "pdf", noted)
    async with fax_desk(database, around, start="2026-11-25 17:58") as desk:
        told = await desk.want(await desk.person())
        if stored:
            desk.telnyx.fault("rate_limited", count=1)
            effect = await desk.value("SELECT effect FROM chatops.faxes")
            async with desk.pool.acquire() as connection:
                found = await effects.load(connection, effect)
            assert found is not None
            await desk.sender(found, desk.epoch)
        desk.clock.at = at("2026-11-26 09:03")  # the bot was away over the night
        await desk.fetch("UPDATE chatops.effects SET retry_at = NULL")
        await desk.rest()
        assert (await desk.told(told)).newest is not None
        assert desk.telnyx.requests["send"] == 1 + stored
    assert days == [day("2026-11-25")] * stored + [day("2026-11-26")]
