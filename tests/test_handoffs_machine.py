"""Whatever people, clocks and cases do, a handoff holds each open thing once, and on call is passed on exactly once."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.base.database import Connection, open_pool
from bot.duty import handoff_notes, handoff_steps, handoffs, oncall, open_things
from bot.duty.handoffs import Handoff
from bot.duty.open_kinds import KINDS
from bot.engine import cases
from bot.local.postgres import Postgres
from tests.support.databases import Database, clone
from tests.support.team import at, make_team

TEAM = make_team()
PEOPLE = ("U0OP1", "U0OP2", "U0OP3")
WORDS = "I watch what is open, and call management."
ANY = st.integers(0, 50)
MOSTLY = st.sampled_from([True, True, True, False])


class Handoffs(RuleBasedStateMachine):
    """Plays handoffs on the database; what must always hold is looked at after each step."""

    database: Database
    accepted_in_all: ClassVar[int] = 0

    def __init__(self) -> None:
        """Begin on a working afternoon with nobody on call."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = at("2026-11-27 13:00")
        self.duty: str | None = None
        self.accepted = 0
        self.open_cases: list[int] = []
        self.seen: tuple[int, int] | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something on the database."""
        return self.runner.run(work)

    @initialize()
    def connect(self) -> None:
        """Begin a transaction that is rolled back at the end, so that examples share one database."""
        self.run(self._begin())

    async def _begin(self) -> None:
        self.pool = await open_pool(self.database.url, size=1, application="handoffs")
        self.connection: Connection = await self.pool.acquire()
        self.transaction = self.connection.transaction()
        await self.transaction.start()

    async def _end(self) -> None:
        await self.transaction.rollback()
        self.pool.terminate()

    def teardown(self) -> None:
        """Leave nothing behind."""
        Handoffs.accepted_in_all += self.accepted
        if hasattr(self, "pool"):
            self.run(self._end())
        self.runner.close()

    def handoff(self) -> Handoff | None:
        """Return the one under way."""
        case_id = self.run(handoffs.under_way(self.connection))
        found: Handoff | None = self.run(handoffs.load(self.connection, case_id)) if case_id else None
        return found

    @rule(seconds=st.sampled_from([1, 30, 60]))
    def time_passes(self, seconds: int) -> None:
        """Let some time pass; the ticker does what was due."""
        self.now += timedelta(seconds=seconds)
        self.run(self.connection.execute("UPDATE chatops.due SET done_at = due_at WHERE due_at <= $1", self.now))

    @rule(owner=st.sampled_from([None, *PEOPLE]))
    def case_opens(self, owner: str | None) -> None:
        """Open a case."""
        opening = cases.open_case(
            self.connection, TEAM.runbook, "review", subject_user=None, opened_by="bot", owner=owner, now=self.now
        )
        self.open_cases.append(self.run(opening))

    @rule(which=ANY)
    def case_closes(self, which: int) -> None:
        """Close a case."""
        if self.open_cases:
            gone = self.open_cases.pop(which % len(self.open_cases))
            closing = cases.close(self.connection, gone, "done", by="bot", now=self.now, resolution="done")
            self.run(closing)

    @rule(which=ANY)
    def case_changes(self, which: int) -> None:
        """Give a case another date."""
        if self.open_cases:
            case_id = self.open_cases[which % len(self.open_cases)]
            self.run(cases.set_state(self.connection, case_id, "open", self.now + timedelta(days=which)))

    @rule()
    def note(self) -> None:
        """Write a note."""
        self.run(handoff_notes.add(self.connection, who=PEOPLE[0], words="Something", now=self.now))

    @rule(person=st.sampled_from(PEOPLE))
    def take_duty(self, person: str) -> None:
        """Take on call by command."""
        self.run(oncall.take(self.connection, TEAM, person, self.now))
        self.duty = person

    @rule()
    def draft(self) -> None:
        """Draft one, unless one is under way."""
        opening = handoffs.open_handoff(
            self.connection, TEAM, incoming=None, opened_by="bot", planned_at=None, now=self.now
        )
        self.run(opening)

    @rule(to=st.sampled_from(PEOPLE), by=st.sampled_from(PEOPLE), manager=MOSTLY)
    def send(self, to: str, by: str, *, manager: bool) -> None:
        """Send or give it to somebody, or claim it."""
        handoff = self.handoff()
        if handoff is None:
            return
        if handoff.outgoing is None and handoff.state == "draft":
            if isinstance(self.run(self._claim(handoff.case_id, by)), Handoff):
                self.duty = by
            return
        sent = handoff_steps.send(self.connection, TEAM, handoff.case_id, to=to, by=by, manager=manager, now=self.now)
        self.run(sent)

    def _claim(self, case_id: int, by: str) -> Coroutine[Any, Any, Any]:
        return handoff_steps.claim(self.connection, TEAM, case_id, by=by, now=self.now)

    @rule(which=ANY, by=st.sampled_from(PEOPLE), right=MOSTLY)
    def take(self, which: int, by: str, *, right: bool) -> None:
        """Take all items, or one, as the receiver or as somebody else."""
        handoff = self.handoff()
        if handoff is None or not handoff.every:
            return
        who = handoff.incoming if right and handoff.incoming else by
        chosen = handoff.open if right else (handoff.every[which % len(handoff.every)],)
        for item in chosen:
            value = (handoff.case_id, item.n, item.version)
            self.run(handoff_steps.take(self.connection, TEAM, value, by=who, now=self.now))

    @rule()
    def look(self) -> None:
        """Read the handoff, so that an older look may be accepted later."""
        handoff = self.handoff()
        self.seen = (handoff.case_id, handoff.version) if handoff else None

    @rule(by=st.sampled_from(PEOPLE), right=MOSTLY, fresh=MOSTLY)
    def accept(self, by: str, *, right: bool, fresh: bool) -> None:
        """Accept what was seen, twice."""
        handoff = self.handoff()
        if handoff is None:
            return
        who = handoff.incoming if right and handoff.incoming else by
        version = handoff.version if fresh or self.seen is None else self.seen[1]
        done = [self.run(self._accept(handoff.case_id, who, version)) for _ in range(2)]
        took = [one for one in done if isinstance(one, Handoff)]
        assert len(took) <= 1, "accepted twice"
        if took:
            self.accepted += 1
            assert who == handoff.incoming
            assert not took[0].open
            self.duty = who

    @rule()
    def take_and_accept(self) -> None:
        """Do what the receiver is asked to."""
        self.take(0, PEOPLE[0], right=True)
        self.accept(PEOPLE[0], right=True, fresh=True)

    def _accept(self, case_id: int, who: str, version: int) -> Coroutine[Any, Any, Any]:
        return handoff_steps.accept(self.connection, TEAM, case_id, by=who, version=version, words=WORDS, now=self.now)

    @invariant()
    def on_call_is_who_was_said_last(self) -> None:
        """Never nobody, once somebody was, and nobody but who took it or accepted."""
        if hasattr(self, "connection"):
            found = self.run(oncall.now_on_call(self.connection))
            assert (found.person if found else None) == self.duty

    @invariant()
    def each_open_thing_stands_once_and_none_that_is_closed(self) -> None:
        """After a look, what stands there is what is open."""
        handoff = self.handoff() if hasattr(self, "connection") else None
        if handoff is None:
            return
        self.run(handoffs.refresh(self.connection, TEAM, handoff.case_id, self.now))
        after = self.handoff()
        assert after is not None
        things = self.run(open_things.find(self.connection, TEAM, KINDS, self.now)).things
        assert sorted(one.key for one in after.items) == sorted(one.key for one in things)
        assert {f"case:{one}" for one in self.open_cases} <= {one.key for one in after.items}


@pytest.mark.parametrize("examples", [15, pytest.param(150, marks=pytest.mark.long)])
async def test_each_open_thing_stands_once_and_on_call_passes_once(template: Postgres, examples: int) -> None:
    async with clone(template) as database:
        machine = type("OnThisDatabase", (Handoffs,), {"database": database})
        limits = settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        before = Handoffs.accepted_in_all
        await asyncio.to_thread(run_state_machine_as_test, machine, settings=limits)
        assert Handoffs.accepted_in_all > before, "no step came to an acceptance"
