"""AWS's signature, version 4, as the service checks it: in the header, or in the query of a link.

The rules are those of AWS's "Signature Version 4 signing process"; the codes are S3's.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from .errors import AwsError

SKEW = 900.0
"""Seconds by which the date of a request may differ from machine time."""

_ALGORITHM = "AWS4-HMAC-SHA256"
_LONGEST_LIFE = 604_800
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_UNSIGNED = "UNSIGNED-PAYLOAD"
_IN_LINK = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire."""

    method: str
    raw_path: str
    """The path as it was sent, still encoded."""
    query: tuple[tuple[str, str], ...]
    """The query, decoded, in pairs: a name may come twice."""
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes

    @property
    def is_link(self) -> bool:
        """Whether the signature lies in the query."""
        return any(name == "X-Amz-Signature" for name, _ in self.query)

    def one(self, name: str) -> str | None:
        """Return a parameter of the query."""
        return next((value for known, value in self.query if known == name), None)


@dataclass(frozen=True)
class Scope:
    """For whom, when and where a signature is good."""

    key_id: str
    day: str
    region: str
    service: str

    def __str__(self) -> str:
        """Return it as it is signed."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def pairs(raw_query: str) -> tuple[tuple[str, str], ...]:
    """Read a raw query; a plus is a plus, as AWS has it."""
    parts = (part.partition("=") for part in raw_query.split("&") if part)
    return tuple((unquote(name), unquote(value)) for name, _, value in parts)


def scope_of(asked: Asked) -> Scope:
    """Read the scope in which a request says that it is signed.

    Raises:
        AwsError: it is not signed, or in a way that is not taken.
    """
    authorization = asked.headers.get("authorization")
    if asked.is_link:
        if authorization is not None:
            raise AwsError("InvalidArgument", 400, "Only one auth mechanism allowed.")
        credential = asked.one("X-Amz-Credential") or ""
    elif authorization is None:
        if asked.one("Signature") is not None:
            raise AwsError("InvalidRequest", 400, f"The authorization mechanism is not supported: use {_ALGORITHM}.")
        raise AwsError("AccessDenied", 403, "Access Denied")
    else:
        found = _AUTHORIZATION.fullmatch(authorization)
        if not found:
            raise AwsError("AuthorizationHeaderMalformed", 400, "The authorization header is malformed.")
        credential = found["credential"]
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":  # noqa: PLR2004 - key, day, region, service and this
        raise _malformed(asked, "the credential is not KEY/DAY/REGION/SERVICE/aws4_request")
    return Scope(*parts[:4])


def verify(asked: Asked, scope: Scope, *, secrets: Mapping[str, str], region: str, now: float) -> None:
    """Check the whole signature of a request.

    Args:
        asked: the request.
        scope: what :func:`scope_of` read.
        secrets: the secret of each access key.
        region: where this service is.
        now: machine time, seconds since 1970.

    Raises:
        AwsError: why it is refused.
    """
    if scope.key_id not in secrets:
        raise AwsError("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")
    if scope.region != region:
        raise _malformed(asked, f"the region '{scope.region}' is wrong; expecting '{region}'", {"Region": region})
    token = asked.headers.get("x-amz-security-token") or asked.one("X-Amz-Security-Token")
    if token is not None:
        raise AwsError("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
    if asked.is_link:
        stamp, names, given = _read_link(asked, now)
        payload = _UNSIGNED
    else:
        stamp, names, given = _read_headers(asked, now)
        payload = asked.headers["x-amz-content-sha256"]
    if scope.day != stamp[:8]:
        raise _malformed(asked, f"the day '{scope.day}' is not that of the request's date")
    unsigned = [name for name in asked.headers if name.startswith("x-amz-") and name not in names]
    if "host" not in names or unsigned:
        raise AwsError("AccessDenied", 403, "There were headers present in the request which were not signed")
    canonical = _canonical(asked, names, payload)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    signed = _signature(secrets[scope.key_id], scope, f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashed}")
    if not hmac.compare_digest(signed, given):
        raise AwsError(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided.",
        )
    if not asked.is_link and payload != _UNSIGNED and payload != hashlib.sha256(asked.body).hexdigest():
        raise AwsError(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


def _read_headers(asked: Asked, now: float) -> tuple[str, list[str], str]:
    """Return date, names of signed headers and signature of a request that is signed in its header."""
    found = _AUTHORIZATION.fullmatch(asked.headers["authorization"])
    if not found:  # scope_of has read it
        raise _malformed(asked, "it cannot be read")
    stamp = asked.headers.get("x-amz-date", "")
    at = _seconds(stamp)
    if at is None:
        raise AwsError("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header")
    if abs(now - at) > SKEW:
        raise AwsError(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        )
    payload = asked.headers.get("x-amz-content-sha256")
    if payload is None:
        raise AwsError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256")
    if payload.startswith("STREAMING-"):
        raise AwsError("NotImplemented", 501, "A body that is signed in chunks is not read here.")
    return stamp, found["headers"].split(";"), found["signature"]


def _read_link(asked: Asked, now: float) -> tuple[str, list[str], str]:
    """Return date, names of signed headers and signature of a link."""
    given = {name: asked.one(f"X-Amz-{name}") for name in _IN_LINK}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise _malformed(asked, f"X-Amz-{missing[0]} is missing")
    stamp, life = given["Date"] or "", given["Expires"] or ""
    at = _seconds(stamp)
    if given["Algorithm"] != _ALGORITHM or at is None or not re.fullmatch(r"[0-9]{1,6}", life, re.ASCII):
        raise _malformed(asked, "X-Amz-Algorithm, X-Amz-Date or X-Amz-Expires has a wrong form")
    if not 0 < int(life) <= _LONGEST_LIFE:
        raise _malformed(asked, f"X-Amz-Expires must be at least 1 and at most {_LONGEST_LIFE}")
    if at > now + SKEW:
        raise AwsError("AccessDenied", 403, "Request is not yet valid")
    if now > at + int(life):
        raise AwsError("AccessDenied", 403, "Request has expired", {"X-Amz-Expires": life})
    return stamp, (given["SignedHeaders"] or "").split(";"), given["Signature"] or ""


def _canonical(asked: Asked, names: list[str], payload: str) -> str:
    """Return the canonical request. S3's path is taken as it was sent; other services' is quoted once more."""
    query = sorted((_quoted(name), _quoted(value)) for name, value in asked.query if name != "X-Amz-Signature")
    headers = [f"{name}:{' '.join(asked.headers.get(name, '').split())}\n" for name in names]
    return "\n".join(
        (asked.method, asked.raw_path, "&".join("=".join(pair) for pair in query), "".join(headers), ";".join(names))
    ) + (f"\n{payload}")


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _signature(secret: str, scope: Scope, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request", text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def _seconds(stamp: str) -> float | None:
    """Read a date such as ``20261124T131516Z``, to seconds since 1970."""
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _malformed(asked: Asked, what: str, more: dict[str, str] | None = None) -> AwsError:
    if asked.is_link:
        return AwsError("AuthorizationQueryParametersError", 400, f"Error parsing the query: {what}", more)
    return AwsError("AuthorizationHeaderMalformed", 400, f"The authorization header is malformed; {what}", more)
