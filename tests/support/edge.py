"""A running HTTP edge with a real Bolt app, and Slack's requests as it sends them."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import load
from bot.slack.client import Identity
from bot.slack.edge import Served, make_web_app, serve
from bot.slack.listeners import AckAnswer, make_app

SECRET = "a-secret-of-the-tests"
ANOTHER_SECRET = "another-secret"
TOKEN = "xoxb-of-the-tests"
FORM = "application/x-www-form-urlencoded"
COMMAND = {
    "command": "/faxi-help",
    "text": "",
    "team_id": "T0FAXI",
    "user_id": "U0AOI",
    "channel_id": "C0OPS",
    "trigger_id": "1.2.3",
}
CLICK = {
    "type": "block_actions",
    "team": {"id": "T0FAXI"},
    "user": {"id": "U0AOI", "team_id": "T0FAXI"},
    "actions": [{"action_id": "restriction.approve", "block_id": "b", "value": "rq_1"}],
    "trigger_id": "1.2.3",
}
SUBMIT = {
    "type": "view_submission",
    "team": {"id": "T0FAXI"},
    "user": {"id": "U0AOI"},
    "view": {"callback_id": "restrict.ask", "type": "modal"},
}
EVENT = {
    "type": "event_callback",
    "team_id": "T0FAXI",
    "event_id": "Ev1",
    "event": {"type": "app_home_opened", "user": "U0AOI", "tab": "home"},
}


@dataclass
class Door:
    """Stands where the door stands: keeps what arrives, answers or fails as told."""

    arrived: list[tuple[str, str, dict[str, Any], Mapping[str, str]]] = field(default_factory=list)
    answer: AckAnswer | None = None
    failure: Exception | None = None

    async def __call__(
        self, kind: str, name: str, body: dict[str, Any], headers: Mapping[str, str]
    ) -> AckAnswer | None:
        """Take one interaction."""
        self.arrived.append((kind, name, body, headers))
        if self.failure:
            raise self.failure
        return self.answer


@dataclass
class Edge:
    """A running edge and its door."""

    door: Door
    served: Served
    session: aiohttp.ClientSession
    parts: dict[str, bool | str]

    async def send(
        self,
        body: str | bytes,
        *,
        content_type: str = FORM,
        age: float = 0,
        secret: str = SECRET,
        sent: bytes | None = None,
        **headers: str | None,
    ) -> tuple[int, str]:
        """Send a signed body and return status and text; ``None`` for a header leaves it out."""
        raw = body.encode() if isinstance(body, str) else body
        stamp = str(int(time.time() - age))
        digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        given = {"Content-Type": content_type, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
        given |= {
            f"X-Slack-{name.replace('_', '-').title()}": value for name, value in headers.items() if value is not None
        }
        for name, value in headers.items():
            if value is None:
                del given[f"X-Slack-{name.replace('_', '-').title()}"]
        url = f"{self.served.url}/slack/events"
        async with self.session.post(url, data=raw if sent is None else sent, headers=given) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        """Ask for a page."""
        async with self.session.get(self.served.url + path) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def running_edge() -> AsyncIterator[Edge]:
    """Run a real server with a real Bolt app behind it."""
    chosen = load(
        _env_file=None,
        slack_bot_token=TOKEN,
        slack_signing_secret=SECRET,
        database_url="postgresql://nobody@127.0.0.1/none",
        group_operations="S0OPS",
        group_engineering="S0ENG",
        group_management="S0MGR",
    )
    door = Door()
    parts: dict[str, bool | str] = {"database": True, "slack": True}
    identity = Identity(TOKEN, "U0BOT", "B0BOT", "T0FAXI", "https://faxi.slack.example/")
    app = make_app(chosen, AsyncWebClient(token=TOKEN), door, identity)

    async def readiness() -> Mapping[str, bool | str]:
        return parts

    served = await serve(make_web_app(slack=app, readiness=readiness), "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        yield Edge(door, served, session, parts)
    await served.close()


def form(**fields: str) -> str:
    """Write a slash command's body."""
    return urlencode(COMMAND | fields)


def payload(content: object) -> str:
    """Write the body of a click or submit."""
    return urlencode({"payload": json.dumps(content)})
