"""Who has a case, until when it is to be answered, and what an answer needs."""

import pytest

from bot.base.database import Pool
from bot.slack.interactions import Errors
from commands import case_buttons
from tests.test_case_procedures import load, opened, pressed


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
