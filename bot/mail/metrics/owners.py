"""Whose a message is, which is never read from the row of its bounce or complaint.

Faxi's backend may have given such a row to another person. The owner is the user of the ``sent``
row with the same message id, else the user whose address the message came from, else nobody known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries

SQL = queries("metrics")
_REPEATED: Final = timedelta(hours=2)
"""So near to a sent row that names nobody another one may lie that does."""
_AROUND: Final = timedelta(days=2)
"""The sent row of a message that Faxi stored was written when the message was, give or take so much."""
ABOUT: Final = timedelta(days=45)
"""So near to its bounce or complaint a message may have been sent that Faxi did not store."""


@dataclass(frozen=True)
class _Span:
    """Where the sent row of a message must lie, if there is one."""

    message: str
    first: datetime
    last: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "_Span":
        if row["noted_at"] is not None:
            return cls(row["message_id"], row["noted_at"] - _REPEATED, row["noted_at"] + _REPEATED)
        if row["sent_at"] is not None:
            return cls(row["message_id"], row["sent_at"] - _AROUND, row["sent_at"] + _AROUND)
        return cls(row["message_id"], row["at"] - ABOUT, row["at"] + ABOUT)


async def owners_of(connection: Connection, messages: Mapping[str, datetime]) -> Mapping[str, UUID | None]:
    """Say whose these messages are: the user of the sent row, else of the address it came from, else ``None``.

    Params:
        messages: message ids, each with the time of a bounce of it, or of a complaint about it.
    """
    if not messages:
        return {}
    rows = await connection.fetch(SQL["owners"], list(messages), list(messages.values()))
    owners: dict[str, UUID | None] = {row["message_id"]: row["sender"] for row in rows}
    # The few whose sent row is not where it ought to be, or names nobody: what is read for them is
    # the mail of days, so those whose days meet are looked for together.
    for together in _meeting(_Span.of(row) for row in rows if row["sender"] is None):
        first, last = min(one.first for one in together), max(one.last for one in together)
        asked = [one.message for one in together], [one.first for one in together], [one.last for one in together]
        owners |= {
            row["message_id"]: row["user_id"] for row in await connection.fetch(SQL["senders"], *asked, first, last)
        }
    by_address = {row["message_id"]: row["by_address"] for row in rows}
    return {message: owner or by_address[message] for message, owner in owners.items()}


def _meeting(spans: Iterable[_Span]) -> Iterator[list[_Span]]:
    """Put spans that meet into one list."""
    together: list[_Span] = []
    last: datetime | None = None
    for one in sorted(spans, key=lambda span: span.first):
        if last is not None and one.first > last:
            yield together
            together = []
        together.append(one)
        last = one.last if last is None else max(last, one.last)
    if together:
        yield together
