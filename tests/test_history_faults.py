"""Ninety days of the trial's mail are lifelike, hold every fault of Faxi's data, and fool whoever counts naively."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.local import history
from bot.local.postgres import Postgres
from bot.mail import accounts, metrics
from bot.mail.accounts import Account
from bot.mail.metrics.complaints import near_limits
from tests.support import figures_compare, plain_figures
from tests.support.databases import Database, clone
from tests.support.naive import COMPLAINED, FAULTS, FIGURES, FLAGGED, OF_ACCOUNT

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
DAY = timedelta(days=1)
BY_DAY = """
    SELECT (occurred_at AT TIME ZONE 'Asia/Tokyo')::date AS day, count(*) AS mails,
        count(*) FILTER (WHERE extract(hour FROM occurred_at AT TIME ZONE 'Asia/Tokyo') < 5) AS at_night
    FROM email_metrics WHERE event_type = 'sent' GROUP BY 1 ORDER BY 1
"""
DOMAINS = "SELECT DISTINCT split_part(details ->> 'to', '@', 2) FROM email_metrics WHERE event_type = 'sent'"


@pytest.fixture(scope="module")
async def lived(template: Postgres) -> AsyncIterator[Database]:
    """Give a database with the whole history, for all tests of this module, which only read."""
    async with clone(template) as made:
        async with made.connect() as connection, connection.transaction():
            await history.seed(connection, NOW)
        yield made


async def test_each_day_has_a_thousand_to_five_thousand_mails_with_the_rhythm_of_day_and_week(lived: Database) -> None:
    """Of whole days, Tokyo: nights are quiet, and Sundays quieter than Mondays."""
    async with lived.connect() as connection:
        whole = (await connection.fetch(BY_DAY))[1:-1]
        domains = {row[0] for row in await connection.fetch(DOMAINS)}
    assert len(whole) == history.DAYS - 1
    assert all(1000 <= row["mails"] <= 5000 for row in whole)
    assert sum(row["at_night"] for row in whole) < 20
    by_weekday = {weekday: [row["mails"] for row in whole if row["day"].weekday() == weekday] for weekday in (0, 6)}
    assert max(by_weekday[6]) < min(by_weekday[0])
    assert domains > {"docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp", "au.com", "ymobile.ne.jp"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_of_the_data_is_there_five_times_at_least(lived: Database, fault: str) -> None:
    async with lived.connect() as connection:
        assert await connection.fetchval(FAULTS[fault]) >= 5


@pytest.mark.parametrize("figure", FIGURES)
async def test_the_runbooks_own_query_gives_another_figure_than_the_true_one(lived: Database, figure: str) -> None:
    """Of the last 24 hours before the trial begins."""
    naive, true = FIGURES[figure]
    async with lived.connect() as connection:
        assert await connection.fetchval(naive, NOW - DAY) != await connection.fetchval(true, NOW - DAY)


@pytest.mark.parametrize("number", ["090-3471-4821", "080-2345-6789", "03-1234-7755", "090-8765-1188"])
async def test_an_accounts_complaints_and_deliveries_are_not_what_the_runbook_counts(
    lived: Database, number: str
) -> None:
    """It counts a table that nobody fills, and rows in the account's own name."""
    async with lived.connect() as connection:
        account = await accounts.find(connection, number)
        assert isinstance(account, Account)
        true = await metrics.account_figures(connection, account.id, NOW, None)
        naive = {name: await connection.fetchval(sql, account.id, NOW - 30 * DAY) for name, sql in OF_ACCOUNT.items()}
    assert naive["complaints filed"] != len(true.complaints)
    assert naive["mails delivered"] == 0 < true.mails


async def test_somebody_is_blamed_for_the_mails_of_another(lived: Database) -> None:
    """Three complaints are filed under the one who got none, and none under the one who got three."""
    found = {}
    async with lived.connect() as connection:
        for number in ("090-8765-4203", "090-8765-1188"):
            account = await accounts.find(connection, number)
            assert isinstance(account, Account)
            true = await metrics.account_figures(connection, account.id, NOW, None)
            naive = await connection.fetchval(OF_ACCOUNT["complaints by name"], account.id, NOW - 30 * DAY)
            found[number] = (naive, len(true.complaints))
    assert found == {"090-8765-4203": (3, 0), "090-8765-1188": (0, 3)}


async def test_more_accounts_need_attention_than_the_runbooks_query_finds(lived: Database) -> None:
    async with lived.connect() as connection:
        naive = await connection.fetchval(FLAGGED, NOW - 30 * DAY)
        complained = await connection.fetch(COMPLAINED)
        true = [await metrics.account_figures(connection, row["user_id"], NOW, None) for row in complained]
    assert naive == 0
    assert sum(len(one.complaints) >= 3 for one in true) >= 10


async def test_every_figure_of_ninety_days_is_that_of_a_plain_computation(lived: Database) -> None:
    """At the trial's beginning, and on the first day, of which half is missing."""
    async with lived.connect() as connection:
        rows_in_memory = await figures_compare.read(connection)
        for now in (NOW, NOW - 89.53 * DAY):
            await figures_compare.compare(connection, rows_in_memory, now)
        near = dict(await near_limits(connection, NOW))
    assert near == plain_figures.near_limits(rows_in_memory, {}, NOW)
    assert len(near) > 20
