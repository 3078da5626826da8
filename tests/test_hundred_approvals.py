"""A hundred managers approve one request at the same time: one does it, and all are answered."""

import asyncio
from typing import Literal

import pytest

from tests.support.databases import Database
from tests.support.restricting import (
    APPROVE,
    OPERATIONS,
    add_accounts,
    ask,
    assert_chain_is_whole,
    assert_restricted_once,
    hire,
    results,
    words,
)
from tests.support.system import running_system

pytestmark = [pytest.mark.system, pytest.mark.database]
MANAGERS = {f"boss{number}": f"Manager {number}" for number in range(1, 101)}


@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_of_a_hundred_approvals_at_once_one_is_carried_out_and_everybody_is_answered(
    database: Database, transport: Literal["socket", "http"]
) -> None:
    (account,) = await add_accounts(database, 1)
    log = database.server.folder.with_name("postgres.log")
    before = log.stat().st_size
    async with running_system(database, transport=transport, pace=10_000, start=False) as system:
        for handle, name in MANAGERS.items():
            hire(system, handle, name, "management")
        await asyncio.gather(system.start(0), system.start(1))
        request = await ask(system, "op1", account)
        await system.post("faults", kind="server_error", method="chat.update")  # the buttons stay on the screens
        ways = [await system.connection_of(0), await system.connection_of(1)]
        pressed = await asyncio.gather(
            *(
                system.click(handle, APPROVE, via=ways[place % 2], **request.where)
                for place, handle in enumerate(MANAGERS)
            )
        )
        said = dict(zip(MANAGERS, map(words, pressed), strict=True))
        (winner,) = [one for one, text in said.items() if text.startswith(":white_check_mark: Approved. The account")]
        for handle in MANAGERS.keys() - {winner}:
            assert f"Already approved by {MANAGERS[winner]}, " in said[handle], (handle, said[handle])

        await assert_restricted_once(system, [account])
        decided = await results(system, account, "restriction:approve")
        assert sorted(decided) == ["approved"] + ["refused:already_decided"] * 99
        assert not [call for call in await system.get("wire") if call["status"] == 429]
        for handle in MANAGERS:
            assert not [one for one in await system.messages(handle, OPERATIONS) if "operation_timeout" in one["plain"]]
        await assert_chain_is_whole(system)
        written = log.read_text()[before:]
    assert "deadlock detected" not in written
