"""What the app's manifest.yml lets it do here: commands, shortcuts, scopes, events."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    """A slash command that people can type."""

    name: str
    description: str
    usage: str
    escape: bool


@dataclass(frozen=True)
class Shortcut:
    """A shortcut that people can use, on a message or anywhere."""

    name: str
    callback_id: str
    on_message: bool
    description: str


@dataclass(frozen=True)
class Manifest:
    """The parts of a manifest that decide what Slack offers and sends."""

    name: str
    commands: Mapping[str, Command]
    shortcuts: Mapping[str, Shortcut]
    scopes: frozenset[str]
    events: frozenset[str]
    home: bool
    interactive: bool


def read(path: Path) -> Manifest:
    """Read a manifest file (version 2, YAML).

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no manifest.
    """
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or "display_information" not in data:
        message = f"{path} is not an app manifest: it has no display_information"
        raise ValueError(message)
    features = data.get("features") or {}
    settings = data.get("settings") or {}
    commands = [
        Command(
            name=item["command"],
            description=item.get("description", ""),
            usage=item.get("usage_hint", ""),
            escape=bool(item.get("should_escape")),
        )
        for item in features.get("slash_commands") or []
    ]
    shortcuts = [
        Shortcut(item["name"], item["callback_id"], item["type"] == "message", item.get("description", ""))
        for item in features.get("shortcuts") or []
    ]
    return Manifest(
        name=(features.get("bot_user") or {}).get("display_name") or data["display_information"]["name"],
        commands={command.name: command for command in commands},
        shortcuts={shortcut.name: shortcut for shortcut in shortcuts},
        scopes=frozenset(((data.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []),
        events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or []),
        home=bool((features.get("app_home") or {}).get("home_tab_enabled")),
        interactive=bool((settings.get("interactivity") or {}).get("is_enabled")),
    )
