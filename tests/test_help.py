"""What /faxi-help tells each person: what they may use, and nothing that they may not."""

from collections.abc import AsyncIterator

import pytest

from bot import wiring
from bot.engine.access import HOLDERS, Group, Right
from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import DIRECT, OPERATIONS
from tests.support.system import System

GROUPS = {
    "op1": Group.OPERATIONS,
    "eng1": Group.ENGINEERING,
    "mgr1": Group.MANAGEMENT,
    "aud1": Group.AUDITORS,
    "op3": None,
}


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module; op3 is in no group."""

    async def leave(running: System) -> None:
        await running.post("people", handle="op3", groups=[])

    async with faces.running_faces(template, before=leave) as running:
        yield running


@pytest.mark.parametrize("who", GROUPS)
async def test_each_person_sees_exactly_the_commands_they_may_use(system: System, who: str) -> None:
    answer = (await system.command(who, OPERATIONS, "/faxi-help"))["answer"]
    group = GROUPS[who]
    may = {
        one.name
        for one in wiring.catalogue().commands
        if one.right is Right.HELP or (group is not None and group in HOLDERS[one.right])
    }
    shown = {line.split()[0] for line in answer["plain"].splitlines() if line.startswith("/faxi-")}
    assert shown == may
    assert answer["ephemeral"]
    assert "/faxi-help" in shown
    if group is None:
        assert "You are in none of Faxi's groups. A workspace owner can add you." in answer["plain"]
    else:
        assert f"You are in {group.value}; what you may not use is not listed." in answer["plain"]


async def test_an_auditor_is_not_told_of_restricting(system: System) -> None:
    answer = (await system.command("aud1", DIRECT, "/faxi-help"))["answer"]
    assert "/faxi-restrict " not in answer["plain"]
    assert "/faxi-restrictions shows who is restricted" in answer["plain"]


async def test_every_command_explains_itself_with_help(system: System) -> None:
    for one in wiring.catalogue().commands:
        assert one.help is not None
        before = await faces.head(system)
        answer = (await system.command("op1", OPERATIONS, f"{one.name} help"))["answer"]
        assert answer["type"] == "message", one.name
        if one.name != "/faxi-help":
            assert one.name in answer["plain"].splitlines()[0]
            assert one.help.does in answer["plain"].splitlines()[0]
            for typed, does in one.help.usage:
                assert f"{typed} {does}" in answer["plain"]
        (record,) = await faces.audit(system, before)
        assert (record["action"], record["result"]) == ("help:show", "shown")


@pytest.mark.parametrize("typed", ["case", "/faxi-case", "faxi-case", " Case "])
async def test_help_explains_the_one_command_that_is_named_after_it(system: System, typed: str) -> None:
    answer = (await system.command("op1", OPERATIONS, f"/faxi-help {typed}"))["answer"]
    assert "/faxi-case your open cases and the team's" in answer["plain"]
    assert "What do you need?" not in answer["plain"]


@pytest.mark.parametrize("typed", ["restrict", "something else"])
async def test_help_for_what_one_may_not_use_or_nobody_knows_is_the_whole_help(system: System, typed: str) -> None:
    answer = (await system.command("aud1", OPERATIONS, f"/faxi-help {typed}"))["answer"]
    assert "What do you need?" in answer["plain"]


async def test_help_works_in_a_channel_that_is_not_the_teams(system: System) -> None:
    answer = (await system.command("op1", "general", "/faxi-help"))["answer"]
    assert "What do you need?" in answer["plain"]


async def test_guests_and_people_of_other_workspaces_get_no_help(system: System) -> None:
    for who in ("guest1", "ext1"):
        answer = (await system.command(who, OPERATIONS, "/faxi-help"))["answer"]
        assert "Not for guests or people of other workspaces. Nothing was shown or changed." in answer["plain"]
        assert "/faxi-" not in answer["plain"]
