"""Lists that are worked off: opened by a schedule or by hand, once a day, each with its chases and its end.

Source: runbook "Daily Operations", "Weekly Operations", "Monthly Operations". A list ends when all of it is
answered, else when the next one of its name is opened: what was left is then recorded as not done.
"""

from datetime import datetime, time, timedelta
from typing import Final

from bot.base.database import Connection, queries
from bot.duty import contact_calls
from bot.engine import anchoring, cases, checks, due, handles, outbox, roster
from bot.engine.cases import Case, Origin, Step
from bot.engine.team import Team

SQL = queries("checklists")
RENDERER: Final = "checklist"
"""What draws a list's live message."""
HANDLE: Final = "cl"
"""The letters that begin the values of a list's own buttons: ``42 all`` or ``42 open``, from an item on."""
ENDED: Final = "checklist.ended"
"""The post that says what was left of a list when the next one came."""
HALF: Final = "checklist.half"
"""The due row, and the renderer, of the call at half time for what is open; its subject is the case."""
END: Final = "checklist.end"
"""The due row, and the renderer, of the call at the end of the day; while it waits, the day's result was not told."""
RESULT: Final = "checklist.result"
"""The post with the day's result: one line in the channel, once a list."""
PARTS: Final = 8
"""The most messages of one list."""
_ITEMS: Final = 24
_LETTERS: Final = 5_500
_LINE: Final = 130
"""Letters that an item takes beside its title and what it asks: its figures, who answered it, and when."""
NOT_DONE: Final = "not done that day"
"""The outcome of what nobody answered before the next list of that name came."""


async def open_list(
    connection: Connection,
    team: Team,
    name: str,
    *,
    planned_at: datetime | None,
    now: datetime,
    opened_by: str,
    parent: int | None = None,
) -> int:
    """Open a list, unless it is there: what a schedule and people want of one day is one list.

    A list that somebody began by hand before its time is the one that the schedule then finds, also when
    it is complete by then.

    Parameters:
        planned_at: when the schedule wanted it; ``None`` for a person, who gets the present one if there is one.
        now: when it is opened, business time.
        opened_by: a person's id, or the bot's.
        parent: the list (a case's id) in whose thread it is to stand.

    Returns:
        the id of the list's case.

    Raises:
        KeyError: the runbook has no list of this name.
    """
    wanted = team.runbook.checklists[name]
    await connection.execute(SQL["one_at_a_time"], name)
    there = await _there(connection, team, name, planned_at, now)
    if there is not None:
        return there
    left = [row["id"] for row in await connection.fetch(SQL["open_ones"], name)]
    for earlier in left:
        await end(connection, team, earlier, now)
    due_at = (planned_at or now) + timedelta(minutes=wanted.due_in)
    case_id = await cases.open_case(
        connection,
        team.runbook,
        name,
        subject_user=None,
        opened_by=opened_by,
        owner=None if opened_by == roster.BOT else opened_by,
        now=now,
        due_at=due_at,
        origin=Origin(planned_at=planned_at, case=parent),
    )
    for shown in ("all", "open"):
        await handles.mint(connection, HANDLE, f"{case_id} {shown}", 0, now)
    if parent is not None:  # whose message names the lists in its thread
        await outbox.raise_live(connection, cases.subject(parent))
    await _plan_calls(connection, team, case_id, due_at, now)
    await contact_calls.plan(connection, team, case_id, now)
    if any(step.kind == "check" for step in wanted.steps):
        await checks.want(connection, case_id, now)
    else:
        await checks.appear(connection, team, RENDERER, case_id, now)
        await looked(connection, team, case_id, now)
    if opened_by == roster.BOT:
        late = planned_at is not None and now - planned_at >= timedelta(minutes=1)
        await anchoring.record_own(
            connection, "checklist:open", "late" if late else "opened", now, case_id=case_id, parameters={"list": name}
        )
    return case_id


async def _there(
    connection: Connection, team: Team, name: str, planned_at: datetime | None, now: datetime
) -> int | None:
    """Return the list that is there already for what is wanted."""
    if planned_at is None:
        return await present(connection, team, name, now)
    same = await connection.fetchval(SQL["planned"], name, planned_at)
    if same is not None:
        return int(same)
    row = await connection.fetchrow(SQL["latest"], name, *day_of(team, planned_at))
    if row is None or row["planned_at"] is not None:
        return None
    await connection.execute(SQL["adopt"], row["id"], planned_at)
    return int(row["id"])


async def present(connection: Connection, team: Team, name: str, now: datetime) -> int | None:
    """Return today's list of this name; of one that does not come daily, the one that is still open too.

    Parameters:
        now: business time.
    """
    row = await connection.fetchrow(SQL["latest"], name, *day_of(team, now))
    if row is not None:
        return int(row["id"])
    wanted = team.runbook.checklists.get(name)
    if wanted is None or wanted.schedule.on == "working_day":
        return None
    still = await connection.fetch(SQL["open_ones"], name)
    return int(still[-1]["id"]) if still else None


def day_of(team: Team, at: datetime) -> tuple[datetime, datetime]:
    """Return the beginning of the team's day that holds an instant, and of the next day."""
    day = at.astimezone(team.zone).date()
    begin = datetime.combine(day, time(0), team.zone)
    return begin, datetime.combine(day + timedelta(days=1), time(0), team.zone)


