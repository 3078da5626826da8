"""The accounts that need attention, the most urgent first, each with its complaints, its next step and that one's date.

Source: runbook "Accounts Requiring Attention". A flagged account has 3 complaints or more in 30 days,
since its last lift, and is not restricted. One that has fewer is here too while something is open
about it: a request, a review, a call, or the watch after a lift. Restricted ones are in
:mod:`bot.mail.restriction_list`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.mail import accounts, contacts, flagged, restrictions, thresholds
from bot.mail.accounts import Account
from bot.mail.crossings import FLAGGED, RESTRICT
from bot.mail.metrics.complaints import near_limits

SQL = queries("attention")
Need = Literal["ask", "late", "decide", "review", "unseen", "call", "watch", "look"]
URGENCY: Final[tuple[Need, ...]] = ("ask", "late", "decide", "review", "unseen", "call", "watch", "look")
"""What an account needs, the most urgent first: a request for a restriction that nobody has made; what is late;
a decision; a review; a review that nobody has begun and of which nobody knows by when, as of one flagged before
the bot began; a call; the watch after a lift; nothing now, where people have looked at it and nothing else is open."""
Key = tuple[int, float, int, str]
"""The place of a row in its list: urgency, date, complaints, id."""
NO_DATE: Final = float("inf")


@dataclass(frozen=True)
class Place:
    """Where something stands in Slack; ``destination`` is the channel or person it was meant for."""

    destination: str
    channel: str
    ts: str


@dataclass(frozen=True)
class Request:
    """A request about an account that waits for a decision."""

    action: str
    case_id: int
    requester: str
    expires_at: datetime
    place: tuple[str, str] | None


@dataclass(frozen=True)
class Work:
    """An open case in which an account is reviewed, or a person is to be called.

    Attributes:
        due_at: until when; ``None`` where nothing says it.
        to_call: somebody is to call the person.
        no_fax: why no fax reached them, as a code.
    """

    case_id: int
    owner: str | None
    due_at: datetime | None
    to_call: bool
    place: Place | None
    no_fax: str | None


@dataclass(frozen=True)
class Attention:
    """An account that needs attention.

    Attributes:
        at: the date of what it needs: since when it is due or late, by when it is to be done, until when it is
            watched, or when it was looked at last; ``None`` where nothing says it.
        case_id: the case of that.
        work: the review or the call, where that is what it needs.
        request: the request, where a decision is what it needs.
        again_at: when the bot asks by itself once more.
        denied: people have decided that it is not restricted; ``at`` says when.
    """

    account: Account
    complaints: int
    need: Need
    at: datetime | None = None
    case_id: int | None = None
    work: Work | None = None
    request: Request | None = None
    again_at: datetime | None = None
    denied: bool = False

    @property
    def flagged(self) -> bool:
        """Whether it has so many complaints that it is flagged."""
        return self.complaints >= FLAGGED

    @property
    def key(self) -> Key:
        """Its place in the list."""
        dated = self.at is not None and self.need != "look"
        at = self.at.timestamp() if self.at is not None and dated else NO_DATE
        return URGENCY.index(self.need), at, -self.complaints, str(self.account.id)


@dataclass(frozen=True)
class Listed:
    """All accounts that need attention, as of ``at``."""

    rows: tuple[Attention, ...]
    at: datetime

    @property
    def flagged(self) -> int:
        """How many of them are flagged."""
        return sum(one.flagged for one in self.rows)

    def count(self, need: Need) -> int:
        """Return how many need this."""
        return sum(one.need == need for one in self.rows)


async def listed(connection: Connection, now: datetime) -> Listed:
    """Return the accounts that need attention as of ``now``, in the same few statements however many there are."""
    return await of(connection, dict(await near_limits(connection, now)), now)


async def of(connection: Connection, complaints: Mapping[UUID, int], now: datetime) -> Listed:
    """Return the accounts that need attention as of ``now``, where the complaints that count are known.

    Parameters:
        complaints: of 30 days since the last lift, by account, as of ``now``.
    """
    asked = dict(await requests(connection, [restrictions.ACTION]))
    open_work = await work(connection)
    watched = {row["subject"]: row for row in await connection.fetch(SQL["watched"], now)}
    at_limit = {account for account, count in complaints.items() if count >= FLAGGED}
    known = await accounts.several(connection, at_limit | asked.keys() | open_work.keys() | watched.keys())
    free = {account.id: account for account in known if not account.restricted}
    crossed = await _crossed(
        connection, [one for one in free if complaints.get(one, 0) >= RESTRICT and one not in asked]
    )
    flagged_only = [one for one in free if one in at_limit]
    rows = await connection.fetch(SQL["reviewed"], flagged_only, flagged.PROCEDURE)
    reviewed = {row["subject"]: row for row in rows}
    since = await _flagged_since(connection, flagged_only)
    found = []
    for account in free.values():
        needs = [
            *_of_crossing(account, complaints.get(account.id, 0), crossed.get(account.id)),
            *_of_work(account, open_work.get(account.id, ()), now),
            *_of_request(account, asked.get(account.id)),
            *_of_watch(account, watched.get(account.id)),
        ]
        if account.id in at_limit:
            needs += _of_review(account, reviewed.get(account.id), since.get(account.id), needs, now)
        first = min(needs, key=lambda one: one.key)
        found.append(replace(first, complaints=complaints.get(account.id, 0)))
    return Listed(tuple(sorted(found, key=lambda one: one.key)), now)


async def unasked(connection: Connection, at_limit: Collection[UUID]) -> int:
    """Count those for which nobody has asked to restrict them, of accounts at the limit that are not restricted."""
    asked = {account for account, _ in await requests(connection, [restrictions.ACTION])}
    crossed = await _crossed(connection, [one for one in at_limit if one not in asked])
    return sum(not _decided(row) for row in crossed.values())


async def unreviewed(connection: Connection, flagged_ones: Collection[UUID], now: datetime) -> int:
    """Count those that were never reviewed and that nothing else has in view, of flagged accounts under the limit."""
    asked = {account for account, _ in await requests(connection, [restrictions.ACTION])}
    watched = {row["subject"] for row in await connection.fetch(SQL["watched"], now)}
    rows = await connection.fetch(SQL["reviewed"], list(flagged_ones), flagged.PROCEDURE)
    reviewed = {row["subject"] for row in rows}
    return len(set(flagged_ones) - asked - watched - reviewed - (await work(connection)).keys())


async def looked_at(connection: Connection) -> int:
    """Return how many accounts Faxi has."""
    return int(await connection.fetchval(SQL["looked_at"]))


async def requests(connection: Connection, kinds: Collection[str]) -> list[tuple[UUID, Request]]:
    """Return the requests of these kinds that wait, those last of an account whose time ends first."""
    rows = await connection.fetch(SQL["waiting"], list(kinds))
    return [
        (
            row["subject"],
            Request(
                row["action"],
                row["case_id"],
                row["requester"],
                row["expires_at"],
                (row["channel"], row["ts"]) if row["ts"] is not None else None,
            ),
        )
        for row in rows
    ]


async def work(connection: Connection) -> Mapping[UUID, tuple[Work, ...]]:
    """Return the open reviews of flagged accounts, and the cases in which somebody is to call, by account."""
    found = defaultdict(list)
    for row in await connection.fetch(SQL["work"], flagged.PROCEDURE, list(contacts.PHONE_STEPS)):
        place = Place(row["destination"], row["channel"], row["ts"]) if row["ts"] is not None else None
        # What somebody has already is not due then: the date is the end of a watch.
        due_at = row["due_at"] if row["state"] == "open" else None
        found[row["subject"]].append(Work(row["id"], row["owner"], due_at, row["to_call"], place, row["no_fax"]))
    return {subject: tuple(several) for subject, several in found.items()}


async def _crossed(connection: Connection, users: Collection[UUID]) -> Mapping[UUID, asyncpg.Record]:
    rows = await connection.fetch(SQL["crossed"], list(users), RESTRICT, thresholds.AGAIN)
    return {row["subject"]: row for row in rows}


async def _flagged_since(connection: Connection, users: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Return the complaint that flagged each of these accounts, where it was noted."""
    rows = await connection.fetch(SQL["flagged_since"], list(users), FLAGGED)
    return {row["subject"]: row["at"] for row in rows}


