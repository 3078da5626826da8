"""Databases for tests: one server a session, one laid-out template, and a copy for each test."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from bot.base.database import prepare_connection
from bot.local import faxi
from bot.local.postgres import Postgres

TEMPLATE = "faxi_template"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database of one test, with Faxi's tables (no rows), the roles and all migrations."""

    name: str
    url: str  # as faxi_bot
    admin_url: str  # as chatops_owner
    super_url: str
    server: Postgres

    @asynccontextmanager
    async def connect(self, url: str | None = None) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Open a connection of its own, as superuser unless another address is given."""
        connection = await asyncpg.connect(url or self.super_url)
        try:
            await prepare_connection(connection)
            yield connection
        finally:
            await connection.close()


async def lay_out_template(server: Postgres) -> None:
    """Make the database that :func:`clone` copies."""
    await faxi.lay_out(server, TEMPLATE)


@asynccontextmanager
async def clone(server: Postgres) -> AsyncIterator[Database]:
    """Give a copy of the template for the length of the block; any event loop may ask."""
    name = f"t{next(_NUMBERS)}"
    await _as_superuser(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    try:
        yield Database(
            name=name,
            url=server.url(name, faxi.BOT),
            admin_url=server.url(name, faxi.OWNER),
            super_url=server.url(name),
            server=server,
        )
    finally:
        await _as_superuser(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _as_superuser(server: Postgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
