"""Opaque button values: each names what it is about and the version of the facts it was shown with."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection, queries

SQL = queries("handles")
_LONGEST = 64
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Handle:
    """What an opaque value stands for."""

    kind: str
    subject: str
    version: int


def random_word(length: int, letters: str = _LETTERS) -> str:
    """Return a random word of letters that are not mistaken for one another."""
    return "".join(secrets.choice(letters) for _ in range(length))


async def mint(connection: Connection, kind: str, subject: str, version: int, now: datetime) -> str:
    """Return the opaque value of this version of a subject, made at the first call.

    Parameters:
        kind: two letters that begin the value, such as ``rq`` for a request.
    """
    await connection.execute(SQL["mint"], f"{kind}_{random_word(8)}", kind, subject, version, now)
    return str(await connection.fetchval(SQL["value"], kind, subject, version))


async def value_of(connection: Connection, kind: str, subject: str, version: int) -> str:
    """Return the value minted for this version.

    Raises:
        LookupError: none was minted.
    """
    value: str | None = await connection.fetchval(SQL["value"], kind, subject, version)
    if value is None:
        message = f"no value was minted for {kind} {subject} version {version}"
        raise LookupError(message)
    return value


async def resolve(connection: Connection, kind: str, value: str | None) -> Handle | None:
    """Return what the value stands for, or ``None`` when it is unknown or of another kind."""
    if not value or len(value) > _LONGEST:
        return None
    row = await connection.fetchrow(SQL["resolve"], value)
    if row is None or row["kind"] != kind:
        return None
    return Handle(row["kind"], row["subject"], row["version"])
