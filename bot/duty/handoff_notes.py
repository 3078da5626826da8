"""Notes for the next handoff: what only people know, written by either side or taken from a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.base.database import Connection, queries
from bot.duty.open_things import Kind, Thing
from bot.engine.team import Team

SQL = queries("handoffs")
OPEN = queries("open_things")
MOST: Final = 500
"""The most letters of a note, and of what to do if it gets worse."""


@dataclass(frozen=True)
class Note:
    """What somebody wrote for the next handoff.

    Attributes:
        words: what to do.
        if_so: what to do if it gets worse.
        channel: with ``ts``, the message that it is about.
    """

    id: int
    who: str
    at: datetime
    words: str
    if_so: str | None
    due_at: datetime | None
    channel: str | None
    ts: str | None


async def add(
    connection: Connection,
    *,
    who: str,
    words: str,
    now: datetime,
    if_so: str | None = None,
    due_at: datetime | None = None,
    place: tuple[str, str] | None = None,
) -> int:
    """Keep a note for the next handoff; return its id.

    Parameters:
        due_at: by when it is to be done.
        place: channel and ts of the message that it is about.
    """
    channel, ts = place or (None, None)
    return int(await connection.fetchval(SQL["add_note"], who, now, words, if_so or None, due_at, channel, ts))


async def load(connection: Connection, note_id: int) -> Note | None:
    """Return a note, or ``None`` when there is none."""
    row = await connection.fetchrow(SQL["note"], note_id)
    return None if row is None else Note(**dict(row))


def id_of(key: str) -> int:
    """Return a note's id from the key of its thing."""
    return int(key.removeprefix("note:"))


async def _notes(connection: Connection, _team: Team, _now: datetime) -> Sequence[Thing]:
    return [
        Thing(
            "note",
            f"note:{row['id']}",
            due_at=row["due_at"],
            worse=row["worse"],
            owner=row["who"],
            facts={"of_message": row["of_message"]},
        )
        for row in await connection.fetch(OPEN["notes"])
    ]


NOTES: Final = Kind("note", frozenset({"handoff_notes"}), _notes)
