"""A TCP proxy between a process and PostgreSQL that can strike at a commit, hold everything up, or break it.

What a commit is, :mod:`tests.support.commits` says.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from tests.support.commits import Boundary, Reading, next_message

When = Literal["before", "after"]
_SSL_REQUEST = (80877103).to_bytes(4, "big")
_FAREWELL = 2.0
_LOST = (OSError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class _Trap:
    """Where to strike, and how."""

    chosen: Callable[[Boundary], bool]
    when: When
    strike: Callable[[], None]
    sprung: "asyncio.Future[Boundary]"


@dataclass(eq=False)
class _Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    reading: Reading = field(default_factory=Reading)
    orphaned: bool = False

    def cut(self) -> None:
        """Break both sides at once."""
        for side in (self.client, self.server):
            side.transport.abort()


class Proxy:
    """What :func:`proxied` gives."""

    def __init__(self, url: str) -> None:
        """Stand before the database at this address."""
        self._url = urlsplit(url)
        self._links: set[_Link] = set()
        self._trap: _Trap | None = None
        self._open = asyncio.Event()
        self._open.set()
        self.port = 0
        self.holding = 0
        """How many requests :meth:`pause` keeps from the server at present."""
        self.refusing = False
        """Whether new connections are broken at once."""
        self.seen: list[Boundary] = []
        """Every commit that happened."""

    @property
    def url(self) -> str:
        """The database's address through the proxy."""
        user = self._url.netloc.rpartition("@")[0]
        return urlunsplit(self._url._replace(netloc=f"{user}@127.0.0.1:{self.port}"))

    def arm(
        self, chosen: Callable[[Boundary], bool], when: When, strike: Callable[[], None]
    ) -> "asyncio.Future[Boundary]":
        """Strike at the first commit that is chosen, once.

        Args:
            chosen: asked at each commit from now on, in order; count in it to choose the n-th.
            when: "before" the server hears of it (nothing is committed), or "after" it has
                committed and before the client hears of that.
            strike: what is done then, such as killing the client; the connection is broken too.

        Returns:
            what is done when it struck, with the commit.
        """
        self._trap = _Trap(chosen, when, strike, asyncio.get_running_loop().create_future())
        return self._trap.sprung

    def disarm(self) -> None:
        """Strike nowhere."""
        self._trap = None

    def pause(self) -> None:
        """Become a black hole: nothing passes, nobody is told."""
        self._open.clear()

    def resume(self) -> None:
        """Let everything pass again, what came meanwhile too."""
        self._open.set()

    def cut(self) -> None:
        """Break every connection."""
        for link in self._links:
            link.cut()

    def bury(self) -> None:
        """Pass nothing more of what the present clients said: they are dead, whatever stands in a buffer."""
        for link in self._links:
            link.orphaned = True

    async def drained(self) -> None:
        """Wait until every connection has ended and what the server still did for it is in :attr:`seen`."""
        while self._links:
            await asyncio.sleep(0.005)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side ends."""
        if self.refusing:
            writer.transport.abort()
            return
        try:
            there, server = await asyncio.open_connection(self._url.hostname, self._url.port)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server)
        self._links.add(link)
        try:
            await self._greet(reader, link)
            up, down = asyncio.create_task(self._up(reader, link)), asyncio.create_task(self._down(there, link))
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if up.done() and not server.transport.is_closing():
                # The server finishes what it is doing for a client that is gone, and then hangs up.
                server.write_eof()
                await asyncio.wait({down}, timeout=_FAREWELL)
            link.cut()
            await asyncio.gather(up, down)
        except _LOST:
            link.cut()
        finally:
            self._links.discard(link)

    async def _greet(self, reader: asyncio.StreamReader, link: _Link) -> None:
        """Pass the first message, which has no letter; a wish for TLS is declined."""
        while True:
            size = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(size, "big") - 4)
            await self._open.wait()
            if body != _SSL_REQUEST:
                link.server.write(size + body)
                return
            link.client.write(b"N")

    async def _up(self, reader: asyncio.StreamReader, link: _Link) -> None:
        """Pass what the client says, a whole request (until Sync or a simple query) at a time."""
        held = b""
        with suppress(*_LOST):
            while True:
                letter, body, raw = await next_message(reader)
                held += raw
                boundary = link.reading.said(letter, body)
                if boundary and self._strikes("before", link, boundary):
                    return
                self.holding += 1
                await self._open.wait()
                self.holding -= 1
                if link.orphaned:
                    return
                if letter in b"SQHpX":
                    link.server.write(held)
                    held = b""
                    await link.server.drain()

    async def _down(self, reader: asyncio.StreamReader, link: _Link) -> None:
        """Pass what the server says; the end of a statement waits for what follows it."""
        held = b""
        with suppress(*_LOST):
            while True:
                letter, body, raw = await next_message(reader)
                held += raw
                boundary = link.reading.heard(letter, body)
                if boundary:
                    self.seen.append(boundary)
                    if self._strikes("after", link, boundary):
                        return
                if letter not in b"Cs":
                    await self._open.wait()
                    link.client.write(held)
                    held = b""
                    await link.client.drain()

    def _strikes(self, when: When, link: _Link, boundary: Boundary) -> bool:
        trap = self._trap
        if trap is None or trap.when != when or not trap.chosen(boundary):
            return False
        self._trap = None
        trap.strike()
        link.cut()
        trap.sprung.set_result(boundary)
        return True


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """Run a proxy before the database at ``url`` until the block ends."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.resume()
        proxy.cut()
        server.close()
        await server.wait_closed()
