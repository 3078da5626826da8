"""Socket Mode, Slack's side: tickets, hello, one envelope to one socket, acknowledgements."""

import asyncio
import json
import re
import secrets
import time
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from .delivery import Connection, Envelope, Outcome
from .limits import number
from .people import APP_ID
from .refusals import JSON


@dataclass(eq=False)
class Link:
    """One open socket of the bot."""

    id: str
    process: int | str
    socket: web.WebSocketResponse
    request: web.Request
    frozen: bool = False
    """Half open: nothing goes out and nothing that comes in is heard."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class SocketMode:
    """The sockets that are open, and the envelopes that wait for an acknowledgement."""

    def __init__(self) -> None:
        """Begin with no socket."""
        self.links: dict[str, Link] = {}
        self._tickets: dict[str, int | str] = {}
        self._waiting: dict[str, asyncio.Future[JSON]] = {}
        self._count = 0

    def ticket(self, user_agent: str) -> str:
        """Issue a ticket for one connection; the process is told by ``pid/<n>`` in the User-Agent."""
        found = re.search(r"\bpid/(\d+)", user_agent)
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = int(found[1]) if found else user_agent
        return ticket

    def connections(self) -> list[Connection]:
        """Return the open sockets."""
        return [Connection(link.id, link.process, "socket") for link in self.links.values()]

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Take a socket with an unused ticket, and serve it until it closes."""
        process = self._tickets.pop(request.query.get("ticket", ""), None)
        if process is None:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=404)
        socket = web.WebSocketResponse(autoping=False, autoclose=False)
        await socket.prepare(request)
        if len(self.links) >= number("socket.connections"):
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._count += 1
        link = Link(f"socket-{self._count}", process, socket, request)
        self.links[link.id] = link
        try:
            await socket.send_json(self._hello())
            await self._listen(link)
        except ConnectionError:
            pass
        finally:
            self.links.pop(link.id, None)
        return socket

    def _hello(self) -> JSON:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {"host": "local-workspace", "approximate_connection_time": 18_060},
            "connection_info": {"app_id": APP_ID},
        }

    async def _listen(self, link: Link) -> None:
        while True:
            message = await link.socket.receive()
            if message.type in {WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSING}:
                return
            if link.frozen:
                continue
            if message.type is WSMsgType.PING:
                await link.socket.pong(message.data)
            elif message.type is WSMsgType.CLOSE:
                await link.socket.close()
                return
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        """Take an acknowledgement, by whichever socket it comes; anything else is nothing to Slack."""
        try:
            body = json.loads(text)
        except ValueError:
            return
        if isinstance(body, dict):
            waiting = self._waiting.get(str(body.get("envelope_id")))
            if waiting is not None and not waiting.done():
                waiting.set_result(body)

    async def send(self, connection: Connection, envelope: Envelope) -> Outcome:
        """Send an envelope over one socket and wait for its acknowledgement."""
        link = self.links.get(connection.id)
        envelope_id = secrets.token_hex(16)
        body: JSON = {
            "envelope_id": envelope_id,
            "type": envelope.kind,
            "accepts_response_payload": envelope.kind != "events_api",
            "payload": envelope.payload,
        }
        if envelope.kind == "events_api":
            body |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason or ""}
        waiting: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = waiting
        started = time.monotonic()
        try:
            async with asyncio.timeout(number("acknowledgement.seconds")):
                if link is not None and not link.frozen:
                    try:
                        await link.socket.send_json(body)
                    except (ConnectionError, RuntimeError):
                        self.links.pop(link.id, None)
                answer = await waiting
        except TimeoutError:
            return Outcome(acknowledged=False, ms=_since(started), error="operation_timeout", reason="timeout")
        finally:
            del self._waiting[envelope_id]
        return Outcome(acknowledged=True, ms=_since(started), payload=answer.get("payload"))

    def _chosen(self, connection: str | None) -> list[Link]:
        return [link for link in self.links.values() if connection in {None, link.id}]

    async def disconnect(self, reason: str, connection: str | None = None) -> int:
        """Say ``disconnect`` to one socket or all, close them, and return how many there were."""
        chosen = self._chosen(connection)
        for link in chosen:
            self.links.pop(link.id, None)
            try:
                await link.socket.send_json(
                    {"type": "disconnect", "reason": reason, "debug_info": {"host": "local-workspace"}}
                )
            except (ConnectionError, RuntimeError):
                continue
            if reason != "warning":
                asyncio.get_running_loop().call_later(1, _break, link)
        return len(chosen)

    def drop(self, connection: str | None = None) -> int:
        """Break one socket or all without a word, and return how many there were."""
        chosen = self._chosen(connection)
        for link in chosen:
            self.links.pop(link.id, None)
            _break(link)
        return len(chosen)

    def freeze(self, connection: str | None = None) -> int:
        """Leave one socket or all half open, and return how many there were."""
        chosen = self._chosen(connection)
        for link in chosen:
            link.frozen = True
        return len(chosen)

    def close(self) -> None:
        """Break every socket."""
        self.drop()


def _break(link: Link) -> None:
    transport = link.request.transport
    if transport is not None:
        transport.abort() if hasattr(transport, "abort") else transport.close()


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
