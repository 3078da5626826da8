"""What /faxi-flagged shows: who needs attention, the most urgent first, each with the one step that would work now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine.access import Group, Right
from bot.slack.blocks import Message
from bot.slack.clicks import Click
from tests.support import pressing, screens
from tests.support.attending import DAY, HOUR, Office
from tests.support.databases import Database
from tests.support.mailing import values
from tests.support.pressing import NOW, TEAM, labels, press, shown, words
from tests.support.team import at
from tests.test_screens import drawn, general, lines

OTHERWISE: Mapping[str, str] = {
    # yesterday is what Slack makes of the date
    "since yesterday DAY": "since DAY",
    "since yesterday": "since DAY",
    # who calls stands with the case in which it is recorded, and the reason in the words of all screens
    "Next: call today, NAME. No fax: number not verified": (
        "Next: call today, NAME (OPS-N). No fax: the fax number is not verified"
    ),
    "Next: call today, NAME": "Next: call today, NAME (OPS-N)",
    "Next: call tomorrow, NAME": "Next: call tomorrow, NAME (OPS-N)",
    "Next: call by DAY, Aoi Tanaka": "Next: call by DAY, NAME (OPS-N)",
    "Next: call by DAY, NAME": "Next: call by DAY, NAME (OPS-N)",
    # a letter is one of the ways to be in contact, and is not planned
    "Next: a letter by DAY, NAME": "Next: call by DAY, NAME (OPS-N)",
    # how it counts
    "Complaints of the last N days.": "Complaints of the last N days, since the last lift.",
}
"""Lines that were drawn, and what stands in their place for the reason above them."""


async def flagged(pool: Pool, who: str = "U0OP1", text: str = "", **click: Any) -> Message:
    """Type /faxi-flagged and return the answer."""
    return shown(await press(pool, "/faxi-flagged", who, kind="command", text=text, **click))


async def turned(pool: Pool, page: Message, label: str, **click: Any) -> Message:
    """Press Next or Previous."""
    name = "flagged.page" if label == "Next" else "flagged.page.back"
    return shown(await press(pool, name, value=values(page, label)[0], **click))


def missing(state: str, message: Message) -> Sequence[str]:
    """Return what was drawn and is not to be seen."""
    said, found = "\n".join(lines(list(message.blocks))), []
    for line in lines(drawn("flagged")[state]["blocks"]):
        wanted = line
        if line in {"Review\u2026", "Restrict\u2026", "Show", "Contact\u2026"}:
            continue  # the buttons are compared below: they say what they do in the words of the account's page
        for was, now in OTHERWISE.items():
            if wanted == was or (was in wanted and "Next: call" not in was):
                wanted = wanted.replace(was, now)
                break
        if wanted not in said:
            found.append(wanted)
    return found


def rows(message: Message) -> list[str]:
    """Return the ends of the numbers of the accounts, in order."""
    return [
        line[10:14] for line in words(message.blocks).split("\n") if line.startswith("*+81 \u2022\u2022\u2022\u2022 ")
    ]


async def many(database: Database) -> list[UUID]:
    """Write the 47 accounts that were drawn, the most urgent first."""
    made = []
    async with database.connect() as eyes:
        office = Office(eyes)

        async def one(complaints: int) -> UUID:
            made.append(await office.account(complaints))
            return made[-1]

        for complaints, since in ((7, NOW - DAY), (5, NOW - 2 * HOUR)):
            await office.crossed(await one(complaints), since)
        for complaints, since in ((4, NOW - 15 * HOUR), (3, NOW - HOUR)):
            await office.case(await one(complaints), due_at=since)
        for complaints in (5, 6):
            await office.request(await one(complaints), expires_at=at("2026-11-26 18:00") + HOUR * len(made))
        for n in range(14):
            await office.case(await one(3 + n % 2), due_at=NOW + HOUR + n * timedelta(hours=1.6))
        for n, due_at in enumerate((0.3, 0.3, 1.2, 2.2, 5.2)):
            account = await one(3)
            case = await office.case(account, due_at=NOW + due_at * DAY + n * HOUR / 10, owner="U0OP2")
            await office.step(case, "call")
            if n == 1:
                await office.no_fax(case, account, "not_verified")
        for n in range(22):
            await office.restriction(
                await one(0),
                at=NOW - 40 * DAY,
                follow_up_at=NOW - 9 * DAY,
                lifted_at=NOW - 5 * DAY,
                watch_until=NOW + (n + 6) * DAY,
            )
            for k in range(3):
                await office.complained(made[-1], NOW - DAY - k * HOUR)
    return made


async def test_two_accounts_say_first_what_needs_this_person_and_until_when(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        await office.case(await office.account(3), due_at=at("2026-11-25 19:12"))
        await office.request(await office.account(5), expires_at=at("2026-11-26 18:00"))
    said = await flagged(pool)
    assert missing("two", said) == []
    assert said.text == drawn("flagged")["two"]["text"]
    # a decision comes before a review that is not late, as in the order that was drawn for long lists
    assert labels(said.blocks) == ["Show account", "Open the review"]
    manager = await flagged(pool, "U0MGR1")
    assert labels(manager.blocks) == ["Open the request", "Open the review"]
    assert manager.text == "2 flagged accounts, 2 of them need you, first a decision by Thu 26 Nov 18:00 JST."
    auditor = await flagged(pool, "U0AUD1")
    assert labels(auditor.blocks) == ["Show account", "Show account"]
    assert "*Nothing here needs you now.*" in words(auditor.blocks)


async def test_long_lists_have_pages_of_fifteen_with_their_count(pool: Pool, database: Database) -> None:
    await many(database)
    first = await flagged(pool)
    assert missing("page_1", first) == []
    assert first.text == drawn("flagged")["page_1"]["text"]
    assert labels(first.blocks)[:6] == ["Ask to restrict\u2026"] * 2 + ["Open the review"] * 2 + ["Show account"] * 2
    second = await turned(pool, first, "Next")
    assert missing("page_2", second) == []
    assert second.text == drawn("flagged")["page_2"]["text"]
    assert labels(second.blocks)[5:10] == ["Record a contact\u2026"] * 5
    third = await turned(pool, second, "Next")
    last = await turned(pool, third, "Next")
    assert missing("last_page", last) == []
    assert last.text == drawn("flagged")["last_page"]["text"]
    assert labels(last.blocks) == ["Show account", "Show account", "Previous"]
    pages = [first, second, third, last]
    assert [row for page in pages for row in rows(page)] == [f"{number:04}" for number in range(1, 48)]
    assert (await turned(pool, await turned(pool, last, "Previous"), "Previous")).blocks == second.blocks
    for page in pages:
        spoken = [one["accessibility_label"] for block in page.blocks for one in screens.elements(block)]
        assert len(spoken) == len(set(spoken))
    assert values(second, "Next")[0].startswith("fl_")


async def test_when_accounts_go_between_two_turns_none_is_shown_twice_or_lost(pool: Pool, database: Database) -> None:
    made = await many(database)
    first = await flagged(pool)
    async with database.connect() as eyes:
        await eyes.execute("UPDATE public.users SET email_restricted = true WHERE id = ANY ($1)", made[3:6])
    second = await turned(pool, first, "Next")
    assert rows(second)[0] == "0016"
    assert "13-27 of 44\nThe list has changed since the last page.\n" in words(second.blocks)
    assert rows(await turned(pool, second, "Previous")) == [*rows(first)[:3], *rows(first)[6:]]


async def test_nobody_to_look_after_is_said_with_how_many_were_looked_at(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        await office.account(2)
        await office.account(4, restricted=True, since=NOW - DAY)
    said = await flagged(pool)
    assert missing("none", said) == []
    # these two, and the demo user that Faxi has of its own
    assert "An account is flagged at 3 complaints in 30 days. 3 accounts looked at." in words(said.blocks)
    assert said.text == drawn("flagged")["none"]["text"]


async def test_a_flagged_account_that_nobody_has_reviewed_needs_a_review_and_stands_before_what_waits(
    pool: Pool, database: Database
) -> None:
    """The runbook wants a review within 24 hours; of one that was flagged before the bot began, none is open."""
    async with database.connect() as eyes:
        office = Office(eyes)
        reviewed = await office.account(4)
        await office.case(reviewed, closed_at=NOW - HOUR)
        await office.account(3)
    said = await flagged(pool)
    assert rows(said) == ["0002", "0001"]
    assert said.text == "2 flagged accounts, 1 of them needs a review."
    assert "*1 needs you:* a review." in words(said.blocks)
    # Where the third complaint is known, the runbook's day ends somewhen: then the review is late.
    async with database.connect() as eyes:
        office.eyes = eyes
        for since in (NOW - 23 * HOUR, NOW - 25 * HOUR):
            await office.crossed(await office.account(4), since, 3)
    dated = await flagged(pool)
    assert rows(dated) == ["0004", "0003", "0002", "0001"]
    assert "*1 needs a next step now:* 1 review is late." in words(dated.blocks)
    assert "Next: review, late since <!date^1795564200^" in words(dated.blocks)
    assert "Next: review by <!date^1795571400^{time}|10:50 JST>: nobody has, and none is open" in words(dated.blocks)


async def test_who_is_not_flagged_is_listed_too_while_something_is_open(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        lifted = await office.account()
        case = await office.restriction(
            lifted, at=NOW - 40 * DAY, follow_up_at=NOW, lifted_at=NOW - DAY, watch_until=NOW + 29 * DAY
        )
        said = await flagged(pool)
        assert said.text == "1 account to look after, and nothing here needs you now."
        assert "No account is flagged: none has 3 complaints in 30 days." in words(said.blocks)
        assert "*+81 \u2022\u2022\u2022\u2022 0001*, 0 complaints\nNext: watched until Thu 24 Dec" in words(said.blocks)
        await office.account(4)
        await eyes.execute(
            "UPDATE chatops.cases SET state = 'open', closed_at = NULL, closed_by = NULL, due_at = $1", NOW
        )
        await office.step(case, "call_after_complaint")
        late = await flagged(pool)
    assert late.text == "1 flagged account, 1 of them needs a next step now."
    assert "*1 needs a next step now:* 1 call is late.\n1 more account has fewer than 3 complaints" in words(
        late.blocks
    )
    assert "Next: call, late since <!date^" in words(late.blocks)
    assert "Next: review: nobody has, and none is open" in words(late.blocks)
    assert labels(late.blocks) == ["Record a contact\u2026", "Show account"]


@pytest.mark.parametrize(
    ("denied_at", "next_step"),
    [
        (NOW - HOUR, "Next: nothing now, management decided not to restrict, "),
        (NOW - 2 * DAY, "Next: ask to restrict, due since "),
    ],
)
async def test_what_management_has_decided_is_not_asked_for_until_a_later_complaint(
    pool: Pool, database: Database, denied_at: datetime, next_step: str
) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        account = await office.account(6)
        await office.crossed(account, NOW - DAY)
        await office.request(account, state="denied", decided_at=denied_at)
    said = await flagged(pool)
    assert next_step in words(said.blocks)
    assert ("Ask to restrict\u2026" in labels(said.blocks)) == ("ask" in next_step)


async def test_the_bots_own_asking_is_said_and_a_reviewed_account_is_left_in_peace(
    pool: Pool, database: Database
) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        expired, reviewed = await office.account(5), await office.account(3)
        await eyes.execute(
            "INSERT INTO chatops.due (kind, subject, due_at, attempts) VALUES ('restriction.ask_again', $1, $2, 0)",
            *(str(expired), at("2026-11-26 09:00")),
        )
        await office.case(reviewed, closed_at=at("2026-11-24 15:00"))
    said = words((await flagged(pool)).blocks)
    assert "Next: ask to restrict, due now. The bot asks again by itself Thu 26 Nov 09:00" in said
    assert "|Tue 24 Nov 15:00 JST> (OPS-0001)\n" in said.partition("Next: nothing now, reviewed ")[2]


async def test_what_nobody_could_decide_or_one_made_oneself_is_not_offered(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        await office.account(5)
        await office.request(await office.account(5), requester="U0MGR1")
        await office.case(await office.account(3), due_at=NOW + HOUR, posted=None)
    alone = {**pressing.GROUPS, Group.MANAGEMENT: frozenset({"U0MGR1"})}
    assert labels((await flagged(pool, "U0MGR1", groups=alone)).blocks) == ["Show account"] * 3
    assert labels((await flagged(pool, "U0MGR2")).blocks) == [
        "Ask to restrict\u2026",
        "Open the request",
        "Show account",
    ]


async def test_a_word_behind_it_gets_the_nearest_list_as_a_button_then_what_may_be_typed(
    pool: Pool, database: Database
) -> None:
    async with database.connect() as eyes:
        await Office(eyes).account(3)
    outcome = await press(pool, "/faxi-flagged", kind="command", text="restricted")
    said = shown(outcome)
    assert (outcome.result, outcome.allowed) == ("refused:unknown_option", False)
    assert words(said.blocks).startswith(
        ":grey_question: `/faxi-flagged` does not know \u201crestricted\u201d.\nDid you mean `/faxi-restrictions`?\n"
    )
    assert labels(said.blocks) == ["Show restrictions"]
    odd = await press(pool, "/faxi-flagged", kind="command", text="+81 90-1234-4821")
    assert labels(shown(odd).blocks) == ["Show flagged accounts"]
    assert odd.parameters == {"typed": "+81 \u2022\u2022\u2022\u2022 4821"}
    command = wiring.catalogue().find("command", "/faxi-flagged")
    mention = shown(await press(pool, "app_mention", kind="event", text="+81 90-1234-4821", run=command))
    assert words(mention.blocks).endswith("If your own message holds the number, please delete it.")
    ran = await press(pool, "flagged.show")
    assert (ran.result, ran.parameters) == ("shown", {"from": 0, "of": 1, "flagged": 1})
    old = await press(pool, "flagged.page", value="fl_unknown1")
    assert (old.result, old.allowed) == ("refused:unknown_button", False)


@pytest.mark.parametrize(("words_typed", "tag"), [("flagged", "flagged:list"), ("restrictions", "restrictions:list")])
def test_a_mention_does_what_the_command_does(words_typed: str, tag: str) -> None:
    catalogue = wiring.catalogue()
    one = catalogue.find("event", "app_mention")
    assert one is not None
    typed = f"<@U0BOT> {words_typed}"
    click = Click("event", "app_mention", "event:1", "U0OP1", None, "C0OPS", 0.0, NOW, text=typed)
    meant, does = catalogue.route(click, one)
    assert (meant.text, does.tag, does.right) == ("", tag, Right.READ)


def test_while_the_database_is_away_they_are_unknown_and_never_none() -> None:
    command = wiring.catalogue().find("command", "/faxi-flagged")
    assert command is not None
    assert command.away is not None
    said = command.away(at("2026-12-03 12:03"), TEAM)
    assert missing("database_away", said) == []
    assert said.text == drawn("flagged")["database_away"]["text"]


def test_every_state_that_was_drawn_is_compared() -> None:
    assert set(drawn("flagged")) == {"two", "page_1", "page_2", "last_page", "none", "database_away"}
    assert general("OPS-0001") == "OPS-N"
