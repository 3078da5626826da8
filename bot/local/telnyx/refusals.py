"""How Telnyx says no: a status, and a code, a title and the field in JSON.

Which code goes with which status for faxes is not written anywhere: these are the usual ones of its interface.
"""

from typing import Any

from aiohttp import web

JSON = dict[str, Any]
TITLES = {
    "10003": "URL too long",
    "10004": "Missing required parameter",
    "10005": "Resource not found",
    "10006": "Invalid ID",
    "10009": "Authentication failed",
    "10011": "Too many requests",
    "10015": "Bad request",
    "10016": "Phone number must be in +E.164 format",
    "10017": "Unknown connection",
}
_OWN = {401: "10009", 404: "10005", 429: "10011", 400: "10015"}


class TelnyxError(Exception):
    """A refusal.

    Attributes:
        status: the HTTP status.
        code: Telnyx's number for it.
        pointer: the field, such as ``/to``; or none.
        headers: headers that go with it.
    """

    def __init__(
        self, status: int, code: str | None = None, pointer: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        """Keep what is answered."""
        self.status = status
        self.code = code or _OWN.get(status, "10007")
        self.pointer = pointer
        self.headers = headers or {}
        super().__init__(TITLES.get(self.code, "Internal error"))

    def answer(self) -> web.Response:
        """Give it its form."""
        title = str(self)
        error: JSON = {"code": self.code, "title": title, "detail": f"{title}."}
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return web.json_response({"errors": [error]}, status=self.status, headers=self.headers)


def missing(field: str) -> TelnyxError:
    """Say that a field is missing."""
    return TelnyxError(422, "10004", f"/{field}")


def malformed(field: str, code: str = "10015") -> TelnyxError:
    """Say that a field has a wrong form."""
    return TelnyxError(422, code, f"/{field}")
