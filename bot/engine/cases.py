"""Cases: a procedure under way, with its number, its steps, and who did what when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import handles
from bot.engine.procedures import Checklist
from bot.engine.procedures import Step as RunbookStep
from bot.engine.runbook import Runbook

SQL = queries("cases")

HANDLE = "cs"
ACKNOWLEDGE = "case.acknowledge"
"""What the step of a procedure calls that is done as soon as somebody has the case."""
STARTED_BY_PEOPLE = frozenset(
    {
        ACKNOWLEDGE,
        "restrictions.ask",
        "lifts.ask",
        "contacts.record",
        "report.week.share",
        "report.month.share",
        "lists.lessons",
        "lists.drill",
        "handoffs.start",
        "handoffs.note",
    }
)
"""The acts that a person starts; all others the bot does by itself."""
Verdict = Literal["pass", "warn", "fail", "unknown"]
CaseKind = Literal["procedure", "checklist", "handoff"]
State = Literal["open", "acknowledged", "waiting", "done", "cancelled"]
StepState = Literal["todo", "done", "failed", "not_applicable", "skipped"]


@dataclass(frozen=True)
class Step:
    """One step of a case, and what became of it; ``points``: what the runbook has under it, one a line."""

    position: int
    name: str
    kind: str
    title: str
    state: StepState
    who: str | None
    at: datetime | None
    outcome: str | None
    note: str | None
    when_step: str | None
    when_state: str | None
    calls: str | None = None
    source: str | None = None
    asks: str | None = None
    why_by_hand: str | None = None
    leads_to: str | None = None
    link: str | None = None
    points: str | None = None
    verdict: Verdict | None = None
    facts: Mapping[str, Any] | None = None
    looked_at: datetime | None = None

    @property
    def is_bots(self) -> bool:
        """Whether the bot does it by itself, so that no person has to wait for it."""
        return self.kind == "act" and self.calls not in STARTED_BY_PEOPLE

    @property
    def is_persons(self) -> bool:
        """Whether a person is to answer it: what the bot cannot do, or a check that is not in order and asks."""
        if self.kind == "confirm":
            return True
        return self.kind == "check" and self.looked_at is not None and (bool(self.asks) or self.verdict == "unknown")


@dataclass(frozen=True)
class Case:
    """A case as it stands.

    Attributes:
        closing: what closing demands, as the runbook had it when the case was opened; ``None``: nothing.
        finding: the word of the finding or decision with which it was closed.
        planned_at: when the schedule wanted it; ``None`` for a case that somebody opened.
        opened_from: the case from which it was started, where it was.
        answer_by: until when somebody was to have it, as the alert that led to it demands; ``due_at`` until they do.
    """

    id: int
    procedure: str
    title: str
    subject: UUID | None
    severity: str
    state: State
    owner: str | None
    opened_by: str
    opened_at: datetime
    due_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    resolution: str | None
    steps: tuple[Step, ...]
    kind: CaseKind = "procedure"
    closing: Mapping[str, Any] | None = None
    finding: str | None = None
    planned_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    opened_from: int | None = None
    from_channel: str | None = None
    from_ts: str | None = None
    answer_by: datetime | None = None

    @property
    def number(self) -> str:
        """The case's number, as people write it."""
        return number(self.id)

    @property
    def awaits_answer(self) -> bool:
        """Whether it is due that somebody has it."""
        return self.acknowledged_at is None and self.due_at is not None and self.due_at == self.answer_by

    @property
    def present(self) -> Step | None:
        """The step that comes next, while the case is open.

        What the bot changes by itself, such as a message that waits for Slack, holds up nobody: a
        step after it comes first. While the case waits for a decision, nothing is passed over.
        """
        if self.closed_at is not None:
            return None
        todo = [step for step in self.steps if step.state == "todo" and self.applies(step)]
        others = [step for step in todo if not step.is_bots] if self.state != "waiting" else []
        return next(iter(others or todo), None)

    def step(self, name: str) -> Step | None:
        """Return the step of this name."""
        return next((step for step in self.steps if step.name == name), None)

    def applies(self, step: Step) -> bool:
        """Say whether a step is to be done at all, as things stand: one may wait for how an earlier one ended."""
        named = self.step(step.when_step) if step.when_step else None
        return named is None or named.state == step.when_state


@dataclass(frozen=True)
class Origin:
    """Whence a case comes: the schedule's instant, another case, or a message in Slack."""

    planned_at: datetime | None = None
    case: int | None = None
    channel: str | None = None
    ts: str | None = None


def number(case_id: int) -> str:
    """Return the number of a case: ``OPS-0042``."""
    return f"OPS-{case_id:04d}"


def subject(case_id: int) -> str:
    """Return the name under which live messages, posts and due rows of a case lie."""
    return f"case:{case_id}"


def id_of(case_subject: str) -> int:
    """Return the case's id from its :func:`subject`."""
    return int(case_subject.removeprefix("case:"))


async def open_case(
    connection: Connection,
    runbook: Runbook,
    procedure: str,
    *,
    subject_user: UUID | None,
    opened_by: str,
    owner: str | None,
    now: datetime,
    state: State = "open",
    due_at: datetime | None = None,
    origin: Origin | None = None,
    answer_by: datetime | None = None,
) -> int:
    """Open a case with the steps of a procedure, copied from the runbook as it is now.

    Parameters:
        answer_by: until when somebody has to have it; it is due then.

    Returns:
        the case's id.

    Raises:
        asyncpg.UniqueViolationError: the schedule's run of this instant has its case already.
    """
    found = runbook.procedures[procedure]
    steps = found.steps
    came = origin or Origin()
    case_id = int(
        await connection.fetchval(
            SQL["open_case"],
            procedure,
            runbook.hash,
            found.title,
            subject_user,
            found.severity,
            state,
            owner,
            opened_by,
            now,
            due_at or answer_by,
            "checklist" if isinstance(found, Checklist) else "procedure",
            found.closing.model_dump() if found.closing else None,
            came.planned_at,
            came.case,
            came.channel,
            came.ts,
            answer_by,
        )
    )
    await lay_out_steps(connection, case_id, steps, now)
    return case_id


