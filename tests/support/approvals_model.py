"""What requests to restrict must come to, said again in plain Python: no database, no clock of its own.

Every function does what one person or the ticker does, and returns the name of the decision.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from tests.support.team import ZONE

_MONTHS = {
    "2026-11": "23",
    "2027-01": "01 11",
    "2027-02": "11 23",
    "2027-03": "22",
    "2027-04": "29",
    "2027-05": "03 04 05",
    "2027-07": "19",
    "2027-08": "11",
    "2027-09": "20 23",
    "2027-10": "11",
    "2027-11": "03 23",
}
HOLIDAYS = frozenset(date.fromisoformat(f"{month}-{day}") for month, days in _MONTHS.items() for day in days.split())
"""Japan's holidays on weekdays, from November 2026 to December 2027, as the Cabinet Office lists them."""
MONTH = timedelta(days=30)


def working_day(day: date) -> date:
    """Return this day, or the next one that is neither a weekend's nor a holiday."""
    while day.weekday() > 4 or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def expiry(now: datetime) -> datetime:
    """Return 24 hours later, or 18:00 of the next working day if that is later."""
    tomorrow = now.astimezone(ZONE).date() + timedelta(days=1)
    return max(now + timedelta(hours=24), datetime.combine(working_day(tomorrow), time(18), ZONE))


def morning_call(now: datetime) -> datetime | None:
    """Return when people are called for what happens now, if it is night (22:00 to 08:30)."""
    local = now.astimezone(ZONE)
    if time(8, 30) <= local.time() < time(22):
        return None
    days = 1 if local.time() >= time(22) else 0
    return datetime.combine(local.date() + timedelta(days=days), time(8, 30), ZONE)


def review_day(now: datetime) -> datetime:
    """Return 09:00 of the day 30 days later, or of the next working day."""
    return datetime.combine(working_day(now.astimezone(ZONE).date() + MONTH), time(9), ZONE)


def next_morning(now: datetime) -> datetime | None:
    """Return 09:00 of the next working day, if the team is not at work (working days, 09:00 to 18:00)."""
    local = now.astimezone(ZONE)
    today, working = local.date(), working_day(local.date()) == local.date()
    if working and time(9) <= local.time() < time(18):
        return None
    return datetime.combine(working_day(today + timedelta(days=local.time() >= time(9))), time(9), ZONE)


@dataclass
class Mail:
    """A mail that somebody complained about."""

    sent_at: datetime
    complained_at: datetime
    kind: str


@dataclass
class Account:
    """One account of Faxi's."""

    id: UUID
    gone: bool = False
    restricted: bool = False
    restricted_at: datetime | None = None
    why: str | None = None
    earlier: int = 0
    mails: list[Mail] = field(default_factory=list)

    def facts(self, now: datetime) -> tuple[object, ...]:
        """Return complaints, their times, those that do not count, mails, and earlier restrictions."""
        seen = [mail for mail in self.mails if now - MONTH <= mail.complained_at < now]
        counted = sorted((mail.complained_at for mail in seen if mail.kind == "abuse"), reverse=True)
        sent = sum(now - MONTH <= mail.sent_at < now for mail in self.mails)
        return len(counted), tuple(counted[:10]), len(seen) - len(counted), sent, self.earlier


@dataclass
class Request:
    """A request, its case and everything that waits because of it."""

    case_id: int
    account: Account
    requester: str
    reason: str
    expires_at: datetime
    facts: tuple[object, ...]
    version: int = 1
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    words: str | None = None
    joined: datetime | None = None
    wanted: int = 1
    posts: Counter[str] = field(default_factory=lambda: Counter({"restriction.asked": 1}))
    due: dict[str, datetime] = field(default_factory=dict)
    before: tuple[object, ...] | None = None
    complaints: object = None
    reviews: int = 0


@dataclass
class Roster:
    """Since when somebody is in management, as far as the bot saw it."""

    seen: dict[str, datetime | None] | None = None

    def read(self, members: frozenset[str], now: datetime) -> None:
        """Note one reading."""
        old = self.seen
        self.seen = {one: None if old is None else old.get(one, now) for one in members}

    def joined(self, person: str, now: datetime) -> datetime | None:
        """Return when the person joined; ``None`` when that was before the bot looked."""
        return None if self.seen is None else self.seen.get(person, now)


