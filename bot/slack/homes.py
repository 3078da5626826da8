"""App Homes that were opened follow what they show: drawn anew when something was recorded, shown when it differs.

One replica at a time does this, the one that holds the sender's lease. A Home is shown at most once in a few
seconds, all together at most so often as Slack allows, and only for a day after its person opened it.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Connection, Pool, queries
from bot.engine.access import Membership, Person, RightsUnknown
from bot.engine.team import Team
from bot.slack.blocks import View
from bot.slack.clicks import Click
from bot.slack.client import Refused, SlackCallError, Throttled, failures
from bot.slack.interactions import Call
from bot.slack.outage import DATABASE_AWAY, transaction
from bot.slack.people import Directory

SQL = queries("homes")
log = structlog.get_logger(__name__)
OPENED: Final = "app_home_opened"
"""Slack's event when somebody opens their Home."""
REFRESH: Final = "home.refresh"
"""The button in a Home that draws it anew."""
FOLLOWED: Final = timedelta(hours=24)
"""For how long after it was opened (business time) a Home follows."""
GAP: Final = 3.0
"""Seconds of machine time between two showings of one Home."""
APART: Final = 0.75
"""Seconds between two showings of any: Slack takes about 100 views.publish a minute, and people's own come first."""
LOOK: Final = 0.5
"""Seconds of machine time between two looks."""
AGAIN: Final = timedelta(minutes=1)
"""Business time after which a Home is drawn anew though nothing was recorded: what is due, or late, is so by then."""

Draw = Callable[[Call], Awaitable[View]]


def digest(view: View) -> str:
    """Return what a Home shows as a hash, without its last line, which says as of when."""
    said = json.dumps(view.payload()["blocks"][:-1], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


async def opened(connection: Connection, person: str, view: View, now: datetime) -> None:
    """Note that somebody opened their Home and is shown this, so that it follows from now on."""
    await connection.execute(SQL["opened"], person, now, digest(view))


@dataclass(frozen=True)
class _Drawn:
    head: int
    at: datetime


class Homes:
    """Brings opened Homes up to date, while this process has the lease."""

    def __init__(
        self,
        pool: Pool,
        client: AsyncWebClient,
        directory: Directory,
        draw: Draw,
        team: Team,
        clock: Clock,
        *,
        pace: float = 1.0,
    ) -> None:
        """Follow with this client.

        Args:
            pool: the process's.
            client: Slack.
            directory: who is in which group.
            draw: draws one person's Home.
            team: whom the bot works for.
            clock: business time.
            pace: how many times quicker than usual they are shown (``FAXI_PACE``).
        """
        self._pool = pool
        self._client = client
        self._directory = directory
        self._draw = draw
        self._team = team
        self._clock = clock
        self._pace = pace
        self._drawn: dict[str, _Drawn] = {}
        self._looked = self._not_before = -1e9
        self._doubted = False
        self._task: asyncio.Task[None] | None = None

    def doubt(self) -> None:
        """Know no more what Homes show: the database was away, and whoever opened theirs was told so."""
        self._doubted = True

    def beat(self, epoch: int) -> None:
        """Look whether a Home is to be shown anew, unless a look is under way or was just made."""
        if time.monotonic() - self._looked < LOOK or (self._task is not None and not self._task.done()):
            return
        self._looked = time.monotonic()
        self._task = asyncio.create_task(self._look(epoch), name="homes")

    async def finish(self) -> None:
        """Wait for the look that is under way: the process is about to end."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _look(self, epoch: int) -> None:
        try:
            await self.follow(epoch)
        except DATABASE_AWAY:
            self.doubt()
        except Exception:
            log.exception("homes not followed")

    async def follow(self, epoch: int) -> int:
        """Draw the Homes for which something may have changed, and show those that did; return how many."""
        since = self._clock.now() - FOLLOWED
        async with self._pool.acquire() as connection:
            if self._doubted:
                await connection.execute(SQL["doubt"], since)
                self._doubted, self._drawn = False, {}
            head = int(await connection.fetchval(SQL["head"]))
            rows = await connection.fetch(SQL["recent"], since, GAP / self._pace)
        shown = 0
        for row in rows:
            last = self._drawn.get(row["person"])
            now = self._clock.now()
            if last is not None and last.head == head and now - last.at < AGAIN and row["shown"] is not None:
                continue
            try:
                membership = await self._directory.members()
                shown += await self._one(row, membership, head, epoch)
            except RightsUnknown:
                log.info("a home waits: Slack does not say who may what")
                break
        return shown

    async def _one(self, row: asyncpg.Record, membership: Membership, head: int, epoch: int) -> bool:
        """Draw one Home and show it where it differs; say whether it was shown."""
        person, now = str(row["person"]), self._clock.now()
        who = Person(id=person, name=row["name"], team=self._team.team_id)
        click = Click("event", OPENED, f"home:{person}", person, None, None, time.monotonic(), now, value="home")
        async with transaction(self._pool) as connection:
            view = await self._draw(Call(click, who, membership, connection, now, self._team))
        if digest(view) == row["shown"]:
            self._drawn[person] = _Drawn(head, now)
            return False
        if time.monotonic() < self._not_before:
            return False
        if (await self._directory.person(person)).outsider:
            await self._execute("forget", person)
            return False
        async with self._pool.acquire() as connection:
            if await connection.fetchval(SQL["attempt"], person, epoch) is None:
                return False
        self._not_before = time.monotonic() + APART / self._pace
        try:
            with failures():
                await self._client.views_publish(user_id=person, view=view.payload())
        except Throttled as slower:
            self._not_before = time.monotonic() + slower.retry_after
            return False
        except Refused as error:
            # Refused once, it would be refused each time; whoever opens it again has it followed again.
            log.warning("home refused", person=person, error=error.error)
            await self._execute("forget", person)
            return False
        except SlackCallError as error:
            log.info("home not shown yet", person=person, error=str(error))
            return False
        await self._execute("shown", person, digest(view))
        self._drawn[person] = _Drawn(head, now)
        return True

    async def _execute(self, name: str, *arguments: object) -> None:
        async with self._pool.acquire() as connection:
            await connection.execute(SQL[name], *arguments)
