"""Restricted accounts as database tests have them: mail, complaints, contacts, requests, and what people see."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bot import wiring
from bot.base.database import Connection, Pool
from bot.engine import approvals, due, handles
from bot.engine.access import Group, Membership, Person
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import contacts, crossings, lift_outcomes, lifts, requests, restriction_outcomes, restrictions
from bot.mail.contacts import Contact
from bot.mail.request_kinds import Kind
from bot.slack import clicks
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Outcome
from bot.slack.surfaces import Message
from tests.support.databases import Database
from tests.support.team import at, make_team

BY_TELEPHONE = make_team()
BY_TELEPHONE = replace(BY_TELEPHONE, runbook=BY_TELEPHONE.runbook.without(wiring.BY_FAX))
TEAM = replace(make_team(), faxes=True)
RESTRICTED = at("2026-11-25 08:41")
WORDS = "30 days without a complaint, and the old list of addresses is thrown away."
_NUMBERS = itertools.count(10_000_000)


@dataclass(frozen=True)
class Account:
    """An account of Faxi's that a test made."""

    id: UUID
    number: str

    @property
    def masked(self) -> str:
        """The number as people may see it."""
        return f"+81 •••• {self.number[-4:]}"


async def make_account(database: Database, *, complaints: int = 5, mails: int = 86, verified: bool = True) -> Account:
    """Write a user who sent mails in the days before the restriction, some complained about, as Faxi's owner would."""
    made = Account(uuid4(), f"+8190{next(_NUMBERS)}")
    async with database.connect() as connection:
        await connection.execute(
            "INSERT INTO public.users (id, phone_number, email_address, fax_number_verified) VALUES ($1, $2, $3, $4)",
            *(made.id, made.number, f"{made.number[1:]}@me.faxi.jp", verified),
        )
    await send(database, made, RESTRICTED - timedelta(days=5), mails)
    await complain(database, made, RESTRICTED - timedelta(days=4), *range(complaints))
    return made


async def send(database: Database, account: Account, when: datetime, mails: int, first: int = 0) -> None:
    """Write mails that the account sent, a minute apart."""
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at)"
            " VALUES ('sent', $1, $2, $3)",
            [(account.id, f"{account.id}-{n}", when + timedelta(minutes=n)) for n in range(first, first + mails)],
        )


async def complain(database: Database, account: Account, when: datetime, *mails: int, kind: str = "abuse") -> None:
    """Write complaints about these mails, by number; Faxi's row names nobody, the owner is who sent them."""
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, message_id, occurred_at, details)"
            " VALUES ('complained', $1, $2, $3)",
            [(f"{account.id}-{n}", when + timedelta(hours=n), {"complaintType": kind}) for n in mails],
        )


async def restrict(pool: Pool, account: Account, *, now: datetime = RESTRICTED, team: Team = TEAM) -> int:
    """Have the account restricted, asked by op1 and approved by mgr1; return the case's id."""
    async with pool.acquire() as connection, connection.transaction():
        counted = await restrictions.facts_of(connection, account.id, now)
        reason = "complaints" if counted.complaints >= crossings.RESTRICT else "other"
        asked = await restrictions.ask(
            connection, team, account.id, requester="U0OP1", reason=reason, words=WORDS, now=now
        )
        assert isinstance(asked, restrictions.Asked), asked
        await people(connection)
        done = await press(connection, restriction_outcomes.KIND, asked.approval, "U0MGR1", now, team=team)
        assert isinstance(done, requests.Approved), done
        return asked.approval.case_id


async def people(connection: Connection) -> None:
    """Make the people of the team known by name."""
    await connection.execute(
        "INSERT INTO chatops.people (id, name, seen_at) VALUES ('U0OP1', 'Aoi Tanaka', $1), ('U0OP2', 'Ren Mori', $1),"
        " ('U0MGR1', 'Kenji Ono', $1), ('U0MGR2', 'Rika Hara', $1) ON CONFLICT DO NOTHING",
        RESTRICTED,
    )


async def press(
    connection: Connection,
    kind: Kind,
    approval: Approval,
    who: str,
    now: datetime,
    *,
    words: str | None = None,
    team: Team = TEAM,
) -> requests.Decision:
    """Approve with the button that the newest rendering of this request would carry."""
    value = await approvals.button_value(connection, approval)
    return await requests.approve(connection, team, kind, value, approver=who, now=now, words=words)


