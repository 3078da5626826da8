"""Can it be lifted? Every restricted account with the runbook's four criteria, each answered.

Sources: runbook "Monday Tasks" 2 and "Lifting Account Restriction" 1.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.base.database import Connection
from bot.engine import approvals
from bot.engine.team import Team
from bot.mail import accounts, contacts, lifts, restriction_list
from bot.mail.accounts import Account
from bot.mail.attention import NO_DATE, Key
from bot.mail.contacts import Contact
from bot.mail.lifts import CRITERIA, Criteria, Talk


@dataclass(frozen=True)
class Answer:
    """A restricted account and the criteria of its lift.

    Attributes:
        asked: a request to lift waits for a decision.
        contacted: somebody was in contact with the person since the restriction.
    """

    account: Account
    criteria: Criteria
    asked: bool
    contacted: bool

    @property
    def may_be_lifted(self) -> bool:
        """Whether all four criteria are met."""
        return self.criteria.met == CRITERIA

    @property
    def key(self) -> Key:
        """Its place: the most criteria met first, then the longest restricted."""
        since = self.criteria.since
        return CRITERIA - self.criteria.met, since.timestamp() if since else NO_DATE, 0, str(self.account.id)


async def answers(connection: Connection, team: Team, now: datetime) -> tuple[Answer, ...]:
    """Answer the criteria of every restricted account as of ``now``, those nearest to a lift first."""
    ids = [row["id"] for row in await connection.fetch(restriction_list.SQL["restricted"])]
    found = [
        await _answer(connection, team, one, now) for one in await accounts.several(connection, ids) if one.restricted
    ]
    return tuple(sorted(found, key=lambda one: one.key))


async def _answer(connection: Connection, team: Team, account: Account, now: datetime) -> Answer:
    counted = await lifts.count(connection, account, now, team.zone)
    known = await contacts.of_account(connection, account.id)
    since = [one for one in known if one.at <= now and (counted.since is None or one.at >= counted.since)]
    criteria = replace(counted, understands=_saying("understands", since), promises=_saying("promises", since))
    waiting = await approvals.waiting_for(connection, lifts.ACTION, account.id)
    return Answer(account, criteria, asked=waiting is not None, contacted=bool(since))


def _saying(word: str, known: list[Contact]) -> Talk | None:
    """Return the newest contact in which the person said this."""
    return next((Talk.of(one) for one in known if word in one.said), None)
