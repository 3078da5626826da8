"""How a scenario acts: as people do, through the workspace's own deeds, and by looking at what became of it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from bot.base.database import Pool, queries
from bot.local.fax_service import FaxService
from bot.local.replicas import Replica
from bot.local.supervisor import Supervisor
from bot.local.workspace import Trial, clicks, deeds, moving
from bot.local.workspace.core import Slack
from bot.local.workspace.deeds import Deed
from bot.local.workspace.faults import Active, Fault
from bot.local.workspace.page import Scenario

SQL = queries("local")
MANAGEMENT, OPERATIONS = "email-management", "email-operations"
APPROVE = "Approve restriction"
REASON = "Fraud or scam mail"
WORDS = "Fraud was reported by telephone, and the mails ask for money."
_LOOK_SECONDS = 0.05
_MARGIN = timedelta(seconds=1)
_EMOJI = re.compile(r":[a-z0-9_+-]+:")
_T = TypeVar("_T")


class NotSo(Exception):
    """What a scenario waited for did not happen; the message says what."""


@dataclass(frozen=True)
class World:
    """All that a scenario can touch."""

    slack: Slack
    trial: Trial
    pool: Pool
    supervisor: Supervisor
    faxes: FaxService
    say: Callable[[str], None]
    spare: Callable[[], list[UUID]]
    """Accounts that a scenario leaves to people."""
    away_seconds: float = 20.0


@dataclass(frozen=True)
class Play:
    """A scenario with what plays it; it returns what is said at its end."""

    scenario: Scenario
    act: Callable[[World], Awaitable[str]]


@dataclass(frozen=True)
class Request:
    """A restriction that a scenario asked for, and where management sees it."""

    id: int
    case_id: int
    number: str
    ts: str
    expires_at: datetime
    to: str = field(repr=False)
    """The account's number, whole."""


@dataclass(frozen=True)
class Outcome:
    """How a request ended."""

    state: str
    decided_by: str
    restrictions: int


async def until(look: Callable[[], Awaitable[_T | None]], what: str, within: float = 20.0) -> _T:
    """Look until there is something to see.

    Raises:
        NotSo: there is not, ``within`` seconds.
    """
    end = asyncio.get_running_loop().time() + within
    while (seen := await look()) is None:
        if asyncio.get_running_loop().time() > end:
            raise NotSo(f"{what} did not come within {within:.0f} s")
        await asyncio.sleep(_LOOK_SECONDS)
    return seen


def deed(world: World, handle: str, via: str | None = None) -> Deed:
    """Return a deed of this person.

    Raises:
        NotSo: somebody switched this person off.
    """
    person = world.slack.state.person_by_handle(handle)
    if person is None or person.deactivated:
        raise NotSo(f"{handle} cannot act")
    return Deed(world.slack, person, via)


def name_of(world: World, user: str) -> str:
    """Return the name of whoever has this id or handle."""
    person = world.slack.state.person_by_handle(user)
    return person.name if person else user


async def ask(world: World, who: str = "op1", *, within: float = 20.0) -> Request:
    """Ask to restrict a fresh account by command and form, and wait until management sees it.

    Raises:
        NotSo: it does not come so far; says where it stopped.
    """
    row = await world.pool.fetchrow(SQL["fresh_account"], world.spare())
    if row is None:
        raise NotSo("there is no account left to ask about")
    asker = deed(world, who)
    typed = await deeds.command(asker, OPERATIONS, f"/faxi-restrict {row['phone_number']} {WORDS}")
    if not typed["acknowledged"]:
        raise NotSo(f"/faxi-restrict failed ({typed['error']})")
    person = asker.person.id

    async def form() -> str | None:
        stack = world.slack.state.stacks.get(person) or []
        return stack[-1].id if stack and stack[-1].body.get("callback_id") == "restrict.ask" else None

    view = await until(form, "the form of /faxi-restrict")
    submitted = await clicks.submit(asker, view, {"Reason": REASON})
    if submitted["result"] != "updated":
        raise NotSo(f"the form was not taken ({submitted['errors'] or submitted['error']})")

    async def standing() -> Request | None:
        found = await world.pool.fetchrow(SQL["request_about"], row["id"])
        if found is None:
            return None
        number = f"OPS-{found['case_id']:04}"
        return Request(found["id"], found["case_id"], number, found["ts"], found["expires_at"], row["phone_number"])

    request = await until(standing, "the request in #email-management", within)
    if world.slack.state.stacks.get(person):
        await clicks.close(asker, None)
    return request


