"""What can be made to happen to lists and handoffs in a demo: the bot is down at nine o'clock, nobody wants an item."""

from datetime import timedelta
from typing import Final

import asyncpg

from bot.base.database import queries
from bot.local import acting
from bot.local.acting import NotSo, Play, World
from bot.local.jumps import CALENDAR
from bot.local.workspace import moving
from bot.local.workspace.page import Scenario

SQL = queries("duty_scenarios")
MORNING: Final = "morning"
"""The list, in the shipped runbook, that comes as business begins."""
_BEFORE, _AFTER = timedelta(minutes=2), timedelta(minutes=37)
_READY_WITHIN = 40.0


async def down_at_nine(world: World) -> str:
    """The bot's processes are stopped before nine o'clock of a working day, and come back at 09:37."""
    clock = world.slack.clock
    nine = CALENDAR.next_opening(clock.now() + _BEFORE)
    world.say("Business time moves to two minutes before the next working day begins.")
    await acting.move_to(world, nine - _BEFORE)
    old = [(replica, replica.child.pid) for replica in world.supervisor.replicas]
    async with world.supervisor.without_bot():
        world.say("All processes of the bot are stopped. It gets nine o'clock, and no list comes.")
        await moving.leap(world.slack, world.trial, nine + _AFTER - clock.now())
        if await world.pool.fetchrow(SQL["run"], MORNING, nine) is not None:
            raise NotSo("the list came although the bot was stopped")
    world.say("It is 09:37. The bot is started again.")
    for replica, pid in old:
        await world.supervisor.back(replica, pid, _READY_WITHIN)

    async def there() -> asyncpg.Record | None:
        row = await world.pool.fetchrow(SQL["run"], MORNING, nine)
        return row if row is not None and row["ts"] else None

    row = await acting.until(there, "the morning's list", _READY_WITHIN)
    await acting.settled(world)
    if row["state"] != "late":
        raise NotSo(f"the list of 09:00 is not late but {row['state']}")
    late = round((row["at"] - nine).total_seconds()) // 60
    return (
        f"The morning's list is there since {row['at'].astimezone(CALENDAR.zone):%H:%M}, once, and says that "
        f"it came {late} minutes late. In #email-operations it is OPS-{row['case_id']:04}."
    )


PLAYS = (
    Play(
        Scenario(
            "bot-down",
            "The bot was down at nine o'clock",
            "Look at #email-operations: the morning's list is there, late, and says so. The clock is at 09:37.",
        ),
        down_at_nine,
    ),
)
"""The scenarios about lists and handoffs."""
