"""Who has a case, until when it is to be answered, and what an answer needs."""

import asyncio
from typing import Any

import pytest

from bot.base.database import Pool
from bot.engine import handles
from bot.engine.access import Person
from bot.slack.interactions import Errors, Outcome
from commands import acts, case_buttons, procedure_pages
from tests.support import screens
from tests.support.pressing import NOW, labels, press, shown, words
from tests.test_case_procedures import MINUTE, TEAM, drawn, load, opened, pressed


@pytest.mark.parametrize("answer", ["not_applicable", "skipped", "failed"])
async def test_only_an_answer_other_than_done_needs_a_note(pool: Pool, answer: str) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    form = {"answer": answer, "note": ""}
    assert isinstance((await pressed(pool, case_id, case_buttons.ANSWER, "look", form=form)).answer, Errors)
    short = {"answer": "done", "note": "ok"}
    assert isinstance((await pressed(pool, case_id, case_buttons.ANSWER, "look", form=short)).answer, Errors)
    assert (await pressed(pool, case_id, case_buttons.ANSWER, "look", form=form | {"answer": "done"})).result == "done"
    step = (await load(pool, case_id)).steps[0]
    assert (step.state, step.note) == ("done", None)


async def test_whoever_gets_a_case_that_nobody_has_answered_says_that_they_have_it(pool: Pool) -> None:
    case_id = await opened(pool, "general")
    to = (Person("U0OP2", "Ren Mori", "T0FAXI"), True)
    await pressed(pool, case_id, case_buttons.HANDOVER, "look", form={"person": "U0OP2"}, prepared=to)
    handed = await drawn(pool, case_id)
    assert "Handed to Ren Mori, who has not answered yet." in words(handed.blocks)
    assert labels(handed.blocks)[0] == "I have it"
    other = await pressed(pool, case_id, acts.ACKNOWLEDGE, "look")
    assert (other.result, (await load(pool, case_id)).acknowledged_by) == ("refused:handed", None)
    theirs = await pressed(pool, case_id, acts.ACKNOWLEDGE, "look", "U0OP2", now=NOW + 8 * MINUTE)
    assert theirs.result == "acknowledged"
    case = await load(pool, case_id)
    assert (case.owner, case.acknowledged_by, case.state) == ("U0OP2", "U0OP2", "acknowledged")
    after = await drawn(pool, case_id)
    assert "Ren Mori has it." in words(after.blocks)
    assert "I have it" not in labels(after.blocks)


async def test_a_double_click_on_start_opens_one_case_and_another_one_when_asked(pool: Pool) -> None:
    async with pool.acquire() as connection:
        value = await handles.mint(connection, procedure_pages.HANDLE, "general", 0, NOW)

    async def start(who: str = "U0OP1", **more: Any) -> Outcome:
        return await press(pool, procedure_pages.START, who, team=TEAM, value=value, **more)

    first, second = await asyncio.gather(start(), start())
    assert sorted([first.result, second.result]) == ["opened", "there"]
    assert first.case_id == second.case_id
    there = first if first.result == "there" else second
    assert "Open another one" in labels(shown(there).blocks)
    other = await press(pool, "case.another", team=TEAM, value=_value(there))
    assert (other.result, other.case_id != first.case_id) == ("opened", True)
    assert (await start("U0OP2")).result == "opened", "somebody else has something else"
    assert (await start(now=NOW + 2 * MINUTE)).result == "opened", "it is about something else by then"


def _value(outcome: Outcome) -> str:
    """Return the value of the button that opens another one."""
    buttons = [one for block in shown(outcome).blocks for one in screens.elements(block)]
    return str(next(one["value"] for one in buttons if one["text"]["text"] == "Open another one"))
