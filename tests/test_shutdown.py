"""A replica that is asked to stop finishes what it has begun, answers everybody, and leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from tests.support.databases import Database
from tests.support.restricting import (
    APPROVE,
    OPERATIONS,
    add_accounts,
    ask,
    assert_chain_is_whole,
    assert_restricted_once,
    fill_in,
    results,
    until,
    words,
)
from tests.support.system import System, running_system

pytestmark = [pytest.mark.system, pytest.mark.database]
over_both = pytest.mark.parametrize("transport", ["socket", "http"])
APPROVED = ":white_check_mark: Approved. The account is restricted"


async def waiting_for_lock(system: System) -> bool:
    """Say whether the bot waits for a lock in the database."""
    return bool(
        await system.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usename = 'faxi_bot' AND wait_event_type = 'Lock'"
        )
    )


async def stopping(system: System, number: int) -> "asyncio.Task[int]":
    """Send SIGTERM, and wait until the process has taken note of it; its exit code is yet to come."""
    ending = asyncio.create_task(system.terminate(number, 30))

    async def noted() -> bool:
        return '"event": "stopping"' in system.replicas[number].log.read_text()

    await until(noted, f"process {number} stops")
    return ending


@asynccontextmanager
async def held(database: Database, query: str, *values: Any) -> AsyncIterator[None]:
    """Hold rows for the length of the block, so that whoever wants them waits."""
    async with database.connect() as other, other.transaction():
        await other.execute(query, *values)
        yield


def assert_quiet_end(system: System, number: int) -> None:
    """Hold that the log ends as it should: nothing cut off, no error, nothing left open."""
    log = system.replicas[number].log.read_text()
    assert '"cut_off": 0' in log, log
    assert '"event": "stopped"' in log.splitlines()[-1], log
    for wrong in ("Traceback", '"level": "error"', "Unclosed", "was destroyed", "never awaited"):
        assert wrong not in log, log


@over_both
async def test_whoever_clicked_is_answered_though_sigterm_comes_between_commit_and_answer(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    (account,) = await add_accounts(database, 1)
    async with running_system(database, transport=transport, pace=1000) as system:
        request = await ask(system, "op1", account)
        await system.post("faults", kind="timeout", method="response_url", count=1)
        via = await system.connection_of(0)
        click = asyncio.create_task(system.click("mgr1", APPROVE, via=via, **request.where))

        async def answer_hangs() -> bool:
            return bool((await system.get("faults"))["faults"][0]["hits"])

        await until(answer_hangs, "the answer is on its way")
        await assert_restricted_once(system, [account])  # committed
        assert not click.done()
        ending = await stopping(system, 0)
        system.workspace.slack.closing.set()  # the answer that hangs breaks off
        assert words(await click).startswith(APPROVED)
        assert await ending == 0
        assert_quiet_end(system, 0)
        assert await results(system, account) == ["shown", "asked", "approved"]
        await assert_chain_is_whole(system)


@over_both
async def test_a_click_under_way_is_decided_and_answered_before_the_process_ends(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    (account,) = await add_accounts(database, 1)
    async with running_system(database, transport=transport, pace=1000) as system:
        request = await ask(system, "op1", account)
        via = await system.connection_of(0)
        async with held(database, "SELECT FROM chatops.cases WHERE id = $1 FOR UPDATE", request.case_id):
            click = asyncio.create_task(system.click("mgr1", APPROVE, via=via, **request.where))
            await until(lambda: waiting_for_lock(system), "the click waits for its case")
            ending = await stopping(system, 0)
        assert words(await click).startswith(APPROVED)
        assert await ending == 0
        assert_quiet_end(system, 0)
        await assert_restricted_once(system, [account])
        assert await results(system, account) == ["shown", "asked", "approved"]
        await assert_chain_is_whole(system)


@over_both
async def test_a_form_under_way_is_acknowledged_and_answered_before_the_process_ends(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    (account,) = await add_accounts(database, 1)
    async with running_system(database, transport=transport, pace=1000) as system:
        via = await system.connection_of(0)
        form = await fill_in(system, "op1", account, via=via)
        async with held(database, "SELECT FROM public.users WHERE id = $1 FOR UPDATE", account.id):
            values = {"Reason": "Fraud or scam mail"}
            submit = asyncio.create_task(system.submit("op1", form["id"], values, via=via))
            await until(lambda: waiting_for_lock(system), "the form waits for its account")
            ending = await stopping(system, 0)
        assert (await submit)["result"] == "updated"
        assert await ending == 0
        assert_quiet_end(system, 0)
        assert "Asked" in (await system.views("op1"))[-1]["plain"]
        assert await system.value("SELECT count(*) FROM chatops.approvals") == 1
        assert await results(system, account) == ["shown", "asked"]
        await assert_chain_is_whole(system)


async def leader(system: System) -> int:
    """Return the number of the process that sends."""

    async def holder() -> str:
        return str(await system.value("SELECT holder FROM chatops.leases WHERE until > clock_timestamp()") or "")

    pid = (await until(holder, "one process sends")).partition("-")[0]
    return next(number for number, replica in enumerate(system.replicas) if str(replica.child.pid) == pid)


@over_both
async def test_a_replica_that_stops_idle_leaves_nothing_and_the_other_sends_at_once(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    async with running_system(database, transport=transport, pace=1000) as system:
        await system.settle()
        first = await leader(system)
        pid = system.replicas[first].child.pid
        epoch = await system.value("SELECT epoch FROM chatops.leases")
        files = sorted(system.replicas[first].folder.iterdir())
        connections = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'faxi_bot'"
        )
        before = await system.value(connections)

        assert await system.terminate(first) == 0
        # The lease was given back, or the other process has it by now; nobody waits for its end.
        free = await system.value(
            "SELECT until <= clock_timestamp() OR holder NOT LIKE $1 FROM chatops.leases", f"{pid}-%"
        )
        assert free
        assert_quiet_end(system, first)
        assert sorted(system.replicas[first].folder.iterdir()) == files
        assert await system.value(connections) < before
        state = await system.state()
        assert not [one for one in state["connections"] if one["transport"] == "socket" and one["process"] == pid]

        other = 1 - first
        await system.command("op1", OPERATIONS, "/faxi-oncall take", via=await system.connection_of(other))
        await system.settle()
        said = [one["plain"] for one in await system.messages("op2", OPERATIONS)]
        assert sum("is on call from now on" in one for one in said) == 1
        assert await leader(system) == other
        assert await system.value("SELECT epoch FROM chatops.leases") == epoch + 1
        await assert_chain_is_whole(system)


async def test_a_process_that_still_waits_for_its_database_stops_at_once(database: Database) -> None:
    async with running_system(
        database, replicas=1, start=False, settings={"DATABASE_URL": "postgresql://faxi_bot@127.0.0.1:1/faxi"}
    ) as system:
        await system.replicas[0].start()

        async def waits() -> bool:
            return "no answer at start" in system.replicas[0].log.read_text()

        await until(waits, "the process waits for its database")
        assert await system.terminate(0) == 0
        assert "Traceback" not in system.logs()
