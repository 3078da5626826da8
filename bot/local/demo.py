"""``faxi-bot demo``: the whole bot on one machine, with a Slack of its own, until it is stopped.

It starts PostgreSQL, the local workspace and the bot's processes, and ends them in the reverse
order on Ctrl-C, on SIGTERM and when the terminal goes. Killed with -9 it takes its processes
along, and the next start removes its folder.
"""

import asyncio
import base64
import errno
import logging
import secrets
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from bot.base.clock import MappedClock
from bot.base.database import open_pool, prepare_connection, shipped
from bot.engine.calendar import Calendar
from bot.local import faxi, history
from bot.local.fax_service import FaxService
from bot.local.folders import FolderInUse, working_folder
from bot.local.postgres import Postgres, PostgresError
from bot.local.processes import ProcessError
from bot.local.progress import Progress
from bot.local.replicas import Replica, stop_all
from bot.local.stage import DemoStage
from bot.local.supervisor import Supervisor
from bot.local.trial import DatabaseTrial
from bot.local.workspace import Workspace
from bot.mail import fax_events
from bot.settings import Hours

DATABASE = "faxi"
_CALENDAR = Calendar(ZoneInfo("Asia/Tokyo"), Hours.parse("09:50-18:00"), Hours.parse("22:00-08:30"), frozenset())


class DemoError(Exception):
    """The demo cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """What the command line says about the demo."""

    port: int = 0
    keep: Path | None = None
    http: bool = False
    replicas: int = 2


def opening(now: datetime) -> datetime:
    """Return when business time starts: the next 09:50, Tokyo, of a working day, from ``now`` on."""
    day: date = now.astimezone(_CALENDAR.zone).date()
    while (start := _CALENDAR.opening(_CALENDAR.working_day_from(day))) < now:
        day += timedelta(days=1)
    return start


def check_port(port: int) -> None:
    """Refuse a port that is taken, before anything is started.

    Raises:
        DemoError: somebody listens there, or we may not.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is in use, perhaps by another demo" if taken else f"cannot be used ({error.strerror})"
            raise DemoError(f"Port {port} {why}: choose another with --port, or leave --port out.") from None


def _signing_key(folder: Path) -> str:
    """Return the key that signs the audit's heads; it stays the same with the folder."""
    path = folder / "signing-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


def _clock(folder: Path) -> MappedClock:
    """Return the trial's business time: going on where a kept folder's was, else at the opening."""
    path = folder / "clock"
    if path.exists():
        return MappedClock(path)
    now = datetime.now(UTC)
    return MappedClock.create(path, opening(now) - now)


async def _database(server: Postgres, progress: Progress) -> None:
    """Make the database, or bring a kept one up to date."""
    if await faxi.exists(server, DATABASE):
        progress("going on with the data that was kept")
        await faxi.bring_up(server, DATABASE)
        await faxi.post_again(server, DATABASE)
        return
    progress("making Faxi's tables and ours")
    await faxi.lay_out(server, DATABASE)


async def _history(server: Postgres, clock: MappedClock, progress: Progress) -> None:
    """Write the history, or, with kept data, the mail of the time since it ended."""
    connection = await asyncpg.connect(server.url(DATABASE))
    try:
        await prepare_connection(connection)
        async with connection.transaction():
            last = await history.last_mail(connection)
            if last is None:
                progress(f"writing {history.DAYS} days of history")
                await history.seed(connection, clock.now())
            elif last < clock.now():
                await history.write_mail(connection, last, clock.now())
    finally:
        await connection.close()


async def _live(options: Options, progress: Progress) -> None:
    """Run the demo until it is cancelled."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(working_folder("demo", options.keep))
        clock = _clock(folder)
        durable = options.keep is not None
        server = await stack.enter_async_context(Postgres.start(folder, durable=durable, report=progress))
        await _database(server, progress)
        pool = await open_pool(server.url(DATABASE), size=2, application="faxi-bot demo")
        stack.push_async_callback(pool.close)

        progress("opening the local workspace")
        trial = DatabaseTrial(pool, clock, server.url(DATABASE, faxi.VISITOR), lifelike=True)
        faxes = await FaxService.start(clock, folder / "faxes" if durable else None)
        stack.push_async_callback(faxes.close)
        stage = DemoStage(pool, clock, trial, faxes, progress)
        check_port(options.port)  # somebody may have taken it meanwhile
        workspace = await Workspace.start(
            clock=clock, port=options.port, manifest=shipped("manifest.yml"), trial=trial, stage=stage, faxes=faxes
        )
        stack.push_async_callback(workspace.close)

        environment = {
            **workspace.environment(transport="http" if options.http else "socket"),
            **faxes.environment(),
            "DATABASE_URL": server.url(DATABASE, faxi.BOT),
            "FAXI_CLOCK": str(folder / "clock"),
            "AUDIT_SIGNING_KEY": _signing_key(folder),
        }
        replicas = [Replica(number, folder, environment) for number in range(1, options.replicas + 1)]
        # What becomes of faxes is told to one of the processes, and asked for when it is not there to hear it.
        environment["TELNYX_WEBHOOK_URL"] = f"{replicas[0].address}{fax_events.PATH}"
        if options.http:
            workspace.deliver_to.extend(f"{replica.address}/slack/events" for replica in replicas)
        stack.push_async_callback(stop_all, replicas)
        progress(f"starting faxi-bot run, {len(replicas)} times")
        for replica in replicas:
            await replica.start()
        # The bot's processes need no mail to start, and a second processor has something to do.
        await asyncio.gather(_history(server, clock, progress), *(replica.ready() for replica in replicas))
        supervisor = Supervisor(server, replicas, progress)
        stage.join(workspace, supervisor)
        stack.push_async_callback(stage.close)

        progress("ready; Ctrl-C ends it")
        sys.stdout.write(f"{workspace.url.rstrip('/')}/\n")
        sys.stdout.flush()
        await supervisor.run()


async def demo(options: Options) -> int:
    """Run the demo until a signal ends it; return the exit code."""
    progress = Progress()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # that the database is away is said by the supervisor
    try:
        if options.port:
            check_port(options.port)
    except DemoError as error:
        progress(str(error))
        return 2
    life = asyncio.ensure_future(_live(options, progress))
    loop = asyncio.get_running_loop()
    asked: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not asked:  # a second signal changes nothing: ending takes seconds at most
            asked.append(number)
            progress("ending")
            life.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # started by nohup: it is to outlive its terminal
        loop.add_signal_handler(number, end, number)
    try:
        await life
    except asyncio.CancelledError:
        if not asked:
            raise
    except (DemoError, FolderInUse, PostgresError, ProcessError) as error:
        progress(str(error))
        return 1
    return 0
