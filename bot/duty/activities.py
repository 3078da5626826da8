"""What people and the bot did in a span of time, counted from the audit: the week's activities.

Source: runbook "Friday Tasks" 2. Looking at something is no activity; what was refused is counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.base.database import Connection, queries
from bot.engine import roster

SQL = queries("activities")
_LOOKED: Final = ("shown", "form", "listed", "looked", "other_tab", "offered", "unchanged")
"""Results of what only shows something."""


@dataclass(frozen=True)
class Activities:
    """What was done in [start, end).

    Attributes:
        people: by action, how often people did it; most often first.
        bot: the same of what the bot did by itself.
        refused: how many attempts were refused.
        failed: how many failed.
        who: how many people did something.
        opened: cases that were opened, lists apart.
        closed: cases that were closed.
        lists: lists that were complete, and all that were opened.
    """

    start: datetime
    end: datetime
    people: Mapping[str, int]
    bot: Mapping[str, int]
    refused: int
    failed: int
    who: int
    opened: int
    closed: int
    lists: tuple[int, int]


def week_so_far(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the time from the Monday of this week, in a zone, until now."""
    day: date = now.astimezone(zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), zone), now


async def of_span(connection: Connection, start: datetime, end: datetime) -> Activities:
    """Count what was done in [start, end)."""
    rows = await connection.fetch(SQL["done"], start, end, list(_LOOKED))
    people = {row["action"]: row["times"] for row in rows if row["actor"] != roster.BOT}
    bot = {row["action"]: row["times"] for row in rows if row["actor"] == roster.BOT}
    row = await connection.fetchrow(SQL["counts"], start, end, roster.BOT)
    if row is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    return Activities(
        start,
        end,
        people,
        bot,
        row["refused"],
        row["failed"],
        row["who"],
        row["opened"],
        row["closed"],
        (row["complete"], row["lists"]),
    )
