"""The Web API: finds the method, checks token, faults, rates and scopes, answers as Slack does."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from . import api_chat, api_directory, api_files, api_views, arguments
from .api_directory import missing_scope
from .core import Slack
from .faults import Fault
from .limits import METHODS
from .refusals import JSON, RateLimitedError, SlackError
from .wire import Call

Answering = Callable[[Slack, JSON], Awaitable[JSON]]

ANSWERS: Mapping[str, Answering] = {
    "apps.connections.open": api_directory.connections_open,
    "auth.test": api_directory.auth_test,
    "chat.postEphemeral": api_chat.post_ephemeral,
    "chat.postMessage": api_chat.post_message,
    "chat.update": api_chat.update,
    "conversations.list": api_directory.conversations_list,
    "conversations.open": api_directory.conversations_open,
    "files.completeUploadExternal": api_files.complete_upload,
    "files.delete": api_files.delete,
    "files.getUploadURLExternal": api_files.get_upload_url,
    "usergroups.users.list": api_directory.usergroups_users_list,
    "users.info": api_directory.users_info,
    "views.open": api_views.open_view,
    "views.publish": api_views.publish,
    "views.push": api_views.push,
    "views.update": api_views.update,
}
"""The method of each name; :data:`.limits.METHODS` says what each one needs."""


async def call(slack: Slack, request: web.Request) -> web.StreamResponse:
    """Answer one Web API request, and note it on the wire."""
    line = Line(slack, request.match_info["method"])
    slack.note_method(line.method)
    headers = {"X-OAuth-Scopes": ",".join(sorted(slack.manifest.scopes))}
    status = 200
    try:
        line.given = await arguments.read(request)
        fault = slack.faults.strike(line.method, _channel_id(slack, line.given))
        if fault is not None and fault.kind != "answer_lost":
            return await struck(line, request, fault)
        body = await _answer(slack, request, line.method, line.given)
        if fault is not None:
            return lose(line, request)
    except RateLimitedError as error:
        status, body = 429, error.body()
        headers["Retry-After"] = str(error.retry_after)
    except SlackError as error:
        body = error.body()
    line.end(status, body)
    return web.json_response(body, status=status, headers=headers)


class Line:
    """One call of the bot, from its arrival to its end on the wire's list."""

    def __init__(self, slack: Slack, method: str) -> None:
        """Begin a line now."""
        self.slack = slack
        self.method = method
        self.given: JSON = {}
        self._started = time.monotonic()

    def end(self, status: int | None, response: Any) -> None:
        """Write the line."""
        ms = int((time.monotonic() - self._started) * 1000)
        at = self.slack.clock.now()
        self.slack.wire.note(
            Call(
                at=at,
                direction="in",
                method=self.method,
                body=self.given,
                status=status,
                response=response,
                ms=ms,
            )
        )


def _channel_id(slack: Slack, given: JSON) -> str | None:
    named = given.get("channel") or given.get("channel_id")
    channel = slack.state.channel_by_name(named) if isinstance(named, str) else None
    return channel.id if channel else None


async def _answer(slack: Slack, request: web.Request, method: str, given: JSON) -> JSON:
    known = METHODS.get(method)
    if known is None:
        raise SlackError("unknown_method", req_method=method)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or str(given.get("token", ""))
    if not token:
        raise SlackError("not_authed")
    if token not in {slack.bot_token, slack.app_token}:
        raise SlackError("invalid_auth")
    if (token == slack.app_token) != known.app_token:
        raise SlackError("not_allowed_token_type")
    slack.rates.check(method)
    if known.scopes and not slack.manifest.scopes.intersection(known.scopes):
        raise missing_scope(slack, known.scopes[0])
    if method == "apps.connections.open":
        given = {**given, "user_agent": request.headers.get("User-Agent", "")}
    return await ANSWERS[method](slack, given)


def lose(line: Line, request: web.Request) -> web.StreamResponse:
    """Break the connection, so that the answer never arrives."""
    line.end(None, "fault: the answer was lost")
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def struck(line: Line, request: web.Request, fault: Fault) -> web.StreamResponse:
    """Answer a call that meets a fault; nothing is done."""
    if fault.kind == "timeout":
        await line.slack.closing.wait()
        return lose(line, request)
    status = fault.status or _STATUS[fault.kind]
    line.end(status, f"fault: {fault.kind}")
    if fault.kind == "html":
        page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
        return web.Response(text=page, status=status, content_type="text/html")
    errors = {"ratelimited": "ratelimited", "error": fault.error}
    headers = {"Retry-After": str(fault.retry_after)} if fault.kind == "ratelimited" else {}
    body = {"ok": False, "error": errors.get(fault.kind, "internal_error")}
    return web.json_response(body, status=status, headers=headers)


_STATUS = {"ratelimited": 429, "html": 502, "error": 200, "server_error": 503}
"""With which status each fault answers when the test names none."""
