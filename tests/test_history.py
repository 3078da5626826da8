"""The trial's mail is always the same, joins without a seam when time is skipped, and tells its stories."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.base.database import Pool
from bot.local import history
from bot.mail import accounts, blocklists, metrics
from bot.mail.accounts import Account
from tests.support.databases import Database, clone

if TYPE_CHECKING:
    import asyncpg

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
A_DAY = 40  # a small trial: whatever depends on the amount is held by test_history_faults.py
ALL = """
SELECT md5(string_agg(row_text, '' ORDER BY row_text)) FROM (
    SELECT concat_ws(' ', event_type, user_id, message_id, occurred_at, details) AS row_text FROM email_metrics
    UNION ALL
    SELECT concat_ws(' ', thread_id, message_id, from_address, to_addresses, subject, delivery_status, sent_at)
    FROM email_messages
    UNION ALL
    SELECT concat_ws(' ', user_id, event_type, event_data, created_at) FROM audit_logs
    UNION ALL
    SELECT concat_ws(' ', fax_id, user_id, to_number, status, created_at) FROM fax_jobs
    UNION ALL
    SELECT concat_ws(' ', id, phone_number, email_address, email_restricted, created_at) FROM users
    WHERE id <> '00000000-0000-0000-0000-000000000001'
) x
"""
STORIES = {
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
"""Complaints that count and others in 30 days, whether restricted, whether the fax number is verified."""


async def _told(bot: Pool, now: datetime) -> dict[str, tuple[int, int, bool, bool]]:
    found = {}
    async with bot.acquire() as connection:
        for number in STORIES:
            account = await accounts.find(connection, number)
            assert isinstance(account, Account), number
            figures = await metrics.account_figures(connection, account.id, now, None)
            assert figures.mails >= len(figures.complaints)
            found[number] = (len(figures.complaints), figures.not_counted, account.restricted, account.fax_verified)
    return found


async def test_the_accounts_show_every_case_that_a_trial_needs(database: Database, pool: Pool) -> None:
    """Few and many complaints, rows that blame another, forms of numbers, restricted, unverified, NULL."""
    async with database.connect() as connection, connection.transaction():
        await history.seed(connection, NOW, a_day=A_DAY)
    assert await _told(pool, NOW) == STORIES
    async with database.connect() as connection:
        assert await connection.fetchval("SELECT max(occurred_at) < $1 FROM email_metrics", NOW)
        assert await connection.fetchval("SELECT max(sent_at) < $1 FROM email_messages", NOW)
        unlike = "SELECT count(*) FROM email_threads t WHERE message_count <> (SELECT count(*) FROM email_messages m "
        assert await connection.fetchval(f"{unlike} WHERE m.thread_id = t.id)") == 0


async def test_the_tables_have_their_indexes_after_it_and_rows_are_checked_again(database: Database) -> None:
    """Both are left out while the history is written."""
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    async with database.connect() as connection:
        before = await connection.fetch(indexes)
        async with connection.transaction():
            await history.seed(connection, NOW, a_day=A_DAY)
            assert await connection.fetchval("SHOW session_replication_role") == "origin"
        assert await connection.fetch(indexes) == before


async def test_the_same_seed_and_instant_make_the_same_rows(database: Database) -> None:
    """Another seed makes others."""
    sums = []
    for seed in (1, 1, 2):
        async with database.connect() as connection:
            attempt = connection.transaction()
            await attempt.start()
            await history.seed(connection, NOW, seed=seed, a_day=A_DAY)
            sums.append(await connection.fetchval(ALL))
            await attempt.rollback()
    assert sums[0] == sums[1] != sums[2]


async def test_skipped_time_may_be_written_in_pieces_of_any_length(database: Database) -> None:
    """Three pieces make the rows of one, and all lies in the skipped time."""
    end = NOW + timedelta(hours=55)
    pieces = (NOW, NOW + timedelta(minutes=7), NOW + timedelta(hours=5, seconds=1), end)
    sums = []
    for cuts in ((NOW, end), pieces):
        async with clone(database.server) as copy, copy.connect() as connection:
            async with connection.transaction():
                await history.seed(connection, NOW, a_day=A_DAY)
            before = await _count(connection)
            for start, until in pairwise(cuts):
                await history.write_mail(connection, start, until, a_day=400)
            after = await _count(connection)
            assert after["sent"] > before["sent"]
            assert await connection.fetchval("SELECT max(occurred_at) < $1 FROM email_metrics", end)
            sums.append(await connection.fetchval(ALL))
    assert sums[0] == sums[1]


async def test_in_skipped_time_people_complain_about_others_than_those_with_a_story(
    database: Database, pool: Pool
) -> None:
    """So there is always somebody to decide about, and what the stories say stays true until it is too old."""
    async with database.connect() as connection:
        async with connection.transaction():
            await history.seed(connection, NOW, a_day=A_DAY)
        before = await _count(connection)
        await history.write_mail(connection, NOW, NOW + timedelta(days=20), a_day=400)
        after = await _count(connection)
    assert after["complained"] > before["complained"]
    told = await _told(pool, NOW + timedelta(days=20))
    assert all(counted <= STORIES[number][0] for number, (counted, *_) in told.items())


async def _count(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    rows = await connection.fetch("SELECT event_type, count(*) AS n FROM email_metrics GROUP BY event_type")
    return {row["event_type"]: row["n"] for row in rows}


async def test_some_people_have_blocked_many_senders_and_a_few_of_them_go_on(database: Database, pool: Pool) -> None:
    async with database.connect() as owner, owner.transaction():
        await history.seed(owner, NOW, a_day=1)
    async with pool.acquire() as connection:
        found = await blocklists.all_of_them(connection, NOW)
    assert len(found.rows) > 15
    assert 0 < found.to_guide < 6
    assert found.domains[0].users > 20
