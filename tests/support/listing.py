"""Lists for tests: made of few words, looked at with findings that the test chooses, and pressed on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot import wiring
from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.duty import checklists
from bot.engine import cases, checks, due, effects, roster
from bot.engine.cases import Case
from bot.engine.checks import Asked, Check, Finding
from bot.engine.procedures import Checklist, Schedule, Step
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from bot.slack.blocks import Message
from bot.slack.interactions import Outcome
from tests.support import pressing, screens
from tests.support.team import at, make_team

PLANNED = at("2026-11-25 09:00")


class Standing(Clock):
    """A clock that stands at one instant."""

    def __init__(self, now: datetime) -> None:
        """Stand there."""
        self._now = now

    def now(self) -> datetime:
        """Return that instant."""
        return self._now


def confirm(name: str, title: str = "", **more: Any) -> Step:
    """Make an item that a person answers."""
    why = more.pop("why", "not connected")
    shown = title or f"Look at {name}"
    return Step(name=name, kind="confirm", title=shown, source="Morning Checklist 1.1", why_by_hand=why, **more)


def check(name: str, title: str = "", **more: Any) -> Step:
    """Make an item that the bot looks at, by a check of the same name."""
    shown = title or f"Count {name}"
    return Step(name=name, kind="check", title=shown, source="Morning Checklist 1.1", calls=name, **more)


def a_list(*steps: Step, on: Any = "working_day", title: str = "Morning checklist", due_in: int = 60) -> Checklist:
    """Make a list that comes as business opens."""
    schedule = Schedule(on=on, at="opening")
    return Checklist(title=title, source="Morning Checklist", schedule=schedule, due_in=due_in, steps=steps)


def a_team(**lists: Checklist) -> Team:
    """Make a team whose runbook has these lists, beside the procedures that the bot needs."""
    team = make_team()
    kept = {name: one for name, one in team.runbook.procedures.items() if not isinstance(one, Checklist)}
    return replace(team, runbook=Runbook({**kept, **lists}, "hash"))


async def begin(
    pool: Pool,
    team: Team,
    name: str = "morning",
    *,
    planned_at: datetime | None = PLANNED,
    now: datetime | None = None,
    by: str = roster.BOT,
    **more: Any,
) -> int:
    """Open a list as its schedule, or a person, does."""
    async with pool.acquire() as connection, connection.transaction():
        at_ = now or planned_at or PLANNED
        return await checklists.open_list(connection, team, name, planned_at=planned_at, now=at_, opened_by=by, **more)


async def look(pool: Pool, team: Team, found: Mapping[str, Finding], now: datetime = PLANNED) -> None:
    """Let the bot look at all that waits for it, and find this."""

    def finds(finding: Finding) -> Check:
        async def one(_connection: Connection, _asked: Asked) -> Finding:
            return finding

        return one

    await look_by(pool, team, {name: finds(finding) for name, finding in found.items()}, now)


async def look_by(pool: Pool, team: Team, made: Mapping[str, Check], now: datetime) -> None:
    """Let the bot look, by these checks, at all that waits for it."""

    async def looked(connection: Connection, case_id: int, at_: datetime) -> None:
        await checklists.looked(connection, team, case_id, at_)

    looker = checks.Looker(pool, team, Standing(now), made, renderer=lambda _: checklists.RENDERER, looked=looked)
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT id FROM chatops.effects WHERE kind = $1 AND state = 'waiting' ORDER BY created_at", checks.KIND
        )
        waiting = [await effects.load(connection, row["id"]) for row in rows]
    for effect in waiting:
        assert effect is not None
        await looker(effect, 0)


async def load(pool: Pool, case_id: int) -> Case:
    """Return a list as it stands."""
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
    assert case is not None
    return case


async def drawn(
    pool: Pool, team: Team, case_id: int, renderer: str = checklists.RENDERER, **parameters: Any
) -> Message:
    """Draw a message about a list; it keeps the rules of screens."""
    async with pool.acquire() as connection, connection.transaction():
        for person in pressing.PEOPLE:
            await roster.remember(connection, pressing.somebody(person), PLANNED)
        made = await wiring.renderers(None)[renderer](connection, cases.subject(case_id), parameters, team)
    assert list(screens.problems("message", made.as_arguments())) == []
    return made


async def posts(pool: Pool, case_id: int) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return what is to be said about a list, in order: what draws it, and its parameters."""
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT renderer, parameters FROM chatops.posts WHERE subject = $1 ORDER BY id", cases.subject(case_id)
        )
    return [(row["renderer"], row["parameters"]) for row in rows]


async def run_due(pool: Pool, team: Team, now: datetime) -> list[str]:
    """Do what is due about lists by now; return the kinds."""
    handlers = wiring.due_handlers(team)
    kinds = [checklists.HALF, checklists.END]
    done = []
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT id, kind, subject, due_at FROM chatops.due WHERE kind = ANY ($1) AND done_at IS NULL"
            " AND cancelled_at IS NULL AND due_at <= $2 ORDER BY due_at, id",
            kinds,
            now,
        )
        for row in rows:
            async with connection.transaction():
                if await connection.fetchval(due.SQL["claim"], row["id"], now) is not None:
                    await handlers[row["kind"]](connection, due.Due(**dict(row)), now)
                    done.append(row["kind"])
    return done


def value(shown: Message, action: str, n: int = 0) -> str:
    """Return the value of a button that is shown."""
    found = [one for block in shown.blocks for one in screens.elements(block) if one.get("action_id") == action]
    return str(found[n]["value"])


async def press(pool: Pool, team: Team, name: str, who: str = "U0OP1", **more: Any) -> Outcome:
    """Press or submit something of a list."""
    return await pressing.press(pool, name, who, team=team, now=more.pop("now", PLANNED), **more)
