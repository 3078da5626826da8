"""What is open: each kind of it says where it lies and finds it, and what several kinds see is listed once.

A kind is declared beside what it is about and registered in :mod:`bot.duty.open_kinds`. A table of ours
belongs to a kind, or to the list of those that hold nothing open; a test looks after that.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.base.database import Connection
from bot.engine.team import Team


@dataclass(frozen=True)
class Thing:
    """Something that is open.

    Attributes:
        kind: the name of its kind.
        key: the same for as long as it is open, such as ``case:42``; no other thing has it.
        within: keys of things that stand for it, the nearest first, where one of them is open.
        case: the case that it is, or belongs to.
        account: the account that it is about.
        due_at: by when something is to be done.
        worse: it can get worse while nobody looks.
        unstable: it is critical, or the bot itself does not work.
        owner: who has it.
        facts: figures, instants as RFC 3339 and the runbook's words; a change of them is news.
        also: the kinds of what it stands for.
    """

    kind: str
    key: str
    within: tuple[str, ...] = ()
    case: int | None = None
    account: UUID | None = None
    due_at: datetime | None = None
    worse: bool = False
    unstable: bool = False
    owner: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


class Unknown(Exception):
    """A kind cannot be looked at now; its ``thing`` says so to whoever takes over."""

    def __init__(self, thing: Thing) -> None:
        """Say it by this thing."""
        super().__init__(thing.key)
        self.thing = thing


@dataclass(frozen=True)
class Found:
    """What is open.

    Attributes:
        things: each once, in the kinds' order.
        unknown: the kinds that could not be looked at; what was open of them may be so still.
    """

    things: tuple[Thing, ...]
    unknown: frozenset[str] = frozenset()


Find = Callable[[Connection, Team, datetime], Awaitable[Sequence[Thing]]]
"""Finds all open things of a kind as of an instant (business time)."""


@dataclass(frozen=True)
class Kind:
    """A kind of open things.

    Attributes:
        name: the word that messages find its words by.
        tables: the tables of ours in which it lies.
    """

    name: str
    tables: frozenset[str]
    find: Find


async def find(connection: Connection, team: Team, kinds: Iterable[Kind], now: datetime) -> Found:
    """Return everything that is open, each thing once, in the kinds' order.

    What another open thing stands for (:attr:`Thing.within`) is not listed beside it.

    Raises:
        ValueError: two things have one key, or a kind finds things of another.
    """
    seen: dict[str, Thing] = {}
    unknown = set()
    for kind in kinds:
        try:
            of_kind = await kind.find(connection, team, now)
        except Unknown as said:
            of_kind = [said.thing]
            unknown.add(kind.name)
        for thing in of_kind:
            if thing.key in seen or thing.kind != kind.name:
                message = f"{kind.name} lists {thing.key}, which {thing.kind} has already"
                raise ValueError(message)
            seen[thing.key] = thing
    listed = dict(seen)
    for key, thing in seen.items():
        above = _above(thing, seen)
        if above is not None:
            del listed[key]
            if above.key in listed and thing.kind not in listed[above.key].also:
                listed[above.key] = replace(listed[above.key], also=(*listed[above.key].also, thing.kind))
    return Found(tuple(listed.values()), frozenset(unknown))


def _above(thing: Thing, seen: Mapping[str, Thing]) -> Thing | None:
    """Return what stands for a thing in the end; things that name each other stand for themselves."""
    found, passed = thing, {thing.key}
    while (key := next((key for key in found.within if key in seen), None)) is not None:
        if key in passed:
            return None
        passed.add(key)
        found = seen[key]
    return None if found is thing else found
