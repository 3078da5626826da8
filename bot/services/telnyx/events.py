"""What Telnyx tells by webhook: its signature checked over the raw bytes, then read.

Events may be lost, doubled and out of order: they only make quicker what asking finds out anyway.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LATEST: Final = 300.0
"""Seconds by which an event's signature may be old, or ahead, of machine time."""

_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_STATES = {
    "fax.queued": "queued",
    "fax.media.processing": "media.processing",
    "fax.media.processed": "media.processed",
    "fax.originated": "originated",
    "fax.sending": "sending",
    "fax.sending.started": "sending",
    "fax.delivered": "delivered",
    "fax.failed": "failed",
}


class BadSignature(Exception):
    """An event is not signed, or not by Telnyx."""


class Stale(Exception):
    """An event is signed well, but long ago, or ahead of our time."""


@dataclass(frozen=True)
class Event:
    """What Telnyx says of one of our faxes. The address of the pages, which is in it too, is not kept."""

    id: str
    """The same each time that Telnyx tells it."""
    fax_id: str
    status: str
    failure_reason: str | None
    client_state: str | None
    occurred_at: datetime
    pages: int | None


def check_public_key(text: str) -> Ed25519PublicKey:
    """Read the account's public key: base64 of 32 bytes.

    Raises:
        ValueError: it is no such key; the message goes on after the setting's name.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ValueError("is no public key of Telnyx: copy it, whole, from Telnyx's portal, Keys & Credentials")
    return Ed25519PublicKey.from_public_bytes(raw)


def read_event(
    body: bytes, timestamp: str | None, signature: str | None, *, public_key: str, now_unix: float
) -> Event | None:
    """Check an event's signature and read it; ``None`` when it is of no kind that concerns a fax of ours.

    Args:
        body: the request's raw bytes.
        timestamp: the header ``telnyx-timestamp``, seconds since 1970.
        signature: the header ``telnyx-signature-ed25519``, base64 over timestamp, ``|`` and body.
        public_key: the account's public key, base64.
        now_unix: machine time, seconds since 1970.

    Raises:
        BadSignature: the signature is missing or wrong.
        Stale: the signature is more than 300 s away from now.
        ValueError: the public key is none.
    """
    key = check_public_key(public_key)
    if timestamp is None or signature is None or not _SECONDS.fullmatch(timestamp):
        raise BadSignature("the event carries no signature")
    try:
        signed = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        signed = b""
    if len(signed) != _SIGNATURE_BYTES:
        raise BadSignature("the event's signature is none")
    try:
        key.verify(signed, timestamp.encode() + b"|" + body)
    except InvalidSignature:
        raise BadSignature("the event's signature is wrong") from None
    if abs(now_unix - int(timestamp)) > LATEST:
        raise Stale(f"the event was signed {now_unix - int(timestamp):.0f} s ago")
    try:
        return _event(json.loads(body))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # Telnyx's own, but nothing that we know


def _event(whole: Mapping[str, Any]) -> Event | None:
    """Read the event; what is missing, or has another form, raises one of the errors that the caller knows."""
    data = whole["data"]
    payload = data["payload"]
    status = _STATES.get(str(data["event_type"]))
    if status is None or payload.get("direction", "outbound") != "outbound":
        return None
    pages = payload.get("page_count")
    return Event(
        id=_text(data["id"]),
        fax_id=_text(payload["fax_id"]),
        status=status,
        failure_reason=_optional(payload.get("failure_reason")),
        client_state=_optional(payload.get("client_state")),
        occurred_at=_instant(data["occurred_at"]),
        pages=pages if type(pages) is int and pages >= 0 else None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    return at
