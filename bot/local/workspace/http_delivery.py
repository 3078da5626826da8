"""Signed HTTP, Slack's side: requests to the bot's addresses, with version 0 signatures."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from .delivery import Connection, Envelope, Outcome, decoded
from .limits import number

_OK = range(200, 300)


def signature(secret: str, timestamp: str, body: str) -> str:
    """Return the ``v0=`` signature over a request's timestamp and raw body."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpDelivery:
    """The addresses of the bot's replicas; the list may be changed while the workspace runs."""

    def __init__(self, secret: str, addresses: list[str]) -> None:
        """Sign with this secret and deliver to these addresses."""
        self._secret = secret
        self.addresses = addresses
        self._session: aiohttp.ClientSession | None = None

    def connections(self) -> list[Connection]:
        """Return one connection for each address."""
        return [Connection(f"http-{place}", address, "http") for place, address in enumerate(self.addresses, 1)]

    async def send(self, connection: Connection, envelope: Envelope) -> Outcome:
        """Post an envelope to one address; its answer is the acknowledgement."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=number("acknowledgement.seconds"))
            # A connection kept from a replica that was killed would fail the first request of the next one.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        body, headers = self._request(envelope)
        started = time.monotonic()
        try:
            async with self._session.post(
                str(connection.process), data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                text = await response.text()
                ms = int((time.monotonic() - started) * 1000)
                if response.status not in _OK:
                    again = response.headers.get("X-Slack-No-Retry") != "1"
                    return Outcome(
                        acknowledged=False,
                        ms=ms,
                        error="dispatch_failed",
                        status=response.status,
                        reason="http_error",
                        retry=again,
                    )
                return Outcome(acknowledged=True, ms=ms, payload=decoded(text), status=response.status)
        except TimeoutError:
            ms = int((time.monotonic() - started) * 1000)
            return Outcome(acknowledged=False, ms=ms, error="operation_timeout", reason="http_timeout")
        except aiohttp.ClientError:
            ms = int((time.monotonic() - started) * 1000)
            return Outcome(acknowledged=False, ms=ms, error="dispatch_failed", reason="connection_failed")

    def _request(self, envelope: Envelope) -> tuple[str, dict[str, str]]:
        payload: Any = envelope.payload
        if envelope.kind == "events_api":
            body, content = json.dumps(payload, ensure_ascii=False), "application/json"
        else:
            form = payload if envelope.kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urlencode(form), "application/x-www-form-urlencoded"
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if envelope.attempt:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.attempt),
                "X-Slack-Retry-Reason": envelope.reason or "unknown_error",
            }
        return body, headers

    async def close(self) -> None:
        """Close the connections to the addresses."""
        if self._session is not None:
            await self._session.close()