def _of_crossing(account: Account, complaints: int, row: asyncpg.Record | None) -> Iterator[Attention]:
    """Say that nobody has asked for a restriction; not where people have decided since that there is none."""
    if row is None:
        return
    if _decided(row):
        yield Attention(account, complaints, "look", row["denied_at"], row["denied_in"], denied=True)
    else:
        yield Attention(account, complaints, "ask", row["since"], again_at=row["again_at"])


def _decided(row: asyncpg.Record) -> bool:
    """Say whether people have decided, since the complaint that lifted an account there, that it is not restricted."""
    since, denied_at = row["since"], row["denied_at"]
    return denied_at is not None and (since is None or since <= denied_at)


def _of_work(account: Account, several: Collection[Work], now: datetime) -> Iterator[Attention]:
    for one in several:
        late = one.due_at is not None and one.due_at <= now
        need: Need = "late" if late else "call" if one.to_call else "review"
        yield Attention(account, 0, need, one.due_at, one.case_id, work=one)


def _of_request(account: Account, request: Request | None) -> Iterator[Attention]:
    if request is not None:
        yield Attention(account, 0, "decide", request.expires_at, request.case_id, request=request)


def _of_watch(account: Account, row: asyncpg.Record | None) -> Iterator[Attention]:
    if row is not None:
        yield Attention(account, 0, "watch", row["watch_until"], row["lift_case"])


def _of_review(
    account: Account,
    row: asyncpg.Record | None,
    since: datetime | None,
    needs: Collection[Attention],
    now: datetime,
) -> Iterator[Attention]:
    """Say that a flagged account was never reviewed, where nothing else says that people have it in view.

    The runbook's day for the review is counted from the complaint that flagged it, where that is known.
    """
    if row is None and not needs:
        by = None if since is None else since + flagged.WITHIN
        yield Attention(account, 0, "late" if by is not None and by <= now else "unseen", by)
    elif row is not None:
        yield Attention(account, 0, "look", row["closed_at"], row["id"])
