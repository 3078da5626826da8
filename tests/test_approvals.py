"""A request is one row that is decided once, whoever asks the database to, and however often."""

import asyncio
from uuid import UUID

import pytest

from bot.base.database import Pool, open_pool
from bot.engine import approvals, cases
from bot.engine.approvals import Approval
from tests.support.databases import Database
from tests.support.team import CALENDAR, at, make_team

TEAM = make_team()
NOW = at("2026-11-25 09:50")
ACCOUNT = UUID(int=5, version=4)


async def ask(pool: Pool, action: str = "restriction") -> Approval | None:
    """Ask about the account."""
    async with pool.acquire() as connection, connection.transaction():
        case_id = await cases.open_case(
            connection, TEAM.runbook, "restriction", subject_user=ACCOUNT, opened_by="U0OP1", owner="U0OP1", now=NOW
        )
        return await approvals.ask(
            connection,
            case_id=case_id,
            action=action,
            subject=ACCOUNT,
            requester="U0OP1",
            now=NOW,
            reason="fraud",
            words="Words.",
            facts={"complaints": 5},
            expires_at=approvals.expiry(CALENDAR, NOW),
        )


async def asked(pool: Pool) -> Approval:
    """Ask for the first time."""
    approval = await ask(pool)
    assert approval is not None
    return approval


async def test_one_request_an_account_and_action_waits_even_when_two_ask_at_once(pool: Pool) -> None:
    answers = await asyncio.gather(ask(pool), ask(pool), ask(pool, "lift"))
    assert [answer is None for answer in answers].count(True) == 1
    async with pool.acquire() as connection:
        waiting = await approvals.waiting_for(connection, "restriction", ACCOUNT)
        assert waiting in answers
        assert waiting is not None
        assert await approvals.of_case(connection, waiting.case_id, waiting.action) == waiting
        assert await approvals.waiting_for(connection, "restriction", UUID(int=6)) is None
        assert await approvals.of_case(connection, 999, "restriction") is None


async def test_a_request_is_decided_once_though_nobody_holds_its_case(pool: Pool, database: Database) -> None:
    approval = await asked(pool)

    async def decide(through: Pool, person: str) -> bool:
        async with through.acquire() as connection, connection.transaction():
            return await approvals.decide(connection, approval, "denied", by=person, now=NOW, words="No.")

    async with await open_pool(database.url, size=10, application="faxi-bot tests") as other:
        came = await asyncio.gather(*(decide(other, f"U0{number}") for number in range(10)))
    assert came.count(True) == 1
    async with pool.acquire() as connection:
        decided = await approvals.load(connection, approval.id)
        assert decided is not None
        assert (decided.state, decided.decided_by, decided.waiting) == ("denied", f"U0{came.index(True)}", False)
        assert not await approvals.decide(connection, decided, "approved", by="U0MGR1", now=NOW)
        with pytest.raises(LookupError, match="no longer waits"):
            await approvals.refresh(connection, decided, {"complaints": 6}, NOW)
    assert await ask(pool) is not None  # what was decided does not stand in the way of a new request


async def test_newer_facts_have_a_new_code_and_button_and_keep_what_was_asked_about(pool: Pool) -> None:
    approval = await asked(pool)
    async with pool.acquire() as connection, connection.transaction():
        first = await approvals.button_value(connection, approval)
        fresh = await approvals.refresh(connection, approval, {"complaints": 6}, at("2026-11-25 10:00"))
        assert await approvals.button_value(connection, fresh) != first
        assert await approvals.button_value(connection, approval) == first
    assert (fresh.facts, fresh.asked_facts, fresh.facts_version) == ({"complaints": 6}, {"complaints": 5}, 2)
    assert (fresh.replaced_code, fresh.facts_at) == (approval.facts_code, at("2026-11-25 10:00"))
    assert fresh.facts_code != approval.facts_code
    assert len(fresh.facts_code) == 4
