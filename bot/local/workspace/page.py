"""The page: its files, what it shows to one person, and one live connection that says when to look again."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from . import people
from .core import Slack
from .moving import Trial, waiting
from .people import Person
from .refusals import JSON
from .state import Channel

_FILES = Path(__file__).parent / "static"
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_MOST = 1000
_LOOK_SECONDS = 0.1
_BEAT_SECONDS = 15.0
_HUES = 8
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


@dataclass(frozen=True)
class Scenario:
    """Something that a press makes happen, and what to look at then."""

    name: str
    title: str
    look: str


class Stage(Protocol):
    """What a demo adds to the page: an example, scenarios, and what is being played."""

    scenarios: Sequence[Scenario]
    running: str | None
    said: str

    async def example(self) -> str:
        """Return the number of an account that may be restricted."""
        ...

    def to_tomorrow(self) -> str:
        """Return how far it is to tomorrow 09:00, as the clock call takes it."""
        ...

    def start(self, name: str) -> str:
        """Begin a scenario; return a sentence that says so, or why it cannot begin."""
        ...


class Page:
    """Serves the page of one workspace."""

    def __init__(self, slack: Slack, trial: Trial | None, stage: Stage | None) -> None:
        """Show this workspace; with a stage, the demo's panel too."""
        self._slack = slack
        self._trial = trial
        self.stage = stage
        self._boot = secrets.token_hex(4)

    def add_routes(self, app: web.Application) -> None:
        """Put the page into the web application."""
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/live", self._live)
        app.router.add_get("/page/view", self._view)
        app.router.add_get("/archives/{channel}/{message}", self._archive)
        app.router.add_post("/trial/scenarios/{name}", self._scenario)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return _file("index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["name"])

    async def _archive(self, request: web.Request) -> web.StreamResponse:
        """Follow a message's address, as Slack's permalinks are followed."""
        channel = request.match_info["channel"]
        digits = re.sub(r"\D", "", request.match_info["message"])
        raise web.HTTPFound(f"/#place={channel}&ts={digits[:-6]}.{digits[-6:]}")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Say at each change that there is something new to see (server-sent events)."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        seen, quiet = -1, 0.0
        try:
            while not self._slack.closing.is_set():
                now = self._slack.state.changes + self._slack.wire.count
                if now != seen:
                    seen, quiet = now, 0.0
                    await answer.write(f"event: change\ndata: {self._boot}\n\n".encode())
                elif quiet >= _BEAT_SECONDS:
                    quiet = 0.0
                    await answer.write(b": still here\n\n")
                await asyncio.sleep(_LOOK_SECONDS)
                quiet += _LOOK_SECONDS
        except ConnectionError:
            return answer
        return answer

    async def _scenario(self, request: web.Request) -> web.StreamResponse:
        if self.stage is None:
            return web.json_response({"error": "This workspace plays no scenarios."}, status=404)
        said = self.stage.start(request.match_info["name"])
        self._slack.state.changes += 1
        return web.json_response({"said": said})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        handle = request.query.get("as", "op1")
        person = self._slack.state.person_by_handle(handle)
        if person is None:
            return web.json_response({"error": f"There is nobody called {handle[:40]!r}."}, status=404)
        last = min(int(request.query.get("last") or 100), _MOST)
        return web.json_response(
            await self._shown(person, request.query.get("place") or "", request.query.get("thread"), last)
        )

    async def _shown(self, person: Person, place: str, thread: str | None, last: int) -> JSON:
        slack = self._slack
        mine = [one for one in slack.state.channels.values() if person.id in one.members]
        mine.sort(key=lambda one: one.direct is not None)
        here = next((one for one in mine if place in {one.id, one.name}), None)
        if here is None and place != "home":
            here = next((one for one in mine if one.name == "email-operations"), mine[0] if mine else None)
        left = await waiting(slack, self._trial)
        home = slack.state.homes.get(person.id)
        shown: JSON = {
            "boot": self._boot,
            "revision": slack.state.changes,
            "now": slack.clock.now().isoformat(),
            "settled": not left,
            "me": {"id": person.id, "handle": person.handle, "hue": self._hue(person), "zone": person.zone},
            "people": [{**_described(one), "hue": self._hue(one)} for one in slack.state.people.values()],
            "authors": self._authors(),
            "groups": {group_id: name for name, group_id in people.GROUP_IDS.items()},
            "channels": [_place(one, person) for one in mine],
            "all_channels": [{"id": one.id, "name": one.name} for one in slack.state.channels.values()],
            "commands": [
                {"command": one.name, "description": one.description, "usage": one.usage}
                for one in slack.manifest.commands.values()
            ],
            "shortcuts": [
                {"name": one.name, "callback_id": one.callback_id}
                for one in slack.manifest.shortcuts.values()
                if one.on_message
            ],
            "place": here.id if here else "home",
            "channel": self._channel(here, person, last) if here else None,
            "thread": self._thread(here, person, thread) if here and thread else None,
            "views": [slack.shown.view(one) for one in slack.state.stacks.get(person.id) or []],
            "home": slack.shown.view(home) if home else None,
            "trial": await self._panel(),
        }
        return shown

    def _hue(self, person: Person) -> int:
        return list(self._slack.state.people).index(person.id) % _HUES

    def _authors(self) -> dict[str, JSON]:
        found = {
            one.handle: {
                "name": one.name,
                "role": _role(one),
                "initials": "".join(word[0] for word in one.name.split()[:2]),
                "hue": self._hue(one),
                "app": False,
            }
            for one in self._slack.state.people.values()
        }
        found[people.BOT_NAME] = {"name": people.BOT_NAME, "role": "app", "initials": "fx", "hue": 0, "app": True}
        found["slackbot"] = {"name": "Slackbot", "role": "app", "initials": "Sb", "hue": 7, "app": True}
        return found

    def _channel(self, channel: Channel, person: Person, last: int) -> JSON:
        seen = [one for one in channel.seen_by(person.id) if one.thread is None or one.broadcast or one.viewer]
        return {
            **_place(channel, person),
            "total": len(seen),
            "messages": [self._message(one, person) for one in seen[-last:]],
        }

    def _thread(self, channel: Channel, person: Person, thread: str) -> list[JSON] | None:
        seen = [one for one in channel.seen_by(person.id) if thread in {one.ts, one.thread}]
        return [self._message(one, person) for one in seen[-_MOST:]] or None

    def _message(self, message: Any, person: Person) -> JSON:
        return {**self._slack.shown.message(message, person.id), "channel": message.channel}

    async def _panel(self) -> JSON | None:
        if self.stage is None:
            return None
        return {
            "scenarios": [{"name": one.name, "title": one.title, "look": one.look} for one in self.stage.scenarios],
            "running": self.stage.running,
            "said": self.stage.said,
            "example": await self.stage.example(),
            "to_tomorrow": self.stage.to_tomorrow(),
            "zone": "Asia/Tokyo",
        }


def _role(person: Person) -> str:
    if person.team != people.TEAM:
        return "another workspace"
    if person.guest:
        return "guest"
    return ", ".join(sorted(person.groups)) or "no group"


def _described(person: Person) -> JSON:
    return {
        "id": person.id,
        "handle": person.handle,
        "name": person.name,
        "role": _role(person),
        "deactivated": person.deactivated,
    }


def _place(channel: Channel, person: Person) -> JSON:
    newest = channel.seen_by(person.id)[-1:]
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.private,
        "direct": channel.direct is not None,
        "newest": newest[0].ts if newest else "",
    }


def _file(name: str) -> web.StreamResponse:
    kind = _KINDS.get(name.rpartition(".")[2])
    path = _FILES / name
    if kind is None or path.parent != _FILES or not path.is_file():
        return web.Response(text="There is no such file.", status=404)
    return web.Response(
        body=path.read_bytes(),
        content_type=kind,
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
    )