async def talk(
    pool: Pool, account: Account, when: datetime, *said: str, how: str = "call", outcome: str = "talked"
) -> Contact:
    """Record a contact of op2 with the person."""
    async with pool.acquire() as connection, connection.transaction():
        kept = await contacts.record(
            connection,
            subject=account.id,
            case_id=None,
            how=how,
            who="U0OP2",
            at=when,
            outcome=outcome,
            said=said,
            by="U0OP2",
            now=when,
        )
    assert isinstance(kept, Contact), kept
    return kept


async def ask(
    pool: Pool, account: Account, now: datetime, *talks: Contact, who: str = "U0OP1", team: Team = TEAM
) -> Approval:
    """Ask for a lift; the contacts answer what they can."""
    named: dict[str, int] = {word: one.id for word in lifts.SAYS for one in talks if word in one.said}
    async with pool.acquire() as connection, connection.transaction():
        asked = await lifts.ask(connection, team, account.id, requester=who, named=named, words=WORDS, now=now)
    assert isinstance(asked, restrictions.Asked), asked
    return asked.approval


async def approve(
    pool: Pool, approval: Approval, who: str, now: datetime, *, words: str | None = None, team: Team = TEAM
) -> requests.Decision:
    """Press approve on a request to lift."""
    async with pool.acquire() as connection, connection.transaction():
        return await press(connection, lift_outcomes.KIND, approval, who, now, words=words, team=team)


async def drawn(pool: Pool, subject: str, renderer: str, team: Team = TEAM, **parameters: Any) -> Message:
    """Return a message as the sender would draw it now."""
    async with pool.acquire() as connection:
        return await wiring.renderers(None)[renderer](connection, subject, parameters, team)


def words(message: Message) -> str:
    """Return everything that a person reads in a message, buttons included."""
    found: list[str] = []

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(value for key, value in part.items() if key == "text" and isinstance(value, str))
            for value in part.values():
                collect(value)
        elif isinstance(part, list | tuple):
            for value in part:
                collect(value)

    collect(list(message.blocks))
    return "\n".join(found)


def call(connection: Connection, who: str, now: datetime, team: Team = TEAM, **click: Any) -> Call:
    """Return what a handler is given when a person does something; managers could approve."""
    managers = frozenset({"U0MGR1", "U0MGR2"})
    groups = {Group.MANAGEMENT: managers, Group.OPERATIONS: frozenset({"U0OP1", "U0OP2"})}
    return Call(
        click=Click(
            user=who, user_team="T0FAXI", channel="C0OPS", key="k", received=time.monotonic(), now=now, **click
        ),
        person=Person(who, who, "T0FAXI"),
        membership=Membership(groups, time.monotonic()),
        connection=connection,
        now=now,
        team=team,
        prepared=managers - {who},
    )


async def do(
    pool: Pool, who: str, kind: clicks.Kind, name: str, now: datetime, team: Team = TEAM, **click: Any
) -> Outcome:
    """Do as a person what is declared under this name, in one transaction, and return what came of it."""
    one = wiring.catalogue().find(kind, name)
    assert one is not None, name
    async with pool.acquire() as connection, connection.transaction():
        return await one.run(call(connection, who, now, team, kind=kind, name=name, **click))


async def posts(pool: Pool, subject: str, destination: str) -> Sequence[str]:
    """Return the renderers of what was said about a subject in one place, in order."""
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT renderer FROM chatops.posts WHERE subject = $1 AND destination = $2 ORDER BY id",
            *(subject, destination),
        )
    return [row["renderer"] for row in rows]


async def run_due(pool: Pool, now: datetime, *kinds: str, team: Team = TEAM) -> list[str]:
    """Do what is due of these kinds, as the ticker would; return the kinds that were done."""
    handlers, done = wiring.due_handlers(team), []
    async with pool.acquire() as connection:
        rows = await connection.fetch(due.SQL["ready"], now, 100)
        for row in rows:
            if row["kind"] in kinds:
                async with connection.transaction():
                    assert await connection.fetchval(due.SQL["claim"], row["id"], now) is not None
                    it = Due(row["id"], row["kind"], row["subject"], row["due_at"])
                    await handlers[it.kind](connection, it, now)
                done.append(row["kind"])
    return done


async def account_value(connection: Connection, account: Account) -> str:
    """Return the value of buttons about the account."""
    return await handles.mint(connection, restrictions.ACCOUNT, str(account.id), 1, RESTRICTED)
