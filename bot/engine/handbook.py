"""What the runbook says beside its procedures: limits, alerts, who belongs where, duties, queries, contacts, links.

Source: runbook "Alert Response Times", "Escalation Path", "On-Call Responsibilities", "Maintenance Windows",
"Useful Queries", "Contact Information", "Documentation Links", "Change Log", "Feedback".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from bot.engine.procedures import Procedure

Severity = Literal["critical", "high", "warning"]
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,6}))?\s?%")
_ORDER: Final[tuple[Severity, ...]] = ("warning", "high", "critical")
Place = tuple[str | int, ...]
"""Where in the file something stands."""


class Limit(NamedTuple):
    """A limit as a fraction, so that no rounding comes between it and a rate."""

    numerator: int
    denominator: int

    def below(self, other: "Limit") -> bool:
        """Say whether this limit is lower than another."""
        return self.numerator * other.denominator < other.numerator * self.denominator


def percent(given: object) -> Limit:
    """Read a limit as the runbook writes it: ``5%``, ``0.05%``.

    Raises:
        ValueError: it is a number, whose unit nobody knows, or no percentage at all.
    """
    found = _PERCENT.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        message = f'{given!r} is no percentage: write it in quotes, such as "0.05%"'
        raise ValueError(message)
    whole, part = found.group(1), found.group(2) or ""
    limit = Limit(int(whole + part), 100 * 10 ** len(part))
    if not 0 < limit.numerator < limit.denominator:
        message = f"{given} is no limit of a rate: it lies between 0% and 100%"
        raise ValueError(message)
    return limit


Percent = Annotated[Limit, PlainValidator(percent)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Pair(_Part):
    """The two limits of a rate that is to be low."""

    warning: Percent
    critical: Percent

    @model_validator(mode="after")
    def _rises(self) -> "Pair":
        if not self.warning.below(self.critical):
            message = "the warning comes before the critical limit: its limit is the lower one"
            raise ValueError(message)
        return self


class Least(_Part):
    """The limit of a rate that is to be high."""

    critical: Percent


class Thresholds(_Part):
    """The limits of the three rates."""

    source: str = "Alert Response Times"
    bounce_rate: Pair
    complaint_rate: Pair
    delivery_rate: Least

    def limit(self, rate: str, level: str) -> Limit | None:
        """Return the limit of a rate at a level; ``None`` where it has none."""
        found: Limit | None = getattr(getattr(self, rate), level, None)
        return found


STANDARD: Final = Thresholds(
    bounce_rate=Pair(warning="3%", critical="5%"),  # type: ignore[arg-type]  # read by percent
    complaint_rate=Pair(warning="0.05%", critical="0.1%"),  # type: ignore[arg-type]
    delivery_rate=Least(critical="95%"),  # type: ignore[arg-type]
)
"""The limits of the runbook (Alert Response Times); a test holds them against the file that comes with the bot."""


class Crossed(_Part):
    """The limit that an alert is about."""

    rate: Literal["bounce_rate", "complaint_rate", "delivery_rate"]
    level: Literal["warning", "critical"]


class Alert(_Part):
    """A type of alert.

    Attributes:
        respond_in: minutes until somebody has to have it.
        limit: the limit that it is about; without it, what happens is the alert.
        procedure: what is started.
    """

    title: str = Field(min_length=3, max_length=60)
    source: str
    severity: Severity
    respond_in: int = Field(gt=0, le=24 * 60)
    action: str = Field(min_length=3, max_length=80)
    limit: Crossed | None = None
    procedure: str | None = None


class Level(_Part):
    """A level of the escalation path, who belongs there, and what they do."""

    level: int = Field(ge=1, le=9)
    who: str = Field(min_length=3, max_length=60)
    source: str
    group: Literal["operations", "engineering", "management"] | None = None
    does: tuple[str, ...] = Field(min_length=1, strict=False)


class Role(_Part):
    """A role of those on call, and its duties."""

    title: str = Field(min_length=3, max_length=60)
    source: str
    duties: tuple[str, ...] = Field(min_length=1, strict=False)


class Window(_Part):
    """A kind of maintenance: when, what is done, and the procedures that lead through it."""

    title: str = Field(min_length=3, max_length=60)
    source: str
    when: str = Field(min_length=3, max_length=120)
    activities: tuple[str, ...] = Field(default=(), strict=False)
    procedures: tuple[str, ...] = Field(min_length=1, strict=False)


class Query(_Part):
    """A question of the runbook's to the database, and the command that answers it."""

    title: str = Field(min_length=3, max_length=60)
    source: str
    command: str | None = Field(default=None, pattern=r"^/faxi-[a-z]+( .+)?$")
    why_by_hand: str | None = None

    @model_validator(mode="after")
    def _is_answered(self) -> "Query":
        if (self.command is None) == (self.why_by_hand is None):
            message = "a query names the command that answers it, or why_by_hand"
            raise ValueError(message)
        return self


