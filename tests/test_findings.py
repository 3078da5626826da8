"""What the bot's checks find on a real database: in order, look at it, not in order, unknown; and how it is said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.duty import oncall
from bot.engine import cases, roster
from bot.engine.cases import Verdict
from bot.engine.checks import Asked, Finding
from bot.engine.handbook import STANDARD, Handbook, Pair, percent
from bot.engine.team import Team
from bot.mail.mail_checks import change, last_opening
from bot.mail.metrics.status import Rate
from commands import checklist_lines, findings, shows
from tests.support import screens, two_days
from tests.support.attending import DAY, HOUR, Office
from tests.support.databases import Database
from tests.support.looked import step
from tests.support.pressing import NOW, PLAIN, somebody, words
from tests.support.team import at
from tests.support.two_days import Counts

pytestmark = pytest.mark.database
QUIET = Counts(1297, 1291, 1273, permanent=12, transient=2)
BEFORE = Counts(1295, 1291, 1273, permanent=12, transient=2)


async def look(pool: Pool, name: str, team: Team = PLAIN) -> Finding:
    """Let a check look."""
    async with pool.acquire() as connection:
        return await wiring.CHECKS[name](connection, Asked(team, NOW, None, 1))


async def said(pool: Pool, name: str, team: Team = PLAIN) -> tuple[Verdict, str, str]:
    """Return a check's verdict, its title and its words."""
    found = await look(pool, name, team)
    one = step(name, found)
    return found.verdict, str(findings.title(one, team)), str(findings.words(one, team))


async def test_figures_within_the_limits_are_in_order_and_said_with_their_fractions(
    pool: Pool, database: Database
) -> None:
    await two_days.write(database, QUIET, BEFORE, newest=HOUR)
    verdict, title, text = await said(pool, "mail.bounces_and_delivery")
    assert (verdict, title) == ("pass", "An item")
    assert text == (
        "Bounces 1.08% (14 of 1,297): 12 permanent, 2 temporary\n"
        "Delivered 98.61% (1,273 of 1,291; the last hour is not counted yet)"
    )
    assert await said(pool, "mail.complaints") == ("pass", "An item", "Complaints 0% (0 of 1,297)")
    verdict, _, text = await said(pool, "mail.compared")
    assert verdict == "pass"
    assert "Bounces 1.08% (14 of 1,297), day before 1.08% (14 of 1,295)" in text
    assert await said(pool, "mail.trends") == ("pass", "An item", "No clear change against the 7 days before")


async def test_what_is_over_a_limit_says_which(pool: Pool, database: Database) -> None:
    today = Counts(1297, 1291, 1200, complaints=4, permanent=50)
    await two_days.write(database, today, BEFORE, newest=HOUR)
    assert await said(pool, "mail.complaints") == ("fail", "Complaints over 0.1%", "0.308% (4 of 1,297)")
    verdict, title, _ = await said(pool, "mail.bounces_and_delivery")
    assert (verdict, title) == ("fail", "Bounces over 3%, Delivered under 95%")
    verdict, _, text = await said(pool, "mail.trends")
    assert verdict == "warn"
    assert "Bounces went up: 3.86% (50 of 1,297), 7 days before 1.08% (14 of 1,295)" in text


async def test_a_teams_own_limits_are_what_its_figures_are_held_against(pool: Pool, database: Database) -> None:
    await two_days.write(database, QUIET, BEFORE, newest=HOUR)
    strict = STANDARD.model_copy(
        update={"bounce_rate": Pair.model_construct(warning=percent("1%"), critical=percent("2%"))}
    )
    own = replace(PLAIN, runbook=replace(PLAIN.runbook, handbook=Handbook(thresholds=strict)))
    verdict, title, _ = await said(pool, "mail.bounces_and_delivery", own)
    assert (verdict, title) == ("warn", "Bounces over 1%")


async def test_without_mail_there_is_no_rate_and_nothing_is_in_order(pool: Pool) -> None:
    for name in ("mail.bounces_and_delivery", "mail.complaints", "mail.compared", "mail.trends"):
        assert (await look(pool, name)).verdict == "unknown", name
    assert (await said(pool, "mail.complaints"))[2] == "Complaints no rate (0 of 0)"
    away = step("mail.complaints", Finding("unknown", {"why": "away"}))
    assert findings.words(away, PLAIN) == "unknown: the bot could not look"


