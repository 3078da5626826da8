"""Restrictions as tests play them: accounts, managers, asking, and what must hold of each afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bot.engine import audit
from bot.local.workspace.people import Person
from bot.local.workspace.state import Channel
from tests.support.databases import Database
from tests.support.system import JSON, SIGNING_KEY, System

MANAGEMENT = "#email-management"
OPERATIONS = "#email-operations"
APPROVE = "Approve restriction"
WORDS = "Fraud was reported by telephone twice, and the mails ask for money."
_BOT = "U0FAXIBOT"


@dataclass(frozen=True)
class Account:
    """An account of Faxi's that a test made."""

    id: UUID
    number: str


@dataclass(frozen=True)
class Request:
    """A restriction that somebody asked for, and where management sees it."""

    account: Account
    case_id: int
    ts: str

    @property
    def where(self) -> dict[str, str]:
        """The message with the buttons, for a click."""
        return {"channel": MANAGEMENT, "ts": self.ts}


async def until(look: Callable[[], Awaitable[Any]], what: str, within: float = 20.0) -> Any:
    """Look again and again until there is something to see.

    Raises:
        AssertionError: there is not, ``within`` seconds; says ``what`` was waited for.
    """
    end = asyncio.get_running_loop().time() + within
    while not (seen := await look()):
        assert asyncio.get_running_loop().time() < end, f"{what}: not so after {within:.0f} s"
        await asyncio.sleep(0.02)
    return seen


async def add_accounts(database: Database, count: int) -> list[Account]:
    """Put accounts into Faxi's own table."""
    numbers = [f"+819012{number:06d}" for number in range(count)]
    async with database.connect() as connection:
        rows = await connection.fetch(
            "INSERT INTO public.users (phone_number, email_address) "
            "SELECT n, substr(n, 2) || '@me.faxi.jp' FROM unnest($1::text[]) AS n RETURNING id, phone_number",
            numbers,
        )
    return [Account(row["id"], row["phone_number"]) for row in rows]


def hire(system: System, handle: str, name: str, *groups: str) -> None:
    """Bring somebody new into the workspace and into the channels of operations and management."""
    state = system.workspace.slack.state
    person = Person(f"U0{handle.upper()}", handle, name, set(groups))
    state.people[person.id] = person
    state.channels[person.direct] = Channel(
        person.direct, "faxi-bot", {person.id, _BOT}, private=True, direct=person.id
    )
    for room in (MANAGEMENT, OPERATIONS):
        channel = state.channel_by_name(room)
        assert channel is not None
        channel.members.add(person.id)


async def fill_in(system: System, who: str, account: Account, **via: str) -> JSON:
    """Type /faxi-restrict and return the form, when it shows the account."""
    typed = await system.command(who, OPERATIONS, f"/faxi-restrict {account.number} {WORDS}", **via)
    assert typed["acknowledged"], typed
    assert typed["answer"], typed

    async def form() -> JSON | None:
        return next((view for view in await system.views(who) if view["callback_id"] == "restrict.ask"), None)

    shown: JSON = await until(form, f"the form of /faxi-restrict for {who}")
    return shown


async def ask(system: System, who: str, account: Account, **via: str) -> Request:
    """Ask for a restriction by command and modal, and wait until management sees the request."""
    form = await fill_in(system, who, account, **via)
    sent = await system.submit(who, form["id"], {"Reason": "Fraud or scam mail"}, **via)
    assert sent["result"] == "updated", sent
    assert "Asked" in sent["view"]["plain"], sent
    return await request_of(system, account)


async def request_of(system: System, account: Account) -> Request:
    """Wait until the request about an account stands in the management channel."""

    async def standing() -> Any:
        return await system.fetch(
            "SELECT a.case_id, m.ts FROM chatops.approvals AS a "
            "JOIN chatops.live_messages AS m ON m.subject = 'case:' || a.case_id "
            "WHERE a.subject = $1 AND m.renderer = 'restriction.request' AND m.ts IS NOT NULL "
            "ORDER BY a.id DESC LIMIT 1",
            account.id,
        )

    (row,) = await until(standing, f"a request about {account.number} in {MANAGEMENT}")
    return Request(account, row["case_id"], row["ts"])


def words(answer: JSON) -> str:
    """Return what the person read as the answer to a click."""
    assert answer["acknowledged"], answer
    assert answer["error"] is None, answer
    assert answer["answer"] is not None, answer
    return str(answer["answer"]["plain"])


async def results(system: System, account: Account, action: str | None = None) -> list[str]:
    """Return the results of the audit records about an account, in their order, those of people only."""
    rows = await system.fetch(
        "SELECT result FROM chatops.audit WHERE subject = $1 AND actor <> 'bot' "
        "AND ($2::text IS NULL OR action = $2) ORDER BY number",
        account.id,
        action,
    )
    return [row["result"] for row in rows]


async def assert_restricted_once(system: System, accounts: Sequence[Account]) -> None:
    """Hold that each account was restricted, once, with one record of Faxi's and one post of ours."""
    rows = await system.fetch(
        """
        SELECT u.phone_number, u.email_restricted,
            (SELECT count(*) FROM chatops.restrictions AS r WHERE r.subject = u.id) AS restrictions,
            (SELECT count(*) FROM chatops.approvals AS a WHERE a.subject = u.id AND a.state = 'approved') AS approvals,
            (SELECT count(*) FROM public.audit_logs AS l
                WHERE l.user_id = u.id AND l.event_type = 'account.restricted') AS of_faxi,
            (SELECT count(*) FROM chatops.posts AS p JOIN chatops.approvals AS a ON p.subject = 'case:' || a.case_id
                WHERE a.subject = u.id AND p.renderer = 'restriction.alert') AS alerts,
            (SELECT count(*) FROM chatops.due AS d JOIN chatops.approvals AS a ON d.subject = 'case:' || a.case_id
                WHERE a.subject = u.id AND d.kind = 'restriction.follow_up') AS follow_ups
        FROM public.users AS u WHERE u.id = ANY ($1::uuid[])
        """,
        [account.id for account in accounts],
    )
    assert len(rows) == len(accounts)
    for row in rows:
        assert dict(row) == {
            "phone_number": row["phone_number"],
            "email_restricted": True,
            "restrictions": 1,
            "approvals": 1,
            "of_faxi": 1,
            "alerts": 1,
            "follow_ups": 1,
        }


async def assert_chain_is_whole(system: System) -> int:
    """Hold that the audit chain verifies, and that no interaction has two records; return its length."""
    async with system.database.connect() as connection:
        report = await audit.verify(connection, key=audit.signing_key(SIGNING_KEY).public_key())
        twice = await connection.fetch(
            "SELECT interaction FROM chatops.audit WHERE interaction IS NOT NULL "
            "GROUP BY interaction HAVING count(*) > 1"
        )
    assert report.ok, report.problems
    assert not twice
    return report.records
