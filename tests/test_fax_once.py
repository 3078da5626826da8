"""One event, one fax: also when an earlier one turns out to be on its way, or a night brings the opposite and back."""

from datetime import timedelta

import pytest

from bot.engine import effects
from bot.mail import faxes
from bot.mail.faxes import Told
from bot.services.telnyx import Fax
from tests.support import lifting
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk, sender_of
from tests.test_fax_ends import again, lose

MINUTE = timedelta(minutes=1)


async def turn_up(desk: Desk, told: Told) -> None:
    """Have a fax of which nobody knew turn up at Telnyx, on its way, just after a person sent it again."""
    fax_id = await lose(desk, told)
    assert await again(desk, told)
    await desk.sender.seen(told.attempts[0].effect, Fax(fax_id, "sending", None, None, "", None, None))
    await desk.rest()
    assert desk.telnyx.requests["send"] == 1, "the other waits: the earlier one may arrive"


async def test_a_fax_that_was_sent_again_waits_while_the_earlier_one_may_arrive(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await turn_up(desk, told)
    await desk.go(2 * MINUTE)
    after = await desk.told(told)
    assert (after.state, [one.state for one in after.attempts]) == ("told", ["done", "cancelled"])
    assert desk.telnyx.requests["send"] == 1


async def test_it_goes_out_when_the_earlier_one_fails(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await turn_up(desk, told)
    await desk.sender.seen(
        told.attempts[0].effect, Fax(desk.telnyx.faxes()[0].id, "failed", "user_busy", None, "", None, None)
    )
    await desk.go(2 * MINUTE)
    after = await desk.told(told)
    assert (after.state, [one.state for one in after.attempts]) == ("told", ["failed", "done"])


async def test_it_goes_out_when_nobody_knows_of_the_earlier_one_for_a_day_and_nobody_is_asked_anew(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await turn_up(desk, told)
    asked = len(await desk.said(told))
    await desk.fetch("UPDATE chatops.faxes SET accepted_at = accepted_at - interval '25 hours' WHERE attempt = 1")
    desk.telnyx.fault("hidden", count=1)
    await desk.go(2 * MINUTE)
    after = await desk.told(told)
    assert (after.state, [one.state for one in after.attempts]) == ("told", ["unknown", "done"])
    assert len(await desk.said(told)) == asked + 1, "that it arrived"


async def test_pages_that_wait_for_the_earlier_one_are_printed_anew_since_the_day_may_be_another(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    fax_id = await lose(desk, told)
    sent_again = await again(desk, told)
    assert sent_again is not None
    second = sent_again.attempts[-1].effect
    desk.telnyx.fault("rate_limited", count=1)
    async with desk.pool.acquire() as connection:
        effect = await effects.load(connection, second)
    assert effect is not None
    await sender_of(desk)(effect, desk.epoch)
    key = "SELECT storage_key FROM chatops.faxes WHERE effect = $1"
    assert await desk.value(key, second) is not None
    await desk.fetch("UPDATE chatops.effects SET retry_at = NULL WHERE id = $1", second)
    await desk.sender.seen(told.attempts[0].effect, Fax(fax_id, "sending", None, None, "", None, None))
    await desk.rest()
    assert await desk.value(key, second) is None
    await desk.go(2 * MINUTE)
    assert [one.state for one in (await desk.told(told)).attempts] == ["done", "cancelled"]


@pytest.mark.parametrize("freed", [False, True])
async def test_of_a_night_full_of_restrictions_and_lifts_the_person_hears_the_last(
    database: Database, around: Outside, *, freed: bool
) -> None:
    async with fax_desk(database, around, start="2026-11-25 19:00") as desk:
        account = await lifting.make_account(database)
        wanted: list[Told] = []
        for restricts in (True, False, True, False)[: 4 if freed else 3]:
            desk.clock.move(60)
            now = desk.clock.now()
            if restricts:
                wanted += await of(desk, await lifting.restrict(desk.pool, account, now=now))
            else:
                asked = await lifting.ask(desk.pool, account, now)
                await lifting.approve(desk.pool, asked, "U0MGR1", now, words="It was agreed on the telephone.")
                wanted += await of(desk, asked.case_id)
        await desk.go(timedelta(hours=15))
        ends = [((one := await desk.told(told)).state, one.reason) for told in wanted]
        back, anew = ("cancelled", "not_restricted"), ("cancelled", "restricted_again")
        assert ends == ([back, anew, back, ("told", None)] if freed else [back, anew, ("told", None)])
        assert desk.telnyx.requests["send"] == 1


async def of(desk: Desk, case_id: int) -> tuple[Told, ...]:
    """Return the notices of a case."""
    async with desk.pool.acquire() as connection:
        return await faxes.of_case(connection, case_id)
