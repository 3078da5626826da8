"""The bodies of what Slack sends to the bot: commands, interactions, events."""

import secrets
from dataclasses import dataclass
from typing import Any

from . import people
from .people import Person
from .refusals import JSON
from .state import Channel, Message, View


@dataclass(frozen=True)
class Sent:
    """What every body carries: who did it, the app's verification token, business time as a stamp."""

    person: Person
    token: str
    at: str

    def user(self) -> JSON:
        """Return the person as interactions describe them."""
        one = self.person
        return {"id": one.id, "username": one.handle, "name": one.handle, "team_id": one.team}

    def common(self, of: str) -> JSON:
        """Return the fields that every interaction has."""
        return {
            "type": of,
            "user": self.user(),
            "api_app_id": people.APP_ID,
            "token": self.token,
            "team": {"id": self.person.team, "domain": _domain(self.person)},
            "enterprise": None,
            "is_enterprise_install": False,
        }


@dataclass(frozen=True)
class Handed:
    """What the bot may answer with: a whole response URL and a trigger id."""

    response_url: str
    trigger_id: str


@dataclass(frozen=True)
class Typed:
    """A slash command and the words behind it."""

    command: str
    text: str


@dataclass(frozen=True)
class Pressed:
    """The element that was used, and what all elements beside it hold."""

    action: JSON
    values: JSON


def _domain(person: Person) -> str:
    return people.DOMAIN if person.team == people.TEAM else "partner"


def channel_name(channel: Channel) -> str:
    """Return the name of a channel as bodies carry it: that of a private one is not told."""
    if channel.direct is not None:
        return "directmessage"
    return "privategroup" if channel.private else channel.name


def message_body(message: Message) -> JSON:
    """Return a message as the Web API and interactions show it."""
    body: JSON = {
        "type": "message",
        "ts": message.ts,
        "user": message.author,
        "team": people.TEAM,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.by_bot:
        body |= {"bot_id": people.BOT_ID, "app_id": people.APP_ID}
    if message.thread is not None:
        body["thread_ts"] = message.thread
    if message.edited is not None:
        body["edited"] = {"user": message.author, "ts": message.edited}
    if message.files:
        body["files"] = [{"id": file} for file in message.files]
    return body


def view_body(view: View) -> JSON:
    """Return a view as the Web API and interactions show it."""
    body = view.body
    shown: JSON = {
        "id": view.id,
        "team_id": people.TEAM,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": body.get("title"),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": people.APP_ID,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": people.TEAM,
        "bot_id": people.BOT_ID,
    }
    return shown


def command(sent: Sent, channel: Channel, typed: Typed, handed: Handed) -> JSON:
    """Return the body of a slash command."""
    person = sent.person
    return {
        "token": sent.token,
        "team_id": person.team,
        "team_domain": _domain(person),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": typed.command,
        "text": typed.text,
        "api_app_id": people.APP_ID,
        "is_enterprise_install": "false",
        "response_url": handed.response_url,
        "trigger_id": handed.trigger_id,
    }


def action_on_message(sent: Sent, channel: Channel, message: Message, pressed: Pressed, handed: Handed) -> JSON:
    """Return the body of a button pressed, or an option chosen, in a message.

    Of an ephemeral message only its address is told, not its content.
    """
    container: JSON = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.viewer is not None,
    }
    if message.thread is not None:
        container["thread_ts"] = message.thread
    body = {
        **sent.common("block_actions"),
        "container": container,
        "trigger_id": handed.trigger_id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": pressed.values},
        "response_url": handed.response_url,
        "actions": [{**pressed.action, "action_ts": sent.at}],
    }
    if message.viewer is None:
        body["message"] = message_body(message)
    return body


def action_in_view(sent: Sent, view: View, action: JSON, trigger_id: str) -> JSON:
    """Return the body of a button pressed, or an option chosen, in a modal or App Home."""
    return {
        **sent.common("block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view_body(view),
        "actions": [{**action, "action_ts": sent.at}],
    }


def view_submission(sent: Sent, view: View, trigger_id: str) -> JSON:
    """Return the body of a modal that is submitted."""
    return {
        **sent.common("view_submission"),
        "trigger_id": trigger_id,
        "view": view_body(view),
        "response_urls": [],
    }


def view_closed(sent: Sent, view: View, *, cleared: bool) -> JSON:
    """Return the body of a modal that is closed without submitting."""
    return {**sent.common("view_closed"), "view": view_body(view), "is_cleared": cleared}


def message_action(sent: Sent, channel: Channel, message: Message, callback_id: str, handed: Handed) -> JSON:
    """Return the body of a message shortcut."""
    return {
        **sent.common("message_action"),
        "callback_id": callback_id,
        "trigger_id": handed.trigger_id,
        "action_ts": sent.at,
        "message_ts": message.ts,
        "message": message_body(message),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": handed.response_url,
    }


def shortcut(sent: Sent, callback_id: str, trigger_id: str) -> JSON:
    """Return the body of a shortcut that can be used anywhere."""
    return {
        **sent.common("shortcut"),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": sent.at,
    }


def event(sent: Sent, inner: JSON) -> JSON:
    """Return the body of an event, with an id of its own."""
    authorization: dict[str, Any] = {
        "enterprise_id": None,
        "team_id": people.TEAM,
        "user_id": people.BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": sent.token,
        "team_id": people.TEAM,
        "api_app_id": people.APP_ID,
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(float(sent.at)),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_hex(16),
    }
