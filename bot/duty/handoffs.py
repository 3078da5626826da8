"""Shift handoffs: drafted with everything that is open, each thing once, and kept true until they are accepted.

Sources: runbook "Daily Operations, End of Day" 3 and "Friday Tasks" 1. One is under way at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.duty import handoff_figures, oncall, open_things
from bot.duty.open_kinds import KINDS
from bot.duty.open_things import Thing
from bot.engine import cases, due, handles, outbox
from bot.engine.team import Team

SQL = queries("handoffs")
RENDERER: Final = "handoff"
"""What draws the live message."""
HANDLE, ITEM = "ho", "hi"
"""Letters that begin the values of buttons about a handoff, and about an item."""
LOOK: Final = "handoff.look"
"""The due row that looks every minute whether something new is open; its subject is the case."""
EVERY: Final = timedelta(minutes=1)
CHANGED: Final = "handoff.changed"
"""The post that says what is new since it was handed over."""
Mood = Literal["calm", "watch", "unstable"]
State = Literal["draft", "handed_over", "accepted"]


@dataclass(frozen=True)
class Item:
    """An open thing of a handoff.

    Attributes:
        n: its number, which never changes.
        todo: what the outgoing person wrote to it; ``if_so``: and what to do if it gets worse.
        state: ``gone`` when it is not open any more.
        changed_at: when it last became another than was read.
    """

    case_id: int
    n: int
    kind: str
    key: str
    thing_case: int | None
    account: UUID | None
    due_at: datetime | None
    can_worsen: bool
    facts: Mapping[str, Any]
    todo: str | None
    if_so: str | None
    state: Literal["open", "taken", "gone"]
    version: int
    added_at: datetime
    changed_at: datetime | None
    taken_by: str | None
    taken_at: datetime | None


@dataclass(frozen=True)
class Handoff:
    """A handoff as it stands.

    Attributes:
        planned_at: the end of business for which it was drafted; ``None`` for one that somebody began.
        outgoing: ``None`` when nobody was on call.
        version: of what is open, which whoever accepts has to have seen.
        figures: what happened, as of ``drafted_at``.
    """

    case_id: int
    weekend: bool
    planned_at: datetime | None
    outgoing: str | None
    incoming: str | None
    state: State
    mood: Mood | None
    figures: Mapping[str, Any]
    version: int
    drafted_at: datetime
    sent_at: datetime | None
    reminded_at: datetime | None
    raised_at: datetime | None
    accepted_by: str | None
    accepted_at: datetime | None
    readback: str | None
    every: tuple[Item, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """What is open, by number."""
        return tuple(one for one in self.every if one.state != "gone")

    @property
    def open(self) -> tuple[Item, ...]:
        """What nobody has taken."""
        return tuple(one for one in self.every if one.state == "open")

    @property
    def number(self) -> str:
        """The number of its case."""
        return cases.number(self.case_id)

    @property
    def title(self) -> str:
        """What it is called."""
        return title(weekend=self.weekend)

    @property
    def feels(self) -> Mood:
        """How it is: as the outgoing person says, else as it is computed from what is open."""
        if self.mood is not None:
            return self.mood
        if any(one.facts.get("unstable") for one in self.items):
            return "unstable"
        return "watch" if any(one.can_worsen for one in self.items) else "calm"


@dataclass(frozen=True)
class News:
    """What a look found: items that are new, that became others, and that are not open any more."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


def title(*, weekend: bool) -> str:
    """Return what a handoff is called."""
    return "Weekend handoff" if weekend else "Handoff"


def is_weekend(team: Team, now: datetime) -> bool:
    """Say whether this is the week's last working day."""
    day = now.astimezone(team.zone).date()
    rest = [day + timedelta(days=ahead) for ahead in range(1, 7 - day.weekday())]
    return team.calendar.is_working(day) and not any(team.calendar.is_working(one) for one in rest)


async def under_way(connection: Connection) -> int | None:
    """Return the case of the handoff that nobody has accepted yet, or ``None``."""
    value: int | None = await connection.fetchval(SQL["under_way"])
    return value


async def load(connection: Connection, case_id: int) -> Handoff | None:
    """Return a handoff with its items, or ``None`` when there is none."""
    row = await connection.fetchrow(SQL["handoff"], case_id)
    if row is None:
        return None
    items = await connection.fetch(SQL["items"], case_id)
    return Handoff(**dict(row), every=tuple(Item(**dict(one)) for one in items))


async def open_handoff(
    connection: Connection,
    team: Team,
    *,
    incoming: str | None,
    opened_by: str,
    planned_at: datetime | None,
    now: datetime,
) -> tuple[int, bool]:
    """Draft a handoff from whoever is on call, unless one is under way.

    Parameters:
        incoming: to whom, if that is known; never the one on call.
        planned_at: the end of business that it is for.

    Returns:
        the case of the one under way, and whether it is new.
    """
    await connection.execute(SQL["one_at_a_time"])
    there = await under_way(connection)
    if there is not None:
        return there, False
    duty = await oncall.now_on_call(connection)
    outgoing = duty.person if duty else None
    weekend = is_weekend(team, planned_at or now)
    name = title(weekend=weekend)
    case_id = int(
        await connection.fetchval(
            SQL["open_case"], team.runbook.hash, name, outgoing, opened_by, now, planned_at, planned_at
        )
    )
    figures = await handoff_figures.figures(connection, team, now, weekend=weekend)
    to = incoming if incoming != outgoing else None
    await connection.execute(SQL["open_handoff"], case_id, weekend, planned_at, outgoing, to, figures, now)
    await handles.mint(connection, HANDLE, str(case_id), 1, now)
    await refresh(connection, team, case_id, now)
    await outbox.live(connection, RENDERER, cases.subject(case_id), team.channels.operations, now)
    await due.add(connection, LOOK, cases.subject(case_id), now + EVERY, poll=True)
    return case_id, True


