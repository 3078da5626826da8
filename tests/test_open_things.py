"""Every kind of open thing is found, once, and every table is claimed by a kind or holds nothing open."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.base.database import Connection
from bot.duty import handoffs, open_things
from bot.duty.open_kinds import KINDS
from bot.slack.client import Refused
from commands.handoff_words import WORDS
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.pressing import NOW
from tests.support.team import make_team

if TYPE_CHECKING:
    import asyncpg

TEAM = make_team()
HOLD_NOTHING_OPEN = {
    "complaints_seen": "what the look at the mail has read",
    "contacts": "talks that were had",
    "group_readings": "who is in a group",
    "handles": "values of buttons",
    "handoff_items": "what a handoff lists, not what is open",
    "handoff_questions": "asked in the thread of a handoff",
    "handoffs": "the handoff itself",
    "homes": "what App Home shows to whom",
    "installation": "which database this is",
    "interactions": "which clicks came",
    "leases": "who sends",
    "memberships": "who is in a group",
    "migration": "which migrations ran",
    "oncall": "who is on call",
    "people": "names",
    "previews": "pictures of faxes",
    "reveals": "numbers that were seen",
    "runbooks": "files that were read",
    "runs": "what a schedule has begun; what it began is a case",
    "sends_told": "what was told",
    "strays": "copies of messages",
    "watch": "until when the mail was read",
    "watch_told": "what was told",
}
"""The tables that hold nothing open, and what they hold."""


@pytest.fixture
async def eyes(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection that may write everything."""
    async with database.connect() as connection:
        yield connection