def test_a_change_counts_from_three_standard_deviations_on() -> None:
    assert change(Rate(4, 1297), Rate(3, 9000)) == "up"
    assert change(Rate(14, 1297), Rate(98, 9079)) is None
    assert change(Rate(1, 1297), Rate(300, 9079)) == "down"
    assert change(Rate(1, 0), Rate(1, 5)) is None
    assert change(Rate(9, 3), Rate(9, 3)) is None


async def test_flagged_accounts_are_counted_with_those_that_are_new_and_those_without_a_plan(
    pool: Pool, database: Database
) -> None:
    for name in ("flagged.new", "flagged.details", "flagged.plans", "flagged.reviews"):
        assert (await look(pool, name)).verdict == "pass", name
    async with database.connect() as eyes:
        office = Office(eyes)
        await office.account(3)
        old = await office.account()
        for days in (3, 4, 5):
            await office.complained(old, NOW - days * DAY)
        await office.case(old, due_at=NOW + HOUR)
    assert await said(pool, "flagged.new") == ("pass", "An item", "2, 1 of them new")
    assert await said(pool, "flagged.details") == ("warn", "Complaints of 2 accounts", "6 complaints in 30 days")
    assert await said(pool, "flagged.plans") == (
        "warn",
        "Follow-up for 2 accounts",
        "Nothing is planned for 1 of them",
    )
    assert await said(pool, "flagged.reviews") == ("warn", "An item", "2 reviews wait")
    async with database.connect() as eyes:
        await Office(eyes).case(old, "review", due_at=NOW - HOUR)
        at_limit = await Office(eyes, iter(range(9, 10))).account(5)  # type: ignore[arg-type]  # any numbers do
        await Office(eyes).crossed(at_limit, NOW - 3 * HOUR)
    assert (await said(pool, "flagged.reviews"))[::2] == ("fail", "3 reviews wait, 1 of them late")
    verdict, _, text = await said(pool, "flagged.new")
    assert verdict == "fail"
    assert text.endswith("1 account with 5 complaints or more, and nobody asked to restrict")


async def test_a_flagged_account_whose_review_is_due_waits_though_none_was_opened(
    pool: Pool, database: Database
) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        account = await office.account(3)
        await office.crossed(account, NOW - 3 * DAY, 3)
    assert (await said(pool, "flagged.reviews"))[::2] == ("fail", "1 review waits, 1 of them late")


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-25 09:00", "2026-11-24 09:00"),
        ("2026-11-24 09:00", "2026-11-20 09:00"),  # Monday 23 was a holiday, and before it a weekend
    ],
)
def test_new_is_since_the_start_of_the_last_working_day(now: str, opening: str) -> None:
    assert last_opening(PLAIN.calendar, at(now)) == at(opening)


async def test_cases_those_on_call_and_the_bot_itself_are_looked_at(pool: Pool, database: Database) -> None:
    assert await said(pool, "cases.critical") == ("pass", "An item", "No critical case is open")
    assert await said(pool, "cases.open") == ("pass", "An item", "0 cases are open")
    assert await said(pool, "oncall.now") == ("fail", "An item", "Nobody is on call")
    verdict, _, text = await said(pool, "bot.health")
    assert (verdict, text) == ("fail", "The bot sends nothing: no process holds the sender's place")
    async with pool.acquire() as connection, connection.transaction():
        await roster.remember(connection, somebody("U0OP1"), NOW)
        await oncall.take(connection, PLAIN, "U0OP1", NOW)
        case = await open_case(connection, "high_bounce_rate")
    assert (await said(pool, "oncall.now"))[::2] == ("pass", "Somebody is on call")
    gone = findings.words(step("oncall.now", Finding("fail", {"somebody": False, "since": NOW.isoformat()})), PLAIN)
    assert gone == "Whoever is on call is in none of the team's groups any more"
    number = cases.number(case)
    assert await said(pool, "cases.critical") == ("fail", "Critical issues, 1", f"{number}, nobody has 1 of them")
    assert (await said(pool, "cases.open"))[::2] == ("warn", "1 case is open, nobody has 1")
    async with pool.acquire() as connection, connection.transaction():
        await cases.acknowledge(connection, case, "U0OP1", NOW)
        await cases.set_state(connection, case, "acknowledged", NOW - timedelta(minutes=1))
    assert (await said(pool, "cases.critical"))[::2] == ("warn", number)
    assert (await said(pool, "cases.open"))[0] == "fail"
    async with database.connect() as eyes:
        await eyes.execute("UPDATE chatops.leases SET until = clock_timestamp() + interval '1 hour'")
        await eyes.execute(
            "INSERT INTO chatops.leases (name, holder, epoch, until) SELECT 'sender', 'a', 1,"
            " clock_timestamp() + interval '1 hour' ON CONFLICT (name) DO NOTHING"
        )
    assert (await said(pool, "bot.health"))[0] in {"pass", "warn"}


