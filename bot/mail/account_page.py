"""One account as a whole: its state and next dates, figures, restrictions, contacts, and what it was told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import approvals, cases
from bot.engine.approvals import Approval
from bot.engine.cases import Case
from bot.mail import accounts, contacts, faxes, flagged, metrics, restrictions
from bot.mail.accounts import Account
from bot.mail.contacts import Contact
from bot.mail.faxes import Told
from bot.mail.restrictions import Facts

SQL = queries("account_page")
REVIEW = flagged.PROCEDURE
"""The procedure in which a flagged account is reviewed."""


@dataclass(frozen=True)
class Past:
    """A restriction of the account, whether it holds or not."""

    case_id: int
    restricted_at: datetime
    reason: str
    requested_by: str
    approved_by: str
    follow_up_at: datetime
    review_case: int | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_as: str | None
    lift_case: int | None
    watch_until: datetime | None


@dataclass(frozen=True)
class PastCase:
    """A case about the account, open or closed."""

    id: int
    procedure: str
    title: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class AccountPage:
    """What is known of one account; ``at`` is the instant of the count."""

    account: Account
    facts: Facts
    restrictions: tuple[Past, ...]
    waiting: tuple[Approval, ...]
    holding_case: Case | None
    open_cases: tuple[Case, ...]
    cases: tuple[PastCase, ...]
    contacts: tuple[Contact, ...]
    told: tuple[Told, ...]
    mails_since: int | None
    at: datetime

    @property
    def holding(self) -> Past | None:
        """The restriction that holds, if the bot knows of it."""
        return next((one for one in self.restrictions if one.lifted_at is None), None)

    @property
    def knows(self) -> bool:
        """Whether the person was told of the restriction that holds, by fax or by telephone."""
        steps = () if self.holding_case is None else (self.holding_case.step(name) for name in ("tell", "call"))
        return any(step is not None and step.state == "done" for step in steps)

    @property
    def watched_until(self) -> datetime | None:
        """Until when the account is watched after its last lift; ``None`` when it is not."""
        ends = [one.watch_until for one in self.restrictions if one.watch_until and one.watch_until > self.at]
        return max(ends, default=None)

    @property
    def to_call(self) -> Case | None:
        """The open case in which somebody is to call the person."""
        return next((case for case in self.open_cases if contacts.to_call(case)), None)

    @property
    def review_due(self) -> datetime | None:
        """Until when the account's review is to be done; ``None`` while none is open."""
        return min((one.due_at for one in self.open_cases if one.procedure == REVIEW and one.due_at), default=None)

    def waits(self, action: str) -> Approval | None:
        """Return the request for this action that waits for a decision."""
        return next((one for one in self.waiting if one.action == action), None)


async def of_account(connection: Connection, user_id: UUID, now: datetime) -> AccountPage | None:
    """Return what is known of an account as of ``now``; ``None`` when Faxi has none with this id."""
    account = await accounts.load(connection, user_id)
    if account is None:
        return None
    past = tuple(Past(**dict(row)) for row in await connection.fetch(SQL["restrictions"], user_id))
    rows = await connection.fetch(SQL["waiting"], user_id)
    waiting = [found for row in rows if (found := await approvals.load(connection, row["id"]))]
    since = account.restricted_at if account.restricted else None
    holding = next((one for one in past if one.lifted_at is None), None)
    return AccountPage(
        account=account,
        facts=await restrictions.facts_of(connection, user_id, now),
        restrictions=past,
        waiting=tuple(waiting),
        holding_case=await cases.load(connection, holding.case_id) if holding else None,
        open_cases=await contacts.open_cases(connection, user_id),
        cases=tuple(PastCase(**dict(row)) for row in await connection.fetch(SQL["cases"], user_id)),
        contacts=await contacts.of_account(connection, user_id),
        told=await faxes.of_account(connection, user_id),
        mails_since=None if since is None else await metrics.mails_since(connection, user_id, since, now),
        at=now,
    )


async def blocked_senders(connection: Connection, user_id: UUID) -> int | None:
    """Count the senders that the person wants no mail from; who they are is not read.

    Returns:
        how many; ``None`` while the bot may not count them, which must not hide the rest of the account.
    """
    if not await connection.fetchval(SQL["may_count_blocked"]):
        return None
    return int(await connection.fetchval(SQL["blocked_senders"], user_id))


async def place_of(
    connection: Connection, case_id: int, approval_id: int | None, channel: str
) -> tuple[str, str] | None:
    """Return channel and ts of the message about a request or its case in this channel, or ``None``."""
    subjects = [cases.subject(case_id)] if approval_id is None else [f"request:{approval_id}", cases.subject(case_id)]
    row = await connection.fetchrow(SQL["place"], subjects, channel)
    return None if row is None else (row["channel"], row["ts"])
