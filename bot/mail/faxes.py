"""What a person is told by fax: notices, the attempts at each, and how they end.

Runbook "Restricting Account" 4, "Lifting Account Restriction" 4, "Reviewing Flagged Account" 4.
Each attempt is an effect of its own that happens once. A reason that may pass (busy, no answer)
leads to a new attempt, three in all; after that, and for every other reason, a person calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.base.telephone import is_e164
from bot.engine import cases, due, effects, handles, later_steps, outbox, roster
from bot.engine.team import Team
from bot.mail import accounts, calling

SQL = queries("faxes")

KIND: Final = "fax"
"""The kind of effect that a fax is."""
HANDLE: Final = "fx"
"""The kind of value by which a button names a notice."""
Kind = Literal["restriction", "lift", "apology", "warning"]
State = Literal["sending", "told", "failed", "unknown", "refused", "cancelled"]
CALL: Final = "fax.call"
"""The due row that calls, after the night, whoever is to tell the person; see :func:`notice_of`."""
_NOTICE: Final = "notice:"
_CALL, _CALL_TITLE = "call", "Tell the person by telephone"
POSTS: Mapping[str, str] = {state: f"fax.{state}" for state in ("told", "failed", "unknown", "refused")}
"""The renderers of what is said in the thread when a notice ends so."""


@dataclass(frozen=True)
class Attempt:
    """One fax, as far as it has come."""

    effect: UUID
    attempt: int
    reference: str
    state: effects.State
    wanted_at: datetime
    due_at: datetime
    error: str | None
    pages: int | None
    status: str | None
    failure_reason: str | None
    telnyx_id: str | None
    attempted_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Told:
    """A notice, as far as it has come; ``reason`` is a code that :mod:`commands.fax_messages` puts into words."""

    id: int
    case_id: int
    step: str
    kind: Kind
    subject: UUID
    language: Literal["ja", "en"]
    facts: Mapping[str, Any]
    state: State
    reason: str | None
    first_attempt: int
    wanted_by: str
    wanted_at: datetime
    ended_at: datetime | None
    attempts: tuple[Attempt, ...]

    @property
    def newest(self) -> Attempt | None:
        """The attempt that was made last, or is to be made."""
        return self.attempts[-1] if self.attempts else None

    @property
    def arrived(self) -> Attempt | None:
        """The attempt that reached the person."""
        return next((one for one in self.attempts if one.state == "done"), None)

    @property
    def tries(self) -> int:
        """How many attempts there were since a person wanted the notice."""
        return sum(1 for one in self.attempts if one.attempt >= self.first_attempt)


async def language_of(connection: Connection, user_id: UUID) -> Literal["ja", "en"]:
    """Return the language of notices to a person: the one of their preferences, else Japanese."""
    row = await connection.fetchrow(SQL["recipient"], user_id)
    return "en" if row is not None and (row["language"] or "").startswith("en") else "ja"


async def unfit(connection: Connection, user_id: UUID) -> str | None:
    """Say why a person cannot be told by fax, as a code, or ``None`` when they can.

    Faxi sends nothing to numbers that no fax came from (faxi-system, section 5), nor to its demo user.
    """
    row = await connection.fetchrow(SQL["recipient"], user_id)
    if row is None:
        return "gone"
    if row["demo_user"] or user_id == accounts.DEMO:
        return "demo_user"
    if not is_e164(row["phone_number"]):
        return "not_e164"
    return None if row["verified"] else "not_verified"


async def untrue(connection: Connection, told: Told) -> str | None:
    """Say why what a notice tells is not so any more, as a code, or ``None`` when it still is.

    A notice can wait for a night, and an account be restricted or free by then.
    """
    row = await connection.fetchrow(SQL["recipient"], told.subject)
    if row is None:
        return None
    if told.kind == "warning":  # it says what happens at 5, which has happened then
        return "restricted_meanwhile" if row["restricted"] else None
    # The account may be restricted, or free, for the sake of another case by now, which tells the person itself.
    over = await connection.fetchval(SQL["overtaken"], told.case_id, told.subject, told.kind, told.wanted_at)
    if told.kind == "restriction":
        return None if row["restricted"] and not over else "not_restricted"
    return "restricted_again" if row["restricted"] or over else None


async def number_of(connection: Connection, user_id: UUID) -> str | None:
    """Return the whole number that a fax goes to; for the request to Telnyx and Faxi's own row, nowhere else."""
    row = await connection.fetchrow(SQL["recipient"], user_id)
    return None if row is None else str(row["phone_number"])


