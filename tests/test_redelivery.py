"""What comes twice is done once: redelivered clicks and double clicks, in one process, after a restart, on another."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.support.databases import Database
from tests.support.redelivery import Transport, remembered
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
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
from tests.support.system import JSON, System

pytestmark = [pytest.mark.system, pytest.mark.database, pytest.mark.parametrize("transport", ["socket", "http"])]
DONE = "This was done already. Your click was not counted twice."
APPROVED = ":white_check_mark: Approved. The account is restricted"


async def answers(system: System, who: str, channel: str) -> list[str]:
    """Return what the bot has said to this person alone."""
    return [one["plain"] for one in await system.messages(who, channel) if one["ephemeral"]]


async def told_again(system: System, who: str, channel: str, times: int) -> None:
    """Wait until this person was told ``times`` times that it was done already."""

    async def told() -> bool:
        return sum(DONE in one for one in await answers(system, who, channel)) == times

    await until(told, f"{who} is told {times} times that it was done already")


async def repeats_seen(system: System, number: int, times: int) -> None:
    """Wait until a replica has recognised so many repetitions."""

    async def seen() -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{system.replicas[number].address}/metrics") as page,
        ):
            counted = [line for line in (await page.text()).splitlines() if 'result="repeated"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in counted if "_total{" in line) == times

    await until(seen, f"process {number} sees {times} repetitions")


async def test_a_click_that_comes_again_is_done_once_in_this_process_the_other_and_after_a_restart(
    database: Database, transport: Transport
) -> None:
    (account,) = await add_accounts(database, 1)
    async with remembered(database, transport) as (system, line):
        request = await ask(system, "op1", account)
        pressed = await system.click("mgr1", APPROVE, via=await line.way(0), **request.where)
        assert words(pressed).startswith(APPROVED)

        await line.again("block_actions", 0)
        await repeats_seen(system, 0, 1)
        assert len(await answers(system, "mgr1", MANAGEMENT)) == 1  # it has its answer from this very process
        await line.again("block_actions", 1)
        await told_again(system, "mgr1", MANAGEMENT, 1)
        await system.settle()
        await system.kill(0)
        await system.start(0)
        await line.again("block_actions", 0)
        await told_again(system, "mgr1", MANAGEMENT, 2)

        await assert_restricted_once(system, [account])
        assert await results(system, account) == ["shown", "asked", "approved"]
        await assert_chain_is_whole(system)


async def test_a_click_that_comes_again_while_it_is_being_decided_is_done_once(
    database: Database, transport: Transport
) -> None:
    (account,) = await add_accounts(database, 1)
    async with remembered(database, transport) as (system, line):
        request = await ask(system, "op1", account)

        async def waiting_for_locks() -> int:
            return int(
                await system.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND usename = 'faxi_bot' AND wait_event_type = 'Lock'"
                )
            )

        async def both() -> bool:
            return await waiting_for_locks() == 2

        async with database.connect() as other, other.transaction():
            await other.execute("SELECT FROM chatops.cases WHERE id = $1 FOR UPDATE", request.case_id)
            click = asyncio.create_task(system.click("mgr1", APPROVE, via=await line.way(0), **request.where))
            await until(waiting_for_locks, "the click waits for its case")
            await line.again("block_actions", 1)
            await until(both, "the repetition waits for the click")
        first = words(await click)
        # Which of the two is decided, and which is answered first, is the machine's choice; that it is one is not.
        await told_again(system, "mgr1", MANAGEMENT, 1)

        async def told_approved() -> list[str]:
            return [one for one in await answers(system, "mgr1", MANAGEMENT) if one.startswith(APPROVED)]

        approved = await until(told_approved, "mgr1 is told that it is approved")
        assert len(approved) == 1, (first, approved)
        await assert_restricted_once(system, [account])
        assert await results(system, account, "restriction:approve") == ["approved"]
        await assert_chain_is_whole(system)


async def test_a_command_and_a_form_that_come_again_ask_for_nothing_twice(
    database: Database, transport: Transport
) -> None:
    (account,) = await add_accounts(database, 1)
    async with remembered(database, transport) as (system, line):
        form = await fill_in(system, "op1", account, via=await line.way(0))
        await line.again("/faxi-restrict", 1)
        await told_again(system, "op1", OPERATIONS, 1)
        sent = await system.submit("op1", form["id"], {"Reason": "Fraud or scam mail"}, via=await line.way(0))
        assert "Asked" in sent["view"]["plain"]

        assert said_in(await line.again("view_submission", 1)) == DONE
        await line.again("view_submission", 0)
        await repeats_seen(system, 0, 1)
        await system.settle()
        await system.kill(0)
        await system.start(0)
        assert said_in(await line.again("view_submission", 0)) == DONE

        assert await results(system, account) == ["shown", "asked"]
        assert await system.value("SELECT count(*) FROM chatops.approvals") == 1
        asked = [one for one in await system.messages("mgr1", MANAGEMENT) if account.number[-4:] in one["plain"]]
        assert len(asked) == 1
        await assert_chain_is_whole(system)


def said_in(acknowledgement: Any) -> str:
    """Return the first line of the page that an acknowledgement carries."""
    body: JSON = acknowledgement
    assert body["response_action"] == "update"
    return str(body["view"]["blocks"][0]["text"]["text"]).removeprefix(":white_check_mark: ").replace("*", "")


async def test_a_double_click_is_one_decision_and_a_record_of_each_click(
    database: Database, transport: Transport
) -> None:
    accounts = await add_accounts(database, 3)
    already = ":white_check_mark: Already approved by Kenji Ono, "
    async with remembered(database, transport) as (system, line):
        one, same, later = [await ask(system, "op1", account) for account in accounts]
        await system.post("faults", kind="server_error", method="chat.update")  # the buttons stay on the screen
        ways = await line.way(0), await line.way(1)
        for request, via in ((one, ways), (same, (ways[0], ways[0]))):
            pressed = await asyncio.gather(*(system.click("mgr1", APPROVE, via=way, **request.where) for way in via))
            said = sorted(map(words, pressed))
            assert said[0].startswith(already), said
            assert said[1].startswith(APPROVED), said

        assert words(await system.click("mgr1", APPROVE, via=ways[0], **later.where)).startswith(APPROVED)
        await asyncio.gather(system.kill(0), system.kill(1))
        await asyncio.gather(system.start(0), system.start(1))
        again = await system.click("mgr1", APPROVE, via=await line.way(0), **later.where)
        assert words(again).startswith(already)

        for account in accounts:
            decided = await results(system, account, "restriction:approve")
            assert sorted(decided) == ["approved", "refused:already_decided"]
        await assert_restricted_once(system, accounts)
        await assert_chain_is_whole(system)


async def test_a_mention_that_comes_again_is_done_once(database: Database, transport: Transport) -> None:
    async with remembered(database, transport) as (system, line):
        await system.message("op1", OPERATIONS, "@faxi-bot oncall take", via=await line.way(0))

        async def answered() -> bool:
            return bool(await answers(system, "op1", OPERATIONS))

        await until(answered, "op1 is answered in the channel")
        await line.again("app_mention", 1)
        await told_again(system, "op1", OPERATIONS, 1)
        await system.settle()
        said = [one["plain"] for one in await system.messages("op2", OPERATIONS)]
        assert sum("is on call from now on" in one for one in said) == 1
        assert await system.value("SELECT count(*) FROM chatops.audit WHERE action = 'oncall:take'") == 1
        await assert_chain_is_whole(system)
