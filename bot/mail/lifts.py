"""Lifting a restriction: the four criteria, and who asks for it.

Source: runbook "Lifting Account Restriction" 1: 30 days or more have passed, the person understands,
there are no new complaints, the person promises to keep the rules. Days and complaints are counted
here; what the person understands and promises, a recorded contact says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.team import Team
from bot.mail import accounts, contacts, metrics, request_kinds, restrictions
from bot.mail.accounts import Account
from bot.mail.contacts import Contact
from bot.mail.request_kinds import Names
from bot.mail.restrictions import AlreadyAsked, Asked, Gone, Restriction

ACTION: Final = "lift"
NAMES: Final = Names(ACTION, own_case=True)
DAYS: Final = 30
"""Days that must have passed, counted by the calendar of the team's zone (runbook, Lifting 1)."""
WATCH_DAYS: Final = 30
"""Days for which an account is watched after a lift (runbook, Lifting 6)."""
WATCHED: Final = "lift.watched"
"""The due row that ends the watch."""
CRITERIA: Final = 4
SAYS: Final = ("understands", "promises")
"""The two criteria that a contact answers; the words are keys of ``contacts.SAID``."""


@dataclass(frozen=True)
class Talk:
    """A contact that one of the criteria names."""

    id: int
    how: str
    at: datetime
    recorded_by: str

    @classmethod
    def of(cls, contact: Contact) -> "Talk":
        """Take from a contact what the criteria show."""
        return cls(contact.id, contact.how, contact.at, contact.recorded_by)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept with a request."""
        return {"id": self.id, "how": self.how, "at": self.at.isoformat(), "recorded_by": self.recorded_by}


def _talk(data: Mapping[str, Any] | None) -> Talk | None:
    return Talk(**{**data, "at": datetime.fromisoformat(data["at"])}) if data else None


@dataclass(frozen=True)
class Criteria:
    """The four criteria at one instant; ``since`` is ``None`` where nobody knows since when the account is restricted.

    What is not known is not met.
    """

    since: datetime | None
    days: int | None
    complaints: int | None
    mails: int | None
    understands: Talk | None = None
    promises: Talk | None = None

    @property
    def answers(self) -> tuple[bool, bool, bool, bool]:
        """Whether each is met, in the order of the runbook's screens: days, complaints, understands, promises."""
        days = self.days is not None and self.days >= DAYS
        return days, self.complaints == 0, self.understands is not None, self.promises is not None

    @property
    def met(self) -> int:
        """How many of the four are met."""
        return sum(self.answers)

    def as_json(self) -> dict[str, Any]:
        """Return them as they are kept with a request."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "days": self.days,
            "complaints": self.complaints,
            "mails": self.mails,
            "understands": self.understands.as_json() if self.understands else None,
            "promises": self.promises.as_json() if self.promises else None,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Criteria":
        """Read criteria that were kept with a request."""
        since = datetime.fromisoformat(data["since"]) if data["since"] else None
        talks = _talk(data["understands"]), _talk(data["promises"])
        return cls(since, data["days"], data["complaints"], data["mails"], *talks)

    def worse_than(self, shown: "Criteria") -> bool:
        """Say whether somebody complained since these were shown."""
        return (self.complaints or 0) > (shown.complaints or 0)


@dataclass(frozen=True)
class Candidate:
    """A restricted account, with what was counted and the contacts that may answer the rest.

    ``restriction`` is ``None`` when the bot did not make it. ``talks`` are the contacts since then in
    which the person understood or promised, the newest first; ``contacted`` says whether there was
    any contact at all.
    """

    account: Account
    restriction: Restriction | None
    counted: Criteria
    talks: tuple[Contact, ...]
    contacted: bool

    def saying(self, word: str) -> tuple[Contact, ...]:
        """Return the contacts in which the person said this (one of :data:`SAYS`)."""
        return tuple(one for one in self.talks if word in one.said)


@dataclass(frozen=True)
class NotRestricted:
    """There is nothing to lift."""

    account: Account


@dataclass(frozen=True)
class NoSuchTalk:
    """A contact that was named is none of those that say this; ``word`` is the criterion."""

    word: str


def days_since(since: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Return how many days of the calendar have passed in a zone."""
    return (now.astimezone(zone).date() - since.astimezone(zone).date()).days


