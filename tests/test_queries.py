"""Every named query is right, allowed to who sends it, and used."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from bot.base.database import Pool, Query, QueryError, load_queries, parse_queries, queries, shipped
from tests.support.databases import Database

ROOT = Path(__file__).parent.parent
FOLDER = shipped("sql")
NOT_OF_QUERIES = {"faxi", "roles"}  # whole scripts
NOT_THE_BOTS = {"migrations": "admin_url", **dict.fromkeys(("local", "history", "bench", "bench_rows"), "super_url")}
AT = datetime(2026, 11, 25, tzinfo=UTC)
MODULES = sorted(path.stem for path in FOLDER.glob("*.sql") if path.stem not in NOT_OF_QUERIES)
QUERIES = [(module, query) for module in MODULES for query in load_queries(FOLDER / f"{module}.sql").values()]
IDS = [f"{module}.{query.name}" for module, query in QUERIES]
PLANNED = re.compile(r"(--[^\n]*\n|\s)*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
CLOCKS = re.compile(
    r"\b(now|transaction_timestamp|statement_timestamp|timeofday)\s*\("
    r"|\b(current_(timestamp|date|time)|localtime(stamp)?)\b|'(now|today|tomorrow|yesterday)'",
    re.IGNORECASE,
)
STARS = re.compile(r"(\bSELECT|\bRETURNING|,)\s+(\w+\.)?\*|\(\w+\)\.\*", re.IGNORECASE)


@pytest.mark.parametrize("module", MODULES)
async def test_the_server_takes_every_query_and_lets_its_sender_run_it(database: Database, module: str) -> None:
    """Prepared, and planned, which also asks for the rights to every table, column and function in it."""
    wrong = []
    async with database.connect(getattr(database, NOT_THE_BOTS.get(module, "url"))) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for query in load_queries(FOLDER / f"{module}.sql").values():
            try:
                await _prepare_and_plan(connection, query)
            except asyncpg.PostgresError as error:
                wrong.append(f"{query.source} {query.name}: {error}")
    assert wrong == []


async def _prepare_and_plan(connection: "asyncpg.Connection[asyncpg.Record]", query: Query) -> None:
    prepared = await connection.prepare(query.sql)
    if PLANNED.match(query.sql):  # CREATE, GRANT and DO have no plan
        nulls = ", ".join(["NULL"] * len(prepared.get_parameters()))
        await connection.execute(f"PREPARE {query.name}_ AS {query.sql}")
        await connection.execute(f"EXPLAIN EXECUTE {query.name}_{f' ({nulls})' if nulls else ''}")


async def test_a_question_is_planned_for_its_own_instants_however_often_it_is_asked(pool: Pool) -> None:
    """PostgreSQL keeps a plan for whatever values come after five runs, if it may: it reads far more than a day."""
    sql = queries("metrics_complaints")["complaints"]
    async with pool.acquire() as connection:
        for _ in range(8):
            await connection.fetch(sql, AT, AT, AT, [])
        kept = await connection.fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1", sql
        )
    assert [tuple(row) for row in kept] == [(0, 8)]


@pytest.mark.parametrize(("module", "query"), QUERIES, ids=IDS)
def test_no_query_reads_a_clock_or_an_unnamed_column(module: str, query: Query) -> None:
    """Instants are parameters (only what holds a lease says clock_timestamp()); columns are named."""
    assert module
    code = re.sub(r"--[^\n]*", "", query.sql)
    assert not CLOCKS.search(code), query.source
    assert not STARS.search(code), query.source


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("bot", "commands"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _modules_of(tree: ast.Module) -> set[str]:
    """Return which files of queries a source asks for."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "queries"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def _texts_of(tree: ast.Module) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_query_is_used_in_code() -> None:
    """A query that nothing names is taken out."""
    used = {(module, text) for _, tree in _sources() for module in _modules_of(tree) for text in _texts_of(tree)}
    assert [name for (module, query), name in zip(QUERIES, IDS, strict=True) if (module, query.name) not in used] == []


def test_every_query_that_code_names_exists() -> None:
    """A name that no file has would fail only when it is needed."""
    unknown = []
    for path, tree in _sources():
        known = {name for module in _modules_of(tree) for name in queries(module)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "SQL":
                unknown += [f"{path.name}: {text}" for text in _keys(node.slice) if text not in known]
    assert unknown == []


def _keys(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _keys(node.body) + _keys(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_queries_are_read_with_their_names_and_places() -> None:
    """The comment below the name, then the query without its semicolon; the server sees whose query it is."""
    text = "-- About all.\n\n-- name: one\n-- Says one.\nSELECT 1; \n\n--name:two\n-- Says two.\n-- Twice.\nSELECT 2\n"
    assert parse_queries(text, "numbers.sql") == {
        "one": Query("one", "-- numbers.one\nSELECT 1", "numbers.sql:3"),
        "two": Query("two", "-- numbers.two\nSELECT 2", "numbers.sql:7"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1;\n-- name: a\n-- A.\nSELECT 1;", "x.sql:1: SQL before the first"),
        ("-- name: a\n-- A.\nSELECT 1;\n-- name: a\n-- A.\nSELECT 2;", "x.sql:4: query a was already named at x.sql:1"),
        ("-- name: openCase\n-- A.\nSELECT 1;", "x.sql:1: 'openCase' is not a name"),
        ("-- name:\n-- A.\nSELECT 1;", "x.sql:1: '' is not a name"),
        ("-- name: a\nSELECT 1;", "x.sql:1: query a has no sentence"),
        ("-- name: a\n-- A.\n\n-- name: b\n-- B.\nSELECT 1;", "x.sql:1: query a is empty"),
        ("-- name: a\n-- A.\n;\n", "x.sql:1: query a is empty"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_line(text: str, words: str) -> None:
    """When the program starts, not when the query is needed."""
    with pytest.raises(QueryError, match=re.escape(words)):
        parse_queries(text, "x.sql")


def test_an_unknown_query_or_file_says_what_there_is() -> None:
    """The message names the file and its queries."""
    with pytest.raises(KeyError, match=r"sql/audit\.sql has no query 'apend'; it has append, chain, "):
        queries("audit")["apend"]
    with pytest.raises(QueryError, match=r"nothing\.sql: cannot be read"):
        queries("nothing")
