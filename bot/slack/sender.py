"""The sender: shows the newest state of live messages and says posts, once each, in order, at Slack's pace.

One replica at a time sends; it holds the lease ``sender``. Each attempt is marked in a commit of
its own that checks the lease, so a sender that lost it sends nothing more. A first post or a post
whose answer was lost may appear twice; the second one says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import asyncpg
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.base.clock import Clock
from bot.base.database import Connection, Pool, queries
from bot.engine import cases, outbox, roster
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Message, context, section
from bot.slack.client import TIMEOUT, Away, Refused, SlackCallError, Throttled, failures
from bot.slack.outage import DATABASE_AWAY
from bot.slack.pace import Pace
from bot.slack.text import md

SQL = queries("outbox")
log = structlog.get_logger(__name__)
BATCH = 20
PATIENCE = 1.0
"""Seconds of machine time that a pass waits for its calls; one that takes longer goes on beside the next pass."""
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
_SLOW = 30.0
# What is wrong with a message itself; any other refusal (a token, a channel) can be mended, and is tried again.
_CONTENT = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_too_long", "msg_blocks_too_long", "no_text"}
)
# Somebody cannot be written to directly, whatever is said: gone from Slack, deactivated, or not to be seen.
_NO_RECIPIENT = frozenset(
    {"user_disabled", "user_not_found", "users_not_found", "user_not_visible", "cannot_dm_bot", "channel_not_found"}
)
_REFUSED_WAIT = 60.0
_BROKEN_WAIT = 60.0

Renderer = Callable[[Connection, str, Mapping[str, Any], Team], Awaitable[Message]]
"""Draws a message: the subject and, for posts, the parameters given when it was wanted."""


class Sender:
    """Delivers what the outbox holds, while this process has the lease."""

    def __init__(
        self,
        pool: Pool,
        client: AsyncWebClient,
        renderers: Mapping[str, Renderer],
        team: Team,
        pace: Pace,
        clock: Clock,
    ) -> None:
        """Send for the team through one client."""
        self._clock = clock
        self._pool = pool
        self._client = client
        self._renderers = renderers
        self._team = team
        self._pace = pace
        self._direct: dict[str, str] = {}
        self._away = 0
        self._under_way: dict[str, asyncio.Task[bool]] = {}

    async def send(self, epoch: int) -> int:
        """Send what may go out now, each place at most once; return how many were sent.

        Raises:
            asyncpg.PostgresError, OSError: the database is away.
        """
        async with self._pool.acquire() as connection:
            posts = await connection.fetch(SQL["waiting_posts"], BATCH)
            lives = await connection.fetch(SQL["waiting_live"], BATCH)
            strays = await connection.fetch(SQL["waiting_strays"], BATCH, epoch)
        firsts = [row for row in lives if row["ts"] is None]
        calls: list[tuple[asyncpg.Record, Callable[[int, int], Coroutine[Any, Any, bool]]]]
        calls = [(row, self._post) for row in posts if row["urgent"]]
        calls += [(row, self._live) for row in firsts]
        calls += [(row, self._post) for row in posts if not row["urgent"]]
        for row, send in calls:
            place = str(row["destination"])
            if place not in self._under_way and self._pace.may_post(place):
                self._pace.posted(place)
                self._start(place, send(row["id"], epoch))
        for row in lives:
            name = f"edit {row['id']}"
            if row["ts"] is not None and name not in self._under_way and self._pace.take_edit():
                self._start(name, self._live(row["id"], epoch))
        for row in strays:
            name = f"copy {row['channel']} {row['ts']}"
            if name not in self._under_way and self._pace.take_edit():
                self._start(name, self._stray(row))
        return await self._harvest(PATIENCE)

    def _start(self, name: str, work: Coroutine[Any, Any, bool]) -> None:
        self._under_way[name] = asyncio.create_task(work, name=name)

    async def _harvest(self, patience: float) -> int:
        """Wait a moment for what is under way; a call that hangs holds up only its own place.

        Returns:
            how many were sent.
        """
        if not self._under_way:
            return 0
        await asyncio.wait(self._under_way.values(), timeout=patience)
        ended = {name: task for name, task in self._under_way.items() if task.done()}
        for name in ended:
            del self._under_way[name]
        errors = [error for task in ended.values() if (error := task.exception()) is not None]
        if errors:
            raise errors[0]
        return sum(task.result() for task in ended.values())

    async def finish(self) -> None:
        """Wait until nothing is under way any more: the process is about to end."""
        while self._under_way:
            try:
                await self._harvest(TIMEOUT)
            except DATABASE_AWAY:
                log.info("a message's fate could not be written down; it is tried again later")

    async def _channel(self, destination: str) -> str:
        """Return the channel of a destination; a person's is the direct message with them."""
        if not _is_person(destination):
            return destination
        if destination not in self._direct:
            with failures():
                answer = await self._client.conversations_open(users=destination)
            self._direct[destination] = str(answer["channel"]["id"])
        return self._direct[destination]

    async def _draw(self, renderer: str, subject: str, parameters: Mapping[str, Any], *, twice: bool) -> Message:
        async with self._pool.acquire() as connection:
            message = await self._renderers[renderer](connection, subject, parameters, self._team)
        if not twice:
            return message
        note = md("Sent again: Slack did not answer the first time, so this may stand here twice.")
        return Message(message.text, (*message.blocks, context(note)))

    async def _live(self, live_id: int, epoch: int) -> bool:
        row = await self._fetch("attempt_live", live_id, epoch)
        if row is None:
            return False
        edit = row["ts"] is not None

        async def call() -> AsyncSlackResponse:
            drawn = await self._draw(row["renderer"], row["subject"], {}, twice=row["maybe_twice"] and not edit)
            channel = row["channel"] or await self._channel(row["destination"])
            with failures():
                if edit:
                    return await self._client.chat_update(channel=channel, ts=row["ts"], **drawn.as_arguments())
                return await self._client.chat_postMessage(
                    channel=channel, thread_ts=row["thread_ts"], **drawn.as_arguments()
                )

        answer = await self._attempt(call, "retry_live", live_id, row, edit=edit)
        if _cannot_be_reached(answer, row["destination"]):
            await self._call_elsewhere(None, live_id, answer)
        if isinstance(answer, Refused) and answer.error in _GONE and edit:
            await self._execute("lost_live", live_id)
        if answer is None or isinstance(answer, Refused):
            return False
        await self._execute("shown_live", live_id, str(answer["channel"]), str(answer["ts"]), row["wanted"], epoch)
        return True

    async def _post(self, post_id: int, epoch: int) -> bool:
        row = await self._fetch("attempt_post", post_id, epoch)
        if row is None:
            return False

        async def call() -> AsyncSlackResponse:
            drawn = await self._draw(row["renderer"], row["subject"], row["parameters"], twice=row["maybe_twice"])
            channel = row["thread_channel"] or await self._channel(row["destination"])
            with failures():
                return await self._client.chat_postMessage(
                    channel=channel, thread_ts=row["thread_ts"], **drawn.as_arguments()
                )

        answer = await self._attempt(call, "retry_post", post_id, row, edit=False)
        if _cannot_be_reached(answer, row["destination"]) or (isinstance(answer, Refused) and answer.error in _CONTENT):
            await self._call_elsewhere(post_id, None, answer)
        if isinstance(answer, Refused) and answer.error in _CONTENT:
            # Its content is at fault: asked again it would be refused again, and hold up what follows it.
            await self._execute("fail_post", post_id, str(answer)[:300])
        if answer is None or isinstance(answer, Refused):
            return False
        await self._sent(post_id, str(answer["channel"]), str(answer["ts"]))
        return True

    async def _call_elsewhere(self, post_id: int | None, live_id: int | None, why: object) -> None:
        """Call operations instead of a person whom a direct message was to call: nobody would be called else."""
        place, now = self._team.channels.operations, self._clock.now()
        await self._execute("call_elsewhere", post_id, live_id, place, str(why)[:300], now)

    async def _sent(self, post_id: int, channel: str, ts: str) -> None:
        """Write down that Slack has a post, and settle the step that it was for."""
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["sent_post"], post_id, channel, ts)
            if row is None or row["settles"] is None:
                return
            case_id = cases.id_of(row["subject"])
            await cases.lock(connection, case_id)
            now = self._clock.now()
            await cases.settle(connection, case_id, row["settles"], "done", who=roster.BOT, now=now, outcome="told")
            await cases.close_when_finished(
                connection, case_id, by=roster.BOT, now=now, resolution="every step is answered"
            )
            await outbox.raise_live(connection, row["subject"])

    async def _attempt(
        self,
        call: Callable[[], Awaitable[AsyncSlackResponse]],
        retry: str,
        row_id: int,
        row: asyncpg.Record,
        *,
        edit: bool,
    ) -> AsyncSlackResponse | Refused | None:
        """Make one attempt; what did not go out is put off by the query ``retry``."""
        try:
            answer = await call()
        except SlackCallError as error:
            await self._not_sent(retry, row_id, row["destination"], error, edit=edit)
            return error if isinstance(error, Refused) else None
        except DATABASE_AWAY:
            raise
        except Exception:
            log.exception("message cannot be drawn", renderer=row["renderer"], subject=row["subject"])
            await self._execute(retry, row_id, _BROKEN_WAIT, "cannot be drawn", False)  # noqa: FBT003
            return None
        self._away = 0
        return answer

    async def _stray(self, row: asyncpg.Record) -> bool:
        link = self._team.link(row["live_channel"], row["live_ts"])
        words = md("This message stands here twice. The live one is here: {link}", link=text.Mrkdwn(f"<{link}>"))
        pointer = Message("This message stands here twice; the live one is below or above.", (section(words),))
        try:
            with failures():
                await self._client.chat_update(channel=row["channel"], ts=row["ts"], **pointer.as_arguments())
        except Refused as error:
            log.info("copy not edited", error=error.error)
        except SlackCallError as error:
            if isinstance(error, Throttled):
                self._pace.hold("edit", error.retry_after)
            return False
        await self._execute("pointed_stray", row["channel"], row["ts"])
        return True

    async def _not_sent(self, query: str, row_id: int, place: str, error: SlackCallError, *, edit: bool) -> None:
        lost = False
        if isinstance(error, Throttled):
            wait = error.retry_after
            self._pace.hold("edit" if edit else f"post {place}", wait)
        elif isinstance(error, Away):
            self._away = min(self._away + 1, 6)
            wait, lost = min(0.5 * 2**self._away, _SLOW), error.answer_lost
        else:
            wait = _REFUSED_WAIT
        log.warning("not sent", query=query, row=row_id, error=str(error), retry_in=wait)
        await self._execute(query, row_id, wait, str(error)[:300], lost)

    async def _fetch(self, name: str, *arguments: object) -> asyncpg.Record | None:
        async with self._pool.acquire() as connection:
            return await connection.fetchrow(SQL[name], *arguments)

    async def _execute(self, name: str, *arguments: object) -> None:
        async with self._pool.acquire() as connection:
            await connection.execute(SQL[name], *arguments)


def _is_person(destination: str) -> bool:
    return destination[:1] in {"U", "W"}


def _cannot_be_reached(answer: object, destination: str) -> bool:
    return _is_person(destination) and isinstance(answer, Refused) and answer.error in _NO_RECIPIENT
