"""Migrations: brings the schema ``chatops`` to the state that this code needs, one file at a time.

The files are ``sql/migrations/NNNN_name.sql``, numbered without a gap. Each runs in one
transaction, under a lock that makes two starters take turns, and is remembered with its hash:
a file that was edited after it was applied is refused.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bot.base.database import Connection, queries, shipped

SQL = queries("migrations")
_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")


class MigrationError(Exception):
    """The database cannot be migrated; the message says why and what to do."""


@dataclass(frozen=True)
class Migration:
    """One file of the folder."""

    number: int
    file: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, the same with either kind of line ending."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """Read the migrations of ``folder`` in their order.

    Raises:
        MigrationError: a file has another form of name, or a number is missing or repeated.
    """
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        named = _FILE.fullmatch(path.name)
        if named is None:
            message = f"{path.name} is not named like 0001_audit.sql"
            raise MigrationError(message)
        # Text mode turns CRLF into LF, so that a checkout on Windows has the same hash.
        found.append(Migration(int(named["number"]), path.name, path.read_text(encoding="utf-8")))
    for expected, migration in enumerate(found, start=1):
        if migration.number < expected:
            message = f"{migration.file}: number {migration.number:04} is there twice"
            raise MigrationError(message)
        if migration.number > expected:
            message = f"{migration.file}: number {expected:04} is missing before it"
            raise MigrationError(message)
    if not found:
        message = f"there are no migrations in {folder.name}"
        raise MigrationError(message)
    return found


def _check(migrations: list[Migration], applied: Mapping[int, str]) -> None:
    """Refuse a database that this code does not know, or whose migrations were edited since."""
    for number in sorted(applied):
        if number > len(migrations):
            message = (
                f"the database has migration {number:04}, which this version does not know "
                f"(it knows {len(migrations):04}): start the version that made it, or a newer one"
            )
            raise MigrationError(message)
        migration = migrations[number - 1]
        if applied[number] != migration.checksum:
            message = f"{migration.file} was changed after it was applied: put it back, and write a new file"
            raise MigrationError(message)


async def _applied(connection: Connection) -> dict[int, str]:
    if not await connection.fetchval(SQL["ledger_exists"]):
        return {}
    return {row["number"]: row["checksum"] for row in await connection.fetch(SQL["applied"])}


async def missing(connection: Connection, folder: Path | None = None) -> list[int]:
    """Return the numbers of the migrations that the database lacks.

    Params:
        connection: any role that may read the schema.
        folder: where the files are; the shipped ones unless given.

    Raises:
        MigrationError: the files are wrong, were edited since, or the database is newer.
    """
    migrations = read_migrations(folder or shipped("sql") / "migrations")
    applied = await _applied(connection)
    _check(migrations, applied)
    return [migration.number for migration in migrations if migration.number not in applied]


def _explain(migration: Migration, error: asyncpg.PostgresError) -> MigrationError:
    position = getattr(error, "position", None)
    line = f":{migration.text.count(chr(10), 0, int(position)) + 1}" if position else ""
    return MigrationError(f"{migration.file}{line}: {error}; nothing of this file was kept")


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(SQL["patience"])
            await connection.execute(migration.text)
            # When it really happened: business time, which trials move, has no meaning here.
            at = datetime.now(UTC)
            await connection.execute(SQL["remember"], migration.number, migration.file, migration.checksum, at)
    except asyncpg.PostgresError as error:
        raise _explain(migration, error) from error


async def migrate(connection: Connection, folder: Path | None = None) -> list[int]:
    """Apply what is missing, as the owner of the schema ``chatops``.

    Params:
        connection: one of its own, connected as that owner, and not through a transaction pooler.
        folder: where the files are; the shipped ones unless given.

    Returns:
        the numbers applied now; none when there was nothing to do.

    Raises:
        MigrationError: the files are wrong or were edited since, the database is newer, the role
            is another, or a file failed (what came before it is kept).
    """
    migrations = read_migrations(folder or shipped("sql") / "migrations")
    who = await connection.fetchrow(SQL["owner"])
    if who is None:
        message = "there is no schema chatops: run sql/roles.sql first, as the owner of Faxi's tables"
        raise MigrationError(message)
    if who["owner"] != who["me"]:
        message = f"connect as {who['owner']}, who owns the schema chatops, not as {who['me']}"
        raise MigrationError(message)
    await connection.execute(SQL["lock"])
    try:
        await connection.execute(SQL["create_ledger"])
        await connection.execute(SQL["show_ledger"])
        applied = await _applied(connection)
        _check(migrations, applied)
        now = [migration for migration in migrations if migration.number not in applied]
        for migration in now:
            await _apply(connection, migration)
    finally:
        await connection.execute(SQL["unlock"])
    return [migration.number for migration in now]
