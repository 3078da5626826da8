"""Contacts: talks with a person by call, fax or letter, kept as choices only; and the step that one of them does.

Sources: runbook "Lifting Account Restriction" (understanding and commitment come from a talk with the
user) and "Monday Tasks" 2 (contact users).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import cases, outbox
from bot.engine.cases import Case, Step
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import calling, faxes

SQL = queries("contacts")
OLDEST = timedelta(days=90)
"""How long ago a contact may have been that is recorded now: later, nobody remembers it well enough."""

HOW: Mapping[str, str] = {"call": "Call", "fax": "Fax from the person", "letter": "Letter"}
"""The ways to be in contact, and their words."""
OUTCOMES: Mapping[str, str] = {
    "talked": "We talked",
    "family": "Someone of the family talked for the person",
    "nobody": "Nobody answered",
    "refused": "The person does not want to talk",
    "wrong": "Wrong number",
}
"""How a contact may end, and the words for it."""
SAID: Mapping[str, str] = {
    "understands": "Understands what went wrong",
    "promises": "Promises to keep the rules",
    "unaware": "Did not know of the complaints",
    "someone_else": "Someone else used the account",
    "review": "Does not agree, asks for a review",
}
"""What a person may have said, and the words for it: nothing else of a talk is kept."""

_REACHED = frozenset({"talked", "family"})
_WRITTEN = frozenset({"fax", "letter"})
_NOT_REACHED = frozenset({"nobody", "wrong"})
PHONE_STEPS = ("call", "tell", "apology_call", "apology", "call_after_complaint")
"""The steps by which somebody calls the person."""
# ``call`` and ``apology_call`` open when a fax failed; the others are by telephone while faxes are not set up.
_TALK = "talk"  # with the person who was told already, in the review of a restriction


@dataclass(frozen=True)
class Contact:
    """A contact with a person; ``who`` and ``recorded_by`` are people of the team."""

    id: int
    subject: UUID
    case_id: int | None
    how: str
    who: str
    at: datetime
    outcome: str
    said: tuple[str, ...]
    recorded_by: str
    recorded_at: datetime

    @property
    def reached(self) -> bool:
        """Whether the person, or the family for them, was spoken with."""
        return self.outcome in _REACHED


@dataclass(frozen=True)
class Refused:
    """The contact was not recorded: which of its parts is not right, and a sentence that says why."""

    part: Literal["how", "when", "outcome", "said"]
    reason: str


@dataclass(frozen=True)
class Settled:
    """The step of a case that a contact did."""

    case_id: int
    step: Step
    closed: bool


async def record(
    connection: Connection,
    *,
    subject: UUID,
    case_id: int | None,
    how: str,
    who: str,
    at: datetime,
    outcome: str,
    said: Collection[str],
    by: str,
    now: datetime,
) -> Contact | Refused:
    """Keep a contact.

    Parameters:
        subject: the person's id, as Faxi has it.
        case_id: the case that it belongs to, which must be about this person.
        how: a key of :data:`HOW`.
        who: the one of the team who was in contact.
        at: when that was.
        outcome: a key of :data:`OUTCOMES`.
        said: keys of :data:`SAID`; only where the person said something.
        by: the one of the team who records it.

    Returns:
        the contact, or why it is none.
    """
    wrong = _wrong(how, outcome, said, at, now)
    if wrong is not None:
        return wrong
    if case_id is not None:
        # Before the row that refers to it: two who record at once would else wait for each other.
        await cases.lock(connection, case_id)
    kept = [one for one in SAID if one in said]
    contact_id = await connection.fetchval(SQL["record"], subject, case_id, how, who, at, outcome, kept, by, now)
    return Contact(int(contact_id), subject, case_id, how, who, at, outcome, tuple(kept), by, now)


def _wrong(how: str, outcome: str, said: Collection[str], at: datetime, now: datetime) -> Refused | None:
    if how not in HOW:
        return Refused("how", "Please choose one.")
    if at > now:
        return Refused("when", "This is still to come. Please give the time when it was.")
    if at < now - OLDEST:
        return Refused("when", f"This is more than {OLDEST.days} days ago: too long to record it now.")
    if outcome not in OUTCOMES:
        return Refused("outcome", "Please choose one.")
    if how == "fax" and outcome in _NOT_REACHED:
        return Refused("outcome", "A fax from the person is an answer. Please choose another ending.")
    if not set(said) <= set(SAID):
        return Refused("said", "Please choose from the list.")
    if said and not (outcome in _REACHED or (how in _WRITTEN and outcome not in _NOT_REACHED)):
        return Refused("said", "Nobody talked, so nothing can have been said. Please clear this, or change the ending.")
    return None


async def of_account(connection: Connection, user_id: UUID) -> tuple[Contact, ...]:
    """Return all contacts with a person, the newest first."""
    rows = await connection.fetch(SQL["of_account"], user_id)
    return tuple(Contact(**{**dict(row), "said": tuple(row["said"])}) for row in rows)


def to_call(case: Case) -> Step | None:
    """Return the step of a case by which somebody is to call the person now; ``None`` when none is open."""
    return _open_step(case, PHONE_STEPS)


def to_talk(case: Case) -> Step | None:
    """Return the step of a case that a contact with the person does now; ``None`` when there is none."""
    return _open_step(case, (*PHONE_STEPS, _TALK))


def _open_step(case: Case, names: Sequence[str]) -> Step | None:
    if case.closed_at is not None or case.state == "waiting":
        return None
    steps = (case.step(name) for name in names)
    return next((s for s in steps if s and s.kind == "confirm" and s.state == "todo" and case.applies(s)), None)


async def call_after_night(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call whoever is to tell a person what no fax told them in the night, if nobody has yet (a due row)."""
    told = await faxes.load(connection, faxes.notice_of(row.subject))
    await cases.lock(connection, told.case_id)
    told, case = await faxes.load(connection, told.id), await cases.load(connection, told.case_id)
    open_still = told.state == "unknown" or (told.state in {"failed", "refused"} and case and to_call(case))
    if open_still:
        parameters = {"notice": told.id, "reason": told.reason, "kind": told.kind}
        renderer = faxes.POSTS[told.state]
        await calling.call(connection, team, told.case_id, renderer, parameters, now, after_night=True)


