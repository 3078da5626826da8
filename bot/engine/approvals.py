"""Approvals: one person asks, another decides, once, about facts that both have seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import handles
from bot.engine.calendar import Calendar

SQL = queries("approvals")
HANDLE = "rq"
DAY = timedelta(hours=24)
NEW_MEMBER = timedelta(hours=24)
"""An approval by somebody who joined the deciding group more recently than this says so."""

Outcome = Literal["approved", "denied", "withdrawn", "expired", "void"]


@dataclass(frozen=True)
class Approval:
    """A request and what became of it."""

    id: int
    case_id: int
    action: str
    subject: UUID
    requester: str
    requested_at: datetime
    reason: str
    words: str
    state: Literal["waiting", "approved", "denied", "withdrawn", "expired", "void"]
    asked_facts: Mapping[str, Any]
    facts: Mapping[str, Any]
    facts_version: int
    facts_code: str
    facts_at: datetime
    replaced_code: str | None
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_words: str | None
    decider_joined_at: datetime | None

    @property
    def waiting(self) -> bool:
        """Whether nobody has decided yet."""
        return self.state == "waiting"

    @property
    def decider_is_new(self) -> bool:
        """Whether the one who decided had joined the group less than a day before."""
        return (
            self.decider_joined_at is not None
            and self.decided_at is not None
            and self.decided_at - self.decider_joined_at < NEW_MEMBER
        )


def expiry(calendar: Calendar, now: datetime) -> datetime:
    """Return until when a request waits: 24 hours, or the end of the next working day if that is later."""
    return max(now + DAY, calendar.end_of_next_working_day(now))


def _code() -> str:
    return handles.random_word(4, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")


async def ask(
    connection: Connection,
    *,
    case_id: int,
    action: str,
    subject: UUID,
    requester: str,
    now: datetime,
    reason: str,
    words: str,
    facts: Mapping[str, Any],
    expires_at: datetime,
) -> Approval | None:
    """Open a request about these facts.

    Returns:
        the request, or ``None`` when one for the same action and subject waits already.
    """
    approval_id = await connection.fetchval(
        SQL["ask"], case_id, action, subject, requester, now, reason, words, dict(facts), _code(), expires_at
    )
    if approval_id is None:
        return None
    await handles.mint(connection, HANDLE, str(approval_id), 1, now)
    return await load(connection, int(approval_id))


async def load(connection: Connection, approval_id: int) -> Approval | None:
    """Return the request as it stands."""
    row = await connection.fetchrow(SQL["approval"], approval_id)
    return None if row is None else Approval(**dict(row))


async def of_case(connection: Connection, case_id: int, action: str) -> Approval | None:
    """Return the newest request for this action in a case."""
    approval_id = await connection.fetchval(SQL["approval_of_case"], case_id, action)
    return None if approval_id is None else await load(connection, int(approval_id))


async def waiting_for(connection: Connection, action: str, subject: UUID) -> Approval | None:
    """Return the request for this action and subject that waits for a decision."""
    approval_id = await connection.fetchval(SQL["waiting"], action, subject)
    return None if approval_id is None else await load(connection, int(approval_id))


async def last_decided(
    connection: Connection, action: str, subject: UUID, before: int | None = None
) -> Approval | None:
    """Return the newest request for this action and subject that was decided.

    Parameters:
        before: the id of a request; only those made before it count.
    """
    approval_id = await connection.fetchval(SQL["last_decided"], action, subject, before)
    return None if approval_id is None else await load(connection, int(approval_id))


async def decide(
    connection: Connection,
    approval: Approval,
    outcome: Outcome,
    *,
    by: str,
    now: datetime,
    words: str | None = None,
    joined_at: datetime | None = None,
) -> bool:
    """Decide a waiting request; say whether this call decided it.

    The row's own state guards: whatever clicks arrive, one decision ever comes through.
    """
    row = await connection.fetchval(SQL["decide"], approval.id, outcome, by, now, words, joined_at)
    return row is not None


async def refresh(connection: Connection, approval: Approval, facts: Mapping[str, Any], now: datetime) -> Approval:
    """Put newer facts in place of those shown, with a new code and a new button value.

    Raises:
        LookupError: the request was decided meanwhile (the caller holds the case, so it cannot be).
    """
    version = await connection.fetchval(SQL["refresh"], approval.id, dict(facts), _code(), now)
    if version is None:
        message = f"request {approval.id} no longer waits"
        raise LookupError(message)
    await handles.mint(connection, HANDLE, str(approval.id), int(version), now)
    fresh = await load(connection, approval.id)
    if fresh is None:
        message = f"request {approval.id} is gone"
        raise LookupError(message)
    return fresh


async def button_value(connection: Connection, approval: Approval) -> str:
    """Return the value that the buttons of the present rendering carry."""
    return await handles.value_of(connection, HANDLE, str(approval.id), approval.facts_version)
