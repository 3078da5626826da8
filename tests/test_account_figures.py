"""An account's complaints are its own, each message once, whatever Faxi's rows say."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.base.database import Pool
from bot.mail import metrics
from bot.mail.metrics import AccountFigures, Complaint, account_figures
from tests.support.databases import Database

if TYPE_CHECKING:
    import asyncpg

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = (UUID(int=number, version=4) for number in range(1, 4))
ADDRESSES = {A: "a@me.faxi.jp", B: "b@me.faxi.jp", C: "c@me.faxi.jp"}
KINDS = ("abuse", "fraud", None, "not-spam", "auth-failure", "Not-Spam")


@dataclass
class Mail:
    """One message, with all that Faxi may have stored of it."""

    sent_at: datetime
    sent_by: list[UUID | None] = field(default_factory=list)  # its `sent` rows
    from_address: str | None = None  # of its row in email_messages
    complained: list[tuple[datetime, str | None, UUID | None]] = field(default_factory=list)  # in email_metrics
    recorded: list[tuple[datetime, str | None, UUID]] = field(default_factory=list)  # in user_complaints


def slow_figures(mails: Iterable[Mail], user: UUID, now: datetime, since: datetime | None) -> AccountFigures:
    """Compute the figures from their definition, without a database."""
    start, first = now - 30 * DAY, now - 32 * DAY
    begin = max(start, since) if since else start
    complaints, not_counted, sent = [], 0, 0
    for mail in mails:
        senders = [one for one in mail.sent_by if one is not None]
        by_address = [one for one, address in ADDRESSES.items() if address == mail.from_address]
        owner = (senders + by_address + [None])[0]
        seen = [
            (at, (kind or "abuse").lower()) for at, kind, _ in [*mail.complained, *mail.recorded] if first <= at < now
        ]
        counting = sorted((at, kind) for at, kind in seen if kind not in {"not-spam", "auth-failure"})
        if owner == user and counting:
            if counting[0][0] >= begin:
                complaints.append(Complaint(*counting[0]))
        elif owner == user and seen and min(seen)[0] >= begin:
            not_counted += 1
        # A sent row that names nobody is whose the address is.
        own = user in mail.sent_by or (mail.sent_by != [] and senders == [] and owner == user)
        sent += own and start <= mail.sent_at < now
    complaints.sort(key=lambda one: (one.at, one.kind), reverse=True)
    return AccountFigures(tuple(complaints), not_counted, sent, now)


async def store(connection: "asyncpg.Connection[asyncpg.Record]", mails: Iterable[Mail]) -> None:
    """Write messages as Faxi would."""
    people = [(user, f"+8190{user.int % 10**8:08}", address) for user, address in ADDRESSES.items()]
    await connection.executemany(
        "INSERT INTO users (id, phone_number, email_address) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", people
    )
    rows: list[tuple[Any, ...]] = []
    for number, mail in enumerate(mails):
        message = f"0100-{number}"
        rows += [("sent", user, message, mail.sent_at, {"to": "x@example.com"}) for user in mail.sent_by]
        rows += [("delivered", None, message, mail.sent_at, None)]
        rows += [("complained", user, message, at, {"complaintType": kind}) for at, kind, user in mail.complained]
        await connection.executemany(
            "INSERT INTO user_complaints (message_id, complained_at, complaint_type, user_id) VALUES ($1, $2, $3, $4)",
            [(message, *one) for one in mail.recorded],
        )
        if mail.from_address is not None:
            await connection.execute(
                "INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction, "
                "sent_at) VALUES ($1, $2, '[]', '', '', 'outbound', $3)",
                message,
                mail.from_address,
                mail.sent_at + timedelta(seconds=3),
            )
    await connection.executemany(
        "INSERT INTO email_metrics (event_type, user_id, message_id, occurred_at, details) VALUES ($1, $2, $3, $4, $5)",
        rows,
    )


INSTANTS = st.one_of(
    st.sampled_from([NOW, NOW - 30 * DAY, NOW - 32 * DAY, NOW - 10 * DAY]).flatmap(
        lambda edge: st.sampled_from([edge, edge - timedelta(microseconds=1), edge + timedelta(microseconds=1)])
    ),
    st.integers(-2 * 24 * 60, 40 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
)
ANYBODY = st.sampled_from([A, B, C])
MAILS = st.builds(
    Mail,
    sent_at=INSTANTS,
    sent_by=st.sampled_from([[], [None], [A], [A], [B], [A, A], [None, B]]),
    from_address=st.sampled_from([None, ADDRESSES[A], ADDRESSES[B], "gone@me.faxi.jp"]),
    complained=st.lists(st.tuples(INSTANTS, st.sampled_from(KINDS), ANYBODY | st.none()), max_size=4),
    recorded=st.lists(st.tuples(INSTANTS, st.sampled_from(KINDS), ANYBODY), max_size=2),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(MAILS, max_size=8), since=st.none() | INSTANTS)
async def test_the_figures_are_those_of_an_independent_slow_computation(
    database: Database, mails: list[Mail], since: datetime | None
) -> None:
    """On any history: repeated rows, both tables, wrong owners, edges of the windows."""
    async with database.connect() as connection:
        history = connection.transaction()
        await history.start()
        await store(connection, mails)
        for user in (A, B, C):
            expected = slow_figures(mails, user, NOW, since)
            assert await account_figures(connection, user, NOW, since) == expected
        await history.rollback()


async def figures(database: Database, pool: Pool, user: UUID, *mails: Mail) -> AccountFigures:
    """Store messages and return what the bot says of one user."""
    async with database.connect() as connection:
        await store(connection, mails)
    async with pool.acquire() as connection:
        return await account_figures(connection, user, NOW, None)


async def test_a_complaint_belongs_to_the_sender_and_not_to_the_owner_of_the_thread(
    database: Database, pool: Pool
) -> None:
    """Faxi's row names somebody else whose thread has the same name."""
    mail = Mail(NOW - DAY, [B], ADDRESSES[B], [(NOW - DAY / 2, "abuse", A)], [(NOW - DAY / 2, "abuse", A)])
    assert (await figures(database, pool, A, mail)).complaints == ()
    async with pool.acquire() as connection:
        assert (await account_figures(connection, B, NOW, None)).complaints == (Complaint(NOW - DAY / 2, "abuse"),)


