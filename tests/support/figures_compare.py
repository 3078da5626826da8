"""Holds the bot's figures about mail against those of the plain computation, on what a database has."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.mail.metrics.bounces import bounces
from bot.mail.metrics.complaints import complaints
from bot.mail.metrics.status import mail_figures, window
from tests.support import plain_figures
from tests.support.plain_figures import History, Row

if TYPE_CHECKING:
    import asyncpg

HOUR = timedelta(hours=1)


async def read(connection: "asyncpg.Connection[asyncpg.Record]") -> History:
    """Read all of Faxi's rows about mail into memory."""
    tables = {
        "users": "SELECT id, email_address AS address FROM users",
        "events": """
            SELECT id, event_type AS type, user_id AS user, message_id AS message, occurred_at AS at, details
            FROM email_metrics
        """,
        "messages": "SELECT message_id AS message, from_address AS sender, sent_at AS at FROM email_messages",
        "filed": """
            SELECT user_id AS user, message_id AS message, complained_at AS at, complaint_type AS kind
            FROM user_complaints
        """,
    }
    rows: dict[str, list[Row]] = {name: [*map(dict, await connection.fetch(sql))] for name, sql in tables.items()}
    return History(**rows)


async def compare(connection: "asyncpg.Connection[asyncpg.Record]", history: History, now: datetime) -> None:
    """Hold every figure against the plain computation."""
    figures = await mail_figures(connection, now)
    for found in (figures.today, figures.before, await window(connection, now - 168 * HOUR, now)):
        plain = plain_figures.window(history, found.start, found.end)
        assert {name: getattr(found, name) for name in plain} == plain
        assert found.bounced == plain["permanent"] + plain["transient"] + plain["undetermined"]
    for part, start in ((figures.delivery, now - 25 * HOUR), (figures.delivery_before, now - 49 * HOUR)):
        plain = plain_figures.delivery(history, start, start + 24 * HOUR)
        assert (part.start, part.end) == (start, start + 24 * HOUR)
        assert {"sent": part.sent, "delivered": part.delivered} == plain
    assert figures.newest == plain_figures.newest(history, now)
    for days in (1, 30):
        span = now - days * 24 * HOUR, now
        bounced = [(one.message_id, one.at, one.kind, one.owner) for one in await bounces(connection, *span)]
        assert sorted(bounced, key=str) == sorted(plain_figures.bounces(history, *span), key=str)
        reported = [(one.message_id, one.at, one.counted, one.owner) for one in await complaints(connection, *span)]
        assert sorted(reported, key=str) == sorted(plain_figures.complaints(history, *span), key=str)