async def _plan_calls(connection: Connection, team: Team, case_id: int, due_at: datetime, now: datetime) -> None:
    """Have what is open called for at half time, where there is time, and at the end of the day; never at night."""
    subject = cases.subject(case_id)
    closing = team.calendar.closing(due_at.astimezone(team.zone).date())
    end_at = team.calendar.end_of_quiet(max(due_at, closing, now + timedelta(minutes=1)))
    half = team.calendar.end_of_quiet(now + (due_at - now) / 2)
    if now < half < end_at:
        await due.add(connection, HALF, subject, half)
    await due.add(connection, END, subject, end_at)


def left_of(case: Case) -> int:
    """Return how many items of a list nobody has answered; of a list that ended, what was not done."""
    return sum(step.state == "todo" and case.applies(step) for step in case.steps) + sum(
        step.outcome == NOT_DONE for step in case.steps
    )


async def end(connection: Connection, team: Team, case_id: int, now: datetime) -> bool:
    """End a list that is still open as the next one of its name comes: what was left is recorded, and said.

    Returns:
        whether this call ended it.
    """
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    if case is None or case.closed_at is not None:
        return False
    left = [step for step in case.steps if step.state == "todo" and case.applies(step)]
    for step in left:
        await cases.settle(connection, case_id, step.name, "skipped", who=roster.BOT, now=now, outcome=NOT_DONE)
    resolution = f"{len(left)} of {len(case.steps)} not done" if left else "every item is answered"
    await cases.close(
        connection, case_id, "cancelled" if left else "done", by=roster.BOT, now=now, resolution=resolution
    )
    await told(connection, team, case_id, now)
    subject = cases.subject(case_id)
    await due.cancel(connection, HALF, subject, now)
    head = await outbox.head_of(connection, subject)
    if head is not None:
        await outbox.raise_live(connection, subject)
        await outbox.post(connection, ENDED, subject, head.destination, now, parent=head.id)
    await anchoring.record_own(
        connection, "checklist:end", "ended", now, case_id=case_id, parameters={"left": len(left)}
    )
    return True


async def looked(connection: Connection, team: Team, case_id: int, now: datetime) -> None:
    """See to what follows as a list was looked at: its result, the rest of a long one, what its steps show.

    A case that is no list is left alone.
    """
    case = await cases.load(connection, case_id)
    if case is None or case.kind != "checklist":
        return
    subject = cases.subject(case_id)
    root = await connection.fetchval(SQL["root"], subject)
    for part in range(2, len(parts_of(case)) + 1):
        if await outbox.live_of(connection, subject, f"{RENDERER}.{part}") is None:
            await outbox.live(connection, f"{RENDERER}.{part}", subject, team.channels.operations, now, parent=root)
    if case.closed_at is not None:
        await told(connection, team, case_id, now)
        return
    for step in case.steps:
        if step.kind == "show" and step.calls and step.state == "todo" and case.applies(step):
            await _show(connection, team, case_id, step, now)
    if await cases.close_when_finished(
        connection, case_id, by=roster.BOT, now=now, resolution=checks.closing_words(case)
    ):
        await outbox.raise_live(connection, subject)
        await told(connection, team, case_id, now)


async def _show(connection: Connection, team: Team, case_id: int, step: Step, now: datetime) -> None:
    """Let the thread have what a step shows, once."""
    head = await outbox.head_of(connection, cases.subject(case_id))
    if head is None or not await cases.settle(connection, case_id, step.name, "done", who=roster.BOT, now=now):
        return
    await outbox.post(
        connection,
        step.calls or "",
        cases.subject(case_id),
        team.channels.operations,
        now,
        parent=head.id,
        parameters={"step": step.name},
    )


def parts_of(case: Case) -> tuple[tuple[Step, ...], ...]:
    """Return a list's items as its messages hold them: one message, and further ones in its thread for a long list.

    What an item takes is known from what the runbook says of it, so it never moves to another message.
    """
    parts: list[list[Step]] = [[]]
    letters = 0
    for step in case.steps:
        size = len(step.title) + len(step.asks or "") + _LINE
        if parts[-1] and (letters + size > _LETTERS or len(parts[-1]) == _ITEMS) and len(parts) < PARTS:
            parts.append([])
            letters = 0
        parts[-1].append(step)
        letters += size
    return tuple(tuple(part) for part in parts)


async def told(connection: Connection, team: Team, case_id: int, now: datetime) -> bool:
    """Tell the day's result in the channel, if it was not told; say whether this call did."""
    subject = cases.subject(case_id)
    if await due.pending(connection, END, subject) is None:
        return False
    await due.cancel(connection, END, subject, now)
    await tell(connection, team, case_id, now)
    return True


async def tell(connection: Connection, team: Team, case_id: int, now: datetime) -> None:
    """Tell the day's result as it is now, in one line in the channel."""
    case = await cases.load(connection, case_id)
    if case is None:
        return
    parameters = {"left": left_of(case), "closed": case.closed_at is not None}
    await outbox.post(connection, RESULT, cases.subject(case_id), team.channels.operations, now, parameters=parameters)
