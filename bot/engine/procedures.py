"""What a procedure and a list that comes by itself are, as the runbook file writes them."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["check", "show", "act", "confirm"]
NOT_SET_UP = "not set up"
"""Why a person does what the bot would do if what it calls were set up."""
NOT_CONNECTED = "not connected"
"""Why a person does what the bot cannot look at yet."""


class When(BaseModel):
    """What has to become of an earlier step before this one is to be done."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: str
    state: Literal["done", "failed", "not_applicable", "skipped"]


class Step(BaseModel):
    """One step of a procedure.

    Attributes:
        calls: what the bot looks at, shows or changes.
        asks: what a person is asked when a check is not in order, or while nobody can look; without it
            a check answers by itself, also where it fails.
        leads_to: the procedure that fits when a check fails.
        why_by_hand: why a person does it and not the bot.
        by_hand: the title that it has while what it calls is not set up.
        link: a page where the person finds it.
        when: what has to become of an earlier step before this one is to be done.
        points: what the written runbook has under this step, word for word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Kind
    title: str = Field(min_length=3, max_length=80)
    source: str
    calls: str | None = None
    asks: str | None = Field(default=None, min_length=3, max_length=120)
    leads_to: str | None = None
    why_by_hand: str | None = None
    by_hand: str | None = Field(default=None, min_length=3, max_length=80)
    link: str | None = Field(default=None, pattern=r"^https://\S+$")
    when: When | None = None
    points: tuple[str, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Step":
        if self.kind == "confirm" and not self.why_by_hand:
            message = "a confirm step says why_by_hand"
            raise ValueError(message)
        if self.kind != "confirm" and not self.calls:
            message = f"a {self.kind} step names what it calls"
            raise ValueError(message)
        if self.leads_to and self.kind != "check":
            message = "only a check that fails leads to a procedure"
            raise ValueError(message)
        if self.asks and self.kind not in {"check", "confirm"}:
            message = f"a {self.kind} step asks nothing: only a check or a confirm does"
            raise ValueError(message)
        if self.by_hand and self.kind == "confirm":
            message = "a confirm step is by hand already: by_hand is the title of what an act becomes"
            raise ValueError(message)
        return self

    def done_by_hand(self) -> "Step":
        """Return what is left of this step for a person while what it calls is not set up."""
        changed = {"kind": "confirm", "title": self.by_hand or self.title, "why_by_hand": NOT_SET_UP, "calls": None}
        changed["leads_to"] = None
        return self.model_copy(update=changed)


class Closing(BaseModel):
    """What is demanded of whoever closes a case of a procedure.

    Attributes:
        asks: a sentence on how it was resolved, one of the findings (and a sentence), or a decision.
        choices: the findings or decisions to choose from, by the word that is kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    asks: Literal["resolution", "finding", "decision"]
    choices: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_choices(self) -> "Closing":
        if (self.asks == "resolution") != (not self.choices):
            message = "a finding or a decision has choices, and a resolution has none"
            raise ValueError(message)
        return self


class Procedure(BaseModel):
    """A list of steps that starting makes into a case.

    Attributes:
        summary: what it is for, in a sentence, for the list of all procedures.
        trigger: when it is started, as the runbook says.
        closing: what closing demands; without it a case ends with its last step.
        about_account: it is about one account, which whoever starts it names.
        starts: who may start it by hand: anybody of the team, or nobody, since a command of its own does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=3, max_length=60)
    source: str
    severity: Literal["critical", "high", "warning", "routine"]
    summary: str | None = Field(default=None, max_length=150)
    trigger: str | None = Field(default=None, max_length=150)
    closing: Closing | None = None
    about_account: bool = False
    starts: Literal["by_hand", "by_command"] = "by_hand"
    steps: tuple[Step, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _names_differ(self) -> "Procedure":
        names = [step.name for step in self.steps]
        if len(names) != len(set(names)):
            message = "two steps have one name"
            raise ValueError(message)
        for place, step in enumerate(self.steps):
            if step.when and step.when.step not in names[:place]:
                message = f"{step.name} waits for {step.when.step!r}, which is no earlier step"
                raise ValueError(message)
        return self


class Schedule(BaseModel):
    """When a list comes by itself, in the team's zone.

    Attributes:
        on: the days; ``monday``, ``wednesday`` and ``mid_month`` (the 15th) are the next working day when
            the team is closed then, ``friday`` is the last working day of the week, and ``first_sunday``
            is that day whatever it is. ``before_first_sunday`` is when the maintenance of that day is announced:
            the start of business of the last working day that opens 48 hours before it, or earlier.
        at: ``opening`` or ``closing`` of business, or a local time such as ``"02:00"``; with
            ``before_first_sunday`` the local time at which the maintenance begins.
        ahead: minutes before that instant.
        within: minutes after which it is too late to begin, so that a missed run is only recorded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    on: Literal[
        "working_day",
        "monday",
        "wednesday",
        "friday",
        "first_monday",
        "mid_month",
        "first_sunday",
        "before_first_sunday",
    ]
    at: str = Field(pattern=r"^(opening|closing|([01]\d|2[0-3]):[0-5]\d)$")
    ahead: int = Field(default=0, ge=0, le=12 * 60)
    within: int = Field(default=8 * 60, gt=0, le=7 * 24 * 60)

    @model_validator(mode="after")
    def _fits_its_days(self) -> "Schedule":
        if self.on == "before_first_sunday" and self.at in {"opening", "closing"}:
            message = 'before_first_sunday says at what local time the maintenance begins, such as "02:00"'
            raise ValueError(message)
        return self


class Checklist(Procedure):
    """A list that comes by itself.

    Attributes:
        schedule: when.
        due_in: minutes until it is to be done, from when it was to come.
    """

    severity: Literal["critical", "high", "warning", "routine"] = "routine"
    schedule: Schedule
    due_in: int = Field(gt=0, le=7 * 24 * 60)
