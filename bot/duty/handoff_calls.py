"""What happens to handoffs by itself: the draft before the end of a working day, the look at what is new, the calls.

The bot calls after 15 minutes whoever is to act, and management after 30, each in a new reply, and not at night.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection, queries
from bot.duty import handoff_figures, handoffs
from bot.engine import anchoring, cases, due, outbox, roster
from bot.engine.due import Due
from bot.engine.team import Team

SQL = queries("handoffs")
DRAFT, SUBJECT = "handoff.draft", "handoff"
"""The due row of the next draft."""
REMIND: Final = "handoff.remind"
"""The due row, and the post, of the first call; its subject is the case."""
RAISE: Final = "handoff.raise"
"""The due row, and the post, of the call of management; its subject is the case."""
MISSED: Final = "handoff.missed"
"""The post that says that a draft did not come, since the bot was away."""
AGAIN: Final = "handoff.again"
"""The post that says that a draft nobody sent serves the next end of a day."""
AHEAD: Final = timedelta(minutes=30)
"""How long before the end of business the draft comes."""
TOO_LATE: Final = timedelta(hours=8)
"""How long after the end of business a draft is still made."""
FIRST, SECOND = timedelta(minutes=15), timedelta(minutes=30)
"""When who is to act is called, and when management, after the change of on call."""


def next_draft(team: Team, now: datetime) -> datetime:
    """Return when the next draft comes, after ``now``: half an hour before the end of business of a working day."""
    day = team.calendar.working_day_from(now.astimezone(team.zone).date())
    while (at := team.calendar.closing(day) - AHEAD) <= now:
        day = team.calendar.working_day_from(day + timedelta(days=1))
    return at


async def begin(connection: Connection, team: Team, now: datetime) -> None:
    """Want the next draft, as the calendar is now; harmless when it is wanted already.

    One whose instant passed while the bot was down stays, to come late or to be said to be missed. What another
    calendar planned is taken back.
    """
    planned = await due.pending(connection, DRAFT, SUBJECT)
    if planned is not None and planned <= now and _is_draft(team, planned):
        return
    after = planned if planned is not None and planned <= now else now
    newest: datetime | None = await connection.fetchval(SQL["newest_end"])
    at = next_draft(team, after)
    while newest is not None and at.astimezone(team.zone).date() <= newest.astimezone(team.zone).date():
        at = next_draft(team, at)  # a day that had its draft gets no second one
    if at != planned:
        await due.plan(connection, DRAFT, SUBJECT, at, now)


def _is_draft(team: Team, at: datetime) -> bool:
    """Say whether a draft comes at this instant by the calendar as it is now."""
    return next_draft(team, at - timedelta(microseconds=1)) == at


async def draft(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Draft the handoff of this end of a day (a due row); after an outage late, or too late to be of use."""
    at, missed = row.due_at, []
    while (following := next_draft(team, at)) <= now:  # the bot was away for longer
        missed.append(at + AHEAD)
        at = following
    await due.plan(connection, DRAFT, SUBJECT, following, now)
    closing = at + AHEAD
    too_late = now >= closing + TOO_LATE
    if missed or too_late:
        await _missed(connection, team, [*missed, *([closing] if too_late else [])], now)
    if too_late:
        await _record(connection, row, "handoff:draft", "missed", None, now)
        return
    case_id, new = await handoffs.open_handoff(
        connection, team, incoming=None, opened_by=roster.BOT, planned_at=closing, now=now
    )
    if new:
        await plan(connection, team, case_id, max(closing, now), now)
    else:
        await _again(connection, team, case_id, closing, now)
    late = now - at >= timedelta(minutes=1)
    result = ("late" if late else "drafted") if new else "under_way"
    await _record(connection, row, "handoff:draft", result, case_id, now)


async def _missed(connection: Connection, team: Team, closings: Sequence[datetime], now: datetime) -> None:
    """Note, and say once, which handoffs were not drafted, by the end of business that each was for."""
    for closing in closings:
        await connection.execute(SQL["missed"], closing, now)
    parameters = {"last": closings[-1].isoformat(), "count": len(closings)}
    await outbox.post(connection, MISSED, SUBJECT, team.channels.operations, now, parameters=parameters)


async def _again(connection: Connection, team: Team, case_id: int, closing: datetime, now: datetime) -> None:
    """Let one that nobody accepted serve this end of a day, and call whoever is to act."""
    await cases.lock(connection, case_id)
    weekend = handoffs.is_weekend(team, closing)
    figures = await handoff_figures.figures(connection, team, now, weekend=weekend)
    await connection.execute(SQL["plan_anew"], case_id, closing, weekend, figures)
    await handoffs.refresh(connection, team, case_id, now)
    await plan(connection, team, case_id, max(closing, now), now)
    await outbox.raise_live(connection, cases.subject(case_id))
    await handoffs.tell(connection, AGAIN, case_id, now, {"quiet": team.calendar.is_quiet(now)})


async def plan(connection: Connection, team: Team, case_id: int, change_at: datetime, now: datetime) -> None:
    """Plan the calls after an instant at which on call was to change, in place of those planned before."""
    subject = cases.subject(case_id)
    first = team.calendar.end_of_quiet(change_at + FIRST)
    second = max(team.calendar.end_of_quiet(change_at + SECOND), first + FIRST)
    for kind, due_at in ((REMIND, first), (RAISE, second)):
        await due.plan(connection, kind, subject, due_at, now)


async def cancel(connection: Connection, case_id: int, now: datetime) -> None:
    """Take back the calls that are planned."""
    for kind in (REMIND, RAISE):
        await due.cancel(connection, kind, cases.subject(case_id), now)


async def look(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Look what is new while a handoff is under way (a due row)."""
    case_id = cases.id_of(row.subject)
    await handoffs.refresh(connection, team, case_id, now)
    handoff = await handoffs.load(connection, case_id)
    if handoff is not None and handoff.state != "accepted":
        await due.add(connection, handoffs.LOOK, row.subject, now + handoffs.EVERY, poll=True)


async def remind(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call whoever is to act (a due row)."""
    await _call(connection, team, row, "reminded", now)


async def raise_(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call management, since nobody accepted (a due row)."""
    await _call(connection, team, row, "raised", now)


async def _call(connection: Connection, team: Team, row: Due, note: str, now: datetime) -> None:
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    handoff = await handoffs.load(connection, case_id)
    if handoff is None or handoff.state == "accepted":
        return
    if team.calendar.is_quiet(now):  # the bot was away at its time
        await due.add(connection, row.kind, row.subject, team.calendar.end_of_quiet(now))
        return
    await connection.execute(SQL[note], case_id, now)
    await outbox.raise_live(connection, row.subject)
    management = await due.pending(connection, RAISE, row.subject) if row.kind == REMIND else None
    await handoffs.tell(
        connection, row.kind, case_id, now, {"management": management.isoformat()} if management else {}
    )
    await _record(connection, row, "handoff:remind" if row.kind == REMIND else "handoff:raise", "called", case_id, now)


async def _record(
    connection: Connection, row: Due, action: str, result: str, case_id: int | None, now: datetime
) -> None:
    await anchoring.record_own(connection, action, result, now, interaction=f"due:{row.id}", case_id=case_id)
