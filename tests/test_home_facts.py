"""What Home counts is what the status and a handoff count, and its lists are today's, or say of which day they are."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.duty import checklists, home_facts, open_kinds, open_things, status
from bot.engine import cases, roster
from commands import home_view
from tests.support.pressing import NOW, TEAM
from tests.test_checklists import TEAM as LISTS

pytestmark = pytest.mark.database
DAY = timedelta(days=1)


async def test_home_the_status_and_a_handoff_count_the_same_cases(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for kind, name in (("procedure", "review"), ("checklist", "morning"), ("handoff", "handoff")):
            await connection.execute(
                "INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, opened_by, opened_at,"
                " kind) VALUES ($1, 'hash', 'A case', 'routine', 'open', 'bot', $2, $3)",
                *(name, NOW, kind),
            )
        [of_cases] = [one for one in open_kinds.KINDS if one.name == "case"]
        found = await open_things.find(connection, TEAM, [of_cases], NOW)
        home = await home_facts.open_cases(connection, 5)
        assert (home.total, (await status.work_now(connection, NOW)).cases, len(found.things)) == (1, 1, 1)


async def test_todays_lists_are_of_today_and_an_older_open_one_says_its_day(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for name, planned in (("monday", NOW - DAY), ("morning", NOW)):
            await checklists.open_list(connection, LISTS, name, planned_at=planned, now=planned, opened_by=roster.BOT)
        older, today = await home_facts.lists(connection, LISTS, NOW)
        said = [str(home_view.list_line(one, LISTS, NOW)) for one in (older, today)]
        assert f"{older.title}, Tue 24 Nov: 1 left of 1" in said
        assert f"{today.title}: 2 left of 2" in said
        await cases.close(connection, older.id, "done", by="U0OP1", now=NOW, resolution="done")
        assert [one.id for one in await home_facts.lists(connection, LISTS, NOW)] == [today.id]
        late = await checklists.open_list(
            connection, LISTS, "monday", planned_at=NOW - DAY / 2, now=NOW, opened_by=roster.BOT
        )
        await cases.close(connection, late, "done", by="U0OP1", now=NOW, resolution="done")
        assert [one.id for one in await home_facts.lists(connection, LISTS, NOW)] == [today.id]
