"""Calls for reviews that are open: after the night in which one began, and once when it is late.

Source: runbook "Reviewing Flagged Account" (within 24 hours) and "Restricting Account" 7. Whoever has it
is called in its thread, or operations; never in quiet hours.
"""

from datetime import datetime
from typing import Final

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, due, outbox
from bot.engine.cases import Case
from bot.engine.due import Due
from bot.engine.team import Team

SQL = queries("review_calls")
MORNING: Final = "review.morning"
"""The due row, and the renderer, of the call after the night; its subject is the case."""
LATE: Final = "review.late"
"""The due row, and the renderer, of the call when a review is late; its subject is the case."""


async def plan(connection: Connection, team: Team, case_id: int, due_at: datetime, now: datetime) -> None:
    """Have a review that was just opened called for: after the night, if it is night, and when it is late."""
    await call_after_night(connection, team, case_id, now)
    await due.add(connection, LATE, cases.subject(case_id), team.calendar.end_of_quiet(due_at))


async def call_after_night(connection: Connection, team: Team, case_id: int, now: datetime) -> None:
    """Have a review called for after the night, if it is night: its thread has called nobody."""
    if team.calendar.is_quiet(now):
        await due.add(connection, MORNING, cases.subject(case_id), team.calendar.end_of_quiet(now))


async def call_in_the_morning(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call for a review that began in the night, or had a new rise in it (a due row)."""
    case = await _waiting(connection, team, row, now)
    late_at = await due.pending(connection, LATE, row.subject)
    # After an outage both calls are due at once: one is enough.
    if case is not None and (late_at is None or late_at > now):
        await _call(connection, case, row, "called", now)


async def call_when_late(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call whoever has a review that is late (a due row)."""
    case = await _waiting(connection, team, row, now)
    if case is not None:
        await outbox.raise_live(connection, row.subject)
        await _call(connection, case, row, "late", now)


async def is_late(connection: Connection, case: Case) -> bool:
    """Say whether an open case is a review whose time was over while somebody was to do something."""
    return _to_do(case) and bool(await connection.fetchval(SQL["came"], LATE, cases.subject(case.id)))


def _to_do(case: Case) -> bool:
    """Say whether a person is to do something now, and until when: not where all that is left is a fax under way."""
    return case.due_at is not None and case.present is not None and case.present.kind == "confirm"


async def _waiting(connection: Connection, team: Team, row: Due, now: datetime) -> Case | None:
    """Return the review, held, if a person is to do something about it and may be called now."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    if case is None or not _to_do(case):
        return None
    if team.calendar.is_quiet(now):  # the bot was away at its time
        await due.add(connection, row.kind, row.subject, team.calendar.end_of_quiet(now))
        return None
    return case


async def _call(connection: Connection, case: Case, row: Due, result: str, now: datetime) -> None:
    head = await outbox.head_of(connection, row.subject)
    if head is None:
        return
    await outbox.post(connection, row.kind, row.subject, head.destination, now, parent=head.id)
    await anchoring.record_own(
        connection,
        "review:call",
        result,
        now,
        interaction=f"due:{row.id}",
        case_id=case.id,
        subject=case.subject,
    )
