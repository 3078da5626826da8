"""Checks: what the bot looks at for a step, all of a case at once, and what becomes of the step then.

Looking happens outside any transaction (a check may ask a service), as an effect of kind :data:`KIND`;
what was found is written in one transaction, and the case's message comes or is drawn anew after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.engine import anchoring, cases, effects, outbox, roster
from bot.engine.cases import Case, Step, Verdict
from bot.engine.effects import Effect
from bot.engine.team import Team

log = structlog.get_logger(__name__)
KIND: Final = "case.look"
"""The kind of the effect; its subject is a case, or one step of it as ``case:42/name``."""
OPENED: Final = "case.opened"
"""The post that begins the story of a procedure's case, in its thread."""
LONGEST: Final = 6.0
"""Seconds of machine time that one check gets, from when it is its turn; the database's own limit is 5."""
_AT_ONCE = 2  # connections that checks take together: the pool has 5, and people's clicks come first


@dataclass(frozen=True)
class Finding:
    """What a check found: whether it is in order, and its figures.

    Attributes:
        facts: figures, instants as RFC 3339, case numbers; nothing of a person and no words of a person.
    """

    verdict: Verdict
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a check is asked about.

    Attributes:
        now: the instant (business time) at which it looks.
        account: the account that the case is about, where it is about one.
        case: the case's id.
    """

    team: Team
    now: datetime
    account: UUID | None
    case: int


Check = Callable[[Connection, Asked], Awaitable[Finding]]
"""Looks in the database."""
Outside = Callable[[Asked], Awaitable[Finding]]
"""Looks at a service, without a connection of ours."""


async def want(connection: Connection, case_id: int, now: datetime, *, step: str | None = None) -> None:
    """Have the bot look, at all checks of a case that were not looked at, or at one step again."""
    subject = cases.subject(case_id) + (f"/{step}" if step else "")
    await effects.want(connection, KIND, subject, now, now)


async def appear(connection: Connection, team: Team, renderer: str, case_id: int, now: datetime) -> None:
    """Let the live message of a case come, or be drawn anew where it stands.

    A list that was opened with another one stands in that one's thread.

    Parameters:
        renderer: what draws it where it has none yet.
    """
    subject = cases.subject(case_id)
    if await outbox.head_of(connection, subject) is not None:
        await outbox.raise_live(connection, subject)
        return
    case = await cases.load(connection, case_id)
    parent = None
    if case is not None and case.kind == "checklist" and case.opened_from is not None:
        above = await outbox.head_of(connection, cases.subject(case.opened_from))
        if above is None:  # its own checks take longer: it comes now, and is drawn again when they have looked
            await appear(connection, team, renderer, case.opened_from, now)
            above = await outbox.head_of(connection, cases.subject(case.opened_from))
        parent = above.id if above else None
    place = team.channels.operations
    live = await outbox.live(connection, renderer, subject, place, now, parent=parent)
    if case is not None and case.kind == "procedure":
        await outbox.post(connection, OPENED, subject, place, now, parent=live)


def closing_words(case: Case) -> str:
    """Return the words with which the bot closes a case of which nothing is left: what it found may not be in order."""
    bad = sum(step.verdict not in {None, "pass"} for step in case.steps)
    return f"everything was looked at, {bad} not in order" if bad else "everything is in order"


class Looker:
    """Brings effects of kind :data:`KIND` on."""

    def __init__(
        self,
        pool: Pool,
        team: Team,
        clock: Clock,
        checks: Mapping[str, Check],
        outside: Mapping[str, Outside] | None = None,
        *,
        renderer: Callable[[Case], str],
        looked: Callable[[Connection, int, datetime], Awaitable[object]] | None = None,
    ) -> None:
        """Look with these checks, by the names that the runbook calls.

        Parameters:
            renderer: names what draws the live message of a case that has none yet.
            looked: what follows in the same transaction for a case that was looked at.
        """
        self._pool = pool
        self._team = team
        self._clock = clock
        self._checks = checks
        self._outside = outside or {}
        self._renderer = renderer
        self._looked = looked
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """Look, and write what was found."""
        subject, _, name = effect.subject.partition("/")
        case_id = cases.id_of(subject)
        async with self._pool.acquire() as connection:
            case = await cases.load(connection, case_id)
        wanted = [] if case is None or case.closed_at is not None else _to_look_at(case, name)
        now = self._clock.now()
        asked = Asked(self._team, now, case.subject if case else None, case_id)
        found = await asyncio.gather(*(self._look(step, asked) for step in wanted))
        async with self._pool.acquire() as connection, connection.transaction():
            await cases.lock(connection, case_id)
            if not await effects.move(connection, effect.id, ["waiting"], "done", now=self._clock.now()):
                return
            for step, finding in zip(wanted, found, strict=True):
                await _keep(connection, case_id, step, finding, asked.now)
            await self._show(connection, case_id, asked.now)
            if wanted:
                await anchoring.record_own(
                    connection,
                    "case:look",
                    "looked",
                    asked.now,
                    interaction=f"effect:{effect.id}",
                    case_id=case_id,
                    subject=asked.account,
                    parameters={step.name: finding.verdict for step, finding in zip(wanted, found, strict=True)},
                )

    async def _look(self, step: Step, asked: Asked) -> Finding:
        """Ask one check; what goes wrong is unknown, and never in order."""
        try:
            outside = self._outside.get(step.calls or "")
            if outside is not None:
                async with asyncio.timeout(LONGEST):
                    return await outside(asked)
            check = self._checks[step.calls or ""]
            async with self._free, self._pool.acquire() as connection, asyncio.timeout(LONGEST):
                return await check(connection, asked)
        except Exception:  # one check that breaks must not hold up the others
            log.exception("a check could not look", check=step.calls)
            return Finding("unknown", {"why": "away"})

    async def _show(self, connection: Connection, case_id: int, now: datetime) -> None:
        case = await cases.load(connection, case_id)
        if case is None:
            return
        await cases.close_when_finished(connection, case_id, by=roster.BOT, now=now, resolution=closing_words(case))
        await appear(connection, self._team, self._renderer(case), case_id, now)
        if self._looked is not None:
            await self._looked(connection, case_id, now)


def _to_look_at(case: Case, name: str) -> list[Step]:
    """Return the checks to look at: the one that was named, or all that were not looked at."""
    if name:
        step = case.step(name)
        return [step] if step is not None and step.kind == "check" else []
    return [step for step in case.steps if step.kind == "check" and step.looked_at is None and step.state == "todo"]


async def _keep(connection: Connection, case_id: int, step: Step, finding: Finding, now: datetime) -> None:
    """Keep what was found; a check answers its step unless it is unknown, or asks a person and is not in order."""
    await cases.looked(connection, case_id, step.name, finding.verdict, finding.facts, now)
    asks = finding.verdict == "unknown" or (bool(step.asks) and finding.verdict != "pass")
    if not asks:
        await cases.settle(connection, case_id, step.name, "done", who=roster.BOT, now=now)
