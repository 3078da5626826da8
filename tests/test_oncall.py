"""What /faxi-oncall does: shows who is on call, and lets people who work take it over."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import OPERATIONS
from tests.support.system import System


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


async def test_taking_on_call_is_recorded_and_announced_once(system: System) -> None:
    before = await faces.head(system)
    taken = await system.command("op2", OPERATIONS, "/faxi-oncall take")
    assert "You are on call from now on" in taken["answer"]["plain"]
    assert taken["answer"]["ephemeral"]
    again = await system.command("op2", OPERATIONS, "/faxi-oncall TAKE")
    assert "You are on call already. Nothing was changed." in again["answer"]["plain"]
    await system.settle()
    said = [
        one for one in await system.messages("eng1", OPERATIONS) if "Ren Mori is on call from now on" in one["plain"]
    ]
    assert len(said) == 1
    assert not said[0]["ephemeral"]
    records = await faces.audit(system, before)
    assert [(one["action"], one["result"], one["allowed"]) for one in records] == [
        ("oncall:take", "taken", True),
        ("oncall:take", "unchanged", True),
    ]


async def nobody_on_call(system: System) -> None:
    async with system.database.connect() as connection:
        await connection.execute("DELETE FROM chatops.oncall")


async def test_when_nobody_is_on_call_it_says_so_and_one_button_takes_it(system: System) -> None:
    await nobody_on_call(system)
    shown = (await system.command("op1", OPERATIONS, "/faxi-oncall"))["answer"]
    assert "Nobody is on call." in shown["plain"]
    (button,) = shown["buttons"]
    assert (button["text"], button["action_id"]) == ("Take on call", "oncall.take")
    pressed = await system.click("op1", "Take on call", channel=OPERATIONS, ts=shown["ts"])
    assert "You are on call from now on" in pressed["answer"]["plain"]
    after = (await system.command("op1", OPERATIONS, "/faxi-oncall"))["answer"]
    assert "On call: Aoi Tanaka, since Today" in after["plain"]
    assert after["buttons"] == [], "who is on call is offered nothing"
    other = (await system.command("op3", OPERATIONS, "/faxi-oncall"))["answer"]
    assert [one["text"] for one in other["buttons"]] == ["Take on call"]


async def test_who_takes_over_is_announced_in_place_of_the_one_before(system: System) -> None:
    await nobody_on_call(system)
    await system.command("op1", OPERATIONS, "/faxi-oncall take")
    await system.command("mgr2", OPERATIONS, "/faxi-oncall take")
    said = await faces.message(system, "op1", OPERATIONS, "Naomi Fujita is on call from now on")
    assert "in place of Aoi Tanaka" in said["plain"]


async def test_an_auditor_sees_who_is_on_call_and_cannot_take_it(system: System) -> None:
    await nobody_on_call(system)
    before = await faces.head(system)
    shown = (await system.command("aud1", OPERATIONS, "/faxi-oncall"))["answer"]
    assert "Nobody is on call." in shown["plain"]
    assert shown["buttons"] == []
    refused = (await system.command("aud1", OPERATIONS, "/faxi-oncall take"))["answer"]
    assert "Auditors are not on call. Nothing was changed." in refused["plain"]
    assert await system.fetch("SELECT * FROM chatops.oncall") == []
    records = await faces.audit(system, before)
    assert [(one["action"], one["allowed"]) for one in records] == [("oncall:show", True), ("oncall:take", False)]


async def test_another_word_is_answered_with_the_words_it_knows(system: System) -> None:
    before = await faces.head(system)
    answer = (await system.command("op1", OPERATIONS, "/faxi-oncall <!channel> tomorrow"))["answer"]
    assert "does not know" in answer["plain"]
    assert "/faxi-oncall take puts you on call" in answer["plain"]
    assert "Nothing was changed." in answer["plain"]
    (record,) = await faces.audit(system, before)
    assert (record["result"], record["allowed"]) == ("refused:unknown_word", False)


async def test_a_word_that_was_mistyped_is_offered_as_a_button_to_who_may(system: System) -> None:
    await nobody_on_call(system)
    answer = (await system.command("op1", OPERATIONS, "/faxi-oncall tkae"))["answer"]
    assert "/faxi-oncall does not know “tkae”. Nothing was changed." in answer["plain"]
    assert [one["text"] for one in answer["buttons"]] == ["Take on call"]
    reader = (await system.command("aud1", OPERATIONS, "/faxi-oncall tkae"))["answer"]
    assert reader["buttons"] == []
