"""What the bot looks at by itself: each check gets its own time, whatever those before it take."""

import asyncio

import pytest

from bot.base.database import Connection, Pool
from bot.duty import checklists
from bot.engine import checks, effects
from bot.engine.checks import Asked, Finding
from tests.support import listing

pytestmark = pytest.mark.database


async def test_a_check_that_waits_for_its_turn_is_looked_at_however_slow_those_before_it_are(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.checks.LONGEST", 0.3)
    slow = ("one", "two")

    async def never(_connection: Connection, _asked: Asked) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def quick(_connection: Connection, _asked: Asked) -> Finding:
        return Finding("pass")

    team = listing.a_team(morning=listing.a_list(*(listing.check(name) for name in (*slow, "three"))))
    case_id = await listing.begin(pool, team)
    made = {**dict.fromkeys(slow, never), "three": quick}
    looker = checks.Looker(pool, team, listing.Standing(listing.PLANNED), made, renderer=lambda _: checklists.RENDERER)
    async with pool.acquire() as connection:
        waiting = await connection.fetchval("SELECT id FROM chatops.effects WHERE kind = $1", checks.KIND)
        effect = await effects.load(connection, waiting)
    assert effect is not None
    await looker(effect, 0)
    found = {step.name: step.verdict for step in (await listing.load(pool, case_id)).steps}
    assert found == {"one": "unknown", "two": "unknown", "three": "pass"}
