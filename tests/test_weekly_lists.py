"""Weekly and monthly lists from their schedule to the last item: what they show, share, ask, and keep."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.duty import checklists, confirmations, list_runs
from bot.engine import anchoring, cases, roster, schedules
from bot.engine.access import Group
from bot.mail.contacts import SAID
from bot.slack.blocks import Message
from bot.slack.interactions import Errors, Outcome, Say, Show
from commands import acts
from tests.support import lifting, listing, pressing, screens, weeks
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.mailing import Mail, values
from tests.support.pressing import NOW, TEAM, labels, press, shown, words
from tests.support.team import CHANNELS, at

TUESDAY = at("2026-11-24 09:00")  # Monday was a holiday
MID_MONTH, FIRST_MONDAY, FRIDAY = at("2026-12-15 09:00"), at("2026-12-07 09:00"), at("2026-11-27 16:00")
WEEK = timedelta(weeks=1)
ALL = {group: frozenset({"U0OP1"}) for group in (Group.OPERATIONS, Group.ENGINEERING, Group.MANAGEMENT)}
"""Whoever is in all groups may say of all contact data that it is current."""


async def renderers_of(pool: Pool, case_id: int) -> Sequence[str]:
    """Return what was shown and said about a list, in order."""
    return [renderer for renderer, _ in await listing.posts(pool, case_id)]


async def post(pool: Pool, case_id: int, renderer: str) -> Message:
    """Draw what a list shows in its thread; it keeps the rules of screens."""
    parameters = dict(await listing.posts(pool, case_id))[renderer]
    return await listing.drawn(pool, TEAM, case_id, renderer, **parameters)


async def value_of(pool: Pool, case_id: int, item: str) -> str:
    """Return the value of the buttons of an item."""
    async with pool.acquire() as connection:
        return await cases.step_value(connection, case_id, item)


async def settled(pool: Pool, case_id: int, item: str) -> tuple[str, str | None, str | None]:
    """Return an item's state, who answered it, and the note."""
    step = (await listing.load(pool, case_id)).step(item)
    assert step is not None
    return step.state, step.who, step.note


@pytest.mark.parametrize(
    ("name", "after", "expected"),
    [
        ("monday", "2026-11-21 00:00", TUESDAY),
        ("wednesday", "2026-11-21 00:00", at("2026-11-25 09:00")),
        ("friday", "2026-11-21 00:00", FRIDAY),
        ("first_monday", "2026-11-21 00:00", FIRST_MONDAY),
        ("mid_month", "2026-11-21 00:00", MID_MONTH),
        ("mid_month", "2027-08-01 00:00", at("2027-08-16 09:00")),  # the 15th is a Sunday
        ("friday", "2027-04-26 00:00", at("2027-04-30 16:00")),
        ("friday", "2027-05-01 00:00", at("2027-05-07 16:00")),
    ],
)
async def test_each_list_comes_on_its_day_or_the_next_working_day_and_is_due_by_its_end(
    pool: Pool, name: str, after: str, expected: datetime
) -> None:
    wanted = TEAM.runbook.checklists[name]
    planned = schedules.next_run(wanted.schedule, TEAM.calendar, at(after))
    assert planned == expected
    async with pool.acquire() as connection, connection.transaction():
        await list_runs.begin(connection, TEAM, at(after))
        due = await connection.fetchval("SELECT due_at FROM chatops.due WHERE kind = 'list.run' AND subject = $1", name)
    assert due == expected
    case = await listing.load(pool, await listing.begin(pool, TEAM, name, planned_at=expected))
    assert case.due_at == TEAM.calendar.closing(expected.date())


async def mondays(pool: Pool, database: Database) -> int:
    """Open Monday's list over two weeks of mail, with its checks looked at."""
    await weeks.write(database, at("2026-11-16 00:00"), 9012, permanent=118, transient=23, complaints=4)
    await weeks.write(database, at("2026-11-09 00:00"), 8764, permanent=96, complaints=5)
    return await weeks.begin(pool, "monday", TUESDAY)


