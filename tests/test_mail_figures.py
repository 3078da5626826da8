"""The figures of all mail: rates that are never rounded, true senders, and why mails bounced."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from bot.base.database import Pool
from bot.mail.metrics import limits
from bot.mail.metrics.bounces import Bounce, bounces
from bot.mail.metrics.carriers import carrier_of, domain_of
from bot.mail.metrics.complaints import complaints, near_limits
from bot.mail.metrics.reasons import REASONS, reason_class
from bot.mail.metrics.status import Delivery, Rate, Window, mail_figures, window
from tests.support.databases import Database

if TYPE_CHECKING:
    import asyncpg

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
A, B = (UUID(int=number, version=4) for number in range(1, 3))
THREAD = UUID(int=9, version=4)


async def people(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Write the accounts A and B."""
    await connection.executemany(
        "INSERT INTO users (id, phone_number, email_address) VALUES ($1, $2, $3)",
        [(A, "+819087654203", "819087654203@me.faxi.jp"), (B, "+819087651188", "819087651188@me.faxi.jp")],
    )


async def events(connection: "asyncpg.Connection[asyncpg.Record]", *rows: Sequence[Any]) -> None:
    """Write events: type, message, hours ago, and if need be user and details."""
    await connection.executemany(
        "INSERT INTO email_metrics (event_type, message_id, occurred_at, user_id, details) VALUES ($1, $2, $3, $4, $5)",
        [(kind, message, NOW - hours * HOUR, *(*more, None, None)[:2]) for kind, message, hours, *more in rows],
    )


@pytest.mark.parametrize("sent_row", [True, False])
async def test_what_became_of_a_mail_filed_in_anothers_thread_belongs_to_the_one_who_sent_it(
    database: Database, *, sent_row: bool
) -> None:
    """Both wrote mails that begin with the same four characters, so Faxi files B's mail under A, and blames A."""
    async with database.connect() as connection:
        await people(connection)
        await connection.execute(
            "INSERT INTO email_threads (id, user_id, thread_id, subject, participants, last_message_at) "
            "VALUES ($1, $2, 'thread_44GK5ZWP44GE5ZCI', 'お問い合わせの件', '[]', $3)",
            THREAD,
            A,
            NOW,
        )
        await connection.executemany(
            "INSERT INTO email_messages (thread_id, message_id, from_address, to_addresses, subject, body, direction, "
            "sent_at) VALUES ($1, $2, $3, '[]', 'お問い合わせについて', '', 'outbound', $4)",
            [(THREAD, message, "819087651188@me.faxi.jp", NOW - 5 * HOUR) for message in ("m1", "m2")],
        )
        if sent_row:
            await events(connection, ("sent", "m1", 5, B), ("sent", "m2", 5, B))
        await events(connection, ("bounced", "m1", 4, A, {"bounceType": "Permanent"}))
        await events(connection, ("complained", "m2", 3, A, {"complaintType": "abuse"}))
        assert [one.owner for one in await bounces(connection, NOW - DAY, NOW)] == [B]
        assert [one.owner for one in await complaints(connection, NOW - DAY, NOW)] == [B]
        assert await near_limits(connection, NOW) == ((B, 1),)


async def test_the_sent_row_has_the_first_word_when_an_address_has_changed_hands(database: Database) -> None:
    async with database.connect() as connection:
        await people(connection)
        await connection.execute(
            "INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction, sent_at) "
            "VALUES ('m1', '819087651188@me.faxi.jp', '[]', '', '', 'outbound', $1)",
            NOW - 5 * HOUR,
        )
        await events(connection, ("sent", "m1", 5, A), ("bounced", "m1", 4, B))
        assert [one.owner for one in await bounces(connection, NOW - DAY, NOW)] == [A]


async def test_nobody_owns_what_faxi_knows_nothing_else_about(database: Database) -> None:
    """An unknown message, and a row without one; neither is put on whom the row names."""
    async with database.connect() as connection:
        await people(connection)
        await events(connection, ("bounced", "unknown", 4, A), ("bounced", None, 3, A), ("complained", None, 2, B))
        found = await bounces(connection, NOW - DAY, NOW)
        assert [(one.message_id, one.owner) for one in found] == [(None, None), ("unknown", None)]
        assert [(one.message_id, one.owner) for one in await complaints(connection, NOW - DAY, NOW)] == [(None, None)]
        assert await near_limits(connection, NOW) == ()


