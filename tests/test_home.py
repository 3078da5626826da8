"""App Home in the whole program: it follows what others do, and tells whom to ask who has no access."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import DIRECT, OPERATIONS
from tests.support.system import JSON, System
from tests.support.workspace import eventually


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module; op3 is in no group."""

    async def leave(running: System) -> None:
        await running.post("people", handle="op3", groups=[])

    async with faces.running_faces(template, before=leave) as running:
        yield running


async def shows(system: System, who: str, *words: str) -> JSON:
    """Return the Home that somebody has open, when it says these words by itself."""
    slack = system.workspace.slack
    person = slack.state.person_by_handle(who)
    assert person is not None

    async def look() -> JSON | None:
        view = slack.shown.view(slack.state.homes[person.id])
        return view if all(word in view["plain"] for word in words) else None

    found: JSON = await eventually(look)
    return found


async def test_who_is_new_is_welcomed_with_three_commands(system: System) -> None:
    before = await faces.head(system)
    view = (await system.person("eng2").home())["view"]
    assert view["plain"].startswith("Welcome: three commands\n")
    for expected in ("/faxi-status", "/faxi-checklist", "/faxi-help", "Nobody is on call.", " · engineering"):
        assert expected in view["plain"]
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["result"], record["allowed"]) == ("home:open", "shown", True)
    helped = await system.click("eng2", "Show help", view="home")
    assert "What do you need?" in helped["answer"]["plain"]
    await shows(system, "eng2", "Quick actions")


async def test_it_follows_when_somebody_else_asks_and_decides(system: System) -> None:
    await system.command("mgr1", DIRECT, "/faxi-status")
    await system.command("mgr2", DIRECT, "/faxi-status")
    assert "Nothing waits for you" in (await system.person("mgr1").home())["view"]["plain"]
    await system.person("mgr2").home()
    number = await faces.ask(system, await faces.make_account(system), "op2")
    view = await shows(system, "mgr1", "1 decision waits for you", number)
    assert view["buttons"][0]["text"] == "Open the request"
    await shows(system, "mgr2", "1 decision waits for you", number)
    await faces.press(system, "mgr2", "Approve restriction", number)
    await shows(system, "mgr1", "Nothing waits for you")


async def test_an_item_of_todays_list_is_answered_from_it_and_its_quick_actions_work(system: System) -> None:
    await system.command("op1", OPERATIONS, "/faxi-checklist morning")
    await system.settle()
    await system.person("op1").home()
    view = await shows(system, "op1", "things wait for you", "Morning checklist, item ", " left of 16")
    left = int(view["plain"].split(" left of 16")[0].split(": ")[-1])
    done = next(one for one in view["buttons"] if one["text"] == "Done")
    await system.click("op1", done["label"], view="home")
    await shows(system, "op1", f"Morning checklist: {left - 1} left of 16")
    asked = await system.click("op1", "Start a procedure…", view="home")
    assert asked["answer"]["type"] == "modal"
    assert (await faces.looked(system, "op1"))["title"] == "Open a case"
    await faces.close_all(system, "op1")
    found = await system.click("op1", "Find account…", view="home")
    account = await faces.make_account(system)
    answer = await system.submit("op1", found["answer"]["id"], {"account": account.number})
    assert account.masked in answer["view"]["plain"]
    await faces.close_all(system, "op1")


async def test_an_auditor_is_offered_nothing_that_would_be_refused(system: System) -> None:
    await system.command("aud1", DIRECT, "/faxi-status")
    view = (await system.person("aud1").home())["view"]
    offered = [one["text"] for one in view["buttons"]]
    assert offered[-3:] == ["Status", "Restrictions", "Search the records"]
    assert set(offered) <= {"Open list", "Status", "Restrictions", "Search the records"}


async def test_who_is_in_no_group_is_told_whom_to_ask(system: System) -> None:
    view = (await system.person("op3").home())["view"]
    assert view["plain"].startswith("Nothing here for you yet")
    assert "Ask a workspace owner to add you. Until then /faxi-help works for you." in view["plain"]
    assert view["buttons"] == []


@pytest.mark.parametrize("who", ["guest1", "ext1"])
async def test_guests_and_people_of_other_workspaces_are_shown_nothing(system: System, who: str) -> None:
    before = await faces.head(system)
    view = (await system.person(who).home())["view"]
    assert "Not for guests or people of other workspaces. Nothing was shown or changed." in view["plain"]
    assert view["buttons"] == []
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["allowed"]) == ("home:open", False)
