"""The one client for Slack's Web API, and what a failed call means.

A failure is one of three: Slack wants us slower (:class:`Throttled`), Slack says no
(:class:`Refused`), or Slack is away (:class:`Away`), in which case the request may have been
carried out all the same. Nothing is tried again here: whoever calls knows whether it may be.
"""

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings

TIMEOUT = 10.0
"""Seconds for one call of Slack as a whole."""

_CONNECT_TIMEOUT = 3.0
_DEFAULT_WAIT = 30.0
_LONGEST_WAIT = 3600.0
_SLOWER = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# Slack's own trouble, told with status 200; the request may have had its effect.
_TROUBLE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_OK, _TOO_LARGE, _TOO_MANY, _SERVER = 200, 413, 429, 500


class SlackCallError(Exception):
    """A call of Slack that did not succeed.

    Attributes:
        retry_after: seconds that Slack wants us to wait; none where it did not say so.
    """

    retry_after: float = 0.0


class Throttled(SlackCallError):
    """Slack wants us to wait; nothing was carried out."""

    def __init__(self, retry_after: float) -> None:
        """Keep how many seconds to wait."""
        super().__init__(f"Slack asks us to wait {retry_after:g} s")
        self.retry_after = retry_after


class Refused(SlackCallError):
    """Slack said no; nothing was carried out, and asking again gives the same answer.

    Attributes:
        error: Slack's word for it, such as ``channel_not_found``.
        needs: the missing scope, or what was wrong with the arguments; else empty.
    """

    def __init__(self, error: str, needs: str = "") -> None:
        """Keep Slack's word and what it needs."""
        super().__init__(f"Slack refused: {error}" + (f" ({needs})" if needs else ""))
        self.error = error
        self.needs = needs


class Away(SlackCallError):
    """Slack did not answer, or not as Slack does.

    Attributes:
        reason: what happened, in words.
        answer_lost: whether the request may have been carried out.
    """

    def __init__(self, reason: str, *, answer_lost: bool) -> None:
        """Keep what happened and whether it may have been carried out."""
        super().__init__(f"Slack does not answer: {reason}")
        self.reason = reason
        self.answer_lost = answer_lost


@dataclass(frozen=True)
class Identity:
    """Who the bot is in Slack, asked once at start."""

    bot_token: str = field(repr=False)
    bot_user_id: str
    bot_id: str
    team_id: str
    url: str


def user_agent() -> str:
    """Name this program and process, so that a workspace can tell replicas apart."""
    try:
        number = version("faxi-bot")
    except PackageNotFoundError:
        number = "checkout"
    return f"faxi-bot/{number} pid/{os.getpid()}"


def open_session() -> aiohttp.ClientSession:
    """Open the HTTP session that every call of Slack shares; the caller closes it."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=_CONNECT_TIMEOUT))


def make_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Make the client that the whole process shares; it never repeats a call by itself."""
    client = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=int(TIMEOUT),
        session=session,
        user_agent_prefix=user_agent(),
        retry_handlers=[],
    )
    if settings.slack_is_local:
        # The machine's proxy is for the outside world.
        client.proxy = None
    return client


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack who the bot is: the check of the token at start.

    Raises:
        SlackCallError: the token is refused, or Slack does not answer.
    """
    with failures():
        answer = await client.auth_test()
    return Identity(
        bot_token=client.token or "",
        bot_user_id=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id") or ""),
        team_id=str(answer["team_id"]),
        url=str(answer.get("url") or ""),
    )


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Ask Slack for a Socket Mode connection, unused: the SDK would try a refused token for ever, in silence.

    Raises:
        SlackCallError: the token is refused, or Slack does not answer.
    """
    with failures():
        await client.apps_connections_open(app_token=app_token)


@contextmanager
def failures() -> Iterator[None]:
    """Turn what the SDK and HTTP raise inside into one :class:`SlackCallError`.

    Raises:
        SlackCallError: Throttled, Refused or Away.
    """
    try:
        yield
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise classify(error) from error


def classify(error: Exception) -> SlackCallError:
    """Say what a failed call means, from what the SDK or HTTP raised.

    A failure that is neither of Slack's nor of the network's is counted as an answer lost, the
    cautious reading.
    """
    if isinstance(error, SlackCallError):
        return error
    if isinstance(error, SlackApiError):
        return _classify_answer(error.response)
    if isinstance(error, _NEVER_SENT):
        return Away(f"no connection ({type(error).__name__})", answer_lost=False)
    if isinstance(error, TimeoutError):
        return Away("no answer in time", answer_lost=True)
    return Away(f"the connection broke ({type(error).__name__})", answer_lost=True)


def _classify_answer(response: object) -> SlackCallError:
    """Classify an answer, which is the SDK's, or HTTP's own where its JSON was broken."""
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    headers: Mapping[str, Any] = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    said: Mapping[str, Any] = data if isinstance(data, dict) else {}
    error = said.get("error")
    if status == _TOO_MANY or error in _SLOWER:
        return Throttled(retry_after(headers))
    if isinstance(error, str) and error not in _TROUBLE and status < _SERVER:
        return Refused(error, _needs(said))
    if status == _TOO_LARGE:
        return Refused("request_too_large")
    if isinstance(error, str):
        return Away(f"{error} (status {status})", answer_lost=True)
    # A page that is not JSON with a 4xx comes from something before Slack that let nothing pass.
    return Away(f"an answer that is not Slack's (status {status})", answer_lost=status < _OK * 2 or status >= _SERVER)


def retry_after(headers: Mapping[str, Any]) -> float:
    """Read Retry-After, in seconds; Slack's is a whole number."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    try:
        seconds = float(value if value is not None else _DEFAULT_WAIT)
    except (TypeError, ValueError):
        return _DEFAULT_WAIT
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else _DEFAULT_WAIT


def _needs(data: Mapping[str, Any]) -> str:
    """Say what Slack missed: a scope, or the messages about wrong arguments."""
    if needed := data.get("needed"):
        return f"scope {needed}"
    details = data.get("response_metadata")
    messages = details.get("messages") if isinstance(details, dict) else None
    return "; ".join(str(one) for one in messages[:3]) if isinstance(messages, list) else ""
