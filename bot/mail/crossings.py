"""When an account's complaints cross a limit: a rule over their times, without a database.

A crossing is the complaint that lifts the count from under n to n. The count at a complaint is that
of the 30 days up to it. A complaint that arrives late may shift which one it is, but not begin the
rise anew: while the count stays at n or more it is one rise, however it is told.
Sources: runbook "Reviewing Flagged Account" (3 complaints), "Restricting Account" (5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.mail.metrics import WINDOW

FLAGGED: Final = 3
"""Complaints in 30 days at which an account is reviewed."""
RESTRICT: Final = 5
"""Complaints in 30 days at which a restriction is asked for."""


@dataclass(frozen=True)
class Counted:
    """One message that somebody complained about, at its earliest time."""

    message: str
    at: datetime


def count(complaints: Iterable[Counted], now: datetime) -> int:
    """Return how many complaints lie in [now - 30 days, now)."""
    return sum(now - WINDOW <= one.at < now for one in complaints)


def rise(complaints: Iterable[Counted], n: int, now: datetime) -> Counted | None:
    """Return the complaint that began the present rise to at least ``n``; ``None`` when fewer count now.

    Parameters:
        complaints: all that count, however old (since the last lift): a rise may have begun long ago.
        now: business time; what lies at or after it is not known yet.
    """
    ordered = sorted((one for one in complaints if one.at < now), key=lambda one: (one.at, one.message))
    if count(ordered, now) < n:
        return None
    crossing = None
    first = 0
    for place, one in enumerate(ordered):
        while ordered[first].at < one.at - WINDOW:
            first += 1
        if place - first + 1 == n:
            crossing = one  # from n - 1 to n; the last such one began what still holds
    return crossing


def is_known(crossing: Counted, noted: Iterable[Counted]) -> bool:
    """Say whether this rise was noted, perhaps by another complaint, which was the crossing as things stood then."""
    return any(one.message == crossing.message or one.at >= crossing.at for one in noted)


def to_raise(
    complaints: Sequence[Counted], n: int, now: datetime, noted: Sequence[Counted], denied_at: datetime | None
) -> Counted | None:
    """Return the complaint because of which something is to be raised now, or ``None``.

    Parameters:
        noted: the crossings of this limit that were noted before.
        denied_at: when a request was last denied: after that only a complaint that came later raises a new one.
    """
    crossing = rise(complaints, n, now)
    if crossing is not None and denied_at is not None and crossing.at <= denied_at:
        later = [one for one in complaints if denied_at < one.at < now]
        crossing = min(later, key=lambda one: (one.at, one.message), default=None)
    return None if crossing is None or is_known(crossing, noted) else crossing
