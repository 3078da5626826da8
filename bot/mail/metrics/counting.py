"""How rows become events: each message once, at its earliest time, in whatever windows are asked for.

Rows are read once for all windows of a question. Sent messages are many, so the database says only
how many of them were sent in which spans between the windows' edges; bounces and complaints are few.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.mail.metrics.events import LOOK_BACK, NOT_COUNTED, Kind

DELIVERED: Final = 1 << 30
_GRAVEST: Final = {"permanent": 0, "transient": 1}


@dataclass(frozen=True)
class Row:
    """One row about a bounce or a complaint."""

    event_type: str
    message: str
    """The message id, or what stands for the row where it has none."""
    at: datetime
    kind: str


def edges_of(windows: Iterable[tuple[datetime, datetime]]) -> list[datetime]:
    """Return the instants between which a message's rows need not be told apart, in their order."""
    return sorted({edge for start, end in windows for edge in (start - LOOK_BACK, start, end)})


def first_sent(spans: Mapping[int, int], edges: Sequence[datetime], start: datetime, end: datetime) -> tuple[int, int]:
    """Count the messages whose first row lies in [start, end), and those of them that were delivered.

    Params:
        spans: how many messages have which bits: bit n for a row after the nth edge and before the next.
        edges: :func:`edges_of` windows, this one among them.
    """
    earlier = _bits(edges, start - LOOK_BACK, start)
    inside = _bits(edges, start, end)
    first = {mask: count for mask, count in spans.items() if mask & inside and not mask & earlier}
    return sum(first.values()), sum(count for mask, count in first.items() if mask & DELIVERED)


def _bits(edges: Sequence[datetime], start: datetime, end: datetime) -> int:
    return sum(1 << number for number, edge in enumerate(edges, start=1) if start <= edge < end)


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
