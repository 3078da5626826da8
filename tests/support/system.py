"""A whole running system for tests: workspace, several ``faxi-bot run`` processes, a database.

A test acts as a person would, through the control interface over HTTP, and looks at the database
as superuser. When a test fails, the end of each process's log is printed.
"""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp

from bot.base.clock import Clock, MappedClock
from bot.base.database import open_pool, shipped
from bot.local.demo import opening
from bot.local.fax_service import FaxService
from bot.local.folders import working_folder
from bot.local.replicas import Replica, stop_all
from bot.local.trial import DatabaseTrial
from bot.local.workspace import Workspace
from bot.local.workspace.page import Stage
from tests.support.databases import Database

JSON = dict[str, Any]
SIGNING_KEY = base64.b64encode(bytes(range(32))).decode()


class ControlError(AssertionError):
    """The control interface refused what the test asked; the message is its answer."""


class Person:
    """One person of the workspace, as a test plays them."""

    def __init__(self, system: "System", handle: str) -> None:
        """Act as ``handle`` in ``system``."""
        self._system = system
        self.handle = handle

    async def command(self, channel: str, text: str, **more: Any) -> JSON:
        """Type a command; return what the control interface answers."""
        return dict(await self._system.post("command", as_=self.handle, channel=channel, text=text, **more))

    async def message(self, channel: str, text: str, **more: Any) -> JSON:
        """Post a message."""
        return dict(await self._system.post("message", as_=self.handle, channel=channel, text=text, **more))

    async def click(self, button: str, **where: Any) -> JSON:
        """Press a button, by ``channel`` and ``ts`` or by ``view``."""
        return dict(await self._system.post("click", as_=self.handle, button=button, **where))

    async def submit(self, view: str, **values: Any) -> JSON:
        """Submit a modal; fields by their label or block id."""
        return dict(await self._system.post("submit", as_=self.handle, view=view, values=values))

    async def close(self, view: str) -> JSON:
        """Close a modal."""
        return dict(await self._system.post("close", as_=self.handle, view=view))

    async def home(self) -> JSON:
        """Open the App Home and return its view."""
        return dict(await self._system.post("home", as_=self.handle))

    async def messages(self, channel: str, thread: str | None = None) -> list[JSON]:
        """Return what this person sees in a channel or a thread."""
        asked = {"as": self.handle, "channel": channel, **({} if thread is None else {"thread": thread})}
        found = await self._system.get("messages", asked)
        return list(found["messages"] if isinstance(found, dict) else found)

    async def views(self) -> list[JSON]:
        """Return the modals this person has open."""
        found = await self._system.get("views", {"as": self.handle})
        return list(found["views"] if isinstance(found, dict) else found)


