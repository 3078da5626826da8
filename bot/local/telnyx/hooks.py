"""Tells by webhook what becomes of faxes: signed as Telnyx signs, and on a bad day twice, swapped, late or never."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.local.loopback import Faults

from .faxes import SentFax
from .refusals import JSON

OPERATION = "webhook"
KINDS = ("twice", "swapped", "late", "lost")
_TYPES = {
    "queued": "fax.queued",
    "media.processed": "fax.media.processed",
    "sending": "fax.sending.started",
    "delivered": "fax.delivered",
    "failed": "fax.failed",
}
_TIMEOUT = aiohttp.ClientTimeout(total=5)
_WAITS = (0.1, 0.3)  # machine time before the second and the third attempt


@dataclass(frozen=True)
class Message:
    """An event on its way."""

    url: str = field(repr=False)
    event: JSON = field(repr=False)


class Hooks:
    """Delivers events one after another; who does not answer well hears each three times."""

    def __init__(self, session: aiohttp.ClientSession, faults: Faults) -> None:
        """Begin to deliver."""
        self._session = session
        self._faults = faults
        self._key = Ed25519PrivateKey.generate()
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._late: list[tuple[datetime, Message]] = []
        self._swapped: Message | None = None
        self._task = asyncio.create_task(self._run())

    @property
    def public_key(self) -> str:
        """The key by which events are checked, base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def signed(self, body: bytes, at: int | None = None) -> dict[str, str]:
        """Return the headers of an event, signed at a second of machine time (now)."""
        stamp = str(int(time.time()) if at is None else at)
        signature = self._key.sign(stamp.encode() + b"|" + body)
        return {
            "telnyx-timestamp": stamp,
            "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
            "Content-Type": "application/json",
        }

    def tell(self, fax: SentFax, at: datetime) -> None:
        """Tell a fax's present state, reached at this instant of business time."""
        kind = _TYPES.get(fax.status)
        if fax.webhook_url is None or kind is None:
            return
        message = Message(fax.webhook_url, _event(fax, kind, at))
        fault = self._faults.strike(OPERATION, *KINDS)
        if fault is None:
            self._send(message)
        elif fault.kind == "twice":
            self._send(message)
            self._queue.put_nowait(message)
        elif fault.kind == "swapped" and self._swapped is None:
            self._swapped = message
        elif fault.kind == "late":
            self._late.append((at + timedelta(seconds=fault.seconds), message))

    def _send(self, message: Message) -> None:
        self._queue.put_nowait(message)
        if self._swapped is not None:
            self._queue.put_nowait(self._swapped)
            self._swapped = None

    def settle(self, now: datetime) -> None:
        """Send what was held back until now, business time."""
        due = [message for at, message in self._late if at <= now]
        self._late = [(at, message) for at, message in self._late if at > now]
        for message in due:
            self._queue.put_nowait(message)

    async def quiet(self) -> None:
        """Wait until all that is to be told now was told."""
        await self._queue.join()

    async def close(self) -> None:
        """Stop; what was not told stays untold."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                await self._deliver(message)
            finally:
                self._queue.task_done()

    async def _deliver(self, message: Message) -> None:
        for attempt, wait in enumerate((*_WAITS, None), start=1):
            whole = {"data": message.event, "meta": {"attempt": attempt, "delivered_to": message.url}}
            body = json.dumps(whole).encode()
            try:
                async with self._session.post(
                    message.url, data=body, headers=self.signed(body), allow_redirects=False, timeout=_TIMEOUT
                ) as response:
                    if 200 <= response.status < 300:  # noqa: PLR2004
                        return
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                pass  # like an answer that is none
            if wait is not None:
                await asyncio.sleep(wait)


def _event(fax: SentFax, kind: str, at: datetime) -> JSON:
    payload: JSON = {
        "fax_id": fax.id,
        "connection_id": fax.connection_id,
        "direction": "outbound",
        "from": fax.from_number,
        "to": fax.to,
        "original_media_url": fax.media_url,
        "status": fax.status,
        "client_state": fax.client_state,
        "user_id": str(uuid4()),
    }
    if fax.status == "failed":
        payload["failure_reason"] = fax.failure_reason
    if fax.status == "delivered":
        payload |= {"page_count": fax.pages, "call_duration_secs": 30 * (fax.pages or 1)}
    return {
        "id": str(uuid4()),
        "record_type": "event",
        "event_type": kind,
        "occurred_at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "payload": payload,
    }
