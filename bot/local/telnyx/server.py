"""Telnyx on this machine, as one running server: its fax interface, its webhooks, and the faults of a bad day."""

import asyncio
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import aiohttp
from aiohttp import web

from bot.base.clock import Clock
from bot.local.loopback import Fault, Faults, drop, listen

from . import requests
from .account import FROM_NUMBER, Account, Course
from .faxes import SentFax
from .hooks import KINDS as WEBHOOK_KINDS
from .hooks import OPERATION as WEBHOOK
from .hooks import Hooks
from .refusals import JSON, TelnyxError

Kind = Literal[
    "answer_lost", "dropped", "timeout_before", "timeout_after", "rate_limited", "error_before", "error_after",
    "redirect", "garbage", "hidden", "twice", "swapped", "late", "lost",
]  # fmt: skip
_BEFORE = ("dropped", "timeout_before", "rate_limited", "error_before", "redirect")
_AFTER = ("answer_lost", "timeout_after", "error_after", "garbage")
_Answer = tuple[int, JSON]


class LocalTelnyx:
    """Telnyx on loopback, for trials and tests; :meth:`start` makes one."""

    def __init__(self, runner: web.AppRunner, url: str, calls: "_Calls", session: aiohttp.ClientSession) -> None:
        """Hold what :meth:`start` has made."""
        self.url = f"{url}/v2"
        """The address of the interface."""
        self.api_key = calls.api_key
        self.connection_id = calls.connection_id
        self.from_number = FROM_NUMBER
        self._calls = calls
        self._runner = runner
        self._session = session

    @classmethod
    async def start(cls, *, clock: Clock, port: int = 0, folder: Path | None = None) -> "LocalTelnyx":
        """Start Telnyx on loopback.

        Args:
            clock: business time, by which faxes go on.
            port: where to listen; 0 takes a free one.
            folder: where accepted faxes are kept beyond its end; ``None`` for nowhere.

        Raises:
            OSError: the port is taken.
        """
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        faults = Faults()
        hooks = Hooks(session, faults)
        calls = _Calls(Account(clock, session, hooks, folder), hooks, faults)
        app = web.Application()
        app.router.add_post("/v2/faxes", calls.answers("send", calls.send))
        app.router.add_get("/v2/faxes", calls.answers("list", calls.list))
        app.router.add_get("/v2/faxes/{id}", calls.answers("status", calls.status))
        app.router.add_route("*", "/{path:.*}", _unwritten)
        try:
            runner, url = await listen(app, port)
        except OSError:
            await calls.close()
            await session.close()
            raise
        return cls(runner, url, calls, session)

    @property
    def public_key(self) -> str:
        """The account's public key, base64: it checks the webhooks."""
        return self._calls.hooks.public_key

    @property
    def requests(self) -> Counter[str]:
        """How often each operation (send, list, status) was asked for, refused ones included."""
        return self._calls.requests

    @property
    def course(self) -> Course:
        """How quickly faxes go on; it can be set."""
        return self._calls.account.course

    def signed(self, body: bytes, at: int | None = None) -> dict[str, str]:
        """Return the headers of a webhook with this body, signed at a second of machine time (now)."""
        return self._calls.hooks.signed(body, at)

    def environment(self) -> dict[str, str]:
        """Return the settings by which a bot uses it; the address for webhooks is the bot's own."""
        return {
            "TELNYX_API_URL": self.url,
            "TELNYX_API_KEY": self.api_key,
            "TELNYX_CONNECTION_ID": self.connection_id,
            "TELNYX_FAX_NUMBER": self.from_number,
            "TELNYX_PUBLIC_KEY": self.public_key,
        }

    def faxes(self) -> list[SentFax]:
        """Return all that was accepted, oldest first, as of now."""
        return self._calls.account.faxes()

    def plan(self, *outcomes: str | None, number: str | None = None) -> None:
        """Say what becomes of the next faxes that are accepted, of all or to one number.

        Args:
            outcomes: one for each fax: ``None`` is delivered, else the failure's reason.
            number: only faxes to this number; it goes before what is said of all.
        """
        self._calls.account.plan(outcomes, number)

    def forget(self, number: str) -> None:
        """Forget what :meth:`plan` said of faxes to one number that were not accepted yet."""
        self._calls.account.forget(number)

    def decide(self, fax_id: str, status: str, reason: str | None = None) -> None:
        """Say what becomes of one fax, now; a state that is not its last holds it until the next decision.

        Raises:
            LookupError: there is no such fax.
            ValueError: it has ended, or there is no such state.
        """
        self._calls.account.decide(fax_id, status, reason)

    def fault(
        self,
        kind: Kind,
        *,
        operation: str = "send",
        count: int | None = None,
        status: int = 503,
        retry_after: float | None = None,
        seconds: float = 60.0,
    ) -> None:
        """Switch a fault on.

        Args:
            kind: of a call: ``answer_lost`` (done, then the connection breaks), ``dropped`` (it breaks at once),
                ``timeout_before`` and ``timeout_after`` (no answer, nothing done or done), ``rate_limited`` (429),
                ``error_before`` and ``error_after`` (``status``, nothing done or done), ``redirect`` (307 to the
                same place), ``garbage`` (done, an answer that cannot be read), ``hidden`` (a list without faxes);
                of a webhook, whatever ``operation`` says: ``twice``, ``swapped`` (with the next one), ``late``
                (by ``seconds``), ``lost``.
            operation: ``send``, ``list``, ``status``, or ``*`` for every call.
            count: how many times; ``None`` until :meth:`heal`.
            status: of the two errors.
            retry_after: seconds, for ``rate_limited``; ``None``: the header is not there.
            seconds: of business time, for ``late``.
        """
        where = WEBHOOK if kind in WEBHOOK_KINDS else "list" if kind == "hidden" else operation
        self._calls.faults.add(Fault(kind, where, count, status, retry_after, seconds))

    def heal(self) -> None:
        """Switch all faults off."""
        self._calls.faults.clear()

    async def quiet(self) -> None:
        """Wait until all pages that can be fetched were fetched, and all that can be told now was told."""
        await self._calls.account.quiet()

    async def close(self) -> None:
        """Break what hangs, and stop."""
        await self._calls.close()
        await self._runner.cleanup()
        await self._session.close()


