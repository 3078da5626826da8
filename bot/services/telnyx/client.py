"""The three calls of Telnyx's fax interface.

Telnyx has no key against sending twice: a fax is asked for once, by one POST that is never
repeated, here or below. When its answer is lost, the fax is looked for by the id that it carries.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import aiohttp

from bot.base.telephone import is_e164

from . import answers
from .answers import AnswerLost, Fax, NotSent, TelnyxAway, TelnyxRefused

TIMEOUT: Final = 15.0
"""Seconds for one call as a whole."""

_CONNECT_TIMEOUT = 5.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_LONGEST_LINK = 2000
_PAGE_SIZE = 100
_MOST_PAGES = 200
_EARLIER = timedelta(hours=1)
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


def open_session() -> aiohttp.ClientSession:
    """Open the HTTP session for Telnyx; the caller closes it.

    It keeps no connection for the next call: one that the other side has just closed would look like an answer lost.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=TIMEOUT, connect=_CONNECT_TIMEOUT),
    )


class Telnyx:
    """Telnyx's fax interface, for one connection and one number of ours."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        api_key: str,
        connection_id: str,
        from_number: str,
        webhook_url: str | None,
    ) -> None:
        """Hold what every call needs.

        Args:
            session: from :func:`open_session`.
            api_url: where the interface is, such as ``https://api.telnyx.com/v2``.
            api_key: the secret key of the account.
            connection_id: the fax application, or connection, that sends.
            from_number: our own fax number, E.164.
            webhook_url: where Telnyx tells what becomes of a fax; ``None`` for nowhere.
        """
        self._session = session
        self._url = api_url.rstrip("/")
        self._key = api_key
        self._connection_id = connection_id
        self._from = from_number
        self._webhook_url = webhook_url

    def __repr__(self) -> str:
        """Name the address and no secret."""
        return f"Telnyx({self._url!r})"

    async def send(self, *, to: str, media_url: str, effect: UUID) -> Fax:
        """Ask for one fax, by one request.

        Args:
            to: the number, E.164.
            media_url: where Telnyx fetches the pages.
            effect: our id, by which :meth:`find` knows the fax again.

        Raises:
            NotSent: nothing was sent; it may be tried later.
            TelnyxRefused: nothing was sent, and a retry alone does not help.
            AnswerLost: it may have been sent.
        """
        if not is_e164(to):
            raise TelnyxRefused(f"The fax was not sent: {answers.SENTENCES['10016']}", "10016")
        if len(media_url) > _LONGEST_LINK:
            raise TelnyxRefused(f"The fax was not sent: {answers.SENTENCES['10003']}", "10003")
        wanted = {
            "connection_id": self._connection_id,
            "from": self._from,
            "to": to,
            "media_url": media_url,
            "quality": "high",  # 204 x 196: twice as many lines as the plain one
            "client_state": _state(effect),
        }
        if self._webhook_url is not None:
            wanted["webhook_url"] = self._webhook_url
        try:
            answer = await self._request("POST", "/faxes", body=wanted)
        except _NEVER_SENT as error:
            raise NotSent(f"Telnyx cannot be reached ({type(error).__name__})") from None
        except _BROKEN as error:
            raise AnswerLost(f"Telnyx gave no answer ({type(error).__name__})") from None
        return answers.sent(*answer)

    async def find(self, *, to: str, effect: UUID, since: datetime) -> Fax | None:
        """Look for the fax that carries our id, among all that were sent to a number.

        A fax may appear there a little after it was accepted, so ``None`` once proves nothing.

        Args:
            to: the number that it was sent to, E.164.
            effect: our id, as :meth:`send` was given it.
            since: when sending began; one hour before it is looked at too, because clocks differ.

        Raises:
            TelnyxAway: no answer, or not a whole one.
            TelnyxRefused: Telnyx does not let us ask.
        """
        wanted = _state(effect)
        for number in range(1, _MOST_PAGES + 1):
            page = await self._ask(
                "/faxes",
                {
                    "filter[to][eq]": to,
                    "filter[created_at][gte]": f"{(since - _EARLIER).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "filter[direction][eq]": "outbound",
                    "page[number]": str(number),
                    "page[size]": str(_PAGE_SIZE),
                },
            )
            try:
                items, pages = list(page["data"]), int(page["meta"]["total_pages"])
                for item in items:
                    if item.get("client_state") == wanted:
                        return answers.fax(item)
            except (LookupError, TypeError, ValueError, AttributeError):
                raise TelnyxAway("Telnyx gave an answer that is no list of faxes") from None
            if not items or number >= pages:
                return None
        raise TelnyxAway(f"Telnyx's list has more than {_MOST_PAGES} pages")

    async def status(self, fax_id: str) -> Fax | None:
        """Ask what became of a fax; ``None`` when Telnyx does not know it.

        Raises:
            TelnyxAway: no answer; it may be asked again.
            TelnyxRefused: Telnyx does not let us ask.
        """
        try:
            answer = await self._ask(f"/faxes/{quote(fax_id, safe='')}", {})
            return answers.fax(answer["data"])
        except answers.Missing:
            return None
        except (LookupError, TypeError, ValueError, AttributeError):
            raise TelnyxAway("Telnyx gave an answer that is no fax") from None

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = await self._request("GET", path, parameters=parameters)
        except _BROKEN as error:
            raise TelnyxAway(f"Telnyx gave no answer ({type(error).__name__})") from None
        return answers.told(*answer)

    async def _request(
        self, method: str, path: str, *, parameters: Mapping[str, str] | None = None, body: Any = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Make one request and read its answer, up to a limit: status, headers, content."""
        async with self._session.request(
            method,
            self._url + path,
            params=parameters,
            json=body,
            headers={"Authorization": f"Bearer {self._key}", "Accept": "application/json"},
            allow_redirects=False,  # a 307 would post again
            timeout=aiohttp.ClientTimeout(total=TIMEOUT, connect=_CONNECT_TIMEOUT),
        ) as response:
            content = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > _LARGEST_ANSWER:
                    raise aiohttp.ClientPayloadError("the answer is too large")
            return response.status, response.headers, bytes(content)


def _state(effect: UUID) -> str:
    return base64.b64encode(str(effect).encode()).decode()


def effect_of(client_state: str | None) -> UUID | None:
    """Return our id that a fax carries, or ``None`` when it carries none of ours."""
    try:
        return UUID(base64.b64decode(client_state or "", validate=True).decode("ascii"))
    except ValueError:  # also what is no base64 and no ASCII
        return None
