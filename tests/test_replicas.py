"""Several processes answer as one: each by either transport, also after one was killed or stopped."""

import signal
from typing import Literal

import pytest

from tests.support.databases import Database
from tests.support.system import running_system

pytestmark = pytest.mark.system


@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_each_process_answers_and_one_can_end_and_come_back(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    async with running_system(database, transport=transport) as system:

        async def ask(number: int) -> None:
            via = await system.connection_of(number)
            given = await system.command("op1", "email-operations", "/faxi-help", via=via)
            assert given["acknowledged"], given
            assert given["answer"], given

        await ask(0)
        await ask(1)
        await system.settle()  # a process killed while it sends is another matter, and another test's
        await system.kill(0)
        # If it had the lease of sending, that ends now: machine time cannot be moved.
        await system.fetch("UPDATE chatops.leases SET until = clock_timestamp()")
        await ask(1)
        await system.start(0)
        await ask(0)
        assert await system.terminate(1) == 0
        await ask(0)
        assert await system.value("SELECT count(*) FROM chatops.audit WHERE actor <> 'bot'") == 5
        await system.settle()


async def test_a_process_that_is_asked_to_end_says_so_and_ends_well(database: Database) -> None:
    async with running_system(database, replicas=1) as system:
        system.replicas[0].child.send(signal.SIGTERM)
        assert await system.replicas[0].child.wait() == 0
        assert "Traceback" not in system.logs()