async def test_mondays_report_stands_in_the_thread_as_drawn_and_says_what_may_be_chance(
    pool: Pool, database: Database
) -> None:
    case_id = await mondays(pool, database)
    said = await post(pool, case_id, "report.week")
    assert said.text == "Weekly mail report, 16 to 22 Nov: all three rates within their limits."
    told = words(said.blocks)
    assert told.startswith(
        ":white_check_mark: 16 to 22 Nov: within limits\n"
        "*Clear change* against the 4 weeks before together: Delivered down, Bounces up.\n"
        ":white_check_mark: *Delivered 98.44%* (8,871 of 9,012)\nat least 95%, week before 98.90% (8,668 of 8,764)\n"
        ":white_check_mark: *Bounces 1.56%* (141 of 9,012)\n"
        "118 permanent, 23 temporary; limit 5%, week before 1.10% (96 of 8,764)\n"
        ":white_check_mark: *Complaints 0.044%* (4 of 9,012)\n"
        "limit 0.1%, week before 0.057% (5 of 8,764), no clear change\n*The weeks before*\n9 to 15 Nov: delivered"
    )
    assert "*Accounts* 0 flagged, 0 restricted, 0 lifted this week. Restricted now: 0 of 1" in told
    assert "Week in Tokyo time. No personal data. OPS-0001" in told
    shows = await renderers_of(pool, case_id)
    assert shows == ["report.week", "restrictions.liftable", "blocklists.patterns"]
    live = await listing.drawn(pool, TEAM, case_id)
    assert "Share with management" in labels(live.blocks)


@pytest.mark.parametrize(
    ("became", "head", "line"),
    [
        ({"complaints": 1}, ":warning: 16 to 22 Nov: look at it", "over 0.05%, limit 0.1%"),
        ({"permanent": 90}, ":rotating_light: 16 to 22 Nov: over a limit", "90 permanent; over 5%"),
        ({"delivered": 1400}, ":rotating_light: 16 to 22 Nov: over a limit", "under 95%"),
    ],
)
async def test_a_report_over_a_limit_begins_with_it(
    pool: Pool, database: Database, became: Any, head: str, line: str
) -> None:
    await weeks.write(database, at("2026-11-16 00:00"), 1500, **became)
    told = words((await post(pool, await weeks.begin(pool, "monday", TUESDAY), "report.week")).blocks)
    assert told.startswith(head)
    assert f"\n{line}" in told


async def test_a_week_without_mail_has_no_rates_and_is_not_all_well(pool: Pool) -> None:
    said = await post(pool, await weeks.begin(pool, "monday", TUESDAY), "report.week")
    assert said.text == "Weekly mail report, 16 to 22 Nov: no mail was sent."
    assert words(said.blocks).startswith(
        ':grey_question: 16 to 22 Nov: no mail sent\nNothing was sent, so there are no rates. That is not "all well".'
    )


async def test_a_report_is_shared_with_management_once_and_its_item_is_done(pool: Pool, database: Database) -> None:
    await weeks.write(database, at("2026-11-16 00:00"), 100)
    case_id = await weeks.begin(pool, "monday", TUESDAY)
    value = await value_of(pool, case_id, "share")
    outcome = await press(pool, acts.SHARE, value=value, now=TUESDAY)
    assert outcome.result == "shared"
    assert "*Shared.* The report comes in <#C0MGMT>, and item 4 is done." in words(shown(outcome).blocks)
    assert (await settled(pool, case_id, "share"))[:2] == ("done", "U0OP1")
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT renderer, subject FROM chatops.posts WHERE destination = $1", CHANNELS.management
        )
    assert [tuple(row) for row in rows] == [("report.week", f"case:{case_id}")]
    assert (await listing.drawn(pool, TEAM, case_id, "report.week")).text.startswith("Weekly mail report, 16 to 22 Nov")
    again = await press(pool, acts.SHARE, "U0OP2", value=value, now=TUESDAY)
    assert again.result == "refused:answered"
    assert "was answered already by Aoi Tanaka" in words(shown(again).blocks)


async def test_figures_that_nobody_knows_are_not_shared(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM, "monday", planned_at=TUESDAY)
    outcome = await press(pool, acts.SHARE, value=await value_of(pool, case_id, "share"), now=TUESDAY)
    assert (outcome.result, outcome.allowed) == ("refused:unknown_figures", False)
    assert (await settled(pool, case_id, "share"))[0] == "todo"
    assert "*The figures are unknown:*" in words((await listing.drawn(pool, TEAM, case_id, "report.week")).blocks)
    foreign = await press(pool, acts.SHARE, value=await value_of(pool, case_id, "decisions"), now=TUESDAY)
    assert foreign.result == "refused:old_button"