async def open_cases(connection: Connection, user_id: UUID) -> tuple[Case, ...]:
    """Return the open cases about a person, those first in which somebody is to call them, then the newest."""
    rows = await connection.fetch(SQL["open_cases"], user_id)
    found = [case for row in rows if (case := await cases.load(connection, row["id"]))]
    return tuple(sorted(found, key=lambda case: to_call(case) is None))


async def settle_call(connection: Connection, contact: Contact, now: datetime) -> Settled | None:
    """Settle the step of the contact's case by which somebody calls or talks with the person, when the contact did it.

    It did when the person was reached after there was something to tell: a talk before the decision
    told nobody of it. A fax of which nothing is known is no longer waited for then. The case is held;
    its live messages are raised, and its thread hears of the step.

    Returns:
        the step, or ``None`` when none was settled.
    """
    if contact.case_id is None or not contact.reached or not await cases.lock(connection, contact.case_id):
        return None
    since: datetime | None = await connection.fetchval(SQL["to_tell_since"], contact.case_id)
    # People give the minute of a talk, not the second.
    if since is None or contact.at < since.replace(second=0, microsecond=0):
        return None
    for told in await faxes.of_case(connection, contact.case_id):
        if told.state == "unknown":
            await faxes.settle_by_person(connection, told, by=contact.who, now=now)
    case = await cases.load(connection, contact.case_id)
    step = to_talk(case) if case else None
    if step is None:
        return None
    outcome = f"{HOW[contact.how]}. {OUTCOMES[contact.outcome]}"
    await cases.settle(connection, contact.case_id, step.name, "done", who=contact.who, now=contact.at, outcome=outcome)
    closed = await cases.close_when_finished(
        connection, contact.case_id, by=contact.recorded_by, now=now, resolution="every step is answered"
    )
    subject = cases.subject(contact.case_id)
    await outbox.raise_live(connection, subject)
    head = await outbox.head_of(connection, subject)
    if head is not None:
        await outbox.post(
            connection, "case.step", subject, head.destination, now, parent=head.id, parameters={"step": step.name}
        )
    return Settled(contact.case_id, step, closed)
