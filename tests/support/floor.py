"""A local workspace with a small app of its own, and the shared client for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import MappedClock
from bot.local.workspace import Workspace
from bot.settings import Settings, load
from bot.slack.client import make_client, open_session

MANIFEST = {
    "display_information": {"name": "faxi-bot"},
    "features": {
        "app_home": {"home_tab_enabled": True},
        "bot_user": {"display_name": "faxi-bot"},
        "slash_commands": [{"command": "/faxi-help", "description": "What you may do", "should_escape": True}],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "channels:read",
                "chat:write",
                "commands",
                "files:write",
                "groups:read",
                "im:write",
                "usergroups:read",
                "users:read",
            ]
        }
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_home_opened"]},
        "socket_mode_enabled": True,
    },
}


def chosen(url: str) -> Settings:
    """Return settings whose Slack is at ``url``."""
    return load(
        _env_file=None,
        slack_bot_token="xoxb-of-the-tests",
        slack_signing_secret="of-the-tests",
        slack_api_url=url,
        database_url="postgresql://nobody@127.0.0.1/none",
        group_operations="S0OPS",
        group_engineering="S0ENG",
        group_management="S0MGR",
    )


@dataclass
class Floor:
    """A running workspace, the bot's settings and client for it, and a person's hands."""

    workspace: Workspace
    settings: Settings
    client: AsyncWebClient
    session: aiohttp.ClientSession

    async def control(self, call: str, **given: Any) -> Any:
        """Do something in the workspace by its control interface."""
        async with self.session.post(f"{self.workspace.url}/control/{call}", json=given) as answer:
            return await answer.json()

    async def state(self) -> Any:
        """Return the workspace's state."""
        async with self.session.get(f"{self.workspace.url}/control/state") as answer:
            return await answer.json()

    async def calls(self, method: str) -> list[Any]:
        """Return the calls of one Web API method."""
        return [call for call in await self._wire() if call["method"] == method]

    async def sent(self) -> list[Any]:
        """Return what the workspace has sent to the bot, each with what came of it."""
        return [call for call in await self._wire() if call["direction"] == "out"]

    async def _wire(self) -> list[Any]:
        async with self.session.get(f"{self.workspace.url}/control/wire") as answer:
            calls: list[Any] = await answer.json()
            return calls


@asynccontextmanager
async def running_floor(folder: Path) -> AsyncIterator[Floor]:
    """Run a workspace, whose files lie in ``folder``."""
    manifest = folder / "manifest.yml"
    manifest.write_text(yaml.safe_dump(MANIFEST))
    workspace = await Workspace.start(clock=MappedClock.create(folder / "clock"), manifest=manifest, pace=100)
    given: dict[str, Any] = {name.lower(): value for name, value in workspace.environment(transport="socket").items()}
    settings = load(_env_file=None, database_url="postgresql://nobody@127.0.0.1/none", **given)
    async with open_session() as session:
        yield Floor(workspace, settings, make_client(settings, session), session)
    await workspace.close()
