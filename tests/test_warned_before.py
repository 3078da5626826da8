"""Whoever decides about a restriction reads how many complaints came after our warning."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.mail.restrictions import Facts
from commands import telling
from tests.support.databases import Database
from tests.support.lifting import make_account
from tests.support.pressing import FAXING, NOW


async def _warned(database: Database, pool: Pool, state: str, days_ago: float, facts: Facts) -> str | None:
    account = await make_account(database)
    async with database.connect() as connection:
        case = await connection.fetchval(
            "INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, opened_by, opened_at) "
            "VALUES ('flagged', '', 'Review', 'warning', 'open', 'bot', $1) RETURNING id",
            NOW,
        )
        await connection.execute(
            "INSERT INTO chatops.notices (case_id, step, kind, subject, language, facts, state, first_attempt, "
            "wanted_by, wanted_at, ended_at) VALUES ($1, 'warn', 'warning', $2, 'ja', '{}', $3, 1, 'U0OP1', $4, $4)",
            case,
            account.id,
            state,
            NOW - timedelta(days=days_ago),
        )
    async with pool.acquire() as connection:
        said = await telling.warned(connection, account.id, facts, FAXING)
    return None if said is None else str(said)


def _facts(*days_ago: float, more: int = 0) -> Facts:
    dated = tuple(((NOW - timedelta(days=ago)).isoformat(), "abuse") for ago in days_ago)
    return Facts(len(dated) + more, dated, 0, 86, 0)


@pytest.mark.parametrize(
    ("state", "days_ago", "facts", "said"),
    [
        ("told", 7, _facts(1, 2, 8, 9, 10), "2 of the 5 came after our warning fax of Wed 18 Nov."),
        ("told", 7, _facts(1, 2, 3), "All of them came after our warning fax of Wed 18 Nov."),
        ("told", 7, _facts(8, 9, 10), "0 of the 3 came after our warning fax of Wed 18 Nov."),
        ("told", 7, _facts(*range(1, 7), more=4), "At least 6 of the 10 came after our warning fax of Wed 18 Nov."),
        ("failed", 7, _facts(1, 2, 8), None),
        ("told", 90, _facts(1, 2, 8), None),
        ("told", 7, _facts(), None),
    ],
    ids=["some", "all", "none", "more than have their days", "did not arrive", "too long ago", "no complaint"],
)
async def test_the_complaints_after_a_warning_that_arrived_are_counted(
    database: Database, pool: Pool, state: str, days_ago: float, facts: Facts, said: str | None
) -> None:
    assert await _warned(database, pool, state, days_ago, facts) == said
