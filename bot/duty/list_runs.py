"""Runs of the lists that come by themselves: each exactly once, late after an outage, or said to have been missed.

What is planned is one due row a list. All that is due at an instant is done in one transaction, so that lists of one
morning find each other, and what was missed is said once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from bot.base.database import Connection, queries
from bot.duty import checklists
from bot.engine import anchoring, outbox, roster, schedules
from bot.engine.due import Due
from bot.engine.procedures import Checklist
from bot.engine.team import Team

SQL = queries("list_runs")
KIND: Final = "list.run"
"""The due row of a run; its subject is the list's name."""
MISSED: Final = "list.missed"
"""The post that says which runs came too late to be begun."""
COMING: Final = timedelta(days=14)
_NOON = time(12)
_LATE = timedelta(minutes=1)
"""What comes within a minute of its instant is not late: nobody reads seconds."""


@dataclass(frozen=True)
class Planned:
    """A run that is planned.

    Attributes:
        name: the list's, in the runbook.
        at: the instant.
    """

    name: str
    title: str
    at: datetime


@dataclass(frozen=True)
class _Run:
    """One run of a list whose instant has come."""

    name: str
    wanted: Checklist
    at: datetime

    def is_in_time(self, now: datetime) -> bool:
        """Say whether it may still be begun."""
        return now - self.at <= timedelta(minutes=self.wanted.schedule.within)


def coming(team: Team, now: datetime, span: timedelta = COMING) -> tuple[Planned, ...]:
    """Return the runs of all lists that are planned from now on, in the order in which they come.

    Parameters:
        span: how far to look, from ``now``.
    """
    lists = team.runbook.checklists.items()
    found = [
        Planned(name, one.title, at)
        for name, one in lists
        for at in schedules.runs(one.schedule, team.calendar, now, now + span)
    ]
    return tuple(sorted(found, key=lambda one: one.at))


async def late_by(connection: Connection, case_id: int) -> timedelta | None:
    """Return by how much a list came late because the bot was down; ``None`` for one that did not."""
    row = await connection.fetchrow(SQL["run_of"], case_id)
    return row["at"] - row["planned_at"] if row is not None and row["state"] == "late" else None


async def begin(connection: Connection, team: Team, now: datetime) -> None:
    """Plan the next run of each list, as the runbook is now; harmless when that is planned already.

    A run whose instant passed while the bot was down stays, to be begun late or said to be missed. What another
    runbook or another calendar planned is taken back.
    """
    rows = [Due(**dict(row)) for row in await connection.fetch(SQL["planned"], KIND)]
    for row in rows:
        if row.subject not in team.runbook.checklists:
            await connection.execute(SQL["take_back"], row.id, now)
    for name, one in team.runbook.checklists.items():
        mine = [row for row in rows if row.subject == name]
        wanted = await _to_plan(connection, team, name, one, [row.due_at for row in mine], now)
        for row in mine:
            if row.due_at != wanted:
                await connection.execute(SQL["take_back"], row.id, now)
        if wanted is not None and all(row.due_at != wanted for row in mine):
            await connection.execute(SQL["plan"], KIND, name, wanted)


async def _to_plan(
    connection: Connection, team: Team, name: str, wanted: Checklist, planned: Sequence[datetime], now: datetime
) -> datetime | None:
    """Return the instant that is to be planned for a list; a day that had its list gets no second one."""
    overdue = [at for at in planned if at <= now]
    if overdue and schedules.is_run(wanted.schedule, team.calendar, overdue[0]):
        return overdue[0]
    after = overdue[0] if overdue else now
    newest: datetime | None = await connection.fetchval(SQL["newest"], name)
    at = schedules.next_run(wanted.schedule, team.calendar, after)
    while at is not None and newest is not None and _day(team, at) <= _day(team, newest):
        at = schedules.next_run(wanted.schedule, team.calendar, at)
    return at


def _day(team: Team, at: datetime) -> datetime:
    """Return the beginning of the local day that holds an instant."""
    return datetime.combine(at.astimezone(team.zone).date(), time(0), team.zone)


async def run(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Begin what is due now, of every list, and plan what comes next (a due row).

    Of several runs of one list only the newest is begun, if it is not too late; the others were missed.

    Raises:
        KeyError: this process knows no list of this name: one with another runbook is to do it.
    """
    known = team.runbook.checklists
    if row.subject not in known:
        message = f"the runbook has no list {row.subject!r}"
        raise KeyError(message)
    others = await connection.fetch(SQL["claim_others"], KIND, now, list(known))
    started: list[_Run] = []
    missed: list[_Run] = []
    for due_row in (row, *(Due(**dict(one)) for one in others)):
        past = await _past(connection, team, due_row, now)
        if past and past[-1].is_in_time(now):
            started.append(past.pop())
        missed += past
        following = schedules.next_run(known[due_row.subject].schedule, team.calendar, now)
        if following is not None:
            await connection.execute(SQL["plan"], KIND, due_row.subject, following)
    place = list(known)
    for one in sorted(started, key=lambda it: (it.at, place.index(it.name))):
        await _start(connection, team, one, now)
    if missed:
        await _miss(connection, team, sorted(missed, key=lambda it: (place.index(it.name), it.at)), row, now)


async def _past(connection: Connection, team: Team, row: Due, now: datetime) -> list[_Run]:
    """Return the runs from the planned one until now that are not recorded, the oldest first."""
    wanted = team.runbook.checklists[row.subject]
    recorded = {one["planned_at"] for one in await connection.fetch(SQL["known"], row.subject, row.due_at)}
    instants = (row.due_at, *schedules.runs(wanted.schedule, team.calendar, row.due_at, now))
    return [_Run(row.subject, wanted, at) for at in instants if at not in recorded]


async def _start(connection: Connection, team: Team, one: _Run, now: datetime) -> None:
    """Open a list, in the thread of the first one of that morning where there is one."""
    first: int | None = await connection.fetchval(SQL["first_of"], *_together(team, one.at))
    case_id = await checklists.open_list(
        connection, team, one.name, planned_at=one.at, now=now, opened_by=roster.BOT, parent=first
    )
    state = "late" if now - one.at >= _LATE else "run"
    await connection.execute(SQL["record"], one.name, one.at, state, case_id, now)


def _together(team: Team, at: datetime) -> tuple[datetime, datetime]:
    """Return the span of time whose lists stand in one thread: the local morning, else the instant alone."""
    if at.astimezone(team.zone).time() >= _NOON:
        return at, at + timedelta(microseconds=1)
    begin = _day(team, at)
    return begin, datetime.combine(begin.date(), _NOON, team.zone)


async def _miss(connection: Connection, team: Team, missed: Sequence[_Run], row: Due, now: datetime) -> None:
    """Record what came too late, and say all of it at once: each list with how often, and the first and last time."""
    told: dict[str, list[_Run]] = {}
    for one in missed:
        await connection.execute(SQL["record"], one.name, one.at, "missed", None, now)
        told.setdefault(one.name, []).append(one)
    parameters: Mapping[str, Any] = {
        "lists": [
            {"name": name, "times": len(them), "first": them[0].at.isoformat(), "last": them[-1].at.isoformat()}
            for name, them in told.items()
        ]
    }
    await outbox.post(connection, MISSED, "lists", team.channels.operations, now, parameters=parameters)
    await anchoring.record_own(
        connection,
        "checklist:missed",
        "missed",
        now,
        interaction=f"due:{row.id}",
        parameters={name: len(them) for name, them in told.items()},
    )