async def test_every_restricted_account_is_answered_criterion_by_criterion(pool: Pool, database: Database) -> None:
    ready, early = await lifting.make_account(database), await lifting.make_account(database)
    await lifting.restrict(pool, ready)
    now = lifting.RESTRICTED + 31 * DAY
    await lifting.restrict(pool, early, now=now - 3 * DAY)
    await lifting.talk(pool, ready, now - DAY, *list(SAID)[:2])
    case_id = await weeks.begin(pool, "monday", now)
    said = await post(pool, case_id, "restrictions.liftable")
    told = words(said.blocks)
    assert "*6. Can it be lifted?* 1 of 2 accounts meet all four criteria." in told
    first, second = told.split("*+81 •••• ")[1:]
    assert first.startswith(f"{ready.masked[-4:]}*, can be lifted\n:white_check_mark: 30 days are over: 31 since ")
    assert "\n:white_check_mark: 0 new complaints since then (" in first
    assert "\n:white_check_mark: The person understands what went wrong: call of " in first
    assert "\n:white_check_mark: The person promises to keep the rules: call of " in first
    assert second.startswith(f"{early.masked[-4:]}*, 1 of 4 criteria are met\n:no_entry_sign: 30 days are not over: 3")
    assert "\n:no_entry_sign: No recorded contact says that the person promises to keep the rules" in second
    assert labels(said.blocks) == ["Ask to lift…", "Show account"]
    opened = await press(pool, "lift.ask", value=values(said, "Ask to lift…")[0], now=now)
    assert isinstance(opened.answer, Show)


async def test_all_restricted_accounts_are_shown_page_by_page_to_who_asks(pool: Pool, database: Database) -> None:
    none = shown(await press(pool, "lift_review.show"))
    assert none.text == "No account is restricted."
    async with database.connect() as eyes:
        office = Office(eyes)
        for days in range(17):
            await office.account(restricted=True, since=NOW - days * DAY)
    case_id = await weeks.begin(pool, "monday", TUESDAY)
    thread = await post(pool, case_id, "restrictions.liftable")
    assert "12 more accounts, farther from a lift." in words(thread.blocks)
    assert labels(thread.blocks)[-1] == "Show all"
    first = shown(await press(pool, "lift_review.show", "U0AUD1"))
    assert "\n1-15 of 17\n" in words(first.blocks)
    last = shown(await press(pool, "lift_review.next", value=values(first, "Next")[0]))
    assert "\n16-17 of 17\n" in words(last.blocks)
    back = shown(await press(pool, "lift_review.back", value=values(last, "Previous")[0]))
    assert back.blocks == first.blocks
    assert (await press(pool, "lift_review.next", value="lr_nothing1")).result == "refused:unknown_button"


async def test_wednesdays_thread_has_the_bounces_of_the_week_and_friday_the_activities(
    pool: Pool, database: Database
) -> None:
    nothing = await post(pool, await weeks.begin(pool, "wednesday", at("2026-11-18 09:00")), "bounces.week")
    assert nothing.text == "Nothing bounced in 7 days (OPS-0001)."
    mail = Mail()
    for sender in [mail.person() for _ in range(3)]:
        mail.bounced(sender, "shop.example", at=NOW - 2 * DAY)
    await mail.write(database)
    told = words(
        (await post(pool, await weeks.begin(pool, "wednesday", at("2026-11-25 09:00")), "bounces.week")).blocks
    )
    assert "*6. 3 bounces of 7 days*" in told
    assert "`shop.example` 3 (all permanent), new" in told
    assert "0 of 1 domain and 0 of 3 senders had bounces in the 7 days before, too." in told
    async with pool.acquire() as connection, connection.transaction():
        await anchoring.record_own(connection, "flagged:open", "opened", NOW)
    case_id = await weeks.begin(pool, "friday", FRIDAY)
    said = await post(pool, case_id, "week.activities")
    told = words(said.blocks)
    assert said.text == "The week since Mon 23 Nov: 0 cases opened, 0 closed (OPS-0003)."
    assert "0 of 1 list complete" in told
    assert "*By people*\nNothing" in told
    assert "\nopened a list, 1 time" in told
    assert "\nflagged an account, 1 time" in told
    assert "looked" not in told
    friday = str((await listing.drawn(pool, TEAM, case_id)).blocks)
    assert "*Shown by the bot*\\n• " in friday
    assert "in order" not in friday


