"""All restricted accounts, whoever restricted them: since when, why, by whom, and what comes next, with its date.

Sources: runbook "Monday Tasks" 2 and "First Monday of Month" 3 (review all restricted accounts, plan follow-ups).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.mail import accounts, attention, lifts, metrics
from bot.mail.accounts import Account
from bot.mail.attention import NO_DATE, Key, Request, Work

SQL = queries("restriction_list")
Need = Literal["late", "call", "decide", "review", "unplanned", "planned"]
URGENCY: Final[tuple[Need, ...]] = ("late", "call", "decide", "review", "unplanned", "planned")
"""What a restriction needs, the most urgent first: a review that is late; a call, for the person was not told; a
decision; a review; a look, where none is planned; nothing before its follow-up."""
_ENDS: Final = (lifts.ACTION, "error")


@dataclass(frozen=True)
class Made:
    """A restriction that the bot knows of; who asked and approved are names where it was made by hand."""

    case_id: int
    reason: str
    requested_by: str
    approved_by: str
    by_hand: bool
    follow_up_at: datetime


@dataclass(frozen=True)
class Review:
    """The case in which a restriction is, or was, looked at again."""

    case_id: int
    owner: str | None
    by: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class Restricted:
    """A restricted account.

    Attributes:
        made: ``None`` where somebody restricted it without the bot.
        need: what comes next, and ``at`` its date, where it has one.
        work: the call, where the person was not told of the restriction.
        request: the request to end it, where one waits.
    """

    account: Account
    made: Made | None
    review: Review | None
    need: Need
    at: datetime | None
    work: Work | None
    request: Request | None

    @property
    def key(self) -> Key:
        """Its place in the list: what has no date goes by how long it is restricted."""
        at = self.at or self.account.restricted_at
        return URGENCY.index(self.need), at.timestamp() if at else NO_DATE, 0, str(self.account.id)


@dataclass(frozen=True)
class Listed:
    """All restricted accounts, as of ``at``."""

    rows: tuple[Restricted, ...]
    at: datetime

    def count(self, need: Need) -> int:
        """Return how many need this."""
        return sum(one.need == need for one in self.rows)


async def listed(connection: Connection, now: datetime) -> Listed:
    """Return all restricted accounts as of ``now``, the most urgent first, in the same few statements."""
    rows = {row["id"]: row for row in await connection.fetch(SQL["restricted"])}
    calls = {
        one.case_id: one for several in (await attention.work(connection)).values() for one in several if one.to_call
    }
    asked = dict(await attention.requests(connection, _ENDS))
    found = [
        _restricted(account, rows[account.id], calls.get(rows[account.id]["case_id"]), asked.get(account.id), now)
        for account in await accounts.several(connection, rows.keys())
        if account.restricted
    ]
    return Listed(tuple(sorted(found, key=lambda one: one.key)), now)


async def mails_since(connection: Connection, rows: tuple[Restricted, ...], now: datetime) -> Mapping[UUID, int]:
    """Count what these accounts have sent since they were restricted; not of one without a known date."""
    found = {}
    for one in rows:
        if one.account.restricted_at is not None:
            found[one.account.id] = await metrics.mails_since(
                connection, one.account.id, one.account.restricted_at, now
            )
    return found


def _restricted(
    account: Account, row: asyncpg.Record, call: Work | None, request: Request | None, now: datetime
) -> Restricted:
    made = review = None
    if row["case_id"] is not None:
        made = Made(
            row["case_id"],
            row["reason"],
            row["requested_by"],
            row["approved_by"],
            row["by_hand"],
            row["follow_up_at"],
        )
    if row["review_case"] is not None:
        review = Review(row["review_case"], row["review_owner"], row["review_by"], row["reviewed_at"])
    need, at = _need(made, review, call, request, now)
    return Restricted(account, made, review, need, at, call, request)


def _need(
    made: Made | None, review: Review | None, call: Work | None, request: Request | None, now: datetime
) -> tuple[Need, datetime | None]:
    by = None if review is None or review.done_at is not None else review.by
    if review is None and made is not None and made.follow_up_at <= now:
        by = made.follow_up_at  # the bot was away on that day, and opens the review in business hours
    if by is not None and by <= now:
        return "late", by
    if call is not None:
        return "call", call.due_at
    if request is not None:
        return "decide", request.expires_at
    if review is not None and review.done_at is None:
        return "review", by
    if made is None or review is not None:
        return "unplanned", None
    return "planned", made.follow_up_at