async def lay_out_steps(connection: Connection, case_id: int, steps: Sequence[RunbookStep], now: datetime) -> None:
    """Copy the steps of a procedure into a case that has none yet, with the values of their buttons."""
    await connection.execute(
        SQL["add_steps"],
        case_id,
        list(range(1, len(steps) + 1)),
        [step.name for step in steps],
        [step.kind for step in steps],
        [step.title for step in steps],
        [step.when.step if step.when else None for step in steps],
        [step.when.state if step.when else None for step in steps],
        [step.calls for step in steps],
        [step.source for step in steps],
        [step.asks for step in steps],
        [step.why_by_hand for step in steps],
        [step.leads_to for step in steps],
        [step.link for step in steps],
        ["\n".join(step.points) or None for step in steps],
    )
    for step in steps:
        await handles.mint(connection, HANDLE, f"{case_id}:{step.name}", 1, now)


async def step_value(connection: Connection, case_id: int, step: str) -> str:
    """Return the opaque value of the buttons about a step."""
    return await handles.value_of(connection, HANDLE, f"{case_id}:{step}", 1)


async def step_of(connection: Connection, value: str | None) -> tuple[int, str] | None:
    """Return the case and step that a button is about, or ``None`` when it is unknown."""
    handle = await handles.resolve(connection, HANDLE, value)
    if handle is None:
        return None
    case_id, _, step = handle.subject.partition(":")
    return int(case_id), step


async def lock(connection: Connection, case_id: int) -> bool:
    """Hold the case until the transaction ends; say whether there is such a case."""
    return await connection.fetchval(SQL["lock_case"], case_id) is not None


async def load(connection: Connection, case_id: int) -> Case | None:
    """Return the case as it stands, or ``None`` when there is none."""
    row = await connection.fetchrow(SQL["case"], case_id)
    if row is None:
        return None
    steps = await connection.fetch(SQL["steps"], case_id)
    return Case(**dict(row), steps=tuple(Step(**dict(step)) for step in steps))


async def of_subject(connection: Connection, case_subject: str) -> Case:
    """Return the case of a :func:`subject`, such as the one that a message is about.

    Raises:
        LookupError: it is gone.
    """
    case = await load(connection, id_of(case_subject))
    if case is None:
        reason = f"{case_subject} is gone"
        raise LookupError(reason)
    return case


async def settle(
    connection: Connection,
    case_id: int,
    step: str,
    state: StepState,
    *,
    who: str,
    now: datetime,
    outcome: str | None = None,
    note: str | None = None,
) -> bool:
    """Settle a step that is still to do.

    Returns:
        whether this call settled it; ``False`` means that somebody else had.
    """
    position = await connection.fetchval(SQL["settle_step"], case_id, step, state, who, now, outcome, note)
    return position is not None


async def looked(
    connection: Connection, case_id: int, step: str, verdict: Verdict, facts: Mapping[str, Any], now: datetime
) -> None:
    """Keep what a check found, and when; the step itself is settled apart."""
    await connection.execute(SQL["looked"], case_id, step, verdict, dict(facts), now)


async def acknowledge(connection: Connection, case_id: int, person: str, now: datetime) -> bool:
    """Let a person have an open case that nobody has acknowledged; say whether this call did.

    A step that calls :data:`ACKNOWLEDGE` is done with it.
    """
    if await connection.fetchval(SQL["acknowledge"], case_id, person, now) is None:
        return False
    await connection.execute(SQL["settle_calls"], case_id, ACKNOWLEDGE, person, now)
    return True


async def give_to(connection: Connection, case_id: int, person: str) -> bool:
    """Let another person have an open case; say whether anything changed."""
    return await connection.fetchval(SQL["give_to"], case_id, person) is not None


async def set_state(connection: Connection, case_id: int, state: State, due_at: datetime | None) -> None:
    """Move an open case to another state, with the next instant that matters."""
    await connection.execute(SQL["set_state"], case_id, state, due_at)


async def close(
    connection: Connection,
    case_id: int,
    state: Literal["done", "cancelled"],
    *,
    by: str,
    now: datetime,
    resolution: str,
    finding: str | None = None,
) -> bool:
    """Close an open case; say whether this call closed it.

    Parameters:
        finding: the word of the finding or decision, where closing demands one.
    """
    return await connection.fetchval(SQL["close_case"], case_id, state, by, now, resolution, finding) is not None


async def reopen(connection: Connection, case_id: int, due_at: datetime | None) -> bool:
    """Open a closed case again; say whether this call did."""
    return await connection.fetchval(SQL["reopen_case"], case_id, due_at) is not None


async def close_when_finished(connection: Connection, case_id: int, *, by: str, now: datetime, resolution: str) -> bool:
    """Close the case when no step is left to do and closing demands nothing; say whether it was closed."""
    case = await load(connection, case_id)
    if case is None or case.closed_at is not None or case.present is not None or case.closing is not None:
        return False
    return await close(connection, case_id, "done", by=by, now=now, resolution=resolution)
