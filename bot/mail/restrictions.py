"""Restricting an account: what speaks for it, who asks, who decides, and what is done then.

Sources: runbook "Restricting Account" (5 complaints in 30 days or a manual decision, follow-up in
30 days); management approves (runbook "Escalation Path", level 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import accounts, metrics, request_kinds
from bot.mail.accounts import Account
from bot.mail.crossings import RESTRICT
from bot.mail.request_kinds import Names

SQL = queries("restrictions")

ACTION: Final = "restriction"
ACCOUNT: Final = accounts.HANDLE
"""The kind of value by which buttons and forms name an account."""
FOLLOW_UP_DAYS = 30
"""Days until a restriction is looked at again (runbook, Restricting Account 7)."""
FOLLOW_UP = "restriction.follow_up"
"""The due row of the review."""
NAMES: Final = Names(ACTION, own_case=True)
REQUEST = NAMES.request

REASONS: Mapping[str, str] = {
    "complaints": "5 or more complaints in 30 days",
    "fraud": "Fraud or scam mail",
    "asked": "The user or family asked for it",
    "other": "Something else",
}
"""The reasons one may give, and their words."""


@dataclass(frozen=True)
class Facts:
    """What speaks for or against a restriction, at one instant."""

    complaints: int
    dated: tuple[tuple[str, str], ...]
    not_counted: int
    mails: int
    earlier: int

    def __str__(self) -> str:
        """Say the figure in words: ``5 complaints about 86 mails in 30 days``."""
        complaints = "1 complaint" if self.complaints == 1 else f"{self.complaints:,} complaints"
        mails = "1 mail" if self.mails == 1 else f"{self.mails:,} mails"
        return f"{complaints} about {mails} in 30 days"

    def as_json(self) -> dict[str, Any]:
        """Return the facts as they are kept with a request."""
        return {
            "complaints": self.complaints,
            "dated": [list(one) for one in self.dated],
            "not_counted": self.not_counted,
            "mails": self.mails,
            "earlier": self.earlier,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Facts":
        """Read facts that were kept with a request."""
        dated = tuple((str(at), str(kind)) for at, kind in data["dated"])
        return cls(data["complaints"], dated, data["not_counted"], data["mails"], data["earlier"])

    def worse_than(self, shown: "Facts") -> bool:
        """Say whether these are graver than those that were shown: more complaints, or a restriction more."""
        return self.complaints > shown.complaints or self.earlier > shown.earlier


@dataclass(frozen=True)
class Restriction:
    """A restriction that the bot knows of; ``previous`` is what stood in Faxi's columns before."""

    id: int
    case_id: int
    restricted_at: datetime
    reason: str
    requested_by: str
    approved_by: str
    previous: Mapping[str, Any]
    follow_up_at: datetime
    review_case: int | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_as: Literal["lift", "error", "by_hand", "elsewhere"] | None
    lift_case: int | None


@dataclass(frozen=True)
class Candidate:
    """An account that may be restricted, with the facts."""

    account: Account
    facts: Facts


@dataclass(frozen=True)
class AlreadyRestricted:
    """The account is restricted; ``restriction`` is ``None`` when the bot did not do it."""

    account: Account
    restriction: Restriction | None


@dataclass(frozen=True)
class AlreadyAsked:
    """A request for the account waits for a decision."""

    account: Account
    approval: Approval


@dataclass(frozen=True)
class Gone:
    """There is no such account, or no such request, any more."""


@dataclass(frozen=True)
class ReasonDoesNotHold:
    """The reason given is not what the figures say."""

    facts: Facts


@dataclass(frozen=True)
class Asked:
    """The request waits for management."""

    approval: Approval


async def last_lift(connection: Connection, user_id: UUID) -> datetime | None:
    """Return the instant from which an account's complaints count anew, or ``None`` when nothing was lifted."""
    lift: datetime | None = await connection.fetchval(SQL["last_lift"], user_id)
    return lift


