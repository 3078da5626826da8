"""What a fax says is true as it goes out, whatever was so when it was wanted."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.engine import effects
from bot.mail.fax_sending import FaxSender
from bot.mail.faxes import Told
from bot.paper.notices import Notice, Pages, Press
from tests.support.faxing import PACE, Desk

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("before", [False, True])
async def test_the_page_says_that_one_cannot_send_mail_only_when_that_is_so_as_it_goes_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """The setting was another when the fax was approved, and when its first pages were stored."""
    printed: list[bool] = []
    print_it = Press.pdf

    def noted(press: Press, notice: Notice, *, made_at: datetime) -> Pages:
        printed.append(notice.enforced)
        return print_it(press, notice, made_at=made_at)

    monkeypatch.setattr(Press, "pdf", noted)
    told = await desk.want(await desk.person())
    await desk.fetch("UPDATE chatops.notices SET facts = facts || jsonb_build_object('enforced', $1::boolean)", before)
    desk.telnyx.fault("rate_limited", count=1)
    first = FaxSender(desk.pool, replace(desk.team, enforced=before), desk.clock, desk.line_out, pace=1.0)
    await first(await effect_of(desk, told), desk.epoch)
    await desk.fetch("UPDATE chatops.effects SET retry_at = NULL")
    then = FaxSender(desk.pool, replace(desk.team, enforced=not before), desk.clock, desk.line_out, pace=PACE)
    await then(await effect_of(desk, told), desk.epoch)
    await desk.go(MINUTE)
    after = await desk.told(told)
    assert (printed, after.state, after.facts["enforced"]) == ([before, not before], "told", not before)


async def effect_of(desk: Desk, told: Told) -> effects.Effect:
    """Return the effect of a notice's only fax."""
    async with desk.pool.acquire() as connection:
        found = await effects.load(connection, told.attempts[0].effect)
    assert found is not None
    return found
