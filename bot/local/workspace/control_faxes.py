"""The control interface's calls about faxes: what the fax endpoint was sent, and what becomes of it."""

from typing import Protocol

from aiohttp import web

from .refusals import JSON, ControlError


class Faxes(Protocol):
    """The fax endpoint of a trial, as people and tests look at it."""

    def revision(self) -> str:
        """Return what changes whenever there is something new to see."""

    def listed(self) -> list[JSON]:
        """Return what was sent, oldest first, with its pages."""

    def decide(self, fax_id: str, status: str, reason: str | None) -> JSON:
        """Say what becomes of a fax; raises LookupError or ValueError."""

    async def picture(self, fax_id: str, page: int) -> bytes:
        """Return the picture of a page, PNG; raises LookupError."""


def listed(faxes: Faxes | None) -> list[JSON]:
    """Return what the fax endpoint was sent.

    Raises:
        ControlError: this workspace has no fax endpoint.
    """
    return _of(faxes).listed()


def decide(faxes: Faxes | None, given: JSON) -> JSON:
    """Say what becomes of a fax: ``id``, ``status`` and, for ``failed``, ``reason``.

    Raises:
        ControlError: the body or what it asks is not possible.
    """
    fax_id, status, reason = given.get("id"), given.get("status"), given.get("reason")
    if not isinstance(fax_id, str) or not isinstance(status, str) or not isinstance(reason, str | None):
        raise ControlError('Say which and what: {"id": "...", "status": "failed", "reason": "user_busy"}.')
    try:
        return _of(faxes).decide(fax_id, status, reason)
    except LookupError:
        raise ControlError(f"There is no fax {fax_id!r}.", 404) from None
    except ValueError as error:
        raise ControlError(f"{error}."[:1].upper() + f"{error}."[1:]) from None


async def picture(faxes: Faxes | None, request: web.Request) -> web.StreamResponse:
    """Answer with the picture of a page."""
    try:
        page = int(request.match_info["page"])
        content = await _of(faxes).picture(request.match_info["id"], page)
    except (LookupError, ValueError, ControlError):
        return web.Response(text="There is no such page.", status=404)
    return web.Response(body=content, content_type="image/png")


def _of(faxes: Faxes | None) -> Faxes:
    if faxes is None:
        raise ControlError("This workspace has no fax endpoint: the demo has one.", 404)
    return faxes