async def refresh(connection: Connection, team: Team, case_id: int, now: datetime) -> News:
    """Bring the items up to what is open now; what has changed since it was read is to be looked at again.

    The case is held; its message is drawn anew where something changed, and once it is handed over
    the thread hears what is new.
    """
    await cases.lock(connection, case_id)
    handoff = await load(connection, case_id)
    if handoff is None or handoff.state == "accepted":
        return News()
    moved = handoff.state == "draft" and await _follow_duty(connection, handoff)
    found = await open_things.find(connection, team, KINDS, now)
    things = {one.key: one for one in found.things}
    known = {one.key: one for one in handoff.every}
    new = [await _add(connection, case_id, thing, now) for key, thing in things.items() if key not in known]
    changed, gone, touched = [], [], False
    for key, item in known.items():
        thing = things.get(key)
        if thing is None:
            if item.state != "gone" and item.kind not in found.unknown:
                await connection.execute(SQL["item_gone"], case_id, item.n)
                gone.append(item.n)
        elif item.state == "gone" or _differs(item, thing):
            version = await connection.fetchval(
                SQL["item_changed"], case_id, item.n, thing.due_at, thing.worse, _facts(thing), now
            )
            await handles.mint(connection, ITEM, f"{case_id}:{item.n}", int(version), now)
            changed.append(item.n)
    touched = bool(new or changed)
    if touched and handoff.every:
        version = await connection.fetchval(SQL["next_version"], case_id)
        await handles.mint(connection, HANDLE, str(case_id), int(version), now)
    if touched or gone or moved:
        await outbox.raise_live(connection, cases.subject(case_id))
    news = News(tuple(new), tuple(changed), tuple(gone))
    if touched and handoff.state == "handed_over":
        quiet = team.calendar.is_quiet(now)
        await tell(connection, CHANGED, case_id, now, {"new": new, "changed": changed, "quiet": quiet})
    return news


async def _follow_duty(connection: Connection, handoff: Handoff) -> bool:
    """Let whoever is on call now hand over; say whether that is another."""
    duty = await oncall.now_on_call(connection)
    person = duty.person if duty else None
    if person == handoff.outgoing:
        return False
    await connection.execute(SQL["outgoing"], handoff.case_id, person)
    return True


async def _add(connection: Connection, case_id: int, thing: Thing, now: datetime) -> int:
    n = int(
        await connection.fetchval(
            SQL["add_item"],
            case_id,
            thing.kind,
            thing.key,
            thing.case,
            thing.account,
            thing.due_at,
            thing.worse,
            _facts(thing),
            now,
        )
    )
    await handles.mint(connection, ITEM, f"{case_id}:{n}", 1, now)
    return n


def _facts(thing: Thing) -> Mapping[str, Any]:
    return {**thing.facts, "owner": thing.owner, "also": list(thing.also), "unstable": thing.unstable}


def _differs(item: Item, thing: Thing) -> bool:
    return item.due_at != thing.due_at or item.can_worsen != thing.worse or dict(item.facts) != dict(_facts(thing))


async def tell(
    connection: Connection, renderer: str, case_id: int, now: datetime, parameters: Mapping[str, Any]
) -> None:
    """Say something in the thread of a handoff."""
    subject = cases.subject(case_id)
    head = await outbox.head_of(connection, subject)
    if head is not None:
        await outbox.post(connection, renderer, subject, head.destination, now, parent=head.id, parameters=parameters)


async def of_value(connection: Connection, value: str | None) -> tuple[int, int] | None:
    """Return the case and the version that a button about a handoff names, or ``None``."""
    handle = await handles.resolve(connection, HANDLE, value)
    return None if handle is None else (int(handle.subject), handle.version)


async def item_of_value(connection: Connection, value: str | None) -> tuple[int, int, int] | None:
    """Return the case, number and version of the item that a button names, or ``None``."""
    handle = await handles.resolve(connection, ITEM, value)
    if handle is None:
        return None
    case_id, _, n = handle.subject.partition(":")
    return int(case_id), int(n), handle.version


async def value(connection: Connection, handoff: Handoff) -> str:
    """Return the value of the buttons about a handoff, of what is open now."""
    return await handles.value_of(connection, HANDLE, str(handoff.case_id), handoff.version)


async def item_value(connection: Connection, item: Item) -> str:
    """Return the value of the buttons about an item."""
    return await handles.value_of(connection, ITEM, f"{item.case_id}:{item.n}", item.version)


@dataclass(frozen=True)
class Past:
    """A handoff that was accepted."""

    case_id: int
    weekend: bool
    outgoing: str | None
    incoming: str
    accepted_by: str
    accepted_at: datetime
    readback: str
    items: int


async def past(connection: Connection, limit: int, offset: int) -> tuple[Sequence[Past], int]:
    """Return a page of the handoffs that were accepted, the newest first, and how many there are."""
    rows = await connection.fetch(SQL["accepted"], limit, offset)
    found = [Past(**{name: row[name] for name in Past.__dataclass_fields__}) for row in rows]
    return found, int(rows[0]["total"]) if rows else 0
