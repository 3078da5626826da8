"""All procedures of the runbook are listed, found by words, and started by whoever may."""

from dataclasses import replace

import pytest

from bot.base.database import Pool
from bot.engine import cases
from bot.engine.procedures import Checklist
from bot.slack.blocks import Block, Message
from bot.slack.interactions import Outcome, Show
from commands import procedure_pages
from commands.procedures import NAME
from tests.support import pressing, screens
from tests.support.databases import Database
from tests.support.pressing import TEAM, add_user, labels, press, shown, words

pytestmark = pytest.mark.database


async def listed(pool: Pool, typed: str = "", who: str = "U0OP1") -> Message:
    return shown(await press(pool, NAME, who, kind="command", text=typed))


def starts(blocks: tuple[Block, ...], title: str) -> str:
    """Return the value of the button that starts a procedure."""
    (found,) = [
        str(one["value"])
        for block in blocks
        for one in screens.elements(block)
        if one.get("accessibility_label") == f"Start: {title}"
    ]
    return found


async def start(pool: Pool, title: str, who: str = "U0OP1") -> Outcome:
    value = starts((await listed(pool)).blocks, title)
    return await press(pool, procedure_pages.START, who, value=value)


async def test_every_procedure_of_the_runbook_is_listed_once_in_its_group(pool: Pool) -> None:
    said = words((await listed(pool)).blocks)
    for one in TEAM.runbook.procedures.values():
        assert said.count(f"*{one.title}*") == (not isinstance(one, Checklist)), one.title
    places = [said.index(f"*{group}*") for group in ("When an alert comes", "About an account", "Maintenance")]
    assert places == sorted(places)
    assert said.index("*When an alert comes*") < said.index("*High bounce rate*") < said.index("*About an account*")


async def test_those_with_a_command_of_their_own_lead_to_it(pool: Pool) -> None:
    seen = {
        one["action_id"]: one["text"]["text"]
        for block in (await listed(pool)).blocks
        for one in screens.elements(block)
    }
    assert seen["restriction.ask"] == "Ask to restrict…"
    assert seen["lift.ask"] == "Ask to lift…"
    assert "restrictions.show" in seen
    assert "flagged.show" in seen


@pytest.mark.parametrize(
    ("typed", "title"),
    [("bounce rate", "High bounce rate"), ("HIGH_BOUNCE_RATE", "High bounce rate"), ("emerg", "Emergency maintenance")],
)
async def test_words_find_the_one_procedure_and_show_its_steps(pool: Pool, typed: str, title: str) -> None:
    found = await listed(pool, typed)
    assert found.text.startswith(f"{title}: ")
    said = words(found.blocks)
    one = next(one for one in TEAM.runbook.procedures.values() if one.title == title)
    for n, step in enumerate(one.steps, start=1):
        assert f"{n}. " in said
        assert step.title.split(":")[0] in said
    assert labels(found.blocks) == ["Start"]


async def test_words_that_several_have_list_those(pool: Pool) -> None:
    found = await listed(pool, "aws")
    titles = [line for line in words(found.blocks).splitlines() if line.startswith("*")]
    assert titles[0] == "*AWS SES issues*"
    assert 1 < len(titles) < 9


async def test_a_word_that_none_has_is_answered_with_the_nearest(pool: Pool) -> None:
    outcome = await press(pool, NAME, kind="command", text="bounse")
    assert outcome.result == "refused:unknown_option"
    said = shown(outcome)
    assert labels(said.blocks) == ["Show the procedure"]
    value = str(said.blocks[1]["elements"][0]["value"])
    assert shown(await press(pool, procedure_pages.SHOW, value=value)).text.startswith("High bounce rate: ")


async def test_starting_one_opens_its_case_and_a_second_time_says_that_it_is_open(pool: Pool) -> None:
    outcome = await start(pool, "High bounce rate")
    assert outcome.result == "opened"
    async with pool.acquire() as connection:
        case = await cases.load(connection, outcome.case_id or 0)
    assert case is not None
    assert (case.procedure, case.owner, case.opened_by) == ("high_bounce_rate", "U0OP1", "U0OP1")
    again = await start(pool, "High bounce rate", "U0OP2")
    assert (again.result, again.case_id) == ("there", outcome.case_id)
    assert "is open already. Aoi Tanaka has it." in words(shown(again).blocks)


async def test_one_about_an_account_asks_for_it(pool: Pool, database: Database) -> None:
    await add_user(database)
    general = TEAM.runbook.procedures["general"]
    changed = {**TEAM.runbook.procedures, "general": general.model_copy(update={"about_account": True})}
    team = replace(TEAM, runbook=replace(TEAM.runbook, procedures=changed))
    found = shown(await press(pool, NAME, kind="command", text="something to look into", team=team))
    assert labels(found.blocks) == ["Start…"]
    asked = await press(pool, procedure_pages.START, value=starts(found.blocks, general.title), team=team)
    assert isinstance(asked.answer, Show)
    assert asked.answer.view.submit == "Open case"
    given = {"procedure": "general", "account": "+819012344821"}
    opened = await press(pool, "case.open", kind="view", values=given, team=team)
    assert (opened.result, opened.subject is not None) == ("opened", True)


async def test_the_quick_action_asks_which(pool: Pool) -> None:
    outcome = await press(pool, "procedure.open", channel=None)
    assert isinstance(outcome.answer, Show)
    assert list(screens.problems("modal", outcome.answer.view.payload())) == []
    assert "High bounce rate" in str(outcome.answer.view.payload())


async def test_an_auditor_reads_and_starts_nothing(pool: Pool) -> None:
    found = await listed(pool, who="U0AUD1")
    assert "*High bounce rate*" in words(found.blocks)
    assert set(labels(found.blocks)) == {"Show restrictions", "Show flagged accounts"}


async def test_a_button_of_another_runbook_starts_nothing(pool: Pool) -> None:
    value = starts((await listed(pool)).blocks, "High bounce rate")
    kept = {name: one for name, one in TEAM.runbook.procedures.items() if name != "high_bounce_rate"}
    team = replace(TEAM, runbook=replace(TEAM.runbook, procedures=kept))
    outcome = await press(pool, procedure_pages.START, value=value, team=team)
    assert (outcome.result, outcome.allowed) == ("refused:unknown_button", False)


async def test_what_has_more_than_a_page_is_turned(pool: Pool) -> None:
    one = TEAM.runbook.procedures["general"]
    many = {f"more_{n}": one.model_copy(update={"title": f"More {n}"}) for n in range(20)}
    team = replace(TEAM, runbook=replace(TEAM.runbook, procedures={**TEAM.runbook.procedures, **many}))
    first = shown(await press(pool, NAME, kind="command", team=team))
    assert "Procedures 1-15 of" in words(first.blocks)
    turn = next(
        one for block in first.blocks for one in screens.elements(block) if one["action_id"] == "procedure.next"
    )
    second = shown(await press(pool, procedure_pages.NEXT, value=turn["value"], team=team))
    assert "Procedures 16-30 of" in words(second.blocks)
    assert "Previous" in pressing.labels(second.blocks)
