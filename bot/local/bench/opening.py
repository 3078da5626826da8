"""How soon a case with many checks stands in Slack, against the slowest of its checks, through the real parts.

The bot's heart, its worker and its sender run here against a local workspace, at the pace of production. Some checks
ask a service that takes its time, some the database; the others are the morning's own, on the benchmark's mail.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot import wiring
from bot.base.clock import MappedClock
from bot.base.database import Connection, Pool, queries, shipped
from bot.engine import cases, checks, outbox
from bot.engine.checks import Asked, Check, Finding, Looker, Outside
from bot.engine.effects import Worker
from bot.engine.procedures import Procedure, Step
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from bot.local.bench.databases import NOW, Site
from bot.local.bench.measuring import LEAST, BenchError
from bot.local.bench.table import Line, judged, milliseconds, times
from bot.local.bench.ticking import make_team
from bot.local.workspace import Workspace
from bot.slack.heart import Heart
from bot.slack.pace import POST_SECONDS, Pace
from bot.slack.people import Directory
from bot.slack.sender import Sender
from commands import case_messages

SQL = queries("bench_cases")
MOST: Final = 1.2
"""The goal: how many times as long as its slowest check a case may take to stand in Slack."""
SERVICES: Final = {"bench.service_1": 1.0, "bench.service_2": 0.8, "bench.service_3": 0.6}
"""Checks that ask a service, and how many seconds it takes to answer."""
SLOW: Final = {"bench.database_1": 0.4, "bench.database_2": 0.4}
"""Checks that the database takes long for, in seconds."""
QUICK: Final = (
    "mail.bounces_and_delivery",
    "mail.complaints",
    "bounces.pattern",
    "flagged.new",
    "cases.open",
    "oncall.now",
    "bot.health",
)
_PROCEDURE = "bench"
_PATIENCE = 20.0
_LOOK = 0.002


@dataclass
class _Taken:
    """How many seconds each check of a round took."""

    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, name: str, check: Check) -> Check:
        """Return a check that is measured, without the wait for a connection."""

        async def measured(connection: Connection, asked: Asked) -> Finding:
            began = time.perf_counter()
            try:
                return await check(connection, asked)
            finally:
                self.seconds[name] = time.perf_counter() - began

        return measured

    def of_service(self, name: str, seconds: float) -> Outside:
        """Return a check that asks a service which takes so long."""

        async def measured(_asked: Asked) -> Finding:
            began = time.perf_counter()
            await asyncio.sleep(seconds)
            self.seconds[name] = time.perf_counter() - began
            return Finding("pass")

        return measured


def _waits(seconds: float) -> Check:
    async def slow(connection: Connection, _asked: Asked) -> Finding:
        await connection.execute(SQL["wait"], seconds)
        return Finding("pass")

    return slow


def _runbook(names: tuple[str, ...], like: Runbook) -> Runbook:
    steps = tuple(
        Step(name=f"check_{number}", kind="check", title=f"Check number {number}", source="Bench", calls=name)
        for number, name in enumerate(names, 1)
    )
    procedure = Procedure(title="Bench", source="Bench", severity="routine", steps=steps)
    return replace(like, procedures={**like.procedures, _PROCEDURE: procedure})


@dataclass(frozen=True)
class _Bot:
    """The bot as it runs here."""

    pool: Pool
    team: Team
    clock: MappedClock
    workspace: Workspace
    taken: _Taken

    async def round(self) -> tuple[float, float]:
        """Open a case; return after how many seconds its message stood there, and what the slowest check took.

        Raises:
            BenchError: it does not come, or not all checks were made.
        """
        self.taken.seconds.clear()
        there = self._messages()
        began = time.perf_counter()
        async with self.pool.acquire() as connection, connection.transaction():
            now = self.clock.now()
            case_id = await cases.open_case(
                connection,
                self.team.runbook,
                _PROCEDURE,
                subject_user=None,
                opened_by="U0OP1",
                owner="U0OP1",
                now=now,
                due_at=None,
            )
            await checks.want(connection, case_id, now)
        while self._messages() == there:
            await asyncio.sleep(_LOOK)
            if time.perf_counter() - began > _PATIENCE:
                raise BenchError("a case that was opened does not stand in Slack")
        took = time.perf_counter() - began
        if len(self.taken.seconds) != len(SERVICES) + len(SLOW) + len(QUICK):
            raise BenchError("a case stands in Slack before all of its checks were made")
        return took, max(self.taken.seconds.values())

    def _messages(self) -> int:
        return len(self.workspace.slack.state.channels[self.team.channels.operations].messages)

    async def quiet(self) -> None:
        """Wait until nothing is on its way, and Slack's pace lets the next message go at once."""
        end = time.perf_counter() + _PATIENCE
        while True:
            async with self.pool.acquire() as connection:
                left = await outbox.backlog(connection)
            if not left:
                break
            if time.perf_counter() > end:
                raise BenchError("messages of the benchmark do not go out")
            await asyncio.sleep(_LOOK)
        await asyncio.sleep(POST_SECONDS)


