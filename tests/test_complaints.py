"""What /faxi-complaints shows: verdict first, who is near a limit, kinds, true senders, weeks; all masked."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wiring
from bot.base.database import Pool
from bot.engine.access import Group
from bot.mail import complaint_report
from bot.mail.metrics import complaints as metric
from bot.mail.metrics import status
from bot.mail.metrics.complaints import Reported
from bot.slack.blocks import Message
from tests.support import pressing
from tests.support.databases import Database
from tests.support.mailing import DAY, HOUR, Mail, lines, values
from tests.support.pressing import NOW, ask, labels, press, shown, words
from tests.support.team import ZONE, at

OWNERS = [None, *(UUID(int=number, version=4) for number in range(1, 5))]
REPORTED = st.lists(
    st.builds(
        Reported,
        message_id=st.none(),
        at=st.just(NOW),
        kind=st.sampled_from(["abuse", "fraud", "not-spam"]),
        counted=st.booleans(),
        owner=st.sampled_from(OWNERS),
    ),
    max_size=30,
)


async def complaints(pool: Pool, text: str = "", who: str = "U0OP1", **click: Any) -> Message:
    """Type /faxi-complaints and return the answer."""
    return shown(await press(pool, "/faxi-complaints", who, kind="command", text=text, **click))


@pytest.fixture
def mail() -> Mail:
    """Give an empty mail."""
    return Mail()


@given(REPORTED)
def test_kinds_and_senders_add_up_to_all_reports(found: list[Reported]) -> None:
    made = complaint_report.report(found)
    assert made.counted + made.not_counted == len(found)
    assert sum(count for _, count in made.kinds) == made.counted
    assert sum(count for _, count in made.other_kinds) == made.not_counted
    assert sum(one.counted for one in made.senders) + made.unknown_owner == made.counted
    assert sum(one.not_counted for one in made.senders) + made.unknown_not_counted == made.not_counted
    assert [one.counted for one in made.senders] == sorted((one.counted for one in made.senders), reverse=True)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(["Asia/Tokyo", "Europe/Berlin"]))  # noqa: DTZ001
def test_weeks_run_from_monday_to_sunday_without_a_gap_and_end_now(when: datetime, zone: str) -> None:
    now, there = when.replace(tzinfo=UTC), ZoneInfo(zone)
    made = complaint_report.weeks(now, there)
    assert len(made) == 5
    assert made[0].end == now
    assert [week.whole for week in made] == [False, True, True, True, True]
    for later, week in itertools.pairwise(made):
        assert week.end.astimezone(UTC) == later.start.astimezone(UTC)
    for week in made:
        local = week.start.astimezone(there)
        assert (local.weekday(), local.hour, local.minute) == (0, 0, 0)
        assert week.start <= week.end


@pytest.mark.parametrize(
    ("complaints_of_30_days", "where"),
    [(0, None), (1, None), (2, "near_3"), (3, "at_3"), (4, "near_5"), (5, "at_5"), (70, "at_5")],
)
def test_an_account_is_near_a_limit_one_complaint_below_it(complaints_of_30_days: int, where: str | None) -> None:
    assert complaint_report.standing(complaints_of_30_days) == where


async def test_the_rate_is_said_first_then_who_is_near_a_limit_whose_mail_it_was_and_the_weeks(
    pool: Pool, database: Database, mail: Mail
) -> None:
    five, four, two, one = (mail.person() for _ in range(4))
    for person, count in ((five, 5), (four, 4), (two, 2), (one, 1)):
        for number in range(count):
            mail.complained(person, at=NOW - 2 * HOUR - number * 7 * DAY, kind="fraud" if number else "abuse")
    mail.complained(two, kind="not-spam")
    mail.complained(one, kind="auth-failure")
    mail.complained(None, kind="virus")
    for _ in range(1200):
        mail.sent(one)
    await mail.write(database)
    said = await complaints(pool)
    assert said.text == "Complaints are over 0.1%: 5 of 1,207 in 24 hours."
    assert words(said.blocks).split("\n")[:19] == [
        ":rotating_light: Complaints are over 0.1%",
        "*3 accounts are near a limit in 30 days: 1 at 5 or more, 1 at 4, 1 at 2.*",
        (
            "Next: contact these people at once and think of a restriction; tell management if it goes on. "
            "Watch the next 24 to 48 hours."
        ),
        "*Last 24 hours*",
        ":rotating_light: *Complaints 0.414%* (5 of 1,207), over 0.1%",
        "4 abuse, 1 virus",
        "Not counted: 1 failed check, 1 not spam after all",
        "*Near a limit*, 30 days, since the last lift",
        "*+81 •••• 0001*, 5 complaints: limit 5 reached",
        "*+81 •••• 0002*, 4 complaints: 1 below 5",
        "*+81 •••• 0003*, 2 complaints: 1 below 3",
        "Show account",
        "*By sender*, last 24 hours",
        "*+81 •••• 0003*, 1 complaint, 1 not counted",
        "Show account",
        "*+81 •••• 0004*, 1 complaint, 1 not counted",
        "Show account",
        "*+81 •••• 0001*, 1 complaint",
        "Show account",
    ]
    assert ":grey_question: *Unknown owner*, 1 complaint\n" in words(said.blocks)
    assert lines(words(said.blocks), "*By week*, Monday to Sunday")[:-1] == [
        "Since Mon 23 Nov: 5",
        "Mon 16 Nov to Sun 22 Nov: 3",
        "Mon 9 Nov to Sun 15 Nov: 2",
        "Mon 2 Nov to Sun 8 Nov: 2",
        "Mon 26 Oct to Sun 1 Nov: 1",
    ]
    assert labels(said.blocks)[:5] == ["Show account", "Ask to restrict…"] * 2 + ["Show account"]


async def test_a_complaint_filed_under_another_person_is_its_senders_and_repeated_rows_are_one(
    pool: Pool, database: Database, mail: Mail
) -> None:
    blamed, sender = mail.person(), mail.person()
    for _ in range(3):
        mail.complained(sender, blamed=blamed, times=4)
    mail.sent(blamed)
    await mail.write(database)
    said = words((await complaints(pool)).blocks)
    assert "*Complaints 75.000%* (3 of 4), over 0.1%" in said
    assert "*+81 •••• 0002*, 3 complaints: limit 3 reached" in said
    assert "+81 •••• 0001" not in said
    mine = words((await complaints(pool, "+819012300002")).blocks)
    assert "3 complaints in 30 days: limit 3 reached." in mine
    assert "Complaints 100% (3 of 3 mails)" in mine
    other = words((await complaints(pool, "+819012300001")).blocks)
    assert "0 complaints in 30 days: near no limit." in other
    assert "Complaints 0% (0 of 1 mails)" in other


@pytest.mark.parametrize(
    ("complained", "head", "figure"),
    [
        (1, ":white_check_mark: Complaints are not over 0.05%", "*Complaints 0.050%* (1 of 2,000), at 0.05%, not over"),
        (2, ":warning: Complaints are over 0.05%", "*Complaints 0.100%* (2 of 2,000), over 0.05%, at 0.1%"),
        (3, ":rotating_light: Complaints are over 0.1%", "*Complaints 0.150%* (3 of 2,000), over 0.1%"),
    ],
)
async def test_the_rate_is_held_against_both_limits_strictly(
    pool: Pool, database: Database, mail: Mail, complained: int, head: str, figure: str
) -> None:
    person = mail.person()
    for _ in range(complained):
        mail.complained(person)
    for _ in range(2000 - complained):
        mail.sent(person)
    await mail.write(database)
    said = words((await complaints(pool)).blocks)
    assert said.startswith(f"{head}\n")
    assert figure in said


async def test_no_mail_is_no_rate_and_no_complaint_is_said_to_be_none(
    pool: Pool, database: Database, mail: Mail
) -> None:
    empty = await complaints(pool, "7d")
    assert empty.text == "No mail was sent in 7 days, and nobody complained."
    assert words(empty.blocks).startswith(":warning: No mail was sent\n*No account is near a limit.*\n")
    assert "*Complaints no rate* (0 of 0), nothing was sent" in words(empty.blocks)
    person = mail.person()
    mail.sent(person)
    await mail.write(database)
    calm = words((await complaints(pool)).blocks)
    assert calm.startswith(":white_check_mark: Nobody complained\n")
    assert ":white_check_mark: *Complaints 0%* (0 of 1), under 0.05%" in calm
    assert "Next: " not in calm
    mail.complained(person)
    mail.rows = [(*row[:3], NOW - 20 * DAY if row[0] == "sent" else row[3], row[4]) for row in mail.rows]
    await mail.write(database)
    later = await complaints(pool, now=NOW + 21 * HOUR + timedelta(minutes=30))
    assert later.text == "There is no complaint rate, for nothing was sent: 1 complaint in 24 hours."


async def test_a_restriction_is_offered_only_where_it_can_be_asked_for(
    pool: Pool, database: Database, mail: Mail
) -> None:
    free, asked, restricted = mail.person(), mail.person(), mail.person(restricted=True)
    for person in (free, asked, restricted):
        for _ in range(5):
            mail.complained(person)
    await mail.write(database)
    async with pool.acquire() as connection, connection.transaction():
        await ask(connection, asked)
    said = await complaints(pool)
    assert "*+81 •••• 0003*, 5 complaints: limit 5 reached, restricted" in words(said.blocks)
    (offered,) = [block for block in said.blocks if block["type"] == "actions"]
    assert offered["elements"][1]["accessibility_label"] == "Ask to restrict the account ending in 0001"
    assert "Ask to restrict…" not in labels((await complaints(pool, who="U0AUD1")).blocks)
    alone = {**pressing.GROUPS, Group.MANAGEMENT: frozenset({"U0MGR1"})}
    assert "Ask to restrict…" not in labels((await complaints(pool, who="U0MGR1", groups=alone)).blocks)
    assert labels((await complaints(pool, str(free))).blocks) == [
        "Show account",
        "Ask to restrict…",
        "Show all complaints",
    ]
    assert "Ask to restrict…" not in labels((await complaints(pool, str(asked))).blocks)


async def test_long_lists_have_pages_of_fifteen_that_go_on_and_back(pool: Pool, database: Database, mail: Mail) -> None:
    for _ in range(17):
        person = mail.person()
        for _ in range(4):
            mail.complained(person)
    await mail.write(database)
    first = await complaints(pool)
    near = shown(await press(pool, "complaints.show", value=values(first, "Show all 17")[0]))
    assert words(near.blocks).startswith("Accounts near a limit\n1-15 of 17, 30 days, since the last lift\n")
    last = shown(await press(pool, "complaints.next", value=values(near, "Next")[0]))
    assert last.text == "Accounts near a limit, 16-17 of 17."
    back = shown(await press(pool, "complaints.previous", value=values(last, "Previous")[0]))
    assert back.text == near.text
    assert shown(await press(pool, "complaints.show", value=values(back, "Show the summary")[0])).text == first.text
    old = await press(pool, "complaints.next", value="cp_nothing")
    assert (old.result, old.allowed) == ("refused:unknown_button", False)
    assert (await press(pool, "complaints.show")).parameters["part"] == "summary"


async def test_an_unknown_option_gets_the_nearest_as_a_button_that_runs_it_then_the_list(pool: Pool) -> None:
    outcome = await press(pool, "/faxi-complaints", kind="command", text="week")
    said = shown(outcome)
    assert (outcome.result, outcome.allowed) == ("refused:unknown_option", False)
    assert "Did you mean `/faxi-complaints 7d`?\n" in words(said.blocks)
    ran = await press(pool, "complaints.show", value=values(said, "Show 7 days")[0])
    assert ran.parameters["period"] == "7d"
    for typed in ("docomo.ne.jp", "Tanaka 4821"):
        assert labels((await complaints(pool, typed)).blocks) == []
    nobody = await press(pool, "/faxi-complaints", kind="command", text="+81 90-9999-0000")
    assert (nobody.result, nobody.parameters) == ("refused:not_found", {"typed": "+81 •••• 0000"})


async def test_a_number_in_a_mention_is_answered_with_the_advice_to_delete_it(
    pool: Pool, database: Database, mail: Mail
) -> None:
    mail.complained(mail.person())
    await mail.write(database)
    command = wiring.catalogue().find("command", "/faxi-complaints")
    said = shown(await press(pool, "app_mention", kind="event", text="+819012300001", run=command))
    assert words(said.blocks).endswith("Only you see this. If your own message holds the number, please delete it.")


async def test_the_parts_are_those_of_the_rate_whatever_faxis_rows_hold(
    pool: Pool, database: Database, mail: Mail
) -> None:
    chance = random.Random(6)  # noqa: S311 - lifelike, not secret
    people = [None, *(mail.person() for _ in range(5))]
    for _ in range(150):
        mail.complained(
            chance.choice(people),
            at=NOW - chance.uniform(-1, 60) * HOUR,
            kind=chance.choice(["abuse", "Abuse", "not-spam", "auth-failure", "other"]),
            blamed=chance.choice(people),
            times=chance.choice([1, 1, 2, 40]),
        )
    await mail.write(database)
    async with pool.acquire() as connection:
        counted = await status.window(connection, NOW - DAY, NOW)
        made = complaint_report.report(await metric.complaints(connection, NOW - DAY, NOW))
    assert (made.counted, made.not_counted) == (counted.complaints, counted.not_counted)
    assert made.counted > 0
    assert made.not_counted > 0


async def test_a_week_begins_on_monday_in_the_teams_zone(pool: Pool, database: Database, mail: Mail) -> None:
    person = mail.person()
    for moment in ("2026-11-22 23:59", "2026-11-23 00:00"):
        mail.complained(person, at=at(moment))
    await mail.write(database)
    said = words((await complaints(pool)).blocks)
    assert "Since Mon 23 Nov: 1\nMon 16 Nov to Sun 22 Nov: 1\n" in said
    assert complaint_report.weeks(NOW, ZONE)[0].start == at("2026-11-23 00:00")
