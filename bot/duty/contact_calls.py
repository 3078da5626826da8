"""Calls for Friday's items about contact data: whom alone they concern is called in their own channel, once.

Source: runbook "Friday Tasks" 1, "Ensure contact information is current". Operations work on the list anyway.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection
from bot.duty import confirmations
from bot.engine import anchoring, cases, due, outbox
from bot.engine.access import Group
from bot.engine.cases import Case, Step
from bot.engine.due import Due
from bot.engine.team import Team

KIND: Final = "checklist.concerned"
"""The due row, and the renderer, of the call; its subject is the case."""
_SOON: Final = timedelta(minutes=1)


async def plan(connection: Connection, team: Team, case_id: int, now: datetime) -> None:
    """Have those be called whom items of a list concern, in working hours."""
    case = await cases.load(connection, case_id)
    if case is not None and _waiting(case):
        await due.add(connection, KIND, cases.subject(case_id), _at_work(team, now + _SOON))


async def call(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call those whose item is still open, with a link to the list (a due row)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    if case is None or case.closed_at is not None or not _waiting(case):
        return
    head = await outbox.head_of(connection, row.subject)
    at = _at_work(team, now if head is not None and head.ts else now + _SOON)  # there is nothing to link to yet
    if at > now:
        await due.add(connection, KIND, row.subject, at)
        return
    places = {Group.ENGINEERING: team.channels.engineering, Group.MANAGEMENT: team.channels.management}
    for group, step in _waiting(case):
        await outbox.post(connection, KIND, row.subject, places[group], now, parameters={"step": step.name})
    await anchoring.record_own(
        connection, "checklist:call", "called", now, interaction=f"due:{row.id}", case_id=case_id
    )


def _at_work(team: Team, at: datetime) -> datetime:
    """Return the first instant from ``at`` on at which the team is at work."""
    return at if team.calendar.is_business(at) else team.calendar.next_opening(at)


def _waiting(case: Case) -> list[tuple[Group, Step]]:
    """Return the open items of those who do not work on lists every day, each with its group."""
    found = [(confirmations.concerned(step), step) for step in case.steps if step.state == "todo"]
    return [(group, step) for group, step in found if group in {Group.ENGINEERING, Group.MANAGEMENT} and group]
