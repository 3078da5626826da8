"""The database: named queries from ``sql/``, and the pool of connections that run them."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:  # asyncpg's own classes take no parameters when running
    Connection = asyncpg.Connection | PoolConnectionProxy
    Pool = asyncpg.Pool

_NAME = re.compile(r"--\s*name:\s*(?P<name>.*?)\s*")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_JSONB_VERSION = b"\x01"
SESSION: Final[Mapping[str, str]] = {
    "jit": "off",
    # A plan that is kept for whatever instants come reads months where a day was asked for.
    "plan_cache_mode": "force_custom_plan",
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}
"""The settings of a session that all queries rely on."""


class QueryError(Exception):
    """A file of named queries is wrong; the message names file and line."""


@dataclass(frozen=True)
class Query:
    """One named query of a file in ``sql/``."""

    name: str
    sql: str
    source: str  # "cases.sql:12", for messages


class Queries(dict[str, str]):
    """The queries of one file by name; an unknown name is told what there is."""

    def __init__(self, module: str, found: Mapping[str, Query]) -> None:
        """Hold the texts of ``found``, the queries of ``sql/<module>.sql``."""
        super().__init__({name: query.sql for name, query in found.items()})
        self.module = module

    def __missing__(self, name: str) -> str:
        """Refuse an unknown name."""
        message = f"sql/{self.module}.sql has no query {name!r}; it has {', '.join(sorted(self)) or 'none'}"
        raise KeyError(message)


def shipped(name: str) -> Path:
    """Return a shipped file or folder, such as ``sql``.

    A wheel carries it in ``bot/_data``; in a checkout it lies beside the package, so that edits
    take effect at once.
    """
    package = Path(__file__).resolve().parent.parent
    packed = package / "_data" / name
    return packed if packed.exists() else package.parent / name


def parse_queries(text: str, source: str) -> dict[str, Query]:
    """Read the named queries of one file.

    Each begins with ``-- name: open_case`` and a comment that says what it does.

    Params:
        text: the file's content.
        source: the file's name, for messages.

    Raises:
        QueryError: SQL before the first name, a name that is repeated or not an identifier, a
            query without comment or without SQL.
    """
    found: dict[str, Query] = {}
    name, began = "", 0
    body: list[str] = []

    def finish() -> None:
        if not name:
            return
        lines = [line for line in body if line.strip()]
        if not lines or not lines[0].lstrip().startswith("--"):
            message = f"{source}:{began}: query {name} has no sentence of comment below its name"
            raise QueryError(message)
        sql = "\n".join(line for line in lines if not line.lstrip().startswith("--")).strip().removesuffix(";")
        if not sql.strip():
            message = f"{source}:{began}: query {name} is empty"
            raise QueryError(message)
        # The leading comment names the query in the server's log and in pg_stat_activity.
        found[name] = Query(name, f"-- {source.removesuffix('.sql')}.{name}\n{sql}", f"{source}:{began}")

    for number, line in enumerate(text.splitlines(), start=1):
        heading = _NAME.fullmatch(line.strip())
        if heading is None:
            if not name and line.strip() and not line.lstrip().startswith("--"):
                message = f"{source}:{number}: SQL before the first '-- name:'"
                raise QueryError(message)
            body.append(line)
            continue
        finish()
        name, began = heading["name"], number
        body = []
        if not _IDENTIFIER.fullmatch(name):
            message = f"{source}:{number}: {name!r} is not a name: write it like open_case"
            raise QueryError(message)
        if name in found:
            message = f"{source}:{number}: query {name} was already named at {found[name].source}"
            raise QueryError(message)
    finish()
    return found


def load_queries(path: Path) -> dict[str, Query]:
    """Read the named queries of the file ``path``.

    Raises:
        QueryError: see :func:`parse_queries`; also when the file is not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path.name}: cannot be read: {error.strerror}"
        raise QueryError(message) from error
    return parse_queries(text, path.name)


@functools.cache
def queries(module: str) -> Mapping[str, str]:
    """Return the queries of ``sql/<module>.sql`` by name.

    Raises:
        QueryError: the file is not there or wrong.
    """
    return Queries(module, load_queries(shipped("sql") / f"{module}.sql"))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _dump_jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + _dump(value).encode()


def _load_jsonb(data: bytes) -> Any:
    return json.loads(data[len(_JSONB_VERSION) :])


async def prepare_connection(connection: Connection) -> None:
    """Make ``connection`` read and write ``json`` and ``jsonb`` as Python values, in COPY too."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=_dump, decoder=json.loads)
    # COPY knows only binary forms; that of jsonb is its text after one byte for the version.
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_dump_jsonb, decoder=_load_jsonb
    )


async def open_pool(url: str, *, size: int = 5, application: str) -> Pool:
    """Open the pool of one process, with the session settings that all queries rely on.

    They are sent when connecting, so that they are the session's defaults: asyncpg resets a
    session whenever it goes back to the pool, which would undo a SET.

    Params:
        url: where the database is, with the role.
        size: how many connections at most.
        application: the name that ``pg_stat_activity`` shows.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached, or refuses.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        timeout=5,
        # A server that is there says within statement_timeout that it cannot; only one that is gone
        # without a word is slower, and must not hold its caller.
        command_timeout=6,
        init=prepare_connection,
        server_settings={"application_name": application, **SESSION},
    )
