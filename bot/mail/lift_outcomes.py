"""A request to lift: looking again, what is done when it is granted, and the end of the watch after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, due, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.calendar import Calendar
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, faxes, lifts, metrics
from bot.mail.lifts import CRITERIA, NAMES, WATCH_DAYS, WATCHED, Criteria
from bot.mail.request_kinds import Gone, Kind, Looked
from bot.mail.restriction_outcomes import record_for_faxi
from bot.mail.restrictions import FOLLOW_UP

SQL = queries("lifts")
ENDED: Final = "restriction.ended"
"""The due row by which nobody is told any more of a restriction that has ended."""
LIFTED: Final = "account.restriction_lifted"
"""Faxi's name for the event (faxi-system, section 7, row 8)."""


@dataclass(frozen=True)
class Lifted:
    """A restriction that ended in a case; ``case_id`` is its own, or the same where the bot did not make it."""

    subject: UUID
    case_id: int
    restricted_at: datetime
    requested_by: str
    approved_by: str
    follow_up_at: datetime
    lifted_at: datetime
    lifted_by: str
    watch_until: datetime | None


async def look(connection: Connection, team: Team, approval: Approval, now: datetime) -> Looked | Gone:
    """Count days and complaints again, and hold the account; the contacts stay those that were named."""
    account = await accounts.load(connection, approval.subject, lock=True)
    if account is None:
        return Gone("account_gone")
    shown = Criteria.of(approval.facts)
    if not account.restricted:
        return Gone("not_restricted")
    if account.restricted_at != shown.since:
        return Gone("restricted_anew")
    counted = await lifts.count(connection, account, now, team.zone)
    fresh = Criteria(counted.since, counted.days, counted.complaints, counted.mails, shown.understands, shown.promises)
    return Looked(fresh.as_json(), fresh.worse_than(shown))


async def free(
    connection: Connection,
    *,
    user_id: UUID,
    case_id: int,
    lifted_as: Literal["lift", "error"],
    by: str,
    watch_until: datetime | None,
    record: Mapping[str, Any],
    now: datetime,
) -> Mapping[str, Any] | None:
    """Take the mark away from an account: first what stood there into Faxi's audit, then the columns.

    Follow-ups that were due are taken back, and reviews that are open end with it.

    Parameters:
        by: who approved it.
        record: what Faxi's audit says beside the old values.

    Returns:
        what stood in the columns; ``None`` when the account is not restricted, and then nothing was done.
    """
    old = await connection.fetchrow(SQL["marked"], user_id)
    if old is None:
        return None
    at: datetime | None = old["email_restricted_at"]
    previous = {
        "email_restricted": old["email_restricted"],
        "email_restricted_at": at.isoformat() if at else None,
        "email_restriction_reason": old["email_restriction_reason"],
    }
    number = cases.number(case_id)
    kept = {**record, "approvedBy": by, "caseNumber": number, "previous": previous, "timestamp": now.isoformat()}
    await record_for_faxi(connection, user_id, LIFTED, kept, now)
    if await connection.fetchval(SQL["clear"], user_id) is None:
        message = "the account is held and was restricted, so its mark can be taken away"
        raise RuntimeError(message)
    over = await connection.fetch(SQL["end_restrictions"], user_id, now, by, lifted_as, case_id, watch_until)
    if not over:
        await connection.execute(SQL["keep_unknown"], user_id, now, by, lifted_as, case_id, watch_until, at)
    await end_what_follows(connection, over, case_id, by=by, now=now)
    return previous


async def end_what_follows(
    connection: Connection, ended: Sequence[asyncpg.Record], case_id: int, *, by: str, now: datetime
) -> None:
    """Take back what was still to come of restrictions that ended in a case: follow-ups, and reviews that are open.

    Nobody is told of them any more, either; a due row sees to that, because their cases are not held here.

    Parameters:
        ended: the ``case_id`` and ``review_case`` of each restriction.
        by: who approved that they end.
    """
    resolution = f"the restriction ended in {cases.number(case_id)}"
    for row in ended:
        subject = cases.subject(row["case_id"])
        await due.cancel(connection, FOLLOW_UP, subject, now)
        await due.add(connection, ENDED, subject, now)
        if row["review_case"] is not None:
            await cases.close(connection, row["review_case"], "done", by=by, now=now, resolution=resolution)
            await outbox.raise_live(connection, cases.subject(row["review_case"]))
        await outbox.raise_live(connection, subject)


