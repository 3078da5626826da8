"""The bot's own processes in a trial: ``faxi-bot run``, each with a port of its own."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from bot.local.processes import Child, ProcessError, clean_environment, reserved_port


class Replica:
    """One ``faxi-bot run``; its port stays the same when it is started again."""

    def __init__(self, number: int, folder: Path, environment: Mapping[str, str]) -> None:
        """Describe replica ``number``, which runs in ``folder`` with these settings; nothing runs yet."""
        self.number = number
        self.port = reserved_port(self)
        self.folder = folder
        self.environment = environment
        self.log = folder / f"faxi-bot-{number}.log"
        self._child: Child | None = None

    @property
    def address(self) -> str:
        """Where its own HTTP server is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def child(self) -> Child:
        """Its process, running or ended.

        Raises:
            ProcessError: it was never started.
        """
        if self._child is None:
            raise ProcessError(f"faxi-bot {self.number} was not started.")
        return self._child

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the process; :meth:`ready` waits until it answers."""
        environment = {
            **clean_environment(self.folder),
            **self.environment,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.port),
        }
        self._child = await Child.start(
            f"faxi-bot {self.number}",
            [sys.executable, "-P", "-m", "bot", "run"],  # -P: no folder of the same name gets in between
            folder=self.folder,
            log=self.log,
            environment=environment,
        )

    async def ready(self, within: float = 25.0) -> None:
        """Wait until it says that database, Slack and sender are there.

        Raises:
            ProcessError: it has ended, or is not ready ``within`` seconds.
        """
        answer = "nothing yet"
        try:
            async with asyncio.timeout(within), aiohttp.ClientSession() as session:
                while True:
                    self.child.raise_if_ended()
                    try:
                        async with session.get(f"{self.address}/readyz", timeout=aiohttp.ClientTimeout(2)) as response:
                            answer = (await response.text())[:300]
                            if response.status == 200:  # noqa: PLR2004 - HTTP's "OK"
                                return
                    except (aiohttp.ClientError, TimeoutError) as error:
                        answer = str(error)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ProcessError(
                f"faxi-bot {self.number} is not ready after {within:.0f} s ({answer}). "
                f"The end of {self.log}:\n{self.child.tail()}"
            ) from None

    async def stop(self, grace: float = 10.0) -> int:
        """Ask it to finish what it has begun and to end (SIGTERM); return how it ended."""
        return await self.child.stop(signal.SIGTERM, grace)

    async def kill(self) -> None:
        """End it at once (kill -9)."""
        await self.child.kill()


async def stop_all(replicas: list[Replica]) -> None:
    """Stop all of them at the same time."""
    await asyncio.gather(*(replica.stop() for replica in replicas if replica.running))
