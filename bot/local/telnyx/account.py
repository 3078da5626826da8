"""What the stand-in knows of its account: the faxes that it accepted, and how they go on in business time."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp

from bot.base.clock import Clock

from .faxes import SentFax, read_kept
from .fetching import Unfit, fetch
from .hooks import Hooks
from .refusals import JSON, TelnyxError

FROM_NUMBER = "+81345670199"
MOST_AT_ONCE = 2000
_ORDER = ("queued", "media.processing", "media.processed", "originated", "sending", "delivered")
_TICK = 0.1


@dataclass
class Course:
    """How long after it was accepted a fax is where, in business time."""

    processed: timedelta = timedelta(seconds=2)
    sending: timedelta = timedelta(seconds=4)
    ended: timedelta = timedelta(seconds=12)


class Account:
    """The faxes of the account, oldest first."""

    def __init__(self, clock: Clock, session: aiohttp.ClientSession, hooks: Hooks, folder: Path | None) -> None:
        """Begin with what the folder holds, and go on with it."""
        self.course = Course()
        self._clock = clock
        self._session = session
        self._hooks = hooks
        self._folder = folder
        self._plan: deque[str | None] = deque()
        self._plans: dict[str, deque[str | None]] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._faxes = {fax.id: fax for fax in read_kept(folder)} if folder is not None else {}
        self._fetches: set[asyncio.Task[None]] = set()
        self._ticking = asyncio.create_task(self._tick())
        for fax in self._faxes.values():
            if fax.pdf is None and not fax.ended:
                self._begin_fetch(fax)

    def faxes(self) -> list[SentFax]:
        """Return all that was accepted, as of now."""
        self.settle()
        return list(self._faxes.values())

    def fax(self, fax_id: str) -> SentFax:
        """Return one, as of now.

        Raises:
            TelnyxError: there is no such fax.
        """
        self.settle()
        if fax_id not in self._faxes:
            raise TelnyxError(404)
        return self._faxes[fax_id]

    def plan(self, outcomes: tuple[str | None, ...], number: str | None) -> None:
        """Say what becomes of the next faxes that are accepted; one number's plan goes before that of all."""
        plan = self._plan if number is None else self._plans.setdefault(number, deque())
        plan.extend(outcomes)

    def forget(self, number: str) -> None:
        """Forget what was said of faxes to one number that were not accepted yet."""
        self._plans.pop(number, None)

    def decide(self, fax_id: str, status: str, reason: str | None) -> None:
        """Say what becomes of one fax, now; see ``LocalTelnyx.decide``."""
        fax = self._faxes[fax_id]
        if fax.ended or (status not in _ORDER and status != "failed"):
            raise ValueError(f"a fax that is {fax.status} does not become {status}")
        fax.held = True
        self._become(fax, status, self._clock.now(), reason)

    def accept(self, wanted: JSON) -> SentFax:
        """Take a fax, begin to fetch its pages, and return it.

        Raises:
            TelnyxError: there are too many at once.
        """
        self.settle()
        if sum(not fax.ended for fax in self._faxes.values()) >= MOST_AT_ONCE:
            raise TelnyxError(429)
        now = self._clock.now()
        fax = SentFax(
            id=str(uuid4()),
            to=wanted["to"],
            from_number=wanted["from"],
            connection_id=wanted["connection_id"],
            media_url=wanted["media_url"],
            created_at=now,
            updated_at=now,
            client_state=wanted.get("client_state"),
            webhook_url=wanted.get("webhook_url"),
            quality=wanted.get("quality", "normal"),
            outcome=self._outcome(wanted),
        )
        self._faxes[fax.id] = fax
        self._note(fax, now)
        self._begin_fetch(fax)
        return fax

    def _outcome(self, wanted: JSON) -> str | None:
        if wanted["from"] != FROM_NUMBER:
            return "unverified_origination_number"
        plan = self._plans.get(wanted["to"]) or self._plan
        return plan.popleft() if plan else None

    def settle(self) -> None:
        """Let all faxes go on to where they are now."""
        now = self._clock.now()
        for fax in self._faxes.values():
            if not fax.ended and not fax.held and fax.pdf is not None:
                self._go_on(fax, now)
        self._hooks.settle(now)

    def _go_on(self, fax: SentFax, now: datetime) -> None:
        last = "delivered" if fax.outcome is None else "failed"
        steps = (
            ("media.processed", self.course.processed),
            ("sending", self.course.sending),
            (last, self.course.ended),
        )
        for status, after in steps:
            at = fax.created_at + after
            if at <= now and (status == last or _ORDER.index(status) > _ORDER.index(fax.status)):
                self._become(fax, status, at, fax.outcome if status == "failed" else None)

    def _become(self, fax: SentFax, status: str, at: datetime, reason: str | None) -> None:
        fax.status, fax.failure_reason, fax.updated_at = status, reason, at
        self._note(fax, at)

    def _note(self, fax: SentFax, at: datetime) -> None:
        if self._folder is not None:
            fax.keep(self._folder)
        self._hooks.tell(fax, at)

    def _begin_fetch(self, fax: SentFax) -> None:
        task = asyncio.create_task(self._fetch(fax))
        self._fetches.add(task)
        task.add_done_callback(self._fetches.discard)

    async def _fetch(self, fax: SentFax) -> None:
        try:
            pdf, pages = await fetch(self._session, fax.media_url)
        except Unfit as error:
            if not fax.ended:
                self._become(fax, "failed", self._clock.now(), error.reason)
            return
        fax.pdf, fax.pages = pdf, pages
        if self._folder is not None:
            fax.keep(self._folder)
        self.settle()

    async def _tick(self) -> None:
        """Tell by webhook what business time brings, though nobody asks."""
        while True:
            self.settle()
            await asyncio.sleep(_TICK)

    async def quiet(self) -> None:
        """Wait until all pages that can be fetched were fetched, and all that can be told now was told."""
        while self._fetches:
            await asyncio.gather(*self._fetches)
        self.settle()
        await self._hooks.quiet()

    async def close(self) -> None:
        """Stop; what is being fetched stays unfetched."""
        tasks = [self._ticking, *self._fetches]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
