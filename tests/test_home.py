"""What App Home shows at first: the few things to know, or whom to ask for access."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import DIRECT
from tests.support.system import System


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module; op3 is in no group."""

    async def leave(running: System) -> None:
        await running.post("people", handle="op3", groups=[])

    async with faces.running_faces(template, before=leave) as running:
        yield running


async def test_the_first_time_it_shows_what_to_begin_with_and_who_is_on_call(system: System) -> None:
    before = await faces.head(system)
    view = (await system.person("op1").home())["view"]
    assert view["plain"].startswith("Welcome: ")
    for expected in ("/faxi-restrict", "/faxi-case", "/faxi-help", "Nobody is on call.", "Aoi Tanaka · operations"):
        assert expected in view["plain"]
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["result"], record["allowed"]) == ("home:open", "shown", True)


async def test_its_buttons_do_what_they_say(system: System) -> None:
    await system.person("eng1").home()
    asked = await system.click("eng1", "Ask to restrict…", view="home")
    assert asked["answer"]["type"] == "modal"
    assert (await faces.looked(system, "eng1"))["title"] == "Restrict an account"
    await faces.close_all(system, "eng1")
    helped = await system.click("eng1", "Show help", view="home")
    assert "What do you need?" in helped["answer"]["plain"]
    assert [one for one in await system.messages("eng1", DIRECT) if "What do you need?" in one["plain"]]


async def test_what_waits_for_the_person_stands_first_and_its_button_leads_on(system: System) -> None:
    assert "Nothing waits for you." in (await system.person("mgr1").home())["view"]["plain"]
    number = await faces.ask(system, await faces.make_account(system), "op1")
    await system.settle()
    view = (await system.person("mgr1").home())["view"]
    assert view["plain"].startswith("1 thing waits for you\n")
    assert number in view["plain"]
    assert view["buttons"][0]["text"] == "Open the request"
    shown = await system.click("mgr1", "Show account", view="home")
    assert number in shown["answer"]["plain"]
    assert (await system.person("op1").home())["view"]["plain"].startswith("Welcome: ")
    await system.click("mgr1", "Status", view="home")
    (status,) = [one for one in await system.messages("mgr1", DIRECT) if "1 thing needs you" in one["plain"]]
    assert number in status["plain"]


async def test_an_auditor_is_offered_nothing_that_would_be_refused(system: System) -> None:
    view = (await system.person("aud1").home())["view"]
    assert [one["text"] for one in view["buttons"]] == ["Show help", "Status"]
    assert "restrict" not in view["plain"]


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
