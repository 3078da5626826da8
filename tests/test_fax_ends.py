"""How a notice ends otherwise: refused, taken back, sent again by a person, arrived after all."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.engine import cases
from bot.mail import accounts, faxes
from bot.mail.faxes import Told
from bot.services.telnyx import Fax
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, Person, fax_desk

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def again(desk: Desk, told: Told) -> Told | None:
    """Want a notice sent again, as a person's click does."""
    async with desk.pool.acquire() as connection, connection.transaction():
        await cases.lock(connection, told.case_id)
        return await faxes.again(connection, desk.team, told.id, desk.clock.now())


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "not_verified": ({"verified": False}, "please call the person, and record how it went."),
    "not_e164": ({"number": "03-1234-5678"}, "please try another number, the family, a mail or a letter"),
    "demo_user": ({"feature_flags": {"demoUser": True}}, "there is nobody to call"),
}


async def test_who_cannot_get_a_fax_is_called_at_once_where_a_call_can_arrive(desk: Desk) -> None:
    for reason, (columns, please) in UNFIT.items():
        person = await desk.person(**columns)
        told = await desk.want(person)
        assert (told.state, told.reason, told.attempts) == ("refused", reason, ())
        assert await desk.step(told, "tell") == ("failed", True)
        assert await desk.step(told, "call") == ("todo", True)
        assert "none can go out" in await desk.line(told)
        (said,) = await desk.said(told)
        assert "<@U0OP1>, " in said
        assert please in said
        async with desk.pool.acquire() as connection, connection.transaction():
            second = await faxes.want(
                connection, desk.team, case_id=told.case_id, step="tell", kind="restriction", user_id=person.id,
                wanted_by="U0MGR1", now=desk.clock.now(),
            )  # fmt: skip
        assert second.id == told.id
        assert len(await desk.said(told)) == 1
    await desk.go(HOUR)
    assert (desk.telnyx.requests["send"], await desk.jobs()) == (0, [])


async def test_faxis_own_demo_user_gets_no_fax(desk: Desk) -> None:
    await desk.fetch("UPDATE public.users SET phone_number = '+819012345678', fax_number_verified = true")
    told = await desk.want(Person(accounts.DEMO, "+819012345678"))
    assert (told.state, told.reason) == ("refused", "demo_user")


CHANGES = {
    "not_verified": "UPDATE public.users SET fax_number_verified = false WHERE id = $1",
    "not_e164": "UPDATE public.users SET phone_number = '0312345678' WHERE id = $1",
    "demo_user": "UPDATE public.users SET feature_flags = '{\"demoUser\": true}' WHERE id = $1",
    "gone": "DELETE FROM public.users WHERE id = $1",
}


async def test_who_can_get_no_fax_any_more_when_it_is_to_go_out_is_called(database: Database, around: Outside) -> None:
    async with fax_desk(database, around, start="2026-11-25 19:00") as desk:
        wanted = {reason: await desk.want(await desk.person()) for reason in CHANGES}
        for reason, told in wanted.items():
            assert told.state == "sending"
            await desk.fetch(CHANGES[reason], told.subject)
        await desk.go(15 * HOUR)
        for reason, told in wanted.items():
            assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", reason)
            assert await desk.step(told, "call") == ("todo", True)
            assert len(await desk.said(told)) == 1
        assert desk.telnyx.requests["send"] == 0


async def test_a_number_that_becomes_unfit_between_two_attempts_ends_them(desk: Desk) -> None:
    desk.telnyx.plan("user_busy")
    person = await desk.person()
    told = await desk.want(person)
    await desk.go(MINUTE)
    await desk.fetch("UPDATE public.users SET fax_number_verified = false WHERE id = $1", person.id)
    await desk.go(HOUR)
    assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", "not_verified")
    assert desk.telnyx.requests["send"] == 1


async def test_what_is_not_true_any_more_in_the_morning_is_taken_back(database: Database, around: Outside) -> None:
    kinds: tuple[tuple[faxes.Kind, bool], ...] = (
        ("restriction", True),
        ("lift", False),
        ("apology", False),
        ("warning", False),
    )
    async with fax_desk(database, around, start="2026-11-25 19:00") as desk:
        wanted = [await desk.want(await desk.person(email_restricted=was), kind) for kind, was in kinds]
        await desk.fetch("UPDATE public.users SET email_restricted = NOT email_restricted")
        await desk.go(15 * HOUR)
        for told in wanted:
            assert (await desk.told(told)).state == "cancelled"
            assert await desk.step(told, "tell") == ("not_applicable", True)
            assert await desk.step(told, "call") == ("todo", False)
            assert "taken back before it went out" in await desk.line(told)
            assert [action for action, _, _ in await desk.records(told)] == ["fax:cancel"]
        assert desk.telnyx.requests["send"] == 0


