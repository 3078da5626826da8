"""One event, one fax: also when an earlier one turns out to be on its way."""

from datetime import timedelta

from bot.mail.faxes import Told
from bot.services.telnyx import Fax
from tests.support.faxing import Desk
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
