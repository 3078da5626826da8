"""At night nobody is called for what can wait: who gets a case or a handoff then is named without a mention."""

from typing import Any

import pytest

from bot.base.database import Pool
from bot.duty import handoffs, oncall
from bot.engine import roster
from bot.engine.access import Person
from commands import case_buttons, case_thread, handoff_messages, handoff_parts
from tests.support.pressing import TEAM, press, shown, words
from tests.support.team import at
from tests.test_case_procedures import drawn, opened, pressed
from tests.test_handoff_clicks import button
from tests.test_handoff_clicks import opened as drafted

pytestmark = pytest.mark.database
NIGHT = at("2026-11-25 23:00")
REN = Person("U0OP2", "Ren Mori", "T0FAXI")


async def test_whoever_gets_a_case_at_night_is_named_and_not_called(pool: Pool) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    form: dict[str, Any] = {"form": {"person": REN.id}, "prepared": (REN, True), "now": NIGHT}
    outcome = await pressed(pool, case_id, case_buttons.HANDOVER, "look", **form)
    assert "It is night, so the thread names them without a call." in words(shown(outcome).blocks)
    parameters = await pool.fetchval("SELECT parameters FROM chatops.posts WHERE renderer = $1", case_thread.HANDED)
    said = await drawn(pool, case_id, case_thread.HANDED, **parameters)
    assert "Ren Mori, Aoi Tanaka hands" in words(said.blocks)
    assert "<@" not in str(said.blocks)


async def test_whoever_sends_a_handoff_at_night_is_told_that_nobody_is_called(pool: Pool) -> None:
    handoff = await drafted(pool)
    form: dict[str, Any] = {"metadata": await button(pool, handoff), "values": {"person": REN.id}}
    outcome = await press(pool, "handoff.give", kind="view", now=NIGHT, prepared=REN, **form)
    assert "whom the thread names without a call at night." in words(shown(outcome).blocks)


@pytest.mark.parametrize("on_call", [True, False])
async def test_a_handoff_that_is_drafted_at_night_names_whoever_is_on_call_without_a_call(
    pool: Pool, *, on_call: bool
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await roster.remember(connection, Person("U0OP1", "Aoi Tanaka", "T0FAXI"), NIGHT)
        if on_call:
            await oncall.take(connection, TEAM, "U0OP1", NIGHT)
        case_id, _ = await handoffs.open_handoff(
            connection, TEAM, incoming=None, opened_by="U0OP2", planned_at=None, now=NIGHT
        )
        said = handoff_messages.whole(await handoff_parts.seen(connection, case_id, TEAM))
    asked = "Aoi Tanaka, *is anything missing?*" if on_call else "Operations, *nobody is on call*"
    assert asked in words(said.blocks)
    assert "<@" not in words(said.blocks)
    assert "<!subteam" not in words(said.blocks)
