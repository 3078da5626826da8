"""The one Bolt app: one catch-all listener of each kind, and the acknowledgement.

Bolt verifies signatures, knows our own events and reads shapes; what an interaction means is the
door's, which is called by :data:`Dispatch`. It starts tracked work and returns at once, so the
acknowledgement goes out when it returns (``process_before_response``) and no poll waits for it.
"""

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.client import Identity

Kind = Literal["command", "action", "view", "view_closed", "shortcut", "options", "event"]
AckAnswer = dict[str, Any]
"""What goes back inside the acknowledgement: a submit's errors or next view, or options."""

log = structlog.get_logger(__name__)
_ANY = re.compile("")


class Dispatch(Protocol):
    """The door: takes one interaction, returns what its acknowledgement carries."""

    async def __call__(
        self, kind: Kind, name: str, body: dict[str, Any], headers: Mapping[str, str]
    ) -> AckAnswer | None:
        """Start the work and return at once; only a submit or options may take up to 2 s.

        Args:
            kind: what it is.
            name: the command with its slash, action_id, callback_id or event type.
            body: what Slack sent.
            headers: the request's headers, lower case, one value each.
        """
        ...


def make_app(settings: Settings, client: AsyncWebClient, dispatch: Dispatch, identity: Identity) -> AsyncApp:
    """Make the Bolt app of this process.

    Args:
        settings: for the signing secret.
        client: the shared client.
        dispatch: the door.
        identity: who the bot is, so that no request asks Slack again.
    """
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_token=identity.bot_token,
        bot_id=identity.bot_id,
        bot_user_id=identity.bot_user_id,
    )

    async def authorize() -> AuthorizeResult:
        return result

    secret = settings.slack_signing_secret
    app = AsyncApp(
        logger=_quiet_logger(),
        client=client,
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret else "",
        process_before_response=True,
        # An unknown kind reaches the error handler below, which acknowledges it.
        raise_error_for_unhandled_request=True,
    )
    listeners: Mapping[Kind, Callable[..., Any]] = {
        "command": app.command,
        "action": app.action,
        "view": app.view_submission,
        "view_closed": app.view_closed,
        "shortcut": app.shortcut,
        "options": app.options,
        "event": app.event,
    }
    for kind, register in listeners.items():
        register(_ANY)(_listener(kind, dispatch))
    app.error(_failed)
    return app


def _listener(kind: Kind, dispatch: Dispatch) -> Callable[..., Any]:
    async def listen(ack: AsyncAck, body: dict[str, Any], req: AsyncBoltRequest) -> None:
        name = _name(kind, body)
        headers = {key: values[0] for key, values in req.headers.items() if values}
        answer: AckAnswer | None = None
        try:
            answer = await dispatch(kind, name, body, headers)
        except Exception:
            # Acknowledged all the same: Slack would only send an event again or show its own error.
            log.exception("interaction failed before its work began", kind=kind, name=name, reference=reference())
        if answer is None:
            await ack()
        else:
            await ack(answer)

    return listen


def _name(kind: Kind, body: dict[str, Any]) -> str:
    """Return what the interaction is called; empty where Slack gave no name."""
    if kind == "command":
        return str(body["command"])
    if kind == "event":
        return str(body["event"]["type"])
    if kind in {"view", "view_closed"}:
        return str(body["view"]["callback_id"])
    if kind == "action" and body.get("actions"):
        return str(body["actions"][0].get("action_id") or body.get("callback_id") or "")
    if kind == "options":
        return str(body.get("action_id") or body.get("name") or "")
    return str(body.get("callback_id") or "")


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Answer what no listener took: unknown kinds are acknowledged, unreadable shapes are not."""
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("acknowledged an unknown kind of request", kind=str(body.get("type"))[:40])
        return BoltResponse(status=200, body="")
    log.error("a request could not be read", reference=reference(), error=repr(error)[:200])
    return BoltResponse(status=400, body="")


def reference() -> str:
    """Return a short id that an answer and its log line share."""
    return secrets.token_hex(4)


def _quiet_logger() -> logging.Logger:
    """Return a logger for Bolt that keeps bodies, which hold people's words and tokens, out of the log."""
    logger = logging.getLogger("bot.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger
