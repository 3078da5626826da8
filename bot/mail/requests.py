"""Requests to management: approving, denying, withdrawing, expiring, reminding, telling; whatever is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import anchoring, approvals, cases, handles, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import previews, request_kinds
from bot.mail.request_kinds import Gone, Kind


@dataclass(frozen=True)
class Approved:
    """What was asked for is done; ``previous`` is what stood in Faxi's columns before."""

    approval: Approval
    previous: Mapping[str, Any]


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
class WhyMissing:
    """The facts do not speak for it, so whoever approves must say why; nothing was decided."""

    approval: Approval


@dataclass(frozen=True)
class Voided:
    """The reason for the request is gone, so it ended without a decision."""

    approval: Approval


@dataclass(frozen=True)
class Unknown:
    """No request is known by this button."""


Decision = Approved | Ended | AlreadyDecided | OwnRequest | NotYours | FactsMoved | WhyMissing | Voided | Unknown


async def current(connection: Connection, kind: Kind, value: str | None) -> tuple[Approval, int] | None:
    """Return the request that a button is about, with the version of the facts it was shown with.

    The case is held from here on, so what is returned stays true in this transaction. A request of
    another kind is none: its buttons are others.
    """
    handle = await handles.resolve(connection, approvals.HANDLE, value)
    if handle is None:
        return None
    approval = await approvals.load(connection, int(handle.subject))
    if approval is None or approval.action != kind.action or not await cases.lock(connection, approval.case_id):
        return None
    held = await approvals.load(connection, approval.id)
    return None if held is None else (held, handle.version)


async def _again(connection: Connection, approval: Approval) -> Approval:
    fresh = await approvals.load(connection, approval.id)
    if fresh is None:
        message = f"request {approval.id} is gone, and requests are never deleted"
        raise RuntimeError(message)
    return fresh


async def _still_open(
    connection: Connection, team: Team, kind: Kind, value: str | None, now: datetime
) -> tuple[Approval, int] | AlreadyDecided | Unknown:
    """Return the waiting request that a button is about; one whose time is over ends here."""
    found = await current(connection, kind, value)
    if found is None:
        return Unknown()
    approval, version = found
    if approval.waiting and now >= approval.expires_at:
        # The ticker is late; the person must see what the clock decided, not a decision after it.
        await request_kinds.finish(connection, team, kind, approval, "expired", by=roster.BOT, now=now)
        await _record(connection, approval, "expire", "expired", now)
        approval = await _again(connection, approval)
    if not approval.waiting:
        return AlreadyDecided(approval)
    return approval, version


async def void(connection: Connection, team: Team, kind: Kind, approval: Approval, why: str, now: datetime) -> Voided:
    """End a request whose reason is gone; ``why`` is a code that the messages put into words."""
    await request_kinds.finish(connection, team, kind, approval, "void", by=roster.BOT, now=now, words=why)
    await _record(connection, approval, "void", "void", now)
    return Voided(await _again(connection, approval))


async def approve(
    connection: Connection,
    team: Team,
    kind: Kind,
    value: str | None,
    *,
    approver: str,
    now: datetime,
    words: str | None = None,
) -> Decision:
    """Approve a request, if the approver did not ask, and the facts are those the button was shown with.

    Parameters:
        words: why it is approved although the facts do not speak for it.
    """
    found = await _still_open(connection, team, kind, value, now)
    if not isinstance(found, tuple):
        return found
    approval, version = found
    if approver == approval.requester:
        return OwnRequest(approval)
    looked = await kind.look(connection, team, approval, now)
    if isinstance(looked, Gone):
        return await void(connection, team, kind, approval, looked.why, now)
    if looked.worse:
        fresh = await approvals.refresh(connection, approval, looked.facts, now)
        await previews.want_for(connection, team, fresh, now)
        await outbox.raise_live(connection, kind.subject(approval))
        return FactsMoved(fresh)
    if version != approval.facts_version:
        return FactsMoved(approval)
    if kind.lacks(looked.facts) and not words:
        return WhyMissing(approval)
    previous = await request_kinds.grant(
        connection, team, kind, approval, looked.facts, approver=approver, now=now, words=words
    )
    return Approved(await _again(connection, approval), previous)


async def deny(
    connection: Connection, team: Team, kind: Kind, value: str | None, *, by: str, words: str, now: datetime
) -> Decision:
    """Deny a request, with the reason that the requester and the channel read.

    Facts that moved do not stand in the way: denying changes nothing for the person concerned.
    """
    found = await _still_open(connection, team, kind, value, now)
    if not isinstance(found, tuple):
        return found
    approval, _ = found
    if by == approval.requester:
        return OwnRequest(approval)
    await request_kinds.finish(connection, team, kind, approval, "denied", by=by, now=now, words=words)
    return Ended(await _again(connection, approval))


async def withdraw(
    connection: Connection, team: Team, kind: Kind, value: str | None, *, by: str, now: datetime
) -> Decision:
    """Withdraw a request; only whoever asked may."""
    found = await _still_open(connection, team, kind, value, now)
    if not isinstance(found, tuple):
        return found
    approval, _ = found
    if by != approval.requester:
        return NotYours(approval)
    await request_kinds.finish(connection, team, kind, approval, "withdrawn", by=by, now=now)
    return Ended(await _again(connection, approval))


async def _held(connection: Connection, kind: Kind, subject: str) -> Approval | None:
    found = await request_kinds.of_subject(connection, subject, kind.action)
    if found is None or not await cases.lock(connection, found.case_id):
        return None
    return await _again(connection, found)


async def _record(
    connection: Connection, approval: Approval, what: str, result: str, now: datetime, row: Due | None = None
) -> None:
    await anchoring.record_own(
        connection,
        f"{approval.action}:{what}",
        result,
        now,
        interaction=f"due:{row.id}" if row else None,
        case_id=approval.case_id,
        subject=approval.subject,
    )


async def expire(connection: Connection, team: Team, kind: Kind, row: Due, now: datetime) -> None:
    """End a request that nobody decided in time (a due row)."""
    approval = await _held(connection, kind, row.subject)
    if approval is None or not approval.waiting:
        return
    await request_kinds.finish(connection, team, kind, approval, "expired", by=roster.BOT, now=now)
    await _record(connection, approval, "expire", "expired", now, row)


async def remind(connection: Connection, team: Team, kind: Kind, row: Due, now: datetime) -> None:
    """Call management for a request that was made in quiet hours, with the facts of now (a due row)."""
    approval = await _held(connection, kind, row.subject)
    if approval is None or not approval.waiting or now >= approval.expires_at:
        return  # after an outage its time may be over: nobody is called for what expires now
    looked = await kind.look(connection, team, approval, now)
    if isinstance(looked, Gone):
        await void(connection, team, kind, approval, looked.why, now)
        return
    if dict(looked.facts) != dict(approval.facts):
        fresh = await approvals.refresh(connection, approval, looked.facts, now)
        await previews.want_for(connection, team, fresh, now)
        await outbox.raise_live(connection, row.subject)
    request = await outbox.live_of(connection, row.subject, kind.request)
    await outbox.post(
        connection,
        f"{kind.action}.reminder",
        row.subject,
        team.channels.management,
        now,
        parent=request.id if request else None,
        urgent=True,
    )
    await _record(connection, approval, "remind", "called", now, row)


async def tell(connection: Connection, _team: Team, kind: Kind, row: Due, now: datetime) -> None:
    """Tell the requester after the night how the request ended (a due row)."""
    approval = await _held(connection, kind, row.subject)
    if approval is not None and not approval.waiting:
        await request_kinds.tell_requester(connection, kind, approval, approval.state, now)
