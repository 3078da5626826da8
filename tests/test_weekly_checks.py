"""The checks of weekly and monthly lists on a real database: in order, look at it, not in order, unknown; in words."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine.cases import Verdict
from bot.mail.contacts import SAID
from commands import findings, weekly_findings
from tests.support import lifting, weeks
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.looked import step
from tests.support.mailing import FULL, Mail
from tests.support.pressing import NOW, TEAM
from tests.support.team import at
from tests.support.weeks import look

TUESDAY = at("2026-11-24 09:00")  # Monday was a holiday
LAST, BEFORE = at("2026-11-16 00:00"), at("2026-11-09 00:00")
WEEK = timedelta(weeks=1)


async def said(pool: Pool, name: str, now: datetime) -> tuple[Verdict, str, list[str]]:
    """Return a check's verdict, its title, and its words line by line."""
    found = await look(pool, name, now)
    one = step(name, found)
    return found.verdict, str(findings.title(one, TEAM)), str(findings.words(one, TEAM)).split("\n")


async def test_last_weeks_figures_are_those_of_monday_to_sunday_whatever_day_the_list_comes(
    pool: Pool, database: Database
) -> None:
    await weeks.write(database, LAST, 1000, permanent=14, transient=2, complaints=0)
    await weeks.write(database, LAST + WEEK, 50, permanent=50)  # of the week that goes on
    verdict, title, lines = await said(pool, "week.figures", TUESDAY)
    assert (verdict, title) == ("pass", "An item")
    assert lines == [
        "16 to 22 Nov: Delivered 98.40% (984 of 1,000)",
        "Bounces 1.60% (16 of 1,000)",
        "Complaints 0% (0 of 1,000)",
    ]


@pytest.mark.parametrize(
    ("became", "verdict", "title"),
    [
        ({"complaints": 1}, "warn", "Complaints over 0.05%"),
        ({"complaints": 2}, "fail", "Complaints over 0.1%"),
        ({"permanent": 40}, "warn", "Bounces over 3%"),
        ({"delivered": 940}, "fail", "Delivered under 95%"),
    ],
)
async def test_a_week_over_a_limit_names_it(
    pool: Pool, database: Database, became: Any, verdict: str, title: str
) -> None:
    await weeks.write(database, LAST, 1001, **became)
    found = await said(pool, "week.figures", TUESDAY)
    assert found[:2] == (verdict, title)


async def test_without_mail_nothing_of_weeks_and_months_is_in_order(pool: Pool) -> None:
    for name in ("week.figures", "week.trends", "week.so_far", "week.targets", "month.figures", "month.trends"):
        found = await look(pool, name, TUESDAY)
        assert found.verdict == "unknown", name
        assert str(findings.words(step(name, found), TEAM)), name
    lines = (await said(pool, "week.trends", TUESDAY))[2]
    assert lines == ["No rate to compare with: no mail was sent, or none in the 4 weeks before."]


async def test_what_got_worse_by_more_than_chance_asks_what_is_behind_it(pool: Pool, database: Database) -> None:
    await weeks.write(database, LAST, 1000, permanent=30)
    for back in range(1, 5):
        await weeks.write(database, LAST - back * WEEK, 1000, permanent=10)
    verdict, _, lines = await said(pool, "week.trends", TUESDAY)
    assert verdict == "warn"
    assert lines == [
        "Delivered went down: 97.00% (970 of 1,000), the 4 weeks before 99.00% (3,960 of 4,000)",
        "Bounces went up: 3.00% (30 of 1,000), the 4 weeks before 1.00% (40 of 4,000)",
    ]


