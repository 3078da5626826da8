"""What the bot notices by itself in Faxi's mail, from its first look on: whose it is, and what is said of it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.base.database import Pool, load_queries, open_pool, shipped
from bot.local.trial import DatabaseTrial
from bot.mail import metrics
from tests.support.complaints import BEGIN, DAY, MINUTE, Watch
from tests.support.databases import Database
from tests.test_account_figures import ADDRESSES, MAILS, NOW, A, B, C, Mail, _scans, store

HOUR = timedelta(hours=1)
FIVE = (9 * DAY, 7 * DAY, 5 * DAY, DAY, HOUR)


@pytest.fixture
async def fresh(database: Database, pool: Pool) -> Watch:
    """Give a bot that was never started."""
    return Watch(database, pool)


@pytest.fixture
async def watch(fresh: Watch) -> Watch:
    """Give a bot that has watched an empty mail for a minute."""
    await fresh.begin()
    await fresh.tick(MINUTE)
    return fresh


async def test_what_was_there_before_raises_nothing_and_is_said_once(fresh: Watch) -> None:
    users = [await fresh.account() for _ in range(3)]
    marked = await fresh.account(restricted_at=fresh.time - 3 * DAY)
    for user, count in zip([*users, marked], (5, 3, 2, 5), strict=True):
        await fresh.complain(user, *(n * DAY for n in range(1, count + 1)))
    await fresh.begin()
    await fresh.begin()
    await fresh.tick(MINUTE)
    await fresh.tick(DAY)
    assert await fresh.fetch("SELECT 1 FROM chatops.cases") == []
    (said,) = await fresh.said("watch.baseline")
    assert "*2 accounts stand at 3 or more complaints* in 30 days, 1 of them at 5 or more" in said
    assert await fresh.records("watch:begin") == [("counted", {"flagged": 2, "over": 1})]
    third, *_ = await fresh.complain(users[2], HOUR)
    fourth, fifth = await fresh.complain(users[1], HOUR, HOUR / 2)
    await fresh.tick(MINUTE)
    assert await fresh.crossings(users[2], 3) == [(third, "raised", 0)]
    assert [state for _, state, _ in await fresh.crossings(users[1], 3)] == ["baseline"]
    assert fourth < fifth
    assert await fresh.crossings(users[1]) == [(fifth, "raised", 1)]
    assert await fresh.requests(users[0]) == []


async def test_what_comes_in_the_minute_before_the_first_look_and_late_is_no_baseline(fresh: Watch) -> None:
    await fresh.begin()
    fresh.time += MINUTE / 2
    user, other = await fresh.account(), await fresh.account()
    await fresh.complain(user, *(n * timedelta(seconds=1) for n in range(1, 6)))
    await fresh.tick(MINUTE / 2)
    assert await fresh.requests(user) == [("bot", "waiting")]
    await fresh.complain(other, *FIVE[:-1], 20 * DAY)
    await fresh.tick(MINUTE)
    assert await fresh.requests(other) == [("bot", "waiting")]


async def test_it_looks_every_minute_and_after_an_outage_once(watch: Watch) -> None:
    looks = "SELECT due_at, done_at FROM chatops.due WHERE kind = 'watch.look' ORDER BY due_at"
    await watch.tick(3 * DAY)
    await watch.begin()
    done = await watch.fetch(looks)
    assert [row["done_at"] for row in done] == [BEGIN + MINUTE, BEGIN + MINUTE + 3 * DAY, None]
    assert done[-1]["due_at"] == watch.time + MINUTE


async def test_an_owner_who_is_not_known_is_looked_for_again(watch: Watch) -> None:
    user = await watch.account()
    messages = await watch.complain(None, *FIVE)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == []
    async with watch.database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at) "
            "VALUES ('sent', $1, $2, $3)",
            [(user, message, watch.time - HOUR - ago) for message, ago in zip(messages, FIVE, strict=True)],
        )
    await watch.tick(MINUTE)
    assert await watch.requests(user) == []
    await watch.tick(15 * MINUTE)
    assert await watch.requests(user) == [("bot", "waiting")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(MAILS, max_size=8))
async def test_the_owner_of_a_message_is_the_one_whose_figures_hold_it(database: Database, mails: list[Mail]) -> None:
    """A mail that Faxi did not store is looked for within two days of the complaint, and where a complaint names."""
    mails = [mail for mail in mails if mail.from_address is not None]
    async with database.connect() as connection:
        history = connection.transaction()
        await history.start()
        await store(connection, mails)
        reported = await metrics.reported(connection, NOW)
        owners = await metrics.owners_of(connection, reported)
        for user in ADDRESSES:
            held = await metrics.complaints_of(connection, user, None, NOW)
            assert {message for message, owner in owners.items() if owner == user} == set(held) & set(reported)
        await history.rollback()


async def test_a_mail_that_faxi_did_not_store_belongs_to_whom_its_sent_row_names(database: Database) -> None:
    mails = [
        Mail(NOW - 9 * DAY, [B], None, [(NOW - DAY, "abuse", B)]),  # a complaint names the sender
        Mail(NOW - DAY, [B], None, [(NOW - DAY + HOUR, "abuse", A)]),  # or somebody else
        Mail(NOW - DAY, [], None, [(NOW - DAY + HOUR, "abuse", A)]),
        Mail(NOW - DAY, [C], ADDRESSES[A], [(NOW - DAY + HOUR, "abuse", A)]),  # the address has changed hands
    ]
    async with database.connect() as connection:
        await store(connection, mails)
        found = await metrics.owners_of(connection, await metrics.reported(connection, NOW))
    assert [found[f"0100-{place}"] for place in range(4)] == [B, B, None, C]


async def test_mail_of_a_restricted_account_is_said_once_a_day_where_its_request_is_and_to_engineering(
    watch: Watch,
) -> None:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.press("approve", user)
    watch.time += HOUR
    await watch.send(user)
    await watch.send(user)
    await watch.tick(MINUTE)
    await watch.send(user)
    await watch.tick(2 * MINUTE)
    posts = await watch.posts("watch.sent")
    assert [(one["destination"], one["parent"] is None) for one in posts] == [("C0MGMT", False), ("C0ENG", True)]
    thread, engineering = await watch.said("watch.sent")
    assert thread == (
        "Mail still goes out from a restricted account (OPS-0002).\n"
        ":warning: *Mail still goes out:* 2 mails since the restriction. Faxi does not stop it by itself yet."
        " <!subteam^S0ENGINEERING>, please look.\nShow account"
    )
    assert "*+81 •••• 0001* · OPS-0002" in engineering
    assert await watch.records("restriction:not_enforced") == [("told", {"mails": 2})]
    watch.time += DAY
    await watch.send(user)
    await watch.tick(MINUTE)
    assert len(await watch.posts("watch.sent")) == 4


async def test_mail_whose_sent_row_names_nobody_is_whose_the_address_is(watch: Watch) -> None:
    first, second, third = [await watch.account(restricted_at=watch.time - HOUR) for _ in range(3)]
    free = await watch.account()
    addresses = {row["id"]: row["email_address"] for row in await watch.fetch("SELECT id, email_address FROM users")}
    rows: list[tuple[str, list[UUID | None], UUID | None]] = [
        ("named", [first], second),  # the address has changed hands
        ("nameless", [None], second),
        ("both", [None, third], second),  # another row names the sender
        ("free", [None], free),
        ("unstored", [None], None),
    ]
    async with watch.connect() as connection:
        for message, users, address in rows:
            await connection.executemany(
                "INSERT INTO email_metrics (event_type, user_id, message_id, occurred_at) VALUES ('sent', $1, $2, $3)",
                [(user, message, watch.time) for user in users],
            )
            if address is not None:
                await connection.execute(
                    "INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction,"
                    " sent_at) VALUES ($1, $2, '[]', '', '', 'outbound', $3)",
                    *(message, addresses[address], watch.time),
                )
    await watch.tick(MINUTE)
    told = await watch.fetch("SELECT subject FROM chatops.sends_told")
    assert {row["subject"] for row in told} == {first, second, third}
    records = await watch.records("restriction:not_enforced")
    assert sorted(parameters["mails"] for _, parameters in records) == [1, 1, 1]


async def test_the_day_of_a_mail_is_the_teams_and_what_was_sent_before_the_restriction_is_none(watch: Watch) -> None:
    await watch.until("2026-11-25 23:59")
    user = await watch.account(restricted_at=watch.time - timedelta(seconds=30))
    await watch.send(user, timedelta(seconds=40))
    await watch.tick(timedelta(seconds=50))
    assert await watch.posts("watch.sent") == []
    await watch.send(user)
    await watch.tick(MINUTE)
    await watch.send(user)
    await watch.tick(MINUTE)
    days = await watch.fetch("SELECT day FROM chatops.sends_told ORDER BY day")
    assert [str(row["day"]) for row in days] == ["2026-11-25", "2026-11-26"]
    posts = await watch.posts("watch.sent")
    assert [one["destination"] for one in posts] == ["C0OPS", "C0ENG"] * 2
    assert "not restricted by the bot" in (await watch.said("watch.sent"))[0]


async def test_at_night_it_is_said_at_once_and_engineering_is_called_after_it_once(watch: Watch) -> None:
    await watch.until("2026-11-25 23:50")
    user, freed = [await watch.account(restricted_at=watch.time - HOUR) for _ in range(2)]
    for _ in range(2):  # on both days of the night
        await watch.send(user)
        await watch.send(freed)
        await watch.tick(MINUTE)
        await watch.tick(15 * MINUTE)
    await watch.mark(freed, restricted=False)
    assert len(await watch.posts("watch.sent")) == 8
    assert not any("<!" in said for said in await watch.said("watch.sent")), "at night nobody is called"
    await watch.until("2026-11-26 08:29")
    assert await watch.posts("watch.sent.call") == []
    await watch.until("2026-11-26 12:00")
    assert [one["destination"] for one in await watch.posts("watch.sent.call")] == ["C0ENG"]
    (said,) = await watch.said("watch.sent.call")
    assert said == (
        "Mail went out in the night from a restricted account.\n"
        "<!subteam^S0ENGINEERING>, please look: mail went out in the night, as said above.\n"
        "*+81 •••• 0001*, not restricted by the bot\nShow account"
    )
    assert len(await watch.posts("watch.sent")) == 8, "no second report"


async def test_where_faxi_is_to_stop_the_mail_it_says_that_the_stop_does_not_work(watch: Watch) -> None:
    watch.team = replace(watch.team, enforced=True)
    user = await watch.account(restricted_at=watch.time - HOUR)
    await watch.send(user)
    await watch.tick(MINUTE)
    said = (await watch.said("watch.sent"))[0]
    assert "*Mail still goes out, although Faxi is to stop it:* 1 mail since the restriction." in said
    assert "The stop does not work." in said


async def _lifted(watch: Watch) -> UUID:
    user = await watch.account()
    await watch.complain(user, *FIVE)
    await watch.tick(MINUTE)
    await watch.press("approve", user)
    await watch.tick(DAY)
    await watch.lift(user)
    await watch.tick(MINUTE)
    return user


async def in_thread(watch: Watch) -> list[Any]:
    """Return what was said of complaints in the thread of the lift."""
    return [one for one in await watch.posts("lift.complaint") if one["destination"] == "C0MGMT"]


async def test_a_complaint_after_a_lift_opens_its_case_again_and_calls_whoever_asked_once(watch: Watch) -> None:
    user = await _lifted(watch)
    await watch.tick(DAY)
    await watch.complain(user, HOUR)
    for _ in range(3):
        await watch.tick(MINUTE)
    said, direct = await watch.said("lift.complaint")
    assert "*+81 •••• 0001* · OPS-0003" in direct, "whoever asked is not in management's channel"
    assert said == (
        "A new complaint about a watched account (OPS-0003).\n"
        ":warning: *1 new complaint* since the lift. <@U0OP2>, please call the person.\nRecord a contact…\nShow account"
    )
    (step,) = await watch.fetch("SELECT case_id, state, title FROM chatops.steps WHERE name = 'call_after_complaint'")
    assert (step["case_id"], step["state"], step["title"]) == (3, "todo", "Call the person")
    assert await watch.records("lift:complaint") == [("reopened", {"complaints": 1})]
    await watch.fetch("UPDATE chatops.steps SET state = 'done' WHERE case_id = 3")
    await watch.fetch(
        "UPDATE chatops.cases SET state = 'done', closed_by = 'bot', closed_at = $1, resolution = 'x', due_at = NULL "
        "WHERE id = 3",
        watch.time,
    )
    await watch.complain(user, HOUR / 2)
    await watch.tick(MINUTE)
    assert "*2 new complaints* since the lift" in (await watch.said("lift.complaint"))[2]
    (case,) = await watch.fetch("SELECT state FROM chatops.cases WHERE id = 3")
    assert case["state"] == "open"
    (step,) = await watch.fetch("SELECT state FROM chatops.steps WHERE name = 'call_after_complaint'")
    assert step["state"] == "todo"


async def test_after_the_watch_a_complaint_is_one_like_any_other(watch: Watch) -> None:
    user = await _lifted(watch)
    await watch.tick(31 * DAY)
    await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    assert await watch.posts("lift.complaint") == []
    await watch.complain(user, 10 * DAY)
    await watch.tick(MINUTE)
    assert len(await watch.posts("lift.complaint")) == 2, "late, but it came while the account was watched"


async def test_no_look_reads_all_of_the_events(database: Database) -> None:
    """At any size of Faxi's table, what is asked every minute goes by the indexes that Faxi has."""
    start, now = NOW - 60 * DAY, NOW
    async with database.connect() as connection:
        await store(connection, [])
        await connection.execute(
            "INSERT INTO users (phone_number, email_address) SELECT '+8180' || lpad(i::text, 8, '0'), "
            "'8180' || i || '@me.faxi.jp' FROM generate_series(1, 200) i"
        )
        await connection.execute(
            """
            WITH sent AS (
                INSERT INTO email_metrics (event_type, user_id, message_id, occurred_at)
                SELECT 'sent', u.id, 'm' || n || u.phone_number, $1::timestamptz + n * interval '6 hours'
                FROM generate_series(1, 239) n CROSS JOIN users u RETURNING user_id, message_id, occurred_at
            ), filed AS (
                INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction, sent_at)
                SELECT s.message_id, u.email_address, '[]', '', '', 'outbound', s.occurred_at
                FROM sent s JOIN users u ON u.id = s.user_id
            )
            INSERT INTO email_metrics (event_type, message_id, occurred_at)
            SELECT 'delivered', message_id, occurred_at FROM sent
            UNION ALL
            SELECT 'complained', message_id, occurred_at FROM sent WHERE abs(hashtext(message_id)) % 1000 = 0
            """,
            start,
        )
        await connection.execute("UPDATE users SET email_restricted = true WHERE phone_number LIKE '%00'")
        await connection.execute("ANALYZE")
        watching = {name: one.sql for name, one in load_queries(shipped("sql") / "watching.sql").items()}
        some = await connection.fetch("SELECT message_id FROM email_metrics WHERE event_type = 'complained' LIMIT 5")
        messages = [row["message_id"] for row in some]
        asked: list[tuple[str, tuple[Any, ...]]] = [
            (metrics.SQL["reported"], (now - 30 * DAY, now, list(metrics.NOT_COUNTED))),
            (metrics.SQL["owners"], (messages, [now - DAY] * 5)),
            (metrics.SQL["complaints"], (A, datetime(2000, 1, 1, tzinfo=now.tzinfo), now, ["not-spam"])),
            (watching["restricted_senders"], (now - timedelta(minutes=11), now)),
        ]
        for sql, parameters in asked:
            plan = json.dumps(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *parameters))
            for node in _scans(json.loads(plan)):
                assert (node["Node Type"], node.get("Relation Name")) != ("Seq Scan", "email_metrics"), plan