async def open_case(connection: Any, procedure: str) -> int:
    """Open a case of a procedure."""
    return await cases.open_case(
        connection, PLAIN.runbook, procedure, subject_user=None, opened_by="U0OP1", owner=None, now=NOW
    )


async def shown(pool: Pool, case: int, name: str) -> str:
    """Have a step shown, and return what the thread gets, which keeps the rules of screens."""
    async with pool.acquire() as connection, connection.transaction():
        loaded = await cases.load(connection, case)
        assert loaded is not None
        wanted = next(one for one in loaded.steps if one.calls == name)
        await cases.settle(connection, case, wanted.name, "done", who="U0OP1", now=NOW)
        message = await shows.SHOWS[name](connection, cases.subject(case), {"step": wanted.name}, PLAIN)
    assert list(screens.problems("message", message.as_arguments(), ["+8190123"])) == []
    return words(message.blocks)


async def test_what_is_shown_names_true_senders_masked_and_no_domain_of_few(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        account = await Office(eyes).account(2)
        for n in range(6):
            await eyes.executemany(
                "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)"
                " VALUES ($1, $2, $3, $4, $5)",
                [
                    ("sent", account, f"b{n}", NOW - 3 * HOUR, {}),
                    (
                        "bounced",
                        None,
                        f"b{n}",
                        NOW - 2 * HOUR,
                        {"bounceType": "Permanent", "bouncedRecipients": ["secret@few.example"]},
                    ),
                ],
            )
    async with pool.acquire() as connection, connection.transaction():
        bounces = await open_case(connection, "high_bounce_rate")
        complaints = await open_case(connection, "high_complaint_rate")
        emergency = await open_case(connection, "emergency_maintenance")
    recent = await shown(pool, bounces, "bounces.recent")
    assert recent.startswith("*2. 6 bounces of 24 hours*")
    assert "few.example" not in recent
    assert "secret" not in recent
    assert "1 other domain, 6 bounces (each of fewer than 3 senders)" in recent
    assert "6 permanent. Addresses stay hidden." in recent
    verdict, _, text = await said(pool, "bounces.pattern")
    assert (verdict, text) == ("warn", "6 of 6 are mails of one sender.\n6 of 6 are permanent. 1 sender.")
    assert "last hour no rate (0 of 0)" in await shown(pool, bounces, "bounces.lately")
    assert "*2. 2 complaints of 24 hours*" in await shown(pool, complaints, "complaints.recent")
    senders = await shown(pool, complaints, "complaints.senders")
    assert "•••• 0001, 2 complaints" in senders
    assert "+8190123" not in senders
    assert "0 complaints since the case was opened" in await shown(pool, complaints, "complaints.lately")
    assert ":rotating_light: Complaints over" not in await shown(pool, emergency, "system.now")


def test_each_check_has_words() -> None:
    named = {one.calls for proc in PLAIN.runbook.procedures.values() for one in proc.steps if one.kind == "check"}
    elsewhere = {"restrictions.complaints", "restrictions.since", "lifts.criteria"}
    assert set(findings.FINDINGS) <= set(wiring.CHECKS)
    assert named - elsewhere <= set(wiring.CHECKS)


def test_an_item_in_order_has_one_sign_and_says_what_its_figure_is_and_one_that_is_only_shown_has_another() -> None:
    found = Finding("pass", {"flagged": 2, "new": 1, "unasked": 1})
    flagged = str(checklist_lines.in_order(step("flagged.new", found, "Flagged accounts"), PLAIN))
    assert flagged.startswith(":white_check_mark: 1. Flagged accounts: 2, 1 of them new\n1 account with 5 complaints")
    assert flagged.count(":white_check_mark:") == 1
    none = Finding("pass", {"changes": {}})
    compared = str(checklist_lines.in_order(step("mail.trends", none, "No clear trend"), PLAIN))
    assert compared == ":white_check_mark: 1. No clear change against the 7 days before"
    shown = replace(step("week.activities", none), kind="show", verdict=None, facts=None, looked_at=None)
    assert str(checklist_lines.in_order(shown, PLAIN)) == "• 1. An item, shown in the thread"
