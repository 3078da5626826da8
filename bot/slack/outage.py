"""The database is away: since when, and how many attempts were refused meanwhile."""

from datetime import datetime

import asyncpg

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
"""What says that the database did not answer, so that nothing was changed."""


class Outage:
    """One process's view of the database being away."""

    def __init__(self) -> None:
        """Begin with the database there."""
        self._since: datetime | None = None
        self._refused = 0

    @property
    def lasts(self) -> bool:
        """Whether attempts were refused that no record tells of yet."""
        return self._since is not None

    def refuse(self, now: datetime) -> datetime:
        """Count a refused attempt; return since when (business time) the database is away."""
        self._since = self._since or now
        self._refused += 1
        return self._since

    def end(self) -> tuple[datetime, int] | None:
        """End the outage; return since when it lasted and how many attempts were refused."""
        if self._since is None:
            return None
        ended = (self._since, self._refused)
        self._since, self._refused = None, 0
        return ended

    def resume(self, since: datetime, refused: int) -> None:
        """Take back an :meth:`end` that could not be recorded."""
        self._since = min(since, self._since) if self._since else since
        self._refused += refused
