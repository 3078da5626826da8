"""Old rows go each night, what is still needed stays, and the audit says how many went."""

from datetime import timedelta

from bot.base.database import Pool
from bot.engine import anchoring, audit, due, effects, outbox, retention
from bot.engine.due import Due
from tests.support.team import at, make_team

TEAM = make_team()
NOW = at("2026-11-25 03:30")
OLD, YOUNG = NOW - timedelta(days=30, seconds=1), NOW - timedelta(days=30)
ROW = Due(7, retention.KIND, retention.NIGHTLY, NOW)


async def fill(pool: Pool) -> None:
    """Put an old and a young row of everything there, done and not done."""
    async with pool.acquire() as connection:
        for name, when in (("old", OLD), ("young", YOUNG)):
            await connection.execute("INSERT INTO chatops.interactions VALUES ($1, $2)", name, when)
            for state in ("sent", "failed", "waiting"):
                post = await outbox.post(connection, "r", f"{name} {state}", "C1", when)
                await connection.execute("UPDATE chatops.posts SET state = $2 WHERE id = $1", post, state)
            for state in ("done_at", "cancelled_at", "retry_at"):
                await due.add(connection, "k", f"{name} {state}", when)
                await connection.execute(f"UPDATE chatops.due SET {state} = $2 WHERE subject = $1",  # noqa: S608
                                         f"{name} {state}", when)  # fmt: skip
            for state in ("done", "waiting"):
                effect = await effects.want(connection, "k", f"{name} {state}", when, when)
                if state == "done":
                    await effects.move(connection, effect, ["waiting"], "done", now=when)


async def test_done_rows_older_than_30_days_go_and_all_others_stay(pool: Pool) -> None:
    await fill(pool)
    async with pool.acquire() as connection, connection.transaction():
        await retention.run(connection, TEAM, ROW, NOW)
    assert [row[0] for row in await pool.fetch("SELECT key FROM chatops.interactions")] == ["young"]
    assert {row[0] for row in await pool.fetch("SELECT subject FROM chatops.posts")} == {
        *("old waiting", "young sent", "young failed", "young waiting")
    }
    kept = {row[0] for row in await pool.fetch("SELECT subject FROM chatops.due WHERE kind = 'k'")}
    effects_kept = {row[0] for row in await pool.fetch("SELECT subject FROM chatops.effects")}
    assert effects_kept == {"old waiting", "young done", "young waiting"}
    assert kept == {"old retry_at", "young done_at", "young cancelled_at", "young retry_at"}


async def test_how_many_went_is_recorded_and_the_next_night_is_wanted(pool: Pool) -> None:
    await fill(pool)
    async with pool.acquire() as connection, connection.transaction():
        await retention.run(connection, TEAM, ROW, NOW)
    row = await pool.fetchrow("SELECT actor, action, interaction, parameters, at FROM chatops.audit")
    assert row is not None
    went = {"interactions": 1, "posts": 2, "due": 2, "effects": 1}
    assert tuple(row) == ("bot", "retention:run", "due:7", went, NOW)
    async with pool.acquire() as connection:
        assert await due.pending(connection, retention.KIND, retention.NIGHTLY) == NOW + timedelta(days=1)
        assert (await audit.verify(connection)).ok


async def test_what_only_looked_goes_after_a_day_and_is_not_counted(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for name, when in (("old", NOW - timedelta(days=1, seconds=1)), ("young", NOW - timedelta(days=1))):
            await due.add(connection, "look", name, when, poll=True)
        await connection.execute("UPDATE chatops.due SET done_at = $1", NOW)
        await retention.run(connection, TEAM, ROW, NOW)
    assert [row[0] for row in await pool.fetch("SELECT subject FROM chatops.due WHERE poll")] == ["young"]
    assert await pool.fetchval("SELECT count(*) FROM chatops.audit") == 0


async def test_a_night_in_which_nothing_went_leaves_no_record(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await retention.run(connection, TEAM, ROW, NOW)
    assert await pool.fetchval("SELECT count(*) FROM chatops.audit") == 0


async def test_beginning_twice_wants_one_night(pool: Pool) -> None:
    async with pool.acquire() as connection:
        for _ in range(2):
            await retention.begin(connection, TEAM, at("2026-11-25 09:50"))
        assert await due.pending(connection, retention.KIND, retention.NIGHTLY) == at("2026-11-26 03:30")
    assert await pool.fetchval("SELECT count(*) FROM chatops.due") == 1


async def test_after_an_outage_of_days_one_run_is_made_up_for(pool: Pool) -> None:
    class Late:
        """Business time, three days later."""

        def now(self) -> object:
            """Return it."""
            return NOW + timedelta(days=3)

    async with pool.acquire() as connection:
        await retention.begin(connection, TEAM, NOW - timedelta(hours=1))
    ran = await due.run_ready(
        pool,
        {retention.KIND: lambda c, row, now: retention.run(c, TEAM, row, now), anchoring.KIND: _nothing},
        Late(),  # type: ignore[arg-type]
    )
    assert ran == 1
    async with pool.acquire() as connection:
        assert await due.pending(connection, retention.KIND, retention.NIGHTLY) == NOW + timedelta(days=4)


async def _nothing(*_: object) -> None:
    return
