"""A case looks as it was drawn: what comes first, the question with its buttons, and what always stands below."""

from typing import Any

from bot.base.database import Pool
from bot.engine import cases
from commands import acts, case_buttons, case_thread
from tests.support import screens
from tests.support.pressing import NOW, labels, words
from tests.test_case_procedures import MINUTE, load, looked, opened, pressed
from tests.test_case_procedures import drawn as case_drawn
from tests.test_screens import drawn

OTHERWISE = {
    # no screen is lost: escalation comes with the alerts, and until then the record has its place
    "Escalate…": "Show the record"
}


def shape(blocks: Any) -> list[str]:
    """Return the kinds of blocks, one after the other."""
    return [block["type"] for block in blocks]


async def test_the_present_step_comes_first_then_who_has_it_and_all_steps(pool: Pool) -> None:
    wanted = drawn("case")["step_4"]["blocks"]
    case_id = await opened(pool)
    await looked(pool)
    await pressed(pool, case_id, acts.ACKNOWLEDGE, "had", now=NOW + 8 * MINUTE)
    made = (await case_drawn(pool, case_id)).blocks
    assert shape(made)[:4] == shape(wanted)[:4] == ["header", "section", "actions", "section"]
    assert made[0]["text"]["text"] == f":rotating_light: {cases.number(case_id)} Many bounces"
    assert made[1]["text"]["text"].startswith("*Step 2 of 6: ")
    assert "Aoi Tanaka has it." in made[3]["text"]["text"]
    assert shape(made)[-2:] == shape(wanted)[-2:] == ["actions", "context"]
    always = [OTHERWISE.get(one, one) for one in labels(wanted[-2:])]
    assert labels(made[-2:]) == always
    assert "answered after 8 minutes" in made[-1]["elements"][0]["text"]
    assert words(made).count(":arrow_forward:") == words(wanted).count(":arrow_forward:") == 1


async def test_a_closed_case_says_so_quotes_its_words_and_opens_again(pool: Pool) -> None:
    wanted = drawn("case")["closed"]["blocks"]
    case_id = await opened(pool)
    await looked(pool)
    await pressed(pool, case_id, acts.ACKNOWLEDGE, "had")
    await pressed(pool, case_id, case_buttons.RUN, "recent")
    for step in ("pattern", "call"):
        form = {"answer": "done", "note": "It is done."}
        assert (await pressed(pool, case_id, case_buttons.ANSWER, step, form=form)).allowed
    words_ = {"words": "One outside domain lost its mail server.", "finding": "domain"}
    assert (await pressed(pool, case_id, case_buttons.CLOSE, "call", form=words_)).allowed
    made = (await case_drawn(pool, case_id)).blocks
    number = (await load(pool, case_id)).number
    assert made[0]["text"]["text"] == f":white_check_mark: {number} closed"
    assert "rich_text" in shape(made)
    assert labels(made) == labels(wanted) == ["Show the record", "Open again…"]


async def test_the_thread_says_who_has_it_after_how_long(pool: Pool) -> None:
    wanted = drawn("case")["thread_2_acknowledged"]["blocks"]
    case_id = await opened(pool)
    await pressed(pool, case_id, acts.ACKNOWLEDGE, "had", now=NOW + 8 * MINUTE)
    made = await case_drawn(pool, case_id, case_thread.ACKNOWLEDGED)
    # how many minutes there are to answer comes with the alerts
    was = screens.plain_of(wanted)[0].replace("Ren Mori", "Aoi Tanaka").replace("8 of 30 minutes", "8 minutes")
    assert screens.plain_of(made.blocks)[0] == was
