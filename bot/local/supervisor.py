"""Keeps a trial's processes running: starts again what has ended, unless it ends again and again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from bot.local.postgres import Postgres
from bot.local.replicas import Replica, stop_all

_QUICK_SECONDS = 20.0
_QUICK_ENDS_AT_MOST = 5
_PAUSE_SECONDS = 1.0


class Supervisor:
    """Watches over PostgreSQL and the bot's processes, and takes them away when a scenario asks for it."""

    def __init__(
        self,
        server: Postgres,
        replicas: Sequence[Replica],
        report: Callable[[str], None],
        *,
        pause: float = _PAUSE_SECONDS,
    ) -> None:
        """Watch over these; ``report`` is told in words what has happened.

        Args:
            server: the trial's database.
            replicas: the bot's processes.
            report: told what has happened.
            pause: seconds of machine time before a process is started again.
        """
        self.replicas = tuple(replicas)
        self._server = server
        self._report = report
        self._pause = pause
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._bot_may_run = asyncio.Event()
        self._bot_may_run.set()
        self._expected: set[int] = set()

    async def run(self) -> None:
        """Start again whatever ends, until cancelled; a process that keeps ending early is left alone."""
        await asyncio.gather(self._keep_server(), *(self._keep(replica) for replica in self.replicas))

    async def _keep(self, replica: Replica) -> None:
        quick = 0
        while quick < _QUICK_ENDS_AT_MOST:
            began, pid = time.monotonic(), replica.child.pid
            code = await replica.child.wait()
            if pid in self._expected:
                self._expected.discard(pid)
            else:
                quick = quick + 1 if time.monotonic() - began < _QUICK_SECONDS else 0
            if self._bot_may_run.is_set():
                self._report(f"{replica.child.name} has ended ({code}); starting it again. Its log: {replica.log}")
            await asyncio.sleep(self._pause)
            await self._bot_may_run.wait()
            await replica.start()
        await replica.child.wait()
        self._report(
            f"{replica.child.name} ends again and again; it is left alone. The end of its log:\n{replica.child.tail()}"
        )

    async def _keep_server(self) -> None:
        while True:
            await self._server.ended()
            await self._may_run.wait()
            self._report("PostgreSQL has ended; starting it again")
            await self._server.restart()

    async def kill(self, replica: Replica) -> None:
        """End a process at once (kill -9); it is started again, and this end is not held against it."""
        self._expected.add(replica.child.pid)
        await replica.kill()

    async def back(self, replica: Replica, old_pid: int, within: float = 40.0) -> None:
        """Wait until another process than ``old_pid`` runs in its place and is ready.

        Raises:
            TimeoutError: there is none ``within`` seconds.
            ProcessError: it does not get ready.
        """
        async with asyncio.timeout(within):
            while replica.child.pid == old_pid:  # noqa: ASYNC110 - another task replaces it
                await asyncio.sleep(0.05)
        await replica.ready(within)

    @asynccontextmanager
    async def without_bot(self) -> AsyncIterator[None]:
        """Stop all of the bot's processes for the length of the block; they are started again however it ends."""
        self._bot_may_run.clear()
        self._report("the bot is stopped by a scenario")
        try:
            self._expected.update(replica.child.pid for replica in self.replicas if replica.running)
            await stop_all(list(self.replicas))
            yield
        finally:
            self._bot_may_run.set()

    @asynccontextmanager
    async def without_database(self) -> AsyncIterator[None]:
        """Stop PostgreSQL for the length of the block; it is started again however the block ends."""
        self._may_run.clear()
        self._report("PostgreSQL is stopped by a scenario")
        try:
            await self._server.stop()
            yield
        finally:
            self._may_run.set()
