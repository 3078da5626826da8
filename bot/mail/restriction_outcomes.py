"""A request to restrict: whether its reason still holds, what is done when it is granted, and the review after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, approvals, cases, due, handles, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, faxes, metrics, restrictions, review_calls, thresholds
from bot.mail.crossings import RESTRICT
from bot.mail.request_kinds import Gone, Kind, Looked
from bot.mail.restrictions import ACTION, FOLLOW_UP, FOLLOW_UP_DAYS, NAMES, REASONS, Facts

SQL = queries("restriction_outcomes")

REVIEW = "case.review"
"""The renderer of a review's live message."""


async def look(connection: Connection, _team: Team, approval: Approval, now: datetime) -> Looked | Gone:
    """Look at the facts of a request again, and hold the account."""
    account = await accounts.load(connection, approval.subject, lock=True)
    if account is None:
        return Gone("account_gone")
    if account.restricted:
        return Gone("already_restricted")
    facts = await restrictions.facts_of(connection, approval.subject, now)
    if approval.reason == "complaints" and facts.complaints < RESTRICT:
        return Gone(f"complaints:{facts.complaints}")
    return Looked(facts.as_json(), facts.worse_than(Facts.of(approval.facts)))


async def carry_out(
    connection: Connection,
    team: Team,
    approval: Approval,
    facts: Mapping[str, Any],
    *,
    approver: str,
    now: datetime,
) -> Mapping[str, Any] | None:
    """Restrict the account that an approval is about, with every record and message, in this transaction.

    Returns:
        what stood in Faxi's columns before; ``None`` when the account is marked already or gone, and
        then nothing at all was done.
    """
    case_id, user_id = approval.case_id, approval.subject
    number, complaints = cases.number(case_id), Facts.of(facts).complaints
    words = f"{complaints} complaints in 30 days" if approval.reason == "complaints" else REASONS[approval.reason]
    old = await connection.fetchrow(SQL["restrict"], user_id, now, f"{words} ({number})")
    if old is None:
        return None
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
        "complaintCount": complaints,
        "requestedBy": approval.requester,
        "approvedBy": approver,
        "caseNumber": number,
        "previous": before,
        "timestamp": now.isoformat(),
    }
    await record_for_faxi(connection, user_id, "account.restricted", record, now)
    for step, outcome in (
        ("restrict", "marked"),
        ("record", "recorded"),
        ("follow_up", follow_up.date().isoformat()),
    ):
        await cases.settle(connection, case_id, step, "done", who=roster.BOT, now=now, outcome=outcome)
    await cases.set_state(connection, case_id, "acknowledged", None)
    subject = cases.subject(case_id)
    await due.add(connection, FOLLOW_UP, subject, follow_up)
    await outbox.post(connection, "restriction.alert", subject, team.channels.alerts, now, settles="alert")
    await faxes.want(
        connection,
        team,
        case_id=case_id,
        step="tell",
        kind="restriction",
        user_id=user_id,
        wanted_by=approver,
        now=now,
        reason=approval.reason,
        complaints=complaints,
    )
    return before


async def record_for_faxi(
    connection: Connection, user_id: UUID, event: str, record: Mapping[str, Any], now: datetime
) -> None:
    """Write a row of Faxi's own audit, in the shape that its dashboard knows."""
    await connection.execute(SQL["faxi_record"], user_id, event, dict(record), now)


KIND: Final = Kind(NAMES.action, NAMES.own_case, look, carry_out, ended=thresholds.ended)
"""Requests to restrict an account."""


def _count(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


async def follow_up(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Open the review of a restriction on its day (a due row; runbook, Restricting Account 7)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    restricted = await cases.load(connection, case_id)
    held = await restrictions.of_case(connection, case_id, lock=True)
    if restricted is None or restricted.subject is None or held is None or held.lifted_at is not None:
        return
    if not team.calendar.is_business(now):
        # The bot was away in the hours of its day: a review calls somebody, and waits for the next.
        await due.add(connection, FOLLOW_UP, row.subject, team.calendar.next_opening(now))
        return
    user_id = restricted.subject
    # Nobody asked in Slack for what was done by hand, or what the bot asked for itself.
    approval = await approvals.of_case(connection, case_id, ACTION)
    owner = None if approval is None or approval.requester == roster.BOT else approval.requester
    due_at = team.calendar.end_of_next_working_day(now)
    review = await cases.open_case(
        connection,
        team.runbook,
        "review",
        subject_user=user_id,
        opened_by=roster.BOT,
        owner=owner,
        now=now,
        due_at=due_at,
    )
    await review_calls.plan(connection, team, review, due_at, now)
    complaints = len(await metrics.complaints_since(connection, user_id, held.restricted_at, now))
    mails = await metrics.mails_since(connection, user_id, held.restricted_at, now)
    account = await accounts.load(connection, user_id)
    state = "still restricted" if account and account.restricted else "not restricted any more"
    await cases.settle(
        connection,
        review,
        "look",
        "done",
        who=roster.BOT,
        now=now,
        outcome=f"{state}; since then {_count(complaints, 'new complaint')}, {_count(mails, 'mail')} sent",
    )
    await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, now)
    subject = cases.subject(review)
    live = await outbox.live(connection, REVIEW, subject, team.channels.operations, now)
    await outbox.post(
        connection,
        "review.opened",
        subject,
        team.channels.operations,
        now,
        parent=live,
        parameters={"restriction_case": case_id, "due_at": held.follow_up_at.isoformat()},
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
        subject=user_id,
        parameters={"restriction_case": case_id},
    )
