"""Socket Mode: two connections to Slack, a watchdog for each, and a clean stop.

The SDK reconnects by itself, except that it tries a refused address for ever and starts only when
Slack is there. So each connection has a watchdog that builds a new one when it stays unconnected.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from prometheus_client import Counter
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = structlog.get_logger(__name__)
REBUILT = Counter("faxi_socket_rebuilt", "Socket Mode connections that the watchdog built anew.")

_PING_SECONDS = 3
_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 2.0
_LONGEST_DELAY = 30.0


class _OneLine(logging.Filter):
    """Keeps the SDK's repeated tracebacks out of the log; what went wrong is in its line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


def _sdk_logger() -> logging.Logger:
    logger = logging.getLogger("bot.slack.socket")
    # Below ERROR the SDK writes the address of each connection, which is a key to it.
    logger.setLevel(logging.ERROR)
    if not logger.filters:
        logger.addFilter(_OneLine())
    return logger


class SocketMode:
    """This process's connections to Slack."""

    def __init__(
        self, app: AsyncApp, app_token: str, *, connections: int = 2, patience: float = 20.0, use_proxy: bool = True
    ) -> None:
        """Prepare; :meth:`start` connects.

        Args:
            app: the Bolt app.
            app_token: the app-level token (``xapp-``).
            connections: how many; one can be renewed while another listens.
            patience: seconds without connection after which one is built anew.
            use_proxy: False where Slack is a workspace on this machine.
        """
        self._links = [_Link(lambda: _handler(app, app_token, use_proxy), patience) for _ in range(connections)]

    async def start(self, within: float = 10.0) -> bool:
        """Begin to connect and watch, and wait a while for the first connection.

        Args:
            within: seconds to wait; the watchdogs go on trying after that.

        Returns:
            whether at least one is connected.
        """
        for link in self._links:
            link.start()
        end = time.monotonic() + within
        while await self.connected() == 0:
            if time.monotonic() >= end:
                log.warning("Socket Mode is not connected yet; trying on", seconds=within)
                return False
            await asyncio.sleep(0.02)
        return True

    async def connected(self) -> int:
        """Return how many connections are up; 0 means that Slack's requests do not arrive."""
        return sum([await link.connected() for link in self._links])

    def stop_accepting(self) -> None:
        """Take nothing new from Slack, while acknowledgements under way can still go out."""
        for link in self._links:
            link.stop_accepting()

    async def close(self, grace: float = 2.5) -> int:
        """Stop: take nothing new, wait for acknowledgements under way, then disconnect.

        Args:
            grace: seconds to wait for them.

        Returns:
            how many acknowledgements were cut off.
        """
        self.stop_accepting()
        cut = sum(await asyncio.gather(*(link.finish(grace) for link in self._links)))
        if cut:
            log.warning("acknowledgements were cut off", cut=cut)
        return cut


class _Link:
    """One connection with its watchdog."""

    def __init__(self, build: Callable[[], AsyncSocketModeHandler], patience: float) -> None:
        self._build = build
        self._patience = patience
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._busy: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        self._open()
        self._watching = asyncio.create_task(self._watch(), name="watch a Socket Mode connection")

    def _open(self) -> None:
        handler = self._build()
        handler.client.socket_mode_request_listeners[:] = [self._counted(handler)]
        self._handler = handler
        self._connecting = asyncio.create_task(_connect(handler), name="connect Socket Mode")

    def _counted(
        self, handler: AsyncSocketModeHandler
    ) -> Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]:
        """Wrap Bolt's handler so that a stop can wait for acknowledgements under way."""

        async def handle(_client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._busy.add(done)
            try:
                await handler.handle(handler.client, request)
            finally:
                done.set_result(None)
                self._busy.discard(done)

        return handle

    async def connected(self) -> bool:
        return self._handler is not None and await self._handler.client.is_connected()

    async def _watch(self) -> None:
        lost_at: float | None = time.monotonic()
        delay = 1.0
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, self._patience / 4))
            if await self.connected():
                if lost_at is not None:
                    log.info("Socket Mode connected", after=round(time.monotonic() - lost_at, 1))
                lost_at, delay = None, 1.0
                continue
            if lost_at is None:
                lost_at = time.monotonic()
                log.warning("Socket Mode lost a connection")
            if time.monotonic() - lost_at > self._patience:
                await self._rebuild(delay)
                lost_at, delay = time.monotonic(), min(delay * 2, _LONGEST_DELAY)

    async def _rebuild(self, delay: float) -> None:
        """Build the connection anew after ``delay`` seconds, unless it came back meanwhile."""
        await asyncio.sleep(delay)
        if await self.connected():
            return
        log.warning("Socket Mode builds a connection anew", waited=delay)
        REBUILT.inc()
        old, connecting = self._handler, self._connecting
        try:
            self._open()
            await _discard(old, connecting)
        except Exception:
            # A watchdog never ends: what could not be built or closed now is tried again.
            log.exception("Socket Mode could not build a connection anew")

    def stop_accepting(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._handler is not None:
            self._handler.client.socket_mode_request_listeners.clear()

    async def finish(self, grace: float) -> int:
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=grace)
        cut = len(self._busy)
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await _discard(self._handler, self._connecting)
        return cut


def _handler(app: AsyncApp, app_token: str, use_proxy: bool) -> AsyncSocketModeHandler:  # noqa: FBT001
    handler = AsyncSocketModeHandler(app, app_token, logger=_sdk_logger(), ping_interval=_PING_SECONDS)
    if not use_proxy:
        handler.client.proxy = None
    return handler


async def _connect(handler: AsyncSocketModeHandler) -> None:
    """Connect; the SDK tries until it succeeds, and the watchdog looks whether it did."""
    await handler.connect_async()  # type: ignore[no-untyped-call]


async def _discard(handler: AsyncSocketModeHandler | None, connecting: asyncio.Task[None] | None) -> None:
    """Close a connection within a bounded time, whatever state it is in."""
    if connecting is not None:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
    if handler is None:
        return
    client = handler.client
    try:
        await asyncio.wait_for(handler.close_async(), _CLOSE_SECONDS)  # type: ignore[no-untyped-call]
    except (TimeoutError, OSError, RuntimeError):
        # A half-open socket does not say good-bye: what close had still to do is done here.
        for task in (client.message_processor, client.current_session_monitor, client.message_receiver):
            if task is not None:
                task.cancel()
        await client.aiohttp_client_session.close()
