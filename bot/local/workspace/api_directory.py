"""The Web API's methods about the workspace itself: who, where, and how to connect."""

import base64
import binascii
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from . import people
from .arguments import flag, text
from .core import Slack
from .refusals import JSON, SlackError
from .state import Channel

_TYPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}
_MOST = 1_000
_USUAL = 100


def missing_scope(slack: Slack, needed: str) -> SlackError:
    """Return the error of a call for which the manifest grants no scope."""
    return SlackError("missing_scope", needed=needed, provided=",".join(sorted(slack.manifest.scopes)))


async def auth_test(slack: Slack, _arguments: JSON) -> JSON:
    """Answer auth.test: whose token it is."""
    return {
        "ok": True,
        "url": f"{slack.url}/",
        "team": "Faxi",
        "user": people.BOT_NAME,
        "team_id": people.TEAM,
        "user_id": people.BOT_USER,
        "bot_id": people.BOT_ID,
        "is_enterprise_install": False,
    }


async def connections_open(slack: Slack, arguments: JSON) -> JSON:
    """Answer apps.connections.open: an address for one Socket Mode connection."""
    ticket = slack.sockets.ticket(str(arguments.get("user_agent", "")))
    query = urlencode({"ticket": ticket, "app_id": people.APP_ID})
    return {"ok": True, "url": f"{slack.url.replace('http', 'ws', 1)}/link?{query}"}


def _channel(channel: Channel) -> JSON:
    direct = channel.direct is not None
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private and not direct,
        "is_im": direct,
        "is_mpim": False,
        "is_private": channel.private,
        "is_archived": False,
        "is_general": channel.name == "general",
        "is_member": people.BOT_USER in channel.members,
        "num_members": len(channel.members),
        "context_team_id": people.TEAM,
        **({"user": channel.direct} if direct else {}),
    }


async def conversations_list(slack: Slack, arguments: JSON) -> JSON:
    """Answer conversations.list, page by page; private ones only where the bot is a member."""
    wanted = [one.strip() for one in str(arguments.get("types") or "public_channel").split(",")]
    for one in wanted:
        if one not in _TYPES:
            raise SlackError("invalid_types")
        if _TYPES[one] not in slack.manifest.scopes:
            raise missing_scope(slack, _TYPES[one])
    limit = str(arguments.get("limit") or _USUAL)
    if not limit.isdigit() or not 0 < int(limit) <= _MOST:
        raise SlackError("invalid_limit")
    found = [
        channel
        for channel in sorted(slack.state.channels.values(), key=lambda one: one.id)
        if (not channel.private or people.BOT_USER in channel.members)
        and ("im" if channel.direct else "private_channel" if channel.private else "public_channel") in wanted
    ]
    start = _from_cursor(str(arguments.get("cursor") or ""))
    page = found[start : start + int(limit)]
    after = start + len(page)
    cursor = base64.b64encode(f"next:{after}".encode()).decode() if after < len(found) else ""
    return {
        "ok": True,
        "channels": [_channel(channel) for channel in page],
        "response_metadata": {"next_cursor": cursor},
    }


def _from_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None


async def conversations_open(slack: Slack, arguments: JSON) -> JSON:
    """Answer conversations.open: the direct message with one person."""
    users = [one for one in str(arguments.get("users") or "").split(",") if one]
    given = arguments.get("channel")
    if given:
        channel = slack.state.channels.get(str(given))
        if channel is None or channel.direct is None:
            raise SlackError("channel_not_found")
        return {"ok": True, "channel": {"id": channel.id}}
    if not users:
        raise SlackError("users_list_not_supplied")
    needed = "im:write" if len(users) == 1 else "mpim:write"
    if needed not in slack.manifest.scopes:
        raise missing_scope(slack, needed)
    if len(users) > 1:
        raise SlackError("invalid_user_combination", ["[ERROR] this workspace has no group conversations"])
    person = slack.state.people.get(users[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.deactivated:
        raise SlackError("user_disabled")
    channel = slack.state.channels[person.direct]
    whole = _channel(channel) if flag(arguments, "return_im") else {"id": channel.id}
    return {"ok": True, "channel": whole}


async def users_info(slack: Slack, arguments: JSON) -> JSON:
    """Answer users.info: name, zone, and standing of one person or bot."""
    wanted = text(arguments, "user")
    if wanted in {people.BOT_USER, people.SLACKBOT}:
        name = people.BOT_NAME if wanted == people.BOT_USER else "slackbot"
        bot = {"id": wanted, "team_id": people.TEAM, "name": name, "real_name": name, "is_bot": True, "deleted": False}
        return {"ok": True, "user": {**bot, "profile": {"real_name": name, "display_name": name}}}
    person = slack.state.people.get(wanted)
    if person is None:
        raise SlackError("user_not_found")
    offset = slack.clock.now().astimezone(ZoneInfo(person.zone)).utcoffset()
    profile = {"real_name": person.name, "display_name": person.name, "team": person.team}
    user: JSON = {
        "id": person.id,
        "team_id": person.team,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deactivated,
        "tz": person.zone,
        "tz_label": person.zone_label,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": person.guest,
        "is_bot": False,
        "is_app_user": False,
    }
    if person.team != people.TEAM:
        user["is_stranger"] = True
    return {"ok": True, "user": user}


async def usergroups_users_list(slack: Slack, arguments: JSON) -> JSON:
    """Answer usergroups.users.list: who is in a user group."""
    wanted = text(arguments, "usergroup")
    name = next((one for one, group_id in people.GROUP_IDS.items() if group_id == wanted), None)
    if name is None:
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": slack.state.group_members(name)}
