"""Slack's numbers, each with its source: the table that the validator and the gates go by.

The block helpers of the bot state the same limits a second time. That is intended: a mistake in
one of the two shows as a refused message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_BLOCKS = "docs.slack.dev, reference of the block"
_ELEMENTS = "docs.slack.dev, reference of the block element"
_OBJECTS = "docs.slack.dev, reference of the composition object"
_MODALS = "docs.slack.dev, modals and views"
_SDK = "slack_sdk 3.47, models"
_TIERS = "docs.slack.dev, page of the method, August 2026"
_RESPONSE_URL = "docs.slack.dev, handling user interaction"


@dataclass(frozen=True)
class Limit:
    """One number, and where it is written."""

    number: int
    source: str


LIMITS: Mapping[str, Limit] = {
    # whole messages and views
    "message.blocks": Limit(50, "docs.slack.dev, Block Kit"),
    "modal.blocks": Limit(100, "docs.slack.dev, Block Kit"),
    "home.blocks": Limit(100, "docs.slack.dev, Block Kit"),
    "message.blocks_characters": Limit(
        11_340, "not documented; refused once at 11,341 (slackapi/bolt-js#2867), elsewhere at about 13,200"
    ),
    "header.extra_characters": Limit(100, "measured by others: what a header adds to the sum (slackapi/bolt-js#2509)"),
    "message.text": Limit(40_000, "docs.slack.dev, chat.postMessage: longer text is cut"),
    "update.text_bytes": Limit(4_000, "docs.slack.dev, chat.update; measured by others as UTF-8 bytes"),
    "view.bytes": Limit(250_000, "docs.slack.dev, views.open: view_too_large"),
    "view.stack": Limit(3, "docs.slack.dev, views.push"),
    "view.title": Limit(24, _MODALS),
    "view.submit": Limit(24, _MODALS),
    "view.close": Limit(24, _MODALS),
    "view.private_metadata": Limit(3_000, _MODALS),
    "view.callback_id": Limit(255, _MODALS),
    "view.external_id": Limit(255, _MODALS),
    # text and ids
    "text": Limit(3_000, _OBJECTS + ": text"),
    "block_id": Limit(255, _BLOCKS),
    "action_id": Limit(255, _ELEMENTS),
    # blocks
    "header.text": Limit(150, _BLOCKS + " header"),
    "header.level": Limit(4, _BLOCKS + " header: 1 to 4"),
    "section.text": Limit(3_000, _BLOCKS + " section"),
    "section.fields": Limit(10, _BLOCKS + " section"),
    "section.field": Limit(2_000, _BLOCKS + " section"),
    "context.elements": Limit(10, _BLOCKS + " context"),
    "actions.elements": Limit(25, _BLOCKS + " actions"),
    "image.url": Limit(3_000, _BLOCKS + " image"),
    "image.alt_text": Limit(2_000, _BLOCKS + " image"),
    "image.title": Limit(2_000, _BLOCKS + " image"),
    "input.label": Limit(2_000, _BLOCKS + " input"),
    "input.hint": Limit(2_000, _BLOCKS + " input"),
    # elements
    "button.text": Limit(75, _ELEMENTS + " button"),
    "button.value": Limit(2_000, _ELEMENTS + " button"),
    "button.url": Limit(3_000, _ELEMENTS + " button"),
    "button.accessibility_label": Limit(75, _ELEMENTS + " button"),
    "placeholder": Limit(150, _ELEMENTS),
    "plain_text_input.length": Limit(3_000, _ELEMENTS + " plain_text_input"),
    "select.options": Limit(100, _ELEMENTS + " static_select"),
    "select.option_groups": Limit(100, _ELEMENTS + " static_select"),
    "option_group.label": Limit(75, _OBJECTS + ": option group"),
    "choices.options": Limit(10, _ELEMENTS + " checkboxes, radio_buttons"),
    "overflow.options": Limit(5, _ELEMENTS + " overflow"),
    "option.text": Limit(75, _OBJECTS + ": option"),
    "option.value": Limit(150, _OBJECTS + ": option"),
    "option.description": Limit(75, _OBJECTS + ": option"),
    "option.url": Limit(3_000, _OBJECTS + ": option"),
    "confirm.title": Limit(100, _OBJECTS + ": confirmation dialog"),
    "confirm.text": Limit(300, _OBJECTS + ": confirmation dialog"),
    "confirm.confirm": Limit(30, _OBJECTS + ": confirmation dialog"),
    "confirm.deny": Limit(30, _OBJECTS + ": confirmation dialog"),
    # files
    "file.alt_text": Limit(1_000, "docs.slack.dev, files.getUploadURLExternal: alt_txt_too_large"),
    "file.processing_seconds": Limit(
        2, "not documented; a file can be shown some moments after it is complete (slackapi/slack-github-action#413)"
    ),
    # time, and what may be done how often
    "acknowledgement.seconds": Limit(3, "docs.slack.dev, acknowledging requests"),
    "trigger_id.seconds": Limit(3, "docs.slack.dev, modals: a trigger is valid for 3 s, once"),
    "response_url.uses": Limit(5, _RESPONSE_URL),
    "response_url.minutes": Limit(30, _RESPONSE_URL),
    "socket.connections": Limit(10, "docs.slack.dev, using Socket Mode"),
    "event.retries": Limit(3, "docs.slack.dev, Events API: at once, after 1 and after 5 minutes"),
    "signature.seconds": Limit(300, _SDK + ": SignatureVerifier"),
    "post.channel_a_second": Limit(1, "docs.slack.dev, rate limits: 1 a second a channel"),
    "post.channel_burst": Limit(3, "docs.slack.dev, rate limits: short bursts are allowed; the number is ours"),
}
"""Every number by name. Lengths in characters unless the name says otherwise."""


def number(name: str) -> int:
    """Return the number of this name."""
    return LIMITS[name].number


@dataclass(frozen=True)
class Method:
    """A Web API method that exists here: scopes of which one is needed, calls a minute, token."""

    scopes: tuple[str, ...]
    a_minute: int
    source: str = _TIERS
    app_token: bool = False


_T2, _T3, _T4, _SPECIAL = 20, 50, 100, 300

METHODS: Mapping[str, Method] = {
    "apps.connections.open": Method((), _T3, app_token=True),
    "auth.test": Method((), _SPECIAL, "docs.slack.dev, rate limits: hundreds a minute"),
    "chat.postEphemeral": Method(("chat:write",), _T4),
    "chat.postMessage": Method(("chat:write",), _SPECIAL, "docs.slack.dev, rate limits: several hundred a minute"),
    "chat.update": Method(("chat:write",), _T3),
    "conversations.list": Method(("channels:read", "groups:read", "im:read", "mpim:read"), _T2),
    "conversations.open": Method(("channels:manage", "groups:write", "im:write", "mpim:write"), _T3),
    "files.completeUploadExternal": Method(("files:write",), _T4),
    "files.delete": Method(("files:write",), _T3),
    "files.getUploadURLExternal": Method(("files:write",), _T4),
    "usergroups.users.list": Method(("usergroups:read",), _T2),
    "users.info": Method(("users:read",), _T4),
    "views.open": Method((), _T4),
    "views.publish": Method((), _T4),
    "views.push": Method((), _T4),
    "views.update": Method((), _T4),
}
"""The methods that the bot uses. Any other is answered with ``unknown_method``."""