async def test_what_may_be_chance_or_got_better_asks_nothing(pool: Pool, database: Database) -> None:
    for back in range(4):
        await weeks.write(database, LAST - back * WEEK, 1000, permanent=10 + back)
    assert (await said(pool, "week.trends", TUESDAY))[::2] == ("pass", ["No clear change against the 4 weeks before"])
    await weeks.write(database, LAST - 4 * WEEK, 1000, permanent=200)
    verdict, _, lines = await said(pool, "week.trends", TUESDAY)
    assert (verdict, lines[1][:17]) == ("pass", "Bounces went down")


async def test_last_month_stands_beside_the_three_before(pool: Pool, database: Database) -> None:
    await weeks.write(database, at("2026-11-10 00:00"), 400, complaints=1)
    await weeks.write(database, at("2026-10-10 00:00"), 400)
    verdict, title, lines = await said(pool, "month.figures", at("2026-12-07 09:00"))
    assert (verdict, title) == ("fail", "Complaints over 0.1%")
    assert (lines[0], lines[-1]) == ("November 2026: Delivered 100% (400 of 400)", "Complaints 0.250% (1 of 400)")
    facts = (await look(pool, "month.figures", at("2026-12-07 09:00"))).facts
    assert [one["sent"] for one in facts["periods"]] == [400, 400, 0, 0]
    found = await said(pool, "month.trends", at("2026-12-07 09:00"))
    assert found[::2] == ("pass", ["No clear change against the 3 months before"])


async def test_the_week_so_far_is_compared_with_the_same_time_a_week_before(pool: Pool, database: Database) -> None:
    now = at("2026-11-25 09:00")
    await weeks.write(database, at("2026-11-23 00:00"), 100, within=2 * DAY)
    await weeks.write(database, LAST, 70, permanent=10, within=7 * DAY)
    verdict, _, lines = await said(pool, "week.so_far", now)
    assert verdict == "pass"
    assert lines == [
        "23 to 25 Nov: Delivered 100% (100 of 100), week before 100% (24 of 24)",
        "Bounces 0% (0 of 100), week before 0% (0 of 24)",
        "Complaints 0% (0 of 100), week before 0% (0 of 24)",
    ]
    found = await said(pool, "week.targets", now)
    assert found == ("pass", "An item", ["All three rates are within their limits"])


async def test_a_week_so_far_over_its_targets_says_which(pool: Pool, database: Database) -> None:
    await weeks.write(database, at("2026-11-23 00:00"), 100, permanent=6, within=2 * DAY)
    verdict, title, lines = await said(pool, "week.targets", at("2026-11-25 09:00"))
    assert (verdict, title) == ("fail", "Bounces over 5%, Delivered under 95%")
    assert lines[0] == "Delivered 94.00% (94 of 100)"


async def test_restricted_accounts_are_counted_by_what_they_need(pool: Pool, database: Database) -> None:
    for name in ("restrictions.all", "restrictions.planned"):
        assert (await said(pool, name, NOW))[::2] == ("pass", ["No account is restricted"])
    async with database.connect() as eyes:
        office = Office(eyes)
        account = await office.account(restricted=True, since=NOW - 3 * DAY)
        await office.restriction(account, at=NOW - 3 * DAY, follow_up_at=NOW + 27 * DAY)
        fine = await said(pool, "restrictions.all", NOW)
        await office.account(restricted=True, since=NOW - 50 * DAY)
        unplanned = await said(pool, "restrictions.all", NOW)
        plans = await said(pool, "restrictions.planned", NOW)
        account = await office.account(restricted=True, since=NOW - 40 * DAY)
        await office.restriction(account, at=NOW - 40 * DAY, follow_up_at=NOW - 9 * DAY)
    assert fine[::2] == ("pass", ["1 account restricted: every one has its follow-up"])
    assert unplanned[::2] == ("warn", ["2 accounts restricted: 1 has no review planned"])
    assert plans[::2] == ("warn", ["1 account without a review planned"])
    found = await said(pool, "restrictions.all", NOW)
    assert found[::2] == ("fail", ["3 accounts restricted: 1 review is late, 1 has no review planned"])


