"""Complaints after a lift: while the account is watched, each one opens the lift's case again.

Source: runbook "Lifting Account Restriction" 6, "Continue monitoring for 30 days".
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, due, handles, later_steps, outbox
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import calling, restrictions, thresholds

SQL = queries("watching")

COMPLAINED: Final = "lift.complaint"
"""The due row that looks for complaints after an account's last lift; its subject is Faxi's user id."""
POST: Final = "lift.complaint"
CALL: Final = "call_after_complaint"
"""The step that each such complaint adds."""
CALL_LATER: Final = "lift.call"
"""The due row that calls after the night."""


async def complained(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Open the case of a lift again for each complaint that came while the account is watched (a due row)."""
    user_id = UUID(row.subject)
    watch = await connection.fetchrow(SQL["watch_after_lift"], user_id)
    if watch is None or not await cases.lock(connection, watch["case_id"]):
        return
    case_id: int = watch["case_id"]
    complaints = sorted(await thresholds.counted(connection, user_id, now), key=lambda one: (one.at, one.message))
    inside = [one for one in complaints if watch["lifted_at"] <= one.at <= watch["watch_until"]]
    told = [
        place
        for place, one in enumerate(inside, 1)
        if await connection.fetchval(SQL["tell_complaint"], one.message, user_id, case_id, now) is not None
    ]
    if not told:
        return
    await cases.reopen(connection, case_id, team.calendar.end_of_next_working_day(now))
    await later_steps.add(connection, case_id, CALL, "confirm", "Call the person", now)
    subject = cases.subject(case_id)
    await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, now)
    head = await outbox.head_of(connection, subject)
    quiet = team.calendar.is_quiet(now)
    for place in told:
        await outbox.post(
            connection,
            POST,
            subject,
            head.destination if head else team.channels.operations,
            now,
            parent=head.id if head else None,
            parameters={"complaints": place, "quiet": quiet},
        )
    if quiet:
        await due.add(connection, CALL_LATER, subject, team.calendar.end_of_quiet(now))
    elif head is not None:
        await calling.call(connection, team, case_id, POST, {"complaints": len(inside)}, now)
    await outbox.raise_live(connection, subject)
    await anchoring.record_own(
        connection,
        "lift:complaint",
        "reopened",
        now,
        interaction=f"due:{row.id}",
        case_id=case_id,
        subject=user_id,
        parameters={"complaints": len(inside)},
    )


async def call(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call whoever asked for the lift after the night, if nobody has called the person yet (a due row)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    step = case.step(CALL) if case else None
    if step is not None and step.state == "todo":
        said = int(await connection.fetchval(SQL["told_in"], case_id))
        await calling.call(connection, team, case_id, POST, {"complaints": said}, now, after_night=True)
