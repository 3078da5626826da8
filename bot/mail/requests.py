"""Requests to restrict an account: approving, denying, withdrawing, expiring, reminding, following up."""

from dataclasses import dataclass
from datetime import datetime

from bot.base.database import Connection
from bot.engine import anchoring, approvals, cases, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, restriction_outcomes, restrictions
from bot.mail.restrictions import Facts

REVIEW = "case.review"
"""The renderer of a review's live message."""


@dataclass(frozen=True)
class Approved:
    """The account is restricted."""

    approval: Approval


@dataclass(frozen=True)
class Ended:
    """The request was denied or withdrawn by this click."""

    approval: Approval


@dataclass(frozen=True)
class AlreadyDecided:
    """Somebody else, or the clock, decided before this click."""

    approval: Approval


@dataclass(frozen=True)
class OwnRequest:
    """Whoever asked cannot decide."""

    approval: Approval


@dataclass(frozen=True)
class NotYours:
    """Only the requester may withdraw."""

    approval: Approval


@dataclass(frozen=True)
class FactsMoved:
    """The button shows older facts than the request has now; nothing was decided."""

    approval: Approval


@dataclass(frozen=True)
class Voided:
    """The reason for the request is gone, so it ended without a decision."""

    approval: Approval


@dataclass(frozen=True)
class Unknown:
    """No request is known by this button."""


Decision = Approved | Ended | AlreadyDecided | OwnRequest | NotYours | FactsMoved | Voided | Unknown


async def _again(connection: Connection, approval: Approval) -> Approval:
    fresh = await approvals.load(connection, approval.id)
    if fresh is None:
        message = f"request {approval.id} is gone, and requests are never deleted"
        raise RuntimeError(message)
    return fresh


async def _still_open(
    connection: Connection, team: Team, value: str | None, now: datetime
) -> tuple[Approval, int] | AlreadyDecided | Unknown:
    """Return the waiting request that a button is about; one whose time is over ends here."""
    found = await restrictions.current(connection, value)
    if found is None:
        return Unknown()
    approval, version = found
    if approval.waiting and now >= approval.expires_at:
        # The ticker is late; the person must see what the clock decided, not a decision after it.
        await restriction_outcomes.finish(connection, team, approval, "expired", by=roster.BOT, now=now)
        await _record(connection, approval, "restriction:expire", "expired", now)
        approval = await _again(connection, approval)
    if not approval.waiting:
        return AlreadyDecided(approval)
    return approval, version


async def _facts_now(connection: Connection, team: Team, approval: Approval, now: datetime) -> Facts | Voided:
    """Look at the facts again; a request whose reason is gone becomes void here."""
    account = await accounts.load(connection, approval.subject, lock=True)
    words = None
    facts = None
    if account is None:
        words = "account_gone"
    elif account.restricted:
        words = "already_restricted"
    else:
        facts = await restrictions.facts_of(connection, approval.subject, now)
        if approval.reason == "complaints" and facts.complaints < restrictions.THRESHOLD:
            words = f"complaints:{facts.complaints}"
    if facts is not None and words is None:
        return facts
    await restriction_outcomes.finish(connection, team, approval, "void", by=roster.BOT, now=now, words=words)
    await _record(connection, approval, "restriction:void", "void", now)
    return Voided(await _again(connection, approval))


async def approve(connection: Connection, team: Team, value: str | None, *, approver: str, now: datetime) -> Decision:
    """Approve a request, if the approver did not ask, and the facts are those the button was shown with."""
    found = await _still_open(connection, team, value, now)
    if not isinstance(found, tuple):
        return found
    approval, version = found
    if approver == approval.requester:
        return OwnRequest(approval)
    facts = await _facts_now(connection, team, approval, now)
    if isinstance(facts, Voided):
        return facts
    if facts.worse_than(Facts.of(approval.facts)):
        fresh = await approvals.refresh(connection, approval, facts.as_json(), now)
        await outbox.raise_live(connection, cases.subject(approval.case_id))
        return FactsMoved(fresh)
    if version != approval.facts_version:
        return FactsMoved(approval)
    if not await restriction_outcomes.carry_out(connection, team, approval, facts, approver=approver, now=now):
        await restriction_outcomes.finish(
            connection, team, approval, "void", by=roster.BOT, now=now, words="already_restricted"
        )
        return Voided(await _again(connection, approval))
    return Approved(await _again(connection, approval))


