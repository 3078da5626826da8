"""The page: its files, what it shows to one person, and one live connection that says when to look again."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from aiohttp import web

from .control_faxes import Faxes
from .core import Slack
from .moving import Trial, waiting
from .page_shown import MOST, Look, Marks, Screen
from .refusals import JSON

_FILES = Path(__file__).parent / "static"
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_LOOK_SECONDS = 0.1
_BEAT_SECONDS = 15.0
_PATIENCE = 0.5
_POLICY = (
    "default-src 'self'; connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class Scenario:
    """Something that a press makes happen, and what to look at then."""

    name: str
    title: str
    look: str


@dataclass(frozen=True)
class Jump:
    """An instant to which the clock may be moved by a press.

    Attributes:
        at: the instant.
        advance: how far it is, in whole seconds, as the clock call takes it.
    """

    title: str
    at: datetime
    advance: str


class Stage(Protocol):
    """What a demo adds to the page: an example, scenarios, and what is being played."""

    scenarios: Sequence[Scenario]
    running: str | None
    said: str
    newest_case: str

    async def example(self) -> str:
        """Return the number of an account that may be restricted."""
        ...

    def jumps(self) -> Sequence[Jump]:
        """Return where the clock may be moved from now."""
        ...

    def start(self, name: str) -> str:
        """Begin a scenario; return a sentence that says so, or why it cannot begin."""
        ...


class Page:
    """Serves the page of one workspace."""

    def __init__(self, slack: Slack, trial: Trial | None, stage: Stage | None, faxes: Faxes | None) -> None:
        """Show this workspace; with a stage, the demo's panel too, and in it what the fax endpoint was sent."""
        self._slack = slack
        self._faxes = faxes
        self._trial = trial
        self.stage = stage
        self._boot = secrets.token_hex(4)
        self._marks = Marks()
        self._screen = Screen(slack, self._marks)

    def add_routes(self, app: web.Application) -> None:
        """Put the page into the web application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/live", self._live)
        app.router.add_get("/page/view", self._view)
        app.router.add_get("/page/message", self._whole)
        app.router.add_post("/page/read", self._read)
        app.router.add_get("/archives/{channel}/{message}", self._archive)
        app.router.add_post("/trial/scenarios/{name}", self._scenario)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return self._file("index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.match_info["name"])

    def _file(self, name: str) -> web.StreamResponse:
        kind = _KINDS.get(name.rpartition(".")[2])
        path = _FILES / name
        if kind is None or path.parent != _FILES or not path.is_file():
            return web.Response(text="There is no such file.", status=404)
        return web.Response(
            body=path.read_bytes(),
            content_type=kind,
            charset="utf-8",
            headers={
                "Content-Security-Policy": _POLICY.format(port=self._slack.url.rpartition(":")[2]),
                "Cache-Control": "no-cache",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _archive(self, request: web.Request) -> web.StreamResponse:
        """Follow a message's address, as Slack's permalinks are followed; a reply is shown in its thread."""
        name = request.match_info["channel"]
        digits = re.sub(r"\D", "", request.match_info["message"])
        ts = f"{digits[:-6]}.{digits[-6:]}"
        channel = self._slack.state.channels.get(name)
        message = channel.messages.get(ts) if channel else None
        thread = f"&thread={message.thread}" if message and message.thread else ""
        raise web.HTTPFound(f"/#place={quote(name)}&ts={ts}{thread}")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Say at each change that there is something new to see.

        Over a WebSocket: of other connections a browser opens six to one machine, and a seventh window would wait.
        """
        link = web.WebSocketResponse(heartbeat=_BEAT_SECONDS)
        await link.prepare(request)
        telling = asyncio.ensure_future(self._tell(link))
        try:
            async for _ in link:
                pass  # nothing is asked here; receiving notices the end
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        return link

    async def _tell(self, link: web.WebSocketResponse) -> None:
        seen: object = None
        while not self._slack.closing.is_set():
            now = (self._slack.state.changes, self._slack.wire.count, self._sent())
            if now != seen:
                seen = now
                await link.send_str(self._boot)
            await asyncio.sleep(_LOOK_SECONDS)
        await link.close()

    def _sent(self) -> str | None:
        """Return what changes with the faxes; None where the page shows none."""
        return self._faxes.revision() if self._faxes is not None and self.stage is not None else None

    async def _scenario(self, request: web.Request) -> web.StreamResponse:
        if self.stage is None:
            return web.json_response({"error": "This workspace plays no scenarios."}, status=404)
        said = self.stage.start(request.match_info["name"])
        self._slack.state.changes += 1
        return web.json_response({"said": said})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        person = self._slack.state.person_by_handle(asked.get("as", "op1"))
        if person is None:
            return web.json_response({"error": f"There is nobody called {asked['as'][:40]!r}."}, status=404)
        last = asked.get("last", "100")
        look = Look(
            asked.get("place", ""),
            asked.get("thread"),
            min(int(last), MOST) if last.isdigit() else 100,
            asked.get("around"),
        )
        shown: JSON = {"boot": self._boot, **self._screen.shown(person, look)}
        return web.json_response({**shown, "settled": await self._settled(), "trial": await self._panel()})

    async def _settled(self) -> bool | None:
        """Say whether nothing is on its way; None when that cannot be told (the database is away)."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return not await waiting(self._slack, self._trial)
        except Exception:  # noqa: BLE001 - the page shows messages whatever the trial's database does
            return None

    async def _whole(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        person = self._slack.state.person_by_handle(asked.get("as", ""))
        text = self._screen.whole(person, asked.get("channel", ""), asked.get("ts", "")) if person else None
        if text is None:
            return web.json_response({"error": "This message is not there any more."}, status=404)
        return web.json_response({"text": text})

    async def _read(self, request: web.Request) -> web.StreamResponse:
        """Remember what somebody has read; their other windows show it too."""
        try:
            given = await request.json()
            person = self._slack.state.person_by_handle(str(given["as"]))
            channel, ts = str(given["channel"]), str(given["ts"])
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": "Say as, channel, ts, and thread if it is one."}, status=400)
        if person is not None and self._marks.note(person.id, channel, given.get("thread"), ts):
            self._slack.state.changes += 1
        return web.json_response({})

    async def _panel(self) -> JSON | None:
        if self.stage is None:
            return None
        return {
            "scenarios": [{"name": one.name, "title": one.title, "look": one.look} for one in self.stage.scenarios],
            "running": self.stage.running,
            "said": self.stage.said,
            "example": await self.stage.example(),
            "newest_case": self.stage.newest_case,
            "jumps": [
                {"title": one.title, "at": one.at.isoformat(), "advance": one.advance} for one in self.stage.jumps()
            ],
            "moving": self._slack.moving.locked(),
            "zone": "Asia/Tokyo",
            "faxes": self._sent(),
        }
