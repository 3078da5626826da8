"""All that the status shows, gathered once for whoever asks at the same time, part by part.

A part whose figures do not come, or not in time, is unknown since then; what was last known of it
stays, with its time, for as long as the process lives. The other parts are shown all the same.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median_low
from typing import Final, Generic, Literal, TypeVar

import asyncpg
import structlog

from bot.base.database import Connection, queries
from bot.base.shared import Shared
from bot.duty import oncall
from bot.mail import attention
from bot.mail.crossings import FLAGGED, RESTRICT
from bot.mail.metrics.complaints import near_limits
from bot.mail.metrics.events import DAY
from bot.mail.metrics.status import MailFigures, mail_figures, window

SQL = queries("status")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
log = structlog.get_logger(__name__)
PATIENCE: Final = "1200ms"
"""How long one statement of a part may take."""
BUDGET: Final = 5.0
"""Seconds of machine time after which no further part is begun."""
KEPT: Final = 5.0
"""Seconds of machine time for which the figures are given again."""
STALE: Final = timedelta(seconds=30)
"""Business time after which figures are not given again, however short ago that was by the machine's clock."""
UNDELIVERED: Final = timedelta(hours=24)
"""For how long a message that Slack refused is spoken of."""
OVERDUE: Final = timedelta(minutes=2)
"""From when on what is due is late: the ticker looks several times a second."""
UNANCHORED: Final = timedelta(minutes=30)
"""From when on a record without an anchor is late: one comes every quarter of an hour."""
_WEEKS = 3
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
"""What says that the database is gone, and not only slow: then nothing can be shown."""

Why = Literal["slow", "broken"]


@dataclass(frozen=True)
class Part(Generic[T_co]):
    """One part of the status: what is known of it, as of when, and since when it is not known any more.

    Attributes:
        value: the newest that is known; ``None`` when it never was.
        at: business time of ``value``.
        unknown_since: when it first failed to come, if it does not come now.
        why: whether it takes too long, or cannot be read.
    """

    value: T_co | None = None
    at: datetime | None = None
    unknown_since: datetime | None = None
    why: Why | None = None

    @property
    def now(self) -> T_co | None:
        """What is known now; ``None`` while it is unknown."""
        return self.value if self.unknown_since is None else None


@dataclass(frozen=True)
class Mail:
    """The figures of mail; ``usual`` is what is sent on this day of other weeks, looked up only when nothing was."""

    figures: MailFigures
    usual: int | None


@dataclass(frozen=True)
class Accounts:
    """How many accounts have 3 complaints or more in 30 days, how many of them 5, and how many are restricted."""

    flagged: int
    at_limit: int
    unasked: int
    """Of those at the limit: for how many nobody has asked to restrict them."""
    unreviewed: int
    """Of those under it: how many nobody has reviewed or has in view."""
    restricted: int


@dataclass(frozen=True)
class Work:
    """What is open and in doubt, who is on call, and how the bot itself is."""

    duty: oncall.OnCall | None
    on_call: str | None
    """The name of whoever is on call."""
    cases: int
    waiting: int
    """Messages that are still to go to Slack, or to be brought up to date there."""
    undelivered: int
    """Messages that Slack refused for good in the last 24 hours."""
    in_doubt: int
    """Faxes of which nobody knows whether they went out."""
    overdue: int
    due_since: datetime | None
    led: bool
    """Whether some process sends and ticks: it holds the lease, which it must renew every few seconds."""
    record: int | None
    recorded_at: datetime | None
    anchor: int | None
    anchored_at: datetime | None
    unanchored_since: datetime | None

    def late(self, now: datetime) -> bool:
        """Say whether something that is due waits for too long."""
        return self.due_since is not None and now - self.due_since > OVERDUE

    def unanchored(self, now: datetime) -> bool:
        """Say whether records wait too long for their anchor."""
        return self.unanchored_since is not None and now - self.unanchored_since > UNANCHORED


@dataclass(frozen=True)
class Figures:
    """All that the status shows to everybody alike, as of ``at``."""

    at: datetime
    mail: Part[Mail] = Part()
    accounts: Part[Accounts] = Part()
    work: Part[Work] = Part()


