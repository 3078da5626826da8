"""Lists of cases: what is open, one's own and the team's, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries
from bot.engine import cases
from bot.engine.cases import State

SQL = queries("case_lists")


@dataclass(frozen=True)
class Line:
    """A case in a list; ``next_step`` is the title of what comes next, where something is left to do."""

    id: int
    title: str
    severity: str
    state: State
    owner: str | None
    opened_at: datetime
    due_at: datetime | None
    next_step: str | None = None


@dataclass(frozen=True)
class Page:
    """A part of a list, and how long the whole is."""

    lines: tuple[Line, ...]
    total: int


async def open_page(
    connection: Connection,
    *,
    owner: str | None = None,
    limit: int = 15,
    offset: int = 0,
    but: Sequence[int] = (),
) -> Page:
    """Return open cases, the longest open first: those of one owner, or the whole team's.

    Parameters:
        but: cases of the team's that are not listed nor counted, since they stand elsewhere.
    """
    people = sorted(cases.STARTED_BY_PEOPLE)
    if owner is None:
        rows = await connection.fetch(SQL["open_cases"], limit, offset, list(but), people)
    else:
        rows = await connection.fetch(SQL["open_cases_of"], owner, limit, offset, people)
    lines = tuple(Line(**{name: value for name, value in row.items() if name != "total"}) for row in rows)
    return Page(lines, int(rows[0]["total"]) if rows else 0)
