"""Faxes in tests: the bot's sender and worker in this process, with its real clients, over S3 and Telnyx on loopback.

Business time stands until a test moves it, and machine waits are thousands of times shorter.
"""

import asyncio
import dataclasses
import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Connection, Pool, open_pool, queries
from bot.engine import cases, outbox
from bot.engine.effects import Worker
from bot.engine.team import Team
from bot.local.aws import LocalAws
from bot.local.telnyx import FROM_NUMBER, LocalTelnyx
from bot.mail import faxes
from bot.mail.fax_sending import FaxSender, Line
from bot.mail.faxes import Kind, Told
from bot.paper.notices import Press, Support
from bot.services.s3 import FaxMedia
from bot.services.telnyx import Telnyx, open_session
from commands import fax_messages
from tests.support.databases import Database
from tests.support.outside import SetClock, media_of
from tests.support.team import at, make_team

OWNER = "U0OP1"
MANAGER = "U0MGR1"
SUPPORT = Support(phone="0120-000-512", email="support@faxi.example", hours="09:00-18:00")
MORNING = "2026-11-25 10:00"
PACE = 5000.0
DONE_WITH = ("done", "failed", "unknown", "cancelled")
_OUTBOX = queries("outbox")


@dataclass(frozen=True)
class Person:
    """A person to be told something, with an account of Faxi's."""

    id: UUID
    number: str


@dataclass(frozen=True)
class Outside:
    """S3, the bot's client of it and its press, which several tests can use one after another."""

    aws: LocalAws
    media: FaxMedia
    press: Press


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Run S3, and make what is dear to make."""
    aws = await LocalAws.start()
    try:
        with pytest.MonkeyPatch.context() as patch:  # the client keeps the credentials that it was made with
            patch.delenv("AWS_SESSION_TOKEN", raising=False)
            patch.delenv("AWS_PROFILE", raising=False)
            patch.setenv("AWS_ACCESS_KEY_ID", aws.access_key_id)
            patch.setenv("AWS_SECRET_ACCESS_KEY", aws.secret_access_key)
            media = await asyncio.to_thread(media_of, aws)
        yield Outside(aws, media, await asyncio.to_thread(Press, None))
        media.close()
    finally:
        await aws.close()


@dataclass
class Desk:
    """Where faxes are sent from in a test; :func:`fax_desk` sets one up."""

    database: Database
    pool: Pool
    clock: SetClock
    outside: Outside
    telnyx: LocalTelnyx
    client: Telnyx
    line_out: Line
    sender: FaxSender
    worker: Worker
    _super: Connection
    epoch: int = 0
    _numbers: list[int] = field(default_factory=lambda: [0])
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def team(self) -> Team:
        """The team that the sender works for."""
        return fax_team()

    async def person(self, *, number: str | None = None, verified: bool = True, **more: Any) -> Person:
        """Make an account that is restricted.

        Args:
            number: its fax number; one of Japan that nobody else has, unless given.
            verified: whether Faxi got a fax from there.
            more: further columns of Faxi's table.
        """
        self._numbers[0] += 1
        given = number or f"+8190127{self._numbers[0]:05d}"
        columns = {
            "phone_number": given,
            "email_address": f"p{self._numbers[0]}@me.faxi.jp",
            "fax_number_verified": verified,
            "email_restricted": True,
            **more,
        }
        names = ", ".join(columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        query = f"INSERT INTO public.users ({names}) VALUES ({places}) RETURNING id"  # noqa: S608 - names of columns
        return Person(await self.value(query, *columns.values()), given)

    async def want(self, person: Person, kind: Kind = "restriction") -> Told:
        """Tell a person something, as an approval does: a case with its live message, and its notice."""
        now, team = self.clock.now(), self.team
        async with self.pool.acquire() as connection, connection.transaction():
            case_id = await cases.open_case(
                connection,
                team.runbook,
                "restriction",
                subject_user=person.id,
                opened_by=OWNER,
                owner=OWNER,
                now=now,
                state="acknowledged",
            )
            await outbox.live(connection, "restriction.request", cases.subject(case_id), team.channels.management, now)
            return await faxes.want(
                connection,
                team,
                case_id=case_id,
                step="tell",
                kind=kind,
                user_id=person.id,
                wanted_by=MANAGER,
                now=now,
                reason="complaints",
                complaints=5,
            )

    async def rest(self, within: float = 10.0) -> None:
        """Let the worker beat until nothing can go on at this instant of business time.

        Raises:
            AssertionError: something still can, ``within`` seconds.
        """
        end = asyncio.get_running_loop().time() + within
        while await self.open():
            assert asyncio.get_running_loop().time() < end, await self.fetch("SELECT * FROM chatops.effects")
            await self.worker.beat(self.epoch)
            await asyncio.sleep(0.003)

    async def open(self) -> int:
        """Return how many effects are to go on at this instant."""
        return int(
            await self.value(
                "SELECT count(*) FROM chatops.effects WHERE state IN ('waiting', 'attempting', 'asking', 'following') "
                "AND due_at <= $1",
                self.clock.now(),
            )
        )

    async def go(self, by: timedelta) -> None:
        """Move business time, with a rest at each instant at which something is due, and let Telnyx fetch before."""
        target = self.clock.now() + by
        await self.rest()
        while True:
            await self.telnyx.quiet()
            due = await self.value(
                "SELECT min(due_at) FROM chatops.effects WHERE state IN ('waiting', 'following') AND due_at > $1 "
                "AND due_at <= $2",
                self.clock.now(),
                target,
            )
            self.clock.at = due or target
            await self.rest()
            if due is None:
                return

    async def told(self, notice: Told) -> Told:
        """Return the notice as it stands now."""
        async with self.pool.acquire() as connection:
            return await faxes.load(connection, notice.id)

    async def line(self, notice: Told) -> str:
        """Return the line that people read about the notice."""
        return str(fax_messages.line(await self.told(notice), self.team))

    async def step(self, notice: Told, name: str) -> tuple[str, bool]:
        """Return a step's state, and whether it is to be done as things stand."""
        async with self.pool.acquire() as connection:
            case = await cases.load(connection, notice.case_id)
        step = case.step(name) if case else None
        assert case is not None
        assert step is not None
        return step.state, case.applies(step)

    async def said(self, notice: Told) -> list[str]:
        """Return what was said in the thread of the notice's case, as Slack gets it; to nobody directly."""
        drawn = wiring.renderers(None)
        said = []
        for row in await self.fetch(
            "SELECT renderer, subject, parameters FROM chatops.posts WHERE subject = $1 AND destination = $2"
            " ORDER BY id",
            cases.subject(notice.case_id),
            self.team.channels.management,
        ):
            async with self.pool.acquire() as connection:
                message = await drawn[row["renderer"]](connection, row["subject"], row["parameters"], self.team)
            said.append(str(message.as_arguments()))
        return said

    async def records(self, notice: Told) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return the audit records of the notice's case: action, result, parameters."""
        rows = await self.fetch(
            "SELECT action, result, parameters FROM chatops.audit WHERE case_id = $1 ORDER BY number", notice.case_id
        )
        return [(row["action"], row["result"], row["parameters"]) for row in rows]

    async def jobs(self) -> list[Any]:
        """Return Faxi's own list of faxes."""
        return await self.fetch("SELECT * FROM public.fax_jobs ORDER BY reference_id")

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Ask the database as superuser."""
        async with self._one_by_one:
            return list(await self._super.fetch(query, *values))

    async def value(self, query: str, *values: Any) -> Any:
        """Ask the database as superuser for one value."""
        async with self._one_by_one:
            return await self._super.fetchval(query, *values)

    async def lead(self, who: str = "test") -> int:
        """Take the lease, whoever has it, as one takes it when the other's has ended; return the epoch."""
        await self.fetch("UPDATE chatops.leases SET until = clock_timestamp() - interval '1 second'")
        async with self.pool.acquire() as connection:
            self.epoch = int(await connection.fetchval(_OUTBOX["take_lease"], who))
        # As if it were renewed again and again.
        await self.fetch("UPDATE chatops.leases SET until = clock_timestamp() + interval '1 hour'")
        return self.epoch


