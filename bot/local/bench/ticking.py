"""How much a tick costs after years of cases against one that has none behind it, with the same cases open."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import asyncpg
from slack_sdk.web.async_client import AsyncWebClient

from bot import wiring
from bot.base.database import Pool, open_pool, prepare_connection, queries
from bot.duty import handoffs
from bot.engine import due, runbook
from bot.engine.effects import Worker
from bot.engine.team import Channels, Team
from bot.local import faxi
from bot.local.bench.databases import NOW
from bot.local.bench.databases import SQL as DATABASES
from bot.local.bench.measuring import Ask, BenchError, in_turns
from bot.local.bench.table import Line, judged, milliseconds, times
from bot.local.jumps import CALENDAR
from bot.local.postgres import Postgres
from bot.mail import watching
from bot.slack.pace import Pace
from bot.slack.sender import Sender

SQL = queries("bench_cases")
OUTBOX = queries("outbox")
PAST: Final = 10_000
OPEN: Final = 500
MOST: Final = 1.2
"""The goal: how many times as long a tick may take with the past."""
_MINUTE: Final = timedelta(minutes=1)


@dataclass
class _Clock:
    """Business time that moves when it is told to."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Return the present instant."""
        return self.at


def make_team(workspace_url: str = "https://faxi.slack.example/", **channels: str) -> Team:
    """Return the team that the benchmark works for, with the runbook that comes with the bot."""
    places = {"alerts": "C0ALERTS", "operations": "C0OPS", "engineering": "C0ENG", "management": "C0MGMT", **channels}
    return Team(
        channels=Channels(**places),
        groups={},
        calendar=CALENDAR,
        runbook=runbook.load(None, wiring.KNOWN, wiring.REQUIRED),
        workspace_url=workspace_url,
        team_id="T0FAXI",
        bot_user="U0FAXIBOT",
        enforced=False,
    )


class Ticker:
    """What the one process that leads does in a tick, on one database."""

    def __init__(self, pool: Pool, team: Team) -> None:
        """Tick on this database; nothing is to be sent."""
        self._pool = pool
        self._clock = _Clock()
        self._handlers = wiring.due_handlers(team)
        self._worker = Worker(pool, {"bench.nothing": _nothing}, self._clock)
        self._sender = Sender(pool, AsyncWebClient(), wiring.renderers(None), team, Pace(), self._clock)

    async def begin(self) -> None:
        """Make the first looks, of which some messages come; Slack then has all of them."""
        await self.minute()
        async with self._pool.acquire() as connection:
            await connection.execute(SQL["all_shown"])

    async def idle(self) -> None:
        """Do what every tick does: take the lease, look for what is due, for effects and for messages."""
        async with self._pool.acquire() as connection:
            epoch: int | None = await connection.fetchval(OUTBOX["take_lease"], "bench")
        if epoch is None:
            raise BenchError("another process ticks on the benchmark's database")
        while await due.run_ready(self._pool, self._handlers, self._clock):
            pass
        await self._worker.beat(epoch)
        await self._sender.send(epoch)

    async def minute(self) -> None:
        """Do a tick in which both looks of a minute are due: at the mail, and at all that is open, for a handoff."""
        self._clock.at += _MINUTE
        await self.idle()
        async with self._pool.acquire() as connection:
            if not await connection.fetchval(SQL["looked"], self._clock.at):
                raise BenchError("a tick did not look at the mail and at what is open")


async def _nothing(_effect: object, _epoch: int) -> None:
    """Do nothing: no effect of the benchmark may go on."""


@asynccontextmanager
async def _database(running: Postgres, past: int, team: Team) -> AsyncIterator[Ticker]:
    """Make a database with open cases, so many past ones, and a handoff under way."""
    name = f"bench_cases_{past}"
    superuser = await asyncpg.connect(running.url("postgres"))
    try:
        await superuser.execute(await superuser.fetchval(DATABASES["remove"], name))
        await faxi.lay_out(running, name)
        connection = await asyncpg.connect(running.url(name))
        try:
            await prepare_connection(connection)
            if past:
                await connection.execute(SQL["past_ones"], past, NOW)
            await connection.execute(SQL["open_ones"], OPEN, NOW)
            await connection.execute(SQL["on_call"], NOW)
            async with connection.transaction():
                await watching.begin(connection, team, NOW)
                await handoffs.open_handoff(
                    connection, team, incoming=None, opened_by="U0OP1", planned_at=None, now=NOW
                )
            await connection.execute(SQL["all_shown"])
            await connection.execute("VACUUM ANALYZE " + await connection.fetchval(SQL["tables"]))
        finally:
            await connection.close()
        async with await open_pool(running.url(name, faxi.BOT), application="faxi-bot bench") as pool:
            yield Ticker(pool, team)
        await superuser.execute(await superuser.fetchval(DATABASES["remove"], name))
    finally:
        await superuser.close()


async def ticks(running: Postgres, report: Callable[[str], None]) -> list[Line]:
    """Compare ticks with a past and without, in turns.

    Raises:
        BenchError: a tick did not do what it was to do.
    """
    team = make_team()
    report(f"making {OPEN:,} open cases, with {PAST:,} past ones and with none")
    async with _database(running, PAST, team) as old, _database(running, 0, team) as new:
        for one in (old, new):
            await one.begin()
        report("measuring ticks")
        lines = []
        for what, tick in (("nothing is due", Ticker.idle), ("both looks of a minute are due", Ticker.minute)):
            asks: dict[str, Ask] = {"old": partial(tick, old), "new": partial(tick, new)}
            taken = await in_turns(asks)
            ratio = taken["old"] / taken["new"]
            cell = f"{milliseconds(taken['old'])} / {milliseconds(taken['new'])} ms = {times(ratio)}"
            lines.append(
                Line(
                    f"a tick in which {what}, {OPEN} cases open: after {PAST:,} past ones / after none",
                    [cell],
                    "at most 1.2 ×",  # noqa: RUF001 - the sign
                    judged(ratio, most=MOST),
                )
            )
    return lines
