"""Response URLs: what the bot says to one person after a command or a click."""

import json

from aiohttp import web

from . import people
from .api_chat import content, edit
from .arguments import flag
from .core import Slack
from .permits import ResponseUrl
from .refusals import JSON, SlackError
from .web_api import Line, lose, struck

_GONE = frozenset({"no_such_url", "used_url", "expired_url"})


async def respond(slack: Slack, request: web.Request) -> web.StreamResponse:
    """Answer one POST to a response URL; Slack says ``ok`` in plain text when it worked."""
    line = Line(slack, "response_url")
    try:
        line.given = _body(await request.text())
        fault = slack.faults.strike("response_url", None)
        if fault is not None and fault.kind != "answer_lost":
            return await struck(line, request, fault)
        say(slack, slack.permits.use(request.match_info["url"]), line.given)
    except SlackError as error:
        status = 404 if error.error in _GONE else 400
        line.end(status, error.body())
        return web.json_response(error.body(), status=status)
    if fault is not None:
        return lose(line, request)
    line.end(200, "ok")
    return web.Response(text="ok")


def _body(raw: str) -> JSON:
    try:
        given = json.loads(raw)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(given, dict):
        raise SlackError("invalid_payload")
    return given


def say(slack: Slack, url: ResponseUrl, given: JSON) -> None:
    """Do what a response asks: a new message, or a change of the message that was clicked.

    A slash command has no message to replace, so there ``replace_original`` makes a new one.

    Raises:
        SlackError: the content is refused.
    """
    person = url.interaction.person
    channel = slack.state.channels[url.channel]
    original = channel.find(url.message, person) if url.message is not None else None
    if flag(given, "delete_original"):
        if original is not None:
            where = channel.ephemeral if original.viewer is not None else channel.messages
            where.pop(original.ts, None)
            slack.state.changes += 1
        url.interaction.settle({"type": "deleted", "ts": url.message})
        return
    words, blocks = content(slack, given)
    if flag(given, "replace_original") and original is not None and original.by_bot:
        edit(slack, original, words, blocks)
        message = original
    else:
        everybody = given.get("response_type") == "in_channel"
        thread = given.get("thread_ts") or None
        viewer = None if everybody else person
        message = slack.post(channel, people.BOT_USER, words, blocks, thread=thread, viewer=viewer)
    url.interaction.settle(slack.message_answer(message, person))
