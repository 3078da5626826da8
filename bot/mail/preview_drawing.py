"""Draws the pages of a fax for whoever decides, uploads them to Slack, and deletes them: effects that may be repeated.

Each page's id is written down before Slack gets the page, so that every page is deleted in the end,
also when the request ends, or the process dies, while pages are drawn.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Pool, queries
from bot.engine import effects
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.mail import previews
from bot.mail.fax_sending import Line
from bot.mail.previews import Sample
from bot.paper.notices import PressError
from bot.slack import files
from bot.slack.client import Refused, SlackCallError

SQL = queries("previews")
log = structlog.get_logger(__name__)

TRIES: Final = 8
"""How often drawing is tried, in about four minutes; then whoever decides reads the words."""


class _NotWantedError(Exception):
    """The request ended while its pages were drawn."""


class Previewer:
    """Draws pages and uploads them; the handler of the effects of kind ``preview``."""

    def __init__(
        self, pool: Pool, team: Team, clock: Clock, client: AsyncWebClient, line: Line, *, pace: float = 1.0
    ) -> None:
        """Draw as what is sent is printed.

        Args:
            pool: the bot's.
            team: whom the bot works for.
            clock: business time.
            client: Slack.
            line: the way by which faxes go out; its press draws the pages.
            pace: how many times quicker than usual it is tried again (``FAXI_PACE``).
        """
        self._pool = pool
        self._team = team
        self._clock = clock
        self._client = client
        self._line = line
        self._pace = pace

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """Draw the pages and upload them; what does not succeed is tried again, a few times."""
        if effect.state != "waiting":
            return
        if effect.attempts >= TRIES:
            await self._give_up(effect.id, effect.error or "tried too often")
            return
        shown = await self._begin(effect.id)
        if shown is None:
            return
        notice = shown.notice(self._line.support, self._clock.now().astimezone(self._team.zone).date())
        uploaded: list[str] = []
        try:
            pages = await asyncio.to_thread(self._line.press.preview, notice)
            for number, png in enumerate(pages, start=1):
                words = previews.alt(notice, number, len(pages))
                announced = partial(self._announced, effect.id, uploaded)
                await files.upload(self._client, f"fax-page-{number}.png", png, words, announced=announced)
        except _NotWantedError:
            await self._finish(effect.id, uploaded)
        except (PressError, Refused) as error:
            log.warning("no picture of a fax: its words are shown", effect=str(effect.id), error=str(error))
            await self._give_up(effect.id, str(error))
        except SlackCallError as error:
            await effects.later(self._pool, effect, error, pace=self._pace, at_least=error.retry_after)
        else:
            await self._finish(effect.id, uploaded)

    async def _begin(self, effect_id: UUID) -> Sample | None:
        """Return what is to be drawn; pages that an earlier try may have left with Slack are deleted."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["held"], effect_id)
            if row is None:
                await effects.move(connection, effect_id, ["waiting"], "cancelled", now=now)
                return None
            await previews.delete_later(connection, row["files"] or (), now)
            await connection.execute(SQL["begun"], effect_id)
        return Sample(row["kind"], row["language"], row["facts"])

    async def _announced(self, effect_id: UUID, uploaded: list[str], page: str) -> None:
        async with self._pool.acquire() as connection:
            known = await connection.fetchval(SQL["announced"], effect_id, page)
        if known is None:
            raise _NotWantedError
        uploaded.append(page)

    async def _finish(self, effect_id: UUID, uploaded: Sequence[str]) -> None:
        """Note that the pages are there, unless somebody ended the request, or another process drew them, meanwhile."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["held"], effect_id)
            ours = row is not None and list(row["files"] or ()) == list(uploaded)
            if not ours or not await effects.move(connection, effect_id, ["waiting"], "done", now=now):
                await previews.delete_later(connection, uploaded, now)

    async def _give_up(self, effect_id: UUID, why: str) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["held"], effect_id)
            if await effects.move(connection, effect_id, ["waiting"], "failed", now=now, error=why[:200]) and row:
                await previews.delete_later(connection, row["files"] or (), now)
                await connection.execute(SQL["begun"], effect_id)


class Eraser:
    """Deletes pages; the handler of the effects of kind ``preview.delete``."""

    def __init__(self, pool: Pool, clock: Clock, client: AsyncWebClient, *, pace: float = 1.0) -> None:
        """Delete with this client; ``pace`` as for :class:`Previewer`."""
        self._pool = pool
        self._clock = clock
        self._client = client
        self._pace = pace

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """Delete one page, for as long as Slack is away; one that is gone already is deleted."""
        if effect.state != "waiting":
            return
        page = previews.page_of(effect)
        state: effects.State = "done"
        try:
            await files.delete(self._client, page)
        except SlackCallError as error:
            if not isinstance(error, Refused) or effect.attempts < TRIES:
                await effects.later(self._pool, effect, error, pace=self._pace, at_least=error.retry_after)
                return
            log.exception("a picture of a fax stays with Slack", file=page)
            state = "failed"
        async with self._pool.acquire() as connection:
            await effects.move(connection, effect.id, ["waiting"], state, now=self._clock.now(), error=effect.error)