async def found(connection: Connection) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return kind, key and what each thing stands for."""
    things = (await open_things.find(connection, TEAM, KINDS, NOW)).things
    return [(one.kind, one.key, one.also) for one in things]


async def of_each_kind(office: Office) -> None:
    """Make one open thing of each kind that nothing else stands for."""
    eyes = office.eyes
    await office.case(await office.account())
    account = await office.account(restricted=True, since=NOW - 25 * DAY)
    await office.restriction(account, at=NOW - 25 * DAY, follow_up_at=NOW + 5 * DAY)
    await eyes.execute("UPDATE chatops.cases SET closed_at = opened_at, closed_by = 'bot', state = 'done' WHERE id = 2")
    asked = await office.account()
    await office.request(asked)
    await eyes.execute("UPDATE chatops.cases SET closed_at = opened_at, closed_by = 'bot', state = 'done' WHERE id = 3")
    await office.account(complaints=3)
    listed = await office.case(await office.account(), "morning", posted=None)
    await eyes.execute("UPDATE chatops.cases SET kind = 'checklist', subject = NULL WHERE id = $1", listed)
    await office.step(listed, "look")
    await eyes.execute(
        "INSERT INTO chatops.effects (id, kind, subject, state, due_at, attempts, asked, created_at)"
        " VALUES (gen_random_uuid(), 'fax.send', 'x', 'unknown', $1, 1, 2, $1)",
        NOW,
    )
    await eyes.execute(
        "INSERT INTO chatops.posts (renderer, subject, parameters, destination, state, urgent, attempts, maybe_twice,"
        " created_at) VALUES ('oncall.taken', 'oncall', '{}', 'C0OPS', 'failed', false, 3, false, $1)",
        NOW,
    )
    await eyes.execute("INSERT INTO chatops.handoff_notes (who, at, words) VALUES ('U0OP1', $1, 'Look')", NOW)
    await eyes.execute(
        "INSERT INTO chatops.due (kind, subject, due_at, attempts) VALUES ('watch.look', 'mail', $1, 0)",
        NOW - timedelta(minutes=30),
    )


async def test_one_of_each_registered_kind_is_found(eyes: "asyncpg.Connection[asyncpg.Record]") -> None:
    await of_each_kind(Office(eyes))
    kinds = [kind for kind, _, _ in await found(eyes)]
    assert sorted(kinds) == sorted(kind.name for kind in KINDS)
    assert set(kinds) == set(WORDS)


async def test_the_case_stands_for_its_request_its_restriction_its_effects_and_its_messages(
    eyes: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    office = Office(eyes)
    case_id = await office.request(await office.account())
    await eyes.execute(
        "INSERT INTO chatops.effects (id, kind, subject, state, due_at, attempts, asked, created_at)"
        " VALUES (gen_random_uuid(), 'case.look', $2, 'unknown', $1, 1, 2, $1)",
        NOW,
        f"case:{case_id}",
    )
    await eyes.execute(
        "INSERT INTO chatops.posts (renderer, subject, parameters, destination, state, urgent, attempts, maybe_twice,"
        " created_at) VALUES ('case.step', $2, '{}', 'C0OPS', 'failed', false, 3, false, $1)",
        NOW,
        f"case:{case_id}",
    )
    assert await found(eyes) == [("case", f"case:{case_id}", ("approval", "effect", "message"))]


async def test_of_a_message_that_slack_refused_only_its_word_is_handed_over(
    eyes: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await eyes.execute(
        "INSERT INTO chatops.posts (renderer, subject, parameters, destination, state, urgent, attempts, maybe_twice,"
        " error, created_at) VALUES ('fax.told', 'x', '{}', 'C0OPS', 'failed', false, 3, false, $2, $1)",
        NOW,
        str(Refused("invalid_blocks", "[ERROR] invalid url: tel:09034714821")),
    )
    things = (await open_things.find(eyes, TEAM, KINDS, NOW)).things
    assert [one.facts["error"] for one in things if one.kind == "message"] == ["Slack refused: invalid_blocks"]


async def test_a_flagged_account_is_found_until_a_case_stands_for_it_or_it_was_reviewed(
    eyes: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    office = Office(eyes)
    flagged, to_ask, reviewed = [await office.account(complaints=n) for n in (3, 5, 4)]
    await office.account(complaints=2)
    await office.account(complaints=9, restricted=True, since=NOW)
    await office.case(reviewed, closed_at=NOW)
    assert await found(eyes) == [("flagged", f"flagged:{to_ask}", ()), ("flagged", f"flagged:{flagged}", ())]
    for account in (flagged, to_ask):
        await office.case(account, "person")
    assert [(kind, also) for kind, _, also in await found(eyes)] == [("case", ("flagged",)), ("case", ("flagged",))]


async def test_flagged_accounts_that_cannot_be_counted_are_unknown_and_no_item_about_them_is_dropped(
    eyes: "asyncpg.Connection[asyncpg.Record]", database: Database
) -> None:
    account = await Office(eyes).account(complaints=3)
    async with eyes.transaction():
        case_id, _ = await handoffs.open_handoff(eyes, TEAM, incoming=None, opened_by="U0OP1", planned_at=None, now=NOW)

    async def keys() -> list[str]:
        async with eyes.transaction():
            await eyes.execute("SET LOCAL lock_timeout = '50ms'")
            await handoffs.refresh(eyes, TEAM, case_id, NOW)
            handoff = await handoffs.load(eyes, case_id)
        assert handoff is not None
        return [one.key for one in handoff.items]

    async with database.connect() as other, other.transaction():
        await other.execute("SET LOCAL lock_timeout = '5s'")
        await other.execute("LOCK TABLE public.email_metrics IN ACCESS EXCLUSIVE MODE")
        assert await keys() == [f"flagged:{account}", "flagged-unknown"]
    assert await keys() == [f"flagged:{account}"]


async def test_what_is_closed_is_not_found(eyes: "asyncpg.Connection[asyncpg.Record]") -> None:
    office = Office(eyes)
    account = await office.account()
    await office.case(account, closed_at=NOW)
    await office.request(account, state="denied", decided_at=NOW)
    assert await found(eyes) == []


async def test_every_table_belongs_to_a_kind_or_holds_nothing_open(eyes: "asyncpg.Connection[asyncpg.Record]") -> None:
    tables = {
        row["tablename"] for row in await eyes.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'chatops'")
    }
    claimed = frozenset[str]().union(*(kind.tables for kind in KINDS))
    assert sorted(tables - claimed - set(HOLD_NOTHING_OPEN)) == [], "does a kind of open things lie here?"
    assert sorted(claimed - tables) == []
    assert not claimed & set(HOLD_NOTHING_OPEN)
