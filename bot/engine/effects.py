"""Effects outside the database: rows wanted with the change that causes them, done by whoever holds the lease.

An effect that may happen only once (a fax) is marked ``attempting`` in a commit of its own before
the one request. When the answer is lost, or the process dies, the other side is asked for it;
when it knows nothing, the effect is ``unknown`` and a person decides. It never goes out again by
itself. What a kind of effect does in each state is said by its handler.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, Pool, queries

SQL = queries("effects")
log = structlog.get_logger(__name__)
AT_ONCE = 3
"""Effects in hand at a time: each holds a connection only briefly, and people's clicks come first."""
GRACE = 5.0
"""Seconds of machine time that effects in hand get when the process is asked to stop."""
_BROKEN_WAIT = 30.0  # after a failure that nobody foresaw
_LONGEST_WAIT = 300.0
_ENOUGH = 30  # doublings after which any wait is the longest: a thousand would be no number any more

State = Literal["waiting", "attempting", "asking", "following", "done", "failed", "unknown", "cancelled"]
_ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class Effect:
    """One effect as it stands; ``attempts`` counts the troubles since it began to be sent, asked for or followed."""

    id: UUID
    kind: str
    subject: str
    state: State
    due_at: datetime
    epoch: int | None
    attempts: int
    asked: int
    error: str | None
    created_at: datetime


Handler = Callable[[Effect, int], Awaitable[None]]
"""Brings an effect as far as it goes now; the number is the epoch of the lease, which an attempt must hold."""


async def want(connection: Connection, kind: str, subject: str, due_at: datetime, now: datetime) -> UUID:
    """Want an effect, in the transaction of what causes it.

    Parameters:
        subject: what it is about, such as ``case:42``.
        due_at: from when it may happen (business time).

    Returns:
        the effect's id, which the other side is told where it can be.
    """
    effect = uuid4()
    await connection.execute(SQL["want"], effect, kind, subject, due_at, now)
    return effect


async def load(connection: Connection, effect_id: UUID) -> Effect | None:
    """Return the effect as it stands."""
    row = await connection.fetchrow(SQL["effect"], effect_id)
    return None if row is None else Effect(**dict(row))


async def attempt(connection: Connection, effect_id: UUID, epoch: int) -> bool:
    """Mark the one attempt; say whether it may be made (the lease is held and nobody was before us)."""
    return await connection.fetchval(SQL["attempt"], effect_id, epoch) is not None


async def move(
    connection: Connection,
    effect_id: UUID,
    states: Sequence[State],
    state: State,
    *,
    now: datetime,
    due_at: datetime | None = None,
    retry_in: float | None = None,
    error: str | None = None,
    asked: int = 0,
) -> bool:
    """Move an effect on from one of ``states``; say whether it stood in one of them.

    Parameters:
        due_at: from when it goes on (business time); as before when ``None``.
        retry_in: seconds of machine time to wait before it goes on.
        asked: how many times more the other side was asked.
    """
    ended = now if state in _ENDED else None
    arguments = (effect_id, list(states), state, due_at, retry_in, error, asked, ended)
    return await connection.fetchval(SQL["move"], *arguments) is not None


async def trouble(connection: Connection, effect_id: UUID, error: str, retry_in: float) -> int | None:
    """Note that an effect did not go on, and when to try again; return how often that was, or ``None``."""
    count: int | None = await connection.fetchval(SQL["trouble"], effect_id, error[:200], retry_in)
    return count


def wait_after(troubles: int, at_least: float | None = None, *, longest: float = _LONGEST_WAIT) -> float:
    """Return how many seconds of machine time to wait after so many troubles before this one: twice as long each time.

    Parameters:
        at_least: seconds that the other side wants us to wait, where it said so.
        longest: seconds at most, unless the other side wants more.
    """
    return max(at_least or 0.0, min(2.0 ** min(troubles, _ENOUGH), longest))


async def later(
    pool: Pool,
    effect: Effect,
    error: Exception,
    *,
    pace: float,
    at_least: float = 0.0,
    longest: float = _LONGEST_WAIT,
) -> None:
    """Try an effect again later, after a wait as :func:`wait_after` has it.

    Parameters:
        error: why it did not go on; its words are kept.
        pace: how many times quicker than usual it is tried again (``FAXI_PACE``).
        at_least: seconds that the other side wants us to wait; no pace makes them fewer.
        longest: seconds, as for :func:`wait_after`.
    """
    wait = max(at_least, wait_after(effect.attempts, longest=longest) / pace)
    async with pool.acquire() as connection:
        await trouble(connection, effect.id, str(error), wait)


class Worker:
    """Hands effects that may go on to their handlers, a few at a time, each in a task of its own."""

    def __init__(self, pool: Pool, handlers: Mapping[str, Handler], clock: Clock, *, pace: float = 1.0) -> None:
        """Work for the kinds that have a handler; effects of other kinds wait.

        Parameters:
            pace: how many times quicker than usual what broke is tried again (tests).
        """
        self._pace = pace
        self._pool = pool
        self._handlers = handlers
        self._clock = clock
        self._in_hand: dict[UUID, asyncio.Task[None]] = {}
        self.ended: Callable[[], None] = lambda: None
        """Called as soon as an effect has ended or waits: there may be something to show."""

    async def beat(self, epoch: int) -> None:
        """Take in hand what may go on and is not in hand."""
        free = AT_ONCE - len(self._in_hand)
        if free <= 0 or not self._handlers:
            return
        async with self._pool.acquire() as connection:
            kinds = list(self._handlers)
            rows = await connection.fetch(SQL["ready"], self._clock.now(), list(self._in_hand), free, kinds)
        for row in rows:
            task = asyncio.create_task(self._bring_on(row["id"], epoch), name=f"effect {row['id']}")
            self._in_hand[row["id"]] = task
            task.add_done_callback(partial(self._put_down, row["id"]))

    def _put_down(self, effect_id: UUID, _task: "asyncio.Task[None]") -> None:
        self._in_hand.pop(effect_id, None)
        self.ended()

    async def _bring_on(self, effect_id: UUID, epoch: int) -> None:
        try:
            async with self._pool.acquire() as connection:
                effect = await load(connection, effect_id)
            if effect is not None:
                await self._handlers[effect.kind](effect, epoch)
        except Exception as error:  # noqa: BLE001 - one effect must not stop the others; its state says how it goes on
            # No message and no values: an error of the database may quote the row, with a number in it.
            log.error("effect failed", effect=str(effect_id), error=type(error).__name__, at=_places(error))  # noqa: TRY400
            await self._note(effect_id, type(error).__name__)

    async def _note(self, effect_id: UUID, error: str) -> None:
        try:
            async with self._pool.acquire() as connection:
                await trouble(connection, effect_id, error, _BROKEN_WAIT / self._pace)
        except Exception:  # noqa: BLE001 - the database is away; the next beat finds the effect as it stands
            log.warning("effect left as it stands", effect=str(effect_id))

    async def finish(self) -> None:
        """Give what is in hand a few seconds; what is cut off then is asked for by whoever leads next."""
        if not self._in_hand:
            return
        _, cut = await asyncio.wait(list(self._in_hand.values()), timeout=GRACE)
        for task in cut:
            task.cancel()
        if cut:
            log.info("effects cut off", count=len(cut))
            await asyncio.wait(cut, timeout=1)


def _places(error: Exception) -> str:
    """Return through which lines an error came, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
