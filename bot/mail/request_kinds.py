"""What all requests to management have in common: how one is placed, granted or ended, and who is told.

A request to restrict, to lift or to undo an error goes the same way. What differs is a :class:`Kind`:
looking at the facts again, and what is done when it is granted.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.base.database import Connection
from bot.engine import approvals, cases, due, outbox, roster
from bot.engine.access import Group
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import previews

_REQUEST = "request:"


@dataclass(frozen=True)
class Looked:
    """The facts as they are now, and whether they speak more against granting than those that were shown."""

    facts: Mapping[str, Any]
    worse: bool


@dataclass(frozen=True)
class Gone:
    """The reason for the request is gone; ``why`` is a code that the messages put into words."""

    why: str


Look = Callable[[Connection, Team, Approval, datetime], Awaitable[Looked | Gone]]


class CarryOut(Protocol):
    """Does what was granted, in the caller's transaction; returns what stood in Faxi's columns before.

    ``None`` means that nothing at all was done, because the account is not as it was.
    """

    async def __call__(
        self,
        connection: Connection,
        team: Team,
        approval: Approval,
        facts: Mapping[str, Any],
        /,
        *,
        approver: str,
        now: datetime,
    ) -> Mapping[str, Any] | None:
        """Do it."""


Ended = Callable[[Connection, Team, Approval, approvals.Outcome, datetime], Awaitable[None]]


def _nothing_lacks(_facts: Mapping[str, Any]) -> bool:
    return False


@dataclass(frozen=True)
class Names:
    """The names by which one kind of request goes.

    Attributes:
        action: its name in the tables; messages, due rows and audit actions begin with it.
        own_case: the case was opened for the request and ends with it; else it lies in another's case.
    """

    action: str
    own_case: bool

    @property
    def request(self) -> str:
        """The renderer of the live message for management."""
        return f"{self.action}.request"

    @property
    def direct(self) -> str:
        """The renderer of the requester's copy."""
        return f"{self.action}.direct"

    @property
    def expire(self) -> str:
        """The due row that ends the request."""
        return f"{self.action}.expire"

    @property
    def remind(self) -> str:
        """The due row that calls management after the night."""
        return f"{self.action}.remind"

    @property
    def tell(self) -> str:
        """The due row that tells the requester after the night."""
        return f"{self.action}.tell"

    def subject(self, approval: Approval) -> str:
        """Return the name under which the request's messages and due rows lie."""
        return cases.subject(approval.case_id) if self.own_case else f"{_REQUEST}{approval.id}"


@dataclass(frozen=True)
class Kind(Names):
    """One kind of request.

    Attributes:
        look: looks at the facts again, and holds the account.
        carry_out: does what was granted.
        lacks: says of the facts whether whoever grants it must say why all the same.
        ended: does what follows from a request that ended without being granted.
    """

    look: Look
    carry_out: CarryOut
    lacks: Callable[[Mapping[str, Any]], bool] = _nothing_lacks
    ended: Ended | None = None


async def of_subject(connection: Connection, subject: str, action: str) -> Approval | None:
    """Return the request whose messages and due rows lie under this name, see :meth:`Names.subject`."""
    if subject.startswith(_REQUEST):
        return await approvals.load(connection, int(subject.removeprefix(_REQUEST)))
    return await approvals.of_case(connection, cases.id_of(subject), action)


async def place(
    connection: Connection, team: Team, kind: Names, approval: Approval, now: datetime, *, asked: int = 1
) -> None:
    """Put a new request before management, give the requester a copy, and let the clock end it.

    At night nobody is called: management is called at the end of the quiet hours.

    Parameters:
        asked: how often it has been asked, this time too.
    """
    subject = kind.subject(approval)
    request = await outbox.live(connection, kind.request, subject, team.channels.management, now)
    if approval.requester != roster.BOT:
        await outbox.live(connection, kind.direct, subject, approval.requester, now)
    quiet, call_at = team.calendar.is_quiet(now), team.calendar.end_of_quiet(now)
    await outbox.post(
        connection,
        f"{kind.action}.asked",
        subject,
        team.channels.management,
        now,
        parent=request,
        parameters={"quiet": quiet, "call_at": call_at.isoformat(), "asked": asked},
    )
    await due.add(connection, kind.expire, subject, approval.expires_at)
    await previews.want_for(connection, team, approval, now)
    if quiet:
        await due.add(connection, kind.remind, subject, call_at)


