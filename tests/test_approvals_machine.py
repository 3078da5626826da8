"""Whatever people, facts, clocks and restarts do, a request is decided once, by somebody else who may decide it."""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot import wiring
from bot.base.database import Pool, open_pool, prepare_connection
from bot.engine import anchoring, approvals, audit, due, handles, roster
from bot.engine.access import Group, Membership, Person, Right
from bot.local.postgres import Postgres
from bot.mail import requests, restrictions
from bot.mail.restriction_outcomes import KIND
from tests.support import machines
from tests.support.approvals_compare import ENTRY, complain, differences, lay_out
from tests.support.approvals_model import Account, Mail, World
from tests.support.databases import Database
from tests.support.team import at, make_team

TEAM = make_team()
HANDLERS = wiring.due_handlers(TEAM)
PEOPLE = {
    "U0OP1": {Group.OPERATIONS},
    "U0OP2": {Group.OPERATIONS},
    "U0MGR1": {Group.MANAGEMENT},
    "U0MGR2": {Group.MANAGEMENT},
    "U0MGR3": {Group.MANAGEMENT, Group.ENGINEERING},
}
ACCOUNTS = tuple(UUID(int=number, version=4) for number in (1, 2, 3))
REACHED = (
    *("approve: Approved", "approve: AlreadyDecided", "approve: OwnRequest", "approve: FactsMoved", "approve: Voided"),
    "approve by an old button: FactsMoved",
    *("deny: Ended", "deny: AlreadyDecided"),
    *("withdraw: Ended", "withdraw: AlreadyDecided", "withdraw: NotYours"),
    *("ask: Asked", "ask: AlreadyAsked", "ask: AlreadyRestricted", "ask: ReasonDoesNotHold"),
    *("ends expired", "ends void", "reminder", "review"),
)
"""What the steps must come to somewhere, so that the comparison is about all of it."""
CORE = ("approve: Approved", "deny: Ended", "withdraw: Ended", "ask: Asked", "ends void")
"""What a short run must come to."""
EVERYWHERE = 40
"""Examples of a run that comes to all of :data:`REACHED`."""
LONG_LEAP_UNTIL = at("2027-10-01 00:00")

ACCOUNT, ANY, ACTS = range(len(ACCOUNTS)), range(100), ("approve", "approve", "deny", "withdraw")
STEPS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "team_changes": {"person": tuple(PEOPLE), "change": ("management", "management", "slack", "read", "read")},
    "complaints_arrive": {"which": ACCOUNT, "count": range(1, 7), "kind": ("abuse", "not-spam")},
    "faxi_changes": {"which": ACCOUNT, "change": ("quiet", "quiet", "mark", "free", "free", "delete")},
    "time_passes": {"hours": (0.2, 1, 6, 8, 11, 24, 24, 80, 744, 744), "tick": (False, True)},
    "ask": {"wish": ANY, "which": ACCOUNT, "reason": ("complaints", "complaints", "asked")},
    "press": {"wish": ANY, "which": ANY, "version": ("newest", "newest", "first", "before"), "act": ACTS},
    "grow_worse": {"wish": ANY},
    "press_at_once": {"wish": ANY, "acts": tuple(product(ACTS, ACTS))},
    "tick": {"twice": (False, True), "restart": (False, True)},
}
"""What may happen, and what is chosen for each."""
OFTEN = (*STEPS, "ask", "ask", "press", "press", "press", "press", "tick", "tick", "time_passes", "complaints_arrive")


