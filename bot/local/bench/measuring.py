"""How long things take: they take turns, so that each has its share of a busy machine, and medians count."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from statistics import median
from typing import Any, Final, TypeAlias

Ask: TypeAlias = Callable[[], Awaitable[Any]]
LEAST: Final = 5
MOST: Final = 25
"""Rounds, of which the median is taken."""
_ENOUGH: Final = 8.0
"""Seconds after which no round is added to the least."""
_WARMING: Final = 2
_SLOW: Final = 0.5
_A_TURN: Final = 5
_QUICK: Final = 0.1


class BenchError(Exception):
    """What was measured is not what was to be measured; the message says why."""


async def once(ask: Ask) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


async def warm(asks: Mapping[str, Ask]) -> None:
    """Do all of them before they are measured: plans are made, and pages read."""
    for ask in asks.values():
        for _ in range(_WARMING):
            with suppress(BenchError):  # at first it may be slow; when it counts it may not
                if await once(ask) > _SLOW:
                    break  # it reads so much that its first time is like its second


async def _a_turn(ask: Ask) -> list[float]:
    """Do what is quick a few times: the first time after a long scan tells of the processor's caches."""
    found = [await once(ask)]
    while len(found) < _A_TURN and sum(found) < _QUICK:
        found.append(await once(ask))
    return found


async def in_turns(asks: Mapping[str, Ask]) -> Mapping[str, float]:
    """Return the median of the seconds that each takes, in turns.

    Params:
        asks: what is measured, by name.

    Raises:
        BenchError: one of them did not do what it was to do.
    """
    await warm(asks)
    taken: dict[str, list[float]] = {name: [] for name in asks}
    began = time.perf_counter()
    for round_ in range(MOST):
        if round_ >= LEAST and time.perf_counter() - began > _ENOUGH:
            break
        for name, ask in asks.items():
            taken[name] += await _a_turn(ask)
    return {name: median(values) for name, values in taken.items()}
