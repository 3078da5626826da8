"""The runbook as data: procedures and their steps, read from a file and checked with its line numbers."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Kind = Literal["check", "show", "act", "confirm"]


class RunbookError(Exception):
    """The runbook file cannot be used; the message names the line and the reason."""


class When(BaseModel):
    """What has to become of an earlier step before this one is to be done."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: str
    state: Literal["done", "failed", "not_applicable", "skipped"]


class Step(BaseModel):
    """One step of a procedure."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Kind
    title: str = Field(min_length=3, max_length=80)
    source: str
    calls: str | None = None
    why_by_hand: str | None = None
    by_hand: str | None = Field(default=None, min_length=3, max_length=80)
    when: When | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Step":
        if self.kind == "confirm" and not self.why_by_hand:
            message = "a confirm step says why_by_hand"
            raise ValueError(message)
        if self.kind != "confirm" and not self.calls:
            message = f"a {self.kind} step names what it calls"
            raise ValueError(message)
        if self.by_hand and self.kind == "confirm":
            message = "a confirm step is by hand already: by_hand is the title of what an act becomes"
            raise ValueError(message)
        return self

    def done_by_hand(self) -> "Step":
        """Return what is left of this step for a person while what it calls is not set up."""
        changed = {"kind": "confirm", "title": self.by_hand or self.title, "why_by_hand": "not set up", "calls": None}
        return self.model_copy(update=changed)


class Procedure(BaseModel):
    """A list of steps that starting makes into a case."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(min_length=3, max_length=60)
    source: str
    severity: Literal["critical", "high", "warning", "routine"]
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


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    procedures: dict[str, Procedure]


@dataclass(frozen=True)
class Runbook:
    """All procedures of one file, and the file's hash."""

    procedures: Mapping[str, Procedure]
    hash: str

    def without(self, calls: frozenset[str]) -> "Runbook":
        """Return this runbook where steps that call what is not set up are done by people.

        What a person does cannot fail as a service does: a step for that case is left out.
        """
        changed = {
            name: procedure.model_copy(update={"steps": tuple(_by_hand(procedure.steps, calls))})
            for name, procedure in self.procedures.items()
        }
        return Runbook(changed, self.hash)


def _by_hand(steps: Sequence[Step], calls: frozenset[str]) -> Iterator[Step]:
    by_hand = {step.name for step in steps if step.calls in calls}
    for step in steps:
        if step.when is None or step.when.state != "failed" or step.when.step not in by_hand:
            yield step.done_by_hand() if step.name in by_hand else step


class _Loader(yaml.SafeLoader):
    """Refuses a repeated key, which YAML would silently let win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = f"line {key.start_mark.line + 1}: a key is a word"
                raise RunbookError(message)
            if key.value in seen:
                message = f"line {key.start_mark.line + 1}: the key {key.value!r} stands there twice"
                raise RunbookError(message)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path | None, known: frozenset[str], required: Mapping[str, Sequence[str]]) -> Runbook:
    """Read and check the runbook.

    Parameters:
        path: the team's own file, or ``None`` for the one that comes with the bot.
        known: the names of checks, shows and acts that exist.
        required: the procedures that the bot opens by name, each with the steps that it settles or draws by name.

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
        tree = yaml.compose(text, _Loader)
        data = yaml.load(text, _Loader)  # noqa: S506  # a safe loader with one more check
    except RunbookError as error:
        message = f"{name}: {error}"
        raise RunbookError(message) from None
    except yaml.YAMLError as error:
        message = f"{name} is not YAML: {error}"
        raise RunbookError(message) from None
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{name}:{_line(tree, detail['loc'])}: {'.'.join(map(str, detail['loc']))}: "
            f"{detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_url=False)
        ]
        raise RunbookError("\n".join(lines)) from None
    for title, procedure in parsed.procedures.items():
        for index, step in enumerate(procedure.steps):
            if step.calls and step.calls not in known:
                where = _line(tree, ("procedures", title, "steps", index, "calls"))
                message = f"{name}:{where}: nothing is called {step.calls!r}; known are {', '.join(sorted(known))}"
                raise RunbookError(message)
    lacking = [line for title, steps in required.items() for line in _lacking(name, tree, parsed, title, steps)]
    if lacking:
        raise RunbookError("\n".join(lacking))
    return Runbook(parsed.procedures, hashlib.sha256(text.encode()).hexdigest()[:16])


def _lacking(name: str, tree: yaml.Node | None, parsed: _File, title: str, steps: Sequence[str]) -> list[str]:
    """Say what a procedure lacks that the bot names."""
    procedure = parsed.procedures.get(title)
    if procedure is None:
        return [f"{name}: the procedure {title!r} is missing: the bot opens it by this name"]
    has = {step.name for step in procedure.steps}
    where = f"{name}:{_line(tree, ('procedures', title))}: the procedure {title!r}"
    return [f"{where} lacks the step {step!r}: the bot needs it by this name" for step in steps if step not in has]


def _line(tree: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest node that lies on the path."""
    node = tree
    for part in path:
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        else:
            below = None
        if below is None:
            break
        node = below
    return node.start_mark.line + 1 if node is not None else 1
