"""Hides a whole number when its five minutes are over: an effect that may be repeated, with nothing private in it."""

from typing import Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Pool
from bot.engine import anchoring, effects, handles
from bot.engine.effects import Effect
from bot.mail import accounts, restrictions, reveals
from bot.mail.reveals import Reveal
from bot.slack.blocks import View
from bot.slack.client import Refused, SlackCallError, failures
from commands import reveals as reveal_commands

_GONE: Final = frozenset({"not_found", "view_not_found"})
"""Slack's words for a modal that nobody has open any more."""
_TRIES: Final = 8
_LONGEST_WAIT: Final = 60.0
log = structlog.get_logger(__name__)


class Hider:
    """Puts the masked number in the place of the whole one; the handler of the effects of kind ``account.hide``."""

    def __init__(self, pool: Pool, clock: Clock, client: AsyncWebClient, *, pace: float = 1.0) -> None:
        """Hide with this client.

        Args:
            pool: the bot's.
            clock: business time.
            client: Slack.
            pace: how many times quicker than usual it is tried again (``FAXI_PACE``).
        """
        self._pool = pool
        self._clock = clock
        self._client = client
        self._pace = pace

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """Hide one number, for as long as Slack is away; in a modal that was closed it is hidden already."""
        if effect.state != "waiting":
            return
        found = await self._shown(effect)
        if found is None:
            return
        shown, view = found
        try:
            with failures():
                await self._client.views_update(view_id=shown.view_id, view=view.payload())
        except SlackCallError as error:
            if isinstance(error, Refused) and error.error in _GONE:
                await self._end(effect, shown, "closed")
            elif isinstance(error, Refused) and effect.attempts >= _TRIES:
                log.exception("a number stays in a modal until it is closed", effect=str(effect.id))
                await self._end(effect, shown, "failed")
            else:
                log.warning("a number is not hidden yet", effect=str(effect.id), error=str(error))
                await effects.later(
                    self._pool, effect, error, pace=self._pace, at_least=error.retry_after, longest=_LONGEST_WAIT
                )
        else:
            await self._end(effect, shown, "hidden")

    async def _shown(self, effect: Effect) -> tuple[Reveal, View] | None:
        """Return what is to be hidden and what stands in its place; ``None`` when it was hidden by hand."""
        async with self._pool.acquire() as connection:
            shown = await reveals.of_effect(connection, effect.subject)
            if shown is None or shown.hidden_at is not None:
                await effects.move(connection, effect.id, ["waiting"], "cancelled", now=self._clock.now())
                return None
            account = await accounts.load(connection, shown.subject)
            value = await handles.value_of(connection, restrictions.ACCOUNT, str(shown.subject), 1)
        return shown, reveal_commands.hidden(account, value, ended=True)

    async def _end(self, effect: Effect, shown: Reveal, result: str) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            if result == "failed":
                ended = await effects.move(connection, effect.id, ["waiting"], "failed", now=now, error=effect.error)
            else:
                ended = await reveals.hidden(connection, shown, now)
            if ended:
                await anchoring.record_own(
                    connection,
                    "account:hide",
                    result,
                    now,
                    interaction=f"effect:{effect.id}",
                    subject=shown.subject,
                )
