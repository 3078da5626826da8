"""Who has a case, until when it is to be answered, and what an answer needs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.base.database import Pool
from bot.duty import case_opening, open_things, waiting
from bot.duty.case_opening import Opened
from bot.duty.open_kinds import KINDS
from bot.engine import handles, roster
from bot.engine.access import Person
from bot.engine.cases import Case
from bot.engine.handbook import Alert, Handbook
from bot.slack.interactions import Errors, Outcome
from commands import acts, case_buttons, procedure_pages
from tests.support import pressing, screens
from tests.support.pressing import NOW, labels, press, shown, words
from tests.test_case_procedures import MINUTE, TEAM, drawn, load, looked, opened, pressed


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


ALERTS = {
    name: Alert(
        title="Many bounces",
        source="Alert Response Times",
        severity=severity,  # type: ignore[arg-type]  # a word of the three
        respond_in=minutes,
        action="Look into it",
        procedure="bounces",
    )
    for name, severity, minutes in (("critical", "critical", 30), ("more", "critical", 45), ("warning", "warning", 240))
}
ALERTED = replace(TEAM, runbook=replace(TEAM.runbook, handbook=Handbook(alerts=ALERTS)))


async def _alerted(pool: Pool, by: str = roster.BOT, **more: Any) -> Case:
    """Open the case that an alert leads to."""
    async with pool.acquire() as connection, connection.transaction():
        made = await case_opening.open_procedure(connection, ALERTED, "bounces", by=by, now=NOW, **more)
    assert isinstance(made, Opened)
    return await load(pool, made.case_id)


@pytest.mark.parametrize(("severity", "minutes"), [(None, 30), ("critical", 30), ("warning", 240), ("high", 30)])
async def test_a_case_is_to_be_answered_within_the_time_of_the_alert_that_led_to_it(
    pool: Pool, severity: str | None, minutes: int
) -> None:
    case = await _alerted(pool, severity=severity)
    assert case.due_at == case.answer_by == NOW + minutes * MINUTE
    assert (await load(pool, await opened(pool, "general"))).due_at is None, "no alert leads to it"


@pytest.mark.parametrize(
    ("procedure", "severity", "minutes"),
    [
        ("high_complaint_rate", "critical", 15),
        ("high_bounce_rate", "critical", 30),
        ("review", "high", 60),
        ("high_complaint_rate", "warning", 240),
        ("high_bounce_rate", "warning", 240),
        ("general", "warning", None),
    ],
)
def test_the_runbooks_response_times_count_for_its_procedures(
    procedure: str, severity: str, minutes: int | None
) -> None:
    wanted = None if minutes is None else minutes * MINUTE
    assert pressing.TEAM.runbook.handbook.respond_in(procedure, severity) == wanted


async def test_a_case_says_by_when_to_answer_until_somebody_has_it_and_then_after_how_long(pool: Pool) -> None:
    case = await _alerted(pool)
    await looked(pool)
    assert "Answer by 10:20." in words((await drawn(pool, case.id)).blocks)
    had = await pressed(pool, case.id, acts.ACKNOWLEDGE, "had", now=NOW + 8 * MINUTE)
    assert "after 8 of 30 minutes" in words(shown(had).blocks)
    after = await load(pool, case.id)
    assert (after.due_at, after.answer_by) == (None, NOW + 30 * MINUTE)
    made = await drawn(pool, case.id)
    assert "Answer by" not in words(made.blocks)
    assert "answered after 8 of 30 min" in made.blocks[-1]["elements"][0]["text"]


async def test_whoever_starts_a_procedure_has_answered_it(pool: Pool) -> None:
    case = await _alerted(pool, "U0OP1")
    assert (case.due_at, case.answer_by, case.acknowledged_by) == (None, NOW + 30 * MINUTE, "U0OP1")


async def test_a_case_that_nobody_answered_in_time_is_late_wherever_cases_stand(pool: Pool) -> None:
    case = await _alerted(pool)
    then = NOW + 31 * MINUTE

    async def late() -> list[bool]:
        async with pool.acquire() as connection:
            things = (await open_things.find(connection, ALERTED, KINDS, then)).things
            home = await waiting.theirs(connection, "U0OP1", then, 5, in_operations=True)
        listed = await press(pool, "/faxi-case", kind="command", team=ALERTED, text="list", now=then)
        one = await press(pool, "/faxi-case", kind="command", team=ALERTED, text=case.number, now=then)
        return [
            any(thing.case == case.id and thing.facts.get("late", False) for thing in things),
            any((found.case, found.why) == (case.id, "due") for found in home.first),
            "was due" in words(shown(listed).blocks),
            "*Late:* was to be answered by" in words(shown(one).blocks),
        ]

    assert await late() == [True] * 4
    await pressed(pool, case.id, acts.ACKNOWLEDGE, "had", now=then)
    assert await late() == [False] * 4