class Approvals(RuleBasedStateMachine):
    """Plays requests on the database and in plain Python, and compares after each step."""

    database: Database
    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        """Begin on a working morning, with everybody where they belong."""
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.time = at("2026-11-25 09:50")
        self.world = World()
        self.accounts = [Account(one) for one in ACCOUNTS]
        self.groups = {person: set(groups) for person, groups in PEOPLE.items()}
        self.left: set[str] = set()
        self.records = self.mails = self.steps = 0
        self.pool: Pool | None = None

    def now(self) -> datetime:
        """Return the machine's business time: it is the clock of the ticker too."""
        return self.time

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one piece of asynchronous work."""
        return self.runner.run(work)

    @initialize(hour=st.sampled_from(["2026-11-25 09:50", "2026-11-25 03:24", "2026-12-31 22:30"]))
    def begin(self, hour: str) -> None:
        """Empty the database and put the accounts there."""
        self.time = at(hour)
        self.run(self._begin())

    async def _begin(self) -> None:
        self.eyes = await asyncpg.connect(self.database.super_url)
        await prepare_connection(self.eyes)
        await lay_out(self.eyes, ACCOUNTS)
        self.pool = await self._open()
        await self._read_members()
        for account in self.accounts:
            for _ in range(5):
                await self._complaint(account, "abuse")

    @rule(luck=st.integers(0, 2**23 - 1))
    def step(self, luck: int) -> None:
        """Let one thing happen; every step is as likely in every run, so no rule is left out of one."""
        self.steps += 1
        dice = Random(f"{luck} {self.steps}")  # noqa: S311
        what = dice.choice(OFTEN)
        chosen = {name: dice.choice(choices) for name, choices in STEPS[what].items()}
        note(f"{what} {chosen}")
        getattr(self, what)(**chosen)

    # What happens in the team and at Faxi's.

    def team_changes(self, person: str, change: str) -> None:
        """Somebody joins or leaves a group or Slack, or the bot looks who is in which group."""
        if change == "slack":
            self.left ^= {person}
        elif change != "read":
            self.groups[person] ^= {Group(change)}
        else:
            self.run(self._read_members())

    def complaints_arrive(self, which: int, count: int, kind: str) -> None:
        """Mails of an account are complained about."""
        account = self._account(which)
        for _ in range(0 if account.gone else count):
            self.run(self._complaint(account, kind))

    def faxi_changes(self, which: int, change: str) -> None:
        """Complaints disappear, somebody marks or frees an account without the bot, or it is deleted."""
        account = self._account(which)
        if change == "quiet":
            account.mails.clear()
            statement = "DELETE FROM public.email_metrics WHERE message_id LIKE $1::text || ':%'"
            self.run(self.eyes.execute(statement, str(account.id)))
        elif change == "delete" and self.records > 8:
            account.gone = True
            self.run(self.eyes.execute("DELETE FROM public.users WHERE id = $1", account.id))
        elif change in {"mark", "free"} and account.restricted is (change == "free"):
            account.restricted = not account.restricted
            if account.restricted:
                account.restricted_at, account.why = self.time, "by hand"
            self.run(
                self.eyes.execute(
                    "UPDATE public.users SET email_restricted = $2, email_restricted_at = $3, "
                    "email_restriction_reason = $4 WHERE id = $1",
                    *(account.id, account.restricted, account.restricted_at, account.why),
                )
            )

    def time_passes(self, hours: float, *, tick: bool) -> None:
        """Hours or days go by; in a month complaints grow old, and reviews fall due."""
        self.time += timedelta(hours=hours if self.time < LONG_LEAP_UNTIL else min(hours, 24))
        if tick:
            self.tick(twice=False, restart=False)

    # What people and the ticker do.

    def ask(self, wish: int, which: int, reason: str) -> None:
        """Somebody asks to restrict an account."""
        person = self._who(wish, Right.ASK_RESTRICTION)
        if person is None:
            return
        self.time += timedelta(seconds=1)
        account = self.accounts[which]
        expected = self.world.ask(account, reason, self.time)
        answer = self.run(
            self._click(
                "ask",
                lambda connection: restrictions.ask(
                    connection, TEAM, account.id, requester=person, reason=reason, words="Words.", now=self.time
                ),
            )
        )
        assert type(answer).__name__ == expected
        self.reached[f"ask: {expected}"] += 1
        if isinstance(answer, restrictions.Asked):
            self.world.add(answer.approval.case_id, account, person, reason, self.time)
        self._compare()

    def press(self, wish: int, which: int, version: str, act: str) -> None:
        """Somebody presses a button, of the newest message or an old one, of an open request or a decided one."""
        if not self.world.requests:
            return
        number = self._which(which)
        person = self._who(wish, Right.ASK_RESTRICTION if act == "withdraw" else Right.APPROVE_RESTRICTION)
        if act == "withdraw" and wish % 2 and self._may(self.world.requests[number].requester, Right.ASK_RESTRICTION):
            person = self.world.requests[number].requester
        if person is None:
            return
        self.time += timedelta(seconds=1)
        shown = self._version(number, version)
        old = shown != self.world.requests[number].version
        expected = self._expect(self.world, act, number, person, shown)
        assert self.run(self._press(act, number, person, shown)) == expected
        self.reached[f"{act} by an old button: {expected}"] += old
        self._compare()

    def grow_worse(self, wish: int) -> None:
        """Facts grow worse before a press; then somebody presses the button that showed the old ones."""
        waiting = sum(one.state == "waiting" for one in self.world.requests)
        if waiting:
            last = 2 * waiting - 1
            self.complaints_arrive(1, 1, "abuse")
            self.press(wish, last, "newest", "approve")
            self.press(wish + 1, last, "before", "approve")

    def press_at_once(self, wish: int, acts: tuple[str, str]) -> None:
        """Two managers press in the same moment, on two connections: as if one had come after the other."""
        number = next((n for n, one in enumerate(self.world.requests) if one.state == "waiting"), None)
        able = [one for one in sorted(PEOPLE) if self._may(one, Right.APPROVE_RESTRICTION)]
        Random(wish).shuffle(able)  # noqa: S311
        if number is None or len(able) < 2:
            return
        self.time += timedelta(seconds=1)
        shown = self._version(number, "newest")
        clicks = [(act, number, person, shown) for act, person in zip(acts, able, strict=False)]

        async def both() -> list[str]:
            return list(await asyncio.gather(*(self._press(*click) for click in clicks)))

        answers = self.run(both())
        for order in ((0, 1), (1, 0)):
            world, accounts = deepcopy((self.world, self.accounts))
            expected = {place: self._expect(world, *clicks[place]) for place in order}
            if [expected[0], expected[1]] == answers and not self._differences(world, accounts):
                self.world, self.accounts = world, accounts
                break
        else:
            raise AssertionError(f"no order of the two explains {answers}")
        self._compare()

    def tick(self, *, twice: bool, restart: bool) -> None:
        """The ticker looks, or two do in the same moment; before it, the process may have begun anew."""
        self.world.tick(self.time)

        async def run() -> None:
            assert self.pool is not None
            if restart:
                await self.pool.close()
                self.pool = await self._open()
            await asyncio.gather(*(due.run_ready(self.pool, HANDLERS, self) for _ in range(2 if twice else 1)))

        self.run(run())
        self._compare()
        self.reached.update(f"ends {one.state}" for one in self.world.requests)
        self.reached["review"] += sum(one.reviews for one in self.world.requests)
        self.reached["reminder"] += sum(one.posts["restriction.reminder"] for one in self.world.requests)
        self.reached["new in management"] += sum(one.joined is not None for one in self.world.requests)

    def teardown(self) -> None:
        """Run what is due once more, compare, and go through the audit chain from its beginning."""
        try:
            if self.pool is not None:
                self.tick(twice=True, restart=True)
                self.run(self._verify())
        finally:
            self.run(self._end())
            self.runner.close()

    # How it is done.

    async def _open(self) -> Pool:
        return await open_pool(self.database.url, size=3, application="faxi-bot tests")

    def _membership(self) -> Membership:
        found = {group: frozenset(p for p, groups in self.groups.items() if group in groups) for group in Group}
        return Membership(found, time.monotonic())

    def _may(self, person: str, right: Right) -> bool:
        """Ask what the door asks."""
        who = Person(person, person, "T0FAXI", deactivated=person in self.left)
        return not who.outsider and self._membership().holds(person, right)

    def _account(self, wish: int) -> Account:
        """Choose an account: mostly one that a request waits for, where it matters."""
        asked = [one.account for one in self.world.requests if one.state == "waiting"]
        return asked[-1] if asked and wish else self.accounts[wish]

    def _who(self, wish: int, right: Right) -> str | None:
        """Choose one of those who may; nobody may when all have left."""
        able = [one for one in sorted(PEOPLE) if self._may(one, right)]
        return able[wish % len(able)] if able else None

    async def _read_members(self) -> None:
        assert self.pool is not None
        async with self.pool.acquire() as connection, connection.transaction():
            await roster.record(connection, self._membership(), self.time)
        self.world.roster.read(self._membership().groups[Group.MANAGEMENT], self.time)

    async def _complaint(self, account: Account, kind: str) -> None:
        self.mails += 1
        mail = Mail(self.time - timedelta(minutes=90), self.time - timedelta(seconds=self.mails % 60 + 1), kind)
        account.mails.append(mail)
        await complain(self.eyes, account, mail, self.mails)

    def _differences(self, world: World, accounts: list[Account]) -> list[str]:
        found: list[str] = self.run(differences(self.eyes, world, accounts))
        return found

    def _compare(self) -> None:
        found = self._differences(self.world, self.accounts)
        assert not found, "\n".join(found)
        for one in self.world.requests:
            if one.state == "approved":
                assert one.decided_by not in {one.requester, None}

    async def _verify(self) -> None:
        assert self.pool is not None
        async with self.pool.acquire() as connection:
            report = await audit.verify(connection)
        assert report.ok, report.problems
        clicks = await self.eyes.fetchval("SELECT count(*) FROM chatops.audit WHERE actor <> 'bot'")
        assert clicks == self.records

    async def _end(self) -> None:
        if self.pool is not None:
            await self.pool.close()
            await self.eyes.close()

    def _which(self, wish: int) -> int:
        """Choose a request: mostly one that waits."""
        waiting = [n for n, one in enumerate(self.world.requests) if one.state == "waiting"]
        return waiting[wish % len(waiting)] if waiting and wish % 8 else wish % len(self.world.requests)

    def _version(self, number: int, wish: str) -> int:
        newest = self.world.requests[number].version
        return {"newest": newest, "first": 1, "before": max(1, newest - 1)}[wish]

    def _expect(self, world: World, act: str, number: int, person: str, shown: int) -> str:
        if act == "approve":
            return world.approve(number, person, shown, self.time)
        if act == "deny":
            return world.deny(number, person, "No.", self.time)
        return world.withdraw(number, person, self.time)

    async def _press(self, act: str, number: int, person: str, shown: int) -> str:
        case_id = self.world.requests[number].case_id

        async def decide(connection: Any) -> Any:
            approval = await approvals.of_case(connection, case_id, "restriction")
            assert approval is not None
            value = await handles.value_of(connection, approvals.HANDLE, str(approval.id), shown)
            if act == "approve":
                return await requests.approve(connection, TEAM, KIND, value, approver=person, now=self.time)
            if act == "deny":
                return await requests.deny(connection, TEAM, KIND, value, by=person, words="No.", now=self.time)
            return await requests.withdraw(connection, TEAM, KIND, value, by=person, now=self.time)

        answer = type(await self._click(act, decide)).__name__
        self.reached[f"{act}: {answer}"] += 1
        return answer

    async def _click(self, act: str, work: Any) -> Any:
        """Decide in one transaction and record it last, as the door does."""
        self.records += 1
        assert self.pool is not None
        async with self.pool.acquire() as connection, connection.transaction():
            answer = await work(connection)
            await anchoring.record(connection, replace(ENTRY, at=self.time, action=f"restriction:{act}"))
        return answer


@pytest.mark.parametrize("examples", [12, pytest.param(40, marks=pytest.mark.long)])
def test_a_request_is_decided_once_by_somebody_else_who_may(template: Postgres, examples: int) -> None:
    machines.play(template, Approvals, examples, 45)
    wanted = REACHED if examples == EVERYWHERE else CORE
    assert set(wanted) <= set(+Approvals.reached), "the machine no longer gets everywhere: give it other steps"
