"""One running bot for a module's tests, accounts to act upon, and the steps people take again and again.

Business time starts on a Wednesday at 09:50 in Tokyo, of a year that comes; the next day is a working day.
"""

import itertools
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from bot.local.postgres import Postgres
from bot.local.workspace.limits import METHODS
from tests.support import screens
from tests.support.databases import clone
from tests.support.system import JSON, System, running_system
from tests.support.workspace import eventually

TOKYO = ZoneInfo("Asia/Tokyo")
BEGIN = datetime(2032, 11, 24, 9, 50, tzinfo=TOKYO)
WORDS = "Two people complained again, although guidance went out a week ago."
DENIAL = "Please call the person first."
OPERATIONS, MANAGEMENT, ALERTS, DIRECT = "email-operations", "email-management", "email-alerts", "@faxi-bot"
NUMBER = re.compile(r"OPS-\d{4,}")
_NUMBERS = itertools.count(10_000_000 + secrets.randbelow(40_000_000))


@asynccontextmanager
async def running_faces(
    template: Postgres,
    *,
    begin: datetime = BEGIN,
    before: Callable[[System], Any] | None = None,
    settings: Mapping[str, str] | None = None,
    faxes: bool = False,
) -> AsyncIterator[System]:
    """Run one bot on a database of its own; afterwards its screens and its log are looked at.

    Args:
        template: the server that has the laid-out database.
        begin: business time of the start.
        before: what is done (awaited) before the bot starts, such as changing who is in a group.
        settings: environment variables beside the usual ones.
        faxes: whether faxes are set up.
    """
    async with (
        clone(template) as database,
        running_system(database, replicas=1, pace=500, settings=settings, start=False, faxes=faxes) as system,
    ):
        system.clock.advance(begin - system.clock.now())
        if before is not None:
            await before(system)
        await system.start(0)
        yield system
        await system.settle()
        assert system.workspace.methods_called <= set(METHODS), "the bot calls what Slack's stand-in does not know"
        mistakes = [line for line in system.logs(100_000).splitlines() if '"level": "error"' in line]
        assert not mistakes, "\n".join(mistakes[:5])
        numbers = [row["phone_number"] for row in await system.fetch("SELECT phone_number FROM public.users")]
        screens.check_wire([one.shown() for one in system.workspace.slack.wire.since(None)], numbers)


@dataclass(frozen=True)
class Account:
    """One of Faxi's users, as a test made it."""

    id: UUID
    number: str
    address: str

    @property
    def tail(self) -> str:
        """The last four digits, which people may see."""
        return self.number[-4:]

    @property
    def masked(self) -> str:
        """The number as people may see it."""
        return f"+81 •••• {self.tail}"


async def make_account(
    system: System, *, complaints: int = 5, mails: int = 12, restricted: bool = False, number: str | None = None
) -> Account:
    """Write a user who sent mails, some of which were complained about, an hour apart, newest an hour ago."""
    digits = next(_NUMBERS)
    number = number or f"+8190{digits}"
    made = Account(uuid4(), number, f"0{number[3:]}@me.faxi.jp")
    now = system.clock.now()
    async with system.database.connect() as connection:
        await connection.execute(
            "INSERT INTO public.users (id, phone_number, email_address, fax_number_verified, email_restricted,"
            " email_restricted_at) VALUES ($1, $2, $3, true, $4, $5)",
            made.id,
            made.number,
            made.address,
            restricted,
            now - timedelta(days=3) if restricted else None,
        )
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at)"
            " VALUES ('sent', $1, $2, $3)",
            [(made.id, f"{made.id}-{n}", now - timedelta(hours=n + 1)) for n in range(mails)],
        )
    await complain(system, made, *range(complaints))
    return made


async def complain(system: System, account: Account, *mails: int, kind: str = "abuse") -> None:
    """Write complaints about these mails of the account, by their number."""
    at = system.clock.now() - timedelta(minutes=1)
    async with system.database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.user_complaints (user_id, message_id, complained_at, complaint_type)"
            " VALUES ($1, $2, $3, $4)",
            [(account.id, f"{account.id}-{n}", at - timedelta(hours=n), kind) for n in mails],
        )


async def forgive(system: System, account: Account, *mails: int) -> None:
    """Take these complaints away."""
    async with system.database.connect() as connection:
        await connection.execute(
            "DELETE FROM public.user_complaints WHERE message_id = ANY ($1::text[])",
            [f"{account.id}-{n}" for n in mails],
        )


async def form(system: System, who: str, text: str = "", channel: str = OPERATIONS) -> JSON:
    """Type /faxi-restrict and return the modal as it stands when the bot has looked."""
    await close_all(system, who)
    answer = await system.command(who, channel, f"/faxi-restrict {text}".strip())
    assert answer["acknowledged"], answer
    return await looked(system, who)


