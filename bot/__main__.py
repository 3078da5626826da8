"""The command line of faxi-bot.

Each sub-command imports what it needs when it is called, so that ``--help`` answers at once, and
Ctrl-C meets nothing but the lines that end quietly. What goes wrong is said in one sentence on
standard error: exit code 2 when something that was given is wrong (arguments, settings), 1 when
something did not work.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, which would take its time
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


def _port(text: str) -> int:
    """Read a port."""
    import argparse

    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65535:  # noqa: PLR2004 - what a port can be
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535, or 0 for a free one")
    return number


def _replicas(text: str) -> int:
    """Read how many processes there shall be; the bot's role has 20 connections, each takes 5."""
    import argparse

    number = int(text)
    if not 1 <= number <= 4:  # noqa: PLR2004 - 20 connections, 5 each
        raise argparse.ArgumentTypeError("between 1 and 4: each takes 5 of the 20 connections that the bot's role has")
    return number


def _sizes(text: str) -> tuple[int, ...]:
    """Read numbers of rows, the smallest first."""
    import argparse

    sizes = [int(part) if part.isdecimal() else 0 for part in text.replace("_", "").split(",")]
    if min(sizes) < 10_000:  # noqa: PLR2004 - a day must have mail
        raise argparse.ArgumentTypeError(f"{text} is wrong: give numbers of 10000 or more, such as 1000000,10000000")
    return tuple(sorted(set(sizes)))


def parser() -> argparse.ArgumentParser:
    """Return the parser of all that faxi-bot can be told."""
    import argparse
    from pathlib import Path

    top = argparse.ArgumentParser(prog="faxi-bot", description="A Slack bot that runs the e-mail runbook of Faxi.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, text: str, handler: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(handler=handler)
        return made

    demo = command("demo", "try everything on this machine, without Slack and without any account", _demo)
    demo.add_argument("--port", type=_port, default=0, help="the port of the local workspace (default: a free one)")
    demo.add_argument("--keep", type=Path, metavar="DIR", help="keep the data in DIR and go on with it the next time")
    demo.add_argument("--http", action="store_true", help="let Slack's calls come by signed HTTP, not Socket Mode")
    demo.add_argument("--replicas", type=_replicas, default=2, metavar="N", help="how many of it answer (default: 2)")
    command("run", "run the bot; settings come from the environment or .env", _run)
    workspace = command("workspace", "run the local workspace alone, for a bot started by hand", _workspace)
    workspace.add_argument("--port", type=_port, default=0, help="its port (default: a free one)")
    command("migrate", "bring the bot's tables to what this version needs (DATABASE_ADMIN_URL)", _migrate)
    command("doctor", "look whether the database is as the bot needs it, and how to mend it (DATABASE_URL)", _doctor)
    bench = command("bench", "measure how quick the bot's questions are, on made-up mail (minutes, 6 GB)", _bench)
    bench.add_argument("--rows", type=_sizes, metavar="N,N", help="events, by size (default: 1000000,10000000)")
    bench.add_argument("--keep", type=Path, metavar="DIR", help="keep the data in DIR, for another time")
    command("manifest", "print the manifest of the Slack app", _manifest)

    book = commands.add_parser("runbook", help="check the runbook file", description="Check the runbook file.")
    parts = book.add_subparsers(metavar="WHAT", required=True)
    check = parts.add_parser("check", help="say what each step does and what it calls, or what is wrong with the file")
    what = "the file (default: RUNBOOK_FILE, or the one that comes with the bot)"
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help=what)
    check.set_defaults(handler=_runbook_check)

    audit = commands.add_parser("audit", help="prove or export the audit", description="Prove or export the audit.")
    parts = audit.add_subparsers(metavar="WHAT", required=True)
    verify = parts.add_parser("verify", help="check the chain of all records (DATABASE_URL)")
    verify.add_argument("--anchors", type=Path, metavar="FILE", help="the heads that were posted to Slack, one a line")
    verify.set_defaults(handler=_audit_verify)
    export = parts.add_parser("export", help="write all records as JSON, one a line (DATABASE_URL)")
    export.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    export.set_defaults(handler=_audit_export)
    return top


