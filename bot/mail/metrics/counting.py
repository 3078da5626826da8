"""How rows about bounces and complaints become events: each message once, at its earliest time, in a window."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.mail.metrics.events import LOOK_BACK, NOT_COUNTED, Kind

_GRAVEST: Final = {"permanent": 0, "transient": 1}


@dataclass(frozen=True)
class Row:
    """One row about a bounce or a complaint."""

    event_type: str
    message: str
    """The message id, or what stands for the row where it has none."""
    at: datetime
    kind: str


def kind_of(told: str) -> Kind:
    """Return the kind of a bounce from what SES calls it, in lower case."""
    if told == "permanent":
        return "permanent"
    return "transient" if told == "transient" else "undetermined"


def first_bounces(rows: Iterable[Row], start: datetime, end: datetime) -> Counter[Kind]:
    """Count by kind the messages whose first bounce lies in [start, end); of two at one instant the gravest counts."""
    known = [row for row in rows if row.event_type == "bounced" and start - LOOK_BACK <= row.at < end]
    first: dict[str, Row] = {}
    for row in sorted(known, key=lambda row: (row.at, _GRAVEST.get(row.kind, 2))):
        first.setdefault(row.message, row)
    return Counter(kind_of(row.kind) for row in first.values() if row.at >= start)


def first_complaints(rows: Iterable[Row], start: datetime, end: datetime) -> tuple[int, int]:
    """Count the messages whose first complaint lies in [start, end), and those with reports that do not count only."""
    known = [row for row in rows if row.event_type == "complained" and start - LOOK_BACK <= row.at < end]
    counting: dict[str, datetime] = {}
    reported: dict[str, datetime] = {}
    for row in sorted(known, key=lambda row: row.at):
        reported.setdefault(row.message, row.at)
        if row.kind not in NOT_COUNTED:
            counting.setdefault(row.message, row.at)
    others = [at for message, at in reported.items() if message not in counting]
    return sum(at >= start for at in counting.values()), sum(at >= start for at in others)
