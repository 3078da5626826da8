"""Faxes that are no longer set up: what waited is a person's to tell, and nothing waits for ever."""

from dataclasses import replace
from datetime import timedelta

from bot.engine.effects import Worker
from bot.mail import faxes
from bot.mail.fax_unset import NoFaxes
from tests.support.faxing import PACE, Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def unset(desk: Desk) -> None:
    """Let the desk's worker be that of a bot without faxes."""
    handler = NoFaxes(desk.pool, replace(desk.team, faxes=False), desk.clock)
    desk.worker = Worker(desk.pool, {faxes.KIND: handler}, desk.clock, pace=PACE)


async def test_what_was_to_go_out_is_told_by_telephone(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    unset(desk)
    await desk.go(MINUTE)
    assert desk.telnyx.requests["send"] == 0
    assert ((await desk.told(told)).state, (await desk.told(told)).reason) == ("failed", "not_set_up")
    assert await desk.step(told, "call") == ("todo", True)
    (said,) = await desk.said(told)
    assert "faxes are not set up" in said
    assert "<@U0OP1>, please call the person" in said


async def test_of_what_went_out_nobody_knows_the_end_after_a_day(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.rest()
    (fax,) = desk.telnyx.faxes()
    desk.telnyx.decide(fax.id, "sending")
    unset(desk)
    await desk.go(23 * HOUR)
    assert (await desk.told(told)).state == "sending"
    await desk.go(2 * HOUR)
    assert ((await desk.told(told)).state, desk.telnyx.requests["send"]) == ("unknown", 1)
    (said,) = await desk.said(told)
    assert "Nobody knows whether the fax went out:* faxes are not set up" in said


async def test_a_fax_is_followed_again_when_the_settings_are_back(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.rest()
    before = desk.worker
    unset(desk)
    await desk.go(MINUTE)
    desk.worker = before
    await desk.go(HOUR)
    assert (await desk.told(told)).state == "told"