async def deny(
    connection: Connection, team: Team, value: str | None, *, by: str, words: str, now: datetime
) -> Decision:
    """Deny a request, with the reason that the requester and the channel read.

    Facts that moved do not stand in the way: denying changes nothing for the person concerned.
    """
    found = await _still_open(connection, team, value, now)
    if not isinstance(found, tuple):
        return found
    approval, _ = found
    if by == approval.requester:
        return OwnRequest(approval)
    await restriction_outcomes.finish(connection, team, approval, "denied", by=by, now=now, words=words)
    return Ended(await _again(connection, approval))


async def withdraw(connection: Connection, team: Team, value: str | None, *, by: str, now: datetime) -> Decision:
    """Withdraw a request; only whoever asked may."""
    found = await _still_open(connection, team, value, now)
    if not isinstance(found, tuple):
        return found
    approval, _ = found
    if by != approval.requester:
        return NotYours(approval)
    await restriction_outcomes.finish(connection, team, approval, "withdrawn", by=by, now=now)
    return Ended(await _again(connection, approval))


async def _held(connection: Connection, subject: str) -> Approval | None:
    case_id = cases.id_of(subject)
    if not await cases.lock(connection, case_id):
        return None
    return await approvals.of_case(connection, case_id, restrictions.ACTION)


async def _record(
    connection: Connection, approval: Approval, action: str, result: str, now: datetime, row: Due | None = None
) -> None:
    await anchoring.record_own(
        connection,
        action,
        result,
        now,
        interaction=f"due:{row.id}" if row else None,
        case_id=approval.case_id,
        subject=approval.subject,
    )


async def expire(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """End a request that nobody decided in time (a due row)."""
    approval = await _held(connection, row.subject)
    if approval is None or not approval.waiting:
        return
    await restriction_outcomes.finish(connection, team, approval, "expired", by=roster.BOT, now=now)
    await _record(connection, approval, "restriction:expire", "expired", now, row)


async def remind(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call management for a request that was made in quiet hours, with the facts of now (a due row)."""
    approval = await _held(connection, row.subject)
    if approval is None or not approval.waiting or now >= approval.expires_at:
        return  # after an outage its time may be over: nobody is called for what expires now
    facts = await _facts_now(connection, team, approval, now)
    if isinstance(facts, Voided):
        return
    if facts.as_json() != dict(approval.facts):
        await approvals.refresh(connection, approval, facts.as_json(), now)
        await outbox.raise_live(connection, row.subject)
    request = await outbox.live_of(connection, row.subject, restrictions.REQUEST)
    await outbox.post(
        connection,
        "restriction.reminder",
        row.subject,
        team.channels.management,
        now,
        parent=request.id if request else None,
        urgent=True,
    )
    await _record(connection, approval, "restriction:remind", "called", now, row)


async def tell(connection: Connection, _team: Team, row: Due, now: datetime) -> None:
    """Tell the requester after the night how the request ended (a due row)."""
    approval = await _held(connection, row.subject)
    if approval is not None and not approval.waiting:
        await restriction_outcomes.tell_requester(connection, approval, approval.state, now)


async def follow_up(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Open the review of a restriction on its day (a due row; runbook, Restricting Account 7)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    approval = await approvals.of_case(connection, case_id, restrictions.ACTION)
    held = await restrictions.of_case(connection, case_id)
    if approval is None or held is None:
        return
    review = await cases.open_case(
        connection,
        team.runbook,
        "review",
        subject_user=approval.subject,
        opened_by=roster.BOT,
        owner=approval.requester,
        now=now,
        due_at=team.calendar.end_of_next_working_day(now),
    )
    facts = await restrictions.facts_of(connection, approval.subject, now)
    account = await accounts.load(connection, approval.subject)
    state = "still restricted" if account and account.restricted else "not restricted any more"
    await cases.settle(
        connection,
        review,
        "look",
        "done",
        who=roster.BOT,
        now=now,
        outcome=f"{state}; {facts}",
    )
    subject = cases.subject(review)
    live = await outbox.live(connection, REVIEW, subject, team.channels.operations, now)
    await outbox.post(
        connection,
        "review.opened",
        subject,
        team.channels.operations,
        now,
        parent=live,
        parameters={"restriction_case": case_id, "due_at": row.due_at.isoformat()},
    )
    await restrictions.reviewed_in(connection, case_id, review)
    await outbox.raise_live(connection, row.subject)
    await anchoring.record_own(
        connection,
        "review:open",
        "opened",
        now,
        interaction=f"due:{row.id}",
        case_id=review,
        subject=approval.subject,
        parameters={"restriction_case": case_id},
    )
