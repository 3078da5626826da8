"""A list is opened once a day, whoever wants it, and ends with the next one: what was left is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.base.database import Connection, Pool
from bot.duty import checklists
from bot.engine import cases, due, roster
from bot.engine.procedures import Checklist, Schedule, Step
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from tests.support.team import at, make_team

pytestmark = pytest.mark.database
PLANNED = at("2026-11-25 09:00")


def confirm(name: str, **more: Any) -> Step:
    return Step(
        name=name,
        kind="confirm",
        title=f"Look at {name}",
        source="Morning Checklist",
        why_by_hand="not connected",
        **more,
    )


def a_list(*steps: Step, on: Any = "working_day", at_: str = "opening", due_in: int = 60) -> Checklist:
    return Checklist(
        title="Morning checklist",
        source="Morning Checklist",
        schedule=Schedule(on=on, at=at_),
        due_in=due_in,
        steps=steps,
    )


def a_team(**lists: Checklist) -> Team:
    team = make_team()
    return replace(team, runbook=Runbook({**team.runbook.procedures, **lists}, "hash"))


TEAM = a_team(
    morning=a_list(confirm("queue"), confirm("tickets")),
    monday=a_list(confirm("figures"), on="monday", due_in=480),
)


async def opened(
    connection: Connection, name: str = "morning", planned_at: datetime | None = PLANNED, **more: Any
) -> int:
    by = roster.BOT if planned_at else "U0OP1"
    now = more.pop("now", planned_at or PLANNED)
    return await checklists.open_list(connection, TEAM, name, planned_at=planned_at, now=now, opened_by=by, **more)


async def load(connection: Connection, case_id: int) -> cases.Case:
    case = await cases.load(connection, case_id)
    assert case is not None
    return case


async def test_a_list_without_checks_stands_there_at_once_with_its_times(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        case_id = await opened(connection, now=PLANNED + timedelta(minutes=37))
        case = await load(connection, case_id)
        subject = cases.subject(case_id)
        assert (case.kind, case.planned_at, case.opened_at - PLANNED) == ("checklist", PLANNED, timedelta(minutes=37))
        assert case.due_at == PLANNED + timedelta(minutes=60)
        assert await connection.fetchval("SELECT renderer FROM chatops.live_messages WHERE subject = $1", subject)
        assert await due.pending(connection, checklists.HALF, subject) == PLANNED + timedelta(minutes=48.5)
        assert await due.pending(connection, checklists.END, subject) == at("2026-11-25 18:00")


async def test_one_instant_of_a_schedule_is_one_list(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        first = await opened(connection)
        assert await opened(connection) == first


async def test_a_list_that_was_begun_by_hand_is_the_one_that_the_schedule_finds(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        by_hand = await opened(connection, planned_at=None, now=at("2026-11-25 08:40"))
        assert await opened(connection) == by_hand
        assert (await load(connection, by_hand)).planned_at == PLANNED
        assert await opened(connection, planned_at=None, now=at("2026-11-25 17:00")) == by_hand
        tomorrow = await opened(connection, planned_at=PLANNED + timedelta(days=1))
        assert tomorrow != by_hand


async def test_the_next_list_ends_the_one_before_and_says_what_was_not_done(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        first = await opened(connection)
        await cases.settle(connection, first, "queue", "done", who="U0OP1", now=PLANNED)
        await opened(connection, planned_at=PLANNED + timedelta(days=1))
        case = await load(connection, first)
        assert (case.state, case.resolution) == ("cancelled", "1 of 2 not done")
        assert [(one.state, one.who, one.outcome) for one in case.steps] == [
            ("done", "U0OP1", None),
            ("skipped", roster.BOT, checklists.NOT_DONE),
        ]
        posts = await connection.fetch(
            "SELECT renderer, parameters FROM chatops.posts WHERE subject = $1 ORDER BY id", cases.subject(first)
        )
        assert [one["renderer"] for one in posts] == [checklists.RESULT, checklists.ENDED]
        assert await due.pending(connection, checklists.HALF, cases.subject(first)) is None
        assert await due.pending(connection, checklists.END, cases.subject(first)) is None


async def test_a_weekly_list_that_is_still_open_is_shown_on_another_day(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        monday = await opened(connection, "monday", at("2026-11-23 09:00"))
        assert await opened(connection, "monday", None, now=at("2026-11-26 10:00")) == monday
