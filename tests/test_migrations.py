"""Migrations are applied once, whole or not at all, and never when something was edited."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.base.database import shipped
from bot.base.migrations import MigrationError, migrate, missing
from tests.support.databases import Database

if TYPE_CHECKING:
    import asyncpg

ROLES = shipped("sql") / "roles.sql"


@pytest.fixture
async def bare(database: Database) -> Database:
    """Give a database with Faxi's tables and the roles, in which nothing was migrated."""
    roles = ROLES.read_text(encoding="utf-8")
    async with database.connect() as connection:
        await connection.execute("DROP SCHEMA chatops CASCADE")
        await connection.execute(roles)
    return database


@pytest.fixture
async def owner(bare: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection of the schema's owner."""
    async with bare.connect(bare.admin_url) as connection:
        yield connection


def write(folder: Path, **files: str) -> Path:
    """Write migrations; ``n0001_a`` becomes ``0001_a.sql``."""
    for name, text in files.items():
        (folder / f"{name.removeprefix('n')}.sql").write_bytes(text.encode())
    return folder


async def test_what_is_missing_is_applied_in_order_and_only_once(
    bare: Database, owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    """Later files may build on earlier ones; a second run does nothing."""
    write(
        tmp_path,
        n0001_first="CREATE TABLE chatops.a (x int);",
        n0002_second="ALTER TABLE chatops.a ADD y int;",
    )
    assert await missing(owner, tmp_path) == [1, 2]
    assert await migrate(owner, tmp_path) == [1, 2]
    assert await migrate(owner, tmp_path) == []
    write(tmp_path, n0003_third="ALTER TABLE chatops.a ADD z int;")
    async with bare.connect(bare.url) as bot:
        assert await missing(bot, tmp_path) == [3]
    assert await migrate(owner, tmp_path) == [3]


async def test_a_failing_file_leaves_nothing_behind_and_is_named_with_its_line(
    owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    """What came before it is kept, and it runs again after it was mended."""
    write(
        tmp_path,
        n0001_good="CREATE TABLE chatops.a (x int);",
        n0002_bad="CREATE TABLE chatops.b (x int);\n\nSELECT nothing_like_this;\n",
    )
    with pytest.raises(MigrationError, match=r"0002_bad\.sql:3: .*nothing_like_this"):
        await migrate(owner, tmp_path)
    assert await owner.fetchval("SELECT to_regclass('chatops.a') IS NOT NULL AND to_regclass('chatops.b') IS NULL")
    assert await missing(owner, tmp_path) == [2]
    write(tmp_path, n0002_bad="CREATE TABLE chatops.b (x int);")
    assert await migrate(owner, tmp_path) == [2]


async def test_an_applied_file_that_was_edited_is_refused(
    owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    """Both the migrator and the running bot refuse it; other line endings are no edit."""
    write(tmp_path, n0001_first="CREATE TABLE chatops.a (\nx int);\n")
    await migrate(owner, tmp_path)
    write(tmp_path, n0001_first="CREATE TABLE chatops.a (\r\nx int);\r\n")
    assert await migrate(owner, tmp_path) == []
    write(tmp_path, n0001_first="CREATE TABLE chatops.a (\nx bigint);\n")
    for look in (migrate, missing):
        with pytest.raises(MigrationError, match=r"0001_first\.sql was changed after it was applied"):
            await look(owner, tmp_path)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0001_a", "0003_c"], r"0003_c\.sql: number 0002 is missing"),
        (["0002_b"], r"0002_b\.sql: number 0001 is missing"),
        (["0001_a", "0001_b"], r"0001_b\.sql: number 0001 is there twice"),
        (["0001_a", "2_b"], r"2_b\.sql is not named like"),
        (["0001_a", "0002-b"], r"0002-b\.sql is not named like"),
        ([], "there are no migrations"),
    ],
)
async def test_a_gap_a_repeat_or_another_name_is_refused(
    owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path, names: list[str], words: str
) -> None:
    """Nothing is applied then, not even what comes before."""
    for name in names:
        write(tmp_path, **{name: "CREATE TABLE chatops.a (x int);"})
    with pytest.raises(MigrationError, match=words):
        await migrate(owner, tmp_path)
    assert await owner.fetchval("SELECT to_regclass('chatops.a') IS NULL")


async def test_a_database_of_a_newer_version_is_refused(
    owner: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    """An old process does not run on tables that it does not know."""
    write(tmp_path, n0001_a="SELECT 1;", n0002_b="SELECT 2;")
    await migrate(owner, tmp_path)
    (tmp_path / "0002_b.sql").unlink()
    for look in (migrate, missing):
        with pytest.raises(MigrationError, match="has migration 0002, which this version does not know"):
            await look(owner, tmp_path)


async def test_of_four_starters_at_once_one_migrates_and_the_others_find_it_done(
    bare: Database, tmp_path: Path
) -> None:
    """They take turns by a lock."""
    write(tmp_path, n0001_a="CREATE TABLE chatops.a (x int); SELECT pg_sleep(0.1);", n0002_b="SELECT 1;")

    async def start() -> list[int]:
        async with bare.connect(bare.admin_url) as connection:
            return await migrate(connection, tmp_path)

    assert sorted(await asyncio.gather(*(start() for _ in range(4)))) == [[], [], [], [1, 2]]


async def test_another_role_and_a_missing_schema_are_refused_with_what_to_do(
    bare: Database, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """What a superuser made would belong to a superuser, functions included."""
    async with bare.connect() as superuser:
        with pytest.raises(MigrationError, match="connect as chatops_owner"):
            await migrate(superuser)
        await superuser.execute("DROP SCHEMA chatops")
        with pytest.raises(MigrationError, match=r"run sql/roles\.sql first"):
            await migrate(owner)
        assert await missing(superuser)


PUBLIC = """
SELECT coalesce(jsonb_agg(x.what ORDER BY x.what), '[]') FROM (
    SELECT concat_ws(' ', 'relation', relname, relkind, relowner, relacl) AS what
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'column', a.attrelid::regclass, a.attname, a.atttypid, a.attnotnull, a.attacl)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'function', oid::regprocedure, md5(prosrc), proacl)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'trigger', t.tgrelid::regclass, t.tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'type', typname) FROM pg_type WHERE typnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname = 'public'
) x
"""


async def test_our_migrations_create_alter_and_drop_nothing_in_public(
    bare: Database, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Faxi's schema has the same catalogue before and after, and no key of ours refers into it."""
    async with bare.connect() as connection:
        before = await connection.fetchval(PUBLIC)
        assert await migrate(owner)
        assert await connection.fetchval(PUBLIC) == before
        into_public = """
            SELECT conname FROM pg_constraint WHERE connamespace = 'chatops'::regnamespace AND contype = 'f'
            AND confrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        """
        assert await connection.fetch(into_public) == []


async def test_no_column_of_ours_reads_a_clock_by_default(database: Database) -> None:
    """Business time is given by the one who writes."""
    async with database.connect() as connection:
        defaults = await connection.fetch(
            "SELECT pg_get_expr(adbin, adrelid) AS text FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid "
            "WHERE c.relnamespace = 'chatops'::regnamespace"
        )
        assert [row["text"] for row in defaults if "now" in row["text"].lower() or "time" in row["text"].lower()] == []


def test_our_migrations_run_in_one_transaction_each() -> None:
    """What cannot run in a transaction, or would end it, is not in them."""
    for path in (shipped("sql") / "migrations").glob("*.sql"):
        text = path.read_text(encoding="utf-8").upper()
        assert not any(word in text for word in ("CONCURRENTLY", "\nCOMMIT", "\nROLLBACK", "VACUUM")), path.name