async def looked(system: System, who: str) -> JSON:
    """Return the person's topmost modal when it no longer says "Looking..."."""

    async def look() -> JSON | None:
        views = await system.views(who)
        return views[-1] if views and views[-1]["callback_id"] != "looking" else None

    found: JSON = await eventually(look)
    return found


async def told(system: System, who: str, answer: JSON) -> str:
    """Return what a click's answer says: a message, or a modal that may have stood open meanwhile."""
    shown = answer.get("answer", answer)
    return str((await looked(system, who) if shown["type"] == "modal" else shown)["plain"])


async def close_all(system: System, who: str) -> None:
    """Close the person's modals."""
    while views := await system.views(who):
        await system.person(who).close(views[-1]["id"])


async def ask(
    system: System, account: Account, who: str = "op1", *, words: str = WORDS, reason: str | None = None
) -> str:
    """Ask for a restriction through the form; return the case's number."""
    view = await form(system, who, account.number)
    values = {"why": words} | ({} if reason is None else {"reason": reason})
    answer = await system.submit(who, view["id"], values)
    assert answer["result"] == "updated", answer
    found = NUMBER.search(answer["view"]["plain"])
    assert found, answer
    await close_all(system, who)
    await system.settle()  # what is sent about it would else be taken for the answer to a later command
    return found[0]


async def message(system: System, who: str, channel: str, words: str) -> JSON:
    """Return the newest message in a channel that holds these words, when there is one and nothing waits."""
    await system.settle()
    found = [one for one in await system.messages(who, channel) if words in one["plain"]]
    assert found, (words, [one["plain"] for one in await system.messages(who, channel)])
    return found[-1]


async def request(system: System, number: str, who: str = "mgr1") -> JSON:
    """Return the live message of a request in the management channel."""
    return await message(system, who, MANAGEMENT, f"· {number}")


async def thread(system: System, number: str, who: str = "mgr1") -> list[str]:
    """Return what is said in the thread of a request."""
    live = await request(system, number, who)
    return [one["plain"] for one in await system.messages(who, MANAGEMENT, live["ts"]) if one["ts"] != live["ts"]]


async def press(system: System, who: str, button: str, number: str) -> JSON:
    """Press a button of a request's live message; return what the person then gets."""
    live = await request(system, number, who)
    answer = await system.click(who, button, channel=MANAGEMENT, ts=live["ts"])
    assert answer["acknowledged"], answer
    assert answer["answer"], answer
    return dict(answer["answer"])


async def audit(system: System, since: int = 0) -> list[Any]:
    """Return the audit records after number ``since`` that people caused."""
    return await system.fetch("SELECT * FROM chatops.audit WHERE number > $1 AND actor <> 'bot' ORDER BY number", since)


async def recorded(system: System, since: int, count: int = 1) -> list[Any]:
    """Return the audit records after ``since`` when there are ``count`` of them, and see that no more come."""

    async def look() -> list[Any] | None:
        found = await audit(system, since)
        return found if len(found) >= count else None

    await eventually(look)
    await system.settle()
    found = await audit(system, since)
    assert len(found) == count, [dict(one) for one in found]
    return found


async def head(system: System) -> int:
    """Return the number of the newest audit record."""
    return int(await system.value("SELECT coalesce(max(number), 0) FROM chatops.audit"))


async def until(system: System, at: str, *, jump: bool = False) -> datetime:
    """Move business time to the next ``at`` ("03:24") in Tokyo and return that instant."""
    now = system.clock.now().astimezone(TOKYO)
    target = datetime.combine(now.date(), time.fromisoformat(at), TOKYO)
    if target <= now:
        target += timedelta(days=1)
    await system.advance(f"{(target - now).total_seconds():.3f}s", jump=jump)
    return target


async def until_day(system: System, weekday: int, at: str) -> datetime:
    """Move business time to the next weekday (Monday is 0) at this time in Tokyo, by one leap."""
    target = datetime.combine(system.clock.now().astimezone(TOKYO).date(), time.fromisoformat(at), TOKYO)
    while target.weekday() != weekday or target <= system.clock.now():
        target += timedelta(days=1)
    await system.advance(f"{(target - system.clock.now()).total_seconds():.3f}s", jump=True)
    await system.settle()
    return target


def day(at: date) -> str:
    """Write a day as screens do: ``Fri 24 Dec 2032``."""
    return f"{at:%a} {at.day} {at:%b} {at.year}"


def field(view: JSON, block_id: str) -> JSON:
    """Return the element of a form's field as it was shown, with what stands in it at first."""
    return dict(next(one for one in view["blocks"] if one.get("block_id") == block_id)["element"])


def words_of(payload: object) -> str:
    """Return a payload as one text, to look for words in it."""
    return json.dumps(payload, ensure_ascii=False, default=str)


def utc(text: str) -> datetime:
    """Read an instant that JSON holds."""
    return datetime.fromisoformat(text).astimezone(UTC)
