"""What each kind of open thing is called in a handoff: what to do by when, and what if it gets worse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.base.database import Connection
from bot.duty import handoff_notes
from bot.duty.handoff_notes import Note
from bot.duty.handoffs import Item
from bot.engine import cases, roster
from bot.engine.team import Team
from bot.mail import accounts
from bot.mail.crossings import RESTRICT
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import wording


@dataclass(frozen=True)
class Words:
    """How an item is told.

    Attributes:
        title: in a few words; nothing of a person but the masked number.
        lines: what to do by when, and what if.
        quoted: what people wrote to it, each with what stands before it.
    """

    title: str
    lines: tuple[Mrkdwn, ...]
    quoted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shown:
    """An item with what is needed to tell of it."""

    item: Item
    masked: str | None
    owner: str
    note: Note | None
    team: Team

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was found of it."""
        return self.item.facts

    @property
    def by(self) -> Mrkdwn:
        """By when, with a comma before it; nothing where it has no date."""
        due_at = self.item.due_at
        return md(", by {at}", at=text.deadline(due_at, self.team.zone)) if due_at else md("")

    @property
    def number(self) -> str:
        """The number of the case."""
        return cases.number(self.item.thing_case or 0)


def _case(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    facts = shown.facts
    has = md(" {who} has it.", who=shown.owner) if facts.get("owner") else md("")
    if facts["waits"]:
        do = md("{number}: management decides{by}.{has}", number=shown.number, by=shown.by, has=has)
        return _about(facts["title"], shown), (do, md("If nobody decides in time: ask anew."))
    step = f"{facts['step']}" if facts["step"] else "see how it goes on"
    do = md("{number}: {step}{by}.{has}", number=shown.number, step=step, by=shown.by, has=has)
    lines = [do]
    if facts["late"]:
        lines.append(md(":warning: Late. If you cannot do it today: ask management."))
    elif shown.item.can_worsen:
        lines.append(md("If it gets worse: ask management at once."))
    if "flagged" in facts.get("also", ()):
        lines.append(md(":warning: Its account is flagged, and waits to be reviewed or restricted."))
    if "effect" in facts.get("also", ()):
        lines.append(md(":grey_question: Of a fax nobody knows whether it went out."))
    if "message" in facts.get("also", ()):
        lines.append(md(":warning: Slack refused a message about it."))
    return _about(facts["title"], shown), tuple(lines)


def _about(title: str, shown: Shown) -> str:
    return f"{title}, {shown.masked}" if shown.masked else title


def _list(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    left, skipped = shown.facts["open"], shown.facts["skipped"]
    counts = [f"{len(left)} left open"] * bool(left) + [f"{len(skipped)} skipped"] * bool(skipped)
    lines = []
    if left:
        numbers = ", ".join(map(str, left))
        lines.append(md("{number}: answer {n}{by}.", number=shown.number, n=_items(numbers, left), by=shown.by))
    if skipped:
        numbers = ", ".join(map(str, skipped))
        lines.append(md("{number}: {n} skipped. Can it be done now?", number=shown.number, n=_items(numbers, skipped)))
    return f"{shown.facts['title']}, {', '.join(counts)}", tuple(lines)


def _items(numbers: str, several: list[int]) -> str:
    return f"item {numbers}" if len(several) == 1 else f"items {numbers}"


def _approval(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    do = md("{number}: management decides{by}.", number=shown.number, by=shown.by)
    return _about("A request waits", shown), (do, md("If nobody decides in time: ask anew."))


def _restriction(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    at = shown.item.due_at
    when = md("on {day}", day=text.day(at, shown.team.zone)) if at else md("soon")
    do = md("{number}: look {when} whether it can be lifted.", number=shown.number, when=when)
    if shown.facts["late"]:
        do = md(":warning: {number}: its review is late. Look whether it can be lifted.", number=shown.number)
    return f"{shown.masked or 'An account'} is restricted", (do, md("If mail still goes out: tell management."))


def _flagged(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    facts = shown.facts
    if facts.get("unknown"):
        look = md(":grey_question: The mail could not be counted. Look again with `/faxi-flagged`.")
        return "Flagged accounts are not known", (look, md("If it lasts: call engineering."))
    count = wording.count(facts["complaints"], "complaint", "complaints")
    title = f"{shown.masked or 'An account'}, {count}"
    if facts["to_ask"]:
        return title, (md("Nobody has asked to restrict it: decide whether to."), md("If you do: `/faxi-restrict`."))
    do = md("Review it{by}. `/faxi-flagged` leads there.", by=shown.by)
    if facts["late"]:
        do = md(":warning: Its review is late: `/faxi-flagged` leads there.")
    return title, (do, md("If it reaches {limit}: ask to restrict.", limit=RESTRICT))


def _effect(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    if shown.facts["state"] == "unknown":
        lines = (md("Ask the other side whether it came."), md("If it did not: do it by hand, and note it."))
        return "Nobody knows whether something went out", lines
    what = shown.facts["kind"]
    return "Something could not be done", (
        md("The bot could not do it ({what}). See whether it is needed.", what=what),
    )


def _message(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    channel = shown.facts["channel"]
    where = text.channel(channel) if channel.startswith("C") else md("a direct message")
    why = shown.facts["error"]
    do = md("Slack refused a message for {where} ({why}). See that it is read elsewhere.", where=where, why=why)
    return "A message did not arrive", (do,)


def _note(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    note = shown.note
    lines = []
    if shown.item.due_at is not None:
        lines.append(md("By {at}.", at=text.deadline(shown.item.due_at, shown.team.zone)))
    if note is not None and note.channel and note.ts:
        link = Mrkdwn(f"<{shown.team.link(note.channel, note.ts)}|Open the message>")
        lines.append(md("{link}", link=link))
    return f"Note of {shown.owner}", tuple(lines)


def _health(shown: Shown) -> tuple[str, tuple[Mrkdwn, ...]]:
    if shown.facts["what"] == "late":
        return "The bot is late", (md("What is due waits. See `/faxi-status`."), md("If it lasts: call engineering."))
    return "Records wait for their anchor", (md("See `/faxi-status`."), md("If it lasts an hour: call engineering."))


WORDS: Final[Mapping[str, Callable[[Shown], tuple[str, tuple[Mrkdwn, ...]]]]] = {
    "case": _case,
    "list": _list,
    "approval": _approval,
    "restriction": _restriction,
    "flagged": _flagged,
    "effect": _effect,
    "message": _message,
    "note": _note,
    "health": _health,
}
"""How each kind of open thing is told, by its name."""


async def told(connection: Connection, items: tuple[Item, ...], team: Team) -> Mapping[int, Words]:
    """Return the words of these items, by number."""
    known = {one.id: one for one in await accounts.several(connection, {it.account for it in items if it.account})}
    owners = await roster.names(connection, [item.facts.get("owner") for item in items])
    found = {}
    for item in items:
        masked = known[item.account].number_masked if item.account in known else None
        if item.account is not None and masked is None:
            masked = "an account that is gone"
        note = await handoff_notes.load(connection, handoff_notes.id_of(item.key)) if item.kind == "note" else None
        owner = owners[item.facts.get("owner") or roster.BOT]
        title, lines = WORDS[item.kind](Shown(item, masked, owner, note, team))
        quoted = [("", note.words), ("If it gets worse:", note.if_so or "")] if note else []
        quoted += [("To do:", item.todo or ""), ("If:", item.if_so or "")]
        found[item.n] = Words(title, lines, tuple((before, words) for before, words in quoted if words))
    return found


def first_name(name: str) -> str:
    """Return what somebody is called in a heading."""
    return (name.split() or [name])[0]


def short(count: int) -> str:
    """Count items in words."""
    return wording.count(count, "item", "items")