async def facts_of(connection: Connection, user_id: UUID, now: datetime) -> Facts:
    """Count what speaks for a restriction, as of ``now``."""
    lift = await last_lift(connection, user_id)
    figures = await metrics.account_figures(connection, user_id, now, lift)
    earlier = await connection.fetchval(SQL["earlier"], user_id)
    return Facts(
        complaints=len(figures.complaints),
        dated=tuple((one.at.isoformat(), one.kind) for one in figures.complaints[:10]),
        not_counted=figures.not_counted,
        mails=figures.mails,
        earlier=int(earlier),
    )


async def open_restriction(connection: Connection, user_id: UUID) -> Restriction | None:
    """Return the restriction that holds, or ``None`` when the bot made none."""
    row = await connection.fetchrow(SQL["open_restriction"], user_id)
    return None if row is None else Restriction(**dict(row))


async def of_case(connection: Connection, case_id: int, *, lock: bool = False) -> Restriction | None:
    """Return the restriction that a case led to; ``lock`` holds it until the transaction ends."""
    row = await connection.fetchrow(SQL["hold_restriction" if lock else "restriction_of_case"], case_id)
    return None if row is None else Restriction(**dict(row))


async def reviewed_in(connection: Connection, case_id: int, review: int) -> None:
    """Note the case in which the restriction of ``case_id`` is looked at again."""
    await connection.execute(SQL["reviewed_in"], case_id, review)


async def look(
    connection: Connection, user_id: UUID, now: datetime, *, lock: bool = False
) -> Candidate | AlreadyRestricted | AlreadyAsked | Gone:
    """Say how things stand with an account that somebody wants to restrict.

    Parameters:
        lock: hold the account until the transaction ends.
    """
    account = await accounts.load(connection, user_id, lock=lock)
    if account is None:
        return Gone()
    waiting = await approvals.waiting_for(connection, ACTION, user_id)
    if waiting is not None:
        return AlreadyAsked(account, waiting)
    if account.restricted:
        return AlreadyRestricted(account, await open_restriction(connection, user_id))
    return Candidate(account, await facts_of(connection, user_id, now))


async def ask(
    connection: Connection,
    team: Team,
    user_id: UUID,
    *,
    requester: str,
    reason: str,
    words: str,
    now: datetime,
    asked: int = 1,
) -> Asked | AlreadyRestricted | AlreadyAsked | Gone | ReasonDoesNotHold:
    """Ask management to restrict an account: a case, a request, and the messages about both.

    Parameters:
        reason: a key of :data:`REASONS`.
        words: the requester's own words, for management.
        asked: how often it has been asked, this time too; only the bot asks again by itself.
    """
    found = await look(connection, user_id, now, lock=True)
    if not isinstance(found, Candidate):
        return found
    if reason == "complaints" and found.facts.complaints < RESTRICT:
        return ReasonDoesNotHold(found.facts)
    expires_at = approvals.expiry(team.calendar, now)
    case_id = await cases.open_case(
        connection,
        team.runbook,
        ACTION,
        subject_user=user_id,
        opened_by=requester,
        owner=None if requester == roster.BOT else requester,
        now=now,
        state="waiting",
        due_at=expires_at,
    )
    figure = str(found.facts)
    await cases.settle(connection, case_id, "verify", "done", who=roster.BOT, now=now, outcome=figure)
    approval = await approvals.ask(
        connection,
        case_id=case_id,
        action=ACTION,
        subject=user_id,
        requester=requester,
        now=now,
        reason=reason,
        words=words,
        facts=found.facts.as_json(),
        expires_at=expires_at,
    )
    if approval is None:
        message = "the account is held, so no request for it can have been made meanwhile"
        raise RuntimeError(message)
    await handles.mint(connection, ACCOUNT, str(user_id), 1, now)
    await request_kinds.place(connection, team, NAMES, approval, now, asked=asked)
    return Asked(approval)