@dataclass
class Time:
    """Business time as a test says."""

    instant: datetime

    def now(self) -> datetime:
        """Return it."""
        return self.instant


async def test_a_trials_clock_stops_where_something_in_its_mail_is_noticed_and_for_no_look(watch: Watch) -> None:
    user, marked = await watch.account(), await watch.account(restricted_at=watch.time - DAY)
    began = watch.time
    await watch.complain(user, 2 * DAY, DAY, -HOUR, -2 * HOUR, -3 * HOUR)
    await watch.send(marked, -4 * HOUR)
    await watch.send(marked, -5 * HOUR)
    await watch.tick(MINUTE)
    stops = set()
    async with await open_pool(watch.database.super_url, size=1, application="trial") as pool:
        while stop := await DatabaseTrial(pool, Time(watch.time), None, lifelike=False).next_due(began + 6 * HOUR):
            stops.add(stop - began)
            await watch.tick(stop - watch.time)
        assert await DatabaseTrial(pool, Time(watch.time), None, lifelike=False).waiting() != [], "posts wait"
    noticed = [
        one - timedelta(seconds=65) for one in stops if (began + one - timedelta(seconds=65)).minute == began.minute
    ]
    assert sorted(noticed) == [HOUR, 3 * HOUR, 4 * HOUR], "the third, the fifth, and the first mail of the day"
    assert len(stops) < 20