async def test_lessons_are_written_down_in_a_form_and_kept_with_the_item(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM, "friday", planned_at=FRIDAY)
    value = await value_of(pool, case_id, "lessons")
    form = await press(pool, acts.LESSONS, value=value, now=FRIDAY)
    assert isinstance(form.answer, Show)
    assert list(screens.problems("modal", form.answer.view.payload())) == []
    short = await press(pool, acts.LESSONS, kind="view", metadata=value, values={"learned": " ok "}, now=FRIDAY)
    assert short.answer == Errors({"learned": "Please write a sentence."})
    long = await press(pool, acts.LESSONS, kind="view", metadata=value, values={"learned": "x" * 5000}, now=FRIDAY)
    assert long.answer == Errors({"learned": "Please write at most 1,000 letters; these are 5,000."})
    said = "Ask the bank earlier."
    done = await press(pool, acts.LESSONS, kind="view", metadata=value, values={"learned": said}, now=FRIDAY)
    assert done.result == "done"
    assert await settled(pool, case_id, "lessons") == ("done", "U0OP1", said)
    old = await press(pool, acts.LESSONS, value=value, now=FRIDAY)
    assert old.result == "refused:answered"


async def test_contact_data_is_confirmed_when_all_those_concerned_have_said_so(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM, "friday", planned_at=FRIDAY)
    items = ["contacts_operations", "contacts_engineering", "contacts_management"]
    groups = {**pressing.GROUPS, Group.ENGINEERING: frozenset({"U0OP2"})}
    for item, other, who in zip(items, ("U0MGR1", "U0OP1", "U0OP1"), ("U0OP1", "U0OP2", "U0MGR1"), strict=True):
        async with pool.acquire() as connection:
            assert await confirmations.last_confirmed(connection) is None
        value = await value_of(pool, case_id, item)
        refused = await press(pool, "check.done", other, value=value, now=FRIDAY, groups=groups)
        assert refused.result == "refused:not_concerned", "one of another group cannot say it for them"
        assert "to say" in words(shown(refused).blocks)
        outcome = await press(pool, "check.done", who, value=value, now=FRIDAY, groups=groups)
        assert outcome.result == "done"
    async with pool.acquire() as connection:
        found = await confirmations.last_confirmed(connection)
    assert found == confirmations.Confirmed(FRIDAY, ("U0MGR1", "U0OP1", "U0OP2"))


async def test_the_first_mondays_thread_has_the_month_and_how_long_accounts_are_restricted(
    pool: Pool, database: Database
) -> None:
    await weeks.write(database, at("2026-11-03 00:00"), 500, permanent=3)
    async with database.connect() as eyes:
        office = Office(eyes)
        for days in (3, 45, 120):
            await office.account(restricted=True, since=FIRST_MONDAY - days * DAY)
        await office.account(restricted=True)
    case_id = await weeks.begin(pool, "first_monday", FIRST_MONDAY)
    month = await post(pool, case_id, "report.month")
    assert month.text == "Monthly mail report, November 2026: all three rates within their limits."
    assert "limit 5%, month before no rate (0 of 0)" in words(month.blocks)
    told = words((await post(pool, case_id, "restrictions.durations")).blocks)
    assert told.startswith(
        "*9. 4 restricted accounts*, by how long\nunder 30 days: 1\n30 to 90 days: 1\nover 90 days: 1\n"
        "since when is not recorded: 1\n*Longest first*\n*+81 •••• 0003* 120 days, since Sun 9 Aug 2026. "
        "No review is planned."
    )
    outcome = await press(pool, acts.SHARE, value=await value_of(pool, case_id, "share"), now=FIRST_MONDAY)
    assert outcome.result == "shared"
    billing = await settled(pool, case_id, "billing")
    assert billing[0] == "todo"


async def test_at_the_months_middle_repeated_skips_are_shown_and_each_page_is_confirmed(pool: Pool) -> None:
    team = listing.a_team(morning=listing.a_list(listing.confirm("queue")))
    for day in (8, 9, 10):
        planned = at(f"2026-12-{day:02} 09:00")
        case_id = await listing.begin(pool, team, "morning", planned_at=planned)
        async with pool.acquire() as connection:
            await cases.settle(connection, case_id, "queue", "skipped", who="U0OP1", now=planned)
            await cases.close(connection, case_id, "done", by="U0OP1", now=planned, resolution="skipped")
    case_id = await weeks.begin(pool, "mid_month", MID_MONTH)
    async with pool.acquire() as connection:
        looked = await connection.fetchval(
            "SELECT state FROM chatops.steps WHERE case_id = $1 AND position = 1", case_id
        )
    if looked == "todo":  # a list without checks shows as soon as it stands there
        async with pool.acquire() as connection, connection.transaction():
            await checklists.looked(connection, TEAM, case_id, MID_MONTH)
    told = words((await post(pool, case_id, "lists.skips")).blocks)
    assert (
        "*1. 1 item was skipped again and again in 31 days*\nLook at queue (Morning checklist): skipped 3 times" in told
    )
    pages = [one.title for one in (await listing.load(pool, case_id)).steps if one.name.startswith("page_")]
    assert [one.rpartition(", ")[2] for one in pages] == [one.path for one in TEAM.runbook.handbook.documentation]
    live = await listing.drawn(pool, TEAM, case_id)
    assert labels(live.blocks).count("Done") >= 6


