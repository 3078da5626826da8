"""The hot queries go by the indexes that Faxi has, with a condition that keeps them to their days: held by their plans.

The table is of modest size, so reading all of it is forbidden to the planner; what matters is that
another way is there, by which index, and with which condition.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from bot.base.database import queries
from bot.local.postgres import Postgres
from bot.mail.metrics.events import NOT_COUNTED
from bot.mail.metrics.made import id_from
from bot.mail.metrics.spans import edges_of
from tests.bench.rows import fill
from tests.support.databases import Database, clone

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TYPE, TIME = "idx_email_metrics_event_type", "idx_email_metrics_occurred_at"
EVENTS, MESSAGES, FILED = "email_metrics", "email_messages", "user_complaints"
SPANS: Final = edges_of([(NOW - DAY, NOW), (NOW - 2 * DAY, NOW - DAY)])
RECENT: Final = [NOW - hours * HOUR for hours in (50, 48, 24, 0)]
NAMES: Final = [f"m{number}" for number in range(20)]
INSTANTS: Final = [NOW - number * timedelta(hours=1) for number in range(20)]

# Which query, with which parameters; then which indexes may lead it into which table, with what in the condition.
HOT: Final[list[tuple[str, str, tuple[Any, ...], dict[str, tuple[set[str], str]]]]] = [
    (
        "metrics_status",
        "spans",
        (NOW - 4 * DAY, SPANS, SPANS, list(NOT_COUNTED)),
        {EVENTS: ({TIME}, "occurred_at >="), FILED: ({"idx_user_complaints_date"}, "complained_at >=")},
    ),
    (
        "metrics_status",
        "recent",
        (NOW - 50 * HOUR, RECENT, RECENT, list(NOT_COUNTED), id_from(NOW - 2 * DAY), id_from(NOW), NOW - 4 * DAY, True),
        {EVENTS: ({TIME}, "occurred_at >="), FILED: ({"idx_user_complaints_date"}, "complained_at >=")},
    ),
    (
        "metrics_status",
        "reports",
        (NOW - 4 * DAY, NOW),
        {EVENTS: ({TIME, TYPE}, "occurred_at >="), FILED: ({"idx_user_complaints_date"}, "complained_at >=")},
    ),
    ("metrics_status", "newest", (NOW,), {EVENTS: ({TIME}, "occurred_at <")}),
    (
        "metrics_periods",
        "sent",
        (NOW - 9 * DAY, NOW - 2 * DAY, NOW - 2 * DAY, NOW - 11 * DAY, NOW),
        {EVENTS: ({TIME, TYPE}, "occurred_at")},
    ),
    (
        "metrics_bounces",
        "bounces",
        (NOW - DAY, NOW),
        {EVENTS: ({TIME, TYPE}, "occurred_at >=")},
    ),
    (
        "metrics_bounces",
        "bounced_before",
        (NOW - 2 * DAY, NOW - DAY, NAMES),
        {EVENTS: ({TIME, TYPE}, "occurred_at >=")},
    ),
    (
        "metrics_complaints",
        "complaints",
        (NOW - 32 * DAY, NOW - 30 * DAY, NOW, list(NOT_COUNTED)),
        {EVENTS: ({TIME, TYPE}, "= 'complained'"), FILED: ({"idx_user_complaints_date"}, "complained_at >=")},
    ),
    (
        "metrics",
        "owners",
        (NAMES, INSTANTS),
        {
            EVENTS: ({TIME}, "occurred_at >= ("),
            MESSAGES: ({"email_messages_message_id_key"}, "message_id"),
            "users": ({"idx_users_email_address", "users_email_address_key"}, "email_address"),
        },
    ),
    (
        "watching",
        "restricted_senders",
        (NOW - timedelta(minutes=11), NOW),
        {EVENTS: ({TIME}, "occurred_at >="), MESSAGES: ({"email_messages_message_id_key"}, "message_id")},
    ),
    (
        "metrics",
        "mails",
        (UUID(int=1), NOW - 32 * DAY, NOW, NOW - 30 * DAY),
        {
            EVENTS: ({TIME, "idx_email_metrics_user_id"}, ""),
            MESSAGES: ({"idx_email_messages_from_address", "idx_email_messages_sent_at"}, ""),
        },
    ),
    ("metrics_activity", "sent_lately", (UUID(int=1), NOW - DAY, NOW, 100), {EVENTS: ({TIME}, "occurred_at >=")}),
    (
        "metrics_activity",
        "sent_by_much",
        (UUID(int=1), NOW - 32 * DAY, NOW, [NOW - 30 * DAY]),
        {EVENTS: ({TIME, TYPE}, "occurred_at")},
    ),
    (
        "metrics_activity",
        "sent_by_little",
        (UUID(int=1), NOW - 32 * DAY, NOW, [NOW - 30 * DAY]),
        {
            EVENTS: ({TIME, TYPE, "idx_email_metrics_user_id"}, ""),
            MESSAGES: ({"idx_email_messages_from_address", "idx_email_messages_sent_at"}, "from_address"),
        },
    ),
    (
        "metrics",
        "senders",
        (NAMES, [at - DAY for at in INSTANTS], INSTANTS, NOW - 2 * DAY, NOW),
        {EVENTS: ({TIME, TYPE}, "occurred_at")},
    ),
]


@pytest.fixture(scope="module")
async def lived(template: Postgres) -> AsyncIterator[Database]:
    """Give a database with twenty thousand events of sixty days, which PostgreSQL has looked at."""
    async with clone(template) as made:
        async with made.connect() as connection:
            await fill(connection, 20_000, NOW, days=60, users=300)
        yield made


def _scans(node: Any) -> Iterator[dict[str, Any]]:
    """Go through the nodes of a plan."""
    if isinstance(node, list):
        for one in node:
            yield from _scans(one)
    elif isinstance(node, dict):
        if "Node Type" in node:
            yield node
        for value in node.values():
            yield from _scans(value)


def _ways_into(plan: Any, table: str) -> list[tuple[set[str], str]]:
    """Return for each reading of a table the indexes that lead to it, and their conditions."""
    ways = []
    for node in _scans(plan):
        if node.get("Relation Name") == table:
            used = [one for one in _scans(node) if "Index Name" in one]
            conditions = " ".join(str(one.get("Index Cond", "")) for one in used)
            ways.append(({one["Index Name"] for one in used}, f"{conditions} {node.get('Filter', '')}"))
    return ways


@pytest.mark.parametrize(("module", "name", "parameters", "expected"), HOT, ids=[f"{one[0]}.{one[1]}" for one in HOT])
async def test_a_hot_query_goes_by_an_index_of_faxis_with_a_condition(
    lived: Database,
    module: str,
    name: str,
    parameters: tuple[Any, ...],
    expected: dict[str, tuple[set[str], str]],
) -> None:
    async with lived.connect(lived.url) as connection, connection.transaction():
        if name in {"recent", "spans"}:
            await connection.fetchrow(queries(module)["settings"])
        await connection.execute("SET LOCAL enable_seqscan = off")
        answer = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {queries(module)[name]}", *parameters)
    plan = json.loads(answer) if isinstance(answer, str) else answer
    for table, (indexes, condition) in expected.items():
        ways = _ways_into(plan, table)
        assert ways, table
        for used, conditions in ways:
            assert used, (table, plan)
            assert used <= indexes, (table, used)
            assert condition in conditions, (table, conditions)
