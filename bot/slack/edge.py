"""The HTTP edge: Slack's requests into Bolt, and what machines ask (alive, ready, metrics).

The edge checks size and form; Bolt verifies the signature over the raw bytes. Whatever is wrong
with a request gets a plain sentence with a reference that stands in the log too, never a 500.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_internals import build_async_context

from bot.slack.listeners import reference

MAX_BODY = 1024 * 1024
"""Bytes of a request's body; Slack sends far fewer."""

Readiness = Callable[[], Awaitable[Mapping[str, bool | str]]]
"""Says for each part whether it is ready: True, or False, or why it is not."""

Receiver = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""Answers what a service outside tells us."""

log = structlog.get_logger(__name__)
REFUSED = Counter("faxi_http_refused", "Requests to /slack/events that were refused, by reason.", ["reason"])

_READ_SECONDS = 5.0
_READY_SECONDS = 3.0
_LINGER_SECONDS = 1.0
_LONGEST_STAMP = 12
_OK, _BAD, _UNAUTHORIZED, _SLOW, _TOO_LARGE = 200, 400, 401, 408, 413
_SENTENCES = {
    "too_large": (_TOO_LARGE, "The request is larger than 1 MB, so it was not read."),
    "too_slow": (_SLOW, "The request did not arrive whole within 5 seconds, so it was not read."),
    "timestamp": (_UNAUTHORIZED, "X-Slack-Request-Timestamp is missing or not a number, so nothing was done."),
    "no_signature": (_UNAUTHORIZED, "X-Slack-Signature is missing or has another form, so nothing was done."),
    "signature": (
        _UNAUTHORIZED,
        "The signature is wrong or over 5 minutes old: nothing was done. Check SLACK_SIGNING_SECRET and the clock.",
    ),
    "unreadable": (_BAD, "The request is signed, but it cannot be read, so nothing was done."),
}


class _UnreadableError(ValueError):
    """A body that is no form and no JSON object of Slack's."""


class _RefusedError(Exception):
    """A request that Bolt does not get to see; ``reason`` is a key of the sentences."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_web_app(
    *, slack: AsyncApp | None, readiness: Readiness, others: Mapping[str, Receiver] | None = None
) -> web.Application:
    """Make the web application.

    Args:
        slack: the Bolt app; none where Socket Mode brings Slack's requests.
        readiness: asked by ``/readyz``; one that fails or takes 3 s counts as not ready.
        others: what answers services that tell us something, by path; each checks who it is.
    """
    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz(readiness))
    app.router.add_get("/metrics", _metrics)
    if slack is not None:
        app.router.add_post("/slack/events", _events(slack))
    for path, receiver in (others or {}).items():
        app.router.add_post(path, receiver)
    return app


@dataclass(frozen=True)
class Served:
    """A running web server."""

    url: str
    port: int
    runner: web.AppRunner

    async def close(self) -> None:
        """Refuse new connections, and deliver the answers that are under way."""
        await self.runner.cleanup()


async def serve(app: web.Application, host: str, port: int, *, shutdown_timeout: float = 3.0) -> Served:
    """Start listening.

    Args:
        app: from :func:`make_web_app`.
        host: the address to bind.
        port: 0 takes a free one; :attr:`Served.port` says which.
        shutdown_timeout: seconds that :meth:`Served.close` waits for answers under way.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout, lingering_time=_LINGER_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except BaseException:
        await runner.cleanup()
        raise
    bound = int(runner.addresses[0][1])
    shown = f"[{host}]" if ":" in host else host
    return Served(f"http://{shown}:{bound}", bound, runner)


def _events(slack: AsyncApp) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def events(request: web.Request) -> web.StreamResponse:
        try:
            raw = await _read(request)
        except _RefusedError as refused:
            return _refuse(request, refused.reason)
        bolt_request, readable = _bolt_request(request, raw)
        try:
            answer = await slack.async_dispatch(bolt_request)
        except Exception as error:  # noqa: BLE001 - the door never fails in here: Bolt could not read a shape
            return _refuse(request, "unreadable", error)
        if answer.status == _UNAUTHORIZED:
            return _refuse(request, "signature")
        if not readable or answer.status != _OK:
            return _refuse(request, "unreadable")
        return await to_aiohttp_response(answer)

    return events


async def _read(request: web.Request) -> bytes:
    """Read a body that is not too large, if the request has what a signature needs.

    Raises:
        _RefusedError: it has not, or the body is too large or too slow.
    """
    if (request.content_length or 0) > MAX_BODY:
        raise _RefusedError("too_large")
    if (reason := _unsigned(request)) is not None:
        raise _RefusedError(reason)
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _RefusedError("too_large") from None
    except TimeoutError:
        raise _RefusedError("too_slow") from None


def _unsigned(request: web.Request) -> str | None:
    """Say what is wrong with the form of the signature's headers; Bolt checks what they say."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_STAMP):
        return "timestamp"
    signature = request.headers.get("X-Slack-Signature", "")
    return None if signature.startswith("v0=") and signature.isascii() else "no_signature"


def _bolt_request(request: web.Request, raw: bytes) -> tuple[AsyncBoltRequest, bool]:
    """Make Bolt's request, and say whether the body could be read.

    Bolt reads a body itself only to lose a command whose text holds the word "payload", so it is
    read here by its fields. One that cannot be read goes on empty: its signature is still checked.
    """
    headers: dict[str, Any] = {name: request.headers[name] for name in request.headers}
    made = AsyncBoltRequest(body="", headers=headers, mode="http")
    try:
        made.raw_body = raw.decode()
        made.body = _body(made.raw_body)
        made.context = build_async_context(AsyncBoltContext({}), made.body)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        made.body = {}
        made.context = AsyncBoltContext({})
        return made, False
    return made, True


def _body(text: str) -> dict[str, Any]:
    """Read JSON, a form, or the JSON in a form's ``payload``.

    Raises:
        ValueError: it is none of these.
    """
    if text.startswith("{"):
        return _object(text)
    form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
    if "payload" in form and "command" not in form:
        return _object(form["payload"])
    if not form:
        raise _UnreadableError("the body has no fields")
    return form


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise _UnreadableError("the JSON is not an object")
    return found


def _refuse(request: web.Request, reason: str, error: Exception | None = None) -> web.Response:
    status, sentence = _SENTENCES[reason]
    ref = reference()
    REFUSED.labels(reason).inc()
    said = {"error": repr(error)[:200]} if error else {}
    log.warning("refused a request", reason=reason, status=status, reference=ref, remote=request.remote, **said)
    answer = web.Response(status=status, text=f"{sentence} Reference {ref}.\n")
    if reason in {"too_large", "too_slow"}:
        # What was not read must not be taken for the next request.
        answer.force_close()
    return answer


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n")


def _readyz(readiness: Readiness) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def readyz(_request: web.Request) -> web.StreamResponse:
        parts: Mapping[str, bool | str]
        try:
            async with asyncio.timeout(_READY_SECONDS):
                parts = await readiness()
        except TimeoutError:
            parts = {"readiness": "no answer within 3 seconds"}
        except Exception:
            ref = reference()
            log.exception("readiness could not be asked", reference=ref)
            parts = {"readiness": f"could not be asked, reference {ref}"}
        ready = all(state is True for state in parts.values())
        return web.json_response({"ready": ready, **parts}, status=200 if ready else 503)

    return readyz


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
