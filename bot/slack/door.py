"""The door: the one way by which a click comes in, is decided in one transaction, and is answered.

Acknowledged empty at once; then who is it, may they; then one transaction that claims the
interaction key, runs the handler and appends the audit record last; then the person's answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from bot.base.clock import Clock
from bot.base.database import Pool, queries
from bot.base.tasks import Inflight
from bot.engine import anchoring, roster
from bot.engine.access import Membership, Person, Right, RightsUnknown
from bot.engine.audit import Record
from bot.engine.team import Team
from bot.slack import clicks, private_words, refusals
from bot.slack.answers import Answers, acknowledgement, with_reference
from bot.slack.blocks import View, modal, section
from bot.slack.clicks import Click, MalformedPayload
from bot.slack.interactions import Answer, Call, Catalogue, Errors, Interaction, Outcome, Say
from bot.slack.listeners import reference
from bot.slack.outage import DATABASE_AWAY, Outage, transaction
from bot.slack.people import Directory
from bot.slack.text import md

SQL = queries("door")
SUBMIT_LIMIT = 2.0
"""Seconds of machine time that a submitted form may take before its page says "Looking..."."""
OPENING_GRACE = 0.25
"""Seconds of machine time before a form that is asked for opens with "Looking…"."""
_TRIES = 4
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

log = structlog.get_logger(__name__)
CLICKS = Counter("faxi_interactions_total", "Interactions by audit tag and result.", ["tag", "result"])
SECONDS = Histogram("faxi_interaction_seconds", "Machine time from receipt to commit.", ["kind"])


def looking(title: str = "faxi-bot") -> View:
    """Return the page that stands while the bot looks."""
    return modal(
        "looking", title, section(md(":hourglass_flowing_sand: *Looking…*\nNothing is changed yet.")), close="Cancel"
    )


@dataclass(frozen=True)
class _Known:
    person: Person
    membership: Membership


class _StaleMembersError(Exception):
    """The members were read too long before the transaction; they are read anew, once."""


class Door:
    """Takes every interaction of Slack."""

    def __init__(  # the door is where everything meets
        self,
        catalogue: Catalogue,
        *,
        pool: Pool,
        directory: Directory,
        answers: Answers,
        team: Team,
        clock: Clock,
        inflight: Inflight,
    ) -> None:
        """Stand between Slack and the declared interactions."""
        self.catalogue = catalogue
        self._pool = pool
        self._directory = directory
        self._answers = answers
        self._team = team
        self._clock = clock
        self._inflight = inflight
        self._outage = Outage(pool, clock, inflight)
        self._here: dict[str, None] = {}

    async def dispatch(
        self,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str],  # noqa: ARG002
    ) -> dict[str, Any] | None:
        """Take one interaction; return what its acknowledgement carries (``None``: empty)."""
        if kind == "options":
            return {"options": []}
        found = self.catalogue.find(kind, name)
        if found is None and kind in {"event", "view_closed"}:
            return None
        try:
            click = clicks.read(kind, name, body, self._clock.now())  # type: ignore[arg-type]
        except MalformedPayload as error:
            log.warning(
                "interaction not understood", kind=kind, name=name[:80], error=str(error), reference=reference()
            )
            return None
        click, interaction = self.catalogue.route(click, found or _unknown(kind, name))
        if kind != "view":
            self._inflight.spawn(self._take(click, interaction), f"{kind} {click.reference}")
            return None
        work = self._inflight.spawn(self._decide(click, interaction), f"view {click.reference}")
        done, _ = await asyncio.wait({work}, timeout=SUBMIT_LIMIT)
        if done:
            answer = work.result()
            return None if answer is None else acknowledgement(answer)
        self._inflight.spawn(self._answer_late(click, work), f"late {click.reference}")
        return {"response_action": "update", "view": looking().payload()}

    async def _answer_late(self, click: Click, work: "asyncio.Task[Answer | None]") -> None:
        answer = await work
        if answer is not None:
            await self._answers.give(click, answer, None)

    async def _take(self, click: Click, interaction: Interaction) -> None:
        """Decide and answer; a form that cannot be there in a moment opens at once, and is filled later."""
        view = interaction.opening(click) if interaction.opening else None
        work = asyncio.ensure_future(self._decide(click, interaction))
        opened = None
        if view is not None:
            done, _ = await asyncio.wait({work}, timeout=OPENING_GRACE)
            # A trigger lives for 3 s: what takes longer than a moment must not cost the person the form.
            opened = None if done else await self._answers.open(click, view)
        answer = await work
        if answer is not None:
            await self._answers.give(click, answer, opened)

    async def _decide(self, click: Click, interaction: Interaction) -> Answer | None:
        """Decide the click and record it; return the person's answer (``None``: answered before)."""
        known, prepared, refusal = await self._ask_rights(click, interaction)
        return await self._commit(click, interaction, known, prepared, refusal)

    async def _ask_rights(self, click: Click, interaction: Interaction) -> tuple[_Known | None, Any, Outcome | None]:
        """Ask Slack who it is and whether they may; read what the handler needs before the transaction."""
        known: _Known | None = None
        prepared: Any = None
        try:
            person, membership = await asyncio.gather(self._directory.person(click.user), self._directory.members())
            known = _Known(person, membership)
            refusal = self._refusal(click, interaction, known) or await self._elsewhere(click, interaction)
            if refusal is None and interaction.prepare is not None:
                prepared = await interaction.prepare(click, membership, self._directory)
        except RightsUnknown as error:
            log.warning("rights unknown", reference=click.reference, error=str(error))
            refusal = _refused(refusals.cannot_check_rights(), "rights_unknown")
        return known, prepared, refusal

    def _refusal(self, click: Click, interaction: Interaction, known: _Known) -> Outcome | None:
        foreign = click.user_team is not None and click.user_team != self._team.team_id
        if known.person.outsider or foreign:
            return _refused(refusals.outsider(), "outsider")
        if interaction.right is not Right.HELP:
            if not known.membership.of(click.user):
                return _refused(refusals.in_no_group(), "in_no_group")
            if not known.membership.holds(click.user, interaction.right):
                message = refusals.not_allowed(interaction.right, click.user, known.membership, self._team)
                return _refused(message, "not_allowed")
        return None

    async def _elsewhere(self, click: Click, interaction: Interaction) -> Outcome | None:
        """Refuse what is done neither in the team's channels nor in the person's own message to the bot."""
        if interaction.anywhere or click.channel is None or click.channel in self._team.channels.all:
            return None
        if click.in_direct_message and click.channel == await self._directory.direct(click.user):
            return None
        return _refused(refusals.not_here(self._team), "not_here")

    async def _commit(
        self, click: Click, interaction: Interaction, known: _Known | None, prepared: Any, refusal: Outcome | None
    ) -> Answer | None:
        decided: list[Outcome] = []
        for attempt in range(_TRIES):
            try:
                outcome = await self._transact(click, interaction, known, prepared, refusal, decided)
            except _BUSY:
                # This try committed nothing, so the same click may simply be decided again.
                if attempt + 1 == _TRIES:
                    return (
                        self._away(click, interaction, decided)
                        if decided
                        else await self._failed(click, interaction, known)
                    )
                await asyncio.sleep(0.05 * 2**attempt)
            except DATABASE_AWAY as error:
                log.warning("database away", reference=click.reference, error=type(error).__name__)
                # A broken connection says nothing of the database; a commit whose answer was lost shows at the
                # next try, for its key is taken. One that took too long before it came so far has had its chance.
                if attempt + 1 < _TRIES and (decided or (attempt == 0 and not isinstance(error, TimeoutError))):
                    await asyncio.sleep(0.3 * 2**attempt)
                    continue
                return self._away(click, interaction, decided, may=known is not None and refusal is None)
            except _StaleMembersError:
                known, prepared, refusal = await self._ask_rights(click, interaction)
            except Exception as error:
                log.exception("interaction failed", reference=click.reference, tag=interaction.tag)
                return await self._failed(click, interaction, known, f"error:{type(error).__name__}")
            else:
                if outcome is None and decided:
                    outcome = decided[-1]
                return self._close(click, interaction, outcome)
        # Only members that were too old each time lead here: nothing is permitted on them, and it is recorded.
        unknown = _refused(refusals.cannot_check_rights(), "rights_unknown")
        return await self._commit(click, interaction, known, None, unknown)

    def _away(self, click: Click, interaction: Interaction, decided: Sequence[Outcome], *, may: bool = False) -> Answer:
        """Say that the database does not answer, and whether that leaves open what became of the click."""
        since = self._outage.refuse()
        if interaction.away is not None and may and not decided:
            return with_reference(Say(interaction.away(since, self._team)), click.reference)
        if click.kind == "view" and click.values and not decided:
            # As an error of the form's last field it leaves the form open, with what was typed.
            return Errors({list(click.values)[-1]: refusals.database_away_words(since, click.reference, self._team)})
        tell = refusals.database_unsure if decided else refusals.database_away
        return with_reference(Say(tell(since, self._team)), click.reference)

    def _close(self, click: Click, interaction: Interaction, outcome: Outcome | None) -> Answer | None:
        if outcome is None:
            CLICKS.labels(interaction.tag, "repeated").inc()
            # Handled by this very process: the person has the answer, or is about to get it.
            return None if click.key in self._here else Say(refusals.already_done())
        self._here[click.key] = None
        if len(self._here) > 4096:  # noqa: PLR2004  # redeliveries come within minutes
            del self._here[next(iter(self._here))]
        CLICKS.labels(interaction.tag, outcome.result).inc()
        SECONDS.labels(click.kind).observe(click.milliseconds / 1000)
        log.info(
            "interaction",
            tag=interaction.tag,
            user=click.user,
            result=outcome.result,
            allowed=outcome.allowed,
            reference=click.reference,
            ms=click.milliseconds,
        )
        return outcome.answer if outcome.allowed else with_reference(outcome.answer, click.reference)

    async def _transact(
        self,
        click: Click,
        interaction: Interaction,
        known: _Known | None,
        prepared: Any,
        refusal: Outcome | None,
        decided: list[Outcome],
    ) -> Outcome | None:
        """Decide the click in one transaction; what is put into ``decided`` may be committed from then on."""
        async with transaction(self._pool) as connection:
            if await connection.fetchval(SQL["claim"], click.key, click.now) is None:
                return None
            outcome = refusal
            if known is not None and not known.person.outsider:
                await roster.remember(connection, known.person, click.now)
            if outcome is None:
                if known is None or not known.membership.fresh:
                    # Also when executing: a membership older than 60 s permits nothing.
                    raise _StaleMembersError
                call = Call(click, known.person, known.membership, connection, self._clock.now(), self._team, prepared)
                outcome = private_words.refusal(click, self._team) or await interaction.run(call)
            await anchoring.record(connection, self._record(click, interaction, outcome))
            decided.append(outcome)
        return outcome

    async def _failed(
        self, click: Click, interaction: Interaction, known: _Known | None, result: str = "busy"
    ) -> Answer | None:
        """Record a click whose transaction failed, in a second one under the same key."""
        outcome = Outcome(Say(refusals.unexpected(click.reference, self._team)), result=result, allowed=True)
        try:
            written = await self._transact(click, interaction, known, None, outcome, [])
        except DATABASE_AWAY:
            return self._away(click, interaction, ())
        except _BUSY:
            log.exception("interaction not recorded", reference=click.reference, tag=interaction.tag, result=result)
            return outcome.answer
        return self._close(click, interaction, written)

    @staticmethod
    def _record(click: Click, interaction: Interaction, outcome: Outcome) -> Record:
        return Record(
            at=click.now,
            actor=click.user,
            actor_team=click.user_team,
            channel=click.channel,
            action=outcome.tag or interaction.tag,
            interaction=click.key,
            case_id=outcome.case_id,
            subject=outcome.subject,
            parameters=dict(outcome.parameters),
            allowed=outcome.allowed,
            result=outcome.result,
            milliseconds=click.milliseconds,
        )


def _refused(message: Any, why: str) -> Outcome:
    return Outcome(Say(message), result=f"refused:{why}", allowed=False)


async def _old_button(_call: Call) -> Outcome:
    return _refused(refusals.old_button(), "unknown_button")


async def _no_command(call: Call) -> Outcome:
    return _refused(refusals.unknown_command(call.click.name), "unknown_command")


_STRANGE = Interaction("action", "unknown", "unknown:click", Right.HELP, _old_button, anywhere=True)


def _unknown(kind: str, name: str) -> Interaction:
    """Return what answers an interaction that nothing declares: an old button, or another app's."""
    run = _no_command if kind == "command" else _old_button
    return replace(_STRANGE, kind=kind, name=name, run=run)  # type: ignore[arg-type]
