"""What is due is done once, whoever looks; what fails is tried again and stops nothing else."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.base.database import Connection, Pool, open_pool
from bot.engine import due
from bot.engine.due import Due
from tests.support.databases import Database
from tests.support.team import at

NOW = at("2026-11-25 09:50")
HOUR = timedelta(hours=1)


@dataclass
class Time:
    """Business time as a test says."""

    instant: datetime = NOW

    def now(self) -> datetime:
        """Return it."""
        return self.instant


async def add(pool: Pool, subject: str, when: datetime, kind: str = "note") -> None:
    """Make something due."""
    async with pool.acquire() as connection:
        await due.add(connection, kind, subject, when)


async def note(connection: Connection, row: Due, now: datetime) -> None:
    """Do a row's work: leave a trace in the same transaction."""
    await connection.execute(
        "INSERT INTO chatops.interactions (key, at) VALUES ($1 || ' #' || gen_random_uuid(), $2)", row.subject, now
    )


async def done(pool: Pool) -> list[str]:
    """Return the traces, sorted."""
    rows = await pool.fetch("SELECT split_part(key, ' #', 1) AS subject FROM chatops.interactions ORDER BY 1")
    return [row["subject"] for row in rows]


async def test_what_is_due_runs_at_its_time_and_never_again(pool: Pool) -> None:
    clock = Time()
    await add(pool, "now", NOW)
    await add(pool, "later", NOW + HOUR)
    assert await due.run_ready(pool, {"note": note}, clock) == 1
    assert await due.run_ready(pool, {"note": note}, clock) == 0
    clock.instant += HOUR
    assert await due.run_ready(pool, {"note": note}, clock) == 1
    assert await done(pool) == ["later", "now"]


async def test_two_runners_at_once_do_each_row_once(pool: Pool, database: Database) -> None:
    for number in range(40):
        await add(pool, f"row {number:02}", NOW)
    async with await open_pool(database.url, size=3, application="faxi-bot tests") as other:
        counts = await asyncio.gather(*(due.run_ready(one, {"note": note}, Time()) for one in (pool, other, pool)))
    assert sum(counts) == 40
    assert await done(pool) == [f"row {number:02}" for number in range(40)]


async def test_a_row_whose_work_fails_changes_nothing_stays_due_and_does_not_stop_others(pool: Pool) -> None:
    tried: list[str] = []

    async def fail_once(connection: Connection, row: Due, now: datetime) -> None:
        await note(connection, row, now)
        tried.append(row.subject)
        if tried == ["bad"]:
            raise ValueError("not now")

    await add(pool, "bad", NOW - HOUR, kind="fails")
    await add(pool, "good", NOW)
    handlers = {"note": note, "fails": fail_once}
    assert await due.run_ready(pool, handlers, Time()) == 1
    assert await done(pool) == ["good"]
    row = await pool.fetchrow("SELECT attempts, error, done_at, retry_at > clock_timestamp() AS held FROM chatops.due "
                              "WHERE subject = 'bad'")  # fmt: skip
    assert row is not None
    assert tuple(row) == (1, "ValueError", None, True)
    assert await due.run_ready(pool, handlers, Time()) == 0
    await pool.execute("UPDATE chatops.due SET retry_at = NULL")
    assert await due.run_ready(pool, handlers, Time()) == 1
    assert await done(pool) == ["bad", "good"]


async def test_a_row_that_fails_again_and_again_is_tried_later_each_time_up_to_five_minutes(pool: Pool) -> None:
    async def fail(_connection: Connection, _row: Due, _now: datetime) -> None:
        raise ValueError("never")

    await add(pool, "bad", NOW, kind="fails")
    waits = []
    for _ in range(11):
        await due.run_ready(pool, {"fails": fail}, Time())
        query = "SELECT extract(epoch FROM retry_at - clock_timestamp())::float FROM chatops.due"
        waits.append(round(await pool.fetchval(query)))
        await pool.execute("UPDATE chatops.due SET retry_at = NULL")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_a_kind_that_nothing_handles_is_kept_and_stops_nothing(pool: Pool) -> None:
    await add(pool, "strange", NOW, kind="of a newer version")
    await add(pool, "good", NOW)
    assert await due.run_ready(pool, {"note": note}, Time()) == 1
    assert await pool.fetchval("SELECT error FROM chatops.due WHERE subject = 'strange'") == "KeyError"


async def test_after_an_outage_what_was_missed_runs_once_in_order_and_knows_that_it_is_late(pool: Pool) -> None:
    ran: list[tuple[str, timedelta]] = []

    async def keep(_connection: Connection, row: Due, now: datetime) -> None:
        ran.append((row.subject, now - row.due_at))

    for days in (1, 3, 2):
        await add(pool, f"{days} days ago", NOW - timedelta(days=days))
    assert await due.run_ready(pool, {"note": keep}, Time(), limit=2) == 2
    assert await due.run_ready(pool, {"note": keep}, Time()) == 1
    assert ran == [(f"{days} days ago", timedelta(days=days)) for days in (3, 2, 1)]


async def test_what_is_taken_back_does_not_run_and_may_be_wanted_again(pool: Pool) -> None:
    await add(pool, "x", NOW)
    await add(pool, "y", NOW)
    async with pool.acquire() as connection:
        await due.cancel(connection, "note", "x", NOW)
        assert await due.pending(connection, "note", "x") is None
        assert await due.pending(connection, "note", "y") == NOW
        await due.add(connection, "note", "x", NOW + HOUR)
        assert await due.pending(connection, "note", "x") == NOW + HOUR
    assert await due.run_ready(pool, {"note": note}, Time()) == 1
    assert await done(pool) == ["y"]


async def test_the_same_thing_at_the_same_instant_is_one_row(pool: Pool) -> None:
    async with pool.acquire() as first, pool.acquire() as second:
        await asyncio.gather(due.add(first, "note", "x", NOW), due.add(second, "note", "x", NOW))
    assert await due.run_ready(pool, {"note": note}, Time()) == 1


async def test_who_decides_a_case_does_not_wait_for_the_ticker_that_waits_for_the_case(pool: Pool) -> None:
    """The one holds the case and takes the row back; the other holds the row and wants the case."""
    await add(pool, "x", NOW)
    claimed, taken = asyncio.Event(), asyncio.Event()

    async def wait_for_the_case(connection: Connection, row: Due, now: datetime) -> None:
        claimed.set()
        await taken.wait()
        await connection.execute("SELECT pg_advisory_xact_lock(42)")
        await note(connection, row, now)

    async with pool.acquire() as decider, decider.transaction():
        await decider.execute("SELECT pg_advisory_xact_lock(42)")
        ticker = asyncio.create_task(due.run_ready(pool, {"note": wait_for_the_case}, Time()))
        await claimed.wait()
        taken.set()
        await due.cancel(decider, "note", "x", NOW)
    assert await ticker == 1
    assert await pool.fetchval("SELECT count(*) FROM chatops.due WHERE cancelled_at IS NOT NULL") == 0


@pytest.mark.parametrize("error", [OSError("gone"), TimeoutError()])
async def test_when_the_database_is_away_the_run_ends_and_the_row_stays(pool: Pool, error: Exception) -> None:
    async def away(_connection: Connection, _row: Due, _now: datetime) -> None:
        raise error

    await add(pool, "x", NOW)
    with pytest.raises(type(error)):
        await due.run_ready(pool, {"note": away}, Time())
    assert await due.run_ready(pool, {"note": note}, Time()) == 1
