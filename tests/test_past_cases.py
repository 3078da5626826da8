"""What every tick asks costs the same after years: no such query reads the past, by its plan on thousands of cases."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.base.database import queries
from bot.local.bench.databases import NOW
from bot.local.postgres import Postgres
from tests.support.databases import Database, clone

pytestmark = pytest.mark.database
SQL = queries("bench_cases")
DAY = timedelta(days=1)
GROWING = {"cases", "steps", "approvals", "restrictions", "live_messages", "posts", "due", "effects", "handles"}
"""Tables that grow with each case."""
ASKED: list[tuple[str, str, tuple[Any, ...]]] = [
    ("due", "ready", (NOW, 50)),
    ("effects", "ready", (NOW, [], 3, ["case.look"])),
    ("outbox", "waiting_posts", (20,)),
    ("outbox", "waiting_live", (20,)),
    ("outbox", "waiting_strays", (20, 1)),
    ("outbox", "backlog", ()),
    ("open_things", "cases", ()),
    ("open_things", "lists", (NOW - 4 * DAY,)),
    ("open_things", "approvals", ()),
    ("open_things", "effects", (NOW - DAY,)),
    ("open_things", "posts", (NOW - DAY,)),
    ("open_things", "live", ()),
    ("status", "work", (NOW, NOW - DAY, "primary")),
    ("checklists", "open_ones", ("bench",)),
]


@pytest.fixture(scope="module")
async def lived(template: Postgres) -> AsyncIterator[Database]:
    """Give a database with four thousand past cases and fifty open ones, which PostgreSQL has looked at."""
    async with clone(template) as made:
        async with made.connect() as connection:
            await connection.execute(SQL["past_ones"], 4_000, NOW)
            await connection.execute(SQL["open_ones"], 50, NOW)
            await connection.execute("VACUUM ANALYZE " + await connection.fetchval(SQL["tables"]))
        yield made


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _nodes(one)
    elif isinstance(node, dict):
        if "Node Type" in node:
            yield node
        for value in node.values():
            yield from _nodes(value)


@pytest.mark.parametrize(("module", "name", "parameters"), ASKED, ids=[f"{one[0]}.{one[1]}" for one in ASKED])
async def test_a_query_of_every_tick_reads_none_of_the_past(
    lived: Database, module: str, name: str, parameters: tuple[Any, ...]
) -> None:
    async with lived.connect() as connection:
        statement = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + queries(module)[name]
        plan = json.loads(json.dumps(await connection.fetchval(statement, *parameters)))
    plan = json.loads(plan) if isinstance(plan, str) else plan
    read = {
        (node["Relation Name"], node["Node Type"])
        for node in _nodes(plan)
        if node.get("Relation Name") in GROWING
        and (node["Node Type"] == "Seq Scan" or node["Actual Rows"] * node["Actual Loops"] > 1_000)
        and node["Actual Loops"]
    }
    assert read == set()
