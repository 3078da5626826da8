"""Sends to a replica, word for word, what Slack has sent before: the same signed request, or the same envelope."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from bot.local.workspace.delivery import Envelope, decoded
from tests.support.databases import Database
from tests.support.system import System, running_system

Transport = Literal["socket", "http"]


class Line(Protocol):
    """Slack's line to the replicas, which remembers what went over it."""

    async def way(self, number: int) -> str:
        """Return the connection of a replica, for ``via``."""
        ...

    async def again(self, name: str, number: int) -> Any:
        """Send the newest call of this name to a replica once more; return its acknowledgement's content.

        Args:
            name: the command with its slash, the event's type, or ``block_actions`` and the like.
            number: the replica's, from 0.
        """
        ...


@dataclass
class Sockets:
    """The line over Socket Mode."""

    system: System

    async def way(self, number: int) -> str:
        """Return a connection of this replica."""
        return await self.system.connection_of(number)

    async def again(self, name: str, number: int) -> Any:
        """Send the newest envelope of this name once more."""
        calls = await self.system.get("wire")
        payload = next(one["body"] for one in reversed(calls) if one["direction"] == "out" and one["method"] == name)
        kind: Literal["slash_commands", "events_api", "interactive"] = "interactive"
        if name.startswith("/"):
            kind = "slash_commands"
        elif "event" in payload:
            kind = "events_api"
        delivery = self.system.workspace.slack.delivery
        outcome = await delivery.deliver(Envelope(kind, payload), await self.way(number))
        assert outcome.acknowledged, outcome
        return outcome.payload


@dataclass(frozen=True)
class _Kept:
    body: bytes
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the wire calls it."""
        if self.headers["Content-Type"] == "application/json":
            return str(json.loads(self.body)["event"]["type"])
        form = dict(parse_qsl(self.body.decode()))
        return form.get("command") or str(json.loads(form["payload"])["type"])


class Relay:
    """The line over HTTP: hands each request on to its replica, byte for byte, and keeps it."""

    def __init__(self, system: System, session: aiohttp.ClientSession) -> None:
        """Hand on to the replicas of ``system``."""
        self._system = system
        self._session = session
        self._kept: list[_Kept] = []

    async def way(self, number: int) -> str:
        """Return the connection of this replica."""
        return f"http-{number + 1}"

    async def again(self, name: str, number: int) -> Any:
        """Send the newest request of this name once more, with the signature it had."""
        kept = next(one for one in reversed(self._kept) if one.name == name)
        status, text = await self._hand_on(kept, number)
        assert status == 200, (status, text)
        return decoded(text)

    async def take(self, request: web.Request) -> web.Response:
        """Take a request of Slack's for one replica."""
        kept = _Kept(await request.read(), {name: value for name, value in request.headers.items() if name != "Host"})
        self._kept.append(kept)
        status, text = await self._hand_on(kept, int(request.match_info["number"]))
        return web.Response(status=status, text=text)

    async def _hand_on(self, kept: _Kept, number: int) -> tuple[int, str]:
        url = f"{self._system.replicas[number].address}/slack/events"
        async with self._session.post(url, data=kept.body, headers=kept.headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def remembered(database: Database, transport: Transport) -> AsyncIterator[tuple[System, Line]]:
    """Run two replicas on a line that remembers what Slack sent."""
    async with running_system(database, transport=transport, pace=1000) as system:
        if transport == "socket":
            yield system, Sockets(system)
            return
        async with aiohttp.ClientSession() as session:
            relay = Relay(system, session)
            app = web.Application()
            app.router.add_post("/{number}/slack/events", relay.take)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                port = runner.addresses[0][1]
                addresses = [f"http://127.0.0.1:{port}/{number}/slack/events" for number in range(len(system.replicas))]
                system.workspace.deliver_to = addresses
                yield system, relay
            finally:
                await runner.cleanup()
