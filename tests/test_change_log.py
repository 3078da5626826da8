"""Another runbook file is told once, with what it adds, changes and takes away; the first one is only recorded."""

import asyncio
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bot.base.database import Connection, Pool
from bot.engine import change_log
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from bot.local.postgres import Postgres
from commands import change_messages, procedure_pages
from tests.support import faces, screens
from tests.support.listing import a_list, confirm
from tests.support.pressing import words
from tests.support.team import at, make_team

NOW = at("2026-11-25 09:50")
TEAM = make_team()


def with_file(hash_: str, **lists: Any) -> Team:
    """Return the team with another file: these lists beside the procedures."""
    kept = {name: one for name, one in TEAM.runbook.procedures.items() if name not in TEAM.runbook.checklists}
    return replace(TEAM, runbook=replace(TEAM.runbook, procedures={**kept, **lists}, hash=hash_))


OLD = with_file(
    "old", morning=a_list(confirm("queue"), confirm("tickets")), friday=a_list(confirm("words"), title="Friday list")
)
NEW = with_file(
    "new",
    morning=a_list(confirm("queue", "Look at the jobs"), confirm("pages")),
    monday=a_list(confirm("figures"), title="Monday list"),
)


async def begin(pool: Pool, team: Team) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        return await change_log.begin(connection, team, NOW)


async def posts(connection: Connection) -> list[Any]:
    return await connection.fetch("SELECT subject, parameters, destination FROM chatops.posts ORDER BY id")


@pytest.mark.database
async def test_the_first_file_is_recorded_and_nothing_is_said(pool: Pool) -> None:
    assert await begin(pool, OLD) is False
    async with pool.acquire() as connection:
        assert await posts(connection) == []
        assert await connection.fetchval("SELECT count(*) FROM chatops.runbooks WHERE hash = 'old'") == 1


@pytest.mark.database
async def test_another_file_is_told_once_by_however_many_replicas(pool: Pool) -> None:
    await begin(pool, OLD)
    told = await asyncio.gather(*(begin(pool, NEW) for _ in range(3)))
    assert sorted(told) == [False, False, True]
    async with pool.acquire() as connection:
        (post,) = await posts(connection)
        assert post["destination"] == TEAM.channels.operations
        said = await change_messages.changed(connection, post["subject"], post["parameters"], NEW)
        assert list(screens.problems("message", said.as_arguments())) == []
        for line in (
            "Added: Monday list (list)",
            "Changed: Look at the jobs (step of morning)",
            "Added: Look at pages (step of morning)",
            "Taken away: Look at tickets (step of morning)",
            "Taken away: Friday list (list)",
        ):
            assert line in words(said.blocks)
        logged = words((await procedure_pages.changes(connection, NEW)).blocks)
        assert "Added: Monday list (list)" in logged
        assert "2025-01-15 Initial version, Operations Team" in logged
        record = await connection.fetchrow("SELECT action, actor, parameters FROM chatops.audit")
        assert record is not None
        assert (record["action"], record["actor"]) == ("runbook:change", "bot")


@pytest.mark.database
async def test_a_file_that_is_only_written_in_another_way_is_recorded_and_not_told(pool: Pool) -> None:
    await begin(pool, OLD)
    assert await begin(pool, replace(OLD, runbook=replace(OLD.runbook, hash="respelled"))) is False
    async with pool.acquire() as connection:
        assert await posts(connection) == []
        assert "written in another way" in words((await procedure_pages.changes(connection, OLD)).blocks)


@pytest.mark.system
async def test_a_bot_that_is_started_with_another_file_says_in_the_channel_what_changed(
    template: Postgres, tmp_path: Path
) -> None:
    shipped_file = files("bot").joinpath("runbook.yml").read_text("utf-8")
    other = tmp_path / "runbook.yml"
    other.write_text(shipped_file.replace("title: Emergency maintenance", "title: Urgent maintenance"), "utf-8")
    async with faces.running_faces(template) as system:
        for _ in range(2):
            await system.terminate(0)
            await system.start(0, RUNBOOK_FILE=str(other))
        told = await faces.message(system, "op1", faces.OPERATIONS, "The runbook changed")
        assert "Changed: Urgent maintenance (procedure)" in told["plain"]
        seen = [one["plain"] for one in await system.messages("op1", faces.OPERATIONS)]
        assert sum("The runbook changed" in one for one in seen) == 1
        listed = await system.command("op1", faces.OPERATIONS, "/faxi-procedure changes")
        assert "Changed: Urgent maintenance (procedure)" in listed["answer"]["plain"]


def test_faxes_that_are_not_set_up_change_no_file() -> None:
    assert change_log.entries(TEAM.runbook.without(frozenset({"faxes.send"}))) == change_log.entries(TEAM.runbook)


def test_every_part_of_the_file_has_its_entry() -> None:
    found = change_log.entries(TEAM.runbook)
    for place in ("procedures/general", "lists/morning", "alerts/queue_backlog", "inside/operations", "escalation/4"):
        assert place in found
    assert len({one.partition("/")[0] for one in found}) >= 9


def test_many_changes_are_told_with_their_count() -> None:
    many = Runbook({f"p{n}": TEAM.runbook.procedures["general"] for n in range(40)}, "many")
    lines = change_messages.lines(change_log.compare({}, change_log.entries(many)))
    assert len(lines) == 13
    assert str(lines[-1]).startswith("Added: ")
    assert str(lines[-1]).endswith(" more")