async def test_without_a_sent_row_the_address_tells_whose_the_message_was(database: Database, pool: Pool) -> None:
    """A sent row of another has the first word: the address has changed hands."""
    by_address = Mail(NOW - 2 * DAY, [], ADDRESSES[A], [(NOW - DAY, "abuse", None)])
    without_user = Mail(NOW - 2 * DAY, [None], ADDRESSES[A], [(NOW - DAY, "fraud", B)])
    changed_hands = Mail(NOW - 2 * DAY, [C], ADDRESSES[A], [(NOW - DAY, "abuse", A)])
    nobodys = Mail(NOW - 2 * DAY, [], None, [(NOW - DAY, "abuse", A)], [(NOW - DAY, "abuse", A)])
    found = await figures(database, pool, A, by_address, without_user, changed_hands, nobodys)
    assert [one.kind for one in found.complaints] == ["fraud", "abuse"]
    assert found.mails == 1, "of the sent row that names nobody"


async def test_a_message_counts_once_at_its_earliest_time_however_often_it_is_stored(
    database: Database, pool: Pool
) -> None:
    """Also when the first row lies before the window: then the message does not count in it."""
    repeated = Mail(
        NOW - 9 * DAY,
        [A],
        complained=[(NOW - 7 * DAY, "abuse", A), (NOW - 8 * DAY, "fraud", A)],
        recorded=[(NOW - 6 * DAY, "abuse", A)],
    )
    straddling = Mail(NOW - 33 * DAY, [A], complained=[(NOW - 31 * DAY, "abuse", A), (NOW - 29.9 * DAY, "abuse", A)])
    found = await figures(database, pool, A, repeated, straddling)
    assert found.complaints == (Complaint(NOW - 8 * DAY, "fraud"),)
    assert found.mails == 1


async def test_not_spam_and_auth_failure_are_shown_and_not_counted(database: Database, pool: Pool) -> None:
    """A message that somebody complained about as well is a complaint, from then on."""
    mails = [Mail(NOW - DAY, [A], complained=[(NOW - DAY, kind, A)]) for kind in ("not-spam", "auth-failure")]
    both = Mail(NOW - 5 * DAY, [A], complained=[(NOW - 4 * DAY, "not-spam", A), (NOW - 3 * DAY, "abuse", A)])
    found = await figures(database, pool, A, *mails, both)
    assert (found.complaints, found.not_counted) == ((Complaint(NOW - 3 * DAY, "abuse"),), 2)


