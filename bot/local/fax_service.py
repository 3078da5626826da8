"""The outside of a trial's faxes: Telnyx and S3 on this machine, and what people may see and decide there."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bot.base.clock import Clock
from bot.base.masking import mask_number
from bot.local.aws import LocalAws
from bot.local.telnyx import LocalTelnyx
from bot.local.telnyx.faxes import SentFax
from bot.services import telnyx as meanings

_REFERENCE = re.compile(r"\bOPS-\d{4,}-F\d+\b")
_UNSEEN = dict.fromkeys((0x200B, 0x2060))
"""What says where Japanese may be broken; nobody sees it, and it would be read out."""
SUPPORT_PHONE = "0120-000-512"
SUPPORT_EMAIL = "support@faxi.example"


class FaxService:
    """Both endpoints, running; :meth:`start` makes one."""

    def __init__(self, aws: LocalAws, telnyx: LocalTelnyx, stack: AsyncExitStack) -> None:
        """Hold what :meth:`start` has made."""
        self.aws = aws
        self.telnyx = telnyx
        self._stack = stack
        self._texts: dict[str, list[str]] = {}
        self._pictures: dict[str, list[bytes]] = {}

    @classmethod
    async def start(cls, clock: Clock, folder: Path | None = None) -> "FaxService":
        """Start both on loopback.

        Args:
            clock: business time, by which faxes go on.
            folder: where faxes and their pages are kept; ``None`` for nowhere.
        """
        async with AsyncExitStack() as stack:
            aws = await LocalAws.start(folder=folder / "s3" if folder else None)
            stack.push_async_callback(aws.close)
            telnyx = await LocalTelnyx.start(clock=clock, folder=folder / "telnyx" if folder else None)
            stack.push_async_callback(telnyx.close)
            return cls(aws, telnyx, stack.pop_all())
        raise AssertionError

    def environment(self) -> dict[str, str]:
        """Return the settings by which a bot sends its faxes here."""
        return {
            **self.aws.environment(),
            **self.telnyx.environment(),
            "SUPPORT_PHONE": SUPPORT_PHONE,
            "SUPPORT_EMAIL": SUPPORT_EMAIL,
        }

    def revision(self) -> str:
        """Return what changes whenever there is something new to see."""
        faxes = self.telnyx.faxes()
        newest = max((fax.updated_at for fax in faxes), default=None)
        ended, fetched = sum(fax.ended for fax in faxes), sum(fax.pdf is not None for fax in faxes)
        return f"{len(faxes)} {fetched} {ended} {newest}"

    def listed(self) -> list[dict[str, Any]]:
        """Return what Telnyx was sent, oldest first, each with its pages as text and as the address of a picture."""
        return [self._shown(fax) for fax in self.telnyx.faxes()]

    def _shown(self, fax: SentFax) -> dict[str, Any]:
        texts = self._texts.get(fax.id) or [text.translate(_UNSEEN) for text in fax.page_texts()]
        if texts:
            self._texts[fax.id] = texts
        found = _REFERENCE.search(" ".join(texts))
        return {
            "id": fax.id,
            "reference": found[0] if found else None,
            "to": fax.to,
            "to_masked": mask_number(fax.to),
            "status": fax.status,
            "ended": fax.ended,
            "reason": fax.failure_reason,
            "reason_words": meanings.words(fax.failure_reason) if fax.failure_reason else None,
            "created_at": fax.created_at.isoformat(),
            "updated_at": fax.updated_at.isoformat(),
            "client_state": fax.client_state,
            "media_key": fax.media_key,
            "pages": [
                {"text": text, "picture": f"/control/faxes/{fax.id}/{page}.png"} for page, text in enumerate(texts, 1)
            ],
        }

    def decide(self, fax_id: str, status: str, reason: str | None) -> dict[str, Any]:
        """Say what becomes of a fax.

        Raises:
            LookupError: there is no such fax.
            ValueError: it has ended, or there is no such state.
        """
        self.telnyx.decide(fax_id, status, reason)
        return next(one for one in self.listed() if one["id"] == fax_id)

    async def picture(self, fax_id: str, page: int) -> bytes:
        """Return the picture of a page, PNG.

        Raises:
            LookupError: there is no such fax or page.
        """
        if fax_id not in self._pictures:
            fax = next((one for one in self.telnyx.faxes() if one.id == fax_id and one.pdf is not None), None)
            if fax is None:
                raise LookupError(f"there is no fax {fax_id} with pages")
            self._pictures[fax_id] = await asyncio.to_thread(fax.page_pictures)
        if not 1 <= page <= len(self._pictures[fax_id]):
            raise LookupError(f"the fax has no page {page}")
        return self._pictures[fax_id][page - 1]

    async def close(self) -> None:
        """Stop both."""
        await self._stack.aclose()
