"""What a running trial knows of its database: what is not settled, and when something is due."""

from datetime import datetime

import asyncpg

from bot.base.clock import Clock
from bot.base.database import Pool, queries
from bot.local import history

SQL = queries("local")


class DatabaseTrial:
    """Answers the workspace's questions from the database."""

    def __init__(self, pool: Pool, clock: Clock, database_url: str | None, *, lifelike: bool) -> None:
        """Ask through ``pool``, at the time of ``clock``.

        Args:
            pool: as the owner of Faxi's tables.
            clock: the trial's business time.
            database_url: what people may be told.
            lifelike: whether skipped time gets mail.
        """
        self._pool = pool
        self._clock = clock
        self.database_url = database_url
        self._lifelike = lifelike
        self._written_until: datetime | None = None

    async def waiting(self) -> list[str]:
        """Return what has yet to run or to be sent, in words; none when all is settled."""
        try:
            rows = await self._pool.fetch(SQL["waiting"], self._clock.now())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return [f"the database does not answer: {error}"]
        return [row[0] for row in rows]

    async def next_due(self, until: datetime) -> datetime | None:
        """Return the next instant until ``until`` at which something is due, None when there is none.

        That the bot looks at the mail every minute is not such an instant, but that it will have
        noticed something in mail that was written is.
        """
        now = self._clock.now()
        due: datetime | None = await self._pool.fetchval(SQL["next_due"], now, until)
        noticed: datetime | None = await self._pool.fetchval(SQL["next_noticed"], now, due or until)
        return noticed or due

    async def write_mail(self, start: datetime, end: datetime) -> None:
        """Write the mail of a skipped time, if this trial has any; what was written before is not written again."""
        start = max(start, self._written_until or start)
        if self._lifelike and start < end:
            async with self._pool.acquire() as connection, connection.transaction():
                await history.write_mail(connection, start, end)
            self._written_until = end
