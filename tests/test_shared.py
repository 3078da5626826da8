"""Work that many ask for at once is done once, whatever becomes of those who ask."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import pytest

from bot.base.shared import Shared


@dataclass
class Work:
    """Computes when it is let: each time another number."""

    begun: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def __call__(self) -> int:
        """Wait for the gate, then give the number of this computation, or fail."""
        self.begun += 1
        mine = self.begun
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return mine


async def ask(
    shared: Shared[int], work: Callable[[], Coroutine[None, None, int]], people: int
) -> list[asyncio.Task[int]]:
    """Have several people ask at once, and let them all begin."""
    asking = [asyncio.create_task(shared.get(work)) for _ in range(people)]
    for _ in range(3):
        await asyncio.sleep(0)
    return asking


async def test_twenty_people_asking_at_once_cost_one_computation() -> None:
    work, shared = Work(), Shared[int]()
    asking = await ask(shared, work, 20)
    work.gate.set()
    assert await asyncio.gather(*asking) == [1] * 20
    assert work.begun == 1


async def test_a_result_is_given_again_for_two_seconds_of_the_machines_time_and_no_longer() -> None:
    """Counted from when its computation began: as of then it is."""
    time = [100.0]
    work, shared = Work(), Shared[int](clock=lambda: time[0])
    work.gate.set()
    found = []
    for at in (100.0, 101.9, 102.0, 103.9, 104.1):
        time[0] = at
        found.append(await shared.get(work))
    assert found == [1, 1, 2, 2, 3]


async def test_an_error_is_told_to_all_who_waited_and_is_not_kept() -> None:
    work, shared = Work(), Shared[int]()
    work.error = ConnectionError("the database is away")
    asking = await ask(shared, work, 3)
    work.gate.set()
    assert [type(one) for one in await asyncio.gather(*asking, return_exceptions=True)] == [ConnectionError] * 3
    work.error = None
    assert await shared.get(work) == 2


async def test_when_the_first_is_cancelled_another_computes_for_the_rest() -> None:
    work, shared = Work(), Shared[int]()
    first, *others = await ask(shared, work, 5)
    first.cancel()
    work.gate.set()
    assert await asyncio.gather(*others) == [2] * 4
    assert first.cancelled()
    assert work.begun == 2


async def test_one_who_waits_and_is_cancelled_disturbs_nobody() -> None:
    work, shared = Work(), Shared[int]()
    first, second, third = await ask(shared, work, 3)
    second.cancel()
    await asyncio.wait([second])
    work.gate.set()
    assert [await first, await third] == [1, 1]
    assert second.cancelled()
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_all_may_be_cancelled_and_the_next_one_begins_anew() -> None:
    work, shared = Work(), Shared[int]()
    asking = await ask(shared, work, 3)
    for one in asking:
        one.cancel()
    await asyncio.wait(asking)
    work.gate.set()
    assert all(one.cancelled() for one in asking)
    assert await shared.get(work) == work.begun