async def grant(
    connection: Connection,
    team: Team,
    kind: Kind,
    approval: Approval,
    facts: Mapping[str, Any],
    *,
    approver: str,
    now: datetime,
    words: str | None = None,
) -> Mapping[str, Any]:
    """Grant a waiting request and do what it asks for, with every record and message, in this transaction.

    Parameters:
        words: why it is granted, where somebody had to say.

    Returns:
        what stood in Faxi's columns before.

    Raises:
        RuntimeError: the account is not as it was although it is held; the transaction must not go on.
    """
    # Before what follows from it: a thread says that no fax can go out after it said that it was approved.
    await _tell_outcome(connection, team, kind, approval, "approved", now)
    previous = await kind.carry_out(connection, team, approval, facts, approver=approver, now=now)
    if previous is None:
        message = f"{kind.action} found the account as it should be, holds it, and could not be carried out"
        raise RuntimeError(message)
    joined = await roster.joined_at(connection, Group.MANAGEMENT, approver, now)
    if not await approvals.decide(
        connection, approval, "approved", by=approver, now=now, words=words, joined_at=joined
    ):
        message = "the case is held, so the request cannot have been decided meanwhile"
        raise RuntimeError(message)
    await _stop_waiting(connection, kind, approval, now)
    return previous


async def finish(
    connection: Connection,
    team: Team,
    kind: Kind,
    approval: Approval,
    outcome: approvals.Outcome,
    *,
    by: str,
    now: datetime,
    words: str | None = None,
) -> bool:
    """End a request without doing what it asks for: denied, withdrawn, expired or void.

    Returns:
        whether this call ended it; ``False`` when it was decided already.
    """
    if not await approvals.decide(connection, approval, outcome, by=by, now=now, words=words):
        return False
    if kind.own_case:
        await cases.close(connection, approval.case_id, "cancelled", by=by, now=now, resolution=outcome)
    await _stop_waiting(connection, kind, approval, now)
    await _tell_outcome(connection, team, kind, approval, outcome, now)
    if kind.ended is not None:
        await kind.ended(connection, team, approval, outcome, now)
    return True


async def _stop_waiting(connection: Connection, kind: Names, approval: Approval, now: datetime) -> None:
    subject = kind.subject(approval)
    await due.cancel(connection, kind.expire, subject, now)
    await due.cancel(connection, kind.remind, subject, now)
    await previews.drop(connection, approval.case_id, now)
    for one in {subject, cases.subject(approval.case_id)}:
        await outbox.raise_live(connection, one)


async def _tell_outcome(
    connection: Connection, team: Team, kind: Names, approval: Approval, outcome: approvals.Outcome, now: datetime
) -> None:
    """Say how a request ended: in its thread, and to the requester, who may not be in that channel.

    At night nobody is called: the thread names the requester, and the message to them waits. What
    was decided without having been placed before management has no thread, and nobody waits for it.
    The bot's own that nobody decided calls nobody either: its message says when the bot asks again.
    """
    if approval.requester == roster.BOT and outcome == "expired":
        return
    subject = kind.subject(approval)
    quiet = team.calendar.is_quiet(now)
    request = await outbox.live_of(connection, subject, kind.request)
    if request is None:
        return
    await outbox.post(
        connection,
        f"{kind.action}.{outcome}",
        subject,
        team.channels.management,
        now,
        parent=request.id,
        parameters={"quiet": quiet},
    )
    if outcome == "withdrawn":
        return
    if quiet:
        await due.add(connection, kind.tell, subject, team.calendar.end_of_quiet(now))
    else:
        await tell_requester(connection, kind, approval, outcome, now)


async def tell_requester(connection: Connection, kind: Names, approval: Approval, outcome: str, now: datetime) -> None:
    """Tell the requester in a direct message, under the copy of the request, how it ended."""
    subject = kind.subject(approval)
    copy = await outbox.live_of(connection, subject, kind.direct)
    if copy is None:
        return  # the bot asked
    await outbox.post(
        connection,
        f"{kind.action}.{outcome}",
        subject,
        approval.requester,
        now,
        parent=copy.id,
        parameters={"quiet": False},
    )
