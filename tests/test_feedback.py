"""Feedback has a case of its own, and the team reads the words in the channel, the name first."""

from dataclasses import replace

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import cases
from bot.slack.interactions import Errors, Keep, Outcome
from commands import feedback
from tests.support import screens
from tests.support.pressing import TEAM, labels, press, shown, words

pytestmark = pytest.mark.database
WORDS = "The item about <!channel> *jobs* is not clear to me."


async def give(pool: Pool, said: str = WORDS, who: str = "U0OP1", team: object = TEAM) -> Outcome:
    return await press(pool, feedback.FORM, who, kind="view", values={"words": said}, team=team)


async def test_it_opens_a_case_that_nobody_has_and_is_quoted_in_the_channel(pool: Pool) -> None:
    given = await give(pool)
    assert given.result == "given"
    number = cases.number(given.case_id or 0)
    assert f"({number})" in words(shown(given).blocks)
    async with pool.acquire() as connection:
        case = await cases.load(connection, given.case_id or 0)
        assert case is not None
        assert (case.procedure, case.owner, case.opened_by) == ("feedback", None, "U0OP1")
        (post,) = await connection.fetch("SELECT * FROM chatops.posts WHERE renderer = $1", feedback.GIVEN)
        assert (post["destination"], post["parent"]) == (TEAM.channels.operations, None)
        assert WORDS not in str(dict(post))
        said = await feedback.given(connection, post["subject"], post["parameters"], TEAM)
    assert list(screens.problems("message", said.as_arguments())) == []
    assert words(said.blocks[:1]) == f"*Aoi Tanaka gives feedback* ({number}):"
    assert said.blocks[1]["type"] == "rich_text"
    assert said.blocks[1]["elements"][0]["elements"][0]["text"] == WORDS


async def test_a_second_one_has_a_case_of_its_own(pool: Pool) -> None:
    assert (await give(pool)).case_id != (await give(pool)).case_id


@pytest.mark.parametrize("said", ["", "abc", "x" * 5_000])
async def test_too_few_or_too_many_words_are_said_in_the_form(pool: Pool, said: str) -> None:
    refused = await give(pool, said)
    assert isinstance(refused.answer, Errors)
    assert f"these are {len(said):,}." in refused.answer.fields["words"]
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM chatops.cases") == 0


async def test_a_runbook_without_the_procedure_says_where_to_write(pool: Pool) -> None:
    kept = {name: one for name, one in TEAM.runbook.procedures.items() if name != "feedback"}
    refused = await give(pool, team=replace(TEAM, runbook=replace(TEAM.runbook, procedures=kept)))
    assert refused.result == "refused:no_procedure"


async def test_the_words_behind_the_command_stand_in_the_form(pool: Pool) -> None:
    opened = await press(pool, feedback.NAME, "U0AUD1", kind="command", text="Please add the fax queue.")
    assert isinstance(opened.answer, Keep)
    view = opened.answer.view.payload()
    assert list(screens.problems("modal", view)) == []
    assert view["blocks"][0]["element"]["initial_value"] == "Please add the fax queue."


async def test_a_mention_offers_the_form(pool: Pool) -> None:
    command = wiring.catalogue().find("command", feedback.NAME)
    offered = shown(await press(pool, feedback.NAME, kind="event", run=command, text="words"))
    assert labels(offered.blocks) == ["Give feedback…"]
