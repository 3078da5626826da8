"""Who needs attention, and what next, from the written rules: over facts in memory, with nothing of the bot's code."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.support.attending import DAY, Office
from tests.support.pressing import NOW

MONTH = timedelta(days=30)
STEPS_OF_CALLS = ("tell", "call", "apology", "apology_call", "call_after_complaint")
Row = tuple[int, datetime | None, int, str, str]
"""Urgency, date, complaints, account, what."""


@dataclass(frozen=True)
class Work:
    """An open or closed case: a review, or one with a step for a call."""

    procedure: str
    due_at: datetime | None
    state: str
    closed_at: datetime | None
    step: str | None
    step_state: str
    when: tuple[str, str] | None
    """The state in which a step before has to end for the call, and in which it ended."""

    @property
    def calls(self) -> bool:
        """Whether somebody is to call the person now."""
        waits = self.when is not None and self.when[0] != self.when[1]
        return self.step in STEPS_OF_CALLS and self.step_state == "todo" and not waits

    @property
    def open(self) -> bool:
        """Whether something is to be done in it."""
        return self.closed_at is None and (self.procedure == "flagged" or self.calls)


@dataclass(frozen=True)
class Facts:
    """All that is true of one account."""

    complained: tuple[datetime, ...]
    restricted: bool | None
    lifted: tuple[datetime, str, datetime | None] | None
    request: datetime | None
    denied: datetime | None
    crossed: datetime | None
    flagged: datetime | None
    """The complaint that flagged it, where that was noted."""
    works: tuple[Work, ...]

    @property
    def complaints(self) -> int:
        """How many there are in 30 days, since the last lift; what was our error takes none away."""
        start = NOW - MONTH
        if self.lifted and self.lifted[1] != "error":
            start = max(start, self.lifted[0])
        return sum(start <= one < NOW for one in self.complained)

    def needs(self) -> Iterator[tuple[int, datetime | None, str]]:
        """Give what it needs: urgency, date and word."""
        count = self.complaints
        undone = self.lifted[0] if self.lifted and self.lifted[1] == "error" else None
        decided = max((one for one in (self.denied, undone) if one), default=None)
        if count >= 5 and self.request is None and (decided is None or (self.crossed and self.crossed > decided)):
            yield 0, self.crossed, "ask"
        for one in self.works:
            due_at = one.due_at if one.state == "open" else None
            if not one.open:
                continue
            if due_at is not None and due_at <= NOW:
                yield 1, due_at, "late"
            elif one.calls:
                yield 5, due_at, "call"
            else:
                yield 3, due_at, "review"
        if self.request is not None:
            yield 2, self.request, "decide"
        if self.lifted and self.lifted[2] and self.lifted[2] > NOW:
            yield 6, self.lifted[2], "watch"
        watched = self.lifted is not None and self.lifted[2] is not None and self.lifted[2] > NOW
        in_view = count >= 5 or watched or any(one.open or one.procedure == "flagged" for one in self.works)
        if count >= 3 and (in_view or self.request is not None):
            yield 7, None, "look"
        elif count >= 3:
            by = None if self.flagged is None else self.flagged + DAY
            yield (1, by, "late") if by is not None and by <= NOW else (4, by, "unseen")


def listed(people: Iterable[tuple[UUID, Facts]]) -> list[Row]:
    """Return the list as it ought to be."""
    end = datetime.max.replace(tzinfo=NOW.tzinfo)
    rows: list[Row] = []
    for account, facts in people:
        needs = sorted(facts.needs(), key=lambda one: (one[0], one[1] or end))
        if needs and not facts.restricted:
            urgency, at, word = needs[0]
            rows.append((urgency, at, facts.complaints, str(account), word))
    return sorted(rows, key=lambda row: (row[0], row[1] or end, -row[2], row[3]))


async def write(office: Office, facts: Facts) -> UUID:
    """Store what is true of an account, as Faxi and the bot would."""
    account = await office.account(restricted=facts.restricted, since=NOW - DAY if facts.restricted else None)
    for at in facts.complained:
        await office.complained(account, at)
    if facts.lifted:
        at, how, until = facts.lifted
        await office.restriction(account, at=at - DAY, follow_up_at=at, lifted_at=at, lifted_as=how, watch_until=until)
    if facts.denied:
        await office.request(account, state="denied", decided_at=facts.denied)
    if facts.request:
        await office.request(account, expires_at=facts.request)
    if facts.crossed:
        await office.crossed(account, facts.crossed)
    if facts.flagged:
        await office.crossed(account, facts.flagged, 3)
    for one in facts.works:
        await _case(office, account, one)
    return account


async def _case(office: Office, account: UUID, one: Work) -> None:
    case_id = await office.case(
        account, one.procedure, due_at=one.due_at, state=one.state, closed_at=one.closed_at, posted=None
    )
    if one.step is None:
        return
    when: Any = None
    if one.when is not None:
        await office.step(case_id, "before", kind="act", state=one.when[1])
        when = ("before", one.when[0])
    await office.step(case_id, one.step, state=one.step_state, when=when)