async def stop_telling(connection: Connection, case_id: int, now: datetime) -> None:
    """Tell nobody any more of a restriction that has ended: not by a fax that waits, not by telephone.

    The case is held.
    """
    await faxes.cancel(connection, case_id=case_id, kind="restriction", now=now)
    case = await cases.load(connection, case_id)
    told = await faxes.of_case(connection, case_id)
    # Of one that is unknown nobody has to decide any more: waiting for that would keep the case open for ever.
    on_its_way = any(one.kind == "restriction" and one.state == "sending" for one in told)
    for name in ("tell", "call"):
        step = case.step(name) if case else None
        if step is not None and (step.kind == "confirm" or not on_its_way):
            await cases.settle(
                connection, case_id, name, "not_applicable", who=roster.BOT, now=now, outcome="the restriction ended"
            )
    await outbox.raise_live(connection, cases.subject(case_id))


async def carry_out(
    connection: Connection,
    team: Team,
    approval: Approval,
    facts: Mapping[str, Any],
    *,
    approver: str,
    now: datetime,
) -> Mapping[str, Any] | None:
    """Lift the restriction that an approval is about, with every record and message, in this transaction.

    Returns:
        what stood in Faxi's columns before; ``None`` when the account is not restricted, and then
        nothing at all was done.
    """
    case_id, user_id, criteria = approval.case_id, approval.subject, Criteria.of(facts)
    watch_until = watch_end(now)
    every = criteria.met == CRITERIA
    record = {
        "reason": "all criteria are met" if every else f"{criteria.met} of {CRITERIA} criteria are met",
        "complaintCount": criteria.complaints,
        "requestedBy": approval.requester,
    }
    previous = await free(
        connection,
        user_id=user_id,
        case_id=case_id,
        lifted_as="lift",
        by=approver,
        watch_until=watch_until,
        record=record,
        now=now,
    )
    if previous is None:
        return None
    for step, outcome in (
        ("update", "mark taken away"),
        ("record", "recorded"),
        ("document", "kept with the request and in both audits"),
    ):
        await cases.settle(connection, case_id, step, "done", who=roster.BOT, now=now, outcome=outcome)
    await cases.set_state(connection, case_id, "acknowledged", watch_until)
    await faxes.want(
        connection,
        team,
        case_id=case_id,
        step="tell",
        kind="lift",
        user_id=user_id,
        wanted_by=approver,
        now=now,
    )
    await due.add(connection, WATCHED, cases.subject(case_id), end_of_watch(team.calendar, watch_until))
    return previous


def end_of_watch(calendar: Calendar, at: datetime) -> datetime:
    """Return when the watch is ended that lasts until this instant: then, or at the next start of business."""
    local = at.astimezone(calendar.zone)
    at_work = calendar.is_working(local.date()) and calendar.business.holds(local.time())
    return at if at_work else calendar.next_opening(at)


def watch_end(lifted_at: datetime) -> datetime:
    """Return until when an account is watched that is lifted at this instant."""
    return lifted_at + timedelta(days=WATCH_DAYS)


def lacks(facts: Mapping[str, Any]) -> bool:
    """Say whether a criterion is not met, so that whoever lifts all the same must say why."""
    return Criteria.of(facts).met < CRITERIA


KIND: Final = Kind(NAMES.action, NAMES.own_case, look, carry_out, lacks)
"""Requests to lift a restriction."""


async def lifted_in(connection: Connection, case_id: int) -> Lifted | None:
    """Return what was lifted in a case, or ``None``."""
    row = await connection.fetchrow(SQL["lifted_in"], case_id)
    return None if row is None else Lifted(**dict(row))


async def watched(connection: Connection, _team: Team, row: Due, now: datetime) -> None:
    """End the watch over an account after a lift, and the case with it when nothing is left to do (a due row)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    lifted = await lifted_in(connection, case_id)
    if lifted is None:
        return
    end = lifted.watch_until or now
    complaints = len(await metrics.complaints_of(connection, lifted.subject, lifted.lifted_at, end))
    outcome = "no new complaint" if complaints == 0 else f"{complaints} new complaint{'s' if complaints > 1 else ''}"
    await cases.settle(connection, case_id, "watch", "done", who=roster.BOT, now=now, outcome=outcome)
    closed = await cases.close_when_finished(
        connection, case_id, by=roster.BOT, now=now, resolution=f"watched for {WATCH_DAYS} days: {outcome}"
    )
    await outbox.raise_live(connection, row.subject)
    await anchoring.record_own(
        connection,
        "lift:watched",
        "closed" if closed else "watched",
        now,
        interaction=f"due:{row.id}",
        case_id=case_id,
        subject=lifted.subject,
        parameters={"complaints": complaints},
    )