class System:
    """What :func:`running_system` gives."""

    def __init__(
        self,
        workspace: Workspace,
        replicas: list[Replica],
        clock: MappedClock,
        database: Database,
        faxes: FaxService | None = None,
    ) -> None:
        """Hold the parts; the session for HTTP is opened by :func:`running_system`."""
        self._faxes = faxes
        self.workspace = workspace
        self.replicas = replicas
        self.clock = clock
        self.database = database
        self.session = aiohttp.ClientSession()

    @property
    def faxes(self) -> FaxService:
        """Telnyx and S3 of this system, which must have been started with them."""
        assert self._faxes is not None, "running_system(faxes=True) starts them"
        return self._faxes

    def person(self, handle: str) -> Person:
        """Return the person with this handle, such as ``op1``."""
        return Person(self, handle)

    async def post(self, call: str, **asked: Any) -> Any:
        """Make a call of the control interface; ``as_`` stands for ``as``.

        Raises:
            ControlError: it was refused.
        """
        body = {name.removesuffix("_"): value for name, value in asked.items()}
        async with self.session.post(f"{self.workspace.url.rstrip('/')}/control/{call}", json=body) as response:
            return await self._answer(call, response)

    async def get(self, call: str, asked: Mapping[str, str] | None = None) -> Any:
        """Ask the control interface.

        Raises:
            ControlError: it was refused.
        """
        url = f"{self.workspace.url.rstrip('/')}/control/{call}"
        async with self.session.get(url, params=dict(asked or {})) as response:
            return await self._answer(call, response)

    @staticmethod
    async def _answer(call: str, response: aiohttp.ClientResponse) -> Any:
        if response.status != 200:
            raise ControlError(f"{call}: {response.status}: {await response.text()}")
        return await response.json()

    async def command(self, as_: str, channel: str, text: str, **more: Any) -> Any:
        """Type a command as this person."""
        return await self.post("command", as_=as_, channel=channel, text=text, **more)

    async def message(self, as_: str, channel: str, text: str, **more: Any) -> Any:
        """Post a message as this person."""
        return await self.post("message", as_=as_, channel=channel, text=text, **more)

    async def click(self, as_: str, button: str, **where: Any) -> Any:
        """Press a button as this person, by ``channel`` and ``ts`` or by ``view``."""
        return await self.post("click", as_=as_, button=button, **where)

    async def submit(self, as_: str, view: str, values: Mapping[str, Any], **more: Any) -> Any:
        """Submit a modal as this person."""
        return await self.post("submit", as_=as_, view=view, values=dict(values), **more)

    async def messages(self, as_: str, channel: str, thread: str | None = None) -> list[JSON]:
        """Return what this person sees in a channel or a thread."""
        return await self.person(as_).messages(channel, thread)

    async def views(self, as_: str) -> list[JSON]:
        """Return the modals this person has open."""
        return await self.person(as_).views()

    async def state(self) -> JSON:
        """Return the state of the workspace."""
        return dict(await self.get("state"))

    async def advance(self, by: str, *, jump: bool = False) -> JSON:
        """Move business time ("3h"), with a stop at all that is due, or by one leap."""
        return dict(await self.post("clock", advance=by, **({"jump": True} if jump else {})))

    async def settle(self, within: float = 20.0) -> None:
        """Wait until nothing due has yet to run and no message waits.

        Raises:
            AssertionError: it does not happen ``within`` seconds; says what waits.
        """
        end = asyncio.get_running_loop().time() + within
        while not (state := await self.state())["settled"]:
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"not settled after {within:.0f} s: {state.get('waiting')}")
            await asyncio.sleep(0.05)

    async def kill(self, number: int) -> None:
        """End a process at once (kill -9); they are numbered from 0."""
        await self.replicas[number].kill()

    async def terminate(self, number: int, grace: float = 15.0) -> int:
        """Ask a process to end (SIGTERM); return how it ended."""
        return await self.replicas[number].stop(grace)

    async def start(self, number: int, **settings: str) -> None:
        """Start a process again, with changed settings if any are given, and wait until it is ready."""
        replica = self.replicas[number]
        replica.environment = {**replica.environment, **settings}
        await replica.start()
        await replica.ready()

    async def connection_of(self, number: int) -> str:
        """Return a connection id of this process, for ``via``."""
        replica = self.replicas[number]
        names = {str(replica.child.pid), f"{replica.address}/slack/events", replica.address}
        for connection in (await self.state())["connections"]:
            if str(connection["process"]).removeprefix("pid/") in names:
                return str(connection["id"])
        raise AssertionError(f"process {number} has no connection")

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Ask the database as superuser."""
        async with self.database.connect() as connection:
            return list(await connection.fetch(query, *values))

    async def value(self, query: str, *values: Any) -> Any:
        """Ask the database as superuser for one value."""
        async with self.database.connect() as connection:
            return await connection.fetchval(query, *values)

    def logs(self, lines: int = 60) -> str:
        """Return the end of each process's log."""
        return "\n".join(f"--- {it.log.name}\n{it.child.tail(lines)}" for it in self.replicas if it.log.exists())


@asynccontextmanager
async def running_system(
    database: Database,
    *,
    replicas: int = 2,
    transport: Literal["socket", "http"] = "socket",
    pace: float = 20.0,
    settings: Mapping[str, str] | None = None,
    start: bool = True,
    manifest: Path | None = None,
    faxes: bool = False,
    stage: Callable[[Clock], Stage] | None = None,
) -> AsyncIterator[System]:
    """Run workspace and processes on this test's database until the block ends.

    Args:
        database: the fixture's.
        replicas: how many processes.
        transport: how Slack's calls reach them.
        pace: how many times faster than Slack the bot may post, and the workspace lets it.
        settings: environment variables beside the usual ones.
        start: whether the processes are started here (else by :meth:`System.start`).
        manifest: the app's manifest, the shipped one unless given.
        faxes: whether faxes are set up, with Telnyx and S3 on this machine (``System.faxes``).
        stage: makes what a trial adds to the page, its panel with clock and faxes; none unless given.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(working_folder("system"))
        now = datetime.now(UTC)
        clock = MappedClock.create(folder / "clock", opening(now) - now)
        pool = await open_pool(database.super_url, size=2, application="test")
        stack.push_async_callback(pool.close)
        trial = DatabaseTrial(pool, clock, database.super_url, lifelike=False)
        service = await FaxService.start(clock) if faxes else None
        if service is not None:
            stack.push_async_callback(service.close)
        workspace = await Workspace.start(
            clock=clock,
            manifest=manifest or shipped("manifest.yml"),
            trial=trial,
            pace=pace,
            stage=stage(clock) if stage is not None else None,
            faxes=service,
        )
        stack.push_async_callback(workspace.close)
        environment = {
            **workspace.environment(transport=transport),
            "DATABASE_URL": database.url,
            "FAXI_CLOCK": str(folder / "clock"),
            "AUDIT_SIGNING_KEY": SIGNING_KEY,
            **(service.environment() if service else {}),
            **(settings or {}),
        }
        processes = [Replica(number, folder, environment) for number in range(1, replicas + 1)]
        if transport == "http":
            workspace.deliver_to.extend(f"{process.address}/slack/events" for process in processes)
        system = System(workspace, processes, clock, database, service)
        stack.push_async_callback(system.session.close)
        stack.push_async_callback(stop_all, processes)
        try:
            if start:
                for process in processes:
                    await process.start()
                await asyncio.gather(*(process.ready() for process in processes))
            yield system
        except BaseException:
            sys.stderr.write(system.logs() + "\n")
            raise
