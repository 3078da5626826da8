"""``faxi-bot audit``: verifies the chain, and exports its records as lines of JSON."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

import asyncpg

from bot.base.database import Connection, prepare_connection, queries
from bot.base.reaching import ASKING, DatabaseError, in_words
from bot.engine import audit

SQL = queries("audit")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> int:
    sys.stderr.write(f"faxi-bot: {line}\n")
    return 2


def _read_anchors(path: Path | None) -> list[audit.Anchor]:
    """Read the heads that were posted.

    Raises:
        ValueError: the file cannot be read, or holds none; the message names it.
    """
    if path is None:
        return []
    try:
        return audit.parse_anchors(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ValueError(f"--anchors {path}: {reason}") from None


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    """Connect for one command.

    Raises:
        DatabaseError: the database cannot be reached, or refuses, then or later.
    """
    with in_words("DATABASE_URL", url):
        connection = await asyncpg.connect(
            url, timeout=5, server_settings={"application_name": "faxi-bot audit", "timezone": "UTC", "jit": "off"}
        )
    try:
        with in_words("DATABASE_URL", url, ASKING):
            await prepare_connection(connection)
            yield connection
            await connection.close(timeout=5)
    finally:
        connection.terminate()


async def verify_command(url: str, anchors_path: Path | None, *, signing_key: str | None = None) -> int:
    """Verify the chain and print what was found.

    Params:
        url: the database, with any role that may read the audit.
        anchors_path: a file with anchors, such as a copy of the thread where they are posted.
        signing_key: ``AUDIT_SIGNING_KEY``, to check their signatures.

    Returns:
        the exit status: 0 when nothing is wrong, 1 when something is, 2 when it could not be checked.
    """
    try:
        key = audit.signing_key(signing_key).public_key() if signing_key else None
        anchors = _read_anchors(anchors_path)
    except ValueError as error:
        return _complain(str(error))
    try:
        async with _connected(url) as connection:
            report = await audit.verify(connection, anchors, key=key)
    except DatabaseError as error:
        return _complain(str(error))
    for problem in report.problems:
        _say(f"WRONG: {problem}")
    for note in report.notes:
        _say(f"note: {note}")
    ends = f", the last is {report.head.number} with hash {report.head.hash}" if report.head else ""
    proven = f" and {len(anchors)} {'anchors' if len(anchors) != 1 else 'anchor'}" if anchors else ""
    _say(f"{'ok' if report.ok else 'NOT OK'}: {report.records} records{proven} checked{ends}")
    return 0 if report.ok else 1


def line(row: asyncpg.Record) -> str:
    """Return a whole record as one line of JSON, as it is exported."""
    record: dict[str, Any] = dict(row)
    record["at"] = record["at"].isoformat()
    record["subject"] = str(record["subject"]) if record["subject"] else None
    record["previous"], record["hash"] = record["previous"].hex(), record["hash"].hex()
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


async def _export(connection: Connection, out: TextIO) -> int:
    count = 0
    async with connection.transaction():
        async for row in connection.cursor(SQL["export"], prefetch=500):
            out.write(line(row) + "\n")
            count += 1
    return count


async def export_command(url: str, out: Path | None) -> int:
    """Write every record as one line of JSON.

    Params:
        url: the database, with any role that may read the audit.
        out: the file to write, which must not exist yet; standard output when None.

    Returns:
        the exit status: 0 when done, 2 when it could not be done.
    """
    try:
        async with _connected(url) as connection:
            if out is None:
                await _export(connection, sys.stdout)
                return 0
            return await _export_to(connection, out)
    except DatabaseError as error:
        return _complain(str(error))


async def _export_to(connection: Connection, out: Path) -> int:
    """Write every record to a new file; return the exit status."""
    try:
        file = out.open("x", encoding="utf-8")
    except FileExistsError:
        return _complain(f"--out {out} exists already: give another name")
    except OSError as error:
        return _complain(f"--out {out} cannot be written: {error.strerror}")
    try:
        with file:
            count = await _export(connection, file)
    except (ConnectionError, TimeoutError):
        raise  # the database's, not the file's
    except OSError as error:
        return _complain(f"--out {out} is not whole: {error.strerror}")
    _say(f"{count} records written to {out}")
    return 0