class Contact(_Part):
    """Whom to reach, and how.

    Attributes:
        not_recorded: what the runbook leaves open: people have to know it, or write it into their own file.
    """

    name: str = Field(min_length=3, max_length=60)
    source: str
    email: str | None = None
    slack: str | None = None
    phone: str | None = None
    console: str | None = Field(default=None, pattern=r"^https://\S+$")
    account_id: str | None = None
    not_recorded: tuple[Literal["phone", "account_id"], ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _says_each_once(self) -> "Contact":
        for name in self.not_recorded:
            if getattr(self, name) is not None:
                message = f"{name} is given and said to be not recorded"
                raise ValueError(message)
        return self


class Contacts(_Part):
    """Whom to reach inside and outside of the team."""

    internal: Mapping[str, Contact] = Field(default_factory=dict)
    external: Mapping[str, Contact] = Field(default_factory=dict)


class Page(_Part):
    """A page of the documentation; ``path`` is where it lies beside the runbook."""

    title: str = Field(min_length=3, max_length=60)
    source: str
    path: str = Field(min_length=3)


class Change(_Part):
    """An entry of the change log; the date as ``"2025-01-15"``."""

    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    change: str = Field(min_length=3, max_length=200)
    by: str = Field(min_length=3, max_length=60)


class Feedback(_Part):
    """Where feedback on the runbook goes."""

    source: str
    ways: tuple[str, ...] = Field(min_length=1, strict=False)
    procedure: str | None = None


class Handbook(_Part):
    """All of it."""

    thresholds: Thresholds = STANDARD
    alerts: Mapping[str, Alert] = Field(default_factory=dict)
    escalation: tuple[Level, ...] = Field(default=(), strict=False)
    on_call: Mapping[str, Role] = Field(default_factory=dict)
    maintenance: Mapping[str, Window] = Field(default_factory=dict)
    queries: Mapping[str, Query] = Field(default_factory=dict)
    contacts: Contacts = Contacts()
    documentation: tuple[Page, ...] = Field(default=(), strict=False)
    change_log: tuple[Change, ...] = Field(default=(), strict=False)
    feedback: Feedback | None = None

    def respond_in(self, procedure: str, severity: str) -> timedelta | None:
        """Return how soon somebody has to have a case of a procedure (runbook "Alert Response Times").

        Parameters:
            severity: of what led to it; where no alert of the procedure has it, all of its alerts count.

        Returns:
            the shortest time of its alerts; ``None`` where no alert leads to it.
        """
        alerts = [alert for alert in self.alerts.values() if alert.procedure == procedure]
        fits = [alert.respond_in for alert in alerts if alert.severity == severity]
        minutes = min(fits or [alert.respond_in for alert in alerts], default=None)
        return None if minutes is None else timedelta(minutes=minutes)


def wrong(book: Handbook, procedures: Mapping[str, Procedure]) -> Iterator[tuple[Place, str]]:
    """Say what contradicts itself, and where in the file: limits in titles, severities, response times, names."""
    for name, alert in book.alerts.items():
        yield from _of_alert(name, alert, book.thresholds, procedures)
    yield from _response_times(book)
    for kind, window in book.maintenance.items():
        for one in window.procedures:
            if one not in procedures:
                yield ("maintenance", kind, "procedures"), f"there is no procedure {one!r}"
    if book.feedback and book.feedback.procedure and book.feedback.procedure not in procedures:
        yield ("feedback", "procedure"), f"there is no procedure {book.feedback.procedure!r}"
    levels = [one.level for one in book.escalation]
    if levels != list(range(1, len(levels) + 1)):
        yield ("escalation",), "the levels are 1, 2, 3 and so on, each once and in this order"


def _of_alert(
    name: str, alert: Alert, thresholds: Thresholds, procedures: Mapping[str, Procedure]
) -> Iterator[tuple[Place, str]]:
    at = ("alerts", name)
    if alert.procedure is not None and alert.procedure not in procedures:
        yield (*at, "procedure"), f"there is no procedure {alert.procedure!r}"
    if alert.limit is None:
        return
    limit = thresholds.limit(alert.limit.rate, alert.limit.level)
    if limit is None:
        yield (*at, "limit"), f"{alert.limit.rate} has no limit {alert.limit.level!r} in thresholds"
        return
    yield from _says(alert.title, limit, (*at, "title"))
    if alert.limit.level != alert.severity:
        yield (*at, "severity"), f"it is about the limit {alert.limit.level!r} and says {alert.severity!r}"
    fits = procedures.get(alert.procedure or "")
    if fits is not None and fits.trigger and alert.limit.level == "critical" and _about(fits, alert):
        yield from _says(fits.trigger, limit, ("procedures", alert.procedure or "", "trigger"))


def _about(procedure: Procedure, alert: Alert) -> bool:
    """Say whether a procedure's trigger speaks of the rate that an alert is about."""
    rate = alert.limit.rate.replace("_", " ") if alert.limit else ""
    return bool(procedure.trigger) and rate in (procedure.trigger or "").lower()


def _says(words: str, limit: Limit, at: Place) -> Iterator[tuple[Place, str]]:
    """Compare the percentage that words name with the limit in thresholds."""
    for found in _PERCENT.finditer(words):
        said = percent(found.group())
        if said.below(limit) or limit.below(said):
            yield at, f"it says {found.group()}, and the limit in thresholds is another"


def _response_times(book: Handbook) -> Iterator[tuple[Place, str]]:
    """Say where a lesser alert about the same rate has to be answered sooner."""
    by_rate: dict[str, list[tuple[str, Alert]]] = {}
    for name, alert in book.alerts.items():
        if alert.limit:
            by_rate.setdefault(alert.limit.rate, []).append((name, alert))
    for several in by_rate.values():
        ordered = sorted(several, key=lambda one: _ORDER.index(one[1].severity))
        for (name, lesser), (_, graver) in pairwise(ordered):
            if lesser.severity != graver.severity and lesser.respond_in < graver.respond_in:
                sooner = f"{lesser.severity} is to be answered in {lesser.respond_in} minutes, sooner than"
                yield ("alerts", name, "respond_in"), f"{sooner} {graver.severity} in {graver.respond_in}"
