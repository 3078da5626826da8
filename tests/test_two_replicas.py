"""Two replicas decide one click: two hundred times two managers press Approve at once, over both transports."""

import asyncio
from typing import Literal

import pytest

from tests.support.databases import Database
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
    Account,
    add_accounts,
    ask,
    assert_chain_is_whole,
    assert_restricted_once,
    hire,
    results,
    words,
)
from tests.support.system import System, running_system

pytestmark = [pytest.mark.system, pytest.mark.database]
ROUNDS = [pytest.param(20), pytest.param(100, marks=pytest.mark.long)]
"""Of each transport: two hundred in all."""
ASKERS = [f"asker{number}" for number in range(1, 6)]
NAMES = {"mgr1": "Kenji Ono", "mgr2": "Naomi Fujita"}
A_ROUND = ["shown", "asked", "refused:own_request", "approved", "refused:already_decided"]


async def play(system: System, asker: str, account: Account, ways: tuple[str, str]) -> tuple[str, str]:
    """Play one round; return the case's number and the handle of the manager who won."""
    request = await ask(system, asker, account)
    own = await system.click(asker, APPROVE, **request.where)
    assert words(own).startswith(":no_entry_sign: You asked for this yourself. Nothing was changed."), own
    pair = await asyncio.gather(
        system.click("mgr1", APPROVE, via=ways[0], **request.where),
        system.click("mgr2", APPROVE, via=ways[1], **request.where),
    )
    said = dict(zip(NAMES, map(words, pair), strict=True))
    (winner,) = [
        handle
        for handle, text in said.items()
        if text.startswith(":white_check_mark: Approved. The account is restricted")
    ]
    (loser,) = set(NAMES) - {winner}
    assert said[loser].startswith(f":white_check_mark: Already approved by {NAMES[winner]}, "), said
    assert "Your click changed nothing." in said[loser]
    return f"OPS-{request.case_id:04d}", winner


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_of_two_managers_at_once_through_two_replicas_one_decides_and_the_other_is_told_who(
    database: Database, transport: Literal["socket", "http"], rounds: int
) -> None:
    accounts = await add_accounts(database, rounds)
    async with running_system(database, transport=transport, pace=1000, start=False) as system:
        for number, handle in enumerate(ASKERS, 1):
            hire(system, handle, f"Manager {number}", "management")
        await asyncio.gather(system.start(0), system.start(1))
        ways = await system.connection_of(0), await system.connection_of(1)

        async def play_all(asker: str, mine: list[Account]) -> list[tuple[str, str]]:
            return [
                await play(system, asker, account, ways if place % 2 else (ways[1], ways[0]))
                for place, account in enumerate(mine)
            ]

        shares = [accounts[place :: len(ASKERS)] for place in range(len(ASKERS))]
        played = [one for share in await asyncio.gather(*map(play_all, ASKERS, shares)) for one in share]
        assert {winner for _, winner in played} == set(NAMES), "the same manager always came first"

        await assert_restricted_once(system, accounts)
        for account in accounts:
            assert await results(system, account) == A_ROUND
        assert await system.value("SELECT count(*) FROM chatops.audit WHERE actor <> 'bot'") == rounds * len(A_ROUND)
        await assert_chain_is_whole(system)

        await system.settle(40)
        told = await system.messages("op1", "#email-alerts")
        for case, _ in played:
            assert sum(f"· {case}\n" in one["plain"] for one in told) == 1
        seen = await system.messages("mgr1", MANAGEMENT)
        assert len(seen) > rounds
        assert not [one for one in seen if any(button["text"] == APPROVE for button in one["buttons"])]
        assert not [call for call in await system.get("wire") if call["status"] == 429]
