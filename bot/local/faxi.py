"""The trial's copy of Faxi's database: its tables, our roles, our schema."""

import asyncpg

from bot.base.database import prepare_connection, queries, shipped
from bot.base.migrations import migrate
from bot.local.postgres import Postgres

SQL = queries("local")
OWNER = "chatops_owner"
BOT = "faxi_bot"
VISITOR = "visitor"


async def exists(server: Postgres, database: str) -> bool:
    """Say whether the server has a database of this name."""
    try:
        connection = await asyncpg.connect(server.url(database))
    except asyncpg.InvalidCatalogNameError:
        return False
    await connection.close()
    return True


async def lay_out(server: Postgres, database: str) -> None:
    """Make a database as production has it: Faxi's tables, the two roles, and our migrations.

    What is done by whom is as in production: Faxi's tables and ``roles.sql`` by their owner,
    the migrations by ours.
    """
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(await connection.fetchval(SQL["create_database"], database))
    finally:
        await connection.close()
    connection = await asyncpg.connect(server.url(database))
    try:
        await connection.execute((shipped("sql") / "faxi.sql").read_text(encoding="utf-8"))
    finally:
        await connection.close()
    await bring_up(server, database)


async def bring_up(server: Postgres, database: str) -> None:
    """Grant and migrate a database that has Faxi's tables; harmless when all is there already."""
    connection = await asyncpg.connect(server.url(database))
    try:
        await connection.execute((shipped("sql") / "roles.sql").read_text(encoding="utf-8"))
        await connection.execute(SQL["make_visitor"])
        await connection.execute(SQL["admit_visitor"])
        await server.admit(connection, OWNER, BOT, VISITOR)
    finally:
        await connection.close()
    connection = await asyncpg.connect(server.url(database, OWNER))
    try:
        await prepare_connection(connection)
        await migrate(connection)
    finally:
        await connection.close()


async def post_again(server: Postgres, database: str) -> None:
    """Have every live message posted anew, because the workspace is a new one and shows nothing yet."""
    connection = await asyncpg.connect(server.url(database))
    try:
        await connection.execute(SQL["post_again"])
    finally:
        await connection.close()
