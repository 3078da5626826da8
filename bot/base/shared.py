"""Work that many ask for at once is done once: the first does it, the others get what it finds.

It is for figures that cost much and that all people may see alike. Nothing is decided by what it
gives back: whoever changes something reads for himself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")
KEPT: Final = 2.0
"""Seconds of machine time for which a result is given to whoever asks again."""


@dataclass(frozen=True)
class _Found(Generic[T]):
    """A result, and when it was asked for, by the machine's clock."""

    value: T
    at: float


class Shared(Generic[T]):
    """One piece of work that at most one task of this process does at a time.

    The result tells itself as of when it is (an ``at`` of its own): it may be up to :data:`KEPT`
    seconds older than the question. An error is for those who waited for it, and is not kept.
    """

    def __init__(self, kept: float = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without a result.

        Params:
            kept: seconds for which a result is given again.
            clock: machine time.
        """
        self._kept = kept
        self._clock = clock
        self._found: _Found[T] | None = None
        self._under_way: asyncio.Future[T] | None = None

    async def get(self, compute: Callable[[], Awaitable[T]]) -> T:
        """Return the result, from whoever computes it now or did a moment ago, else by computing it here.

        Whoever computes does so in its own task, on its own connection. If that task is cancelled,
        one of those who wait computes instead, with its own ``compute``.

        Raises:
            Exception: what the computation raised, for all who waited for it.
        """
        while (under_way := self._under_way) is not None:
            try:
                return await asyncio.shield(under_way)
            except asyncio.CancelledError:
                if not under_way.cancelled():
                    raise  # not the one who computes: this task itself
                if (me := asyncio.current_task()) is not None and me.cancelling():
                    raise
        began = self._clock()
        if (found := self._found) is not None and began - found.at < self._kept:
            return found.value
        return await self._compute(compute, began)

    async def _compute(self, compute: Callable[[], Awaitable[T]], began: float) -> T:
        self._under_way = promise = asyncio.get_running_loop().create_future()
        try:
            value = await compute()
        except asyncio.CancelledError:
            promise.cancel()
            raise
        except BaseException as error:
            promise.set_exception(error)
            promise.exception()  # it is seen here; nobody may be waiting
            raise
        else:
            self._found = _Found(value, began)
            promise.set_result(value)
            return value
        finally:
            self._under_way = None
