"""What people write to a case, beside the answers of its steps."""

from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries

SQL = queries("case_notes")


@dataclass(frozen=True)
class Note:
    """What somebody wrote to a case."""

    id: int
    case_id: int
    who: str
    at: datetime
    words: str


async def add(connection: Connection, case_id: int, who: str, words: str, now: datetime) -> int:
    """Keep what somebody writes to a case; return the note's id."""
    return int(await connection.fetchval(SQL["add"], case_id, who, now, words))


async def load(connection: Connection, note_id: int) -> Note | None:
    """Return a note, or ``None`` when there is none."""
    row = await connection.fetchrow(SQL["note"], note_id)
    return None if row is None else Note(**dict(row))


async def of_case(connection: Connection, case_id: int) -> tuple[Note, ...]:
    """Return what people wrote to a case, the oldest first."""
    return tuple(Note(**dict(row)) for row in await connection.fetch(SQL["notes"], case_id))
