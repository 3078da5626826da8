"""The runbook as data: procedures and their steps, read from a file and checked with its line numbers."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.engine.procedures import Checklist, Procedure, Step


class RunbookError(Exception):
    """The runbook file cannot be used; the message names the line and the reason."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    procedures: dict[str, Procedure]
    checklists: dict[str, Checklist] = Field(default_factory=dict)


@dataclass(frozen=True)
class Runbook:
    """All procedures and lists of one file, and the file's hash."""

    procedures: Mapping[str, Procedure]
    """Procedures and lists, by name; a list is a :class:`Checklist`."""
    hash: str

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
    wrong = [
        *_unknown_names(name, tree, parsed, known),
        *(line for title, steps in required.items() for line in _lacking(name, tree, parsed, title, steps)),
    ]
    if wrong:
        raise RunbookError("\n".join(wrong))
    return Runbook({**parsed.procedures, **parsed.checklists}, hashlib.sha256(text.encode()).hexdigest()[:16])


def _unknown_names(name: str, tree: yaml.Node | None, parsed: _File, known: frozenset[str]) -> Iterator[str]:
    """Say which names nothing is called by, and which stand for two things."""
    names = {**parsed.procedures, **parsed.checklists}
    for part, found in (("procedures", parsed.procedures), ("checklists", parsed.checklists)):
        for title, procedure in found.items():
            if part == "checklists" and title in parsed.procedures:
                where = _line(tree, (part, title))
                yield f"{name}:{where}: {title!r} is a procedure already: a list has a name of its own"
            for index, step in enumerate(procedure.steps):
                path = (part, title, "steps", index)
                if step.calls and step.calls not in known:
                    where = _line(tree, (*path, "calls"))
                    yield f"{name}:{where}: nothing is called {step.calls!r}; known are {', '.join(sorted(known))}"
                if step.leads_to and step.leads_to not in names:
                    where = _line(tree, (*path, "leads_to"))
                    yield f"{name}:{where}: there is no procedure {step.leads_to!r}"


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
