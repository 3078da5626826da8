"""Looks into the audit's records: by who, what, whom, case and day, in pages that stay as they are while one reads.

A query is kept behind an opaque value, so that a button carries nothing of it. It names the newest
record of the moment it was asked, for each look is a record too and would move every page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from bot.base.database import Connection, queries
from bot.engine import handles

SQL = queries("audit_search")
PAGE = 15
HANDLE = "au"
BY_HAND = "by_hand"
"""The actor of what was done in the database while the bot or Slack was away."""


@dataclass(frozen=True)
class Query:
    """What is looked for; what is empty or ``None`` does not limit.

    Attributes:
        who: Slack ids, or "bot".
        words: of the commands' own list, such as ``approve``; never typed text.
        refused: only what was not allowed.
        subject: Faxi's id of an account.
        first: the first day, in the team's zone.
        last: the last day, which counts wholly.
        up_to: the number of the newest record that may show.
    """

    who: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    refused: bool = False
    case_id: int | None = None
    subject: UUID | None = None
    first: date | None = None
    last: date | None = None
    up_to: int | None = None


@dataclass(frozen=True)
class Entry:
    """One record, as far as a page shows it."""

    number: int
    at: datetime
    actor: str
    action: str
    case_id: int | None
    subject: UUID | None
    parameters: Mapping[str, Any]
    allowed: bool
    result: str


@dataclass(frozen=True)
class Page:
    """A page of records, newest first, and how many there are in all."""

    entries: tuple[Entry, ...]
    offset: int
    total: int
    lowest: int | None = None
    highest: int | None = None

    @property
    def end(self) -> int:
        """How many records come up to the end of this page."""
        return self.offset + len(self.entries)


async def newest(connection: Connection) -> int:
    """Return the number of the newest record, 0 while there is none."""
    return int(await connection.fetchval(SQL["newest"]))


async def anchored(connection: Connection) -> tuple[int, datetime] | None:
    """Return up to which record the newest anchor reaches, and since when."""
    row = await connection.fetchrow(SQL["anchored"])
    return None if row is None else (row["number"], row["at"])


async def named(connection: Connection, name: str) -> str | None:
    """Return who is called so, wholly or by one word of the name; ``None`` when nobody or several are."""
    rows = await connection.fetch(SQL["named"], name.strip().lower())
    return rows[0]["id"] if len(rows) == 1 else None


def _conditions(query: Query, actions: Sequence[str] | None, zone: ZoneInfo) -> tuple[Any, ...]:
    return (
        query.up_to,
        list(query.who) or None,
        None if actions is None else list(actions),
        query.case_id,
        query.subject,
        None if query.first is None else datetime.combine(query.first, time(), zone),
        None if query.last is None else datetime.combine(query.last + timedelta(days=1), time(), zone),
        query.refused,
    )


async def find(
    connection: Connection, query: Query, actions: Sequence[str] | None, zone: ZoneInfo, offset: int
) -> Page:
    """Return one page of what matches; an offset past the end gives the last page.

    Parameters:
        query: with ``up_to``.
        actions: the tags that the query's words stand for; ``None`` where it has no words.
        zone: the team's, in which days begin.

    Raises:
        ValueError: the query does not say up to which record.
    """
    if query.up_to is None:
        raise ValueError("a page must not move while one reads: the query has to say up to which record")
    conditions = _conditions(query, actions, zone)
    counted = await connection.fetchrow(SQL["count"], *conditions)
    total = counted["total"] if counted else 0
    offset = max(0, min(offset, (total - 1) // PAGE * PAGE))
    rows = await connection.fetch(SQL["page"], *conditions, PAGE, offset)
    entries = tuple(Entry(**dict(row)) for row in rows)
    return Page(entries, offset, total, counted["lowest"] if counted else None, counted["highest"] if counted else None)


async def whole(
    connection: Connection, query: Query, actions: Sequence[str] | None, zone: ZoneInfo, most: int
) -> list[asyncpg.Record]:
    """Return the matching records with all that they hold, oldest first, at most ``most``."""
    return list(await connection.fetch(SQL["whole"], *_conditions(query, actions, zone), most))


def told(query: Query) -> dict[str, Any]:
    """Return what a query limits, as a record or a button's value keeps it."""
    return {
        name: list(part) if isinstance(part, tuple) else part if isinstance(part, bool | int) else str(part)
        for name, part in asdict(query).items()
        if part not in (None, (), False)
    }


async def keep(connection: Connection, query: Query, offset: int, now: datetime) -> str:
    """Keep a query and where its page begins; return the opaque value that stands for both."""
    return await handles.mint(connection, HANDLE, json.dumps(told(query), sort_keys=True), offset, now)


async def kept(connection: Connection, value: str | None) -> tuple[Query, int] | None:
    """Return the query that a value stands for and where its page begins; ``None`` for an unknown value."""
    found = await handles.resolve(connection, HANDLE, value)
    if found is None:
        return None
    limits = json.loads(found.subject)
    query = Query(
        who=tuple(limits.get("who", ())),
        words=tuple(limits.get("words", ())),
        refused=limits.get("refused", False),
        case_id=limits.get("case_id"),
        subject=UUID(limits["subject"]) if "subject" in limits else None,
        first=_day(limits.get("first")),
        last=_day(limits.get("last")),
        up_to=limits.get("up_to"),
    )
    return query, found.version


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)