@dataclass
class World:
    """All requests, in the order in which they were made."""

    roster: Roster = field(default_factory=Roster)
    requests: list[Request] = field(default_factory=list)

    def waiting(self, account: Account) -> list[Request]:
        """Return the requests for this account that wait."""
        return [one for one in self.requests if one.account.id == account.id and one.state == "waiting"]

    def ask(self, account: Account, reason: str, now: datetime) -> str:
        """Say what asking comes to; the caller adds the request when it is asked."""
        if account.gone:
            return "Gone"
        if self.waiting(account):
            return "AlreadyAsked"
        if account.restricted:
            return "AlreadyRestricted"
        complaints = account.facts(now)[0]
        assert isinstance(complaints, int)
        return "ReasonDoesNotHold" if reason == "complaints" and complaints < 5 else "Asked"

    def add(self, case_id: int, account: Account, requester: str, reason: str, now: datetime) -> None:
        """Add the request that was asked."""
        request = Request(case_id, account, requester, reason, expiry(now), account.facts(now))
        request.due["restriction.expire"] = request.expires_at
        if call := morning_call(now):
            request.due["restriction.remind"] = call
        self.requests.append(request)

    def approve(self, number: int, person: str, version: int, now: datetime) -> str:
        """Approve with a button of this version of the facts."""
        request = self.requests[number]
        if self._over(request, now):
            return "AlreadyDecided"
        if person == request.requester:
            return "OwnRequest"
        if self._void(request, now):
            return "Voided"
        fresh = request.account.facts(now)
        if _worse(fresh, request.facts):
            self._refresh(request, fresh)
            return "FactsMoved"
        if version != request.version:
            return "FactsMoved"
        account = request.account
        request.before = (account.restricted, account.restricted_at, account.why)
        request.complaints = fresh[0]
        account.restricted, account.restricted_at, account.earlier = True, now, account.earlier + 1
        words = {"complaints": f"{fresh[0]} complaints in 30 days", "asked": "The user or family asked for it"}
        account.why = f"{words[request.reason]} (OPS-{request.case_id:04d})"
        self._end(request, "approved", person, now)
        request.joined = self.roster.joined(person, now)
        request.posts["restriction.alert"] += 1
        request.due["restriction.follow_up"] = review_day(now)
        return "Approved"

    def deny(self, number: int, person: str, words: str, now: datetime) -> str:
        """Deny, with whatever version of the button."""
        request = self.requests[number]
        if self._over(request, now):
            return "AlreadyDecided"
        if person == request.requester:
            return "OwnRequest"
        self._end(request, "denied", person, now, words)
        return "Ended"

    def withdraw(self, number: int, person: str, now: datetime) -> str:
        """Withdraw, with whatever version of the button."""
        request = self.requests[number]
        if self._over(request, now):
            return "AlreadyDecided"
        if person != request.requester:
            return "NotYours"
        self._end(request, "withdrawn", person, now)
        return "Ended"

    def tick(self, now: datetime) -> int:
        """Do all that is due, in the order of the due times; return how many were done."""
        rows = sorted((at, kind, n) for n, one in enumerate(self.requests) for kind, at in one.due.items() if at <= now)
        done = 0
        for at, kind, number in rows:
            request = self.requests[number]
            if request.due.get(kind) != at:
                continue  # taken back by what was done just before
            del request.due[kind]
            done += 1
            if kind == "restriction.expire":
                self._over(request, now)
            elif kind == "restriction.remind":
                self._remind(request, now)
            elif kind == "restriction.tell":
                request.posts[f"restriction.{request.state}"] += 1
            elif morning := next_morning(now):
                request.due[kind] = morning
            else:
                request.reviews += 1
                request.wanted += 1
        return done

    def _remind(self, request: Request, now: datetime) -> None:
        if request.state != "waiting" or now >= request.expires_at or self._void(request, now):
            return
        fresh = request.account.facts(now)
        if fresh != request.facts:
            self._refresh(request, fresh)
        request.posts["restriction.reminder"] += 1

    def _over(self, request: Request, now: datetime) -> bool:
        if request.state == "waiting" and now >= request.expires_at:
            self._end(request, "expired", "bot", now)
        return request.state != "waiting"

    def _void(self, request: Request, now: datetime) -> bool:
        account = request.account
        complaints = account.facts(now)[0]
        assert isinstance(complaints, int)
        words = None
        if account.gone:
            words = "account_gone"
        elif account.restricted:
            words = "already_restricted"
        elif request.reason == "complaints" and complaints < 5:
            words = f"complaints:{complaints}"
        if words is not None:
            self._end(request, "void", "bot", now, words)
        return words is not None

    @staticmethod
    def _refresh(request: Request, facts: tuple[object, ...]) -> None:
        request.facts, request.version, request.wanted = facts, request.version + 1, request.wanted + 1

    @staticmethod
    def _end(request: Request, state: str, by: str, now: datetime, words: str | None = None) -> None:
        request.state, request.decided_by, request.decided_at, request.words = state, by, now, words
        request.wanted += 1
        request.posts[f"restriction.{state}"] += 1
        call = morning_call(now)
        if state != "withdrawn" and call is None:
            request.posts[f"restriction.{state}"] += 1
        elif state != "withdrawn" and call is not None:
            request.due["restriction.tell"] = call
        request.due.pop("restriction.expire", None)
        request.due.pop("restriction.remind", None)


def _worse(fresh: tuple[object, ...], shown: tuple[object, ...]) -> bool:
    assert isinstance(fresh[0], int)
    assert isinstance(fresh[4], int)
    assert isinstance(shown[0], int)
    assert isinstance(shown[4], int)
    return fresh[0] > shown[0] or fresh[4] > shown[4]