async def test_complaints_before_the_last_lift_do_not_count_again(database: Database) -> None:
    """A message complained about before the lift is not new because its row is repeated after it."""
    old = Mail(NOW - 9 * DAY, [A], complained=[(NOW - 8 * DAY, "abuse", A), (NOW - 2 * DAY, "abuse", A)])
    new = Mail(NOW - 9 * DAY, [A], complained=[(NOW - 3 * DAY, "abuse", A)])
    async with database.connect() as connection:
        await store(connection, [old, new])
        for lift, count in ((None, 2), (NOW - 5 * DAY, 1), (NOW - 3 * DAY, 1), (NOW - 3 * DAY + DAY / 24, 0)):
            assert len((await account_figures(connection, A, NOW, lift)).complaints) == count


async def test_rows_without_a_message_id_count_as_mails_and_blame_nobody(database: Database, pool: Pool) -> None:
    """A sent row names its sender; a complaint without message cannot be traced to one."""
    async with database.connect() as connection:
        await store(connection, [])
        await connection.executemany(
            "INSERT INTO email_metrics (event_type, user_id, occurred_at) VALUES ($1, $2, $3)",
            [("sent", A, NOW - DAY), ("sent", A, NOW - DAY), ("complained", A, NOW - DAY)],
        )
    async with pool.acquire() as connection:
        assert await account_figures(connection, A, NOW, None) == AccountFigures((), 0, 2, NOW)


async def test_no_query_of_the_figures_reads_all_of_the_events(database: Database) -> None:
    """They go by the indexes that Faxi has, also for the address of somebody who has no sent row."""
    start = NOW - 60 * DAY
    async with database.connect() as connection:
        await store(connection, [])
        await connection.execute(
            """
            INSERT INTO users (phone_number, email_address)
            SELECT '+8180' || lpad(i::text, 8, '0'), '8180' || i || '@me.faxi.jp' FROM generate_series(1, 500) i
            """
        )
        await connection.execute(
            """
            WITH sent AS (
                INSERT INTO email_metrics (event_type, user_id, message_id, occurred_at)
                SELECT 'sent', u.id, 'm' || n || u.phone_number, $1::timestamptz + n * interval '6 hours'
                FROM generate_series(1, 239) n CROSS JOIN users u
                RETURNING user_id, message_id, occurred_at
            ), filed AS (
                INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction, sent_at)
                SELECT s.message_id, u.email_address, '[]', '', '', 'outbound', s.occurred_at
                FROM sent s JOIN users u ON u.id = s.user_id
            )
            INSERT INTO email_metrics (event_type, message_id, occurred_at)
            SELECT 'delivered', message_id, occurred_at FROM sent
            UNION ALL
            SELECT 'complained', message_id, occurred_at FROM sent WHERE abs(hashtext(message_id)) % 500 = 0
            """,
            start,
        )
        await connection.execute("ANALYZE")
        reading = (
            (metrics.SQL["complaints"], (A, NOW - 32 * DAY, NOW, list(metrics.NOT_COUNTED))),
            (metrics.SQL["mails"], (A, NOW - 32 * DAY, NOW, NOW - 30 * DAY)),
        )
        for sql, parameters in reading:
            plan = json.dumps(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *parameters))
            for node in _scans(json.loads(plan)):
                assert (node["Node Type"], node.get("Relation Name")) != ("Seq Scan", "email_metrics"), plan


def _scans(node: Any) -> list[dict[str, Any]]:
    """Return every node of a plan that reads a table."""
    if isinstance(node, list):
        return [found for one in node for found in _scans(one)]
    if not isinstance(node, dict):
        return []
    below = [found for value in node.values() for found in _scans(value)]
    return [node, *below] if "Relation Name" in node else below


@pytest.mark.parametrize("user", [A, B, C])
async def test_an_account_without_mail_has_figures_of_zero(database: Database, pool: Pool, user: UUID) -> None:
    """Nothing was found is not an error."""
    assert await figures(database, pool, user) == AccountFigures((), 0, 0, NOW)
