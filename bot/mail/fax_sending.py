"""The way of one fax, each step a commit: Faxi's row, the pages in S3, the attempt, the one request, its answer.

A fax is asked for once. What certainly was not sent is tried again, a little later each time; when
an answer is lost, or a process dies after the attempt was marked, the fax is looked for at Telnyx.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from bot.base.clock import Clock
from bot.base.database import Connection, Pool, queries
from bot.engine import cases, effects, outbox
from bot.engine.calendar import Calendar
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.mail import fax_outcomes, faxes
from bot.mail.fax_following import AFTER_A_DEATH, FIRST_ASK, MOST_TROUBLES, Follower
from bot.mail.fax_outcomes import Held
from bot.paper.notices import Notice, Press, Support
from bot.services.s3 import FaxMedia, S3Away, S3Refused
from bot.services.telnyx import AnswerLost, Event, Fax, NotSent, Telnyx, TelnyxRefused

SQL = queries("faxes")
log = structlog.get_logger(__name__)
LATEST: Final = timedelta(hours=6)
"""How late a fax may still go out by itself, hours in which none goes out not counted; then a person decides."""
_ARRIVING: Final = timedelta(minutes=1)  # until it is looked again whether an earlier one arrived
_AT_ONCE: Final = 5.0  # seconds from the mark to the request; see Moment
# Where the effect stands after our own attempt: another process may take this one for dead, and be about to ask.
_ASKED_FOR: Final[tuple[effects.State, ...]] = ("attempting", "asking")


@dataclass(frozen=True)
class Moment:
    """Machine time by two clocks: one of them stands still while a machine sleeps, the other can be set."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "Moment":
        """Return this moment."""
        return cls(time.monotonic(), time.time())

    def later_than(self, earlier: "Moment", seconds: float) -> bool:
        """Say whether more than ``seconds`` passed since, by either clock."""
        return max(self.monotonic - earlier.monotonic, self.wall - earlier.wall) > seconds


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

    def __init__(
        self,
        pool: Pool,
        team: Team,
        clock: Clock,
        line: Line,
        *,
        pace: float = 1.0,
        moment: Callable[[], Moment] = Moment.now,
    ) -> None:
        """Send over this line.

        Args:
            pool: the bot's.
            team: whom the bot works for.
            clock: business time.
            line: the way to the outside.
            pace: how many times quicker than usual Telnyx is asked again (tests; ``FAXI_PACE``).
            moment: machine time (tests).
        """
        self._moment = moment
        self._pool = pool
        self._team = team
        self._clock = clock
        self._line = line
        self._pace = pace
        self._follower = Follower(pool, team, clock, line.telnyx, line.from_number, pace=pace)

    async def __call__(self, effect: Effect, epoch: int) -> None:
        """Bring one fax as far as it goes now."""
        if effect.state == "waiting":
            await self._send(effect, epoch)
        elif effect.state == "attempting":
            # Nobody has it in hand: the process that marked it died, or could not write down the answer.
            await self._follower.lost(effect.id, AFTER_A_DEATH, "the bot ended before the answer came")
        elif effect.state == "asking":
            await self._follower.ask(effect)
        elif effect.state == "following":
            await self._follower.follow(effect)

    async def told(self, event: Event) -> bool:
        """Note what Telnyx tells of a fax by itself; say whether it is one of ours."""
        return await self._follower.told(event)

    async def seen(self, effect_id: UUID, found: Fax | Event) -> None:
        """Note how far a fax has come, as Telnyx says it."""
        await self._follower.seen(effect_id, found)

    async def _send(self, effect: Effect, epoch: int) -> None:
        if effect.attempts >= MOST_TROUBLES:
            await self._failed(effect.id, "broken", ["waiting"])  # something that nobody foresaw, again and again
            return
        ready = await self._prepare(effect)
        if ready is None:
            return
        fax, number = ready
        try:
            key = fax.storage_key if fax.storage_key and self._holds(fax) else await self._store(fax)
            link = await self._line.media.link(key)
        except S3Away as error:
            await self._troubled(effect, str(error), ["waiting"])
            return
        except S3Refused as error:
            await self._failed(effect.id, "pages_not_stored", ["waiting"], detail=str(error))
            return
        before = self._moment()
        if not await self._marked(effect, epoch):
            return
        # A process that stood still since (a paused machine) may have been taken for dead, its fax be unknown, and a
        # person have sent another. Another look into the database would leave the same gap after it; between this
        # look at the clocks and the request nothing is waited for, and the request has a time-out.
        if self._moment().later_than(before, _AT_ONCE):
            await self._troubled(effect, "the bot stood still before it asked", _ASKED_FOR)
            return
        await self._request(effect, number, link)

    async def _prepare(self, effect: Effect) -> tuple[Held, str] | None:
        """Look once more whether the fax may go out now, put it into Faxi's own list, and give its number."""
        now = self._clock.now()
        calendar = self._team.calendar
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None or fax.effect.state != "waiting":
                return None
            late = _late(calendar, fax.effect.due_at, now)
            if late <= LATEST and (start := calendar.fax_time(now)) > now:
                await self._put_off(connection, fax, start, now)
                return None
            why = "too_late" if late > LATEST else await faxes.unfit(connection, fax.notice.subject)
            if why is not None:
                await effects.move(connection, effect.id, ["waiting"], "failed", now=now, error=why)
                await fax_outcomes.fail(connection, self._team, fax, why, now)
                return None
            untrue = await faxes.untrue(connection, fax.notice)
            if untrue is not None:
                await fax_outcomes.take_back(connection, fax, untrue, now)
                return None
            if any(one.state == "following" for one in fax.notice.attempts):
                # An earlier one, of which nobody knew, turned out to be with Telnyx, and may arrive still.
                await effects.move(connection, effect.id, ["waiting"], "waiting", now=now, due_at=now + _ARRIVING)
                # It may take until another day, which the pages bear, and by which they are held to be of today.
                await connection.execute(SQL["stored"], effect.id, None, None)
                return None
            number = await faxes.number_of(connection, fax.notice.subject) or ""
            if fax.job is None:
                await self._put_into_list(connection, fax, number, now)
        return fax, number

    async def _put_off(self, connection: Connection, fax: Held, start: datetime, now: datetime) -> None:
        """Wait for the next hours in which faxes go out; the day is printed on the pages, so they are made anew."""
        await effects.move(connection, fax.effect.id, ["waiting"], "waiting", now=now, due_at=start)
        await connection.execute(SQL["stored"], fax.effect.id, None, None)
        await outbox.raise_live(connection, cases.subject(fax.notice.case_id))

    async def _put_into_list(self, connection: Connection, fax: Held, number: str, now: datetime) -> None:
        payload = {"type": "ops_notice", "notice": fax.notice.kind, "referenceId": fax.reference}
        arguments = (fax.reference, fax.notice.subject, self._line.from_number, number, payload, now)
        await connection.execute(SQL["add_job"], fax.effect.id, *arguments)
        job: UUID = await connection.fetchval(SQL["job"], fax.effect.id)
        await connection.execute(SQL["has_job"], fax.effect.id, job)

    async def _marked(self, effect: Effect, epoch: int) -> bool:
        """Mark the one attempt, in a commit of its own; say whether it may be made."""
        now = self._clock.now()
        if self._team.calendar.fax_time(now) > now:
            return False  # the pages took until the evening
        async with self._pool.acquire() as connection, connection.transaction():
            if not await effects.attempt(connection, effect.id, epoch):
                return False
            await connection.execute(SQL["attempted"], effect.id, now)
        return True

    async def _request(self, effect: Effect, number: str, link: str) -> None:
        """Make the one request, and write down what came of it."""
        try:
            sent = await self._line.telnyx.send(to=number, media_url=link, effect=effect.id)
        except NotSent as error:
            await self._troubled(effect, str(error), _ASKED_FOR, at_least=error.retry_after)
        except TelnyxRefused as error:
            await self._failed(effect.id, "telnyx_refused", _ASKED_FOR, detail=str(error))
        except AnswerLost as error:
            await self._follower.lost(effect.id, FIRST_ASK, str(error))
        else:
            await self._follower.seen(effect.id, sent)

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
            await connection.execute(SQL["printed"], fax.notice.id, notice.enforced)
            await faxes.fate(connection, fax.effect.id, "processing", now, key=key, pages=pages.count)
        return key

    def _holds(self, fax: Held) -> bool:
        """Say whether pages that were stored bear this day, and are true; the bot may have been away since."""
        now, due_at = (at.astimezone(self._team.zone).date() for at in (self._clock.now(), fax.effect.due_at))
        return now == due_at and fax.notice.facts["enforced"] == self._team.enforced

    def _notice(self, fax: Held) -> Notice:
        facts = fax.notice.facts
        return Notice(
            kind=fax.notice.kind,
            language=fax.notice.language,
            reference=fax.reference,
            day=self._clock.now().astimezone(self._team.zone).date(),
            enforced=self._team.enforced,  # as it is now: nobody may read that they cannot when they can
            reason=facts["reason"],
            complaints=facts["complaints"],
            support=self._line.support,
        )

    async def _troubled(
        self, effect: Effect, reason: str, states: Sequence[effects.State], *, at_least: float | None = None
    ) -> None:
        """Try again later what certainly was not sent; give up after about three quarters of an hour."""
        wait = effects.wait_after(effect.attempts, at_least) / self._pace
        log.warning("fax not sent yet", effect=str(effect.id), reason=reason, again_in=wait)
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect.id)
            if fax is None:
                return
            await effects.move(connection, effect.id, states, "waiting", now=self._clock.now())
            count = await effects.trouble(connection, effect.id, reason, wait)
            if fax.effect.error is None:
                await outbox.raise_live(connection, cases.subject(fax.notice.case_id))
        if count is not None and count >= MOST_TROUBLES:
            await self._failed(effect.id, "not_sent", ["waiting"], passing=True)

    async def _failed(
        self,
        effect_id: UUID,
        reason: str,
        states: Sequence[effects.State],
        *,
        passing: bool = False,
        detail: str | None = None,
    ) -> None:
        log.error("fax failed", effect=str(effect_id), reason=reason, detail=detail)
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            fax = await fax_outcomes.hold(connection, effect_id)
            if fax is None:
                return
            if await effects.move(connection, effect_id, states, "failed", now=now, error=detail or reason):
                await fax_outcomes.fail(connection, self._team, fax, reason, now, passing=passing)


def _late(calendar: Calendar, due_at: datetime, now: datetime) -> timedelta:
    """Return how much of the time since ``due_at`` faxes could go out in; no more than needed is counted."""
    late, at = timedelta(), due_at
    while at < now and late <= LATEST:
        start = calendar.fax_time(at).astimezone(calendar.zone)
        end = datetime.combine(start.date(), calendar.fax.end, calendar.zone)
        if end <= start:  # hours that pass midnight
            end += timedelta(days=1)
        late += max(min(end, now) - start, timedelta())
        at = end
    return late
