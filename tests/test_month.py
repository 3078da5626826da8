"""A simulated month through the whole program: each list comes once, with two replicas, one killed, a late start.

All schedules that a runbook can have are in it; what comes is compared with the days of a calendar on paper.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.base.database import shipped
from tests.support.databases import Database
from tests.support.system import System, running_system
from tests.support.team import CALENDAR, ZONE

pytestmark = [pytest.mark.system, pytest.mark.database]
LISTS = {
    "monday": ("monday", "opening"),
    "wednesday": ("wednesday", "opening"),
    "first_monday": ("first_monday", "opening"),
    "mid_month": ("mid_month", "opening"),
    "friday": ("friday", "16:00"),
}
"""For what the shipped runbook has no list."""
STEP = {
    "name": "look",
    "kind": "confirm",
    "title": "Look at it",
    "source": "Morning Checklist 1",
    "why_by_hand": "not connected",
}
Schedules = dict[str, dict[str, Any]]


def runbook_of(folder: Path) -> tuple[Path, Schedules]:
    """Write a runbook whose lists are the shipped ones and those above, each with one step; return its schedules."""
    data: dict[str, Any] = yaml.safe_load((shipped("bot") / "runbook.yml").read_text("utf-8"))
    lists: dict[str, Any] = data["checklists"]
    there = {one["schedule"]["on"] for one in lists.values()}
    for name, (on, at) in LISTS.items():
        if on not in there:
            lists[name] = {"schedule": {"on": on, "at": at}, "source": "Morning Checklist", "due_in": 60}
            lists[name]["title"] = f"The {on} list".replace("_", " ")
    for one in lists.values():
        one["steps"] = [STEP]
        one.pop("closing", None)
    path = folder / "runbook.yml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return path, {name: one["schedule"] for name, one in lists.items()}


def days_on_paper(day: date) -> set[str]:
    """Return the schedules whose day this is, by looking at the days around it."""
    closed = [day]
    while not CALENDAR.is_working(closed[-1] - timedelta(days=1)):
        closed.append(closed[-1] - timedelta(days=1))
    found = set()
    if day.weekday() == 6 and day.day <= 7:
        found.add("first_sunday")
    if not CALENDAR.is_working(day):
        return found
    found.add("working_day")
    if not any(CALENDAR.is_working(day - timedelta(days=back)) for back in range(1, day.weekday() + 1)):
        found.add("monday")
    if not any(CALENDAR.is_working(day + timedelta(days=ahead)) for ahead in range(1, 5 - day.weekday())):
        found.add("friday")
    if any(one.weekday() == 2 for one in closed):
        found.add("wednesday")
    if any(one.weekday() == 0 and one.day <= 7 for one in closed):
        found.add("first_monday")
    if any(one.day == 15 for one in closed):
        found.add("mid_month")
    following = CALENDAR.working_day_from(day + timedelta(days=1))
    # Two o'clock of a Sunday less 48 hours is in the night to Friday: Thursday is the last to open before it.
    thursdays = (day + timedelta(days=number) for number in range((following - day).days))
    if any(one.weekday() == 3 and (one + timedelta(days=3)).day <= 7 for one in thursdays):
        found.add("before_first_sunday")
    return found


def on_paper(schedules: Schedules, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return list and local instant of all that is to come after the start until the end."""
    found = []
    day = start.date() - timedelta(days=1)
    while day <= end.date() + timedelta(days=1):
        todays = days_on_paper(day)
        for name, one in schedules.items():
            if one["on"] in todays:
                at = "opening" if one["on"] == "before_first_sunday" else one["at"]
                wall = time.fromisoformat({"opening": "09:00", "closing": "18:00"}.get(at, at))
                instant = datetime.combine(day, wall, ZONE) - timedelta(minutes=one.get("ahead", 0))
                if start < instant <= end:
                    found.append((name, f"{instant:%Y-%m-%d %H:%M}"))
        day += timedelta(days=1)
    return sorted(found)


async def came(system: System) -> list[tuple[str, str, str]]:
    """Return list, planned local instant and state of every run; a handoff is no list."""
    rows = await system.fetch("SELECT schedule, planned_at, state FROM chatops.runs WHERE schedule <> 'handoff'")
    return sorted((r[0], f"{r[1].astimezone(ZONE):%Y-%m-%d %H:%M}", r[2]) for r in rows)


async def walk(system: System, by: timedelta) -> None:
    """Move on, with a stop at all that is due, for as long as it takes."""
    target = system.clock.now() + by
    while (left := target - system.clock.now()) > timedelta():
        await system.advance(f"{min(int(left.total_seconds()), 6 * 3600 * 4) + 1}s")
        await system.settle(40)


async def gone(system: System, number: int, *, killed: bool) -> None:
    """End a process, at once or by asking it; one that is killed takes its lease of 15 s with it."""
    await (system.kill(number) if killed else system.terminate(number))


SHORT = pytest.param(2, False)
LONG = pytest.param(32, True, marks=pytest.mark.timeout(900))


@pytest.mark.long
@pytest.mark.parametrize(("days", "killed"), [SHORT, LONG])
async def test_each_list_comes_exactly_once_though_a_replica_ends_and_the_bot_is_down_at_nine(
    database: Database,
    tmp_path: Path,
    days: int,
    killed: bool,  # noqa: FBT001
) -> None:
    path, schedules = runbook_of(tmp_path)
    async with running_system(database, pace=1000, settings={"RUNBOOK_FILE": str(path)}) as system:
        begun = system.clock.now().astimezone(ZONE)
        await walk(system, timedelta(days=days // 2))
        await gone(system, 0, killed=killed)
        await walk(system, timedelta(days=days // 8))

        # Down over nine o'clock of a working day, and back at 09:37.
        await gone(system, 1, killed=killed)
        now = system.clock.now().astimezone(ZONE)
        nine = CALENDAR.next_opening(now)
        system.clock.advance(nine + timedelta(minutes=37) - now)
        await system.start(0)
        await system.start(1)
        await system.settle(40)
        await walk(system, timedelta(days=days // 2))

        end = system.clock.now().astimezone(ZONE)
        runs = await came(system)
        assert [one[:2] for one in runs] == on_paper(schedules, begun, end), "each of them once, and no other"
        late = {one[0] for one in runs if one[2] == "late"}
        assert {one[0] for one in runs if one[1] == f"{nine:%Y-%m-%d %H:%M}"} <= late

        lists = await system.fetch(
            "SELECT c.procedure, c.planned_at, m.ts, m.parent FROM chatops.cases AS c"
            " LEFT JOIN chatops.live_messages AS m ON m.subject = 'case:' || c.id AND m.renderer = 'checklist'"
            " WHERE c.kind = 'checklist' ORDER BY c.id"
        )
        begun_ones = [one for one in runs if one[2] != "missed"]
        assert len(lists) == len(begun_ones)
        assert all(one["ts"] for one in lists), "each is shown in Slack, once"
        heads = {(one["planned_at"]) for one in lists if one["parent"] is None}
        assert len(heads) == sum(one["parent"] is None for one in lists), "of one instant one list heads the thread"
