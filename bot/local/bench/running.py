"""The run of the benchmark from the empty folder to the table."""

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from bot.base import logs
from bot.local.bench import comparisons, indexes, opening, questions, ticking
from bot.local.bench.databases import DAYS, Site, server, site
from bot.local.bench.measuring import LEAST, MOST, BenchError
from bot.local.bench.table import Line, drawn
from bot.local.folders import FolderInUse, working_folder
from bot.local.postgres import PostgresError
from bot.local.processes import ProcessError
from bot.local.progress import Progress

SIZES: Final = (1_000_000, 10_000_000)
_FOURTH: Final = 4


@dataclass(frozen=True)
class Options:
    """What the command line says about the benchmark."""

    sizes: tuple[int, ...] = SIZES
    """Rows of ``email_metrics``, the smallest first."""
    keep: Path | None = None


def _machine() -> str:
    """Name the machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}"
    )


async def measure(options: Options, progress: Progress) -> str:
    """Run it, and return what is printed.

    Raises:
        BenchError, PostgresError, ProcessError, FolderInUse: it cannot be done; the message says why.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(working_folder("bench", options.keep))
        running = await stack.enter_async_context(server(folder, progress))
        pairs: list[tuple[Site, Site]] = []
        for rows in options.sizes:
            long = await stack.enter_async_context(site(running, rows, DAYS, progress))
            short = await stack.enter_async_context(site(running, rows // _FOURTH, DAYS // _FOURTH, progress))
            pairs.append((long, short))
        sites = [long for long, _ in pairs]
        for one in sites:
            progress(f"comparing what is found in {one.rows:,} rows with what slow queries find")
            compared = await questions.check(one.connection)
            progress(f"the same in {compared} figures and rows")
        lines = await _lines(sites, pairs, progress)
        caseworks = [await opening.opened(sites[-1], folder, progress), *await ticking.ticks(running, progress)]
        progress("measuring what the doctor's indexes would gain")
        gained = await indexes.gains(sites[-1], progress)
        version = sites[0].connection.get_server_version()
        load = " ".join(f"{one:.1f}" for one in os.getloadavg())
        about = f"{_machine()}, PostgreSQL {version.major}.{version.minor}; load {load}"
        tables = _table(options.sizes, lines), _cases(caseworks), _gains(sites[-1], gained)
        return "\n\n".join((about, *tables)) + "\n"


async def _lines(sites: Sequence[Site], pairs: Sequence[tuple[Site, Site]], progress: Progress) -> list[Line]:
    progress("measuring the status")
    lines = [await comparisons.status_against_runbook(sites), await comparisons.status_with_history(pairs)]
    progress("measuring true owners against the join by message id")
    lines += await comparisons.owners_against_join(sites)
    progress("measuring the activity of whoever writes most")
    lines.append(await comparisons.activity_against_runbook(sites))
    progress("measuring twenty people at once")
    return [*lines, await comparisons.a_crowd(sites)]


def _table(sizes: Sequence[int], lines: Sequence[Line]) -> str:
    head = ("first / second", *(f"{rows:,} rows" for rows in sizes), "goal", "")
    rows = [(line.what, *line.cells, line.goal, line.met) for line in lines]
    return f"Medians of {LEAST} to {MOST} rounds, in turns:\n\n{drawn(head, rows)}"


def _cases(lines: Sequence[Line]) -> str:
    rows = [(line.what, *line.cells, line.goal, line.met) for line in lines]
    return f"Cases, in the same run:\n\n{drawn(('first / second', 'medians', 'goal', ''), rows)}"


def _gains(largest: Site, rows: Sequence[Sequence[str]]) -> str:
    about = f"How many times as quick with the indexes that `doctor` names, at {largest.rows:,} rows (best of {LEAST}):"
    return f"{about}\n\n{drawn(indexes.head(), rows)}"


async def bench(options: Options) -> int:
    """Run the benchmark and print its tables; return the exit code."""
    progress = Progress()
    logs.configure("WARNING")
    try:
        said = await measure(options, progress)
    except (BenchError, FolderInUse, PostgresError, ProcessError, OSError, asyncpg.PostgresError) as error:
        progress(str(error))
        return 1
    sys.stdout.write(said)
    return 0
