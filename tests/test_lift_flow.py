"""A restriction is lifted, and another undone as our error, through Slack itself."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import DIRECT, MANAGEMENT, OPERATIONS, make_account
from tests.support.system import System

WHY = "30 days without a complaint, and the old list of addresses is thrown away."


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


async def test_a_lift_goes_through_slack_from_the_command_to_the_end_of_the_watch(system: System) -> None:
    account = await make_account(system)
    restriction = await faces.ask(system, account)
    await faces.press(system, "mgr1", "Approve restriction", restriction)
    await faces.close_all(system, "op1")
    await system.command("op1", OPERATIONS, f"/faxi-lift {restriction}")
    view = await faces.looked(system, "op1")
    assert "No contact with the person since the restriction is recorded." in view["plain"]
    async with system.database.connect() as connection:
        await connection.execute(
            "INSERT INTO chatops.contacts (subject, how, who, at, outcome, said, recorded_by, recorded_at)"
            " VALUES ($1, 'call', 'U0OP1', $2, 'talked', '{understands,promises}', 'U0OP1', $2)",
            account.id,
            system.clock.now() + timedelta(minutes=1),
        )
    await faces.close_all(system, "op1")
    await system.command("op1", OPERATIONS, f"/faxi-lift {account.number} {WHY}")
    form = await faces.looked(system, "op1")
    assert "30 days are not over: 0 since" in form["plain"]
    sent = await system.submit("op1", form["id"], {})
    number = faces.NUMBER.search(sent["view"]["plain"])
    assert number is not None
    await faces.close_all(system, "op1")
    live = await faces.message(system, "mgr1", MANAGEMENT, "Decide: lift a restriction?")
    assert "3 of 4 criteria are met" in live["plain"]
    await system.click("mgr1", "Lift anyway…", channel=MANAGEMENT, ts=live["ts"])
    view = await faces.looked(system, "mgr1")
    done = await system.submit("mgr1", view["id"], {"why": "The person cannot reach the doctor otherwise."})
    assert "The restriction is lifted" in faces.words_of(done)
    await faces.close_all(system, "mgr1")
    await faces.message(system, "op1", DIRECT, f"Lifted, approved by Kenji Ono: {account.masked}.")
    assert not await system.value("SELECT email_restricted FROM public.users WHERE id = $1", account.id)
    watched = await system.value("SELECT watch_until FROM chatops.restrictions WHERE subject = $1", account.id)
    await system.advance("32d", jump=True)
    await system.settle()
    assert system.clock.now() > watched
    state = "SELECT state FROM chatops.steps WHERE case_id = $1 AND name = 'watch'"
    assert await system.value(state, int(number[0].removeprefix("OPS-"))) == "done"


async def test_an_error_is_reported_in_slack_and_undone_by_one_manager(system: System) -> None:
    account = await make_account(system)
    restriction = await faces.ask(system, account, "op2")
    await faces.press(system, "mgr1", "Approve restriction", restriction)
    await system.command("op1", OPERATIONS, f"/faxi-account {account.number}")
    shown = await faces.message(system, "op1", OPERATIONS, account.masked)
    await system.click("op1", "Our error…", channel=OPERATIONS, ts=shown["ts"])
    form = await faces.looked(system, "op1")
    assert form["submit"] == "Ask management"
    await system.submit("op1", form["id"], {"what": "We named the wrong sender."})
    await faces.close_all(system, "op1")
    live = await faces.message(system, "mgr2", MANAGEMENT, "Decide: undo our error?")
    answer = await system.click("mgr2", "Undo restriction", channel=MANAGEMENT, ts=live["ts"])
    assert "Undone. The account is free again" in answer["answer"]["plain"]
    undone = await faces.message(system, "mgr1", MANAGEMENT, "Was restricted from")
    assert "Undone: our error" in undone["plain"]
    said = [one["plain"] for one in await system.messages("mgr1", MANAGEMENT, undone["ts"])]
    assert said[-1].startswith("Undone by Naomi Fujita, reason: our error. @op2 Ren Mori, ")
    copy = await faces.message(system, "op2", DIRECT, "was restricted and is free again")
    told = [one["plain"] for one in await system.messages("op2", DIRECT, copy["ts"])]
    assert "reason: our error" in told[-1]
    assert not await system.value("SELECT email_restricted FROM public.users WHERE id = $1", account.id)
