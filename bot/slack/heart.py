"""The heart of a replica: takes the lease, ticks what is due, sends what waits; never two replicas at once."""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping

import structlog

from bot.base.clock import Clock
from bot.base.database import Pool, queries
from bot.engine import due, roster
from bot.engine.access import RightsUnknown
from bot.engine.due import Handler
from bot.engine.effects import Worker
from bot.slack.homes import Homes
from bot.slack.outage import DATABASE_AWAY
from bot.slack.people import Directory
from bot.slack.sender import Sender

SQL = queries("outbox")
log = structlog.get_logger(__name__)
RENEW = 5.0
"""Seconds of machine time between two renewals of the lease, which lasts 15 s."""
STANDBY = 1.0
"""Seconds between two looks of a replica that does not hold the lease."""
TICK = 0.2
PASSES = 3
"""How often one tick looks again at once, because what was due has made more due."""
SEND = 0.2
MEMBERS = 300.0


class Heart:
    """Sends and ticks while this process holds the lease ``sender``."""

    def __init__(
        self,
        pool: Pool,
        sender: Sender,
        handlers: Mapping[str, Handler],
        effects: Worker,
        clock: Clock,
        directory: Directory,
        *,
        homes: Homes | None = None,
    ) -> None:
        """Beat for one process.

        Args:
            pool: the process's.
            sender: delivers what Slack is to show.
            handlers: does what is due, by kind.
            effects: brings on what happens elsewhere.
            clock: business time.
            directory: Slack's people and groups.
            homes: brings opened App Homes up to date.
        """
        self._pool = pool
        self._sender = sender
        self._handlers = handlers
        self._effects = effects
        self._clock = clock
        self._directory = directory
        self._homes = homes
        self._me = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._epoch: int | None = None
        self._stopping = asyncio.Event()
        self._woken = asyncio.Event()
        effects.ended = self._woken.set
        self.last_beat = time.monotonic()

    @property
    def leads(self) -> bool:
        """Whether this process sends and ticks at present."""
        return self._epoch is not None

    @property
    def alive(self) -> bool:
        """Whether the heart looked at the database within the last half minute."""
        return time.monotonic() - self.last_beat < 30  # noqa: PLR2004

    def stop(self) -> None:
        """Ask :meth:`run` to end after what it is sending."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Beat until stopped; survives the database and Slack being away."""
        renewed = ticked = members = -1e9
        while not self._stopping.is_set():
            now, sent = time.monotonic(), 0
            try:
                if now - renewed >= (RENEW if self.leads else STANDBY):
                    await self._renew()
                    renewed = now
                if self._epoch is not None:
                    if now - ticked >= TICK:
                        await self._tick(self._epoch)
                        ticked = now
                    if now - members >= MEMBERS:
                        await self._members()
                        members = now
                    sent = await self._send(self._epoch)
                self.last_beat = time.monotonic()
            except DATABASE_AWAY as error:
                log.warning("database away", part="sender", error=type(error).__name__)
                self._lost()
                renewed = -1e9
                await self._pause(TICK)
            except Exception:
                log.exception("beat failed")
                await self._pause(TICK)
            if not sent:
                # Only when nothing went out: what may go out is held back by Slack's pace, not by this.
                await self._pause(SEND)
        await self._effects.finish()
        await self._sender.finish()
        if self._homes is not None:
            await self._homes.finish()
        await self._release()

    async def _send(self, epoch: int) -> int:
        """Let go out what may, and bring opened Homes up to date; return how many messages went out."""
        if self._homes is not None:
            self._homes.beat(epoch)
        return await self._sender.send(epoch)

    def _lost(self) -> None:
        """Hold no lease any more: the database is away."""
        self._epoch = None
        if self._homes is not None:
            self._homes.doubt()

    async def _tick(self, epoch: int) -> None:
        """Run what is due, also what that makes due at once, but not for long: the lease must be renewed."""
        for _ in range(PASSES):
            if not await due.run_ready(self._pool, self._handlers, self._clock):
                break
        await self._effects.beat(epoch)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return
        self._woken.clear()

    async def _renew(self) -> None:
        async with self._pool.acquire() as connection:
            epoch: int | None = await connection.fetchval(SQL["take_lease"], self._me)
        if epoch != self._epoch:
            log.info("sender", leads=epoch is not None, epoch=epoch)
        self._epoch = epoch

    async def _members(self) -> None:
        """Note who joined and who left, so that an approval by somebody new can say so."""
        try:
            membership = await self._directory.members()
        except RightsUnknown:
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await roster.record(connection, membership, self._clock.now())

    async def _release(self) -> None:
        if self._epoch is None:
            return
        try:
            async with self._pool.acquire() as connection:
                await connection.execute(SQL["release_lease"], self._me, self._epoch)
        except DATABASE_AWAY:
            log.info("lease not given back; it ends by itself")
