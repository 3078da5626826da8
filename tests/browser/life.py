"""One account in a running bot, and a seat from which people see on the page what becomes of it."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from bot.base.clock import Clock
from bot.engine import cases
from bot.local.jumps import jumps
from bot.local.workspace.page import Jump, Scenario
from tests.browser.seat import Seat, press, reads
from tests.browser.windows import Windows, until
from tests.support.databases import Database
from tests.support.system import System, running_system

if TYPE_CHECKING:
    from playwright.async_api import Locator

TOKYO = ZoneInfo("Asia/Tokyo")
BEGIN = datetime(2032, 11, 24, 9, 50, tzinfo=TOKYO)
"""A Wednesday, of a year that comes: which days are working days does not depend on today."""
NUMBER, TAIL = "+819055512345", "2345"
MASKED = f"+81 •••• {TAIL}"
OPERATIONS, MANAGEMENT, ENGINEERING, ALERTS = "email-operations", "email-management", "engineering", "email-alerts"

_CASE = "SELECT id FROM chatops.cases WHERE procedure = $1"


@dataclass
class Panel:
    """What the page needs to show its panel: the clock's buttons and the faxes; nothing to play."""

    clock: Clock
    scenarios: Sequence[Scenario] = ()
    running: str | None = None
    said: str = ""
    newest_case: str = "OPS-0001"

    async def example(self) -> str:
        """Return a number."""
        return "090-0000-0000"

    def jumps(self) -> Sequence[Jump]:
        """Return where the clock may be moved from now."""
        return jumps(self.clock.now())

    def start(self, name: str) -> str:
        """Play nothing."""
        return name


@dataclass
class Life:
    """One account, and the seat from which people see what becomes of it."""

    system: System
    seat: Seat
    account: UUID
    somebody_else: UUID
    mails: int = 0

    @property
    def now(self) -> datetime:
        """Business time, Tokyo's."""
        return self.system.clock.now().astimezone(TOKYO)

    async def write(self, *complained: timedelta, mails: int = 0) -> None:
        """Write mail as Faxi does: each ``sent`` with its sender, each complaint blamed on whoever read the mail."""
        async with self.system.database.connect() as connection:
            for ago in [*complained, *[None] * mails]:
                self.mails += 1
                message = f"0106018c-{self.mails:06}"
                sent = self.now - (timedelta(seconds=20) if ago is None else ago + timedelta(hours=2))
                rows: list[tuple[Any, ...]] = [("sent", self.account, message, sent, {})]
                if ago is not None:
                    rows.append(("complained", self.somebody_else, message, self.now - ago, {"complaintType": "abuse"}))
                await connection.executemany(
                    "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    rows,
                )

    async def pass_time(self, by: str) -> None:
        """Let business time pass, with a stop at all that is due."""
        moved = await self.system.advance(by)
        assert moved["settled"], moved

    async def leap(self, by: str) -> None:
        """Leap over days on which nothing of this account is due: stopping each night takes long."""
        await self.system.advance(by, jump=True)
        await self.system.settle()

    async def to_tomorrow(self) -> None:
        """Press the page's own button until all that is due by tomorrow 09:00 was done."""
        day = self.now.date() + timedelta(days=1)
        await press(self.seat.page.locator("#trial"), "To tomorrow 09:00")

        async def there() -> bool:
            return self.now.date() == day and (await self.system.state())["settled"]

        await until(there, "tomorrow", 20)

    async def case(self, procedure: str) -> str:
        """Return the number of the case of this procedure, once there is one: lists and handoffs take numbers too."""

        async def found() -> bool:
            return bool(await self.system.fetch(_CASE, procedure))

        await until(found, f"a case of {procedure}", 20)
        return cases.number(await self.system.value(_CASE, procedure))

    async def fax(self, reference_words: str, state: str) -> "Locator":
        """Return the newest fax of the page's list, which is in this state."""
        newest = self.seat.page.locator(".faxes li").first
        await reads(newest, reference_words, TAIL, state)
        return newest

    async def columns(self) -> tuple[object, ...]:
        """Return what Faxi's own columns say of the account."""
        (row,) = await self.system.fetch(
            "SELECT email_restricted, email_restricted_at IS NOT NULL, email_restriction_reason FROM public.users"
            " WHERE id = $1",
            self.account,
        )
        return tuple(row)


@contextlib.asynccontextmanager
async def begun(database: Database, windows: Windows) -> AsyncIterator[Life]:
    """Run the bot with faxes on this database, with one account that has only sent mail so far."""
    async with running_system(database, replicas=2, pace=500, start=False, faxes=True, stage=Panel) as system:
        system.clock.advance(BEGIN - system.clock.now())
        account, reader = uuid4(), uuid4()
        async with database.connect() as connection:
            await connection.executemany(
                "INSERT INTO public.users (id, phone_number, email_address, fax_number_verified)"
                " VALUES ($1, $2, $3, true)",
                [(account, NUMBER, "819055512345@me.faxi.jp"), (reader, "+81312345678", "81312345678@me.faxi.jp")],
            )
        for number in range(2):
            await system.start(number)
        page = await windows.open(system.workspace.url, "op1", OPERATIONS)
        life = Life(system, Seat(page, "op1"), account, reader)
        await life.write(mails=40)
        await life.pass_time("3m")
        yield life
        await system.settle()
