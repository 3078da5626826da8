"""Our error: a restriction that should not have been made is undone, by one manager or at somebody's report.

Thirty days and criteria do not matter here. The old values go into the audit first, as with a lift;
complaints are not counted anew, for what people complained about stays true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import approvals, cases, due, handles, later_steps, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, faxes, lift_outcomes, request_kinds, requests, restriction_outcomes, restrictions
from bot.mail import lifts as lifting
from bot.mail.accounts import Account
from bot.mail.request_kinds import Gone, Kind, Looked, Names
from bot.mail.requests import AlreadyDecided, Approved, OwnRequest
from bot.mail.restrictions import AlreadyAsked, Asked, Restriction

SQL = queries("restriction_errors")

ACTION: Final = "error"
NAMES: Final = Names(ACTION, own_case=False)
RESTRICTION: Final = "rs"
"""The kind of value by which a form names a restriction."""
UNDONE: Final = "restriction.undone"
"""What is said in the thread of the restriction; also the due row that says it after the night to who asked."""
REASON: Final = "our error"
APOLOGY, BY_TELEPHONE = "apology", "apology_call"
"""The steps by which the person hears of it: a fax, and a call where none can be delivered."""


@dataclass(frozen=True)
class Holding:
    """A restriction that holds, and the report about it that waits for a decision, if there is one."""

    account: Account
    restriction: Restriction
    waiting: Approval | None


@dataclass(frozen=True)
class NotOurs:
    """The account is restricted, but not by this bot, so there is nothing of ours to undo."""

    account: Account


@dataclass(frozen=True)
class Over:
    """The account is not restricted any more; ``account`` is ``None`` when it is gone."""

    account: Account | None


async def about(connection: Connection, value: str | None) -> Holding | NotOurs | Over | None:
    """Return the restriction that a button is about, which names an account or a request to restrict.

    Returns:
        ``None`` when the button is unknown.
    """
    request = await handles.resolve(connection, approvals.HANDLE, value)
    if request is not None:
        approval = await approvals.load(connection, int(request.subject))
        found = await restrictions.of_case(connection, approval.case_id) if approval else None
        return None if found is None else await _state(connection, found)
    account = await handles.resolve(connection, restrictions.ACCOUNT, value)
    if account is None:
        return None
    user = await accounts.load(connection, UUID(account.subject))
    if user is None or not user.restricted:
        return Over(user)
    held = await restrictions.open_restriction(connection, user.id)
    return NotOurs(user) if held is None else await _state(connection, held)


async def of_form(connection: Connection, value: str | None) -> Holding | NotOurs | Over | None:
    """Return the restriction that a form is about; its case is held until the transaction ends."""
    handle = await handles.resolve(connection, RESTRICTION, value)
    case_id = await connection.fetchval(SQL["case_of"], int(handle.subject)) if handle else None
    if case_id is None or not await cases.lock(connection, case_id):
        return None
    found = await restrictions.of_case(connection, case_id)
    return None if found is None else await _state(connection, found)


async def form_value(connection: Connection, restriction: Restriction, now: datetime) -> str:
    """Return the value by which a form names a restriction."""
    return await handles.mint(connection, RESTRICTION, str(restriction.id), 1, now)


async def _state(connection: Connection, restriction: Restriction) -> Holding | Over:
    case = await cases.load(connection, restriction.case_id)
    user_id = case.subject if case else None
    account = await accounts.load(connection, user_id) if user_id else None
    if account is None or not account.restricted or restriction.lifted_at is not None:
        return Over(account)
    return Holding(account, restriction, await approvals.waiting_for(connection, ACTION, account.id))


async def report(
    connection: Connection, team: Team, holding: Holding, *, reporter: str, words: str, now: datetime
) -> Asked | AlreadyAsked | Over:
    """Ask management to undo a restriction; what :func:`of_form` returned holds its case."""
    if holding.waiting is not None:
        return AlreadyAsked(holding.account, holding.waiting)
    account = await accounts.load(connection, holding.account.id, lock=True)
    if account is None or not account.restricted:
        return Over(account)
    approval = await _ask(connection, team, holding, who=reporter, words=words, now=now)
    await handles.mint(connection, restrictions.ACCOUNT, str(account.id), 1, now)
    await request_kinds.place(connection, team, NAMES, approval, now)
    return Asked(approval)


async def _ask(
    connection: Connection, team: Team, holding: Holding, *, who: str, words: str, now: datetime
) -> Approval:
    approval = await approvals.ask(
        connection,
        case_id=holding.restriction.case_id,
        action=ACTION,
        subject=holding.account.id,
        requester=who,
        now=now,
        reason="our_error",
        words=words,
        facts={"restricted_at": holding.restriction.restricted_at.isoformat()},
        expires_at=approvals.expiry(team.calendar, now),
    )
    if approval is None:
        message = "the case is held, so no report of it can have been made meanwhile"
        raise RuntimeError(message)
    return approval


async def undo(
    connection: Connection, team: Team, holding: Holding, *, by: str, words: str, now: datetime
) -> Approved | OwnRequest | AlreadyDecided | Over:
    """Undo a restriction at once, because a manager says so; a report that waits is decided by it.

    What :func:`of_form` returned holds the case.
    """
    if holding.waiting is not None and holding.waiting.requester == by:
        return OwnRequest(holding.waiting)
    approval = holding.waiting or await _ask(connection, team, holding, who=by, words=words, now=now)
    looked = await look(connection, team, approval, now)
    if isinstance(looked, Gone):
        await requests.void(connection, team, KIND, approval, looked.why, now)
        return Over(await accounts.load(connection, holding.account.id))
    why = words if holding.waiting else None
    previous = await request_kinds.grant(
        connection, team, KIND, approval, looked.facts, approver=by, now=now, words=why
    )
    decided = await approvals.load(connection, approval.id)
    if decided is None:
        message = f"request {approval.id} is gone, and requests are never deleted"
        raise RuntimeError(message)
    return Approved(decided, previous)


async def look(connection: Connection, _team: Team, approval: Approval, _now: datetime) -> Looked | Gone:
    """See whether the restriction still holds, and hold the account.

    The case of a lift that is asked for is held first: every other way holds a case before the account.
    """
    lift = await approvals.waiting_for(connection, lifting.ACTION, approval.subject)
    if lift is not None:
        await cases.lock(connection, lift.case_id)
    account = await accounts.load(connection, approval.subject, lock=True)
    if account is None:
        return Gone("account_gone")
    held = await restrictions.of_case(connection, approval.case_id)
    if not account.restricted or held is None or held.lifted_at is not None:
        return Gone("not_restricted")
    return Looked(dict(approval.facts), worse=False)


async def carry_out(
    connection: Connection,
    team: Team,
    approval: Approval,
    _facts: Mapping[str, Any],
    *,
    approver: str,
    now: datetime,
) -> Mapping[str, Any] | None:
    """Undo the restriction of a case, with every record and message, in this transaction.

    Returns:
        what stood in Faxi's columns before; ``None`` when the account is not restricted.
    """
    case_id, user_id = approval.case_id, approval.subject
    counted = await restrictions.facts_of(connection, user_id, now)
    record = {"reason": REASON, "complaintCount": counted.complaints, "requestedBy": approval.requester}
    previous = await lift_outcomes.free(
        connection,
        user_id=user_id,
        case_id=case_id,
        lifted_as="error",
        by=approver,
        watch_until=None,
        record=record,
        now=now,
    )
    if previous is None:
        return None
    lift = await approvals.waiting_for(connection, lifting.ACTION, user_id)
    if lift is not None:
        await requests.void(connection, team, lift_outcomes.KIND, lift, "our_error", now)
    await cases.reopen(connection, case_id, None)
    await cases.set_state(connection, case_id, "acknowledged", None)
    await lift_outcomes.stop_telling(connection, case_id, now)
    await _tell(connection, team, approval, approver, now)
    await _apologise(connection, team, approval, approver, now)
    return previous


async def _apologise(connection: Connection, team: Team, approval: Approval, approver: str, now: datetime) -> None:
    """Let the person hear of it by fax, else by telephone."""
    case_id = approval.case_id
    if team.faxes:
        failed: tuple[str, cases.StepState] = (APOLOGY, "failed")
        await later_steps.add(connection, case_id, APOLOGY, "act", "Send the apology fax", now)
        await later_steps.add(connection, case_id, BY_TELEPHONE, "confirm", "Apologise by telephone", now, when=failed)
    else:
        await later_steps.add(connection, case_id, APOLOGY, "confirm", "Apologise by telephone", now)
    await faxes.want(
        connection,
        team,
        case_id=case_id,
        step=APOLOGY,
        kind="apology",
        user_id=approval.subject,
        wanted_by=approver,
        now=now,
    )


async def _tell(connection: Connection, team: Team, approval: Approval, approver: str, now: datetime) -> None:
    """Say it in the thread of the restriction, and to whoever asked for it unless they know, but not at night."""
    subject, quiet = cases.subject(approval.case_id), team.calendar.is_quiet(now)
    head = await outbox.head_of(connection, subject)
    if head is not None:
        await outbox.post(
            connection, UNDONE, subject, head.destination, now, parent=head.id, parameters={"quiet": quiet}
        )
    copy = await outbox.live_of(connection, subject, restriction_outcomes.KIND.direct)
    if copy is None or copy.destination in {approver, approval.requester}:
        return
    if quiet:
        await due.add(connection, UNDONE, subject, team.calendar.end_of_quiet(now))
    else:
        await _to_requester(connection, subject, now)


async def _to_requester(connection: Connection, subject: str, now: datetime) -> None:
    copy = await outbox.live_of(connection, subject, restriction_outcomes.KIND.direct)
    if copy is not None:
        await outbox.post(
            connection, UNDONE, subject, copy.destination, now, parent=copy.id, parameters={"quiet": False}
        )


async def tell(connection: Connection, _team: Team, row: Due, now: datetime) -> None:
    """Tell whoever asked for a restriction, after the night, that it is undone (a due row)."""
    await _to_requester(connection, row.subject, now)


async def ended(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Tell nobody any more of a restriction that has ended, and end the report of an error in it (a due row)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    await lift_outcomes.stop_telling(connection, case_id, now)
    reported = await approvals.of_case(connection, case_id, ACTION)
    if reported is not None and reported.waiting:
        await requests.void(connection, team, KIND, reported, "not_restricted", now)
    await cases.close_when_finished(
        connection, case_id, by=roster.BOT, now=now, resolution="the restriction ended, and every step is answered"
    )


KIND: Final = Kind(NAMES.action, NAMES.own_case, look, carry_out)
"""Requests to undo a restriction that was our error."""
