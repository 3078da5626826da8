"""What becomes of a fax that was asked for: looked for when its answer was lost, followed to its end, or told of.

Telnyx is asked for a fax whose answer was lost twice, a minute apart; when it is not there, nobody
knows, and a person decides. Asking alone finds out everything; what Telnyx tells makes it quicker.
"""

import re
from typing import Final
from uuid import UUID

import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.engine import cases, effects, outbox
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.mail import fax_outcomes, faxes
from bot.mail.fax_outcomes import Seen
from bot.services.telnyx import Event, Fax, Telnyx, TelnyxAway, TelnyxRefused, effect_of

log = structlog.get_logger(__name__)
ASKS: Final = 2
"""How often Telnyx is asked for a fax whose answer was lost, before a person decides."""
FIRST_ASK: Final = 10.0
"""Seconds of machine time from a lost answer until Telnyx is asked for the fax."""
AFTER_A_DEATH: Final = 35.0
"""The same after a process died: longer than a request of a process that only seemed dead can take."""
BETWEEN_ASKS: Final = 60.0
MOST_TROUBLES: Final = 17
"""How often something is tried: with :func:`bot.engine.effects.wait_after` for about three quarters of an hour."""
_CODE: Final = re.compile(r"[a-z_]{1,60}")


class Follower:
    """Finds out what became of faxes."""

    def __init__(
        self, pool: Pool, team: Team, clock: Clock, telnyx: Telnyx, from_number: str, *, pace: float = 1.0
    ) -> None:
        """Follow what goes out from ``from_number``; for the others see :class:`bot.mail.fax_sending.FaxSender`."""
        self._pool = pool
        self._team = team
        self._clock = clock
        self._telnyx = telnyx
        self._from_number = from_number
        self._pace = pace

    async def lost(self, effect_id: UUID, wait: float, reason: str) -> None:
        """Note that the answer to the one request was lost: in ``wait`` seconds Telnyx is asked for the fax."""
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            retry_in = wait / self._pace
            if fax is None or not await effects.move(
                connection,
                effect_id,
                ["attempting"],
                "asking",
                now=self._clock.now(),
                retry_in=retry_in,
                error=reason,
            ):
                return
            await outbox.raise_live(connection, cases.subject(fax.notice.case_id))
        log.warning("answer lost; Telnyx will be asked for the fax", effect=str(effect_id), reason=reason)

    async def ask(self, effect: Effect) -> None:
        """Ask Telnyx for a fax whose answer was lost; not there twice, nobody knows."""
        if effect.attempts >= MOST_TROUBLES:
            await self._unknown(effect.id, "asking", "not_asked")
            return
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            number = None if fax is None else await faxes.number_of(connection, fax.notice.subject)
        if fax is None or fax.effect.state != "asking":
            return
        if number is None:
            await self._unknown(effect.id, "asking", "gone")
            return
        since = fax.attempted_at or fax.effect.created_at
        try:
            found = await self._telnyx.find(to=number, effect=effect.id, since=since)
        except (TelnyxAway, TelnyxRefused) as error:
            # Not answered is not "not there": only an answer counts as asked.
            at_least = (error.retry_after or 0.0) if isinstance(error, TelnyxAway) else 0.0
            await effects.later(self._pool, effect, error, pace=self._pace, at_least=at_least / self._pace)
            return
        if found is not None:
            await self.seen(effect.id, found)
        elif effect.asked + 1 >= ASKS:
            await self._unknown(effect.id, "asking", "answer_lost")
        else:
            await self._ask_again(effect)

    async def _ask_again(self, effect: Effect) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            retry_in = BETWEEN_ASKS / self._pace
            await effects.move(
                connection,
                effect.id,
                ["asking"],
                "asking",
                now=self._clock.now(),
                retry_in=retry_in,
                error=effect.error,
                asked=1,
            )

    async def follow(self, effect: Effect) -> None:
        """Ask what became of a fax that Telnyx has; after a day nobody knows."""
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
        if fax is None or fax.telnyx_id is None or fax.accepted_at is None:
            return
        trouble: str | None = None
        try:
            found = await self._telnyx.status(fax.telnyx_id)
        except (TelnyxAway, TelnyxRefused) as error:
            found, trouble = None, str(error)
            log.warning("fax not followed", effect=str(effect.id), reason=trouble)
        if found is not None:
            await self.seen(effect.id, found)
        now = self._clock.now()
        look = fax_outcomes.next_look(fax.accepted_at, now)
        if look is None:
            await self._unknown(effect.id, "following", "no_end")
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await effects.move(connection, effect.id, ["following"], "following", now=now, due_at=look, error=trouble)

    async def _unknown(self, effect_id: UUID, state: effects.State, reason: str) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            if fax is None:
                return
            if await effects.move(connection, effect_id, [state], "unknown", now=now, error=reason):
                await fax_outcomes.unknown(connection, self._team, fax, reason, now)

    async def told(self, event: Event) -> bool:
        """Note what Telnyx tells of a fax by itself; say whether it is one of ours.

        A fax is known by Telnyx's id or, where its answer was lost, by the id that it carries.
        """
        async with self._pool.acquire() as connection:
            effect_id = await fax_outcomes.by_telnyx(connection, event.fax_id) or effect_of(event.client_state)
            if effect_id is None or not await _is_fax(connection, effect_id):
                return False
        await self.seen(effect_id, event)
        return True

    async def seen(self, effect_id: UUID, found: Fax | Event) -> None:
        """Note how far a fax has come, as Telnyx says it."""
        seen = Seen(
            id=found.id if isinstance(found, Fax) else found.fax_id,
            status=found.status,
            failure_reason=_code(found.failure_reason),
            pages=found.pages,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            if fax is not None:
                await fax_outcomes.progress(connection, self._team, fax, seen, self._from_number, self._clock.now())


async def _is_fax(connection: Connection, effect_id: UUID) -> bool:
    effect = await effects.load(connection, effect_id)
    return effect is not None and effect.kind == faxes.KIND


def _code(reason: str | None) -> str | None:
    """Return Telnyx's reason as it may be kept: it is one word; a sentence may name a number, or a person."""
    if reason is None:
        return None
    code = reason.strip().lower()
    return code if _CODE.fullmatch(code) else "unknown"