async def test_without_any_mail_there_is_no_rate_and_no_newest_event(database: Database, pool: Pool) -> None:
    """Not zero, and not in order."""
    assert database.name
    async with pool.acquire() as connection:
        figures = await mail_figures(connection, NOW)
    assert (figures.today, figures.newest) == (Window(NOW - DAY, NOW, 0, 0, 0, 0, 0, 0), None)
    for rate in (figures.today.bounce_rate, figures.before.complaint_rate, figures.delivery.rate):
        assert rate == Rate(0, 0)
        assert (rate.over(0, 1), rate.under(1, 1)) == (None, None)


async def test_a_rate_may_be_over_the_whole_and_has_none_where_only_old_mail_bounced(
    database: Database, pool: Pool
) -> None:
    """Bounces of older mail count when they come; what was sent is another figure."""
    rows = [("bounced", f"m{number}", 2) for number in range(3)]
    async with database.connect() as connection:
        await events(connection, *rows)
        alone = await window(connection, NOW - DAY, NOW)
        await events(connection, ("sent", "m9", 1))
    async with pool.acquire() as connection:
        found = await window(connection, NOW - DAY, NOW)
    assert (alone.bounce_rate, alone.bounce_rate.over(*limits.BOUNCES)) == (Rate(3, 0), None)
    assert (found.bounce_rate, found.bounce_rate.over(*limits.BOUNCES)) == (Rate(3, 1), True)


async def test_a_message_is_delivered_once_whenever_its_delivery_is_dated(database: Database, pool: Pool) -> None:
    """Told twice, dated before it was sent or after the window, of messages nobody knows: the share stays true."""
    async with database.connect() as connection:
        await events(
            connection,
            *(("sent", f"m{number}", 5) for number in range(5)),
            ("sent", "young", 0.5),  # too young to be judged
            *(("delivered", "m0", hours) for hours in (4.9, 4.8)),
            ("delivered", "m1", 5.5),
            ("delivered", "m2", 0.1),
            ("delivered", "m3", -1),  # SES's clock is ahead
            ("delivered", "unknown", 4),
            ("delivered", "young", 0.4),
        )
    async with pool.acquire() as connection:
        figures = await mail_figures(connection, NOW)
    assert figures.delivery == Delivery(NOW - 25 * HOUR, NOW - HOUR, sent=5, delivered=4)
    assert figures.today.sent == 6
    assert figures.newest == NOW - 0.1 * HOUR
    assert figures.delivery.rate.under(*limits.DELIVERED)


@pytest.mark.parametrize(
    ("part", "whole", "limit", "over"),
    [
        (50, 1000, limits.BOUNCES, False),
        (4999, 99900, limits.BOUNCES, True),
        (30, 1000, limits.BOUNCES_WARN, False),
        (31, 1000, limits.BOUNCES_WARN, True),
        (1, 1000, limits.COMPLAINTS, False),
        (1, 970, limits.COMPLAINTS, True),
        (1, 2000, limits.COMPLAINTS_WARN, False),
        (1, 1900, limits.COMPLAINTS_WARN, True),
    ],
)
def test_a_rate_is_held_against_a_limit_strictly_and_as_it_is(
    part: int, whole: int, limit: limits.Limit, *, over: bool
) -> None:
    """Rounded to two places, three of these would pass as just on the limit."""
    assert Rate(part, whole).over(*limit) is over


def test_a_delivery_rate_just_on_its_limit_is_not_under_it() -> None:
    assert [Rate(part, 2000).under(*limits.DELIVERED) for part in (1899, 1900, 1901)] == [True, False, False]


async def test_settings_that_a_figure_needs_end_with_it(database: Database, pool: Pool) -> None:
    """In a transaction of its caller too, which goes on."""
    names = ("work_mem", "enable_indexscan", "enable_seqscan")
    async with pool.acquire() as connection, connection.transaction():
        before = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
        await mail_figures(connection, NOW)
        assert [await connection.fetchval("SELECT current_setting($1)", name) for name in names] == before
    assert database.name