class Status:
    """The status of one process: gathers it, and remembers what was known last."""

    def __init__(self, kept: float = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing known.

        Params:
            kept: seconds of machine time for which the figures are given again.
            clock: machine time.
        """
        self._shared: Shared[Figures] = Shared(kept, clock)
        self._clock = clock
        self.known: Figures | None = None
        """The newest figures of this process; from here they come while the database is away."""

    async def figures(self, connection: Connection, now: datetime) -> Figures:
        """Return the figures: those that another is computing or has just computed, else new ones.

        Params:
            connection: the asker's own, in a transaction.
            now: business time.

        Raises:
            asyncpg.PostgresError: the database is away.
        """
        found = await self._shared.get(lambda: self._gather(connection, now))
        return found if abs(now - found.at) <= STALE else await self._gather(connection, now)

    async def _gather(self, connection: Connection, now: datetime) -> Figures:
        before = self.known or Figures(now)
        end = self._clock() + BUDGET

        async def part(name: str, last: Part[T], look: Callable[[Connection, datetime], Awaitable[T]]) -> Part[T]:
            return await self._part(name, last, look, connection, now, end)

        patience = await _at_once(connection, connection.fetchval(SQL["patience"], PATIENCE))
        self.known = Figures(
            at=now,
            work=await part("work", before.work, work_now),
            mail=await part("mail", before.mail, _mail),
            accounts=await part("accounts", before.accounts, _accounts),
        )
        await _at_once(connection, connection.fetchval(SQL["patience"], patience))
        return self.known

    async def _part(
        self,
        name: str,
        last: Part[T],
        look: Callable[[Connection, datetime], Awaitable[T]],
        connection: Connection,
        now: datetime,
        end: float,
    ) -> Part[T]:
        why: Why = "slow"
        if self._clock() < end:
            try:
                async with connection.transaction():
                    value = await _at_once(connection, look(connection, now))
                return Part(value, now)
            except _AWAY:
                raise
            except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError):
                log.warning("part of the status takes too long", part=name)
            except asyncpg.PostgresError as error:
                why = "broken"
                log.warning("part of the status cannot be read", part=name, error=type(error).__name__)
        return replace(last, unknown_since=last.unknown_since or now, why=why)


async def _at_once(connection: Connection, look: Awaitable[T]) -> T:
    """Look; a server that has gone silent costs its connection."""
    try:
        return await look
    except TimeoutError:
        connection.terminate()  # to roll back in good order would take as long once more
        raise


async def _mail(connection: Connection, now: datetime) -> Mail:
    figures = await mail_figures(connection, now)
    return Mail(figures, None if figures.today.sent else await _usual(connection, now))


async def _usual(connection: Connection, now: datetime) -> int:
    """Return how much mail the same 24 hours of the weeks before had: the middle one."""
    sent = []
    for weeks in range(1, _WEEKS + 1):
        end = now - timedelta(weeks=weeks)
        sent.append((await window(connection, end - DAY, end)).sent)
    return median_low(sent)


async def _accounts(connection: Connection, now: datetime) -> Accounts:
    near = [one for one in await near_limits(connection, now) if one[1] >= FLAGGED]
    [restricted] = await connection.fetch(SQL["restricted"], [account for account, _ in near])
    flagged = [one for one in near if one[0] not in restricted["of_these"]]
    at_limit = [account for account, complaints in flagged if complaints >= RESTRICT]
    under = [account for account, complaints in flagged if complaints < RESTRICT]
    return Accounts(
        flagged=len(flagged),
        at_limit=len(at_limit),
        unasked=await attention.unasked(connection, at_limit) if at_limit else 0,
        unreviewed=await attention.unreviewed(connection, under, now) if under else 0,
        restricted=restricted["accounts"],
    )


async def work_now(connection: Connection, now: datetime) -> Work:
    """Look at what is open and in doubt, who is on call, and how the bot itself is."""
    [row] = await connection.fetch(SQL["work"], now, now - UNDELIVERED, oncall.PRIMARY)
    values = {**row, "led": bool(row["led"])}
    person, since = values.pop("on_call_id"), values.pop("on_call_since")
    return Work(duty=oncall.OnCall(oncall.PRIMARY, person, since) if person else None, **values)
