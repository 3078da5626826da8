"""The control interface: JSON under /control/, by which a test or the page acts as people do."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import ValidationError

from . import clicks, control_faxes, deeds, people
from .bodies import (
    ClickBody,
    ClockBody,
    CloseBody,
    CommandBody,
    DeedBody,
    MessageBody,
    PersonBody,
    ShortcutBody,
    SubmitBody,
)
from .control_faxes import Faxes
from .core import Slack
from .deeds import Deed, find_channel
from .described import described
from .faults import AT_ONCE, Fault
from .moving import Trial, duration, move, waiting
from .people import Person
from .refusals import JSON, ControlError

_LED_HERE = (
    "Another site's page led here, so this workspace does not show itself: "
    "only its own page may use it. Type its address into the address bar instead."
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Control:
    """Answers the calls of the control interface for one workspace."""

    def __init__(self, slack: Slack, trial: Trial | None, faxes: Faxes | None) -> None:
        """Act upon this workspace; the trial and the fax endpoint, if any, know what else there is."""
        self._slack = slack
        self._trial = trial
        self._faxes = faxes

    def add_routes(self, app: web.Application) -> None:
        """Put the calls into the web application."""
        reads: dict[str, Callable[[web.Request], Awaitable[Any]]] = {
            "state": self._state,
            "messages": self._messages,
            "views": self._views,
            "wire": self._wire,
            "faults": self._read_faults,
            "faxes": self._list_faxes,
        }
        deeds_by_name: dict[str, Callable[[JSON], Awaitable[Any]]] = {
            "command": self._command,
            "message": self._message,
            "click": self._click,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "home": self._home,
            "people": self._people,
            "faults": self._faults,
            "clock": self._clock,
            "faxes": self._decide_fax,
        }
        for name, read in reads.items():
            app.router.add_get(f"/control/{name}", self._reading(read))
        for name, do in deeds_by_name.items():
            app.router.add_post(f"/control/{name}", self._doing(do))
        app.router.add_delete("/control/faults", self._doing(self._faults))
        app.router.add_get("/control/faxes/{id}/{page}.png", self._picture)

    def _reading(
        self, read: Callable[[web.Request], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            return await _answered(lambda: read(request))

        return answer

    def _doing(self, do: Callable[[JSON], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            async def work() -> Any:
                return await do(await _json(request))

            return await _answered(work)

        return answer

    def _who(self, handle: str) -> Person:
        person = self._slack.state.person_by_handle(handle)
        if person is None:
            handles = ", ".join(one.handle for one in self._slack.state.people.values())
            sentence = f"There is nobody called {handle!r}. People: {handles}."
            raise ControlError(sentence, 404)
        return person

    def _deed(self, body: DeedBody) -> Deed:
        person = self._who(body.who)
        if person.deactivated:
            sentence = f"{person.handle} is deactivated and can do nothing."
            raise ControlError(sentence, 403)
        return Deed(self._slack, person, body.via)

    async def _state(self, _request: web.Request) -> JSON:
        return described(self._slack, self._trial, await waiting(self._slack, self._trial))

    async def _messages(self, request: web.Request) -> list[JSON]:
        person = self._who(_asked(request, "as"))
        channel = find_channel(self._slack, person, _asked(request, "channel"))
        thread = request.query.get("thread")
        seen = channel.seen_by(person.id)
        if thread:
            seen = [one for one in seen if thread in {one.ts, one.thread}]
        else:
            seen = [one for one in seen if one.thread is None or one.broadcast]
        return [self._slack.shown.message(one, person.id) for one in seen]

    async def _views(self, request: web.Request) -> list[JSON]:
        person = self._who(_asked(request, "as"))
        return [self._slack.shown.view(one) for one in self._slack.state.stacks.get(person.id) or []]

    async def _wire(self, request: web.Request) -> list[JSON]:
        since = request.query.get("since")
        return [one.shown() for one in self._slack.wire.since(_instant(since) if since else None)]

    async def _command(self, given: JSON) -> JSON:
        body = CommandBody.model_validate(given)
        return await deeds.command(self._deed(body), body.channel, body.text)

    async def _message(self, given: JSON) -> JSON:
        body = MessageBody.model_validate(given)
        return await deeds.message(self._deed(body), body.channel, body.text, body.thread)

    async def _click(self, given: JSON) -> JSON:
        body = ClickBody.model_validate(given)
        if body.ts is not None and body.channel is not None:
            return await clicks.click_message(self._deed(body), body.channel, body.ts, body.button, body.choose)
        return await clicks.click_view(self._deed(body), body.view, body.button, body.choose, body.values)

    async def _submit(self, given: JSON) -> JSON:
        body = SubmitBody.model_validate(given)
        return await clicks.submit(self._deed(body), body.view, body.values)

    async def _close(self, given: JSON) -> JSON:
        body = CloseBody.model_validate(given)
        return await clicks.close(self._deed(body), body.view)

    async def _shortcut(self, given: JSON) -> JSON:
        body = ShortcutBody.model_validate(given)
        return await deeds.shortcut(self._deed(body), body.name, body.channel, body.ts)

    async def _home(self, given: JSON) -> JSON:
        return await deeds.home(self._deed(DeedBody.model_validate(given)))

    async def _people(self, given: JSON) -> JSON:
        body = PersonBody.model_validate(given)
        person = self._who(body.handle)
        if body.groups is not None:
            unknown = set(body.groups) - set(people.GROUP_IDS)
            if unknown:
                sentence = f"There is no group {', '.join(sorted(unknown))}. Groups: {', '.join(people.GROUP_IDS)}."
                raise ControlError(sentence)
            person.groups = set(body.groups)
        if body.guest is not None:
            person.guest = body.guest
        if body.deactivated is not None:
            person.deactivated = body.deactivated
        self._slack.state.changes += 1
        return {
            "handle": person.handle,
            "groups": sorted(person.groups),
            "guest": person.guest,
            "deactivated": person.deactivated,
        }

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        return await control_faxes.picture(self._faxes, request)

    async def _list_faxes(self, _request: web.Request) -> list[JSON]:
        return control_faxes.listed(self._faxes)

    async def _decide_fax(self, given: JSON) -> JSON:
        return control_faxes.decide(self._faxes, given)

    async def _read_faults(self, _request: web.Request) -> JSON:
        return {"faults": [one.shown() for one in self._slack.faults.active]}

    async def _faults(self, given: JSON) -> JSON:
        if not given or given.get("clear"):
            self._slack.faults.clear()
        wanted = given.get("faults") or ([given] if "kind" in given else [])
        struck = 0
        for one in [Fault.model_validate(item) for item in wanted]:
            if one.kind in AT_ONCE:
                struck += await self._strike(one)
            else:
                self._slack.faults.add(self._named(one))
        active = [one.shown() for one in self._slack.faults.active]
        return {"faults": active, "connections": struck}

    def _named(self, fault: Fault) -> Fault:
        if fault.channel is None:
            return fault
        channel = self._slack.state.channel_by_name(fault.channel)
        if channel is None:
            sentence = f"There is no channel {fault.channel}."
            raise ControlError(sentence, 404)
        return fault.model_copy(update={"channel": channel.id})

    async def _strike(self, fault: Fault) -> int:
        sockets = self._slack.sockets
        if fault.kind == "disconnect":
            return await sockets.disconnect(fault.reason, fault.connection)
        return sockets.drop(fault.connection) if fault.kind == "drop" else sockets.freeze(fault.connection)

    async def _clock(self, given: JSON) -> JSON:
        body = ClockBody.model_validate(given)
        span = body.jump if isinstance(body.jump, str) else body.advance
        if span is None:
            sentence = 'Say how far: {"advance": "3h"}, or {"advance": "3h", "jump": true} to leap at once.'
            raise ControlError(sentence)
        return await move(self._slack, self._trial, duration(span), jump=bool(body.jump))


async def _answered(work: Callable[[], Awaitable[Any]]) -> web.Response:
    """Answer with what the work returns, or with a sentence that says why it could not be done."""
    try:
        return web.json_response(await work())
    except ControlError as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except ValidationError as error:
        parts = [f"{'.'.join(str(one) for one in detail['loc'])}: {detail['msg']}" for detail in error.errors()]
        return web.json_response({"error": "The body is not as it should be: " + "; ".join(parts)}, status=400)


async def _json(request: web.Request) -> JSON:
    raw = await request.text()
    if not raw.strip():
        return {}
    try:
        given = await request.json()
    except ValueError:
        sentence = "The body is not JSON."
        raise ControlError(sentence) from None
    if not isinstance(given, dict):
        sentence = "The body must be a JSON object."
        raise ControlError(sentence)
    return given


def _asked(request: web.Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        sentence = f"Say {name} in the query."
        raise ControlError(sentence)
    return value


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        sentence = f"{text!r} is not an instant: write it like 2026-11-25T09:50:00+09:00."
        raise ControlError(sentence) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


@web.middleware
async def own_page_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a request that names another host, or that a page of another origin sends."""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != f"http://{request.host}"
    cross = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    if host not in _LOOPBACK or foreign or cross:
        if request.headers.get("Sec-Fetch-Mode") == "navigate":
            return web.Response(text=_LED_HERE, status=403)
        return web.json_response({"error": "Only this workspace's own page may call it."}, status=403)
    return await handler(request)
