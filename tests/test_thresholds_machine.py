"""Whatever complaints, people, clocks and restarts do, what the bot raises is what a plain model raises, once each."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.base.database import open_pool, prepare_connection
from bot.engine import audit
from bot.local.postgres import Postgres
from tests.support import machines
from tests.support.approvals_compare import lay_out
from tests.support.complaints import MINUTE, Watch
from tests.support.databases import Database
from tests.support.team import at
from tests.support.thresholds_model import Account

ACCOUNTS = tuple(UUID(int=number, version=4) for number in (1, 2))
WHICH = range(len(ACCOUNTS))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATEST = at("2027-10-01 00:00")
STEPS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "complain": {
        "which": (*WHICH, 0, 0),
        "count": (1, 1, 2, 3, 5),
        "ago": (timedelta(seconds=5), HOUR, DAY, 6 * DAY, 20 * DAY, 29 * DAY),
        "kind": ("abuse", "abuse", "abuse", "not-spam"),
    },
    "repeat": {"which": WHICH},
    "passes": {"by": (2 * MINUTE, HOUR, 8 * HOUR, DAY, 3 * DAY, 3 * DAY, 10 * DAY)},
    "ask": {"which": WHICH, "reason": ("complaints", "complaints", "fraud")},
    "press": {"which": WHICH, "act": ("approve", "deny", "withdraw")},
    "end": {"which": WHICH, "how": ("lift", "lift", "undo")},
    "faxi": {"which": WHICH, "marked": (True, False, False)},
    "overtake": {"which": WHICH},
}
"""What may happen, and what is chosen for each."""
OFTEN = (*STEPS, *["complain"] * 4, *["passes"] * 3, *["press"] * 3, "ask", "ask", "end")
CORE = ("raised 3", "raised 5", "bot: expired", "asked again")
"""What a short run must come to."""
REACHED = (
    *CORE,
    *(
        "covered 5",
        "U0OP1: denied",
        "bot: approved",
        "bot: denied",
        "void",
        "U0OP1: withdrawn",
        "third time",
        "after a lift",
    ),
)
"""What a long run must come to, beside."""
_SEEN = """
SELECT subject, threshold, message_id, state, asked, at FROM chatops.crossings ORDER BY noted_at, threshold, message_id
"""
_REQUESTS = """
SELECT subject, requester, state, decided_at FROM chatops.approvals WHERE action = 'restriction' ORDER BY id
"""
_EMPTIED = "chatops.complaints_seen, chatops.watch, chatops.sends_told, public.user_complaints"


class Thresholds(RuleBasedStateMachine):
    """Plays complaints and what follows on the database and in plain Python, and compares after each step."""

    database: ClassVar[Database]
    reached: ClassVar[Counter[str]] = Counter()
    games: ClassVar[int] = 0

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.accounts = [Account(one) for one in ACCOUNTS]
        type(self).games += 1
        self.steps = self.mails = 0
        self.watch: Watch | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one piece of asynchronous work."""
        return self.runner.run(work)

    @initialize(hour=st.sampled_from(["2026-11-25 09:50", "2026-11-27 17:30", "2026-12-31 22:30"]))
    def begin(self, hour: str) -> None:
        """Empty the database, put the accounts there, and start the bot."""
        self.run(self._begin(hour))

    async def _begin(self, hour: str) -> None:
        self.eyes = await asyncpg.connect(self.database.super_url)
        await prepare_connection(self.eyes)
        await lay_out(self.eyes, ACCOUNTS)
        await self.eyes.execute(f"TRUNCATE {_EMPTIED}")
        await self.eyes.execute("UPDATE public.users SET fax_number_verified = true")
        pool = await open_pool(self.database.url, size=3, application="faxi-bot tests")
        self.watch = Watch(self.database, pool, at(hour), eyes=self.eyes)
        await self.watch.begin()
        await self.watch.tick(MINUTE)

    @rule()
    def step(self) -> None:
        """Let one thing happen; then let the bot look, mostly.

        What it is hangs on the number of the game and of the step alone: a number that hypothesis draws may be one
        that it has read in our modules, and then any change of a module would play other games.
        """
        assert self.watch is not None
        self.steps += 1
        dice = Random(f"{self.games} {self.steps}")  # noqa: S311
        what = dice.choice(OFTEN)
        chosen = {name: dice.choice(choices) for name, choices in STEPS[what].items()}
        note(f"{self.watch.time} {what} {chosen}")
        self.watch.time += timedelta(seconds=1)
        getattr(self, what)(**chosen)
        if dice.random() < 0.8:
            self.passes(2 * MINUTE)
        self._compare()

    def complain(self, which: int, count: int, ago: timedelta, kind: str) -> None:
        """Mails are complained about, now or as it turns out late; the complaints name somebody else."""
        assert self.watch is not None
        account, other = self.accounts[which], ACCOUNTS[1 - which]
        times = [ago + place * MINUTE for place in range(count)]
        made = self.run(self.watch.complain(account.id, *times, kind=kind, blamed=other))
        if kind == "abuse":
            account.complaints |= {one: self.watch.time - when for one, when in zip(made, times, strict=True)}

    def repeat(self, which: int) -> None:
        """Faxi stores a complaint again, a day after the first at most."""
        assert self.watch is not None
        recent = [one for one, when in self.accounts[which].complaints.items() if when > self.watch.time - DAY]
        if recent:
            statement = (
                "INSERT INTO public.user_complaints (user_id, message_id, complained_at, complaint_type) "
                "VALUES ($1, $2, $3, 'abuse')"
            )
            self.run(self.eyes.execute(statement, ACCOUNTS[1 - which], recent[-1], self.watch.time))

    def passes(self, by: timedelta) -> None:
        """Time passes, and what is due runs."""
        assert self.watch is not None
        self.run(self.watch.tick(by if self.watch.time < LATEST else min(by, HOUR)))
        for account in self.accounts:
            account.tick(self.watch.time)

    def ask(self, which: int, reason: str) -> None:
        """Somebody asks for a restriction."""
        assert self.watch is not None
        answer = self.run(self.watch.ask(ACCOUNTS[which], reason=reason))
        assert type(answer).__name__ == self.accounts[which].ask("U0OP1", reason, self.watch.time)

    def press(self, which: int, act: str) -> None:
        """Somebody decides or withdraws what waits."""
        assert self.watch is not None
        account = self.accounts[which]
        waiting = account.waiting
        if waiting is None or (act == "withdraw" and waiting.requester == "bot"):
            return
        done = "FactsMoved"
        while done == "FactsMoved":  # the facts that are shown then are those of now
            done = self.run(self.watch.press(act, account.id))
        assert done == account.press(act, self.watch.time)

    def end(self, which: int, how: str) -> None:
        """A restriction is lifted, or undone as our error."""
        assert self.watch is not None
        account = self.accounts[which]
        if how == "lift" and account.restricted:
            self.run(self.watch.lift(account.id))
            account.lift(self.watch.time)
        elif how == "undo" and account.restricted and account.open:
            self.run(self.watch.undo(account.id))
            account.undo(self.watch.time)

    def faxi(self, which: int, *, marked: bool) -> None:
        """Somebody marks an account in Faxi, or takes the mark away, without the bot."""
        assert self.watch is not None
        account = self.accounts[which]
        if account.restricted is not marked:
            account.restricted = marked
            self.run(self.watch.mark(account.id, restricted=marked))

    def overtake(self, which: int) -> None:
        """Somebody marks an account in Faxi before the request about it is approved, and takes the mark away again."""
        if self.accounts[which].waiting is not None:
            self.faxi(which, marked=True)
            self.press(which, "approve")
            self.faxi(which, marked=False)

    def _compare(self) -> None:
        expected, seen = self._expected(), self.run(self._seen())
        for name, wanted in expected.items():
            assert seen[name] == wanted, f"{name}:\n  {seen[name]}\nmust be\n  {wanted}"
        for account in self.accounts:
            self.reached.update(f"{one.requester}: {one.state}" for one in account.requests)
            self.reached.update(one.state for one in account.requests)
            for limit, noted in account.crossings.items():
                self.reached.update(f"{one.state} {limit}" for one in noted)
                self.reached["asked again"] += any(one.asked > 1 for one in noted)
                self.reached["third time"] += any(one.asked > 2 for one in noted)
            self.reached["after a lift"] += len(account.told)

    def _expected(self) -> dict[str, Any]:
        return {
            "requests": {
                one.id: [(request.requester, request.state, request.decided_at) for request in one.requests]
                for one in self.accounts
            },
            "crossings": {
                (one.id, limit): [(each.message, each.state, each.asked, each.at) for each in noted]
                for one in self.accounts
                for limit, noted in one.crossings.items()
            },
            "again": {one.id: sorted(one.again_at) for one in self.accounts},
            "reviews": {one.id: one.reviews for one in self.accounts},
            "told": {one.id: one.told for one in self.accounts},
            "restricted": {one.id: one.restricted for one in self.accounts},
        }

    async def _seen(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "requests": {one: [] for one in ACCOUNTS},
            "crossings": {(one, limit): [] for one in ACCOUNTS for limit in (3, 5)},
            "again": {one: [] for one in ACCOUNTS},
            "reviews": dict.fromkeys(ACCOUNTS, 0),
            "told": {one: set() for one in ACCOUNTS},
        }
        for row in await self.eyes.fetch(_REQUESTS):
            found["requests"][row[0]].append(tuple(row)[1:])
        for row in await self.eyes.fetch(_SEEN):
            found["crossings"][row[0], row[1]].append(tuple(row)[2:])
        query = (
            "SELECT subject::uuid, due_at FROM chatops.due WHERE kind = 'restriction.ask_again' "
            "AND done_at IS NULL AND cancelled_at IS NULL ORDER BY due_at"
        )
        for row in await self.eyes.fetch(query):
            found["again"][row[0]].append(row[1])
        for row in await self.eyes.fetch("SELECT subject FROM chatops.cases WHERE procedure = 'flagged'"):
            found["reviews"][row[0]] += 1
        for row in await self.eyes.fetch("SELECT subject, message_id FROM chatops.watch_told"):
            found["told"][row[0]].add(row[1])
        users = await self.eyes.fetch("SELECT id, email_restricted IS TRUE FROM public.users")
        return found | {"restricted": {row[0]: row[1] for row in users}}

    def teardown(self) -> None:
        """Let the bot look once more, twice at once, and go through the audit chain."""
        try:
            if self.watch is not None:
                self.passes(2 * MINUTE)
                self._compare()
                self.run(self._verify(self.watch))
        finally:
            self.runner.close()

    async def _verify(self, watch: Watch) -> None:
        async with watch.pool.acquire() as connection:
            report = await audit.verify(connection)
        assert report.ok, report.problems
        await watch.pool.close()
        await self.eyes.close()


@pytest.mark.parametrize("examples", [6, pytest.param(60, marks=pytest.mark.long)])
def test_complaints_lead_to_what_a_plain_model_says(template: Postgres, examples: int) -> None:
    machines.play(template, Thresholds, examples, 50)
    wanted = CORE if examples == 6 else REACHED
    assert set(wanted) <= set(+Thresholds.reached), "the machine no longer gets everywhere: give it other steps"
