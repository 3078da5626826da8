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
    method = request.match_info["method"]
    slack.note_method(method)
    started = time.monotonic()
    given: JSON = {}
    status, body, headers = 200, {"ok": False, "error": "fatal_error"}, {}
    try:
        given = await arguments.read(request)
        fault = slack.faults.strike(method, _channel_id(slack, given))
        if fault is not None and fault.kind != "answer_lost":
            return await struck(slack, request, fault, method, given)
        body = await _answer(slack, request, method, given)
        if fault is not None:
            note(slack, method, given, None, "the answer was lost", started)
            return lose(request)
    except RateLimitedError as error:
        status, body, headers = 429, error.body(), {"Retry-After": str(error.retry_after)}
    except SlackError as error:
        body = error.body()
    note(slack, method, given, status, body, started)
    scopes = ",".join(sorted(slack.manifest.scopes))
    return web.json_response(body, status=status, headers={**headers, "X-OAuth-Scopes": scopes})


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


def note(slack: Slack, method: str, given: JSON, status: int | None, body: Any, started: float) -> None:
    """Write a call of the bot on the wire's list."""
    ms = int((time.monotonic() - started) * 1000)
    at = slack.clock.now()
    slack.wire.note(Call(at=at, direction="in", method=method, body=given, status=status, response=body, ms=ms))


def lose(request: web.Request) -> web.StreamResponse:
    """Break the connection, so that the answer never arrives."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def struck(slack: Slack, request: web.Request, fault: Fault, method: str, given: JSON) -> web.StreamResponse:
    """Answer a call that meets a fault, and note it on the wire."""
    started = time.monotonic()
    match fault.kind:
        case "ratelimited":
            headers = {"Retry-After": str(fault.retry_after)}
            note(slack, method, given, 429, "fault: ratelimited", started)
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        case "html":
            status = fault.status or 502
            page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
            note(slack, method, given, status, "fault: html", started)
            return web.Response(text=page, status=status, content_type="text/html")
        case "error":
            note(slack, method, given, 200, f"fault: {fault.error}", started)
            return web.json_response({"ok": False, "error": fault.error})
        case "timeout":
            note(slack, method, given, None, "fault: never answered", started)
            await slack.closing.wait()
            return lose(request)
        case _:
            status = fault.status or 503
            note(slack, method, given, status, "fault: server_error", started)
            return web.json_response({"ok": False, "error": "internal_error"}, status=status)
