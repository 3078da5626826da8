"""The mail of one account: its figures and its days are those of a slow computation, and its own, whatever rows say."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings

from bot.base.database import Connection, Pool
from bot.mail.metrics import account_figures, activity
from tests.support import plain_figures
from tests.support.databases import Database
from tests.support.mailing import DAY, HOUR, Mail
from tests.support.plain_figures import History
from tests.support.pressing import NOW
from tests.test_metrics_against_plain import ADDRESSES, histories, store

TOKYO = ZoneInfo("Asia/Tokyo")
WHEN = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
MONTH = timedelta(days=30)


def own_rows(history: History, user: UUID) -> History:
    """Return a history in which the only sent rows are those of an account's messages."""
    sent = history.of_type("sent")
    named = {row["message"] for row in sent if row["user"] is not None}
    kept = [
        row
        for row in history.events
        if row["type"] != "sent"
        or row["user"] == user
        or (
            row["user"] is None
            and row["message"] is not None
            and row["message"] not in named
            and history.owner(row["message"]) == user
        )
    ]
    return History(users=history.users, events=kept, messages=history.messages, filed=history.filed)


def day_of(at: datetime) -> date:
    """Return the day in Tokyo."""
    return at.astimezone(TOKYO).date()


async def check(connection: Connection, history: History, user: UUID, now: datetime) -> None:
    """Hold an account's figures and days against the plain computation."""
    start = now - MONTH
    own = own_rows(history, user)
    found = await activity.account_mail(connection, user, now)
    bounced = [one for one in plain_figures.bounces(history, start, now) if one[3] == user]
    complaints = [one for one in plain_figures.complaints(history, start, now) if one[3] == user and one[2]]
    kinds = [kind for _, _, kind, _ in bounced]
    assert [found.permanent, found.transient, found.undetermined] == [
        kinds.count(kind) for kind in ("permanent", "transient", "undetermined")
    ]
    settled = plain_figures.delivery(own, start - HOUR, now - HOUR)
    assert {"sent": found.delivery.sent, "delivered": found.delivery.delivered} == settled
    whole = plain_figures.delivery(own, start, now)
    assert found.sent == whole["sent"] == (await account_figures(connection, user, now, None)).mails
    days = await activity.active_days(connection, user, now, TOKYO)
    assert sum(day.sent for day in days) == whole["sent"]
    assert sum(day.delivered for day in days) == whole["delivered"]
    assert [day.begin for day in days] == sorted((day.begin for day in days), reverse=True)
    sent = [rows[0]["at"] for _, rows in own.first_rows(own.of_type("sent"), start, now)]
    for day in days:
        there = day_of(day.begin)
        assert day.sent == sum(day_of(at) == there for at in sent)
        assert sum(day.bounced.values()) == sum(day_of(at) == there for _, at, _, _ in bounced)
        assert len(day.complaints) == sum(day_of(at) == there for _, at, _, _ in complaints)
        assert sum(one.sent for one in day.domains) == day.sent
        assert sum(one.delivered for one in day.domains) == day.delivered
        assert sum(one.bounced for one in day.domains) == sum(day.bounced.values())
    happened = [*sent, *(at for _, at, _, _ in bounced), *(at for _, at, _, _ in complaints)]
    assert {day_of(day.begin) for day in days} == {day_of(at) for at in happened}
    spans = (user, start - 2 * DAY, now, [start])
    much, little = [await connection.fetch(activity.SQL[f"sent_by_{how}"], *spans) for how in ("much", "little")]
    assert sorted(map(tuple, much), key=str) == sorted(map(tuple, little), key=str)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
async def test_an_accounts_mail_is_that_of_an_independent_slow_computation(
    database: Database, history: History
) -> None:
    async with database.connect() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await store(connection, history)
        for user in ADDRESSES:
            await check(connection, history, user, WHEN)
        await transaction.rollback()


async def test_a_bounce_and_a_complaint_are_of_whoever_sent_the_mail_and_not_of_whom_the_row_names(
    pool: Pool, database: Database
) -> None:
    mail = Mail()
    sender, blamed = mail.person(), mail.person()
    mail.bounced(sender, "docomo.ne.jp", blamed=blamed, times=2)
    mail.complained(sender, blamed=blamed)
    await mail.write(database)
    async with pool.acquire() as connection:
        (day,) = await activity.active_days(connection, sender, NOW, TOKYO)
        assert (day.sent, day.bounced, len(day.complaints)) == (2, {"permanent": 1}, 1)
        assert {one.name: (one.sent, one.bounced) for one in day.domains} == {None: (2, 0), "docomo.ne.jp": (0, 1)}
        assert await activity.active_days(connection, blamed, NOW, TOKYO) == ()
        assert (await activity.account_mail(connection, blamed, NOW)).permanent == 0


async def test_whoever_sends_much_and_whoever_sends_little_are_found_alike(pool: Pool, database: Database) -> None:
    mail = Mail()
    much, little = mail.person(), mail.person()
    for n in range(130):
        mail.sent(much, NOW - timedelta(minutes=5 * n + 1))
    mail.sent(little, NOW - 20 * DAY)
    await mail.write(database)
    async with pool.acquire() as connection:
        assert (await activity.account_mail(connection, much, NOW)).sent == 130
        assert (await activity.account_mail(connection, little, NOW)).delivery.sent == 1
