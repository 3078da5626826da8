"""What the indexes that the doctor names would gain: the planner may use them, or may not, in turns."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bot.base.database import queries
from bot.doctor import HELPFUL
from bot.local.bench import questions
from bot.local.bench.databases import Site
from bot.local.bench.measuring import LEAST, Ask, once, warm
from bot.local.bench.table import milliseconds, times

SQL = queries("bench")
_NAME: Final = re.compile(r"CREATE INDEX CONCURRENTLY (\w+)")
_MEGABYTE: Final = 1024 * 1024


def _names() -> list[str]:
    return [found[1] for index in HELPFUL if (found := _NAME.match(index.statement))]


def head() -> Sequence[str]:
    """Return what stands above the columns of :func:`gains`."""
    return ("with these indexes", "Faxi's own", *(f"`{name}`" for name in _names()), "all of them")


async def gains(site: Site, report: Callable[[str], None]) -> list[Sequence[str]]:
    """Make the indexes, and return for each question its time on Faxi's own and how many times as quick it is.

    Params:
        site: the largest; the indexes are removed from it again.
        report: told in words what is being done.
    """
    names = _names()
    for index, name in zip(HELPFUL, names, strict=True):
        report(f"making the index {name}")
        await site.superuser.execute(index.statement)
    try:
        return await _measured(site, names)
    finally:
        for name in names:
            await site.superuser.execute(await site.superuser.fetchval(SQL["remove_index"], name))


async def _measured(site: Site, names: Sequence[str]) -> list[Sequence[str]]:
    asks: dict[str, Ask] = {
        "all of `/faxi-status`": partial(questions.whole_status, site.connection),
        "flagged accounts of 30 days": partial(questions.flagged, site.connection),
        "bounces of 24 hours": partial(questions.bounces_of_a_day, site.connection),
        "bounces of 30 days": partial(questions.bounces_of_a_month, site.connection),
        "30 days of whoever writes most": partial(questions.activity, site.connection),
        "30 days of somebody with 0.2 % of the mail": partial(questions.activity_of_busy, site.connection),
        "the runbook's activity of whoever writes most": partial(questions.runbook_activity, site.connection),
    }
    states: list[Sequence[str]] = [(), *((name,) for name in names), names]
    taken: dict[tuple[str, int], list[float]] = {(what, number): [] for what in asks for number in range(len(states))}
    for _ in range(LEAST):
        for number, used in enumerate(states):
            for name in names:
                await site.superuser.execute(SQL["let_planner_use"], name, name in used)
            await site.connection.execute(SQL["forget_plans"])
            for what, ask in asks.items():
                await warm({what: ask})
                taken[what, number].append(await once(ask))
    rows: list[Sequence[str]] = []
    for what in asks:
        # Some of these gains are small, and what else the machine does only ever adds to a time.
        own, *with_them = (min(taken[what, number]) for number in range(len(states)))
        rows.append((what, f"{milliseconds(own)} ms", *(times(own / seconds) for seconds in with_them)))
    sizes = [await site.superuser.fetchval(SQL["size"], name) for name in names]
    rows.append(("size", "", *(f"{size / _MEGABYTE:,.0f} MB" for size in sizes), ""))
    return rows
