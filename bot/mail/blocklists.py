"""Large blocklists: who has many blocked senders, how they grew, whom to guide, and which domains are blocked most.

Sources: runbook "Monday Tasks" 3; what is large says Faxi's page "Blocklist Management". Whom a person has blocked is
not read: domains come from a function that names only those that several people have blocked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection, queries
from bot.mail import accounts
from bot.mail.accounts import Account
from bot.mail.attention import Key

SQL = queries("blocklists")
LARGE: Final = 10
"""A blocklist with more entries is a large one."""
GROWTH: Final = timedelta(days=30)
GUIDE: Final = 3
"""A large blocklist that grew by so many entries within :data:`GROWTH` is a reason to guide the person."""
FEWEST_USERS: Final = 3
"""People who block a domain, from which on it is named; the function in the database holds the same."""


@dataclass(frozen=True)
class Large:
    """An account with a large blocklist.

    Attributes:
        entries: senders that are blocked.
        grown: those that were added within :data:`GROWTH`.
    """

    account: Account
    entries: int
    grown: int

    @property
    def to_guide(self) -> bool:
        """Whether it grew so much that the person needs guidance."""
        return self.grown >= GUIDE

    @property
    def key(self) -> Key:
        """Its place: whom to guide first, then the largest."""
        return 0 if self.to_guide else 1, 0.0, -self.entries, str(self.account.id)


@dataclass(frozen=True)
class Domain:
    """A domain that several people have blocked."""

    name: str
    users: int
    entries: int


@dataclass(frozen=True)
class Blocklists:
    """All blocklists as of ``at``.

    Attributes:
        rows: the large ones, whom to guide first.
        users: how many people have blocked anybody.
        entries: all entries.
        grown: those that were added within :data:`GROWTH`, and in the same time before that.
        domains: those that may be named, most people first.
        other_domains: how many may not be named, and how many entries these are.
    """

    rows: tuple[Large, ...]
    users: int
    entries: int
    grown: tuple[int, int]
    domains: tuple[Domain, ...]
    other_domains: tuple[int, int]
    at: datetime

    @property
    def to_guide(self) -> int:
        """How many people need guidance."""
        return sum(one.to_guide for one in self.rows)


async def may_read(connection: Connection) -> bool:
    """Say whether the bot may count blocklists: not before ``sql/roles.sql`` was run again after an update."""
    return bool(await connection.fetchval(SQL["may_read"]))


async def all_of_them(connection: Connection, now: datetime) -> Blocklists:
    """Return the large blocklists, and what all of them have in common, as of ``now``."""
    since = now - GROWTH
    rows = {row["user_id"]: row for row in await connection.fetch(SQL["large"], LARGE, since, now)}
    known = await accounts.several(connection, rows.keys())
    large = [Large(one, rows[one.id]["entries"], rows[one.id]["grown"]) for one in known]
    whole = await connection.fetchrow(SQL["whole"], since, since - GROWTH, now)
    if whole is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    domains = await connection.fetch(SQL["domains"])
    named = tuple(Domain(row["domain"], row["users"], row["entries"]) for row in domains if row["domain"] is not None)
    others = next(((row["users"], row["entries"]) for row in domains if row["domain"] is None), (0, 0))
    return Blocklists(
        tuple(sorted(large, key=lambda one: one.key)),
        whole["users"],
        whole["entries"],
        (whole["grown"], whole["grown_before"]),
        named,
        others,
        now,
    )
