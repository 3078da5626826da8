"""What people answer on a list: an item is settled once, whoever answers has the list, and the last one ends it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.base.database import Connection
from bot.duty import checklists, oncall
from bot.engine import cases, due, outbox
from bot.engine.cases import Case, Step, StepState
from bot.engine.team import Team

NOTED: Final = "checklist.noted"
"""The post with what somebody wrote to an item, and the call where it cannot be done."""
Why = Literal["gone", "closed", "answered", "bots"]


@dataclass(frozen=True)
class Refused:
    """Nothing was changed: there is no such item, the list ended, it was answered, or the bot answers it."""

    why: Why
    case: Case | None = None
    step: Step | None = None


@dataclass(frozen=True)
class Answered:
    """The item is settled; ``case`` is the list after it, ``ended`` whether that was the last one."""

    case: Case
    step: Step
    ended: bool


def is_persons(step: Step) -> bool:
    """Say whether an item is a person's to answer: also what the bot changes, which a person has it do."""
    return step.is_persons or step.kind == "act"


async def open_item(connection: Connection, case_id: int, name: str) -> tuple[Case, Step] | Refused:
    """Return an item that somebody may answer now, or why nobody may."""
    case = await cases.load(connection, case_id)
    step = case.step(name) if case else None
    if case is None or step is None or case.kind != "checklist":
        return Refused("gone")
    if step.state != "todo":
        return Refused("answered", case, step)
    if case.closed_at is not None:
        return Refused("closed", case, step)
    if not is_persons(step):
        return Refused("bots", case, step)
    return case, step


async def answer(
    connection: Connection,
    team: Team,
    case_id: int,
    name: str,
    state: StepState,
    *,
    who: str,
    now: datetime,
    note: str | None = None,
) -> Answered | Refused:
    """Settle an item that is still open, in the caller's transaction.

    Parameters:
        state: ``failed`` is what cannot be done: whoever is on call is told.
        note: their words, which the thread quotes.
    """
    await cases.lock(connection, case_id)
    found = await open_item(connection, case_id, name)
    if isinstance(found, Refused):
        return found
    await cases.settle(connection, case_id, name, state, who=who, now=now, note=note)
    await cases.acknowledge(connection, case_id, who, now)
    subject = cases.subject(case_id)
    head = await outbox.head_of(connection, subject)
    if head is not None and (note or state == "failed"):
        await outbox.post(
            connection,
            NOTED,
            subject,
            head.destination,
            now,
            parent=head.id,
            parameters={"step": name, "call": await _to_call(connection, team, state, who, now)},
        )
    ended = await cases.close_when_finished(connection, case_id, by=who, now=now, resolution="every item is answered")
    if ended:
        await due.cancel(connection, checklists.HALF, subject, now)
        await checklists.told(connection, team, case_id, now)
    await outbox.raise_live(connection, subject)
    after = await cases.load(connection, case_id)
    step = after.step(name) if after else None
    if after is None or step is None:
        reason = f"{subject} is gone"
        raise LookupError(reason)
    return Answered(after, step, ended)


async def _to_call(connection: Connection, team: Team, state: StepState, who: str, now: datetime) -> str | None:
    """Say who is called as an item cannot be done: the person on call, else operations; nobody at night."""
    if state != "failed" or team.calendar.is_quiet(now):
        return None
    on_call = await oncall.now_on_call(connection)
    if on_call is None:
        return "operations"
    return None if on_call.person == who else on_call.person