@asynccontextmanager
async def _running(site: Site, folder: Path) -> AsyncIterator[_Bot]:
    """Run a workspace and the bot's heart on the database of a site."""
    clock = MappedClock.create(folder / "clock", NOW - datetime.now(UTC))
    workspace = await Workspace.start(clock=clock, manifest=shipped("manifest.yml"))
    places = {
        name: channel.id
        for name, called in {"operations": "email-operations", "management": "email-management"}.items()
        if (channel := workspace.slack.state.channel_by_name(called)) is not None
    }
    team, taken = make_team(**places), _Taken()
    team = replace(team, runbook=_runbook((*SERVICES, *SLOW, *QUICK), team.runbook))
    known: Mapping[str, Check] = {name: taken.of(name, wiring.CHECKS[name]) for name in QUICK} | {
        name: taken.of(name, _waits(seconds)) for name, seconds in SLOW.items()
    }
    outside = {name: taken.of_service(name, seconds) for name, seconds in SERVICES.items()}
    looker = Looker(site.pool, team, clock, known, outside, renderer=lambda case: case_messages.RENDERERS[case.kind])
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=workspace.slack.bot_token, base_url=f"{workspace.url}/api/", session=session)
        client.proxy = None  # it is on this machine
        sender = Sender(site.pool, client, wiring.renderers(None), team, Pace(), clock)
        worker = Worker(site.pool, {checks.KIND: looker}, clock)
        heart = Heart(site.pool, sender, wiring.due_handlers(team), worker, clock, Directory(client, {}, team.team_id))
        beating = asyncio.create_task(heart.run(), name="heart")
        try:
            yield _Bot(site.pool, team, clock, workspace, taken)
        finally:
            heart.stop()
            await beating
            await workspace.close()


async def opened(site: Site, folder: Path, report: Callable[[str], None]) -> Line:
    """Open cases one after the other, and compare when each stood in Slack with its slowest check.

    Raises:
        BenchError: one does not come, or not all of its checks were made.
    """
    report("measuring how soon a case stands in Slack")
    async with _running(site, folder) as bot:
        await asyncio.sleep(POST_SECONDS)
        rounds = []
        for _ in range(LEAST + 1):  # the first one warms up: plans are made, and pages read
            rounds.append(await bot.round())
            await bot.quiet()
    took, slowest = (median(one) for one in zip(*rounds[1:], strict=True))
    ratio = took / slowest
    count = len(SERVICES) + len(SLOW) + len(QUICK)
    return Line(
        f"a case with {count} checks stands in Slack / its slowest check",
        [f"{milliseconds(took)} / {milliseconds(slowest)} ms = {times(ratio)}"],
        "at most 1.2 ×",  # noqa: RUF001 - the sign
        judged(ratio, most=MOST),
    )
