"""Each list comes exactly once: at its time, late after an outage, or not at all and then said in the channel."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.base.database import Pool
from bot.duty import list_runs
from bot.engine import audit, cases, due
from bot.engine.procedures import Checklist, Schedule, Step
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from commands import missed_lists
from tests.support.team import at, make_team

pytestmark = pytest.mark.database
STEP = Step(name="look", kind="confirm", title="Look at it", source="Morning Checklist 1", why_by_hand="not connected")
SHIPPED = make_team()


class Moved:
    """Business time as a test moves it."""

    def __init__(self, at_: datetime) -> None:
        """Begin at this instant."""
        self.at = at_

    def now(self) -> datetime:
        """Return the present instant."""
        return self.at


def a_list(on: Any, at_: str = "opening", **more: Any) -> Checklist:
    schedule = Schedule(on=on, at=at_, **more)
    title = f"The {on} list".replace("_", " ")
    return Checklist(title=title, source="Morning Checklist", schedule=schedule, due_in=60, steps=(STEP,))


ALL = {
    "morning": a_list("working_day"),
    "evening": a_list("working_day", "closing", ahead=30),
    "monday": a_list("monday"),
    "first_monday": a_list("first_monday", "09:30"),
    "sunday": a_list("first_sunday", "02:00", within=60),
}
OTHERS = {name: one for name, one in SHIPPED.runbook.procedures.items() if not isinstance(one, Checklist)}
TEAM = replace(SHIPPED, runbook=Runbook({**OTHERS, **ALL}, "hash"))


def with_lists(**lists: Checklist) -> Team:
    """Return the team whose runbook has these lists and no others."""
    return replace(SHIPPED, runbook=Runbook({**OTHERS, **lists}, "hash"))


async def begin(pool: Pool, team: Team, now: datetime) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await list_runs.begin(connection, team, now)


async def tick(pool: Pool, team: Team, now: datetime) -> None:
    """Do what is due, as the ticker does it; only runs of lists are looked at here."""

    async def run(connection: Any, row: due.Due, at_: datetime) -> None:
        await list_runs.run(connection, team, row, at_)

    async def other(_connection: Any, _row: due.Due, _at: datetime) -> None:
        return None

    kinds = {row[0] for row in await pool.fetch("SELECT DISTINCT kind FROM chatops.due")}
    handlers = {kind: run if kind == list_runs.KIND else other for kind in kinds}
    await due.run_ready(pool, handlers, Moved(now))


async def go(pool: Pool, team: Team, start: datetime, end: datetime) -> None:
    """Move from one due instant to the next, until the end."""
    now = start
    while True:
        await tick(pool, team, now)
        row = await pool.fetchval(
            "SELECT min(due_at) FROM chatops.due WHERE kind = 'list.run' AND done_at IS NULL AND cancelled_at IS NULL"
        )
        if row is None or row > end:
            return
        now = max(row, now)


async def runs(pool: Pool) -> list[tuple[str, str, str]]:
    """Return list, planned instant in Tokyo and state of every run, in order."""
    rows = await pool.fetch("SELECT schedule, planned_at, state FROM chatops.runs ORDER BY planned_at, at, case_id")
    return [(r[0], f"{r[1].astimezone(TEAM.zone):%a %d %H:%M}", r[2]) for r in rows]


async def planned(pool: Pool) -> dict[str, datetime]:
    """Return what is planned; each list once."""
    rows = await pool.fetch(
        "SELECT subject, due_at FROM chatops.due WHERE kind = 'list.run' AND done_at IS NULL AND cancelled_at IS NULL"
    )
    found = {row[0]: row[1] for row in rows}
    assert len(found) == len(rows), rows
    return found


async def test_every_list_is_planned_once_however_often_and_at_whatever_replica_the_bot_starts(pool: Pool) -> None:
    now = at("2026-11-25 08:59:59")
    await asyncio.gather(*(begin(pool, TEAM, now) for _ in range(4)))
    await begin(pool, TEAM, now)
    assert await planned(pool) == {
        "morning": at("2026-11-25 09:00"),
        "evening": at("2026-11-25 17:30"),
        "monday": at("2026-11-30 09:00"),
        "first_monday": at("2026-12-07 09:30"),
        "sunday": at("2026-12-06 02:00"),
    }


async def test_a_week_brings_each_list_once_and_plans_the_next(pool: Pool) -> None:
    start = at("2026-12-04 08:00")
    await begin(pool, TEAM, start)
    await go(pool, TEAM, start, at("2026-12-08 12:00"))
    assert await runs(pool) == [
        ("morning", "Fri 04 09:00", "run"),
        ("evening", "Fri 04 17:30", "run"),
        ("sunday", "Sun 06 02:00", "run"),
        ("morning", "Mon 07 09:00", "run"),
        ("monday", "Mon 07 09:00", "run"),
        ("first_monday", "Mon 07 09:30", "run"),
        ("evening", "Mon 07 17:30", "run"),
        ("morning", "Tue 08 09:00", "run"),
    ]
    assert await pool.fetchval("SELECT count(*) FROM chatops.cases WHERE kind = 'checklist'") == 8
    async with pool.acquire() as connection:
        assert (await audit.verify(connection)).ok


async def test_lists_of_one_morning_stand_in_the_thread_of_the_first_and_those_of_the_evening_do_not(
    pool: Pool,
) -> None:
    start = at("2026-12-07 08:00")
    await begin(pool, TEAM, start)
    await go(pool, TEAM, start, at("2026-12-07 20:00"))
    rows = await pool.fetch(
        "SELECT c.procedure, m.id, m.parent FROM chatops.live_messages AS m"
        " JOIN chatops.cases AS c ON m.subject = 'case:' || c.id ORDER BY m.id"
    )
    heads = {row["procedure"]: row["id"] for row in rows}
    assert {row["procedure"]: row["parent"] for row in rows} == {
        "morning": None,
        "monday": heads["morning"],
        "first_monday": heads["morning"],
        "evening": None,
    }


async def test_a_list_whose_time_passed_while_the_bot_was_down_comes_once_and_knows_how_late_it_is(pool: Pool) -> None:
    await begin(pool, TEAM, at("2026-11-30 08:00"))
    back = at("2026-11-30 09:37")
    await asyncio.gather(begin(pool, TEAM, back), begin(pool, TEAM, back))
    await asyncio.gather(tick(pool, TEAM, back), tick(pool, TEAM, back))
    await tick(pool, TEAM, back + timedelta(seconds=1))
    assert await runs(pool) == [("morning", "Mon 30 09:00", "late"), ("monday", "Mon 30 09:00", "late")]
    async with pool.acquire() as connection:
        for row in await connection.fetch("SELECT id FROM chatops.cases WHERE kind = 'checklist'"):
            assert await list_runs.late_by(connection, row["id"]) == timedelta(minutes=37)
            case = await cases.load(connection, row["id"])
            assert case is not None
            assert (case.planned_at, case.due_at) == (at("2026-11-30 09:00"), at("2026-11-30 10:00"))
    assert await pool.fetchval("SELECT count(*) FROM chatops.posts WHERE renderer = 'list.missed'") == 0


async def test_after_days_away_the_newest_of_each_list_comes_late_and_the_others_are_said_in_one_post(
    pool: Pool,
) -> None:
    await begin(pool, TEAM, at("2026-11-30 08:00"))
    back = at("2026-12-08 09:02")
    await begin(pool, TEAM, back)
    await tick(pool, TEAM, back)
    states = await runs(pool)
    assert ("morning", "Tue 08 09:00", "late") in states
    assert [one for one in states if one[2] == "late"] == [("morning", "Tue 08 09:00", "late")]
    missed: dict[str, int] = {}
    for name, _, state in states:
        missed[name] = missed.get(name, 0) + (state == "missed")
    assert missed == {"morning": 6, "evening": 6, "monday": 2, "first_monday": 1, "sunday": 1}
    (parameters,) = [row[0] for row in await pool.fetch("SELECT parameters FROM chatops.posts")]
    async with pool.acquire() as connection:
        message = await missed_lists.renderers()[list_runs.MISSED](connection, "lists", parameters, TEAM)
    assert message.text == "16 lists were missed: the bot was down."
    said = str(message.blocks)
    assert "The working day list, 6 times, Mon 30 Nov 09:00 to Mon 7 Dec 09:00" in said
    assert "The first sunday list, Sun 6 Dec 02:00" in said
    assert await pool.fetchval("SELECT result FROM chatops.audit WHERE action = 'checklist:missed'") == "missed"
    assert (await planned(pool))["morning"] == at("2026-12-09 09:00")


@pytest.mark.parametrize(("minutes", "state"), [(0, "run"), (60, "late"), (61, "missed")])
async def test_a_run_is_begun_until_it_is_too_late_for_it(pool: Pool, minutes: int, state: str) -> None:
    team = with_lists(sunday=ALL["sunday"])
    await begin(pool, team, at("2026-12-05 20:00"))
    await tick(pool, team, at("2026-12-06 02:00") + timedelta(minutes=minutes))
    assert await runs(pool) == [("sunday", "Sun 06 02:00", state)]


async def test_a_changed_schedule_takes_back_what_was_planned_and_one_that_is_changed_back_comes_again(
    pool: Pool,
) -> None:
    now = at("2026-11-25 08:00")
    early, late = with_lists(morning=a_list("working_day")), with_lists(morning=a_list("working_day", "10:00"))
    await begin(pool, early, now)
    await begin(pool, late, now)
    assert await planned(pool) == {"morning": at("2026-11-25 10:00")}
    await begin(pool, early, now)
    assert await planned(pool) == {"morning": at("2026-11-25 09:00")}
    await begin(pool, with_lists(), now)
    assert await planned(pool) == {}


async def test_a_day_that_had_its_list_gets_no_second_one_when_the_time_is_changed(pool: Pool) -> None:
    early, late = with_lists(morning=a_list("working_day")), with_lists(morning=a_list("working_day", "10:00"))
    await begin(pool, early, at("2026-11-25 08:00"))
    await tick(pool, early, at("2026-11-25 09:00"))
    await begin(pool, late, at("2026-11-25 09:10"))
    assert await planned(pool) == {"morning": at("2026-11-26 10:00")}


async def test_a_schedule_that_was_changed_during_an_outage_gives_the_day_its_list_late(pool: Pool) -> None:
    early, late = with_lists(morning=a_list("working_day")), with_lists(morning=a_list("working_day", "09:30"))
    await begin(pool, early, at("2026-11-25 08:00"))
    await begin(pool, late, at("2026-11-25 10:00"))
    await tick(pool, late, at("2026-11-25 10:00"))
    assert await runs(pool) == [("morning", "Wed 25 09:30", "late")]


async def test_a_process_that_does_not_know_a_list_leaves_it_to_one_that_does(pool: Pool) -> None:
    await begin(pool, with_lists(morning=ALL["morning"]), at("2026-11-25 08:00"))
    await tick(pool, with_lists(), at("2026-11-25 09:00"))
    assert await runs(pool) == []
    await pool.execute("UPDATE chatops.due SET retry_at = NULL")
    await tick(pool, TEAM, at("2026-11-25 09:00"))
    assert await runs(pool) == [("morning", "Wed 25 09:00", "run")]


def test_the_next_two_weeks_are_told_in_order() -> None:
    found = list_runs.coming(TEAM, at("2026-11-25 09:00"))
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert found[0].name == "evening"
    assert found[-1].at == at("2026-12-09 09:00")
    counts = {name: sum(one.name == name for one in found) for name in ALL}
    assert counts == {"morning": 10, "evening": 10, "monday": 2, "first_monday": 1, "sunday": 1}
