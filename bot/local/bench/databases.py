"""The databases of the benchmark: each with mail of a size and a time, one server for all of them."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from bot.base.database import SESSION, Connection, Pool, open_pool, prepare_connection, queries
from bot.local import faxi
from bot.local.bench.rows import fill
from bot.local.postgres import Postgres

SQL = queries("bench")
NOW: Final = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"""Business time of the benchmark, so that a kept database stays right."""
DAYS: Final = 400
_UNFINISHED: Final = "bench_unfinished"
_MOST_MEMORY: Final = 4 * 1024**3


@dataclass(frozen=True)
class Site:
    """A filled database, as the bot sees it."""

    rows: int
    """About how many events it has."""
    days: int
    connection: Connection
    """The bot's role and settings, but for the time that a statement may take: others are measured on it too."""
    pool: Pool
    """The bot's own."""
    superuser: Connection


@asynccontextmanager
async def server(folder: Path, report: Callable[[str], None]) -> AsyncIterator[Postgres]:
    """Run a server with an eighth of the machine's memory for its pages, and nothing that runs by itself."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = {
        "shared_buffers": f"{min(memory // 8, _MOST_MEMORY) // 1024**2}MB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "4GB",
        "autovacuum": "off",  # else it would come between two that take turns
    }
    async with Postgres.start(folder, settings=settings, report=report) as running:
        yield running


@asynccontextmanager
async def site(running: Postgres, rows: int, days: int, report: Callable[[str], None]) -> AsyncIterator[Site]:
    """Give the database of this size, made now or kept from another time.

    Params:
        running: the server.
        rows: about how many events.
        days: over how many days they are spread.
        report: told in words what is being done.
    """
    name = f"bench_{rows}_{days}"
    if await faxi.exists(running, name):
        await _renew(running, name)
    else:
        await _make(running, name, rows, days, report)
    connection = await _connect(running.url(name, faxi.BOT))
    superuser = await _connect(running.url(name))
    try:
        async with await open_pool(running.url(name, faxi.BOT), application="faxi-bot bench") as pool:
            yield Site(rows, days, connection, pool, superuser)
    finally:
        await connection.close()
        await superuser.close()


async def _connect(url: str) -> Connection:
    connection = await asyncpg.connect(url, server_settings={**SESSION, "statement_timeout": "0"})
    await prepare_connection(connection)
    return connection


async def _make(running: Postgres, name: str, rows: int, days: int, report: Callable[[str], None]) -> None:
    """Make and fill a database; it gets its name when it is complete."""
    await _as_superuser(running, "remove", _UNFINISHED)
    await faxi.lay_out(running, _UNFINISHED)
    connection = await _connect(running.url(_UNFINISHED))
    try:
        await fill(connection, rows, NOW, days=days, report=lambda done: report(f"{days} days of mail: {done}"))
    finally:
        await connection.close()
    await _as_superuser(running, "finished", _UNFINISHED, name)


async def _renew(running: Postgres, name: str) -> None:
    """Give a kept database the bot's tables of now, empty, whatever version made those that it has."""
    connection = await _connect(running.url(name))
    try:
        await connection.execute(SQL["remove_bot"])
    finally:
        await connection.close()
    await faxi.bring_up(running, name)


async def _as_superuser(running: Postgres, statement: str, *names: str) -> None:
    connection = await asyncpg.connect(running.url("postgres"))
    try:
        await connection.execute(await connection.fetchval(SQL[statement], *names))
    finally:
        await connection.close()
