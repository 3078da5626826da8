"""Calls for what is open on a list: at half time, and at the end of the day with the day's result; never at night."""

from datetime import datetime

from bot.base.database import Connection
from bot.duty import checklists
from bot.engine import anchoring, cases, due, outbox, roster
from bot.engine.cases import Case
from bot.engine.due import Due
from bot.engine.team import Team


async def half_time(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call for what is open at half time (a due row); when the end has come meanwhile, that call is enough."""
    case = await _open(connection, row)
    end_at = await due.pending(connection, checklists.END, row.subject)
    if case is None or not checklists.left_of(case) or end_at is None or end_at <= now:
        return
    if await _put_off(connection, team, row, now):
        return
    await _call(connection, case, row, now)


async def end_of_day(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call for what is open at the end of the day, and tell the day's result in the channel (a due row)."""
    case_id = cases.id_of(row.subject)
    case = await _open(connection, row)
    if case is None or not checklists.left_of(case):
        await checklists.tell(connection, team, case_id, now)
        return
    if await _put_off(connection, team, row, now):
        return
    await _call(connection, case, row, now)
    await checklists.tell(connection, team, case_id, now)


async def _open(connection: Connection, row: Due) -> Case | None:
    """Return the list, held, unless it has ended."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    return None if case is None or case.closed_at is not None else case


async def _put_off(connection: Connection, team: Team, row: Due, now: datetime) -> bool:
    """Put the call off to the end of the night, if it is night: the bot was away at its time."""
    if not team.calendar.is_quiet(now):
        return False
    await due.add(connection, row.kind, row.subject, team.calendar.end_of_quiet(now))
    return True


async def _call(connection: Connection, case: Case, row: Due, now: datetime) -> None:
    """Call whoever works on the list in its thread, else operations."""
    head = await outbox.head_of(connection, row.subject)
    if head is None:
        return
    owner = case.owner if case.owner and await roster.works(connection, case.owner) else None
    await outbox.post(
        connection,
        row.kind,
        row.subject,
        head.destination,
        now,
        parent=head.id,
        parameters={"call": owner or "operations", "left": checklists.left_of(case)},
    )
    await outbox.raise_live(connection, row.subject)
    await anchoring.record_own(
        connection,
        "checklist:call",
        "called" if row.kind == checklists.HALF else "end_of_day",
        now,
        interaction=f"due:{row.id}",
        case_id=case.id,
    )
