"""What Telnyx tells by webhook is believed when it is signed well and lately, and read only where it is of a fax."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.services.telnyx import BadSignature, Event, Stale, check_public_key, read_event

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
NOW = 1_764_000_000


def body(kind: str = "fax.delivered", **payload: Any) -> bytes:
    """Write an event as Telnyx does."""
    whole = {
        "fax_id": "f1",
        "direction": "outbound",
        "to": "+81398765432",
        "original_media_url": "https://bucket/secret",
        "client_state": "c",
        "page_count": 2,
        **payload,
    }
    data = {"id": "e1", "record_type": "event", "event_type": kind, "occurred_at": "2026-11-24T01:00:00.5Z"}
    return json.dumps({"data": {**data, "payload": whole}, "meta": {"attempt": 1}}).encode()


def sign(content: bytes, at: int | str = NOW, key: Ed25519PrivateKey = KEY) -> str:
    """Sign as Telnyx does."""
    return base64.b64encode(key.sign(f"{at}".encode() + b"|" + content)).decode()


def read(content: bytes, at: int | str = NOW, signature: str | None = None) -> Event | None:
    """Read an event that is signed well, unless another signature is given."""
    signature = sign(content, at) if signature is None else signature
    return read_event(content, str(at), signature, public_key=PUBLIC, now_unix=NOW)


def test_a_good_event_is_read_and_read_the_same_again() -> None:
    first, second = read(body()), read(body())
    assert first == second
    assert first is not None
    assert (first.id, first.fax_id, first.status, first.client_state, first.pages) == ("e1", "f1", "delivered", "c", 2)
    assert first.occurred_at.isoformat() == "2026-11-24T01:00:00.500000+00:00"
    assert not any(secret in repr(first) for secret in ("secret", "+81398765432"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("fax.queued", "queued"),
        ("fax.media.processed", "media.processed"),
        ("fax.sending.started", "sending"),
        ("fax.sending", "sending"),
        ("fax.failed", "failed"),
    ],
)
def test_each_kind_of_event_is_a_state(kind: str, status: str) -> None:
    event = read(body(kind, failure_reason="user_busy"))
    assert event is not None
    assert (event.status, event.failure_reason) == (status, "user_busy")


@pytest.mark.parametrize(
    "content",
    [
        body("fax.received"),
        body("fax.delivered", direction="inbound"),
        body("call.initiated"),
        body("fax.delivered", fax_id=None),
        b"[]",
        b"no JSON",
        b'{"data": {"event_type": "fax.delivered", "payload": []}}',
        b"[" * 100_000,
        b"\xff",
        body().replace(b"T01:00:00.5Z", b""),
    ],
)
def test_what_is_signed_well_but_no_state_of_a_fax_of_ours_is_nothing(content: bytes) -> None:
    assert read(content) is None


def test_a_changed_event_another_time_another_key_and_a_broken_signature_are_refused() -> None:
    good = sign(body())
    tampered: list[tuple[bytes, int | str, str]] = [
        (body() + b" ", NOW, good),
        (body(), NOW + 1, good),
        (body(), NOW, sign(body(), key=Ed25519PrivateKey.generate())),
        (body(), NOW, good[:-4]),
        (body(), NOW, good.replace("=", "")),
        (body(), NOW, "no base64!"),
        (body(), NOW, ""),
        (body(), f" {NOW}", sign(body(), f" {NOW}")),
        (body(), f"{NOW}.0", sign(body(), f"{NOW}.0")),
    ]
    for content, at, signature in tampered:
        with pytest.raises(BadSignature):
            read(content, at, signature)
    for stamp, signed in ((None, good), (str(NOW), None)):
        with pytest.raises(BadSignature):
            read_event(body(), stamp, signed, public_key=PUBLIC, now_unix=NOW)


@pytest.mark.parametrize("away", [-301, 301, -100_000])
def test_an_event_of_another_time_is_refused(away: int) -> None:
    assert read(body(), NOW + (300 if away > 0 else -300)) is not None
    with pytest.raises(Stale):
        read(body(), NOW + away)


@pytest.mark.parametrize(
    "text",
    ["", "x", base64.b64encode(bytes(31)).decode(), PUBLIC + "\n"],
    ids=["empty", "one letter", "31 bytes", "a newline behind it"],
)
def test_a_key_that_is_none_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="is no public key of Telnyx"):
        check_public_key(text)
