"""How a request to restrict ends: carried out, or without a restriction; with every record and message."""

from datetime import datetime

from bot.base.database import Connection, queries
from bot.engine import approvals, cases, due, outbox, roster
from bot.engine.access import Group
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail.restrictions import DIRECT, EXPIRE, FOLLOW_UP, FOLLOW_UP_DAYS, REASONS, REMIND, REQUEST, TELL, Facts

SQL = queries("restriction_outcomes")


async def finish(
    connection: Connection,
    team: Team,
    approval: Approval,
    outcome: approvals.Outcome,
    *,
    by: str,
    now: datetime,
    words: str | None = None,
) -> bool:
    """End a request without a restriction: denied, withdrawn, expired or void.

    Returns:
        whether this call ended it; ``False`` when it was decided already.
    """
    if not await approvals.decide(connection, approval, outcome, by=by, now=now, words=words):
        return False
    await cases.close(connection, approval.case_id, "cancelled", by=by, now=now, resolution=outcome)
    await _stop_waiting(connection, cases.subject(approval.case_id), now)
    await _tell_outcome(connection, team, approval, outcome, now)
    return True


async def _tell_outcome(
    connection: Connection, team: Team, approval: Approval, outcome: approvals.Outcome, now: datetime
) -> None:
    """Say how a request ended: in its thread, and to the requester, who may not be in that channel.

    At night nobody is called: the thread names the requester, and the message to them waits.
    """
    subject = cases.subject(approval.case_id)
    quiet = team.calendar.is_quiet(now)
    request = await outbox.live_of(connection, subject, REQUEST)
    await outbox.post(
        connection,
        f"restriction.{outcome}",
        subject,
        team.channels.management,
        now,
        parent=request.id if request else None,
        parameters={"quiet": quiet},
    )
    if outcome == "withdrawn":
        return
    if quiet:
        await due.add(connection, TELL, subject, team.calendar.end_of_quiet(now))
    else:
        await tell_requester(connection, approval, outcome, now)


async def tell_requester(connection: Connection, approval: Approval, outcome: str, now: datetime) -> None:
    """Tell the requester in a direct message, under the copy of the request, how it ended."""
    subject = cases.subject(approval.case_id)
    copy = await outbox.live_of(connection, subject, DIRECT)
    await outbox.post(
        connection,
        f"restriction.{outcome}",
        subject,
        approval.requester,
        now,
        parent=copy.id if copy else None,
        parameters={"quiet": False},
    )


async def _stop_waiting(connection: Connection, subject: str, now: datetime) -> None:
    await due.cancel(connection, EXPIRE, subject, now)
    await due.cancel(connection, REMIND, subject, now)
    await outbox.raise_live(connection, subject)


async def carry_out(
    connection: Connection, team: Team, approval: Approval, facts: Facts, *, approver: str, now: datetime
) -> bool:
    """Restrict the account that an approval is about, with every record and message, in this transaction.

    Returns:
        whether the account was marked here; ``False`` when it is marked already or gone, and
        then nothing at all was done.
    """
    case_id, user_id = approval.case_id, approval.subject
    number = cases.number(case_id)
    words = f"{facts.complaints} complaints in 30 days" if approval.reason == "complaints" else REASONS[approval.reason]
    old = await connection.fetchrow(SQL["restrict"], user_id, now, f"{words} ({number})")
    if old is None:
        return False
    joined = await roster.joined_at(connection, Group.MANAGEMENT, approver, now)
    if not await approvals.decide(connection, approval, "approved", by=approver, now=now, joined_at=joined):
        message = "the case is held, so the request cannot have been decided meanwhile"
        raise RuntimeError(message)
    follow_up = team.calendar.review_after(now, FOLLOW_UP_DAYS)
    before = {
        "email_restricted": old["was_restricted"],
        "email_restricted_at": old["was_restricted_at"].isoformat() if old["was_restricted_at"] else None,
        "email_restriction_reason": old["was_reason"],
    }
    await connection.execute(
        SQL["keep"],
        user_id,
        case_id,
        approval.id,
        now,
        approval.reason,
        approval.requester,
        approver,
        before,
        follow_up,
    )
    record = {
        "reason": words,
        "complaintCount": facts.complaints,
        "requestedBy": approval.requester,
        "approvedBy": approver,
        "caseNumber": number,
        "previous": before,
        "timestamp": now.isoformat(),
    }
    await connection.execute(SQL["faxi_record"], user_id, "account.restricted", record, now)
    for step, outcome in (
        ("restrict", "marked"),
        ("record", "recorded"),
        ("follow_up", team.calendar.review_after(now, FOLLOW_UP_DAYS).date().isoformat()),
    ):
        await cases.settle(connection, case_id, step, "done", who=roster.BOT, now=now, outcome=outcome)
    await cases.set_state(connection, case_id, "acknowledged", None)
    subject = cases.subject(case_id)
    await _stop_waiting(connection, subject, now)
    await due.add(connection, FOLLOW_UP, subject, follow_up)
    await _tell_outcome(connection, team, approval, "approved", now)
    await outbox.post(connection, "restriction.alert", subject, team.channels.alerts, now, settles="alert")
    return True
