"""Faxes that were wanted, or went out, while faxes were set up, and they no longer are.

Nothing may wait for a service that nobody can reach: what was to go out, a person tells by telephone,
and of what went out nobody knows the end after a day.
"""

from datetime import timedelta
from typing import Final

from bot.base.clock import Clock
from bot.base.database import Pool
from bot.engine import effects
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.mail import fax_outcomes

REASON: Final = "not_set_up"
DAY: Final = timedelta(days=1)
_LOOK: Final = timedelta(minutes=15)  # the settings may be back soon, and then the fax is followed again


class NoFaxes:
    """The handler of the effects of kind ``fax`` while faxes are not set up."""

    def __init__(self, pool: Pool, team: Team, clock: Clock) -> None:
        """Work on this database, for this team, by business time."""
        self._pool = pool
        self._team = team
        self._clock = clock

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """End one fax that can go no further, or wait for the end of its day."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None or fax.effect.state != effect.state:
                return
            states: list[effects.State] = [effect.state]
            since = fax.accepted_at or fax.attempted_at or effect.created_at
            if effect.state == "waiting":
                if await effects.move(connection, effect.id, states, "failed", now=now, error=REASON):
                    await fax_outcomes.fail(connection, self._team, fax, REASON, now)
            elif now - since < DAY:
                await effects.move(connection, effect.id, states, effect.state, now=now, due_at=now + _LOOK)
            elif await effects.move(connection, effect.id, states, "unknown", now=now, error=REASON):
                await fax_outcomes.unknown(connection, self._team, fax, REASON, now)
