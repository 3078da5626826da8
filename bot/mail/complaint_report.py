"""What was complained about in a window: kinds that count and that do not, senders, weeks, and who is near a limit.

Sources: runbook "Handling High Complaint Rate Alert"; 3 complaints in 30 days flag an account ("Reviewing
Flagged Account"), 5 have it restricted ("Restricting Account").
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.mail.crossings import FLAGGED, RESTRICT
from bot.mail.metrics.complaints import Reported

WEEKS: Final = 5
Standing: TypeAlias = Literal["at_5", "near_5", "at_3", "near_3"]
"""Where an account stands: at a limit or above it, or one complaint below."""
_STANDINGS: Final[Sequence[tuple[int, Standing]]] = (
    (RESTRICT, "at_5"),
    (RESTRICT - 1, "near_5"),
    (FLAGGED, "at_3"),
    (FLAGGED - 1, "near_3"),
)


@dataclass(frozen=True)
class Sender:
    """Complaints about one person's mail."""

    owner: UUID
    counted: int
    not_counted: int


@dataclass(frozen=True)
class ComplaintReport:
    """The reports of a window, taken apart: kinds and senders each add up to the same."""

    counted: int
    not_counted: int
    kinds: tuple[tuple[str, int], ...]
    """Of those that count, most first."""
    other_kinds: tuple[tuple[str, int], ...]
    """Of those that do not count."""
    senders: tuple[Sender, ...]
    """Whose mail was complained about, or reported otherwise; most complaints first."""
    unknown_owner: int
    """Complaints that count, about mail of nobody known."""
    unknown_not_counted: int


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday in the team's zone, as far as it has passed."""

    monday: date
    start: datetime
    end: datetime
    whole: bool
    """Whether it has passed."""


@dataclass(frozen=True)
class Near:
    """An account at a limit, or one complaint below it."""

    owner: UUID
    complaints: int
    standing: Standing


def report(found: Sequence[Reported]) -> ComplaintReport:
    """Take the reports of a window apart."""
    counted = [one for one in found if one.counted]
    other = [one for one in found if not one.counted]
    by_owner, others = Counter(one.owner for one in counted), Counter(one.owner for one in other)
    owners = {one.owner for one in found if one.owner is not None}
    return ComplaintReport(
        counted=len(counted),
        not_counted=len(other),
        kinds=_kinds(counted),
        other_kinds=_kinds(other),
        senders=tuple(
            Sender(owner, by_owner[owner], others[owner])
            for owner in sorted(owners, key=lambda owner: (-by_owner[owner], -others[owner], owner))
        ),
        unknown_owner=by_owner[None],
        unknown_not_counted=others[None],
    )


def _kinds(found: Iterable[Reported]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(one.kind for one in found).items(), key=lambda one: (-one[1], one[0])))


def of_sender(found: Iterable[Reported], owner: UUID) -> tuple[Reported, ...]:
    """Return the reports about one person's mail."""
    return tuple(one for one in found if one.owner == owner)


def weeks(now: datetime, zone: ZoneInfo, number: int = WEEKS) -> tuple[Week, ...]:
    """Return the last weeks, this one first, which ends now.

    Params:
        now: an aware instant.
        zone: the team's, in which a week begins on Monday at 00:00.
    """
    today = now.astimezone(zone).date()
    mondays = [today - timedelta(days=today.weekday() + 7 * back) for back in range(number)]
    return tuple(
        Week(
            monday, _midnight(monday, zone), min(_midnight(monday + timedelta(days=7), zone), now), monday != mondays[0]
        )
        for monday in mondays
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def standing(complaints: int) -> Standing | None:
    """Say where an account stands with so many complaints in 30 days; ``None`` when it is near no limit."""
    return next((name for least, name in _STANDINGS if complaints >= least), None)


def near(figures: Iterable[tuple[UUID, int]]) -> tuple[Near, ...]:
    """Return the accounts at or near a limit, most complaints first.

    Params:
        figures: the accounts that were complained about in 30 days, each with how often.
    """
    found = [Near(owner, count, where) for owner, count in figures if (where := standing(count)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.complaints, one.owner)))


def standings(found: Iterable[Near]) -> Mapping[Standing, int]:
    """Count the accounts by where they stand."""
    counted = Counter(one.standing for one in found)
    return {name: counted[name] for _, name in _STANDINGS}
