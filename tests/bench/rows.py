"""A table of events of any size in seconds, made inside PostgreSQL, with the faults that Faxi's data has.

Mail is spread evenly over the days; its senders are as uneven as people are (the first writes 7 % of
all of it). Bounces and complaints name another person than the sender; some events are stored again,
some deliveries are dated back or of messages that nobody knows, some mails were not stored.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

USERS = 20_000
ROWS_A_MAIL = 2.022
"""Events that a mail has on average: it was sent, and nearly always delivered."""

_INDEXES = """
    SELECT
        format('DROP INDEX public.%I', i.indexrelid::regclass::text) AS drop,
        pg_get_indexdef(i.indexrelid) AS make
    FROM pg_index i
    WHERE i.indrelid = ANY ($1::regclass[]) AND NOT i.indisunique
"""
_PEOPLE = """
    INSERT INTO users (id, phone_number, email_address, created_at)
    SELECT
        md5('user ' || n)::uuid, '+8170' || lpad(n::text, 8, '0'),
        '8170' || lpad(n::text, 8, '0') || '@me.faxi.jp', $2
    FROM generate_series(1, $1::int) n
"""
_MAILS = """
    CREATE TEMP TABLE mails AS
    SELECT
        at, '0100' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '-' || substr(word, 1, 8) || '-'
            || substr(word, 9, 4) || '-' || substr(word, 13, 4) || '-' || substr(word, 17, 4) || '-'
            || substr(word, 21) || '-000000' AS message,
        person, 1 + (person * 7919 + n) % {users} AS blamed,
        'friend' || (n % 400) || '@' || (ARRAY['docomo.ne.jp', 'ezweb.ne.jp', 'softbank.ne.jp', 'au.com', 'gmail.com',
            'yahoo.co.jp', 'ymobile.ne.jp', 'i.softbank.jp', 'ocn.ne.jp', 'firm' || (n % 3000) || '.example'])
            [1 + (n * 31 % 10)] AS recipient,
        fate, after, n
    FROM (
        SELECT
            n, $1::timestamptz + ($2::timestamptz - $1::timestamptz) * (n - 1) / {mails} AS at,
            md5('mail ' || n) AS word,
            floor(power({users}, random()))::int AS person, random() AS fate, random() AS after
        FROM generate_series(1, {mails}) n
        OFFSET 0
    ) AS drawn
"""
_EVENTS = """
    INSERT INTO email_metrics (event_type, user_id, message_id, occurred_at, details)
    SELECT e.type, e.who, e.message, e.at, e.details
    FROM mails m
    CROSS JOIN LATERAL (
        SELECT
            'sent' AS type, CASE WHEN n % 500 <> 7 THEN md5('user ' || person)::uuid END AS who, message, at,
            jsonb_build_object('to', recipient, 'from', '8170' || lpad(person::text, 8, '0') || '@me.faxi.jp',
                'provider', 'ses') AS details
        UNION ALL
        SELECT
            'delivered', NULL, message,
            at + interval '60 seconds' * (after - CASE WHEN n % 50 = 3 THEN 1 ELSE 0 END), NULL
        WHERE fate >= 0.012
        UNION ALL
        SELECT 'delivered', NULL, message, at + interval '90 seconds' * after, NULL WHERE fate >= 0.012 AND n % 250 = 11
        UNION ALL
        SELECT 'delivered', NULL, 'unknown-' || n, at, NULL WHERE n % 333 = 5
        UNION ALL
        SELECT
            'bounced', md5('user ' || blamed)::uuid, message, at + interval '30 minutes' * after,
            jsonb_build_object(
                'bounceType',
                (ARRAY['Permanent', 'Permanent', 'Permanent', 'Transient', 'Undetermined'])[1 + n % 5],
                'reason', 'smtp; 550 5.1.1 user unknown', 'bouncedRecipients', jsonb_build_array(recipient))
        FROM generate_series(1, CASE WHEN n % 25 = 1 THEN 2 ELSE 1 END)
        WHERE fate < 0.012 AND n % 666 <> 13
        UNION ALL
        SELECT
            'complained', md5('user ' || blamed)::uuid, message, at + interval '100 minutes' * after,
            jsonb_build_object('complaintType', CASE WHEN n % 8 = 0 THEN 'not-spam' ELSE 'abuse' END,
                'complainedRecipients', jsonb_build_array(recipient))
        FROM generate_series(1, CASE WHEN n % 16 = 1 THEN 2 ELSE 1 END)
        WHERE fate > 0.9994 AND n % 666 <> 13
    ) AS e
    WHERE e.at < $1
"""
_MESSAGES = """
    INSERT INTO email_messages (
        message_id, from_address, to_addresses, subject, body, direction, delivery_status, sent_at)
    SELECT
        message, '8170' || lpad(person::text, 8, '0') || '@me.faxi.jp', jsonb_build_array(recipient), 'x', 'x',
        'outbound',
        CASE WHEN fate < 0.012 THEN 'bounced' WHEN fate > 0.9994 THEN 'complained' ELSE 'delivered' END, at
    FROM mails
    WHERE n % 666 <> 13 AND at >= $1
"""


async def fill(
    connection: "asyncpg.Connection[asyncpg.Record]",
    rows: int,
    now: datetime,
    *,
    days: int = 400,
    stored_days: int = 120,
    users: int = USERS,
) -> None:
    """Fill Faxi's tables, which have no rows yet, and let PostgreSQL look at them.

    Params:
        connection: a superuser's, in no transaction.
        rows: about how many events there are.
        now: nothing happens at or after it.
        days: over how many days the mail is spread.
        stored_days: of how many days Faxi still holds the messages themselves.
        users: how many accounts write.
    """
    mails = round(rows / ROWS_A_MAIL)
    start = now - timedelta(days=days)
    numbers = {"mails": mails, "users": users}
    async with connection.transaction():
        indexes = await connection.fetch(_INDEXES, ["email_metrics", "email_messages"])
        for index in indexes:
            await connection.execute(index["drop"])
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        await connection.fetchval("SELECT setseed(0.25)")
        await connection.execute(_PEOPLE, users, start)
        await connection.execute(_literal(_MAILS.format(**numbers), start, now))
        await connection.execute(_EVENTS, now)
        await connection.execute(_MESSAGES, now - timedelta(days=stored_days))
        await connection.execute("DROP TABLE mails")
        for index in indexes:
            await connection.execute(index["make"])
    await connection.execute("ANALYZE")


def _literal(sql: str, start: datetime, end: datetime) -> str:
    """Put instants into a statement that takes no parameters."""
    return sql.replace("$1", f"'{start.isoformat()}'").replace("$2", f"'{end.isoformat()}'")