async def approve(world: World, request: Request, who: str, via: str | None = None) -> str | None:
    """Press the request's button as this person; return what they were told, None when nothing came in 5 s."""
    pressed = await clicks.click_message(deed(world, who, via), MANAGEMENT, request.ts, APPROVE, None)
    answer = pressed["answer"]
    if answer is None:
        return str(pressed["error"]) if pressed["error"] else None
    return " ".join(_EMOJI.sub("", str(answer.get("plain") or "")).split())


async def outcome(world: World, request: Request) -> Outcome:
    """Return how the request stands in the database."""
    row = await world.pool.fetchrow(SQL["outcome_of"], request.id)
    if row is None:
        raise NotSo(f"{request.number} is gone")
    return Outcome(row["state"], name_of(world, row["decided_by"] or ""), row["restrictions"])


def headline(world: World, request: Request) -> str:
    """Return the first line of the request's message, as a manager sees it, without its sign.

    Raises:
        NotSo: the message is gone.
    """
    manager = deed(world, "mgr1").person.id
    channel = world.slack.state.channel_by_name(MANAGEMENT)
    message = channel.find(request.ts, manager) if channel else None
    if message is None:
        raise NotSo(f"the message about {request.number} is gone")
    first = str(world.slack.shown.message(message, manager)["plain"]).partition("\n")[0]
    return " ".join(_EMOJI.sub("", first).split())


async def settled(world: World, within: float = 40.0) -> None:
    """Wait until nothing due has yet to run and no message waits.

    Raises:
        NotSo: something still waits after this time; says what.
    """
    left: list[str] = []

    async def nothing() -> bool | None:
        left[:] = await moving.waiting(world.slack, world.trial)
        return None if left else True

    try:
        await until(nothing, "peace", within)
    except NotSo:
        raise NotSo(f"after {within:.0f} s there still waits: {'; '.join(left[:3])}") from None


async def move_to(world: World, at: datetime) -> None:
    """Move business time past this instant, if it is to come, with a stop at all that is due.

    Raises:
        NotSo: something on the way does not come to its end.
    """
    left = at - world.slack.clock.now()
    if left <= timedelta():
        return
    moved = await moving.move(world.slack, world.trial, left + _MARGIN, jump=False)
    if not moved["settled"]:
        raise NotSo(f"there still waits: {'; '.join(moved['waiting'][:3])}")


def connection_of(world: World, replica: Replica) -> str | None:
    """Return the id of a connection of this process, None when it has none at present."""
    for one in world.slack.delivery.connections():
        if str(one.process) in {str(replica.child.pid), f"{replica.address}/slack/events"}:
            return one.id
    return None


async def leader(world: World) -> Replica:
    """Return the process that sends; another one when nobody does at this moment."""

    async def holder() -> Replica | None:
        name = str(await world.pool.fetchval(SQL["sender"]))
        for replica in world.supervisor.replicas:
            if name.startswith(f"{replica.child.pid}-") and connection_of(world, replica):
                return replica
        return None

    return await until(holder, "a process that sends")


@contextmanager
def faults(world: World, *wanted: Fault) -> Iterator[list[Active]]:
    """Switch these faults on for the length of the block; others stay as they are."""
    active = world.slack.faults.active
    mine = [Active(fault) for fault in wanted]
    active.extend(mine)
    try:
        yield mine
    finally:
        active[:] = [one for one in active if not any(one is own for own in mine)]