async def count(connection: Connection, account: Account, now: datetime, zone: ZoneInfo) -> Criteria:
    """Count the days and the new complaints of a restricted account, as of ``now``."""
    since = account.restricted_at
    if since is None:
        return Criteria(None, None, None, None)
    complaints = await metrics.complaints_of(connection, account.id, since, now)
    mails = await metrics.mails_since(connection, account.id, since, now)
    return Criteria(since, days_since(since, now, zone), len(complaints), mails)


async def look(
    connection: Connection, team: Team, user_id: UUID, now: datetime, *, lock: bool = False
) -> Candidate | NotRestricted | AlreadyAsked | Gone:
    """Say how things stand with an account whose restriction somebody wants lifted.

    Parameters:
        lock: hold the account until the transaction ends.
    """
    account = await accounts.load(connection, user_id, lock=lock)
    if account is None:
        return Gone()
    waiting = await approvals.waiting_for(connection, ACTION, user_id)
    if waiting is not None:
        return AlreadyAsked(account, waiting)
    if not account.restricted:
        return NotRestricted(account)
    counted = await count(connection, account, now, team.zone)
    known = await contacts.of_account(connection, user_id)
    since = [one for one in known if counted.since is None or one.at >= counted.since]
    talks = tuple(one for one in since if set(SAYS) & set(one.said))
    restriction = await restrictions.open_restriction(connection, user_id)
    return Candidate(account, restriction, counted, talks, contacted=bool(since))


def _named(found: Candidate, word: str, named: Mapping[str, int]) -> Talk | None:
    contact = next((one for one in found.saying(word) if one.id == named.get(word)), None)
    return Talk.of(contact) if contact else None


async def ask(
    connection: Connection,
    team: Team,
    user_id: UUID,
    *,
    requester: str,
    named: Mapping[str, int],
    words: str,
    now: datetime,
) -> Asked | NotRestricted | AlreadyAsked | Gone | NoSuchTalk:
    """Ask management to lift a restriction: a case, a request, and the messages about both.

    Parameters:
        named: the contact that answers each of :data:`SAYS`, where one does.
        words: the requester's own words, for management.
    """
    found = await look(connection, team, user_id, now, lock=True)
    if not isinstance(found, Candidate):
        return found
    talks = {word: _named(found, word, named) for word in SAYS}
    lost = next((word for word in named if talks.get(word) is None), None)
    if lost is not None:
        return NoSuchTalk(lost)
    criteria = replace(found.counted, understands=talks["understands"], promises=talks["promises"])
    expires_at = approvals.expiry(team.calendar, now)
    case_id = await cases.open_case(
        connection,
        team.runbook,
        ACTION,
        subject_user=user_id,
        opened_by=requester,
        owner=requester,
        now=now,
        state="waiting",
        due_at=expires_at,
    )
    outcome = f"{criteria.met} of {CRITERIA} criteria are met"
    await cases.settle(connection, case_id, "verify", "done", who=roster.BOT, now=now, outcome=outcome)
    approval = await approvals.ask(
        connection,
        case_id=case_id,
        action=ACTION,
        subject=user_id,
        requester=requester,
        now=now,
        reason="criteria",
        words=words,
        facts=criteria.as_json(),
        expires_at=expires_at,
    )
    if approval is None:
        message = "the account is held, so no request for it can have been made meanwhile"
        raise RuntimeError(message)
    await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, now)
    await request_kinds.place(connection, team, NAMES, approval, now)
    return Asked(approval)
