"""Who may what: groups, rights, and the answer to one question.

A group is read through Slack, cached at most 60 s, and asked when clicking and when executing.
When it cannot be read the answer is "unknown", which permits nothing.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_AGE = 60.0
"""Seconds (monotonic) after which a membership read from Slack is too old to act on."""


class Group(StrEnum):
    """The four groups of people; whoever is in none may read help only."""

    OPERATIONS = "operations"
    ENGINEERING = "engineering"
    MANAGEMENT = "management"
    AUDITORS = "auditors"


class Right(StrEnum):
    """What one may do; :data:`HOLDERS` says who."""

    HELP = "read help"
    READ = "read figures, cases and lists"
    WORK = "work on cases and lists"
    ASK_RESTRICTION = "ask to restrict an account"
    APPROVE_RESTRICTION = "approve a restriction"
    SEND_FAX = "send a warning by fax"
    SEE_NUMBER = "see a whole number"
    SEARCH_OWN = "search their own records"
    SEARCH_AUDIT = "search the records of all"


_WORKERS = frozenset({Group.OPERATIONS, Group.ENGINEERING, Group.MANAGEMENT})

HOLDERS: Mapping[Right, frozenset[Group]] = {
    Right.HELP: frozenset(Group),
    Right.READ: frozenset(Group),
    Right.WORK: _WORKERS,
    Right.ASK_RESTRICTION: _WORKERS,
    Right.APPROVE_RESTRICTION: frozenset({Group.MANAGEMENT}),
    Right.SEND_FAX: _WORKERS,
    Right.SEE_NUMBER: _WORKERS,
    Right.SEARCH_OWN: frozenset(Group),
    Right.SEARCH_AUDIT: frozenset({Group.MANAGEMENT, Group.AUDITORS}),
}
"""The table of rights: levels are not nested, so each right names its groups."""
ON_CALL_ONLY: Mapping[Right, frozenset[Group]] = {Right.SEE_NUMBER: frozenset({Group.ENGINEERING})}
"""The groups that have a right only for whoever of them is on call."""


class RightsUnknown(Exception):
    """Slack did not say who somebody is or who is in a group, so nothing is permitted."""


@dataclass(frozen=True)
class Person:
    """Somebody in Slack, as Slack describes them."""

    id: str
    name: str
    team: str
    zone: str = "Asia/Tokyo"
    guest: bool = False
    bot: bool = False
    deactivated: bool = False
    foreign: bool = False

    @property
    def outsider(self) -> bool:
        """Whether this is a guest, a bot, a person of another workspace, or someone who left."""
        return self.guest or self.bot or self.deactivated or self.foreign


@dataclass(frozen=True)
class Membership:
    """One reading of all groups, with the monotonic time when it was read."""

    groups: Mapping[Group, frozenset[str]]
    read_at: float

    @property
    def fresh(self) -> bool:
        """Whether the reading is young enough to act on."""
        return time.monotonic() - self.read_at <= MAX_AGE

    def of(self, user_id: str) -> frozenset[Group]:
        """Return the groups that this person is in."""
        return frozenset(group for group, members in self.groups.items() if user_id in members)

    def holds(self, user_id: str, right: Right) -> bool:
        """Say whether one of the person's groups has this right."""
        return bool(self.of(user_id) & HOLDERS[right])

    def holds_now(self, user_id: str, right: Right, on_call: str | None) -> bool:
        """Say whether the person has this right at this moment, when ``on_call`` is who is on call."""
        groups = self.of(user_id) & HOLDERS[right]
        return bool(groups - ON_CALL_ONLY.get(right, frozenset())) or (bool(groups) and user_id == on_call)

    def holders(self, right: Right) -> frozenset[str]:
        """Return everybody who has this right."""
        return frozenset().union(*(self.groups.get(group, frozenset()) for group in HOLDERS[right]))