def _address(name: str, what: str) -> str:
    """Return the address of a database from the settings.

    Raises:
        SettingsError: it is not given, or cannot be right.
    """
    from bot.settings import SettingsError, alone

    given = alone(name)
    if given is None:
        raise SettingsError(f"{name} is missing: {what}, such as postgresql://user:password@host:5432/faxi")
    return given


def _demo(arguments: argparse.Namespace) -> int:
    import asyncio

    from bot.local.demo import Options, demo

    options = Options(arguments.port, arguments.keep, arguments.http, arguments.replicas)
    return asyncio.run(demo(options))


def _run(_: argparse.Namespace) -> int:
    import asyncio

    from bot import settings

    given = settings.load()  # before all that takes time to import: a wrong setting is said at once
    from bot import app

    return asyncio.run(app.run(given))


def _workspace(arguments: argparse.Namespace) -> int:
    import asyncio
    import signal

    from bot.local.workspace import serve

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that its folder goes with it
    asyncio.run(serve(arguments.port))
    return 0


def _migrate(_: argparse.Namespace) -> int:
    import asyncio

    url = _address("DATABASE_ADMIN_URL", "give the address of the database as the role chatops_owner")
    return asyncio.run(_migrate_at(url))


async def _migrate_at(url: str) -> int:
    import asyncpg

    from bot.base.migrations import migrate
    from bot.base.reaching import ASKING, in_words

    with in_words("DATABASE_ADMIN_URL", url):
        connection = await asyncpg.connect(url, timeout=5)
    try:
        with in_words("DATABASE_ADMIN_URL", url, ASKING):
            applied = await migrate(connection)
            await connection.close(timeout=5)
    finally:
        connection.terminate()
    print(f"Applied {', '.join(f'{number:04}' for number in applied)}." if applied else "Nothing to do.")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    import asyncio

    from bot.doctor import doctor_command

    return asyncio.run(
        doctor_command(_address("DATABASE_URL", "give the address of the database as the role faxi_bot"))
    )


def _bench(arguments: argparse.Namespace) -> int:
    import asyncio
    import signal

    from bot.local.bench import SIZES, Options, bench

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that its folder goes with it
    return asyncio.run(bench(Options(arguments.rows or SIZES, arguments.keep)))


def _manifest(_: argparse.Namespace) -> int:
    from bot import app

    sys.stdout.write(app.manifest())
    return 0


def _runbook_check(arguments: argparse.Namespace) -> int:
    from bot.runbook_check import check

    return check(arguments.file)


def _audit_verify(arguments: argparse.Namespace) -> int:
    import asyncio

    from bot.engine.audit_cli import verify_command
    from bot.settings import alone

    url = _address("DATABASE_URL", "give the address of the database as the role faxi_bot")
    return asyncio.run(verify_command(url, arguments.anchors, signing_key=alone("AUDIT_SIGNING_KEY")))


def _audit_export(arguments: argparse.Namespace) -> int:
    import asyncio

    from bot.engine.audit_cli import export_command

    url = _address("DATABASE_URL", "give the address of the database as the role faxi_bot")
    return asyncio.run(export_command(url, arguments.out))


def _explain(error: Exception) -> int | None:
    """Return the exit code for an error that has a sentence of its own, None for a fault of ours."""
    from bot.settings import SettingsError

    if isinstance(error, SettingsError):
        return 2
    import asyncpg

    from bot.base.migrations import MigrationError
    from bot.base.reaching import DatabaseError

    known = (DatabaseError, MigrationError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
    return 1 if isinstance(error, known) else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one sub-command and leave with its exit code."""
    try:
        parsed = parser().parse_args(arguments)
        code = parsed.handler(parsed)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        explained = _explain(error)
        if explained is None:
            raise
        print(f"faxi-bot: {str(error) or type(error).__name__}", file=sys.stderr)
        code = explained
    sys.exit(code)


if __name__ == "__main__":
    main()
