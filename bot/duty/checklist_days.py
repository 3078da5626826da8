"""Lists by days: those of the day before, and the items that were skipped again and again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.base.database import Connection, queries
from bot.duty.checklists import NOT_DONE, day_of
from bot.engine.team import Team

SQL = queries("checklists")
OFTEN: Final = 3
"""Skipped so often within the days asked about, an item is shown at the month's documentation review."""


@dataclass(frozen=True)
class Skips:
    """An item that was skipped again and again.

    Attributes:
        list: the list's name in the runbook.
        name: the item's name in it.
        title: the item's title.
        skipped: how often a person skipped it.
        not_done: how often nobody answered it.
    """

    list: str
    name: str
    title: str
    skipped: int
    not_done: int


async def yesterdays(connection: Connection, team: Team, now: datetime) -> tuple[int, ...]:
    """Return the lists of the last day before today on which there were some, in their order, as cases' ids.

    Parameters:
        now: business time; its day is the team's.
    """
    today, _ = day_of(team, now)
    last = await connection.fetchval(SQL["day_before"], today)
    if last is None:
        return ()
    return tuple(row["id"] for row in await connection.fetch(SQL["of_day"], *day_of(team, last)))


async def todays(connection: Connection, team: Team, now: datetime) -> tuple[int, ...]:
    """Return the lists that were opened today, in their order, as cases' ids.

    Parameters:
        now: business time; its day is the team's.
    """
    return tuple(row["id"] for row in await connection.fetch(SQL["of_day"], *day_of(team, now)))


async def repeated_skips(connection: Connection, since: datetime, until: datetime) -> tuple[Skips, ...]:
    """Return the items that were skipped or not done :data:`OFTEN` times or more, the most often skipped first.

    Parameters:
        since: from when on lists count that were opened, business time.
        until: the end of that time, not itself in it.
    """
    rows = await connection.fetch(SQL["repeated_skips"], since, until, OFTEN, NOT_DONE)
    return tuple(Skips(**dict(row)) for row in rows)
