"""What /faxi-restrictions shows: all restricted accounts, whoever did it: since when, why, by whom, what is next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import wiring
from bot.base.database import Pool
from bot.engine.access import Group
from bot.mail import restriction_list
from bot.slack.blocks import Message
from tests.support import pressing, screens
from tests.support.attending import DAY, HOUR, Office
from tests.support.databases import Database
from tests.support.mailing import values
from tests.support.pressing import NOW, TEAM, labels, press, shown, words
from tests.support.team import at

ORDER = ["late", "call", "decide", "review", "unplanned", "planned"]
INSTANT = timedelta(microseconds=1)
WHEN = st.integers(-60, 60).map(lambda days: NOW + days * DAY) | st.sampled_from([NOW, NOW - INSTANT, NOW + INSTANT])
FACTS = st.fixed_dictionaries(
    {
        "marked": st.sampled_from([True, True, True, False, None]),
        "since": st.none() | st.integers(1, 90).map(lambda days: NOW - days * DAY),
        "made": st.sampled_from([None, "bot", "hand"]),
        "follow_up": WHEN,
        "review": st.none() | st.tuples(WHEN, st.booleans()),
        "call": st.booleans(),
        "request": st.sampled_from([None, "lift", "error"]),
        "expires": st.integers(1, 90).map(lambda hours: NOW + hours * HOUR),
    }
)


async def restricted(pool: Pool, who: str = "U0OP1", text: str = "", **click: Any) -> Message:
    """Type /faxi-restrictions and return the answer."""
    return shown(await press(pool, "/faxi-restrictions", who, kind="command", text=text, **click))


def expected(facts: dict[str, Any]) -> tuple[str, datetime | None]:
    """Say from the written rules what is next with a restricted account, and when."""
    made, review = facts["made"], facts["review"] if facts["made"] else None
    if made and review and not review[1] and review[0] <= NOW:
        return "late", review[0]
    if made and not review and facts["follow_up"] <= NOW:
        return "late", facts["follow_up"]
    if made and facts["call"]:
        return "call", None
    if facts["request"]:
        return "decide", facts["expires"]
    if made and review and not review[1]:
        return "review", review[0]
    if made and not review:
        return "planned", facts["follow_up"]
    return "unplanned", None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(FACTS, min_size=1, max_size=5))
async def test_all_restricted_accounts_are_listed_once_the_most_urgent_first(
    database: Database, people: list[dict[str, Any]]
) -> None:
    wanted = []
    end = at("9000-01-01 00:00")
    async with database.connect() as eyes:
        transaction = eyes.transaction()
        await transaction.start()
        office = Office(eyes)
        for facts in people:
            account = await office.account(restricted=facts["marked"], since=facts["since"])
            if facts["made"]:
                review = None
                if facts["review"]:
                    by, done = facts["review"]
                    review = await office.case(account, "review", due_at=by, closed_at=NOW - HOUR if done else None)
                case = await office.restriction(
                    account,
                    at=facts["since"] or NOW - DAY,
                    follow_up_at=facts["follow_up"],
                    review_case=review,
                    by_hand=facts["made"] == "hand",
                )
                await eyes.execute("UPDATE chatops.cases SET state = 'open', closed_at = NULL WHERE id = $1", case)
                await eyes.execute("UPDATE chatops.cases SET due_at = NULL WHERE id = $1", case)
                await office.step(case, "call", state="todo" if facts["call"] else "done")
            if facts["request"]:
                await office.request(account, facts["request"], expires_at=facts["expires"])
            if facts["marked"]:
                need, date = expected(facts)
                wanted.append((ORDER.index(need), date or facts["since"] or end, str(account), need))
        found = await restriction_list.listed(eyes, NOW)
        await transaction.rollback()
    rows = [
        (ORDER.index(one.need), one.at or one.account.restricted_at or end, str(one.account.id), one.need)
        for one in found.rows
    ]
    assert rows == sorted(wanted)


async def some(database: Database) -> None:
    """Write one account of each kind, and what is open about it."""
    async with database.connect() as eyes:
        office = Office(eyes)
        for days in (34, 31):
            account = await office.account(1, restricted=True, since=NOW - days * DAY)
            by = NOW - HOUR if days == 34 else at("2026-11-26 18:00")
            review = await office.case(account, "review", due_at=by, owner="U0OP2")
            await office.restriction(
                account, at=NOW - days * DAY, follow_up_at=NOW - 2 * DAY, review_case=review, by_hand=days == 31
            )
        account = await office.account(restricted=True, since=NOW - DAY)
        case = await office.restriction(account, at=NOW - DAY, follow_up_at=NOW + 29 * DAY)
        await eyes.execute("UPDATE chatops.cases SET state = 'acknowledged', closed_at = NULL WHERE id = $1", case)
        await office.step(case, "call")
        await office.no_fax(case, account, "not_verified")
        account = await office.account(restricted=True, since=NOW - 40 * DAY)
        await office.restriction(account, at=NOW - 40 * DAY, follow_up_at=NOW - 10 * DAY)
        await office.request(account, "lift", expires_at=at("2026-11-26 18:00"))
        await eyes.execute("UPDATE chatops.restrictions SET follow_up_at = $2 WHERE subject = $1", account, NOW + DAY)
        await office.account(restricted=True, since=NOW - 50 * DAY)
        await office.account(restricted=True)
        account = await office.account(restricted=True, since=NOW - 3 * DAY)
        await office.restriction(account, at=NOW - 3 * DAY, follow_up_at=at("2026-12-22 09:00"))


async def test_each_says_since_when_why_by_whom_what_was_sent_and_what_is_next(pool: Pool, database: Database) -> None:
    await some(database)
    said = await restricted(pool)
    assert said.text == "7 restricted accounts: 1 review is late."
    told = words(said.blocks)
    assert told.startswith(
        ":no_entry_sign: 7 restricted accounts\n*1 review is late, 1 person was not told yet, 1 decision waits, "
        "1 review is due, 2 have no review planned.*\n:warning: Faxi does not stop their mail by itself yet.\n"
        "*+81 •••• 0001*, since Thu 22 Oct 2026\n"
        "5 or more complaints in 30 days, asked by Aoi Tanaka, approved by Kenji Ono (OPS-0002)\n1 mail sent since\n"
        "Next: review, late since <!date^"
    )
    assert "JST>, Ren Mori (OPS-0001)\n" in told
    rows = told.split("*+81 •••• ")
    assert [row[:4] for row in rows[1:]] == ["0001", "0003", "0004", "0002", "0005", "0006", "0007"]
    assert "Next: call the person, who was not told yet, Aoi Tanaka" not in rows[2]
    assert (
        "Next: call the person, who was not told yet, nobody has it yet (OPS-0005). No fax: the fax number" in rows[2]
    )
    assert "Next: management decides whether it lifts it by Thu 26 Nov 18:00, asked by Aoi Tanaka (OPS-0007)" in rows[3]
    assert "asked by Hana Sato, approved by Jun Ito, by hand (OPS-0004)\n" in rows[4]
    assert "Next: review by <!date^" in rows[4]
    assert "Not restricted by this bot, so it knows neither why nor by whom.\n0 mails sent since\n" in rows[5]
    assert rows[6].startswith("0006*, nobody knows since when\nNot restricted by this bot")
    assert "sent since" not in rows[6]
    assert "Next: a look at it, nobody planned a review" in rows[6]
    assert "Next: follow-up on Tue 22 Dec 2026" in rows[7]


async def test_the_one_button_is_what_this_person_could_do_now(pool: Pool, database: Database) -> None:
    await some(database)
    show, lift, contact = "Show account", "Ask to lift…", "Record a contact…"
    said = await restricted(pool)
    assert labels(said.blocks) == [lift, contact, show, lift, lift, show, show]
    manager = await restricted(pool, "U0MGR1")
    assert labels(manager.blocks) == [lift, contact, "Open the request", lift, lift, show, show]
    assert labels((await restricted(pool, "U0AUD1")).blocks) == [show] * 7
    alone = {**pressing.GROUPS, Group.MANAGEMENT: frozenset({"U0MGR1"})}
    assert labels((await restricted(pool, "U0MGR1", groups=alone)).blocks)[0] == show
    spoken = [one["accessibility_label"] for block in said.blocks for one in screens.elements(block)]
    assert len(set(spoken)) == 7


async def test_what_was_made_by_hand_is_listed_at_once_with_the_names_that_were_typed(
    pool: Pool, database: Database
) -> None:
    await pressing.add_user(database)
    async with database.connect() as owner:
        act = "SELECT chatops.restrict_by_hand('+819012344821', 'fraud', 'Hana Sato', 'Jun Ito')"
        await owner.execute(act)
        now = await owner.fetchval("SELECT clock_timestamp()")
    told = words((await restricted(pool, now=now + HOUR)).blocks)
    assert "Fraud or scam mail, asked by Hana Sato, approved by Jun Ito, by hand (OPS-0001)\n" in told
    assert "Next: follow-up on " in told


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (None, "Not restricted by this bot, so it knows neither why nor by whom."),
        (" ", "Not restricted by this bot, so it knows neither why nor by whom."),
        (
            "Exceeded complaint threshold (5 in 30 days)",
            "Faxi notes why: “Exceeded complaint threshold (5 in 30 days)”; by whom is not noted.",
        ),
        ("<!channel>\nspam " + "x" * 90, "spam " + "x" * 60),
        ("Hana called from 090-1234-4821", "Why is noted in Faxi, with what is not shown here; by whom is not."),
        ("asked by hana@example.com", "Why is noted in Faxi, with what is not shown here; by whom is not."),
    ],
)
async def test_of_one_that_somebody_else_made_it_says_what_faxi_notes_and_nothing_of_a_person(
    pool: Pool, database: Database, noted: str | None, said: str
) -> None:
    async with database.connect() as eyes:
        account = await Office(eyes).account(restricted=True, since=NOW - DAY)
        await eyes.execute("UPDATE public.users SET email_restriction_reason = $2 WHERE id = $1", account, noted)
    told = words((await restricted(pool)).blocks)
    assert said in told
    assert "hana" not in told.lower()


async def test_one_that_was_reviewed_and_stays_has_no_other_review_planned(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        account = await office.account(restricted=True, since=NOW - 40 * DAY)
        review = await office.case(account, "review", closed_at=at("2026-11-20 10:00"))
        await office.restriction(account, at=NOW - 40 * DAY, follow_up_at=NOW - 10 * DAY, review_case=review)
    told = words((await restricted(pool)).blocks)
    assert "*1 has no review planned.*" in told
    assert "Next: a look at it, reviewed on Fri 20 Nov 2026 (OPS-0001) and no other review is planned" in told


async def test_long_lists_have_pages_of_fifteen_that_go_on_and_back(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        for days in range(17):
            account = await office.account(restricted=True, since=NOW - days * DAY)
            await office.restriction(account, at=NOW - days * DAY, follow_up_at=NOW + (days + 1) * DAY)
    first = await restricted(pool)
    assert first.text == "17 restricted accounts, and nothing is due."
    assert "*Nothing is due*: every one has its follow-up." in words(first.blocks)
    assert "\n1-15 of 17\n" in words(first.blocks)
    last = shown(await press(pool, "restrictions.page", value=values(first, "Next")[0]))
    assert last.text == "17 restricted accounts, here 16-17."
    assert "16-17 of 17\n*+81 •••• 0016*" in words(last.blocks)
    back = shown(await press(pool, "restrictions.page.back", value=values(last, "Previous")[0]))
    assert back.blocks == first.blocks
    for value in ("rl_unknown1", values(await restricted(pool), "Show account")[0]):
        old = await press(pool, "restrictions.page", value=value)
        assert (old.result, old.allowed) == ("refused:unknown_button", False)


async def test_nobody_is_restricted_a_wrong_word_and_a_database_that_is_away_are_said(pool: Pool) -> None:
    said = await restricted(pool)
    assert said.text == "No account is restricted."
    outcome = await press(pool, "/faxi-restrictions", kind="command", text="flaged")
    assert outcome.result == "refused:unknown_option"
    assert labels(shown(outcome).blocks) == ["Show flagged accounts"]
    assert (await press(pool, "restrictions.show")).parameters == {"from": 0, "of": 0}
    command = wiring.catalogue().find("command", "/faxi-restrictions")
    assert command is not None
    assert command.away is not None
    away = command.away(at("2026-12-03 12:03"), TEAM)
    assert words(away.blocks).startswith(":grey_question: *Restricted accounts unknown since <!date^")
    assert list(screens.problems("message", away.as_arguments())) == []


@pytest.mark.parametrize("enforced", [False, True])
async def test_whether_faxi_stops_the_mail_is_said_as_it_is(pool: Pool, database: Database, *, enforced: bool) -> None:
    async with database.connect() as eyes:
        await Office(eyes).account(restricted=True, since=NOW - DAY)
    team = replace(TEAM, enforced=enforced)
    told = words((await restricted(pool, team=team)).blocks)
    assert (":warning: Faxi does not stop their mail by itself yet." in told) is not enforced
