"""What a person can do in Slack, declared once: listener, access rule, audit, help and manifest follow from it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from bot.base.database import Connection
from bot.engine.access import Membership, Person, Right
from bot.engine.team import Team
from bot.slack.blocks import Message, View
from bot.slack.clicks import Click, Kind
from bot.slack.people import Directory


@dataclass(frozen=True)
class Say:
    """Answer the person with a message that only they see."""

    message: Message


@dataclass(frozen=True)
class Show:
    """Answer the person with a modal: in place of the one that is open, else a new one.

    Attributes:
        above: lay it upon the form that was clicked in, which stays as it is, with what was typed.
        pictured: the same with pictures of which Slack may not be ready to show each; shown where it is.
        otherwise: what is said where no modal can be shown any more, of one whose words may stand nowhere else.
    """

    view: View
    above: bool = False
    pictured: View | None = None
    otherwise: Message | None = None


@dataclass(frozen=True)
class Errors:
    """Answer a submitted form with what is wrong, field by field (block id to sentence)."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class ShowHome:
    """Answer with the person's App Home."""

    view: View


@dataclass(frozen=True)
class Keep:
    """Leave the form that was opened at once as it is; ``view`` is shown only where none could be opened."""

    view: View


@dataclass(frozen=True)
class Silent:
    """Say nothing more: the click did what it does in Slack itself, as a link does."""


Answer = Say | Show | Errors | ShowHome | Keep | Silent


@dataclass(frozen=True)
class Outcome:
    """What a click came to: the answer to the person, and what the audit record says of it.

    ``tag`` names what was done where one interaction can do several things; else its own tag holds.
    """

    answer: Answer
    result: str = "done"
    allowed: bool = True
    case_id: int | None = None
    subject: UUID | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tag: str | None = None


@dataclass(frozen=True)
class Call:
    """Everything a handler may use: who clicked what, and the one connection of the one transaction."""

    click: Click
    person: Person
    membership: Membership
    connection: Connection
    now: datetime
    team: Team
    prepared: Any = None


Handler = Callable[[Call], Awaitable[Outcome]]
Preparation = Callable[[Click, Membership, Directory], Awaitable[Any]]


@dataclass(frozen=True)
class Help:
    """How help speaks of a command."""

    need: Literal["Now", "People", "Work", "Look back"]
    does: str
    usage: tuple[tuple[str, str], ...]
    hint: str = ""


@dataclass(frozen=True)
class Offered:
    """How Slack offers a shortcut in the menu of a message: at most 24 letters, and what it does in at most 150."""

    name: str
    does: str


@dataclass(frozen=True)
class Interaction:
    """One thing that a person can do.

    Attributes:
        kind: what Slack calls it.
        name: the command, action id, callback id or event.
        tag: its name in the audit, ``subject:action``.
        right: what one must hold; ``None`` only for what is open to everybody in the workspace.
        run: does it, inside the transaction.
        opening: the modal that opens at once, before anything is asked; ``None`` when none does.
        prepare: what must be read from Slack before the transaction begins.
        help: for commands, how help speaks of it.
        offered: for message shortcuts, how Slack's menu speaks of it.
        anywhere: works outside the team's channels too.
        away: what whoever may is shown while the database does not answer, in place of the usual words.
    """

    kind: Kind
    name: str
    tag: str
    right: Right
    run: Handler
    opening: Callable[[Click], View | None] | None = None
    prepare: Preparation | None = None
    help: Help | None = None
    anywhere: bool = False
    opens_form: bool = False
    away: Callable[[datetime, Team], Message] | None = None
    offered: Offered | None = None


Route = Callable[["Catalogue", Click, Interaction], tuple[Click, Interaction]]
"""Says which interaction a click means, where that depends on its words (help, a mention)."""


class Catalogue:
    """All declared interactions, found by kind and name."""

    def __init__(self, interactions: Iterable[Interaction], route: Route | None = None) -> None:
        """Collect the declarations.

        Raises:
            ValueError: one is declared twice, has no tag of the form ``subject:action``, or is a command
                without help or a shortcut that no menu offers.
        """
        self._table: dict[tuple[str, str], Interaction] = {}
        self._route = route
        for one in interactions:
            key = (one.kind, one.name)
            if key in self._table:
                message = f"{one.kind} {one.name} is declared twice"
                raise ValueError(message)
            if one.tag.count(":") != 1:
                message = f"{one.kind} {one.name}: {one.tag!r} is no audit tag like restriction:ask"
                raise ValueError(message)
            if one.kind == "command" and one.help is None:
                message = f"{one.name} has no help"
                raise ValueError(message)
            if one.kind == "shortcut" and one.offered is None:
                message = f"the shortcut {one.name} does not say how a menu offers it"
                raise ValueError(message)
            self._table[key] = one

    def __iter__(self) -> Iterator[Interaction]:
        """Go through all interactions, in the order of their declaration."""
        return iter(self._table.values())

    def find(self, kind: str, name: str) -> Interaction | None:
        """Return the interaction, or ``None`` when none is declared."""
        return self._table.get((kind, name))

    def route(self, click: Click, interaction: Interaction) -> tuple[Click, Interaction]:
        """Return what the click means, for help and for mentions."""
        return (click, interaction) if self._route is None else self._route(self, click, interaction)

    @property
    def commands(self) -> tuple[Interaction, ...]:
        """The slash commands."""
        return tuple(one for one in self._table.values() if one.kind == "command")

    @property
    def shortcuts(self) -> tuple[Interaction, ...]:
        """The message shortcuts."""
        return tuple(one for one in self._table.values() if one.kind == "shortcut")
