"""The comparisons of the benchmark: the bot's questions against what one would ask by hand."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.duty.status import Status
from bot.local.bench import questions
from bot.local.bench.databases import Site
from bot.local.bench.measuring import Ask, BenchError, in_turns
from bot.local.bench.table import Line, judged, milliseconds, times

REAL: Final = 1_000_000
"""From this size on the goals of the status are judged."""
LARGE: Final = 10_000_000
"""From this size on the goals of the joins are judged."""
_PEOPLE: Final = 20
_GROWN: Final = 10
_SAVEPOINT: Final = re.compile(r"(?<=savepoint_)[0-9a-f]+")
"""What one statement has of its own each time that it is sent."""


def _ratio(taken: Mapping[str, float], of: str, to: str) -> tuple[float, str]:
    ratio = taken[of] / taken[to]
    return ratio, f"{milliseconds(taken[of])} / {milliseconds(taken[to])} ms = {times(ratio)}"


def _largest(sites: Sequence[Site], ratios: Sequence[float]) -> float | None:
    """Return the largest ratio of the sizes that are judged."""
    return max((ratio for site, ratio in zip(sites, ratios, strict=True) if site.rows >= REAL), default=None)


async def status_against_runbook(sites: Sequence[Site]) -> Line:
    """Compare the whole status with the runbook's one query."""
    ratios, cells = [], []
    for site in sites:
        asks: dict[str, Ask] = {
            "status": partial(questions.whole_status, site.connection),
            "runbook": partial(questions.runbook_status, site.connection),
        }
        ratio, cell = _ratio(await in_turns(asks), "status", "runbook")
        ratios.append(ratio)
        cells.append(cell)
    what = "all that `/faxi-status` asks / the runbook's one query"
    return Line(what, cells, "at most 10 ×", judged(_largest(sites, ratios), most=10))  # noqa: RUF001 - the sign


async def status_with_history(pairs: Sequence[tuple[Site, Site]]) -> Line:
    """Compare the status after four times the history at the same mail a day with that after one."""
    ratios, cells = [], []
    for long, short in pairs:
        asks: dict[str, Ask] = {
            "long": partial(questions.whole_status, long.connection),
            "short": partial(questions.whole_status, short.connection),
        }
        ratio, cell = _ratio(await in_turns(asks), "long", "short")
        ratios.append(ratio)
        cells.append(cell)
    what = "the same after 400 days / after 100 days of the same mail"
    return Line(what, cells, "at most 1.3 ×", judged(_largest([long for long, _ in pairs], ratios), most=1.3))  # noqa: RUF001 - the sign


async def owners_against_join(sites: Sequence[Site]) -> list[Line]:
    """Compare true owners as the bot finds them with the join of all events by message id."""
    kinds: tuple[tuple[str, Callable[..., Any], Callable[..., Any], int], ...] = (
        ("flagged accounts of 30 days, true owner", questions.joined_flagged, questions.flagged, 50),
        ("bounces of 24 hours, true owner", questions.joined_bounces, questions.bounces_of_a_day, 200),
    )
    lines, growth = [], []
    for what, joined, found, least in kinds:
        ratios, cells, own = [], [], []
        for site in sites:
            asks: dict[str, Ask] = {
                "join": partial(joined, site.connection),
                "own": partial(found, site.connection),
            }
            taken = await in_turns(asks)
            ratio, cell = _ratio(taken, "join", "own")
            ratios.append(ratio)
            cells.append(cell)
            own.append(taken["own"])
        met = judged(ratios[-1] if sites[-1].rows >= LARGE else None, least=least)
        lines.append(Line(f"the join by message id / {what}", cells, f"at least {least} × at 10 million", met))  # noqa: RUF001
        growth.append((what, own))
    for what, own in growth:
        grown = own[-1] / own[0] if sites[-1].rows == _GROWN * sites[0].rows and sites[-1].rows >= LARGE else None
        cells = ["" for _ in own[1:]] + [times(own[-1] / own[0]) if len(own) > 1 else ""]
        met = judged(grown, most=8)
        lines.append(Line(f"growth of {what}, smallest to largest", cells, "under 8 × from 1 to 10 million", met))  # noqa: RUF001
    return lines


async def activity_against_runbook(sites: Sequence[Site]) -> Line:
    """Compare 30 days of whoever writes most, day by day, with the runbook's query for the newest hundred rows."""
    cells = []
    for site in sites:
        asks: dict[str, Ask] = {
            "own": partial(questions.activity, site.connection),
            "runbook": partial(questions.runbook_activity, site.connection),
        }
        _, cell = _ratio(await in_turns(asks), "own", "runbook")
        cells.append(cell)
    return Line("30 days of whoever writes most, day by day / the runbook's 100 newest rows", cells)


async def a_crowd(sites: Sequence[Site]) -> Line:
    """Compare twenty people who ask for the status at once, in one process, with one who does.

    Raises:
        BenchError: they sent other statements than one does.
    """
    cells, counts = [], []
    for site in sites:
        asks: dict[str, Ask] = {
            "crowd": partial(_ask_at_once, site, _PEOPLE, Counter()),
            "one": partial(_ask_at_once, site, 1, Counter()),
        }
        _, cell = _ratio(await in_turns(asks), "crowd", "one")
        one, crowd = Counter[str](), Counter[str]()
        await _ask_at_once(site, 1, one)
        await _ask_at_once(site, _PEOPLE, crowd)
        if not one.total():
            raise BenchError("the statements were not counted")
        counts.append(crowd == one)
        cells.append(f"{cell}; {crowd.total()} statements, {one.total()}")
    met: Any = "met" if all(counts) else "not met"
    return Line(f"{_PEOPLE} people at once / one", cells, "one computation", met)


async def _ask_at_once(site: Site, people: int, sent: Counter[str]) -> None:
    """Let people ask one process at once, each on a connection of its pool; count what is sent for their figures."""
    status = Status()

    async def one() -> None:
        async with site.pool.acquire() as connection, connection.transaction():
            with connection.query_logger(lambda query: sent.update([_SAVEPOINT.sub("", query.query)])):
                await questions.gather(connection, status)

    async with asyncio.TaskGroup() as group:
        for _ in range(people):
            group.create_task(one())
