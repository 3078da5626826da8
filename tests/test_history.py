"""The trial's mail is lifelike, always the same, and joins without a seam when time is skipped."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.base.database import Pool
from bot.local import history
from bot.mail import accounts, metrics
from bot.mail.accounts import Account
from tests.support.databases import Database, clone

if TYPE_CHECKING:
    import asyncpg

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
ALL = """
SELECT md5(string_agg(row_text, '' ORDER BY row_text)) FROM (
    SELECT concat_ws(' ', event_type, user_id, message_id, occurred_at, details) AS row_text FROM email_metrics
    UNION ALL
    SELECT concat_ws(' ', thread_id, message_id, from_address, to_addresses, subject, delivery_status, sent_at)
    FROM email_messages
    UNION ALL
    SELECT concat_ws(' ', id, phone_number, email_address, email_restricted, created_at) FROM users
    WHERE id <> '00000000-0000-0000-0000-000000000001'
) x
"""


async def test_the_accounts_show_every_case_that_a_trial_needs(database: Database, pool: Pool) -> None:
    """Few and many complaints, rows that blame another, forms of numbers, restricted, unverified, NULL."""
    async with database.connect() as connection, connection.transaction():
        await history.seed(connection, NOW)
    expected = {
        "090-3471-4821": (5, 0, False, True),
        "080-2345-6789": (6, 0, False, True),
        "070-4123-6610": (4, 0, False, True),
        "03-1234-7755": (3, 0, False, True),
        "06-6234-5512": (1, 2, False, True),
        "090-8765-4203": (0, 0, False, True),  # Faxi blames this one for the next one's mails
        "090-8765-1188": (3, 0, False, True),
        "080-5678-4410": (5, 0, True, True),
        "090-2345-6707": (5, 0, False, False),
        "03-4567-8901": (5, 0, False, True),
        "090-6789-0034": (1, 0, False, True),
    }
    found = {}
    async with pool.acquire() as bot:
        for number in expected:
            account = await accounts.find(bot, number)
            assert isinstance(account, Account), number
            figures = await metrics.account_figures(bot, account.id, NOW, None)
            assert figures.mails >= len(figures.complaints)
            found[number] = (len(figures.complaints), figures.not_counted, account.restricted, account.fax_verified)
    assert found == expected
    async with database.connect() as connection:
        assert await connection.fetchval("SELECT count(*) FROM users WHERE email_restricted IS NULL") == 1
        assert await connection.fetchval("SELECT max(occurred_at) < $1 FROM email_metrics", NOW)
        assert await connection.fetchval("SELECT max(sent_at) < $1 FROM email_messages", NOW)


async def test_the_same_seed_and_instant_make_the_same_rows(database: Database) -> None:
    """Another seed makes others."""
    sums = []
    for seed in (1, 1, 2):
        async with database.connect() as connection:
            attempt = connection.transaction()
            await attempt.start()
            await history.seed(connection, NOW, seed=seed)
            sums.append(await connection.fetchval(ALL))
            await attempt.rollback()
    assert sums[0] == sums[1] != sums[2]


async def test_skipped_time_may_be_written_in_pieces_of_any_length(database: Database) -> None:
    """Three pieces make the rows of one; nobody complains in them, and all lies in the skipped time."""
    end = NOW + timedelta(hours=31)
    pieces = (NOW, NOW + timedelta(minutes=7), NOW + timedelta(hours=5, seconds=1), end)
    sums = []
    for cuts in ((NOW, end), pieces):
        async with clone(database.server) as copy, copy.connect() as connection:
            await history.seed(connection, NOW)
            before = await _count(connection)
            for start, until in pairwise(cuts):
                await history.write_mail(connection, start, until)
            after = await _count(connection)
            assert after["sent"] > before["sent"]
            assert after["complained"] == before["complained"]
            assert await connection.fetchval("SELECT max(occurred_at) < $1 FROM email_metrics", end)
            sums.append(await connection.fetchval(ALL))
    assert sums[0] == sums[1]


async def _count(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    rows = await connection.fetch("SELECT event_type, count(*) AS n FROM email_metrics GROUP BY event_type")
    return {row["event_type"]: row["n"] for row in rows}
