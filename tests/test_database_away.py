"""The database is away: people are told so, nothing is half done, and when it is back all goes on by itself."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from bot.local.folders import working_folder
from bot.local.postgres import Postgres
from tests.support.commits import Boundary
from tests.support.databases import Database, clone, lay_out_template
from tests.support.proxy import Proxy, proxied
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
    OPERATIONS,
    Account,
    add_accounts,
    ask,
    assert_chain_is_whole,
    assert_restricted_once,
    fill_in,
    results,
    until,
    words,
)
from tests.support.system import JSON, System, running_system

pytestmark = pytest.mark.system

REFERENCE = re.compile(r"Reference (F-[A-Z0-9]{4})")


@asynccontextmanager
async def behind_a_proxy(database: Database) -> AsyncIterator[tuple[System, Proxy, Account]]:
    """Run one process whose way to the database can be broken, and one account to be restricted."""
    async with (
        proxied(database.url) as proxy,
        running_system(database, replicas=1, pace=50, settings={"DATABASE_URL": proxy.url}) as system,
    ):
        (account,) = await add_accounts(database, 1)
        yield system, proxy, account


def assert_told(system: System, said: str) -> None:
    """Hold that somebody read that the database is away, what that means and what to do, and that the log has it."""
    for part in ("The database does not answer", "Nothing was changed", "press again"):
        assert part in said
    reference = REFERENCE.search(said)
    assert reference, said
    assert any(reference[1] in replica.log.read_text() for replica in system.replicas)


async def outages(system: System) -> list[JSON]:
    """Return what the audit says of outages."""
    rows = await system.fetch("SELECT parameters FROM chatops.audit WHERE action = 'outage:database' ORDER BY number")
    return [row["parameters"] for row in rows]


async def test_people_are_told_that_nothing_was_changed_and_one_record_says_from_when_to_when(
    database: Database,
) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        request = await ask(system, "op1", account)
        await system.settle()
        process = system.replicas[0].child.pid
        before = await system.value("SELECT max(number) FROM chatops.audit")
        proxy.refusing = True
        proxy.cut()

        since = system.clock.now()
        clicked, listed, typed = await asyncio.gather(
            system.click("mgr1", APPROVE, **request.where),
            system.command("op2", OPERATIONS, "/faxi-case"),
            system.command("op3", OPERATIONS, f"/faxi-restrict {account.number}"),
        )
        for answer in (clicked, listed):
            assert_told(system, words(answer))

        async def told() -> str | None:
            (page,) = await system.views("op3")
            return None if "Looking" in page["plain"] else str(page["plain"])

        assert_told(system, await until(told, "what became of the form"))
        assert typed["acknowledged"]
        assert await system.value("SELECT max(number) FROM chatops.audit") == before
        system.clock.advance(timedelta(minutes=5))
        back = system.clock.now()
        proxy.refusing = False

        (outage,) = await until(lambda: outages(system), "the record of the outage")
        assert since <= datetime.fromisoformat(outage["from"]) < since + timedelta(minutes=1)
        assert back <= datetime.fromisoformat(outage["to"]) < back + timedelta(minutes=1)
        assert outage["refused"] == 3
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await system.settle()
        await assert_restricted_once(system, [account])
        await assert_chain_is_whole(system)
        assert len(await outages(system)) == 1
        assert system.replicas[0].child.pid == process


async def test_a_form_sent_while_the_database_is_away_says_so_and_can_be_sent_again(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        form = await fill_in(system, "op1", account)
        proxy.refusing = True
        proxy.cut()
        sent = await system.submit("op1", form["id"], {"Reason": "Fraud or scam mail"})
        assert sent["result"] == "errors"
        assert_told(system, " ".join(sent["errors"].values()))
        proxy.refusing = False
        await until(lambda: outages(system), "the record of the outage")
        # The form is still open with what was typed: it is simply sent again.
        again = await system.submit("op1", form["id"], {})
        assert "Asked" in again["view"]["plain"]
        assert await results(system, account, "restriction:ask") == ["asked"]


async def test_a_commit_whose_answer_was_lost_is_answered_as_what_it_was(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        form = await fill_in(system, "op1", account)
        lost = proxy.arm(lambda one: "approvals.ask" in one.statements, "after", lambda: None)
        sent = await system.submit("op1", form["id"], {"Reason": "Fraud or scam mail"})
        assert lost.done()
        assert "Asked" in sent["view"]["plain"]
        await system.settle()
        (ts,) = [one["ts"] for one in await system.messages("mgr1", MANAGEMENT) if one["buttons"]]
        lost = proxy.arm(clicked, "after", lambda: None)
        assert words(await system.click("mgr1", APPROVE, channel=MANAGEMENT, ts=ts)).startswith(
            ":white_check_mark: Approved."
        )
        assert lost.done()
        await system.settle()
        await assert_restricted_once(system, [account])
        await assert_chain_is_whole(system)
        assert await results(system, account, "restriction:approve") == ["approved"]


def clicked(boundary: Boundary) -> bool:
    """Say whether a commit is that of a click."""
    return boundary.statements[0] == "door.claim"


async def test_a_commit_about_which_nobody_can_be_asked_is_not_called_undone(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        request = await ask(system, "op1", account)
        await system.settle()

        def go_away() -> None:
            proxy.refusing = True
            proxy.cut()

        lost = proxy.arm(clicked, "after", go_away)
        said = words(await system.click("mgr1", APPROVE, **request.where))
        assert lost.done()
        assert "The database does not answer" in said
        assert "Nothing was changed" not in said
        assert "press again" in said
        proxy.refusing = False
        await until(lambda: outages(system), "the record of the outage")
        await system.settle(within=40)
        await assert_restricted_once(system, [account])
        assert await results(system, account, "restriction:approve") == ["approved"]


async def test_a_commit_that_never_arrived_is_done_at_the_second_try(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        request = await ask(system, "op1", account)
        cut = proxy.arm(clicked, "before", lambda: None)
        assert words(await system.click("mgr1", APPROVE, **request.where)).startswith(":white_check_mark: Approved.")
        assert cut.done()
        await system.settle()
        await assert_restricted_once(system, [account])
        assert await results(system, account, "restriction:approve") == ["approved"]
        assert await outages(system) == []


async def test_in_a_black_hole_people_are_told_after_seconds_and_nothing_is_done_when_it_ends(
    database: Database,
) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        request = await ask(system, "op1", account)
        await system.settle()
        proxy.pause()
        clicks = [asyncio.create_task(system.click(who, APPROVE, **request.where)) for who in ("mgr1", "mgr2")]

        async def told(who: str) -> str | None:
            seen = await system.messages(who, MANAGEMENT)
            return next((one["plain"] for one in seen if one["ephemeral"]), None)

        for who in ("mgr1", "mgr2"):
            assert_told(system, await until(lambda who=who: told(who), f"an answer to {who}"))  # type: ignore[misc]
        await asyncio.gather(*clicks)
        proxy.resume()
        (outage,) = await until(lambda: outages(system), "the record of the outage")
        assert outage["refused"] == 2
        assert await results(system, account, "restriction:approve") == []
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await system.settle()
        await assert_restricted_once(system, [account])
        await assert_chain_is_whole(system)


async def test_a_short_black_hole_only_makes_a_click_wait(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, account):
        request = await ask(system, "op1", account)
        await system.settle()
        proxy.pause()
        click = asyncio.create_task(system.click("mgr1", APPROVE, **request.where))

        async def held() -> bool:
            return proxy.holding > 0

        await until(held, "a request that the proxy holds")
        assert not click.done()
        proxy.resume()
        assert "Approved" in words(await click)
        await system.settle()
        assert await results(system, account, "restriction:approve") == ["approved"]
        assert await outages(system) == []


async def test_postgresql_killed_and_started_again_needs_no_restart_of_the_bot() -> None:
    with working_folder("killed") as folder:
        async with Postgres.start(folder) as server:
            await lay_out_template(server)
            async with clone(server) as database, running_system(database, replicas=2, pace=50) as system:
                (account,) = await add_accounts(database, 1)
                request = await ask(system, "op1", account)
                await system.settle()
                await server.kill()
                assert_told(system, words(await system.click("mgr1", APPROVE, **request.where)))
                await server.restart()
                await until(lambda: outages(system), "the record of the outage")
                assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
                await system.settle(within=40)
                await assert_restricted_once(system, [account])
                await assert_chain_is_whole(system)