async def test_who_lacks_nothing_but_a_talk_is_to_be_contacted(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    over = lifting.RESTRICTED + 31 * DAY
    early = await said(pool, "restrictions.untalked", lifting.RESTRICTED + 29 * DAY)
    assert early[::2] == ("pass", ["Nobody waits only for a talk"])
    verdict, title, lines = await said(pool, "restrictions.untalked", over)
    assert (verdict, title) == ("warn", "Contact the people of 1 account")
    assert lines == ["1 account: 30 days are over, no new complaint, only the talk lacks"]
    await lifting.talk(pool, account, over - DAY, *list(SAID)[:2])
    assert (await said(pool, "restrictions.untalked", over))[0] == "pass"


async def test_bounces_that_come_again_and_domains_with_many_are_named_only_for_three_senders(
    pool: Pool, database: Database
) -> None:
    for name in ("bounces.recurring", "bounces.places"):
        assert (await said(pool, name, NOW))[::2] == ("pass", ["Nothing bounced in 7 days"])
    mail = Mail()
    senders = [mail.person() for _ in range(3)]
    for sender in senders:
        mail.bounced(sender, "shop.example", at=NOW - 2 * DAY)
        mail.bounced(sender, "shop.example", at=NOW - 3 * DAY)
    mail.bounced(senders[0], "secret.example", at=NOW - DAY, reason=FULL)
    await mail.write(database)
    assert (await said(pool, "bounces.recurring", NOW))[0] == "pass"
    verdict, title, lines = await said(pool, "bounces.places", NOW)
    assert (verdict, title, lines) == (
        "warn",
        "Domains with many bounces, 1",
        ["`shop.example` 6 bounces, new this week"],
    )
    mail.bounced(senders[0], "secret.example", at=NOW - 9 * DAY)
    await mail.write(database)
    verdict, _, lines = await said(pool, "bounces.recurring", NOW)
    assert verdict == "warn"
    assert lines == [
        "7 bounces of 7 days, 7 days before 1",
        "1 of 2 domains and 1 of 3 senders had bounces in the 7 days before, too",
    ]


async def test_large_blocklists_and_those_that_grow_are_counted(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        one, other = await office.account(), await office.account()
    await weeks.block(database, one, [f"a{n}.example" for n in range(10)], NOW - 40 * DAY)
    verdict, _, lines = await said(pool, "blocklists.large", NOW)
    assert verdict == "pass"
    assert lines == [
        "No blocklist has more than 10 entries",
        "0 entries added in 30 days, 10 in the 30 days before",
    ]
    await weeks.block(database, one, ["b.example"], NOW - 2 * DAY)
    await weeks.block(database, other, ["c.example"], NOW - DAY)
    verdict, _, lines = await said(pool, "blocklists.large", NOW)
    assert (verdict, lines[0]) == ("warn", "1 account with more than 10 entries, of 2 that block anybody")
    assert (await said(pool, "blocklists.growing", NOW))[::2] == (
        "pass",
        ["No large blocklist grew by 3 or more in 30 days"],
    )
    await weeks.block(database, one, ["d.example", "e.example"], NOW - DAY)
    verdict, title, lines = await said(pool, "blocklists.growing", NOW)
    assert (verdict, title, lines[0]) == (
        "warn",
        "Guidance for 1 person",
        "1 large blocklist grew by 3 or more in 30 days",
    )
    async with database.connect() as eyes:
        await eyes.execute("REVOKE SELECT (blocked_at) ON public.email_blocklist FROM faxi_bot")
    for name in ("blocklists.large", "blocklists.growing"):
        assert (await said(pool, name, NOW))[::2] == ("unknown", ["unknown: the bot could not look"])


def test_every_check_of_these_lists_has_its_words() -> None:
    assert set(weekly_findings.FINDINGS) <= set(wiring.CHECKS)
    assert set(wiring.CHECKS) == set(findings.FINDINGS)