def drill(**more: str) -> dict[str, str]:
    """Fill the form of a drill."""
    times = {"backup": "2026-12-15 02:00", "began": "2026-12-15 10:00", "ended": "2026-12-15 11:20"}
    given = {name: str(int(at(when).timestamp())) for name, when in times.items()}
    return {**given, "outcome": "restored", "proof": "1,284,211 rows of mail, as many as in the original.", **more}


async def test_a_restoration_drill_is_recorded_with_its_times_and_its_proof(pool: Pool) -> None:
    now = at("2026-12-15 12:00")
    case_id = await listing.begin(pool, TEAM, "mid_month", planned_at=MID_MONTH)
    value = await value_of(pool, case_id, "restoration")
    form = await press(pool, acts.DRILL, value=value, now=now)
    assert isinstance(form.answer, Show)
    assert list(screens.problems("modal", form.answer.view.payload())) == []

    async def submit(**more: str) -> Outcome:
        return await press(pool, acts.DRILL, kind="view", metadata=value, values=drill(**more), now=now)

    for field, given, why in (
        ("ended", "2026-12-15 09:00", "It ended before it began. Please look at both times."),
        ("ended", "2026-12-15 12:01", "This is still to come. Please record the drill when it is over."),
        ("backup", "2026-12-15 10:01", "The backup is younger than the drill. Please look at both times."),
        ("began", "2026-11-15 10:00", "That is more than 7 days. Please look at both times."),
    ):
        wrong = await submit(**{field: str(int(at(given).timestamp()))})
        assert isinstance(wrong.answer, Errors)
        assert why in wrong.answer.fields.values()
    empty = await submit(began="", outcome="", proof="")
    assert isinstance(empty.answer, Errors)
    assert set(empty.answer.fields) == {"began", "outcome", "proof"}
    done = await submit()
    assert done.result == "done"
    assert isinstance(done.answer, Say)
    state, who, note = await settled(pool, case_id, "restoration")
    assert (state, who) == ("done", "U0OP1")
    assert note == (
        "Restored, and the data was right. Backup of Tue 15 Dec 02:00, 8 h old when the drill began.\n"
        "From Tue 15 Dec 10:00 to Tue 15 Dec 11:20: 1 h 20 min.\n"
        "Proven by: 1,284,211 rows of mail, as many as in the original."
    )
    noted = await listing.drawn(pool, TEAM, case_id, "checklist.noted", step="restoration", call=None)
    assert "Restored, and the data was right." in words(noted.blocks)


@pytest.mark.parametrize("name", ["monday", "wednesday", "friday", "first_monday", "mid_month"])
async def test_every_list_can_be_answered_to_its_end(pool: Pool, database: Database, name: str) -> None:
    await weeks.write(database, at("2026-11-03 00:00"), 200, permanent=1)
    planned = {"friday": FRIDAY, "first_monday": FIRST_MONDAY, "mid_month": MID_MONTH}.get(name, TUESDAY)
    case_id = await weeks.begin(pool, name, planned)
    shows = [one.calls for one in TEAM.runbook.checklists[name].steps if one.kind == "show"]
    for _ in range(30):
        case = await listing.load(pool, case_id)
        if case.closed_at is not None:
            break
        await listing.drawn(pool, TEAM, case_id)
        left = next(one for one in case.steps if one.state == "todo" and one.kind != "show")
        value = await value_of(pool, case_id, left.name)
        form = {"answer": "done", "note": "Seen."}
        outcome = await press(pool, "check.answer", kind="view", metadata=value, values=form, now=planned, groups=ALL)
        assert outcome.result == "done", left.name
    case = await listing.load(pool, case_id)
    assert (case.state, case.resolution) == ("done", "every item is answered")
    assert [
        one for one in await renderers_of(pool, case_id) if one in set(wiring.renderers(None)) & set(shows)
    ] == shows
    assert {one.who for one in case.steps} <= {"U0OP1", roster.BOT}
    assert pressing.PEOPLE["U0OP1"] in words((await listing.drawn(pool, TEAM, case_id)).blocks)
