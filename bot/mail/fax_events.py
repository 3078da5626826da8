"""``POST /telnyx/events``: what Telnyx tells of a fax by itself; it only makes quicker what asking finds out.

The signature is checked over the raw bytes before anything is read. Events may be doubled, late and
out of order: a fax only ever goes forward.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from bot.mail.fax_sending import FaxSender
from bot.services import telnyx

PATH: Final = "/telnyx/events"
_LARGEST = 256 * 1024
_SECONDS = 5.0
log = structlog.get_logger(__name__)


def receiver(sender: FaxSender, public_key: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make what answers Telnyx.

    Args:
        sender: notes what is told.
        public_key: the account's, base64 (``TELNYX_PUBLIC_KEY``).
    """

    async def receive(request: web.Request) -> web.StreamResponse:
        if (request.content_length or 0) > _LARGEST:
            return web.Response(status=413, text="The event is larger than 256 kB, so it was not read.\n")
        try:
            async with asyncio.timeout(_SECONDS):
                body = await request.read()
            event = telnyx.read_event(
                body,
                request.headers.get("telnyx-timestamp"),
                request.headers.get("telnyx-signature-ed25519"),
                public_key=public_key,
                now_unix=time.time(),
            )
        except (telnyx.BadSignature, telnyx.Stale) as error:
            log.warning("refused an event of Telnyx", reason=str(error))
            return web.Response(status=401, text="The event is not signed as Telnyx signs, so nothing was done.\n")
        except TimeoutError:
            return web.Response(status=408, text="The event did not arrive whole within 5 seconds.\n")
        try:
            if event is not None and not await sender.told(event):
                log.info("an event of Telnyx about no fax of ours", status=event.status)
        except Exception as error:  # noqa: BLE001 - Telnyx tells it again, and asking finds it out; no values in the log
            log.warning("an event of Telnyx was not noted", error=type(error).__name__)
            return web.Response(status=503, text="The event could not be noted now, please tell it again.\n")
        return web.Response(text="noted\n")

    return receive
