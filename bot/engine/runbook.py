"""The runbook as data: procedures and their steps, read from a file and checked with its line numbers."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from bot.engine import handbook, runbook_yaml, schedules
from bot.engine.calendar import Calendar
from bot.engine.handbook import Handbook, Thresholds
from bot.engine.procedures import Checklist, Procedure, Step


class RunbookError(Exception):
    """The runbook file cannot be used; the message names the line and the reason."""


class _File(Handbook):
    thresholds: Thresholds
    procedures: dict[str, Procedure]
    checklists: dict[str, Checklist] = Field(default_factory=dict)


@dataclass(frozen=True)
class Runbook:
    """All procedures and lists of one file, and the file's hash."""

    procedures: Mapping[str, Procedure]
    """Procedures and lists, by name; a list is a :class:`Checklist`."""
    hash: str
    handbook: Handbook = field(default_factory=Handbook)
    written: Mapping[str, Procedure] = field(default_factory=dict)
    """Procedures and lists as the file has them, where what is not set up changes what is done."""

    @property
    def thresholds(self) -> Thresholds:
        """The limits of rates that this team's figures are held against."""
        return self.handbook.thresholds

    @property
    def checklists(self) -> Mapping[str, Checklist]:
        """The lists that come by themselves, in the file's order."""
        return {name: one for name, one in self.procedures.items() if isinstance(one, Checklist)}

    def without(self, calls: frozenset[str]) -> "Runbook":
        """Return this runbook where steps that call what is not set up are done by people.

        What a person does cannot fail as a service does: a step for that case is left out.
        """
        changed = {
            name: procedure.model_copy(update={"steps": tuple(_by_hand(procedure.steps, calls))})
            for name, procedure in self.procedures.items()
        }
        return replace(self, procedures=changed, written=self.written or self.procedures)


def _by_hand(steps: Sequence[Step], calls: frozenset[str]) -> Iterator[Step]:
    by_hand = {step.name for step in steps if step.calls in calls}
    for step in steps:
        if step.when is None or step.when.state != "failed" or step.when.step not in by_hand:
            yield step.done_by_hand() if step.name in by_hand else step


def load(
    path: Path | None,
    known: frozenset[str],
    required: Mapping[str, Sequence[str]],
    *,
    calendar: Calendar | None = None,
    now: datetime | None = None,
) -> Runbook:
    """Read and check the runbook.

    Parameters:
        path: the team's own file, or ``None`` for the one that comes with the bot.
        known: the names of checks, shows and acts that exist.
        required: the procedures that the bot opens by name, each with the steps that it settles or draws by name.
        calendar: the team's, on which each schedule has to come in the two years after ``now``; without it
            schedules are not tried.

    Raises:
        RunbookError: the file is missing or wrong, calls a name that nothing knows, or lacks what is required.
    """
    name = str(path) if path else "runbook.yml"
    try:
        text = path.read_text("utf-8") if path else files("bot").joinpath("runbook.yml").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name} cannot be read: {error}"
        raise RunbookError(message) from None
    try:
        tree, data = runbook_yaml.read(text)
    except runbook_yaml.Ambiguous as error:
        raise RunbookError("\n".join(f"{name}:{line}: {reason}" for line, reason in error.reasons)) from None
    except yaml.YAMLError as error:
        message = f"{name} is not YAML: {error}"
        raise RunbookError(message) from None
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{name}:{runbook_yaml.line_of(tree, detail['loc'])}: {'.'.join(map(str, detail['loc']))}: "
            f"{detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_url=False)
        ]
        raise RunbookError("\n".join(lines)) from None
    wrong = [
        *_unknown_names(name, tree, parsed, known),
        *(line for title, steps in required.items() for line in _lacking(name, tree, parsed, title, steps)),
        *(
            f"{name}:{runbook_yaml.line_of(tree, where)}: {reason}"
            for where, reason in handbook.wrong(parsed, {**parsed.procedures, **parsed.checklists})
        ),
        *(_never(name, tree, parsed, calendar, now) if calendar and now else ()),
    ]
    if wrong:
        raise RunbookError("\n".join(wrong))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Runbook({**parsed.procedures, **parsed.checklists}, digest, parsed)


def _never(name: str, tree: yaml.Node | None, parsed: _File, calendar: Calendar, now: datetime) -> Iterator[str]:
    """Say which schedules would never come."""
    for title, one in parsed.checklists.items():
        why = schedules.why_never(one.schedule, calendar, now)
        if why is not None:
            yield f"{name}:{runbook_yaml.line_of(tree, ('checklists', title, 'schedule'))}: {why}"


def _unknown_names(name: str, tree: yaml.Node | None, parsed: _File, known: frozenset[str]) -> Iterator[str]:
    """Say which names nothing is called by, and which stand for two things."""
    names = {**parsed.procedures, **parsed.checklists}
    for part, found in (("procedures", parsed.procedures), ("checklists", parsed.checklists)):
        for title, procedure in found.items():
            if part == "checklists" and title in parsed.procedures:
                where = runbook_yaml.line_of(tree, (part, title))
                yield f"{name}:{where}: {title!r} is a procedure already: a list has a name of its own"
            for index, step in enumerate(procedure.steps):
                path = (part, title, "steps", index)
                if step.calls and step.calls not in known:
                    where = runbook_yaml.line_of(tree, (*path, "calls"))
                    yield f"{name}:{where}: nothing is called {step.calls!r}; known are {', '.join(sorted(known))}"
                if step.leads_to and step.leads_to not in names:
                    where = runbook_yaml.line_of(tree, (*path, "leads_to"))
                    yield f"{name}:{where}: there is no procedure {step.leads_to!r}"


def _lacking(name: str, tree: yaml.Node | None, parsed: _File, title: str, steps: Sequence[str]) -> list[str]:
    """Say what a procedure lacks that the bot names."""
    procedure = parsed.procedures.get(title)
    if procedure is None:
        return [f"{name}: the procedure {title!r} is missing: the bot opens it by this name"]
    has = {step.name for step in procedure.steps}
    where = f"{name}:{runbook_yaml.line_of(tree, ('procedures', title))}: the procedure {title!r}"
    return [f"{where} lacks the step {step!r}: the bot needs it by this name" for step in steps if step not in has]