async def test_our_error_overnight_takes_the_notice_back_before_it_goes_out(
    database: Database, around: Outside
) -> None:
    async with fax_desk(database, around, start="2026-11-25 19:00") as desk:
        told = await desk.want(await desk.person())
        async with desk.pool.acquire() as connection, connection.transaction():
            await cases.lock(connection, told.case_id)
            assert await faxes.cancel(connection, case_id=told.case_id, kind="restriction", now=desk.clock.now())
            assert not await faxes.cancel(connection, case_id=told.case_id, kind="restriction", now=desk.clock.now())
        await desk.go(15 * HOUR)
        assert (desk.telnyx.requests["send"], await desk.jobs()) == (0, [])
        assert (await desk.told(told)).state == "cancelled"


async def test_what_was_sent_cannot_be_taken_back(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.rest()
    async with desk.pool.acquire() as connection, connection.transaction():
        await cases.lock(connection, told.case_id)
        assert not await faxes.cancel(connection, case_id=told.case_id, kind="restriction", now=desk.clock.now())
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"


async def test_nobody_has_to_call_about_what_ended_before_its_fax_failed(desk: Desk) -> None:
    desk.telnyx.plan("destination_invalid", "user_busy")
    wanted = [await desk.want(await desk.person()) for _ in range(2)]
    await desk.rest()
    await desk.fetch("UPDATE public.users SET email_restricted = false")
    await desk.go(2 * HOUR)
    for told in wanted:
        assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("cancelled", "not_restricted")
        assert await desk.step(told, "call") == ("todo", False)
        assert await desk.said(told) == []
    assert desk.telnyx.requests["send"] == 2


async def test_a_person_sends_a_failed_fax_again_once_and_it_has_three_attempts_of_its_own(desk: Desk) -> None:
    desk.telnyx.plan("account_disabled", "user_busy", "user_busy", None)
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert await desk.step(told, "call") == ("todo", True)
    both = await asyncio.gather(again(desk, told), again(desk, told))
    assert sum(one is not None for one in both) == 1
    assert "queued" in await desk.line(told)
    assert await desk.step(told, "tell") == ("todo", True)
    assert await desk.step(told, "call") == ("todo", False)
    await desk.go(3 * HOUR)
    after = await desk.told(told)
    assert (after.state, [one.reference[-2:] for one in after.attempts]) == ("told", ["F1", "F2", "F3", "F4"])
    assert await desk.step(told, "tell") == ("done", True)
    assert await again(desk, told) is None, "who was told is not told again"


async def test_a_fax_sent_again_in_a_closed_case_opens_it_until_the_end(desk: Desk) -> None:
    desk.telnyx.plan("account_disabled")
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    await desk.fetch("UPDATE chatops.steps SET state = 'done' WHERE name <> 'tell'")
    await desk.fetch("UPDATE chatops.cases SET state = 'done', closed_at = $1, closed_by = 'U0OP1'", desk.clock.now())
    assert await again(desk, told)
    assert await desk.value("SELECT closed_at IS NULL FROM chatops.cases")
    await desk.go(MINUTE)
    assert await desk.value("SELECT closed_at IS NOT NULL FROM chatops.cases")


async def test_what_is_not_true_any_more_is_not_sent_again(desk: Desk) -> None:
    desk.telnyx.plan("account_disabled")
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    await desk.fetch("UPDATE public.users SET email_restricted = false")
    assert await again(desk, told) is None
    assert (await desk.told(told)).state == "failed"


async def lose(desk: Desk, told: Told) -> str:
    """Let the answer to a fax be lost and the fax stay hidden until nobody knows; return Telnyx's id."""
    desk.telnyx.fault("answer_lost", count=1)
    desk.telnyx.fault("hidden")
    await desk.rest()
    assert (await desk.told(told)).state == "unknown"
    desk.telnyx.heal()
    return desk.telnyx.faxes()[0].id


async def test_a_person_may_send_what_nobody_knows_of_again_and_each_fax_has_its_own_end(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await lose(desk, told)
    assert await desk.step(told, "tell") == ("todo", True)
    assert "Fax OPS-0001-F1 unknown since" in await desk.line(told)
    assert await again(desk, told)
    await desk.go(MINUTE)
    after = await desk.told(told)
    assert (after.state, [one.state for one in after.attempts]) == ("told", ["unknown", "done"])
    assert [job["status"] for job in await desk.jobs()] == ["processing", "delivered"]


async def test_an_earlier_fax_that_arrived_after_all_makes_the_one_that_waits_needless(
    database: Database, around: Outside
) -> None:
    async with fax_desk(database, around, start="2026-11-25 17:58") as desk:
        told = await desk.want(await desk.person())
        fax_id = await lose(desk, told)
        desk.clock.move(300)
        assert await again(desk, told)
        assert "waits until" in await desk.line(told)
        await arrive(desk, fax_id)
        after = await desk.told(told)
        assert (after.state, [one.state for one in after.attempts]) == ("told", ["done", "cancelled"])
        assert "Fax delivered" in await desk.line(told)
        await desk.go(15 * HOUR)
        assert desk.telnyx.requests["send"] == 1


async def test_an_earlier_fax_that_arrived_after_the_later_one_failed_ends_the_call_for_a_call(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    fax_id = await lose(desk, told)
    desk.telnyx.plan("account_disabled")
    assert await again(desk, told)
    await desk.rest()
    desk.telnyx.decide(desk.telnyx.faxes()[1].id, "failed", "account_disabled")
    await desk.go(MINUTE)
    assert await desk.step(told, "call") == ("todo", True)
    await arrive(desk, fax_id)
    assert (await desk.told(told)).state == "told"
    assert await desk.step(told, "tell") == ("done", True)
    assert await desk.step(told, "call") == ("todo", False)


async def arrive(desk: Desk, fax_id: str) -> None:
    """Let Telnyx find out and say that a fax arrived, of which nobody knew."""
    await desk.telnyx.quiet()
    desk.clock.move(15)
    (fax,) = [one for one in desk.telnyx.faxes() if one.id == fax_id]
    assert fax.status == "delivered"
    found = await desk.client.status(fax_id)
    assert found is not None
    effect = await desk.value("SELECT effect FROM chatops.faxes WHERE reference = 'OPS-0001-F1'")
    await desk.sender.seen(effect, found)


async def test_a_case_with_two_notices_numbers_its_faxes_through(desk: Desk) -> None:
    person = await desk.person()
    told = await desk.want(person)
    await desk.go(MINUTE)
    async with desk.pool.acquire() as connection, connection.transaction():
        await cases.lock(connection, told.case_id)
        await connection.execute("UPDATE public.users SET email_restricted = false WHERE id = $1", person.id)
        second = await faxes.want(
            connection, desk.team, case_id=told.case_id, step="sorry", kind="apology", user_id=person.id,
            wanted_by="U0MGR1", now=desk.clock.now(),
        )  # fmt: skip
    assert second.attempts[0].reference == "OPS-0001-F2"
    await desk.go(MINUTE)
    assert (await desk.told(second)).state == "told"


@pytest.mark.parametrize("what", ["two", "not_sent"])
async def test_a_fax_that_telnyx_should_not_have_is_said_once_in_the_thread_with_what_to_do(
    desk: Desk, what: str
) -> None:
    told = await desk.want(await desk.person())
    if what == "two":
        await desk.go(MINUTE)
    else:
        async with desk.pool.acquire() as connection, connection.transaction():
            await cases.lock(connection, told.case_id)
            assert await faxes.cancel(connection, case_id=told.case_id, kind="restriction", now=desk.clock.now())
    before, state = len(await desk.said(told)), (await desk.told(told)).state
    for status in ("queued", "sending", "delivered"):
        another = Fax("another", status, None, None, "+819000000000", None, None)
        await desk.sender.seen(told.attempts[0].effect, another)
    (said,) = (await desk.said(told))[before:]
    assert "OPS-0001-F1" in said
    assert "<@U0OP1>, please look in Telnyx's list" in said
    assert ("may get the same one twice" in said) == (what == "two")
    assert (await desk.told(told)).state == state
