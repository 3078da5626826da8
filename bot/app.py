"""The composition root: settings, then resources, then the one Bolt app with everything that runs in a replica."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import outside, wiring
from bot.base import migrations, reaching
from bot.base.clock import Clock, MappedClock, SystemClock
from bot.base.database import Pool, open_pool
from bot.base.logs import configure
from bot.base.tasks import Inflight
from bot.duty import handoff_calls, list_runs
from bot.engine import anchoring, audit, change_log, outbox, retention, runbook
from bot.engine.access import Group
from bot.engine.calendar import Calendar
from bot.engine.effects import Worker
from bot.engine.runbook import Runbook, RunbookError
from bot.engine.team import Channels, Team
from bot.mail import fax_events, watching
from bot.mail.fax_unset import NoFaxes
from bot.settings import Settings, SettingsError
from bot.slack import client as slack_client
from bot.slack.answers import Answers
from bot.slack.client import Away, Identity, Refused, Throttled
from bot.slack.door import Door
from bot.slack.edge import Receiver, Served, make_web_app, serve
from bot.slack.heart import Heart
from bot.slack.listeners import make_app
from bot.slack.outage import DATABASE_AWAY
from bot.slack.pace import Pace
from bot.slack.people import ChannelsError, Directory, channel_ids
from bot.slack.sender import Sender
from bot.slack.socket_mode import SocketMode
from commands.reveal_hiding import Hider

T = TypeVar("T")
log = structlog.get_logger(__name__)
manifest = wiring.manifest
DRAIN = 10.0
"""Seconds of machine time for work under way when the process is asked to stop."""


class StartError(SettingsError):
    """The bot cannot start; the message says what to do."""


def _clock(settings: Settings) -> Clock:
    return SystemClock() if settings.faxi_clock is None else MappedClock(settings.faxi_clock)


async def _identity(client: AsyncWebClient, settings: Settings) -> Identity:
    """Ask Slack who the bot is, for as long as Slack is away (the process is alive, not ready)."""
    try:
        found = await _patiently(lambda: slack_client.identify(client), "Slack")
    except Refused as error:
        message = f"Slack refuses SLACK_BOT_TOKEN ({error.error}): put in the bot token of the installed app."
        raise StartError(message) from error
    if settings.slack_team_id not in {None, found.team_id}:
        message = f"SLACK_BOT_TOKEN is of another workspace than SLACK_TEAM_ID: it is of {found.team_id}."
        raise StartError(message)
    if settings.slack_app_token is not None:
        token = settings.slack_app_token.get_secret_value()
        try:
            await _patiently(lambda: slack_client.check_app_token(client, token), "Slack")
        except Refused as error:
            message = f"Slack refuses SLACK_APP_TOKEN ({error.error}): put in one with the scope connections:write."
            raise StartError(message) from error
    return found


async def _pool(settings: Settings) -> Pool:
    """Open the pool, for as long as the database is away, and check that every migration is there."""
    url = settings.database_url.get_secret_value()
    pool = await _patiently(lambda: _answered(open_pool(url, application="faxi-bot"), url), "the database")
    try:
        await _patiently(lambda: _answered(_require_migrations(pool), url), "the database")
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _answered(work: Awaitable[T], url: str) -> T:
    """Do the work; what the database refuses, and waiting does not help, is said in words."""
    try:
        return await work
    except reaching.CONNECTING as error:
        refused = reaching.refusal(error, "DATABASE_URL", url)
        if refused is None:
            raise
        raise StartError(refused) from None


async def _patiently(work: Callable[[], Awaitable[T]], what: str) -> T:
    """Try until Slack or the database answers, a little later each time."""
    wait = 1.0
    while True:
        try:
            return await work()
        except (Away, Throttled, *DATABASE_AWAY) as error:
            log.warning("no answer at start; trying on", what=what, error=_short(error), retry_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 15.0)


def _short(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__  # a timeout says nothing of itself


async def _require_migrations(pool: Pool) -> None:
    async with pool.acquire() as connection:
        missing = await migrations.missing(connection)
    if missing:
        numbers = ", ".join(f"{number:04}" for number in missing)
        message = f"The database lacks migration {numbers}: run `faxi-bot migrate` first."
        raise StartError(message)


async def _team(settings: Settings, client: AsyncWebClient, identity: Identity, procedures: Runbook) -> Team:
    names = (
        settings.channel_alerts,
        settings.channel_operations,
        settings.channel_engineering,
        settings.channel_management,
    )
    try:
        found = await _patiently(lambda: channel_ids(client, names), "Slack's channels")
    except (ChannelsError, Refused) as error:
        raise StartError(str(error)) from error
    return Team(
        channels=Channels(*(found[name] for name in names)),
        groups={
            Group.OPERATIONS: settings.group_operations,
            Group.ENGINEERING: settings.group_engineering,
            Group.MANAGEMENT: settings.group_management,
            Group.AUDITORS: settings.group_auditors,
        },
        calendar=Calendar.of(settings),
        runbook=procedures,
        workspace_url=identity.url,
        team_id=identity.team_id,
        bot_user=identity.bot_user_id,
        enforced=settings.restriction_enforced,
        faxes=not settings.lacking_for_faxes,
        support_phone=settings.support_phone or "",
        support_email=settings.support_email,
    )


@dataclass
class Readiness:
    """What a replica knows of itself, for ``/readyz``."""

    pool: Pool | None = None
    heart: Heart | None = None
    socket: SocketMode | None = None
    started: bool = False

    async def ask(self) -> dict[str, bool | str]:
        """Return for each part whether it works, or in words what it lacks."""
        if not self.started or self.pool is None or self.heart is None:
            return {"start": "not complete: waiting for Slack or the database"}
        try:
            async with self.pool.acquire(timeout=2) as connection:
                await outbox.backlog(connection)
        except DATABASE_AWAY as error:
            return {"database": f"does not answer ({type(error).__name__})"}
        slack: bool | str = True
        if self.socket is not None and await self.socket.connected() == 0:
            slack = "not connected"
        return {"database": True, "slack": slack, "sender": self.heart.alive}


async def run(settings: Settings) -> int:
    """Run one replica until it is asked to stop; return the exit code.

    Raises:
        StartError: the bot cannot start as it is set up.
        SettingsError: a setting does not fit.
    """
    configure(settings.log_level)
    if settings.audit_signing_key is not None:
        try:
            audit.signing_key(settings.audit_signing_key.get_secret_value())
        except ValueError as error:
            raise SettingsError(str(error)) from None
    try:
        procedures = runbook.load(
            settings.runbook_file,
            wiring.KNOWN,
            wiring.REQUIRED,
            calendar=Calendar.of(settings),
            now=datetime.now(UTC),
        )
    except RunbookError as error:
        message = f"RUNBOOK_FILE cannot be used:\n{error}"
        raise StartError(message) from None
    if settings.lacking_for_faxes:
        procedures = procedures.without(wiring.BY_FAX)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with slack_client.open_session() as session:
        return await _replica(settings, procedures, session, stopping)


async def _replica(
    settings: Settings, procedures: Runbook, session: aiohttp.ClientSession, stopping: asyncio.Event
) -> int:
    client = slack_client.make_client(settings, session)
    readiness = Readiness()
    # Alive from the first moment, and not ready: whoever watches the process can tell waiting from hanging.
    waiting = await _serve(settings, None, readiness)
    try:
        found = await _or_stop(_resources(settings, client, procedures), stopping)
    finally:
        await waiting.close()
    if found is None:
        log.info("stopped before the start was complete")
        return 0
    async with AsyncExitStack() as stack:
        identity, pool, team = found
        stack.push_async_callback(pool.close)
        clock, inflight = _clock(settings), Inflight()
        directory = Directory(client, team.groups, team.team_id)
        key = settings.audit_signing_key.get_secret_value() if settings.audit_signing_key else None
        sender = Sender(pool, client, wiring.renderers(key), team, Pace(settings.faxi_pace), clock)
        line = await outside.fax_line(settings, stack)
        fax_sender = outside.fax_sender(settings, pool, team, clock, line)
        pictures = outside.picture_workers(settings, pool, team, clock, client=client, line=line)
        exporter = wiring.exporter(pool, team, clock, client, directory, pace=settings.faxi_pace)
        hider = Hider(pool, clock, client, pace=settings.faxi_pace)
        looker = wiring.looker(pool, team, clock)
        handlers = wiring.effect_handlers(fax_sender or NoFaxes(pool, team, clock), *pictures, exporter, hider, looker)
        worker = Worker(pool, handlers, clock)
        homes = wiring.homes(pool, team, clock, client, directory, pace=settings.faxi_pace)
        heart = Heart(pool, sender, wiring.due_handlers(team), worker, clock, directory, homes=homes)
        door = Door(
            wiring.catalogue(),
            pool=pool,
            directory=directory,
            answers=Answers(client, session),
            team=team,
            clock=clock,
            inflight=inflight,
        )
        bolt = make_app(settings, client, door.dispatch, identity)
        readiness.pool, readiness.heart = pool, heart
        await _begin(pool, team, clock.now())
        beating = asyncio.create_task(heart.run(), name="heart")
        stack.push_async_callback(_rest, heart, beating)
        stack.push_async_callback(_drain, inflight)
        events = settings.telnyx_public_key
        others = {fax_events.PATH: fax_events.receiver(fax_sender, events)} if fax_sender and events else {}
        web = await _serve(settings, None if settings.socket_mode else bolt, readiness, others)
        stack.push_async_callback(web.close)
        if settings.slack_app_token is not None:
            token = settings.slack_app_token.get_secret_value()
            readiness.socket = SocketMode(bolt, token, use_proxy=not settings.slack_is_local)
            stack.push_async_callback(readiness.socket.close)
            await readiness.socket.start()
        readiness.started = True
        log.info("running", port=web.port, transport="socket" if settings.socket_mode else "http")
        await stopping.wait()
        log.info("stopping", under_way=len(inflight))
    log.info("stopped")
    return 0


async def _begin(pool: Pool, team: Team, now: datetime) -> None:
    """Want what the bot does by itself, as far as it is not wanted already: every replica does this as it starts."""
    async with pool.acquire() as connection, connection.transaction():
        await anchoring.begin(connection, team, now)
        await retention.begin(connection, team, now)
        await watching.begin(connection, team, now)
        await list_runs.begin(connection, team, now)
        await handoff_calls.begin(connection, team, now)
        await change_log.begin(connection, team, now)


async def _serve(
    settings: Settings, bolt: AsyncApp | None, readiness: Readiness, others: Mapping[str, Receiver] | None = None
) -> Served:
    """Listen for health checks, for other services that tell us something and, by HTTP, for Slack.

    Raises:
        StartError: the port is taken.
    """
    app = make_web_app(slack=bolt, readiness=readiness.ask, others=others)
    try:
        return await serve(app, settings.http_host, settings.http_port)
    except OSError as error:
        where = f"{settings.http_host}:{settings.http_port}"
        message = f"Cannot listen on {where} ({error.strerror}): give another HTTP_PORT or end what uses it."
        raise StartError(message) from error


async def _or_stop(work: Coroutine[Any, Any, T], stopping: asyncio.Event) -> T | None:
    """Do the work, unless the process is asked to stop first; then return ``None``."""
    task, asked = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not task.done():
        task.cancel()
        return None
    return await task


async def _rest(heart: Heart, beating: asyncio.Task[None]) -> None:
    heart.stop()
    await beating


async def _drain(inflight: Inflight) -> None:
    cut = await inflight.drain(DRAIN)
    log.info("drained", cut_off=cut)


async def _resources(settings: Settings, client: AsyncWebClient, procedures: Runbook) -> tuple[Identity, Pool, Team]:
    """Get what a replica needs from Slack and the database, waiting for either."""
    identity = await _identity(client, settings)
    pool = await _pool(settings)
    return identity, pool, await _team(settings, client, identity, procedures)
