"""The database is away: since when, and how many attempts were refused meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.base.tasks import Inflight
from bot.engine import anchoring

DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    TimeoutError,
    OSError,
)
"""What says that the database did not answer."""
LOOK = 1.0
"""Seconds of machine time between two looks whether it is back."""


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Open a transaction; when the server has gone silent, its connection is dropped.

    Giving it back in good order would keep the person waiting as long once more.
    """
    async with pool.acquire() as connection:
        try:
            async with connection.transaction():
                yield connection
        except TimeoutError:
            connection.terminate()
            raise


class Outage:
    """One process's view of the database being away."""

    def __init__(self, pool: Pool, clock: Clock, inflight: Inflight) -> None:
        """Begin with the database there."""
        self._pool = pool
        self._clock = clock
        self._inflight = inflight
        self._since: datetime | None = None
        self._refused = 0

    def refuse(self) -> datetime:
        """Count a refused attempt, and look from now on whether the database is back, to record it.

        Returns:
            since when (business time) the database is away.
        """
        self._refused += 1
        if self._since is None:
            self._since = self._clock.now()
            self._inflight.spawn(self._watch(), "outage of the database")
        return self._since

    async def _watch(self) -> None:
        while self._refused:
            await asyncio.sleep(LOOK)
            try:
                told = await self._record()
            except DATABASE_AWAY:
                continue
            self._refused -= told
        self._since = None

    async def _record(self) -> int:
        """Record the outage, as far as it went; return of how many attempts the record tells."""
        async with transaction(self._pool) as connection:
            told, since, now = self._refused, self._since, self._clock.now()
            parameters = {"from": since.isoformat() if since else None, "to": now.isoformat(), "refused": told}
            await anchoring.record_own(connection, "outage:database", "over", now, parameters=parameters)
        return told
