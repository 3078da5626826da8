"""Fetches the pages of a fax as Telnyx does: by the link that came with it, without following it elsewhere."""

from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from .faxes import count_pages

LARGEST = 50 * 1024 * 1024
MOST_PAGES = 350
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Unfit(Exception):
    """The pages cannot be sent.

    Attributes:
        reason: Telnyx's word for it.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


async def fetch(session: aiohttp.ClientSession, url: str) -> tuple[bytes, int]:
    """Fetch a PDF; return it and the number of its pages.

    A link that leads off this machine is not followed: nothing of a trial leaves it.

    Raises:
        Unfit: there is none, it is no PDF, or it is too large.
    """
    if urlsplit(url).hostname not in _LOOPBACK:
        raise Unfit("file_download_failed")
    content = bytearray()
    try:
        # As it is: the signature is over the characters of the link.
        async with session.get(URL(url, encoded=True), allow_redirects=False, timeout=_TIMEOUT) as response:
            if not 200 <= response.status < 300:  # noqa: PLR2004 - a redirect is a failure, too
                raise Unfit("file_download_failed")
            async for chunk in response.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > LARGEST:
                    raise Unfit("file_size_limit_exceeded")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise Unfit("file_download_failed") from None
    pdf = bytes(content)
    pages = count_pages(pdf)
    if pages is None:
        raise Unfit("file_format_invalid")
    if pages > MOST_PAGES:
        raise Unfit("page_count_limit_exceeded")
    return pdf, pages
