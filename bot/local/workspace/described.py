"""Describes the whole workspace, as ``GET state`` answers it."""

from . import people
from .core import Slack
from .moving import Trial
from .refusals import JSON


def described(slack: Slack, trial: Trial | None, left: list[str]) -> JSON:
    """Return people, channels, commands, shortcuts, time and connections; ``left`` is what is not settled."""
    state: JSON = {
        "people": [
            {
                "handle": one.handle,
                "id": one.id,
                "name": one.name,
                "groups": sorted(one.groups),
                "guest": one.guest,
                "deactivated": one.deactivated,
                "team": one.team,
                "zone": one.zone,
                "direct": one.direct,
            }
            for one in slack.state.people.values()
        ],
        "channels": [
            {
                "id": one.id,
                "name": one.name,
                "private": one.private,
                "members": sorted(slack.shown.author(member) for member in one.members),
            }
            for one in slack.state.channels.values()
            if one.direct is None
        ],
        "commands": {
            one.name: {"description": one.description, "usage": one.usage} for one in slack.manifest.commands.values()
        },
        "shortcuts": {
            one.name: {
                "callback_id": one.callback_id,
                "type": "message" if one.on_message else "global",
                "description": one.description,
            }
            for one in slack.manifest.shortcuts.values()
        },
        "bot": {"id": people.BOT_USER, "name": people.BOT_NAME},
        "now": slack.clock.now().isoformat(),
        "changes": slack.state.changes,
        "settled": not left,
        "waiting": left,
        "connections": [
            {"id": one.id, "process": one.process, "transport": one.transport} for one in slack.delivery.connections()
        ],
    }
    if trial is not None and trial.database_url is not None:
        state["database_url"] = trial.database_url
    return state