@functools.cache
def fax_team() -> Team:
    """Make the team, with faxes set up; once, for it reads the runbook."""
    return dataclasses.replace(make_team(), faxes=True)


def sender_of(desk: Desk, pool: Pool | None = None, *, telnyx: Any = None) -> FaxSender:
    """Make one more sender, as another process would have it."""
    line = dataclasses.replace(desk.line_out, **({} if telnyx is None else {"telnyx": telnyx}))
    return FaxSender(pool or desk.pool, desk.team, desk.clock, line, pace=PACE)


def worker_of(desk: Desk, sender: FaxSender, pool: Pool | None = None) -> Worker:
    """Make one more worker, as another process would have it."""
    return Worker(pool or desk.pool, {faxes.KIND: sender}, desk.clock, pace=PACE)


@asynccontextmanager
async def fax_desk(
    database: Database,
    around: Outside,
    *,
    start: str | datetime = MORNING,
    hook: str | None = None,
    size: int = 5,
    pace: float = PACE,
) -> AsyncIterator[Desk]:
    """Set up a desk on this test's database.

    Args:
        database: the fixture's.
        around: what :func:`outside` gives.
        start: business time, Tokyo's.
        hook: where Telnyx tells what becomes of faxes; nowhere unless given.
        size: connections of the bot's pool.
        pace: how many times shorter machine waits are.
    """
    clock = SetClock(at(start) if isinstance(start, str) else start)
    telnyx = await LocalTelnyx.start(clock=clock)
    async with (
        await open_pool(database.url, size=size, application="faxi-bot tests") as pool,
        open_session() as session,
        database.connect() as superuser,
    ):
        client = Telnyx(
            session,
            api_url=telnyx.url,
            api_key=telnyx.api_key,
            connection_id=telnyx.connection_id,
            from_number=FROM_NUMBER,
            webhook_url=hook,
        )
        line = Line(around.media, client, around.press, SUPPORT, FROM_NUMBER)
        sender = FaxSender(pool, fax_team(), clock, line, pace=pace)
        worker = Worker(pool, {faxes.KIND: sender}, clock, pace=pace)
        desk = Desk(database, pool, clock, around, telnyx, client, line, sender, worker, superuser)
        await desk.lead()
        try:
            yield desk
        finally:
            around.aws.heal()
            await telnyx.close()
            await desk.worker.finish()
