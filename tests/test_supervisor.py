"""What ends is started again, and what ends again and again is left alone, which is said."""

import asyncio

import pytest

from bot.local.folders import working_folder
from bot.local.postgres import Postgres
from bot.local.replicas import Replica
from bot.local.supervisor import Supervisor

pytestmark = [pytest.mark.system, pytest.mark.database]


async def test_a_process_that_cannot_run_is_started_a_few_times_and_then_left_alone(server: Postgres) -> None:
    """Without settings it ends at once; its own words are in what is said at last."""
    said: list[str] = []
    with working_folder("system") as folder:
        replica = Replica(1, folder, {})
        await replica.start()
        watching = asyncio.create_task(Supervisor(server, [replica], said.append, pause=0.01).run())
        try:
            async with asyncio.timeout(60):
                while not any("left alone" in one for one in said):
                    await asyncio.sleep(0.05)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        assert not replica.running
    assert ["starting it again" in one for one in said] == [True] * 5 + [False]
    assert "SLACK_BOT_TOKEN" in said[-1]


async def _fail_without(supervisor: Supervisor) -> None:
    async with supervisor.without_database():
        raise LookupError


async def test_a_database_that_is_taken_away_comes_back() -> None:
    """Also when what was done meanwhile failed."""
    said: list[str] = []
    with working_folder("system") as folder:
        async with Postgres.start(folder) as own:
            pid = own.pid
            supervisor = Supervisor(own, [], said.append)
            watching = asyncio.create_task(supervisor.run())
            with pytest.raises(LookupError):
                await _fail_without(supervisor)
            async with asyncio.timeout(60):
                while own.pid == pid:
                    await asyncio.sleep(0.05)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    assert said == ["PostgreSQL is stopped by a scenario", "PostgreSQL has ended; starting it again"]
