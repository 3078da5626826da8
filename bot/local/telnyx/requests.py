"""Reads what Telnyx is asked, as strictly as its description says: unknown fields are refused too.

The rules are those of Telnyx's API reference for POST and GET /v2/faxes.
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from bot.base.telephone import is_e164

from .faxes import SentFax
from .refusals import JSON, TelnyxError, malformed, missing

LONGEST_URL: Final = 2000
_QUALITIES = frozenset({"normal", "high", "very_high", "ultra_light", "ultra_dark"})
_DISPLAY_NAME = re.compile(r"[A-Za-z0-9 _~!.+-]{1,128}")
_FLAGS = frozenset({"monochrome", "store_media", "store_preview", "t38_enabled"})
_COMPARISONS = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt, "eq": operator.eq}
_MOST_IN_A_PAGE = 250
_USUAL_IN_A_PAGE = 20


def read_fax(body: Any, connection_id: str) -> JSON:
    """Check a request for a fax, and return its fields.

    Args:
        body: the JSON that was sent.
        connection_id: the one connection that there is.

    Raises:
        TelnyxError: why it is refused.
    """
    if not isinstance(body, dict):
        raise TelnyxError(400)
    for field in ("connection_id", "from", "to"):
        if not body.get(field):
            raise missing(field)
    for field, value in body.items():
        if field not in _CHECKS:
            raise malformed(re.sub(r"[^a-z_]", "", str(field))[:40])
        _CHECKS[field](field, value)
    media = [field for field in ("media_url", "media_name") if field in body]
    if len(media) != 1:
        raise missing("media_url") if not media else malformed("media_name")
    if media == ["media_name"]:
        raise TelnyxError(404, "10005", "/media_name")  # nothing is stored here
    if body["connection_id"] != connection_id:
        raise malformed("connection_id", "10017")
    if "black_threshold" in body and not body.get("monochrome"):
        raise malformed("black_threshold")
    return body


def _text(field: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise malformed(field)


def _number(field: str, value: Any) -> None:
    if not isinstance(value, str) or not is_e164(value):
        raise malformed(field, "10016")


def _url(field: str, value: Any) -> None:
    _text(field, value)
    if len(value) > LONGEST_URL:
        raise malformed(field, "10003")
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise malformed(field)


def _base64(field: str, value: Any) -> None:
    _text(field, value)
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise malformed(field) from None


def _flag(field: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise malformed(field)


def _quality(field: str, value: Any) -> None:
    if value not in _QUALITIES:
        raise malformed(field)


def _format(field: str, value: Any) -> None:
    if value not in {"pdf", "tiff"}:
        raise malformed(field)


def _threshold(field: str, value: Any) -> None:
    if type(value) is not int or not 0 < value <= 100:  # noqa: PLR2004 - a percentage
        raise malformed(field)


def _display_name(field: str, value: Any) -> None:
    if not isinstance(value, str) or not _DISPLAY_NAME.fullmatch(value):
        raise malformed(field)


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "connection_id": _text,
    "from": _number,
    "to": _number,
    "media_url": _url,
    "media_name": _text,
    "client_state": _base64,
    "webhook_url": _url,
    "quality": _quality,
    "preview_format": _format,
    "black_threshold": _threshold,
    "from_display_name": _display_name,
    **dict.fromkeys(_FLAGS, _flag),
}


def read_id(text: str) -> str:
    """Check the id of a fax.

    Raises:
        TelnyxError: it is none.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise TelnyxError(422, "10006") from None


def select(query: Mapping[str, str], faxes: list[SentFax]) -> JSON:
    """Answer a request for a list, newest first.

    Raises:
        TelnyxError: a parameter is not known, or has a wrong form.
    """
    found = sorted(faxes, key=lambda fax: fax.created_at, reverse=True)
    number, size = 1, _USUAL_IN_A_PAGE
    for name, value in query.items():
        if name in {"page[number]", "page[size]"}:
            if not re.fullmatch(r"[1-9][0-9]{0,4}", value, re.ASCII):
                raise TelnyxError(400)
            number, size = (int(value), size) if name == "page[number]" else (number, int(value))
        else:
            test = _filter(name, value)
            found = [fax for fax in found if test(fax)]
    if size > _MOST_IN_A_PAGE:
        raise TelnyxError(400)
    page = found[(number - 1) * size : number * size]
    return {
        "data": [fax.shown() for fax in page],
        "meta": {
            "total_pages": -(-len(found) // size),
            "total_results": len(found),
            "page_number": number,
            "page_size": size,
        },
    }


def _filter(name: str, value: str) -> Callable[[SentFax], bool]:
    """Return the test that a parameter asks for."""
    parts = re.fullmatch(r"filter\[(created_at|direction|from|to)\]\[(gte|gt|lte|lt|eq)\]", name)
    if parts is None or (parts[2] != "eq" and parts[1] != "created_at"):
        raise TelnyxError(400)
    if parts[1] == "direction":
        if value not in {"inbound", "outbound"}:
            raise TelnyxError(400)
        return lambda _fax: value == "outbound"
    if parts[1] == "created_at":
        compare, at = _COMPARISONS[parts[2]], _instant(value)
        return lambda fax: bool(compare(fax.created_at, at))
    if not is_e164(value):
        raise TelnyxError(422, "10016")
    return lambda fax: value == (fax.to if parts[1] == "to" else fax.from_number)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise TelnyxError(400) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
