"""``faxi-bot audit``: verifies the chain, and exports its records as lines of JSON."""

import json
import sys
from pathlib import Path
from typing import Any, TextIO

import asyncpg

from bot.base.database import Connection, prepare_connection, queries
from bot.engine import audit

SQL = queries("audit")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return 2


def _read_anchors(path: Path | None) -> list[audit.Anchor]:
    return audit.parse_anchors(path.read_text(encoding="utf-8")) if path else []


async def _connect(url: str) -> Connection:
    connection = await asyncpg.connect(
        url, timeout=5, server_settings={"application_name": "faxi-bot audit", "timezone": "UTC", "jit": "off"}
    )
    await prepare_connection(connection)
    return connection


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
    except (OSError, ValueError) as error:
        return _complain(f"{anchors_path or 'audit verify'}: {error}")
    try:
        connection = await _connect(url)
    except (OSError, asyncpg.PostgresError) as error:
        return _complain(f"the database cannot be reached: {error}")
    try:
        report = await audit.verify(connection, anchors, key=key)
    except asyncpg.PostgresError as error:
        return _complain(f"the audit cannot be read: {error}")
    finally:
        await connection.close()
    for problem in report.problems:
        _say(f"WRONG: {problem}")
    for note in report.notes:
        _say(f"note: {note}")
    ends = f", the last is {report.head.number} with hash {report.head.hash}" if report.head else ""
    proven = f" and {len(anchors)} {'anchors' if len(anchors) != 1 else 'anchor'}" if anchors else ""
    _say(f"{'ok' if report.ok else 'NOT OK'}: {report.records} records{proven} checked{ends}")
    return 0 if report.ok else 1


def _line(row: asyncpg.Record) -> str:
    record: dict[str, Any] = dict(row)
    record["at"] = record["at"].isoformat()
    record["subject"] = str(record["subject"]) if record["subject"] else None
    record["previous"], record["hash"] = record["previous"].hex(), record["hash"].hex()
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


async def _export(connection: Connection, out: TextIO) -> int:
    count = 0
    async with connection.transaction():
        async for row in connection.cursor(SQL["export"], prefetch=500):
            out.write(_line(row) + "\n")
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
        connection = await _connect(url)
    except (OSError, asyncpg.PostgresError) as error:
        return _complain(f"the database cannot be reached: {error}")
    try:
        if out is None:
            await _export(connection, sys.stdout)
        else:
            with out.open("x", encoding="utf-8") as file:
                count = await _export(connection, file)
            _say(f"{count} records written to {out}")
    except FileExistsError:
        return _complain(f"{out} exists already: give another name")
    except (OSError, asyncpg.PostgresError) as error:
        return _complain(f"the audit cannot be exported: {error}")
    finally:
        await connection.close()
    return 0
