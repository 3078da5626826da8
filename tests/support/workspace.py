"""A local workspace for one test, with hands to act in it and a real Bolt app connected to it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import yaml
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import MappedClock
from bot.local.workspace import Trial, Workspace

SCOPES = (
    "app_mentions:read",
    "chat:write",
    "commands",
    "channels:read",
    "groups:read",
    "files:write",
    "im:write",
    "usergroups:read",
    "users:read",
)
MANIFEST: dict[str, Any] = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": "faxi-bot"},
    "features": {
        "app_home": {"home_tab_enabled": True},
        "bot_user": {"display_name": "faxi-bot"},
        "shortcuts": [
            {"name": "Open a case", "type": "message", "callback_id": "case.open", "description": "Opens a case"},
            {"name": "New case", "type": "global", "callback_id": "case.new", "description": "Opens a case"},
        ],
        "slash_commands": [
            {"command": "/faxi-test", "description": "Tries", "usage_hint": "[words]", "should_escape": True},
            {"command": "/faxi-plain", "description": "Tries", "should_escape": False},
        ],
    },
    "oauth_config": {"scopes": {"bot": list(SCOPES)}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.im"]},
        "interactivity": {"is_enabled": True},
    },
}
"""A manifest with everything that the tests of the workspace use."""


@dataclass
class Hands:
    """Acts in a workspace through its control interface."""

    workspace: Workspace
    session: aiohttp.ClientSession
    statuses: list[int] = field(default_factory=list)

    async def do(self, call: str, **body: Any) -> Any:
        """Post to the control interface; ``who`` is written ``as``."""
        if "who" in body:
            body["as"] = body.pop("who")
        async with self.session.post(f"{self.workspace.url}/control/{call}", json=body) as response:
            self.statuses.append(response.status)
            return await response.json()

    async def see(self, call: str, **query: str) -> Any:
        """Read from the control interface."""
        if "who" in query:
            query["as"] = query.pop("who")
        async with self.session.get(f"{self.workspace.url}/control/{call}", params=query) as response:
            self.statuses.append(response.status)
            return await response.json()

    @property
    def client(self) -> AsyncWebClient:
        """The real client, with the bot's token, without retries."""
        client = AsyncWebClient(token=self.workspace.bot_token, base_url=f"{self.workspace.url}/api/")
        client.retry_handlers = []
        return client


def write_manifest(folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """Write the tests' manifest into a folder, changed as wanted."""
    manifest = yaml.safe_load(yaml.safe_dump(MANIFEST))
    if change is not None:
        change(manifest)
    path = folder / "manifest.yml"
    path.write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return path


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    *,
    pace: float = 1_000_000.0,
    trial: Trial | None = None,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> AsyncIterator[Hands]:
    """Run a workspace; unpaced unless told otherwise."""
    clock = MappedClock.create(folder / "clock", timedelta())
    manifest = write_manifest(folder, change)
    workspace = await Workspace.start(clock=clock, manifest=manifest, trial=trial, pace=pace)
    try:
        async with aiohttp.ClientSession() as session:
            yield Hands(workspace, session)
    finally:
        await workspace.close()


def bolt_app(hands: Hands) -> AsyncApp:
    """Make a real Bolt app for this workspace."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=hands.workspace.team_id,
            bot_token=hands.workspace.bot_token,
            bot_id="B0FAXIBOT",
            bot_user_id="U0FAXIBOT",
        )

    return AsyncApp(
        client=hands.client,
        signing_secret=hands.workspace.signing_secret,
        authorize=authorize,
        process_before_response=True,
    )


@contextlib.asynccontextmanager
async def connected(hands: Hands, app: AsyncApp, transport: str = "socket") -> AsyncIterator[None]:
    """Connect the app by Socket Mode or by signed HTTP."""
    if transport == "http":
        async with served(app) as address:
            hands.workspace.deliver_to.append(address)
            yield
            hands.workspace.deliver_to.remove(address)
        return
    before = len(hands.workspace.slack.delivery.connections())
    handler = AsyncSocketModeHandler(app, hands.workspace.app_token, web_client=hands.client, ping_interval=3)
    await asyncio.wait_for(handler.connect_async(), 10)  # type: ignore[no-untyped-call]
    while len(hands.workspace.slack.delivery.connections()) <= before:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@contextlib.asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[str]:
    """Serve the app's own web application on loopback and give its address."""
    runner = aiohttp.web.AppRunner(app.web_app(path="/slack/events"), shutdown_timeout=1.0)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def eventually(look: Callable[[], Awaitable[Any]], within: float = 5.0) -> Any:
    """Look again and again until there is something to see."""
    async with asyncio.timeout(within):
        while not (seen := await look()):
            await asyncio.sleep(0.02)
        return seen


ANYTHING = re.compile(".*")
"""Matches every action, view or command, for listeners that take them all."""


def opened_trigger(hands: Hands, handle: str) -> str:
    """Return a trigger id as an interaction of this person carries it, without a bot that listens."""
    slack = hands.workspace.slack
    person = slack.state.person_by_handle(handle)
    assert person is not None
    return slack.permits.trigger(slack.permits.interaction(person.id))