class _Calls:
    """The three calls, and what strikes them."""

    def __init__(self, account: Account, hooks: Hooks, faults: Faults) -> None:
        self.account = account
        self.hooks = hooks
        self.faults = faults
        self.api_key = f"KEY{secrets.token_hex(16).upper()}"
        self.connection_id = str(secrets.randbelow(9 * 10**18) + 10**18)
        self.requests: Counter[str] = Counter()
        self._closing = asyncio.Event()

    async def close(self) -> None:
        self._closing.set()
        await self.account.close()
        await self.hooks.close()

    def answers(
        self, operation: str, work: Callable[[web.Request], Awaitable[_Answer]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return what answers a call: who asks is checked, and faults strike before the work or after it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            self.requests[operation] += 1
            await request.read()
            struck = await self._struck(request, self.faults.strike(operation, *_BEFORE))
            if struck is not None:
                return struck
            try:
                self._authenticate(request)
                status, body = await work(request)
            except TelnyxError as error:
                return error.answer()
            struck = await self._struck(request, self.faults.strike(operation, *_AFTER))
            return web.json_response(body, status=status) if struck is None else struck

        return answer

    def _authenticate(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.api_key}".encode()):
            raise TelnyxError(401)

    async def _struck(self, request: web.Request, fault: Fault | None) -> web.Response | None:
        """Answer as a fault has it; None when there is none."""
        if fault is None:
            return None
        if fault.kind.startswith("timeout"):
            await self._closing.wait()
        if fault.kind == "rate_limited":
            wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            return TelnyxError(429, headers=wait).answer()
        if fault.kind.startswith("error"):
            return TelnyxError(fault.status).answer()
        if fault.kind == "redirect":
            return web.Response(status=307, headers={"Location": request.path_qs})
        if fault.kind == "garbage":
            return web.Response(text="<!DOCTYPE html><html><body>It works.</body></html>", content_type="text/html")
        return drop(request)

    async def send(self, request: web.Request) -> _Answer:
        if request.content_type != "application/json":
            raise TelnyxError(415, "10015")
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError):
            raise TelnyxError(400) from None
        return 202, {"data": self.account.accept(requests.read_fax(body, self.connection_id)).shown()}

    async def list(self, request: web.Request) -> _Answer:
        hidden = self.faults.strike("list", "hidden") is not None
        return 200, requests.select(request.query, [] if hidden else self.account.faxes())

    async def status(self, request: web.Request) -> _Answer:
        return 200, {"data": self.account.fax(requests.read_id(request.match_info["id"])).shown()}


async def _unwritten(request: web.Request) -> web.StreamResponse:
    """Answer what nobody wrote by its name, never by an answer that was made up."""
    return web.json_response(
        {"errors": [{"code": "501", "title": f"{request.method} {request.path} is not written here."}]}, status=501
    )
