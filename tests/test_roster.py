"""Since when somebody is in a group is what the bot saw, and never a guess that hides a newcomer."""

import time
from datetime import datetime, timedelta

import pytest

from bot.base.database import Pool
from bot.engine import roster
from bot.engine.access import Group, Membership, Person
from bot.engine.approvals import Approval
from tests.support.team import at

NOW = at("2026-11-25 09:50")
HOUR = timedelta(hours=1)


async def read(pool: Pool, now: datetime, *members: str, group: Group = Group.MANAGEMENT) -> None:
    """Let the bot read one group."""
    async with pool.acquire() as connection, connection.transaction():
        await roster.record(connection, Membership({group: frozenset(members)}, time.monotonic()), now)


async def joined(pool: Pool, person: str, now: datetime = NOW) -> datetime | None:
    """Ask since when somebody is in management."""
    async with pool.acquire() as connection:
        return await roster.joined_at(connection, Group.MANAGEMENT, person, now)


async def test_before_the_first_reading_nothing_is_known(pool: Pool) -> None:
    assert await joined(pool, "U0MGR1") is None


async def test_whoever_is_there_at_the_first_reading_was_there_before(pool: Pool) -> None:
    await read(pool, NOW - HOUR, "U0MGR1")
    assert await joined(pool, "U0MGR1") is None


async def test_whoever_appears_later_joined_when_first_seen(pool: Pool) -> None:
    await read(pool, NOW - 3 * HOUR, "U0MGR1")
    await read(pool, NOW - 2 * HOUR, "U0MGR1", "U0NEW")
    await read(pool, NOW - HOUR, "U0MGR1", "U0NEW")
    assert await joined(pool, "U0NEW") == NOW - 2 * HOUR
    assert await joined(pool, "U0MGR1") is None


async def test_whom_no_reading_has_seen_yet_joined_just_now(pool: Pool) -> None:
    await read(pool, NOW - HOUR, "U0MGR1")
    assert await joined(pool, "U0NEW") == NOW


async def test_whoever_left_and_came_back_is_new(pool: Pool) -> None:
    await read(pool, NOW - 5 * HOUR, "U0MGR1", "U0MGR2")
    await read(pool, NOW - 4 * HOUR, "U0MGR1")
    assert await joined(pool, "U0MGR2") == NOW  # not seen there, so if they are there now, then since now
    await read(pool, NOW - 3 * HOUR, "U0MGR1", "U0MGR2")
    assert await joined(pool, "U0MGR2") == NOW - 3 * HOUR
    await read(pool, NOW - 2 * HOUR)
    await read(pool, NOW - HOUR, "U0MGR1")
    assert await joined(pool, "U0MGR1") == NOW - HOUR


async def test_an_empty_first_reading_counts_and_groups_do_not_mix(pool: Pool) -> None:
    await read(pool, NOW - 2 * HOUR)
    await read(pool, NOW - HOUR, "U0MGR1", group=Group.OPERATIONS)
    await read(pool, NOW - HOUR, "U0MGR1")
    assert await joined(pool, "U0MGR1") == NOW - HOUR


@pytest.mark.parametrize(
    ("before", "new"),
    [
        (None, False),
        (timedelta(), True),
        (timedelta(hours=23, minutes=59), True),
        (timedelta(hours=24), False),
        (timedelta(days=9), False),
    ],
)
def test_an_approval_says_so_when_its_giver_joined_less_than_a_day_before(
    before: timedelta | None, *, new: bool
) -> None:
    values = dict.fromkeys(Approval.__dataclass_fields__)
    values |= {"decided_at": NOW, "decider_joined_at": None if before is None else NOW - before}
    assert Approval(**values).decider_is_new is new  # type: ignore[arg-type]


async def test_names_are_remembered_and_nobody_is_without_one(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await roster.remember(connection, Person("U0OP1", "Aoi Tanaka", "T0FAXI"), NOW)
        await roster.remember(connection, Person("U0OP1", "Aoi Sato", "T0FAXI"), NOW + HOUR)
        names = await roster.names(connection, ["U0OP1", "U0NEW", None, roster.BOT])
        assert await roster.names(connection, []) == {"bot": "faxi-bot"}
    assert names == {"U0OP1": "Aoi Sato", "U0NEW": "U0NEW", "bot": "faxi-bot"}