async def want(
    connection: Connection,
    team: Team,
    *,
    case_id: int,
    step: str,
    kind: Kind,
    user_id: UUID,
    wanted_by: str,
    now: datetime,
    reason: str | None = None,
    complaints: int | None = None,
) -> Told:
    """Tell a person something by fax, in the transaction of what they are told; once a case, step and kind.

    Parameters:
        step: the case's step that is done when the fax is delivered, and failed when nothing more can be tried.
        reason: why an account is restricted (a key of ``restrictions.REASONS``).
        complaints: how many in 30 days, where the notice says it.

    Returns:
        the notice: ``sending``, or ``refused`` with why (then the step has failed and a person calls).
    """
    language = await language_of(connection, user_id)
    facts = {"enforced": team.enforced, "reason": reason, "complaints": complaints}
    if not team.faxes:
        await _by_telephone(connection, team, case_id, step)
        return Told(
            id=0,
            case_id=case_id,
            step=step,
            kind=kind,
            subject=user_id,
            language=language,
            facts=facts,
            state="refused",
            reason="not_set_up",
            first_attempt=1,
            wanted_by=wanted_by,
            wanted_at=now,
            ended_at=now,
            attempts=(),
        )
    why = await unfit(connection, user_id)
    state, ended = ("sending", None) if why is None else ("refused", now)
    new = await connection.fetchval(
        SQL["add_notice"], case_id, step, kind, user_id, language, facts, state, why, wanted_by, now, ended
    )
    told = next(one for one in await of_case(connection, case_id) if (one.step, one.kind) == (step, kind))
    if new is None:
        return told  # wanted before
    await handles.mint(connection, HANDLE, str(told.id), 1, now)
    if why is not None:
        await tell_team(connection, team, told, "refused", why, now)
    else:
        await add_attempt(connection, told, team.calendar.fax_time(now), now)
    await outbox.raise_live(connection, cases.subject(case_id))
    return await load(connection, told.id)


async def _by_telephone(connection: Connection, team: Team, case_id: int, step: str) -> None:
    """Leave the step that sends to a person, where the case was laid out while faxes were set up."""
    case = await cases.load(connection, case_id)
    procedure = team.runbook.procedures.get(case.procedure) if case else None
    known = next((one for one in procedure.steps if one.name == step), None) if procedure else None
    title = (known.by_hand or known.title) if known else _CALL_TITLE
    await later_steps.leave_to_person(connection, case_id, step, title)


def notice_of(subject: str) -> int:
    """Return the notice that a due row of kind :data:`CALL` is about."""
    return int(subject.removeprefix(_NOTICE))


async def load(connection: Connection, notice: int) -> Told:
    """Return a notice as it stands.

    Raises:
        LookupError: there is no such notice.
    """
    row = await connection.fetchrow(SQL["notice"], notice)
    if row is None:
        raise LookupError(f"there is no notice {notice}")
    return await _told(connection, row)


async def of_case(connection: Connection, case_id: int) -> tuple[Told, ...]:
    """Return the notices of a case, in their order."""
    rows = await connection.fetch(SQL["notices_of_case"], case_id)
    return tuple([await _told(connection, row) for row in rows])


async def of_account(connection: Connection, user_id: UUID) -> tuple[Told, ...]:
    """Return what a person was told by fax, or was to be told, the newest first (twenty at most)."""
    rows = await connection.fetch(SQL["notices_of"], user_id)
    return tuple([await _told(connection, row) for row in rows])


async def _told(connection: Connection, row: asyncpg.Record) -> Told:
    attempts = await connection.fetch(SQL["attempts"], row["id"])
    return Told(**dict(row), attempts=tuple(Attempt(**dict(one)) for one in attempts))


async def add_attempt(connection: Connection, told: Told, due_at: datetime, now: datetime) -> None:
    """Want one more fax for a notice, from ``due_at`` on (business time), with a reference of its own."""
    number = int(await connection.fetchval(SQL["reference_number"], told.case_id))
    effect = await effects.want(connection, KIND, cases.subject(told.case_id), due_at, now)
    await connection.execute(SQL["add_fax"], effect, told.id, f"{cases.number(told.case_id)}-F{number}")


async def cancel(connection: Connection, *, case_id: int, kind: Kind, now: datetime) -> bool:
    """Take back a notice of which no fax was asked for yet; say whether it was taken back.

    The case must be held.
    """
    for told in await of_case(connection, case_id):
        newest = told.newest
        if told.kind != kind or told.state != "sending" or newest is None:
            continue
        if not await withdraw(connection, newest.effect, now):
            return False
        await take_back(connection, told, None, now)
        return True
    return False


async def withdraw(connection: Connection, effect: UUID, now: datetime) -> bool:
    """End an attempt that has not been made; say whether it had not."""
    if not await effects.move(connection, effect, ["waiting"], "cancelled", now=now):
        return False
    await connection.execute(SQL["ended"], effect, "cancelled", None, now)
    await fate(connection, effect, "failed", now, why="cancelled before it was sent")
    return True


