"""What an answer of Telnyx's fax interface means: a fax, or which kind of failure."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_LONGEST_WAIT = 3600.0
_REDIRECT, _CLIENT, _NOT_FOUND, _TOO_MANY, _SERVER = 300, 400, 404, 429, 500
# Of something on the way that gave up, or of another request under way: ours may have arrived all the same.
_DOUBTFUL = frozenset({408, 409, 425, 499})
SENTENCES = {
    "10003": "an address is longer than Telnyx takes",
    "10004": "a required field is missing",
    "10005": "there is no such thing at Telnyx",
    "10006": "an id is not one of Telnyx's",
    "10009": "the key is not valid: correct TELNYX_API_KEY",
    "10010": "the key may not do this: allow it faxes in Telnyx's portal",
    "10015": "a field has a wrong form",
    "10016": "a number is not written as Telnyx wants it, like +81312345678",
    "10017": "there is no such connection: correct TELNYX_CONNECTION_ID",
}
_BY_STATUS = {401: "10009", 403: "10010"}


class _MayBeTriedLaterError(Exception):
    """What did not succeed now, and may later.

    Attributes:
        retry_after: seconds that Telnyx wants us to wait, when it says so.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Keep what happened and how long to wait."""
        super().__init__(reason)
        self.retry_after = retry_after


class NotSent(_MayBeTriedLaterError):
    """Certainly nothing was sent; it may be tried later."""


class TelnyxRefused(Exception):
    """Certainly nothing was sent, and trying again alone does not help; the message is a sentence without a secret.

    Attributes:
        code: Telnyx's number for it, such as ``10016``; ``None`` when it gave none.
    """

    def __init__(self, sentence: str, code: str | None = None) -> None:
        """Keep the sentence and Telnyx's number for it."""
        super().__init__(sentence)
        self.code = code


class AnswerLost(Exception):
    """The request may have arrived: whether a fax was made, only :meth:`Telnyx.find` can say."""


class TelnyxAway(_MayBeTriedLaterError):
    """A question got no answer; it may be asked again."""


@dataclass(frozen=True)
class Fax:
    """A fax as Telnyx knows it; the states are those of ``RANK``, or new ones of Telnyx's."""

    id: str
    status: str
    failure_reason: str | None
    client_state: str | None
    to: str = field(repr=False)
    created_at: datetime | None
    pages: int | None


class Missing(TelnyxRefused):
    """Telnyx does not know what was asked for."""


def sent(status: int, headers: Mapping[str, str], content: bytes) -> Fax:
    """Read the answer to a request for a fax.

    Raises:
        NotSent: nothing was sent; it may be tried later.
        TelnyxRefused: nothing was sent, and a retry alone does not help.
        AnswerLost: it may have been sent.
    """
    if status == _TOO_MANY:
        raise NotSent("Telnyx has too many requests of ours", wait(headers))
    if _CLIENT <= status < _SERVER and status not in _DOUBTFUL:
        raise refusal(status, content)
    if status >= _REDIRECT:
        raise AnswerLost(f"Telnyx gave an answer that says nothing (status {status})")
    try:
        return fax(json_object(content)["data"])
    except (LookupError, TypeError, ValueError, AttributeError):
        raise AnswerLost(f"Telnyx gave an answer that cannot be read (status {status})") from None


def told(status: int, headers: Mapping[str, str], content: bytes) -> Mapping[str, Any]:
    """Read the answer to a question.

    Raises:
        Missing: Telnyx does not know it.
        TelnyxRefused: Telnyx does not let us ask.
        TelnyxAway: it may be asked again.
    """
    if status == _TOO_MANY:
        raise TelnyxAway("Telnyx has too many requests of ours", wait(headers))
    if _CLIENT <= status < _SERVER and status not in _DOUBTFUL:
        raise refusal(status, content)
    if status >= _REDIRECT:
        raise TelnyxAway(f"Telnyx gave an answer that says nothing (status {status})")
    try:
        return json_object(content)
    except ValueError:
        raise TelnyxAway(f"Telnyx gave an answer that cannot be read (status {status})") from None


def refusal(status: int, content: bytes) -> TelnyxRefused:
    """Say what an error of status 4xx means; its text may repeat a number or a link, so only codes are read."""
    code = pointer = None
    try:
        error = json_object(content)["errors"][0]
        code = re.sub(r"[^0-9A-Za-z_]", "", str(error["code"]))[:20] or None
        pointer = error.get("source", {}).get("pointer")
    except (LookupError, TypeError, ValueError, AttributeError):
        pass  # not Telnyx's own answer, or without a reason
    reason = SENTENCES.get(code or _BY_STATUS.get(status, ""), f"status {status}")
    if isinstance(pointer, str) and re.fullmatch(r"/[a-z_]{1,40}", pointer, re.ASCII):
        reason += f" (field {pointer[1:]})"
    kind = Missing if status == _NOT_FOUND else TelnyxRefused
    return kind(f"Telnyx refuses: {reason}" + (f", code {code}" if code else ""), code)


def wait(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, in seconds; ``None`` when there is none that can be read."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else None


def json_object(content: bytes) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: it is none.
    """
    try:
        read = json.loads(content)
    except RecursionError:
        read = None
    if not isinstance(read, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one kind of failure for all that is no answer
    return read


def fax(item: Mapping[str, Any]) -> Fax:
    """Read a fax.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is none.
    """
    status, pages, created = str(item["status"]), item.get("page_count"), item.get("created_at")
    at = datetime.fromisoformat(created) if isinstance(created, str) and created else None
    if not isinstance(item["id"], str) or not item["id"]:
        raise ValueError("a fax without an id")
    return Fax(
        id=item["id"],
        status="sending" if status == "sending.started" else status,
        failure_reason=item.get("failure_reason") or None,
        client_state=item.get("client_state") or None,
        to=str(item.get("to", "")),
        created_at=at if at is None or at.tzinfo else at.replace(tzinfo=UTC),
        pages=pages if type(pages) is int and pages >= 0 else None,
    )
