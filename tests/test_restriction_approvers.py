"""A request that nobody could approve is refused at once, and says why."""

import pytest

from bot.local.postgres import Postgres
from bot.local.workspace import people
from tests.support import faces
from tests.support.faces import make_account
from tests.support.system import System

pytestmark = pytest.mark.system
UNCHANGED = "Nothing was changed."
NOBODY: dict[str, tuple[dict[str, list[str]], set[str], str, str]] = {
    "management is empty": ({"mgr1": [], "mgr2": []}, set(), "op1", "Management has no active member."),
    "you are all of it": ({"mgr2": []}, set(), "mgr1", "Management has 1 active member, and that is you."),
    "you are all of it who is still there": ({}, {"mgr2"}, "mgr1", "Management has 1 active member, and that is you."),
    "all of it has left": ({}, {"mgr1", "mgr2"}, "op1", "Management has no active member."),
}


@pytest.mark.parametrize("case", NOBODY)
async def test_when_nobody_could_approve_it_is_refused_at_once(template: Postgres, case: str) -> None:
    groups, left, who, why = NOBODY[case]

    async def change(running: System) -> None:
        for handle, held in groups.items():
            await running.post("people", handle=handle, groups=held)
        for handle in left:
            await running.post("people", handle=handle, deactivated=True)

    async with faces.running_faces(template, before=change) as running:
        made = await make_account(running)
        view = await faces.form(running, who, made.number)
        assert view["callback_id"] == "restrict.refused"
        assert "Nobody could approve this." in view["plain"]
        assert why in view["plain"]
        assert UNCHANGED in view["plain"]
        value = await running.value("SELECT count(*) FROM chatops.cases")
        assert value == 0
        (record,) = await faces.audit(running)
        assert (record["result"], record["allowed"]) == ("refused:nobody_can_approve", False)


async def test_someone_deactivated_whom_slack_still_lists_cannot_approve(template: Postgres) -> None:
    """A list of people in the setting knows nothing of who has left; Slack's word about each does."""

    async def leave(running: System) -> None:
        await running.post("people", handle="mgr2", deactivated=True)

    manager = next(one.id for one in people.starting_people() if one.handle == "mgr2")
    async with faces.running_faces(template, before=leave, settings={"GROUP_MANAGEMENT": manager}) as running:
        made = await make_account(running)
        view = await faces.form(running, "op1", made.number)
        assert "Nobody could approve this." in view["plain"]
        assert "Management has no active member." in view["plain"]
