"""A list through the whole program: started by a command, looked at, answered by two people, and complete."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import OPERATIONS
from tests.support.system import JSON, System
from tests.support.workspace import eventually

pytestmark = pytest.mark.system

FIRST_OPEN = """
    SELECT position || '. ' || title FROM chatops.steps WHERE case_id = $1 AND state = 'todo' ORDER BY position LIMIT 1
"""


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


async def posted(system: System, words: str) -> JSON:
    """Return the message in the operations channel that has these words, once it stands there."""

    async def look() -> JSON | None:
        shown = await system.messages("op1", OPERATIONS)
        return next((one for one in reversed(shown) if words in one["plain"]), None)

    found = await eventually(look)
    assert found is not None
    return dict(found)


async def test_a_list_is_started_answered_by_two_and_complete(system: System) -> None:
    answer = await system.command("op1", OPERATIONS, "/faxi-checklist end of day")
    assert "End of day checklist started" in answer["answer"]["plain"]
    live = await posted(system, "answered by the bot")
    number = await system.value("SELECT id FROM chatops.cases WHERE procedure = 'end_of_day'")
    assert f"OPS-{number:04d}" in live["plain"]
    left = await system.value("SELECT count(*) FROM chatops.steps WHERE case_id = $1 AND state = 'todo'", number)
    assert f"{left} left for you" in live["plain"]
    for count in range(left):
        who = ("op1", "op2")[count % 2]
        live = await posted(system, f"OPS-{number:04d} · due")
        # What one has to begin somewhere else, such as a handoff, is left out here, with the reason.
        button = next((one for one in live["buttons"] if one["text"] in {"Done", "Answer…"}), None)
        await system.click(who, button["label"] if button else "Skip or note…", channel=OPERATIONS, ts=live["ts"])
        if button is None or button["text"] == "Answer…":
            view = await faces.looked(system, who)
            values = {"answer": "Done" if button else "Does not apply", "note": "Seen."}
            if button is None:
                values["item"] = await system.value(FIRST_OPEN, number)
            await system.submit(who, view["id"], values)
            await faces.close_all(system, who)
        await system.settle()
    assert "Complete: end of day" in (await posted(system, "Complete: end of day"))["plain"]
    result = await posted(system, "complete.")
    assert f"(OPS-{number:04d})" in result["plain"]
    assert await system.value("SELECT state FROM chatops.cases WHERE id = $1", number) == "done"
    shown = await system.command("aud1", OPERATIONS, "/faxi-checklist end of day")
    assert "Open in the channel" in [one["text"] for one in shown["answer"]["buttons"]]
