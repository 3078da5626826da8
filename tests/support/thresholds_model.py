"""What complaints must come to, said again in plain Python: crossings, requests, restrictions, lifts; no database.

Everything follows from the definitions, the slow way, and shares no code with what is tested.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from tests.support.approvals_model import MONTH, expiry, morning_call, working_day
from tests.support.team import ZONE

MINUTE = timedelta(minutes=1)


def opening(now: datetime) -> datetime:
    """Return the next 09:00 of a working day after this instant."""
    day = working_day(now.astimezone(ZONE).date())
    start = datetime.combine(day, time(9), ZONE)
    return start if start > now else datetime.combine(working_day(day + timedelta(days=1)), time(9), ZONE)


@dataclass
class Request:
    """A request to restrict, by a person or the bot."""

    requester: str
    reason: str
    expires_at: datetime
    remind_at: datetime | None
    state: str = "waiting"
    decided_at: datetime | None = None


@dataclass
class Crossing:
    """A crossing that was noted, and the request that it led to."""

    message: str
    at: datetime
    state: str
    request: Request | None = None
    asked: int = 0


@dataclass
class Account:
    """One account: what was complained about, and everything that came of it."""

    id: UUID
    complaints: dict[str, datetime] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    restricted: bool = False
    open: bool = False
    lifted_at: datetime | None = None
    watch: tuple[datetime, datetime] | None = None
    told: set[str] = field(default_factory=set)
    said_no: datetime | None = None
    crossings: dict[int, list[Crossing]] = field(default_factory=lambda: {3: [], 5: []})
    requests: list[Request] = field(default_factory=list)
    again_at: set[datetime] = field(default_factory=set)

    def counting(self, now: datetime) -> list[tuple[datetime, str]]:
        """Return what counts at any time before now: since the last lift, in the order of time."""
        since = self.lifted_at
        return sorted((at, one) for one, at in self.complaints.items() if at < now and (since is None or at >= since))

    def count(self, now: datetime) -> int:
        """Return the count of the last thirty days."""
        return sum(now - MONTH <= at for at, _ in self.counting(now))

    @property
    def waiting(self) -> Request | None:
        """The request that waits."""
        return next((one for one in self.requests if one.state == "waiting"), None)

    def crossing(self, limit: int, now: datetime) -> tuple[datetime, str] | None:
        """Return what is to be raised: the complaint that lifted the count, or after a no the first one since."""
        all_of_them = self.counting(now)
        if self.count(now) < limit:
            return None
        lifts = [
            (at, one)
            for place, (at, one) in enumerate(all_of_them)
            if sum(at - MONTH <= other for other, _ in all_of_them[: place + 1]) == limit
        ]
        found: tuple[datetime, str] | None = lifts[-1]
        if limit == 5 and found is not None and self.said_no is not None and found[0] <= self.said_no:
            found = next((one for one in all_of_them if one[0] > self.said_no), None)
        if found is None or any(one.message == found[1] or one.at >= found[0] for one in self.crossings[limit]):
            return None
        return found

    # What people do.

    def ask(self, person: str, reason: str, now: datetime) -> str:
        """Ask for a restriction, and say what it came to."""
        if self.waiting is not None:
            return "AlreadyAsked"
        if self.restricted:
            return "AlreadyRestricted"
        if reason == "complaints" and self.count(now) < 5:
            return "ReasonDoesNotHold"
        self.requests.append(Request(person, reason, expiry(now), morning_call(now)))
        return "Asked"

    def press(self, act: str, now: datetime) -> str:
        """Approve, deny or withdraw the request that waits, until the facts shown are those of now."""
        request = self.waiting
        assert request is not None
        if now >= request.expires_at:
            self._end(request, "expired", now)
            return "AlreadyDecided"
        if act == "withdraw":
            self._end(request, "withdrawn", now)
        elif act == "deny":
            self._end(request, "denied", now)
            self.said_no = now
        elif self._reason_is_gone(request, now):
            self._end(request, "void", now)
            return "Voided"
        else:
            self._end(request, "approved", now)
            self.restricted = self.open = True
            return "Approved"
        return "Ended"

    def lift(self, now: datetime) -> None:
        """Lift a restriction, whoever made it."""
        self.restricted = self.open = False
        self.lifted_at, self.watch = now, (now, now + MONTH)

    def undo(self, now: datetime) -> None:
        """Undo a restriction as our error: nothing is forgotten, and nobody watches because of it."""
        self.restricted = self.open = False
        self.said_no = now

    # What the clock does.

    def _reason_is_gone(self, request: Request, now: datetime) -> bool:
        return self.restricted or (request.reason == "complaints" and self.count(now) < 5)

    def _end(self, request: Request, state: str, now: datetime) -> None:
        request.state, request.decided_at, request.remind_at = state, now, None
        own = request.requester == "bot"
        about = any(one.request is request for one in self.crossings[5])
        if own and about and state == "expired":
            self.again_at.add(opening(now))
        if not own and about and state in {"expired", "withdrawn", "void"} and self.count(now) >= 5:
            self.again_at.add(opening(now))

    def tick(self, now: datetime) -> None:
        """Do what is due: what ends or calls, then what asks again; then look at what complaints are new."""
        due = [(one.expires_at, "expire", one) for one in self.requests if one.state == "waiting"]
        due += [(one.remind_at, "remind", one) for one in self.requests if one.remind_at]
        again: list[tuple[datetime, str, Request | None]] = [(at, "again", None) for at in self.again_at]
        for at, what, request in sorted([*due, *again], key=lambda one: one[:2]):
            if at > now:
                continue
            if what == "again":
                if at in self.again_at:
                    self.again_at.remove(at)
                    self._again(now)
            elif request is not None and request.state == "waiting":
                if what == "expire":
                    self._end(request, "expired", now)
                else:
                    request.remind_at = None
                    if now < request.expires_at and self._reason_is_gone(request, now):
                        self._end(request, "void", now)
        self._look(now)

    def _again(self, now: datetime) -> None:
        last = next(one for one in reversed(self.crossings[5]) if one.request is not None)
        before = last.request
        assert before is not None
        decided = before.decided_at
        if self.restricted or (decided is not None and self.said_no is not None and self.said_no >= decided):
            return
        if self.waiting is not None:
            last.state, last.request = "covered", self.waiting
        elif self.ask("bot", "complaints", now) == "Asked":
            last.state, last.request, last.asked = "raised", self.waiting, last.asked + 1

    @property
    def reviews(self) -> int:
        """How many reviews were opened."""
        return sum(one.state == "raised" for one in self.crossings[3])

    def _look(self, now: datetime) -> None:
        new = {one for one, at in self.complaints.items() if now - MONTH <= at < now} - self.seen
        self.seen |= new
        if not new:
            return
        if not self.restricted:
            if found := self.crossing(3, now):
                # reviews are not closed here: the first of an account stays open for all later rises
                self.crossings[3].append(Crossing(found[1], found[0], "covered" if self.crossings[3] else "raised"))
            if found := self.crossing(5, now):
                self._raise(found, now)
        if self.watch is not None and not self.open:
            start, end = self.watch
            self.told |= {one for at, one in self.counting(now) if start <= at <= end}

    def _raise(self, found: tuple[datetime, str], now: datetime) -> None:
        crossing = Crossing(found[1], found[0], "covered", self.waiting)
        if self.waiting is None:
            assert self.ask("bot", "complaints", now) == "Asked"
            self.again_at.clear()
            crossing.state, crossing.request, crossing.asked = "raised", self.waiting, 1
        self.crossings[5].append(crossing)
