"""A case has its number and steps from the start; each step is settled once, and it closes once."""

from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from bot.base.database import Pool
from bot.engine import case_lists, case_numbers, cases
from tests.support.team import at, make_team

TEAM = make_team()
NOW = at("2026-11-25 09:50")
ACCOUNT = UUID(int=5, version=4)


async def opened(pool: Pool, *, owner: str | None = "U0OP1", now: datetime = NOW) -> int:
    """Open a review."""
    async with pool.acquire() as connection, connection.transaction():
        return await cases.open_case(
            connection, TEAM.runbook, "review", subject_user=ACCOUNT, opened_by="bot", owner=owner, now=now
        )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        *[("OPS-0042", 42), ("ops-42", 42), ("OPS 0042", 42), ("ops0042", 42), ("42", 42), ("  0042 ", 42)],
        *[("OPS_42", 42), ("\uff2f\uff30\uff33\uff0d\uff10\uff10\uff14\uff12", 42), ("\uff14\uff12", 42)],
        *[("OPS\u20100042", 42), ("OPS\u201342", 42), ("OPS\u221242", 42), ("ops\u30fc42", 42), ("OPS\u300042", 42)],
        *[("OPS-0042-F1", 42), ("ops 42 f2", 42), ("\uff2f\uff30\uff33\uff0d\uff14\uff12\uff0d\uff26\uff11", 42)],
        *[("OPS-0042-F", None), ("OPS-0042-F1-F2", None), ("OPS-0042-G1", None), ("F1", None)],
        *[("OPS-12345", 12345), ("OPS-1", 1), ("999999999", 999_999_999)],
        *[("", None), ("OPS-", None), ("OPS-0", None), ("0", None), ("FAX-42", None), ("42x", None), ("4 2", None)],
        *[("-42", None), ("1234567890", None), ("OPS-42 OPS-43", None), ("\u0664\u0662", None), ("OPS", None)],
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str, number: int | None) -> None:
    assert case_numbers.parse(typed) == number


def test_a_number_is_written_with_at_least_four_digits_and_read_again() -> None:
    assert cases.number(42) == "OPS-0042"
    assert cases.number(123_456) == "OPS-123456"
    assert all(case_numbers.parse(cases.number(one)) == one for one in (1, 9999, 10_000, 999_999_999))
    assert cases.id_of(cases.subject(42)) == 42


async def test_a_case_opens_with_the_steps_of_the_runbook_as_it_is_now(pool: Pool) -> None:
    case_id = await opened(pool)
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
        assert case is not None
        assert await connection.fetchval("SELECT runbook_hash FROM chatops.cases") == TEAM.runbook.hash
    assert [(step.name, step.kind, step.state) for step in case.steps] == [
        ("look", "check", "todo"),
        ("talk", "confirm", "todo"),
        ("decide", "confirm", "todo"),
    ]
    assert (case.state, case.subject, case.owner, case.severity) == ("open", ACCOUNT, "U0OP1", "routine")
    assert case.present is not None
    assert case.present.name == "look"
    assert case.step("none") is None


async def test_a_step_is_settled_once_and_says_by_whom(pool: Pool) -> None:
    case_id = await opened(pool)
    async with pool.acquire() as connection:
        assert await cases.settle(connection, case_id, "look", "done", who="U0OP1", now=NOW, outcome="yes", note="n")
        assert not await cases.settle(connection, case_id, "look", "skipped", who="U0OP2", now=NOW, outcome="no")
        assert not await cases.settle(connection, case_id, "none", "done", who="U0OP2", now=NOW)
        case = await cases.load(connection, case_id)
    assert case is not None
    step = case.step("look")
    assert step is not None
    assert (step.state, step.who, step.at, step.outcome, step.note) == ("done", "U0OP1", NOW, "yes", "n")
    assert case.present is not None
    assert case.present.name == "talk"


async def test_a_case_closes_when_its_last_step_is_settled_and_only_once(pool: Pool) -> None:
    case_id = await opened(pool)
    async with pool.acquire() as connection:
        for step in ("look", "talk"):
            await cases.settle(connection, case_id, step, "done", who="U0OP1", now=NOW)
        assert not await cases.close_when_finished(connection, case_id, by="U0OP1", now=NOW, resolution="finished")
        await cases.settle(connection, case_id, "decide", "not_applicable", who="U0OP2", now=NOW)
        assert await cases.close_when_finished(connection, case_id, by="U0OP2", now=NOW, resolution="finished")
        assert not await cases.close_when_finished(connection, case_id, by="U0OP3", now=NOW, resolution="again")
        assert not await cases.close(connection, case_id, "cancelled", by="U0OP3", now=NOW, resolution="again")
        await cases.set_state(connection, case_id, "open", NOW)
        case = await cases.load(connection, case_id)
    assert case is not None
    assert (case.state, case.closed_by, case.closed_at, case.resolution) == ("done", "U0OP2", NOW, "finished")
    assert case.present is None
    assert case.due_at is None


async def test_a_closed_case_that_was_cancelled_has_no_present_step(pool: Pool) -> None:
    case_id = await opened(pool)
    async with pool.acquire() as connection:
        assert await cases.close(connection, case_id, "cancelled", by="bot", now=NOW, resolution="void")
        case = await cases.load(connection, case_id)
    assert case is not None
    assert case.present is None
    assert case.steps[0].state == "todo"


async def test_the_database_holds_no_case_that_is_closed_and_open(pool: Pool) -> None:
    case_id = await opened(pool)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE chatops.cases SET state = 'done' WHERE id = $1", case_id)


async def test_lists_show_open_cases_the_longest_open_first_with_their_count(pool: Pool) -> None:
    ids = [await opened(pool, owner=f"U0OP{n % 2 + 1}", now=at(f"2026-11-{20 - n:02} 10:00")) for n in range(17)]
    async with pool.acquire() as connection:
        await cases.close(connection, ids[16], "done", by="U0OP1", now=NOW, resolution="done")
        first, rest = await case_lists.open_page(connection), await case_lists.open_page(connection, offset=15)
        own = await case_lists.open_page(connection, owner="U0OP1")
        empty = await case_lists.open_page(connection, owner="U0NOBODY")
    assert (len(first.lines), first.total, len(rest.lines)) == (15, 16, 1)
    assert [line.id for line in first.lines + rest.lines] == ids[15::-1]
    assert (len(own.lines), own.total, {line.owner for line in own.lines}) == (8, 8, {"U0OP1"})
    assert (empty.lines, empty.total) == ((), 0)


async def test_a_button_value_leads_to_its_step_and_to_nothing_else(pool: Pool) -> None:
    first, second = await opened(pool), await opened(pool)
    async with pool.acquire() as connection:
        values = [await cases.step_value(connection, one, "talk") for one in (first, second)]
        assert [await cases.step_of(connection, value) for value in values] == [(first, "talk"), (second, "talk")]
        for wrong in ("cs_unknown", "", None, "x" * 3000, f"cs_{first}"):
            assert await cases.step_of(connection, wrong) is None


async def test_what_the_bot_does_by_itself_holds_up_nobody(pool: Pool) -> None:
    async with pool.acquire() as connection:
        case_id = await cases.open_case(
            connection, TEAM.runbook, "restriction", subject_user=ACCOUNT, opened_by="U0OP1", owner="U0OP1", now=NOW
        )
        for step in ("verify", "restrict", "record", "tell"):
            await cases.settle(connection, case_id, step, "done", who="bot", now=NOW)
        case = await cases.load(connection, case_id)
    assert case is not None
    assert case.present is not None
    assert case.present.name == "ticket", "the alert waits for Slack, and nobody waits for the alert"
