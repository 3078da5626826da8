"""What a person presses or types, done by its handler in one transaction, without Slack: for what a screen says."""

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bot import wiring
from bot.base.database import Connection, Pool
from bot.engine import approvals, roster
from bot.engine.access import Group, Membership, Person
from bot.engine.approvals import Approval
from bot.mail import requests, restriction_outcomes, restrictions
from bot.slack.blocks import Block, Message
from bot.slack.clicks import Click, Kind
from bot.slack.interactions import Call, Interaction, Outcome, Say
from tests.support import screens
from tests.support.databases import Database
from tests.support.team import CHANNELS, at, make_team

PLAIN = make_team()
TEAM = replace(PLAIN, runbook=PLAIN.runbook.without(wiring.BY_FAX))
"""A team without faxes: people are told by telephone."""
FAXING = replace(PLAIN, faxes=True)
NOW = at("2026-11-25 09:50")
PEOPLE = {
    "U0OP1": "Aoi Tanaka",
    "U0OP2": "Ren Mori",
    "U0MGR1": "Kenji Ono",
    "U0MGR2": "Naomi Fujita",
    "U0AUD1": "Sora Abe",
}
GROUPS: Mapping[Group, frozenset[str]] = {
    Group.OPERATIONS: frozenset({"U0OP1", "U0OP2"}),
    Group.ENGINEERING: frozenset(),
    Group.MANAGEMENT: frozenset({"U0MGR1", "U0MGR2"}),
    Group.AUDITORS: frozenset({"U0AUD1"}),
}


def somebody(who: str) -> Person:
    """Return a person of the team."""
    return Person(id=who, name=PEOPLE[who], team="T0FAXI")


async def press(
    pool: Pool,
    name: str,
    who: str = "U0OP1",
    *,
    kind: Kind = "action",
    now: datetime = NOW,
    groups: Mapping[Group, frozenset[str]] = GROUPS,
    team: Any = TEAM,
    prepared: Any = None,
    run: Interaction | None = None,
    **click: Any,
) -> Outcome:
    """Do one interaction as this person.

    Args:
        pool: the bot's.
        name: what is pressed or typed.
        who: the person's id.
        kind: what Slack calls it.
        now: business time.
        groups: who is in which group.
        team: whom the bot works for.
        prepared: what was read from Slack before.
        run: what a mention means, where its words do not say it.
        click: what else Slack says of it.
    """
    one = run or wiring.catalogue().find(kind, name)
    assert one is not None
    membership = Membership(groups, time.monotonic())
    assert membership.holds(who, one.right), f"{who} may not {name}"
    place = {"channel": CHANNELS.operations, **click}
    pressed = Click(kind, name, f"{kind}:{uuid4()}", who, "T0FAXI", place.pop("channel"), 0.0, now, **place)
    async with pool.acquire() as connection, connection.transaction():
        for person in PEOPLE:
            await roster.remember(connection, somebody(person), now)
        return await one.run(Call(pressed, somebody(who), membership, connection, now, team, prepared))


def shown(outcome: Outcome) -> Message:
    """Return the message that the person gets, which keeps the rules of screens."""
    assert isinstance(outcome.answer, Say), outcome
    said = outcome.answer.message
    assert list(screens.problems("message", said.as_arguments(), ["+819012344821"])) == []
    return said


def words(blocks: Collection[Block]) -> str:
    """Return what is to be read in blocks, without their buttons."""
    return "\n".join(screens.plain_of([one for one in blocks if one["type"] != "actions"]))


def labels(blocks: Collection[Block]) -> list[str]:
    """Return the buttons in blocks by what one sees on them."""
    return [one["text"]["text"] for block in blocks for one in screens.elements(block) if one["type"] == "button"]


async def add_user(
    database: Database,
    *,
    complaints: int = 0,
    mails: int = 0,
    verified: bool = True,
    preferences: Mapping[str, Any] | None = None,
    restricted_at: datetime | None = None,
    demo: bool = False,
) -> UUID:
    """Write a user of Faxi whose mails went out an hour apart, the newest an hour ago, complained about first ones."""
    user_id = uuid4()
    async with database.connect() as connection:
        await connection.execute(
            "INSERT INTO public.users (id, phone_number, email_address, fax_number_verified, preferences, created_at,"
            " email_restricted, email_restricted_at, feature_flags)"
            " VALUES ($1, '+819012344821', '819012344821@me.faxi.jp', $2, $3, $4, $5, $6, $7)",
            user_id,
            verified,
            preferences or {},
            at("2026-06-14 11:00"),
            restricted_at is not None,
            restricted_at,
            {"demoUser": True} if demo else {},
        )
        hours = [(user_id, f"{user_id}-{n}", NOW - timedelta(hours=n + 1)) for n in range(mails)]
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at)"
            " VALUES ('sent', $1, $2, $3)",
            hours,
        )
        await connection.executemany(
            "INSERT INTO public.user_complaints (user_id, message_id, complained_at, complaint_type)"
            " VALUES ($1, $2, $3, 'abuse')",
            [(one, message, sent + timedelta(minutes=30)) for one, message, sent in hours[:complaints]],
        )
    return user_id


async def ask(connection: Connection, user_id: UUID, *, by: str = "U0OP1", team: Any = TEAM) -> Approval:
    """Ask management to restrict."""
    said = "The bank called: the mails ask for card details."
    asked = await restrictions.ask(connection, team, user_id, requester=by, reason="fraud", words=said, now=NOW)
    assert isinstance(asked, restrictions.Asked), asked
    return asked.approval


async def restrict(pool: Pool, user_id: UUID, *, now: datetime = NOW, team: Any = TEAM) -> Approval:
    """Restrict an account, by one who asks and one who approves."""
    async with pool.acquire() as connection, connection.transaction():
        approval = await ask(connection, user_id, team=team)
        value = await approvals.button_value(connection, approval)
        kind = restriction_outcomes.KIND
        decided = await requests.approve(connection, team, kind, value, approver="U0MGR1", now=now)
        assert isinstance(decided, requests.Approved), decided
        return decided.approval
