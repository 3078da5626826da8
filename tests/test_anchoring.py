"""The head of the chain is posted into its thread: each quarter of an hour that has something new, and daily."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import anchoring, audit, audit_cli, due, outbox
from tests.support.databases import Database
from tests.support.system import SIGNING_KEY
from tests.support.team import at, make_team

TEAM = make_team()
HANDLERS = wiring.due_handlers(TEAM)
BEGINNING = at("2026-11-25 09:52")


@dataclass
class House:
    """A database with its thread of anchors, and a time that a test moves."""

    pool: Pool
    instant: datetime = BEGINNING

    def now(self) -> datetime:
        """Return business time."""
        return self.instant

    async def record(self, now: datetime | None = None) -> None:
        """Record something."""
        async with self.pool.acquire() as connection, connection.transaction():
            await anchoring.record_own(connection, "test:record", "done", now or self.instant)

    async def until(self, text: str) -> list[int]:
        """Run all that is due up to an instant, each at its time; return the numbers of all anchors posted."""
        end = at(text)
        query = "SELECT min(due_at) FROM chatops.due WHERE done_at IS NULL AND cancelled_at IS NULL"
        while (soonest := await self.pool.fetchval(query)) <= end:
            self.instant = max(self.instant, soonest)
            await due.run_ready(self.pool, HANDLERS, self)
        self.instant = end
        return [row["parameters"]["number"] for row in await self.posts()]

    async def posts(self) -> list[Any]:
        """Return the anchors that were wanted."""
        return await self.pool.fetch("SELECT * FROM chatops.posts WHERE renderer = $1 ORDER BY id", anchoring.POST)


@pytest.fixture
async def house(pool: Pool) -> House:
    """Begin at 09:52 on a working day."""
    made = House(pool)
    async with pool.acquire() as connection, connection.transaction():
        await anchoring.begin(connection, TEAM, made.instant)
    return made


async def test_what_was_recorded_is_anchored_at_the_next_quarter_once_however_much_it_was(house: House) -> None:
    for _ in range(5):
        await house.record()
    assert await house.until("2026-11-25 09:59") == []
    assert await house.until("2026-11-25 10:00") == [5]
    assert await house.until("2026-11-25 12:00") == [5]
    await house.record()
    assert await house.until("2026-11-25 12:14") == [5]
    assert await house.until("2026-11-25 12:15") == [5, 6]


async def test_each_day_begins_with_an_anchor_even_when_nothing_is_new(house: House) -> None:
    await house.record()
    assert await house.until("2026-11-26 03:29") == [1]
    assert await house.until("2026-11-26 03:30") == [1, 1]
    assert await house.until("2026-11-28 09:00") == [1, 1, 1, 1]  # on Saturdays too


async def test_without_any_record_there_is_nothing_to_anchor(house: House) -> None:
    assert await house.until("2026-11-27 12:00") == []


async def test_a_record_of_the_quarter_that_is_committed_after_its_anchor_is_anchored_too(house: House) -> None:
    received = house.instant
    await house.record()
    assert await house.until("2026-11-25 10:00") == [1]
    await house.record(received)
    assert await house.until("2026-11-25 10:15") == [1, 2]
    assert await house.until("2026-11-25 18:00") == [1, 2]


async def test_after_an_outage_what_was_missed_is_anchored_once(house: House) -> None:
    await house.record()
    house.instant += timedelta(days=3)
    await due.run_ready(house.pool, HANDLERS, house)
    await due.run_ready(house.pool, HANDLERS, house)
    assert {row["parameters"]["number"] for row in await house.posts()} == {1}
    assert len(await house.posts()) == 2  # the quarter's and one of the three days'


async def test_anchors_stand_in_one_thread_of_management_though_the_bot_begins_again(house: House) -> None:
    await house.record()
    await house.until("2026-11-25 10:00")
    async with house.pool.acquire() as connection:
        thread = await outbox.live_of(connection, "audit", anchoring.THREAD)
        await anchoring.begin(connection, TEAM, house.instant)
        assert await outbox.live_of(connection, "audit", anchoring.THREAD) == thread
        assert await due.pending(connection, anchoring.KIND, anchoring.DAILY) == at("2026-11-26 03:30")
    assert thread is not None
    (post,) = await house.posts()
    assert (post["parent"], post["destination"]) == (thread.id, TEAM.channels.management)
    assert await house.pool.fetchval("SELECT count(*) FROM chatops.live_messages") == 1


@pytest.mark.parametrize("key", [SIGNING_KEY, None])
async def test_the_line_that_is_posted_is_what_verify_reads(
    house: House, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str | None
) -> None:
    await house.record()
    await house.record()
    await house.until("2026-11-25 10:00")
    (post,) = await house.posts()
    async with house.pool.acquire() as connection:
        draw = wiring.renderers(key)[anchoring.POST]
        message = await draw(connection, post["subject"], post["parameters"], TEAM)
    thread = tmp_path / "thread.txt"
    thread.write_text(f"faxi-bot 10:00\n{message.blocks[0]['text']['text']}\n")
    assert await audit_cli.verify_command(database.url, thread, signing_key=key) == 0
    said = capsys.readouterr().out
    assert "2 records and 1 anchor checked" in said
    assert ("1 of 1 anchors carry no signature" in said) is (key is None)


async def test_an_anchor_without_signature_shows_a_cut_tail_and_a_chain_computed_anew(
    house: House, database: Database
) -> None:
    await house.record()
    await house.record()
    async with house.pool.acquire() as connection:
        head = await audit.head(connection)
        assert head is not None
        (anchor,) = audit.parse_anchors(f"`{audit.unsigned_line(head)}`")
        assert (await audit.verify(connection, [anchor])).ok
        forged = audit.Anchor(head.number, "0" * 64, None)
        assert (await audit.verify(connection, [forged])).problems[0].startswith("record 2 is not the one")
    async with database.connect() as eyes:
        await eyes.execute("ALTER TABLE chatops.audit DISABLE TRIGGER USER; DELETE FROM chatops.audit WHERE number = 2")
        assert (await audit.verify(eyes, [anchor])).problems[0].startswith("the tail was cut off")
    with pytest.raises(ValueError, match="1 of 1 anchors are not whole"):
        audit.parse_anchors(audit.unsigned_line(head)[:-1])
