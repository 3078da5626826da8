"""What App Home tells beside what needs a person: today's lists, what comes, open cases, and who is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.base.database import Connection, queries
from bot.duty import checklists, list_runs
from bot.duty.list_runs import Planned
from bot.engine import cases
from bot.engine.cases import Case, State
from bot.engine.team import Team

SQL = queries("homes")


@dataclass(frozen=True)
class OpenCase:
    """An open case, in a line."""

    id: int
    title: str
    severity: str
    state: State
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Some:
    """The first of several cases, and how many there are."""

    lines: tuple[OpenCase, ...]
    total: int


async def is_new(connection: Connection, person: str) -> bool:
    """Say whether somebody has used nothing yet but their Home."""
    return bool(await connection.fetchval(SQL["is_new"], person))


async def lists(connection: Connection, team: Team, now: datetime) -> tuple[Case, ...]:
    """Return the lists that were planned for today, and those of before that are still open, in their order.

    Parameters:
        now: business time; its day is the team's.
    """
    rows = await connection.fetch(SQL["lists"], *checklists.day_of(team, now))
    found = [await cases.load(connection, row["id"]) for row in rows]
    return tuple(one for one in found if one is not None and (one.closed_at is None or of_today(one, team, now)))


def of_today(case: Case, team: Team, now: datetime) -> bool:
    """Say whether a list was planned for today; one that a person began is of the day on which it was opened."""
    begin, end = checklists.day_of(team, now)
    return begin <= (case.planned_at or case.opened_at) < end


def coming(team: Team, now: datetime) -> tuple[Planned, ...]:
    """Return the lists that are still to come today; when there is none, the next one of another day."""
    planned = list_runs.coming(team, now)
    _, end = checklists.day_of(team, now)
    today = tuple(one for one in planned if one.at < end)
    return today or planned[:1]


async def open_cases(connection: Connection, most: int) -> Some:
    """Return open cases, the most severe and then the longest open first."""
    rows = await connection.fetch(SQL["open_cases"], most)
    lines = tuple(OpenCase(**{name: value for name, value in row.items() if name != "total"}) for row in rows)
    return Some(lines, int(rows[0]["total"]) if rows else 0)


async def mine(connection: Connection, person: str, but: Sequence[int], most: int) -> tuple[tuple[Case, ...], int]:
    """Return a person's open cases in which something is to be done, and how many there are.

    Parameters:
        but: cases that stand above already.
    """
    rows = await connection.fetch(SQL["mine"], person, list(but), most)
    found = [await cases.load(connection, row["id"]) for row in rows]
    return tuple(one for one in found if one is not None), int(rows[0]["total"]) if rows else 0


def soon(at: datetime, now: datetime) -> bool:
    """Say whether an instant lies within a day: then its time alone is clear."""
    return timedelta(0) <= at - now < timedelta(hours=24)
