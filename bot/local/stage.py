"""What a demo adds to the workspace's page: an example account, where the clock may go, and scenarios."""

import asyncio
import math
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import phonenumbers

from bot.base.clock import Clock
from bot.base.database import Pool, queries
from bot.base.tasks import Inflight
from bot.engine.cases import number
from bot.local import history
from bot.local.acting import NotSo, World
from bot.local.fax_service import FaxService
from bot.local.jumps import jumps
from bot.local.scenarios import PLAYS
from bot.local.supervisor import Supervisor
from bot.local.workspace import Trial, Workspace
from bot.local.workspace.page import Jump, Scenario
from bot.mail import metrics, restrictions
from bot.mail.crossings import RESTRICT
from bot.mail.restrictions import Candidate
from bot.slack.outage import DATABASE_AWAY

SQL = queries("local")
_LOOK_SECONDS = 1.0
_PATIENCE = 150.0
"""Seconds of machine time after which a scenario is given up."""


class DemoStage:
    """The stage of one demo (the page's ``Stage``): plays one scenario at a time."""

    def __init__(
        self, pool: Pool, clock: Clock, trial: Trial, faxes: FaxService, report: Callable[[str], None]
    ) -> None:
        """Ask through ``pool``, at the time of ``clock``; scenarios can be played after :meth:`join`.

        Args:
            pool: as the owner of Faxi's tables.
            clock: the trial's business time.
            trial: what else there is to settle when a scenario moves it.
            faxes: where faxes go.
            report: told of a scenario that failed by a fault of ours.
        """
        self.scenarios: Sequence[Scenario] = [play.scenario for play in PLAYS.values()]
        self.running: str | None = None
        self.said = ""
        self.newest_case = number(1)
        self._pool = pool
        self._clock = clock
        self._trial = trial
        self._faxes = faxes
        self._report = report
        self._world: World | None = None
        self._playing = Inflight()
        self._example: tuple[UUID, str] | None = None
        self._spared: list[UUID] = []
        self._looked = -math.inf

    def join(self, workspace: Workspace, supervisor: Supervisor) -> None:
        """Let scenarios act in this workspace, on these processes."""
        self._world = World(
            workspace.slack, self._trial, self._pool, supervisor, self._faxes, self._say, lambda: self._spared
        )

    def _say(self, words: str) -> None:
        self.said = words
        if self._world is not None:
            self._world.slack.state.changes += 1

    def jumps(self) -> Sequence[Jump]:
        """Return where the clock may be moved from now, by the team's calendar."""
        return jumps(self._clock.now())

    async def example(self) -> str:
        """Return the number, as one dials it in Japan, of an account that may be restricted for its complaints.

        It is looked for at most once a second; while the database is away the last one stays.
        """
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            with suppress(*DATABASE_AWAY):
                async with asyncio.timeout(3):
                    self._example = await self._find()
                    self.newest_case = number(await self._pool.fetchval(SQL["newest_case"]) or 1)
        return _as_dialled(self._example[1]) if self._example else ""

    async def _find(self) -> tuple[UUID, str] | None:
        now, last = self._clock.now(), self._example
        if last is not None and await self._may_be_restricted(last[0], now):
            return last
        numbers = [story.number for story in history.STORIES]
        rows = await self._pool.fetch(SQL["complained_accounts"], now - metrics.WINDOW, now, numbers)
        self._spared = [row["id"] for row in rows]
        for row in rows:
            if await self._may_be_restricted(row["id"], now):
                return row["id"], row["phone_number"]
        return (rows[0]["id"], rows[0]["phone_number"]) if rows else None

    async def _may_be_restricted(self, user_id: UUID, now: datetime) -> bool:
        async with self._pool.acquire() as connection:
            found = await restrictions.look(connection, user_id, now)
        return isinstance(found, Candidate) and found.facts.complaints >= RESTRICT

    def start(self, name: str) -> str:
        """Begin a scenario; return a sentence that says so, or why it cannot begin."""
        if name not in PLAYS:
            return f"There is no scenario {name[:40]!r}. Scenarios: {', '.join(PLAYS)}."
        if self.running is not None:
            return f"“{PLAYS[self.running].scenario.title}” is still being played: wait until it has ended."
        if self._world is None:
            return "The bot is still starting: press again in a moment."
        self.running = name
        self._playing.spawn(self._play(name, self._world), f"scenario {name}")
        return f"“{PLAYS[name].scenario.title}” has begun."

    async def _play(self, name: str, world: World) -> None:
        """Play a scenario to its end, and say how it ended, whatever happens."""
        try:
            async with asyncio.timeout(_PATIENCE):
                said = await PLAYS[name].act(world)
        except NotSo as error:
            said = f"This did not come to its end: {error}."
        except TimeoutError:
            said = f"This was given up after {_PATIENCE:.0f} s; all was put back."
        except Exception as error:  # noqa: BLE001 - whatever it is, the demo goes on
            self._report("".join(traceback.format_exception(error)))
            said = f"This did not come to its end: {type(error).__name__}: {error}"
        finally:
            self.running = None
        self._say(said)

    async def close(self) -> None:
        """End what is being played, and put back what it switched."""
        await self._playing.drain(0)


def _as_dialled(number: str) -> str:
    """Return a number as one dials it in Japan, or as it is when that cannot be told."""
    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
