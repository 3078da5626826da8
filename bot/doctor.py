"""``faxi-bot doctor``: looks whether the database is as the bot needs it, and says of each thing how to mend it.

What it could not look at is ``unknown``, never in order. Indexes that would help are named with
their statement; the bot works without them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import asyncpg

from bot.base import migrations, reaching
from bot.base.database import Connection, prepare_connection, queries, shipped

SQL = queries("doctor")
OLDEST: Final = 15
"""The oldest PostgreSQL that the bot's SQL is for."""
_ROLE, _OWNER = "faxi_bot", "chatops_owner"
_CONNECTIONS = 5
_PRIVATE = (
    *(("public.email_messages", column) for column in ("subject", "body", "html_body")),
    ("public.audit_logs", "event_data"),
    ("public.users", "name"),
)
_GRANT = re.compile(r"^GRANT\s+(?P<what>[^;]+?)\s+ON\s+(?P<tables>[^;]+?)\s+TO\s+(?P<roles>[^;]+);", re.MULTILINE)
_PART = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)\s*(?:\(([^)]*)\))?")
_COMMENT = re.compile(r"--[^\n]*")

State = Literal["ok", "hint", "wrong", "unknown"]
SIGNS: Final = {"ok": "ok      ", "hint": "hint    ", "wrong": "WRONG   ", "unknown": "UNKNOWN "}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and how to mend it."""

    state: State
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """Write it as the command line shows it: a word first, then what to do in a line of its own."""
        lines = self.mend.splitlines()
        return "\n".join([f"{SIGNS[self.state]}{self.what}", *(f"        {line}" for line in lines)])


@dataclass(frozen=True)
class Index:
    """An index that Faxi has or could have, known by how its definition looks."""

    table: str
    looks: str
    statement: str
    gain: str


NEEDED: Final = (
    Index("email_metrics", r"USING btree \(occurred_at\)$", "(occurred_at)", ""),
    Index("email_metrics", r"USING btree \(event_type\)$", "(event_type)", ""),
    Index("email_metrics", r"USING btree \(user_id\)$", "(user_id)", ""),
    Index("email_messages", r"^CREATE UNIQUE .*\(message_id\)$", "(message_id), unique", ""),
    Index("users", r"^CREATE UNIQUE .*\(email_address\)$", "(email_address), unique", ""),
)
"""Indexes of Faxi's own by which the bot's queries go (faxi-system, section 1)."""
HELPFUL: Final = (
    Index(
        "email_metrics",
        r"\(occurred_at\) INCLUDE \(event_type, message_id\) WHERE .*bounced.*complained",
        "CREATE INDEX CONCURRENTLY email_metrics_incidents ON email_metrics (occurred_at)\n"
        "    INCLUDE (event_type, message_id) WHERE event_type IN ('bounced', 'complained');",
        "bounces of a day with their senders: about twice as quick at 10 million rows; 6 MB",
    ),
    Index(
        "email_metrics",
        r"\(message_id\)",
        "CREATE INDEX CONCURRENTLY email_metrics_message ON email_metrics USING hash (message_id);",
        "what a busy account mailed in 30 days, by day: about three times as quick at 10 million rows; 260 MB",
    ),
)
"""Indexes that would help, with what `faxi-bot bench` measured; the operator decides. One on (user_id, occurred_at)
is not among them: it gained nothing, and alone it led the planner to read whoever writes most five times as slowly."""


def grants(texts: Sequence[str], role: str) -> Iterator[tuple[str, str | None, str]]:
    """Read from SQL what a role is granted: table, column (``None``: the whole table) and privilege."""
    for text in texts:
        for found in _GRANT.finditer(_COMMENT.sub("", text)):
            if role not in re.split(r"[\s,]+", found["roles"]) or " FUNCTION " in f" {found['tables']} ":
                continue
            for table in re.split(r"\s*,\s*", found["tables"]):
                for privilege, columns in _PART.findall(found["what"]):
                    for column in re.split(r"\s*,\s*", columns.strip()) if columns else [None]:
                        yield table, column, privilege


def _needed_grants(role: str) -> list[tuple[str, str | None, str]]:
    folder = shipped("sql")
    texts = [(folder / "roles.sql").read_text("utf-8")]
    texts += [path.read_text("utf-8") for path in sorted((folder / "migrations").glob("*.sql"))]
    return sorted(set(grants(texts, role)), key=str)


async def look(url: str) -> list[Finding]:
    """Look at the database behind ``DATABASE_URL``."""
    try:
        connection = await asyncpg.connect(url, timeout=5, server_settings={"statement_timeout": "5000"})
    except reaching.CONNECTING as error:
        return [Finding("wrong", "database", reaching.failure(error, "DATABASE_URL", url))]
    found: list[Finding] = []
    try:
        await prepare_connection(connection)
        for part in (_server, _migrations, _grants, _own_indexes, _helpful_indexes):
            try:
                found += await part(connection)
            except reaching.ASKING as error:
                name = part.__name__.strip("_").replace("_", " ")
                found.append(Finding("unknown", f"{name}: could not be looked at ({type(error).__name__})"))
    finally:
        connection.terminate()
    return found


async def _server(connection: Connection) -> list[Finding]:
    row = await connection.fetchrow(SQL["server"])
    if row is None:
        return [Finding("unknown", "server")]
    found = []
    if row["version"] < OLDEST:
        found.append(Finding("wrong", f"PostgreSQL {row['version']}", f"The bot needs {OLDEST} or newer."))
    else:
        found.append(Finding("ok", f"PostgreSQL {row['version']}"))
    if row["standby"]:
        found.append(Finding("wrong", "this server only reads", "Give the address of the primary in DATABASE_URL."))
    if row["superuser"]:
        mend = f"Give the address as the role {_ROLE} in DATABASE_URL: a superuser may change the audit."
        found.append(Finding("wrong", f"the role {row['role']} is a superuser", mend))
    elif 0 <= row["connections"] < _CONNECTIONS:
        mend = f"Each process holds {_CONNECTIONS}: run sql/roles.sql again as the owner of Faxi's tables."
        found.append(Finding("wrong", f"the role {row['role']} has only {row['connections']} connections", mend))
    else:
        found.append(Finding("ok", f"the role {row['role']}"))
    return found


async def _migrations(connection: Connection) -> list[Finding]:
    missing = await migrations.missing(connection)
    if not missing:
        return [Finding("ok", "the bot's tables are those of this version")]
    numbers = ", ".join(f"{number:04}" for number in missing)
    return [Finding("wrong", f"migration {numbers} is missing", "Run `faxi-bot migrate`.")]


async def _grants(connection: Connection) -> list[Finding]:
    needed = _needed_grants(_ROLE)
    rows = await connection.fetch(SQL["lacking"], *(list(column) for column in zip(*needed, strict=True)), None)
    found = [
        Finding(
            "wrong",
            f"may not {row['privilege']} {row['target']}" + (f".{row['columns']}" if row["columns"] else ""),
            "Run sql/roles.sql as the owner of Faxi's tables, then `faxi-bot migrate`.",
        )
        for row in rows
    ]
    # As the schema's owner the fate of faxes is written, and people act by hand: it would fail only then.
    owners = _needed_grants(_OWNER)
    found += [
        Finding(
            "wrong",
            f"{_OWNER} may not {row['privilege']} {row['target']}.{row['columns']}",
            "Run sql/roles.sql as the owner of Faxi's tables.",
        )
        for row in await connection.fetch(
            SQL["lacking"], *(list(column) for column in zip(*owners, strict=True)), _OWNER
        )
    ]
    tables, columns = zip(*_PRIVATE, strict=True)
    for row in await connection.fetch(SQL["too_much"], list(tables), list(columns)):
        mend = "Run sql/roles.sql as the owner of Faxi's tables: it takes away what the bot must not read."
        found.append(Finding("wrong", f"may read {row['name']}, which is private", mend))
    return found or [Finding("ok", f"{len(needed)} privileges, as sql/roles.sql and the migrations give them")]


async def _all_indexes(connection: Connection) -> list[asyncpg.Record]:
    tables = sorted({f"public.{one.table}" for one in (*NEEDED, *HELPFUL)})
    return list(await connection.fetch(SQL["indexes"], tables))


def _has(rows: Sequence[asyncpg.Record], index: Index) -> asyncpg.Record | None:
    return next(
        (row for row in rows if row["of_table"] == index.table and re.search(index.looks, row["definition"])), None
    )


async def _own_indexes(connection: Connection) -> list[Finding]:
    rows = await _all_indexes(connection)
    missing = [index for index in NEEDED if (row := _has(rows, index)) is None or not row["valid"]]
    return [
        Finding(
            "hint",
            f"Faxi's own index on {one.table} {one.statement} is missing",
            "Ask Faxi's engineers: without it the bot's figures take long.",
        )
        for one in missing
    ] or [Finding("ok", "Faxi's own indexes are there")]


async def _helpful_indexes(connection: Connection) -> list[Finding]:
    rows = await _all_indexes(connection)
    count = await connection.fetchval(SQL["rows"], "public.email_metrics")
    size = f"email_metrics has about {count:,} rows" if count >= 0 else "nobody has counted email_metrics yet"
    found = []
    for index in HELPFUL:
        row = _has(rows, index)
        if row is None:
            found.append(Finding("hint", f"an index would help ({size}): {index.gain}", index.statement))
        elif not row["valid"]:
            mend = f"DROP INDEX CONCURRENTLY {row['name']};\n{index.statement}"
            found.append(Finding("hint", f"the index {row['name']} is there, but its building failed", mend))
        else:
            found.append(Finding("ok", f"the index {row['name']}"))
    return found


async def doctor_command(url: str) -> int:
    """Look at everything, print it, and return the exit code: 1 when the bot would not run as it is."""
    found = await look(url)
    for one in found:
        print(one)  # noqa: T201 - it speaks to a terminal
    bad = sum(one.state in {"wrong", "unknown"} for one in found)
    hints = sum(one.state == "hint" for one in found)
    print()  # noqa: T201
    print(  # noqa: T201
        f"{bad} {'thing needs' if bad == 1 else 'things need'} you." if bad else "Nothing needs you.",
        f"{hints} would help." if hints else "",
    )
    return 1 if bad else 0