async def test_a_bounce_says_where_why_and_of_which_kind(database: Database, pool: Pool) -> None:
    """What Faxi did not keep is told as unknown; a bounce told twice is as it was told first."""
    full = {
        "bounceType": "Transient",
        "reason": "smtp; 452 4.2.2 mailbox full",
        "bouncedRecipients": ["h@Docomo.NE.jp"],
    }
    gone = {
        "bounceType": "Permanent",
        "reason": "smtp; 550 5.1.1 user unknown",
        "bouncedRecipients": ["h@au.com", "i@b.c"],
    }
    async with database.connect() as connection:
        await events(connection, ("bounced", "m1", 5, None, full), ("bounced", "m1", 4, None, gone))
        await events(connection, ("bounced", "m2", 3, None, gone), ("bounced", "m3", 2))
    async with pool.acquire() as connection:
        found = await bounces(connection, NOW - DAY, NOW)
        counted = await window(connection, NOW - DAY, NOW)
    assert found == (
        Bounce("m3", NOW - 2 * HOUR, "undetermined", "unknown", None, None),
        Bounce("m2", NOW - 3 * HOUR, "permanent", "mailbox_unknown", "au.com", None),
        Bounce("m1", NOW - 5 * HOUR, "transient", "mailbox_full", "docomo.ne.jp", None),
    )
    assert (counted.permanent, counted.transient, counted.undetermined) == (1, 1, 1)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "unknown"),
        ("", "unknown"),
        ("Unknown bounce reason", "unknown"),
        ("smtp; 550 5.1.1 user unknown", "mailbox_unknown"),
        ("smtp; 550 Unknown user tanaka@docomo.ne.jp", "mailbox_unknown"),
        ("5.1.1", "mailbox_unknown"),
        ("smtp; 550 5.4.1 Recipient address rejected: Access denied.", "mailbox_unknown"),
        ("Amazon SES has suppressed sending to this address because it has a history of bouncing", "mailbox_unknown"),
        ("smtp; 550 Requested action not taken: mailbox unavailable", "mailbox_unknown"),
        ("smtp; 550 block@spam.example: user unknown", "mailbox_unknown"),
        ("smtp; 452 4.2.2 mailbox full", "mailbox_full"),
        ("smtp; 552 5.2.2 The email account is over quota", "mailbox_full"),
        ("smtp; 550 5.1.2 Host unknown", "domain_unknown"),
        ("550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for au.con>",
         "domain_unknown"),
        ("5.4.4 Invalid domain", "domain_unknown"),
        ("smtp; 554 5.7.1 Service unavailable; Client host blocked using a list", "blocked"),
        ("smtp; 550 5.7.1 Unauthenticated mail is not accepted due to the domain's DMARC policy", "blocked"),
        ("smtp; 451 4.7.1 Greylisting in action, please come back later", "deferred"),
        ("smtp; 421 4.7.0 Messages temporarily deferred", "deferred"),
        ("smtp; 450 Requested mail action not taken: mailbox unavailable", "deferred"),
        ("4.4.7", "deferred"),
        ("smtp; 552 5.3.4 Message size exceeds fixed limit", "too_large"),
        ("smtp; 599 something new", "other"),
        ("まったく別のこと", "other"),
    ],
)  # fmt: skip
def test_a_reason_is_one_of_eight_classes(said: str | None, reason: str) -> None:
    """By the enhanced code where it is sure, else by the words, else by the plain reply; never by the address in it."""
    assert reason_class(said) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("domain", "carrier"),
    [
        ("docomo.ne.jp", "docomo"),
        ("ezweb.ne.jp", "au"),
        ("au.com", "au"),
        ("softbank.ne.jp", "SoftBank"),
        ("i.softbank.jp", "SoftBank"),
        ("t.vodafone.ne.jp", "SoftBank"),
        ("ymobile.ne.jp", "Y!mobile"),
        ("not-docomo.ne.jp", None),
        ("docomo.ne.jp.example", None),
        ("gmail.com", None),
    ],
)
def test_the_mail_of_japans_carriers_is_known_by_its_domain(domain: str, carrier: str | None) -> None:
    assert carrier_of(domain) == carrier


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("h@Docomo.ne.jp", "docomo.ne.jp"),
        ("Hana <h@au.com>", "au.com"),
        ("h..a.@docomo.ne.jp.", "docomo.ne.jp"),  # carriers allow dots that nobody else does
        ("nothing", None),
        ("", None),
        (None, None),
    ],
)
def test_a_recipients_domain_is_read_in_lower_case(address: str | None, domain: str | None) -> None:
    assert domain_of(address) == domain
