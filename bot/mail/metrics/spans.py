"""What happened to each message in which spans between the windows' edges, as a set of bits: exact, in one pass.

Messages of days are many, so the database says only how many of them have which bits. Where bits
cannot tell (a message bounced in two ways within one span), the rows are read (:mod:`.counting`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from bot.mail.metrics.events import LOOK_BACK, Kind

DELIVERED: Final = 1 << 62
UNPLACED: Final = 1 << 61
"""The message may have rows that were not read: what its id says does not exclude it."""
KINDS: Final[Mapping[Kind, int]] = {"permanent": 16, "transient": 24, "undetermined": 32}
"""From which bit on a kind of bounce has its spans; those of complaints follow."""
COMPLAINED: Final = 40
NOT_COUNTED: Final = 48
_ROOM: Final = 7  # spans of each of these

Span: TypeAlias = tuple[datetime, datetime]
"""A window, [start, end)."""


def edges_of(windows: Iterable[Span]) -> list[datetime]:
    """Return the instants between which a message's rows need not be told apart, in their order."""
    return sorted({edge for start, end in windows for edge in (start - LOOK_BACK, start, end)})


@dataclass(frozen=True)
class Spans:
    """How many messages have which bits."""

    sent: Sequence[datetime]
    """Edges of the spans in which messages were sent: bit n stands for the span after the nth."""
    reported: Sequence[datetime]
    """Edges of the spans in which they bounced, or were complained about."""
    messages: Mapping[int, int]

    def __post_init__(self) -> None:
        """Refuse more spans than there are bits."""
        if len(self.reported) > _ROOM or len(self.sent) >= min(KINDS.values()):
            message = "too many windows for one question"
            raise ValueError(message)

    def all_sent(self, windows: Iterable[Span]) -> bool:
        """Say whether of what was sent in these windows every row was read."""
        inside = 0
        for start, end in windows:
            inside |= _bits(self.sent, start, end)
        return not any(mask & UNPLACED and mask & inside for mask in self.messages)

    def all_reported(self, windows: Iterable[Span]) -> bool:
        """Say whether of what bounced or was complained about in these windows every row was read."""
        inside = 0
        for start, end in windows:
            bits = _bits(self.reported, start, end)
            for begin in (*KINDS.values(), COMPLAINED, NOT_COUNTED):
                inside |= bits << begin
        return not any(mask & UNPLACED and mask & inside for mask in self.messages)

    def first_sent(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Count the messages whose first row lies in [start, end), and those of them that were delivered."""
        earlier, inside = _around(self.sent, start, end)
        first = {mask: count for mask, count in self.messages.items() if mask & inside and not mask & earlier}
        return sum(first.values()), sum(count for mask, count in first.items() if mask & DELIVERED)

    def first_bounces(self, start: datetime, end: datetime) -> Counter[Kind] | None:
        """Count by kind the messages whose first bounce lies in [start, end); ``None`` when bits cannot tell."""
        earlier, inside = _around(self.reported, start, end)
        found: Counter[Kind] = Counter()
        for mask, count in self.messages.items():
            bits: dict[Kind, int] = {kind: mask >> begin & 0xFF for kind, begin in KINDS.items()}
            either = bits["permanent"] | bits["transient"] | bits["undetermined"]
            if either & inside and not either & earlier:
                first = either & inside
                first &= -first  # its lowest bit
                kinds = [kind for kind, its in bits.items() if its & first]
                if len(kinds) > 1:
                    return None
                found[kinds[0]] += count
        return found

    def first_complaints(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Count the messages first complained about in [start, end), and those with reports only that do not count."""
        earlier, inside = _around(self.reported, start, end)
        counted = others = 0
        for mask, count in self.messages.items():
            counting, other = mask >> COMPLAINED & 0xFF, mask >> NOT_COUNTED & 0xFF
            if counting & (earlier | inside):
                counted += 0 if counting & earlier else count
            elif other & inside and not other & earlier:
                others += count
        return counted, others


def _around(edges: Sequence[datetime], start: datetime, end: datetime) -> tuple[int, int]:
    """Return the bits of the 48 hours before a window, and those of the window."""
    return _bits(edges, start - LOOK_BACK, start), _bits(edges, start, end)


def _bits(edges: Sequence[datetime], start: datetime, end: datetime) -> int:
    return sum(1 << number for number, edge in enumerate(edges, start=1) if start <= edge < end)
