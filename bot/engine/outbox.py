"""The outbox: live messages and posts as rows, wanted in the transaction that changes what they tell.

A live message is rendered from the newest state when it is sent, so ten changes are one edit and an
old state never follows a newer one. A post is said once, in order within its thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.base.database import Connection, queries

SQL = queries("outbox")


@dataclass(frozen=True)
class LivePlace:
    """Where a live message stands in Slack; ``channel`` and ``ts`` are ``None`` until it was posted."""

    id: int
    renderer: str
    subject: str
    destination: str
    channel: str | None
    ts: str | None


async def live(
    connection: Connection, renderer: str, subject: str, destination: str, now: datetime, *, parent: int | None = None
) -> int:
    """Want a live message about a subject.

    Parameters:
        renderer: the name of what draws it.
        subject: what it is about, such as ``case:42``.
        destination: a channel's id, or a person's for a direct message.
        parent: the live message in whose thread it stands, for as long as it stands there.

    Returns:
        the row's id, which posts name as their parent.
    """
    return int(await connection.fetchval(SQL["live"], renderer, subject, destination, now, parent))


async def raise_live(connection: Connection, subject: str) -> None:
    """Want the newest state of every live message about the subject."""
    await connection.execute(SQL["raise_live"], subject)


async def live_of(connection: Connection, subject: str, renderer: str) -> LivePlace | None:
    """Return the live message of a subject that this renderer draws, or ``None``."""
    row = await connection.fetchrow(SQL["live_of"], subject, renderer)
    return None if row is None else LivePlace(**dict(row))


async def head_of(connection: Connection, subject: str) -> LivePlace | None:
    """Return the first live message of a subject, under which its story is told, or ``None``."""
    row = await connection.fetchrow(SQL["head_of"], subject)
    return None if row is None else LivePlace(**dict(row))


async def subject_at(connection: Connection, channel: str, ts: str) -> str | None:
    """Return what the live message in this place is about, or ``None`` when none stands there."""
    value: str | None = await connection.fetchval(SQL["subject_at"], channel, ts)
    return value


async def post(
    connection: Connection,
    renderer: str,
    subject: str,
    destination: str,
    now: datetime,
    *,
    parent: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    urgent: bool = False,
    settles: str | None = None,
) -> int:
    """Say something once: in a channel, in the thread under a live message, or to one person.

    Parameters:
        parameters: what the renderer needs beside the subject; ids and figures, never people's words.
        settles: the step of the subject's case that is done when Slack has the post, not before.
    """
    row = await connection.fetchval(
        SQL["post"], renderer, subject, dict(parameters or {}), destination, parent, urgent, now, settles
    )
    return int(row)


async def note_stray(connection: Connection, subject: str, channel: str, ts: str, now: datetime) -> None:
    """Note that a click came from a message that may be a copy of the subject's live message.

    Slack's answer to a first post can be lost; the message is then posted again, and the first
    one, once somebody presses a button on it, becomes a pointer.
    """
    await connection.execute(SQL["note_stray"], subject, channel, ts, now)


async def backlog(connection: Connection) -> int:
    """Return how many messages wait to go out."""
    return int(await connection.fetchval(SQL["backlog"]))