async def take_back(connection: Connection, told: Told, reason: str | None, now: datetime) -> None:
    """End a notice of which nothing goes out any more; nobody has to call because of it."""
    await end(connection, told, ["sending"], "cancelled", reason, now)
    await cases.settle(
        connection, told.case_id, told.step, "not_applicable", who=roster.BOT, now=now, outcome="cancelled"
    )
    await outbox.raise_live(connection, cases.subject(told.case_id))


async def hindrance(connection: Connection, told: Told) -> str | None:
    """Say why a notice cannot go out now, as a code, or ``None`` when it can."""
    return await unfit(connection, told.subject) or await untrue(connection, told)


async def again(connection: Connection, team: Team, notice: int, now: datetime) -> Told | None:
    """Send a notice once more because a person wants it; the case must be held, and is open again if it was closed.

    Returns:
        the notice, or ``None`` when it cannot go out, or neither failed nor is unknown (somebody was quicker).
    """
    told = await load(connection, notice)
    newest = told.newest
    number = (newest.attempt if newest else 0) + 1
    if await hindrance(connection, told) or await connection.fetchval(SQL["again"], notice, number) is None:
        return None
    await cases.reopen(connection, told.case_id, None)
    await later_steps.add(connection, told.case_id, told.step, "act", "Send the fax", now)
    await add_attempt(connection, told, team.calendar.fax_time(now), now)
    await outbox.raise_live(connection, cases.subject(told.case_id))
    return await load(connection, notice)


async def held(connection: Connection, value: str | None) -> Told | None:
    """Return the notice that a button names, with its case held; ``None`` when it names none."""
    handle = await handles.resolve(connection, HANDLE, value)
    if handle is None:
        return None
    told = await load(connection, int(handle.subject))
    await cases.lock(connection, told.case_id)
    return await load(connection, told.id)


async def settle_by_person(connection: Connection, told: Told, *, by: str, now: datetime) -> None:
    """Note that a person was told without the fax, by telephone; the case must be held."""
    await end(connection, told, ["unknown"], "failed", told.reason, now)
    await cases.settle(connection, told.case_id, told.step, "failed", who=by, now=now, outcome="told by telephone")
    await _need_call(connection, told, now)


async def _need_call(connection: Connection, told: Told, now: datetime) -> None:
    """See that a step is there for whoever calls after a fax that failed.

    A case that was laid out while faxes were not set up has none: it would close with the person untold.
    """
    case = await cases.load(connection, told.case_id)
    if case is None or any((one.when_step, one.when_state) == (told.step, "failed") for one in case.steps):
        return
    failed: tuple[str, cases.StepState] = (told.step, "failed")
    await later_steps.add(connection, told.case_id, _CALL, "confirm", _CALL_TITLE, now, when=failed)


async def end(
    connection: Connection, told: Told, states: Sequence[State], state: State, reason: str | None, now: datetime
) -> bool:
    """Move a notice on, when it stands in one of ``states``; say whether it did."""
    ended = None if state in {"sending", "unknown"} else now
    return await connection.fetchval(SQL["end_notice"], told.id, list(states), state, reason, ended) is not None


async def fate(
    connection: Connection,
    effect: UUID,
    status: str,
    now: datetime,
    *,
    telnyx_id: str | None = None,
    key: str | None = None,
    pages: int | None = None,
    why: str | None = None,
) -> None:
    """Tell Faxi's own list of faxes what became of one of ours (faxi-system, section 5)."""
    await connection.fetchval(SQL["fate"], effect, status, telnyx_id, key, pages, why, now)


async def tell_team(
    connection: Connection, team: Team, told: Told, state: State, reason: str | None, now: datetime
) -> None:
    """Settle the step and say in the thread how the notice ended; who must act now is called there."""
    done: cases.StepState = "done" if state == "told" else "failed"
    if state != "unknown":
        await cases.settle(connection, told.case_id, told.step, done, who=roster.BOT, now=now, outcome=reason or state)
        if done == "failed":
            await _need_call(connection, told, now)
        await cases.close_when_finished(
            connection, told.case_id, by=roster.BOT, now=now, resolution="every step is answered"
        )
    subject = cases.subject(told.case_id)
    head = await outbox.head_of(connection, subject)
    if head is not None:
        quiet = team.calendar.is_quiet(now)
        parameters = {"notice": told.id, "quiet": quiet, "reason": reason, "kind": told.kind}
        await outbox.post(
            connection, POSTS[state], subject, head.destination, now, parent=head.id, parameters=parameters
        )
        if state != "told" and quiet:
            await due.add(connection, CALL, f"{_NOTICE}{told.id}", team.calendar.end_of_quiet(now))
        elif state != "told":
            await calling.call(connection, team, told.case_id, POSTS[state], parameters, now)
    await outbox.raise_live(connection, subject)
