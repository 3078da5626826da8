"""Whoever presses what in which order: each step is settled once, nothing after closing, and closing asks its due."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.base.database import Pool, open_pool
from bot.duty import case_opening
from bot.duty.case_opening import Opened
from bot.engine import case_notes, cases
from bot.engine.access import Person
from bot.engine.procedures import Closing, Procedure, Step, When
from bot.engine.runbook import Runbook
from bot.local.postgres import Postgres
from bot.slack.interactions import Errors
from commands import acts, case_buttons, case_messages
from tests.support import machines, screens
from tests.support.databases import Database
from tests.support.pressing import NOW, PLAIN, press, somebody

PEOPLE = ("U0OP1", "U0OP2", "U0MGR1")
CHOICES = {"ours": "It was ours", "theirs": "It was theirs"}
WORDS = {"too short": "ok", "good": "One outside domain was away for a day.", "too long": "n" * 5000}
ANSWERS = ("done", "done", "not_applicable", "skipped", "failed", "nonsense")
OFTEN = ("answer",) * 8 + ("acknowledge", "hand_over", "note", "close", "close", "reopen", "reopen", "show", "twice")
REACHED = ("closed by itself", "closed with words", "reopened", "refused: after closing", "refused: settled")


def _step(name: str, kind: Any = "confirm", **more: Any) -> Step:
    why = "a conversation is between people" if kind == "confirm" else None
    return Step(name=name, kind=kind, title=f"See to {name}", source="Feedback", why_by_hand=why, **more)


def procedures() -> Mapping[str, Procedure]:
    """Return one that ends with its last step, one that asks for words, and one that asks for a finding."""
    steps = (
        _step("had", "act", calls=acts.ACKNOWLEDGE),
        _step("one"),
        _step("two"),
        _step("rescue", when=When(step="two", state="failed")),
    )
    plain = Procedure(title="Plain thing", source="Feedback", severity="warning", steps=steps)
    words, found = Closing(asks="resolution"), Closing(asks="finding", choices=CHOICES)
    return {
        "plain": plain,
        "words": plain.model_copy(update={"title": "Thing with words", "closing": words}),
        "found": plain.model_copy(update={"title": "Thing with a finding", "closing": found}),
    }


TEAM = replace(PLAIN, runbook=Runbook({**PLAIN.runbook.procedures, **procedures()}, "hash"))


@dataclass
class Model:
    """A case, said again in plain Python."""

    closing: str | None
    steps: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("had", "one", "two", "rescue"), "todo"))
    owner: str | None = "U0OP1"
    open: bool = True
    notes: int = 0

    def left(self) -> list[str]:
        """Return the steps that are to be done, as things stand."""
        rescue = {"rescue"} if self.steps["two"] != "failed" else set()
        return [name for name, state in self.steps.items() if state == "todo" and name not in rescue]


class Cases(RuleBasedStateMachine):
    """Presses buttons on one case, and compares it with the model after each."""

    database: ClassVar[Database]
    reached: ClassVar[Counter[str]] = Counter()
    games: ClassVar[int] = 0

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        type(self).games += 1
        self.moves, self.now = 0, NOW

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one piece of asynchronous work."""
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        """Open one case, twice: the second time it is the same."""
        name = ("plain", "words", "found")[self.games % 3]
        self.model = Model(None if name == "plain" else name)
        self.pool: Pool = self.run(open_pool(self.database.url, size=2, application="faxi-bot tests"))
        self.case_id: int = self.run(self._begin(name))

    async def _begin(self, name: str) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            first = await case_opening.open_procedure(
                connection, TEAM, name, by="U0OP1", now=NOW, another=True, has_it=self.games % 2 == 0
            )
            assert isinstance(first, Opened)
            second = await case_opening.open_procedure(connection, TEAM, name, by="U0OP2", now=NOW)
            assert second == Opened(first.case_id, new=False)
            await connection.execute(
                "UPDATE chatops.cases SET closed_at = now(), state = 'done', closed_by = 'bot'"
                " WHERE id <> $1 AND closed_at IS NULL",
                first.case_id,
            )
        if self.games % 2:
            self.model.owner = None
        else:
            self.model.steps["had"] = "done"
        return first.case_id

    @rule()
    def move(self) -> None:
        """Let somebody press something; what it is hangs on the number of the game and of the move alone."""
        self.moves += 1
        self.now += timedelta(minutes=1)
        dice = Random(f"{self.games} {self.moves}")  # noqa: S311
        what, who = dice.choice(OFTEN), dice.choice(PEOPLE)
        note(f"{what} by {who}")
        getattr(self, what)(dice, who)
        self.run(self._compare())

    def _press(self, name: str, who: str, step: str, **more: Any) -> Any:
        return self.run(self._pressed(name, who, step, **more))

    async def _pressed(
        self, name: str, who: str, step: str, *, form: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        async with self.pool.acquire() as connection:
            value = await cases.step_value(connection, self.case_id, step)
        if form is None:
            return await press(self.pool, name, who, now=self.now, team=TEAM, value=value, **more)
        more |= {"values": form, "metadata": value}
        return await press(self.pool, name, who, kind="view", now=self.now, team=TEAM, **more)

    def answer(self, dice: Random, who: str) -> None:
        """Answer a step, any of them."""
        names: Sequence[str] = list(self.model.steps)
        step, how, words = dice.choice(names), dice.choice(ANSWERS), dice.choice(["good", "good", *WORDS])
        may = self.model.open and step in self.model.left() and step != "had"
        outcome = self._press(case_buttons.ANSWER, who, step, form={"answer": how, "note": WORDS[words]})
        if how == "nonsense" or words != "good":
            assert isinstance(outcome.answer, Errors)
            return
        assert outcome.allowed is may, (outcome.result, step)
        if not may:
            self.reached["refused: after closing" if not self.model.open else "refused: settled"] += 1
            return
        self.model.steps[step] = how
        self._ends()

    def _ends(self) -> None:
        if self.model.closing is None and not self.model.left():
            self.model.open = False
            self.reached["closed by itself"] += 1

    def acknowledge(self, _: Random, who: str) -> None:
        """Press "I have it": the first has it, and with it the step that says so."""
        first = self.model.open and self.model.owner is None
        outcome = self._press(acts.ACKNOWLEDGE, who, "one")
        had = self.run(self._had())
        assert outcome.allowed is (had == (who, self.now)), outcome.result
        if first:
            assert outcome.allowed
        if outcome.allowed:
            self.model.owner = who
            if self.model.steps["had"] == "todo":
                self.model.steps["had"] = "done"
            self._ends()

    async def _had(self) -> Any:
        query = "SELECT acknowledged_by, acknowledged_at FROM chatops.cases WHERE id = $1"
        return tuple(await self.pool.fetchrow(query, self.case_id) or ())

    def hand_over(self, dice: Random, who: str) -> None:
        """Hand the case to somebody, or take it over: not where that person has it and has answered it."""
        to = dice.choice(PEOPLE)
        person = (Person(to, somebody(to).name, "T0FAXI"), True)
        answers = self.model.open and to == who and self.run(self._had())[0] is None
        outcome = self._press(case_buttons.HANDOVER, who, "one", form={"person": to}, prepared=person)
        assert outcome.allowed is (self.model.open and (self.model.owner != to or answers)), outcome.result
        if outcome.allowed:
            self.model.owner = to
        if answers:
            if self.model.steps["had"] == "todo":
                self.model.steps["had"] = "done"
            self._ends()

    def note(self, dice: Random, who: str) -> None:
        """Write a note: of 5 to 1,000 letters, and while the case is open."""
        words = dice.choice(list(WORDS))
        outcome = self._press(case_buttons.NOTE, who, "one", form={"note": WORDS[words]})
        assert outcome.allowed is (words == "good" and self.model.open)
        self.model.notes += outcome.allowed

    def close(self, dice: Random, who: str) -> None:
        """Close the case: when all is answered, with what its procedure asks for."""
        words, finding = dice.choice(["good", "good", *WORDS]), dice.choice(["ours", "theirs", "nobody's", ""])
        outcome = self._press(case_buttons.CLOSE, who, "one", form={"words": WORDS[words], "finding": finding})
        may = self.model.open and not self.model.left() and self.model.closing is not None
        whole = words == "good" and (self.model.closing != "found" or finding in CHOICES)
        assert outcome.allowed is (may and whole), outcome.result
        if outcome.allowed:
            self.model.open = False
            self.reached["closed with words"] += 1

    def reopen(self, _: Random, who: str) -> None:
        """Open the case again, with a reason: then there is one more step to do."""
        outcome = self._press(case_buttons.REOPEN, who, "one", form={"note": WORDS["good"]})
        assert outcome.allowed is (not self.model.open)
        if outcome.allowed:
            self.model.open, self.model.steps["again"] = True, "todo"
            self.model.owner = self.model.owner or who
            self.model.notes += 1
            self.reached["reopened"] += 1

    def show(self, _: Random, who: str) -> None:
        """Show the record, which changes nothing."""
        assert self._press(case_buttons.RECORD, who, "one").result == "shown"

    def twice(self, _: Random, __: str) -> None:
        """Two people answer the same step at one time: one of them does."""
        left = [name for name in self.model.left() if name != "had"] if self.model.open else []
        if not left:
            return

        async def both() -> Any:
            form = {"answer": "done", "note": WORDS["good"]}
            pressed = (self._pressed(case_buttons.ANSWER, who, left[0], form=form) for who in PEOPLE[:2])
            return await asyncio.gather(*pressed)

        assert sorted(one.allowed for one in self.run(both())) == [False, True]
        self.model.steps[left[0]] = "done"
        self._ends()

    async def _compare(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            case = await cases.load(connection, self.case_id)
            assert case is not None
            notes = len(await case_notes.of_case(connection, self.case_id))
            drawn = await case_messages.whole(connection, case, TEAM)
        model = self.model
        assert {step.name: step.state for step in case.steps} == model.steps
        assert (case.closed_at is None, case.owner, notes) == (model.open, model.owner, model.notes)
        assert case.closed_at is None or not model.left(), "closed, and something is left"
        assert case.closed_at is None or bool(case.resolution)
        assert case.closed_at is None or model.closing != "found" or case.finding in CHOICES
        assert list(screens.problems("message", drawn.as_arguments())) == []

    def teardown(self) -> None:
        """Let go of the database."""
        if hasattr(self, "pool"):
            self.run(self.pool.close())
        self.runner.close()


@pytest.mark.parametrize("examples", [9, pytest.param(150, marks=pytest.mark.long)])
def test_a_case_stands_as_a_plain_model_says_whatever_people_press(template: Postgres, examples: int) -> None:
    machines.play(template, Cases, examples, 40)
    assert set(REACHED) <= set(+Cases.reached), "the machine no longer gets everywhere: give it other moves"
