"""The way of one fax, each step a commit: Faxi's row, the pages in S3, the attempt, the one request, its answer.

A fax is asked for once. What certainly was not sent is tried again, a little later each time; when
an answer is lost, or a process dies after the attempt was marked, Telnyx is asked for the effect's
id, twice, a minute apart; when it is not there, nobody knows, and a person decides.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, Pool, queries
from bot.engine import effects
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.mail import fax_outcomes, faxes
from bot.mail.fax_outcomes import Held, Seen
from bot.paper.notices import Notice, Press, Support
from bot.services.s3 import FaxMedia, S3Away, S3Refused
from bot.services.telnyx import AnswerLost, Event, Fax, NotSent, Telnyx, TelnyxAway, TelnyxRefused, effect_of

SQL = queries("faxes")
log = structlog.get_logger(__name__)
ASKS = 2
"""How often Telnyx is asked for a fax whose answer was lost, before a person decides."""
FIRST_ASK = 10.0
"""Seconds of machine time from a lost answer until Telnyx is asked for the fax."""
AFTER_A_DEATH = 35.0
"""The same after a process died: longer than a request of a process that only seemed dead can take."""
BETWEEN_ASKS = 60.0
_MOST_TROUBLES = 12  # with the waits below about three quarters of an hour
_LONGEST_WAIT = 300.0


@dataclass(frozen=True)
class Line:
    """The way to the outside: where pages lie, who sends them, and what is printed on each."""

    media: FaxMedia
    telnyx: Telnyx
    press: Press
    support: Support
    from_number: str


class FaxSender:
    """Brings faxes on; the handler of the effects of kind ``fax``."""

    def __init__(self, pool: Pool, team: Team, clock: Clock, line: Line, *, pace: float = 1.0) -> None:
        """Send over this line.

        Args:
            pool: the bot's.
            team: whom the bot works for.
            clock: business time.
            line: the way to the outside.
            pace: how many times quicker than usual Telnyx is asked again (tests; ``FAXI_PACE``).
        """
        self._pool = pool
        self._team = team
        self._clock = clock
        self._line = line
        self._pace = pace

    async def __call__(self, effect: Effect, epoch: int) -> None:
        """Bring one fax as far as it goes now."""
        if effect.state == "waiting":
            await self._send(effect, epoch)
        elif effect.state == "attempting":
            # Nobody has it in hand: the process that marked it died, or could not write down the answer.
            await self._lost(effect.id, AFTER_A_DEATH, "the bot ended before the answer came")
        elif effect.state == "asking":
            await self._ask(effect)
        elif effect.state == "following":
            await self._follow(effect)

    async def _send(self, effect: Effect, epoch: int) -> None:
        fax = await self._prepare(effect)
        if fax is None:
            return
        number = await self._number(fax)
        try:
            key = fax.storage_key or await self._store(fax)
        except S3Away as error:
            await self._troubled(effect, str(error))
            return
        except S3Refused as error:
            await self._failed(effect.id, "pages_not_stored", detail=str(error))
            return
        link = await self._line.media.link(key)
        async with self._pool.acquire() as connection, connection.transaction():
            if not await effects.attempt(connection, effect.id, epoch):
                return
            await connection.execute(SQL["attempted"], effect.id, self._clock.now())
        await self._request(effect, number, link)

    async def _request(self, effect: Effect, number: str, link: str) -> None:
        """Make the one request, and write down what came of it."""
        try:
            sent = await self._line.telnyx.send(to=number, media_url=link, effect=effect.id)
        except NotSent as error:
            log.info("fax not sent yet", effect=str(effect.id), reason=str(error))
            async with self._pool.acquire() as connection, connection.transaction():
                await effects.move(connection, effect.id, ["attempting"], "waiting", now=self._clock.now())
            await self._troubled(effect, str(error), at_least=error.retry_after or 0.0)
        except TelnyxRefused as error:
            await self._failed(effect.id, "telnyx_refused", detail=str(error))
        except AnswerLost as error:
            await self._lost(effect.id, FIRST_ASK, str(error))
        else:
            await self._seen(effect.id, sent)

    async def _prepare(self, effect: Effect) -> Held | None:
        """Look once more whether the fax may go out now, and put it into Faxi's own list."""
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None or fax.effect.state != "waiting":
                return None
            start = self._team.calendar.fax_time(now)
            if start > now:
                await effects.move(connection, effect.id, ["waiting"], "waiting", now=now, due_at=start)
                return None
            why = await faxes.unfit(connection, fax.notice.subject)
            if why is not None:
                await effects.move(connection, effect.id, ["waiting"], "failed", now=now, error=why)
                await fax_outcomes.fail(connection, self._team, fax, why, now)
                return None
            if fax.job is None:
                await self._put_into_list(connection, fax, now)
        return fax

    async def _put_into_list(self, connection: Connection, fax: Held, now: datetime) -> None:
        number = await faxes.number_of(connection, fax.notice.subject)
        payload = {"type": "ops_notice", "notice": fax.notice.kind, "referenceId": fax.reference}
        arguments = (fax.reference, fax.notice.subject, self._line.from_number, number, payload, now)
        await connection.execute(SQL["add_job"], fax.effect.id, *arguments)
        job: UUID = await connection.fetchval(SQL["job"], fax.effect.id)
        await connection.execute(SQL["has_job"], fax.effect.id, job)

    async def _number(self, fax: Held) -> str:
        async with self._pool.acquire() as connection:
            number = await faxes.number_of(connection, fax.notice.subject)
        if number is None:
            raise LookupError(f"the account of {fax.reference} is gone")
        return number

    async def _store(self, fax: Held) -> str:
        """Print the pages and put them where Telnyx fetches them; the same effect always has the same key."""
        day = fax.effect.created_at.astimezone(UTC)
        key = f"faxes/{day:%Y/%m/%d}/opsbot-{fax.effect.id}.pdf"
        notice = self._notice(fax)
        pages = await asyncio.to_thread(self._line.press.pdf, notice, made_at=fax.effect.created_at)
        await self._line.media.put(key, pages.pdf)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["stored"], fax.effect.id, key, pages.count)
            await faxes.fate(connection, fax.effect.id, "processing", now, key=key, pages=pages.count)
        return key

    def _notice(self, fax: Held) -> Notice:
        facts = fax.notice.facts
        return Notice(
            kind=fax.notice.kind,
            language=fax.notice.language,
            reference=fax.reference,
            day=fax.effect.due_at.astimezone(self._team.zone).date(),
            enforced=bool(facts["enforced"]),
            reason=facts["reason"],
            complaints=facts["complaints"],
            support=self._line.support,
        )

    async def _troubled(self, effect: Effect, reason: str, *, at_least: float = 0.0) -> None:
        """Try again later what certainly was not sent; give up after about three quarters of an hour."""
        wait = max(at_least, min(2.0**effect.attempts, _LONGEST_WAIT)) / self._pace
        async with self._pool.acquire() as connection, connection.transaction():
            count = await effects.trouble(connection, effect.id, reason, wait)
        if count is not None and count >= _MOST_TROUBLES:
            await self._failed(effect.id, "not_sent", passing=True)

    async def _failed(self, effect_id: UUID, reason: str, *, passing: bool = False, detail: str | None = None) -> None:
        if detail is not None:
            log.error("fax failed", effect=str(effect_id), reason=reason, detail=detail)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            if fax is None:
                return
            states: tuple[effects.State, ...] = ("waiting", "attempting")
            if await effects.move(connection, effect_id, states, "failed", now=now, error=detail or reason):
                await fax_outcomes.fail(connection, self._team, fax, reason, now, passing=passing)

    async def _lost(self, effect_id: UUID, wait: float, reason: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await effects.move(
                connection,
                effect_id,
                ["attempting"],
                "asking",
                now=self._clock.now(),
                retry_in=wait / self._pace,
                error=reason,
            )
        log.warning("answer lost; Telnyx will be asked for the fax", effect=str(effect_id), reason=reason)

    async def _ask(self, effect: Effect) -> None:
        """Ask Telnyx for a fax whose answer was lost; not there twice, nobody knows."""
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
        if fax is None:
            return
        number = await self._number(fax)
        try:
            found = await self._line.telnyx.find(
                to=number, effect=effect.id, since=fax.attempted_at or fax.effect.created_at
            )
        except (TelnyxAway, TelnyxRefused) as error:
            # Not answered is not "not there": only an answer counts as asked.
            await self._note_trouble(effect, str(error))
            return
        if found is not None:
            await self._seen(effect.id, found)
            return
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None:
                return
            if effect.asked + 1 < ASKS:
                await effects.move(
                    connection,
                    effect.id,
                    ["asking"],
                    "asking",
                    now=now,
                    retry_in=BETWEEN_ASKS / self._pace,
                    error=effect.error,
                    asked=1,
                )
            elif await effects.move(connection, effect.id, ["asking"], "unknown", now=now, error=effect.error, asked=1):
                await fax_outcomes.unknown(connection, self._team, fax, "answer_lost", now)

    async def _note_trouble(self, effect: Effect, reason: str) -> None:
        wait = max(1.0, min(2.0**effect.attempts, _LONGEST_WAIT)) / self._pace
        async with self._pool.acquire() as connection:
            await effects.trouble(connection, effect.id, reason, wait)

    async def _follow(self, effect: Effect) -> None:
        """Ask what became of a fax that Telnyx has; after a day nobody knows."""
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
        if fax is None or fax.telnyx_id is None or fax.accepted_at is None:
            return
        try:
            found = await self._line.telnyx.status(fax.telnyx_id)
        except (TelnyxAway, TelnyxRefused) as error:
            await self._note_trouble(effect, str(error))
            found = None
        if found is not None:
            await self._seen(effect.id, found)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None or fax.effect.state != "following" or fax.accepted_at is None:
                return
            look = fax_outcomes.next_look(fax.accepted_at, now)
            if look is not None:
                await effects.move(connection, effect.id, ["following"], "following", now=now, due_at=look)
            elif await effects.move(connection, effect.id, ["following"], "unknown", now=now, error="no end in a day"):
                await fax_outcomes.unknown(connection, self._team, fax, "no_end", now)

    async def told(self, event: Event) -> bool:
        """Note what Telnyx tells of a fax by itself; say whether it is one of ours.

        A fax is known by Telnyx's id or, where its answer was lost, by the id that it carries.
        """
        async with self._pool.acquire() as connection:
            effect_id = await fax_outcomes.by_telnyx(connection, event.fax_id) or effect_of(event.client_state)
            if effect_id is None or await effects.load(connection, effect_id) is None:
                return False
        await self._seen(effect_id, event)
        return True

    async def _seen(self, effect_id: UUID, found: Fax | Event) -> None:
        seen = Seen(
            id=found.id if isinstance(found, Fax) else found.fax_id,
            status=found.status,
            failure_reason=found.failure_reason,
            pages=found.pages,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            if fax is not None:
                await fax_outcomes.progress(
                    connection, self._team, fax, seen, self._line.from_number, self._clock.now()
                )
