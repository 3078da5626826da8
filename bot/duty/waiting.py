"""What waits for one person: requests that they may decide, and cases in which they are to do something now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar, cast

import asyncpg

from bot.base.database import Connection, queries
from bot.mail.metrics.events import DAY

SQL = queries("status")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Decision:
    """A request that somebody may decide, and where it stands in Slack."""

    approval: int
    place: tuple[str, str] | None


@dataclass(frozen=True)
class Theirs:
    """A case in which something is to be done now.

    Attributes:
        case: its id.
        why: a fax of which nothing is known, a person who was not told, or a step that is due.
        destination: the channel or person to whom its first message went.
        place: channel and ts of that message.
    """

    case: int
    why: Literal["doubt", "untold", "due"]
    destination: str | None
    place: tuple[str, str] | None


@dataclass(frozen=True)
class Waiting(Generic[T_co]):
    """What waits for a person: the most urgent, and how many there are in all."""

    first: tuple[T_co, ...]
    total: int


async def decisions(connection: Connection, person: str, most: int) -> Waiting[Decision]:
    """Return the requests that wait and that this person did not make, the nearest end first."""
    rows = await connection.fetch(SQL["decisions"], person, most)
    return Waiting(tuple(Decision(row["id"], _place(row)) for row in rows), _total(rows))


async def theirs(
    connection: Connection, person: str, now: datetime, most: int, *, in_operations: bool, lists: bool = True
) -> Waiting[Theirs]:
    """Return the cases in which this person is to do something now, the most urgent first.

    Params:
        in_operations: cases that nobody of the team has are this person's too.
        lists: lists that are due count too, as a whole.
    """
    rows = await connection.fetch(SQL["theirs"], person, in_operations, now + DAY, most, lists)
    found = tuple(Theirs(row["id"], row["why"], row["destination"], _place(row)) for row in rows)
    return Waiting(found, _total(rows))


def _place(row: asyncpg.Record) -> tuple[str, str] | None:
    return (row["channel"], row["ts"]) if row["ts"] is not None else None


def _total(rows: "list[asyncpg.Record]") -> int:
    return cast("int", rows[0]["total"]) if rows else 0
