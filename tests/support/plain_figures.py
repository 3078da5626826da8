"""The figures about mail from their definition: over rows in memory, slow, and with nothing of the bot's own code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

HOUR = timedelta(hours=1)
NO_COMPLAINT = {"not-spam", "auth-failure"}
Row = Mapping[str, Any]


@dataclass
class History:
    """All that Faxi's tables hold, each row a dict."""

    users: list[Row] = field(default_factory=list)  # id, address
    events: list[Row] = field(default_factory=list)  # id, type, user, message, at, details
    messages: list[Row] = field(default_factory=list)  # message, sender (an address), at
    filed: list[Row] = field(default_factory=list)  # user, message, at, kind

    def by_message(self, rows: Sequence[Row]) -> Iterator[tuple[str | None, list[Row]]]:
        """Go through the rows of each message together; a row without message id is alone."""
        together: dict[str, list[Row]] = {}
        for row in rows:
            if row["message"] is None:
                yield None, [row]
            else:
                together.setdefault(row["message"], []).append(row)
        yield from together.items()

    def first_rows(self, rows: Sequence[Row], start: datetime, end: datetime) -> Iterator[tuple[str | None, list[Row]]]:
        """Give what happened first in [start, end): for each message its rows, the earliest first."""
        known = [row for row in rows if row["at"] is not None and start - 48 * HOUR <= row["at"] < end]
        for message, its in self.by_message(known):
            its.sort(key=lambda row: row["at"])
            if its[0]["at"] >= start:
                yield message, its

    def of_type(self, name: str) -> list[Row]:
        """Return the events of one type."""
        return [row for row in self.events if row["type"] == name]

    @cached_property
    def owners(self) -> Mapping[str, UUID | None]:
        """Whose each message is: the user of a sent row, else of the address it came from."""
        users = {user["address"]: user["id"] for user in self.users}
        found = {row["message"]: users.get(row["sender"]) for row in self.messages}
        found |= {row["message"]: row["user"] for row in self.of_type("sent") if row["user"] is not None}
        return found

    def owner(self, message: str | None) -> UUID | None:
        """Return whose a message is, if anybody knows."""
        return None if message is None else self.owners.get(message)


def told(row: Row, key: str) -> str | None:
    """Return what a row's details say under a key, if they are such details."""
    details = row["details"]
    value = details.get(key) if isinstance(details, dict) else None
    return value if isinstance(value, str) else None


def bounce_kind(row: Row) -> str:
    """Return the kind of a bounce."""
    kind = (told(row, "bounceType") or "").lower()
    return kind if kind in {"permanent", "transient"} else "undetermined"


def bounces(history: History, start: datetime, end: datetime) -> list[tuple[str | None, datetime, str, UUID | None]]:
    """Return what bounced in [start, end): message, time, kind, owner."""
    gravity = ("permanent", "transient", "undetermined")
    found = []
    for message, rows in history.first_rows(history.of_type("bounced"), start, end):
        kinds = [bounce_kind(row) for row in rows if row["at"] == rows[0]["at"]]
        found.append((message, rows[0]["at"], min(kinds, key=gravity.index), history.owner(message)))
    return found


def mails(history: History, user: UUID, start: datetime, end: datetime) -> int:
    """Return how many messages a user sent in [start, end): by their own rows, or by the address of nameless ones."""
    sent = history.of_type("sent")
    named = {row["message"] for row in sent if row["user"] is not None}
    nameless = [row for row in sent if row["user"] is None and row["message"] not in {None, *named}]
    own = [row for row in sent if row["user"] == user]
    own += [row for row in nameless if history.owner(row["message"]) == user]
    return len(list(history.first_rows(own, start, end)))


def _reports(history: History) -> list[Row]:
    """Return all rows about complaints, of both tables."""
    events = [
        {"message": row["message"], "at": row["at"], "kind": (told(row, "complaintType") or "abuse").lower()}
        for row in history.of_type("complained")
    ]
    filed = [
        {"message": row["message"], "at": row["at"], "kind": (row["kind"] or "abuse").lower()} for row in history.filed
    ]
    return [*events, *filed]


def complaints(
    history: History, start: datetime, end: datetime
) -> list[tuple[str | None, datetime, bool, UUID | None]]:
    """Return what was complained about in [start, end): message, time, whether it counts, owner."""
    reports = _reports(history)
    counting = [row for row in reports if row["kind"] not in NO_COMPLAINT]
    known = {row["message"] for row in counting if row["at"] is not None and start - 48 * HOUR <= row["at"] < end}
    others = [
        row
        for row in reports
        if row["kind"] in NO_COMPLAINT and (row["message"] is None or row["message"] not in known)
    ]
    return [
        (message, rows[0]["at"], counts, history.owner(message))
        for counts, some in ((True, counting), (False, others))
        for message, rows in history.first_rows(some, start, end)
    ]


def near_limits(history: History, lifts: Mapping[UUID, datetime], now: datetime) -> dict[UUID, int]:
    """Return how many complaints of 30 days each account has that has any, since its last lift."""
    found: dict[UUID, int] = {}
    for _, at, counts, owner in complaints(history, now - timedelta(days=30), now):
        if counts and owner is not None and at >= lifts.get(owner, at):
            found[owner] = found.get(owner, 0) + 1
    return found


def window(history: History, start: datetime, end: datetime) -> dict[str, int]:
    """Return the figures of [start, end)."""
    kinds = [kind for _, _, kind, _ in bounces(history, start, end)]
    counted = [counts for _, _, counts, _ in complaints(history, start, end)]
    return {
        "sent": len(list(history.first_rows(history.of_type("sent"), start, end))),
        "permanent": kinds.count("permanent"),
        "transient": kinds.count("transient"),
        "undetermined": kinds.count("undetermined"),
        "complaints": counted.count(True),
        "not_counted": counted.count(False),
    }


def delivery(history: History, start: datetime, end: datetime) -> dict[str, int]:
    """Return how many messages were sent in [start, end), and how many of them were ever delivered."""
    delivered = {row["message"] for row in history.of_type("delivered")} - {None}
    sent = [message for message, _ in history.first_rows(history.of_type("sent"), start, end)]
    return {"sent": len(sent), "delivered": sum(message in delivered for message in sent)}


def newest(history: History, now: datetime) -> datetime | None:
    """Return the time of the newest event before ``now``."""
    return max((row["at"] for row in history.events if row["at"] is not None and row["at"] < now), default=None)
