"""Child processes that a trial starts: they die with it, write to a file, and are stopped in order.

Each child has a session of its own, so that Ctrl-C in a terminal reaches only the parent, which
then stops its children in the right order. Where the kernel can do it (Linux), a child is killed
when its parent dies, however it dies.
"""

import asyncio
import ctypes
import os
import pwd
import signal
import socket
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ProcessError(Exception):
    """A child process did not start or ended too early; the message holds the end of its log."""


@dataclass(frozen=True)
class Identity:
    """The system's user that a child runs as, when it is not the parent's own."""

    uid: int
    gid: int


def harmless_user() -> Identity | None:
    """Return the user ``nobody`` when we are root, for programs that refuse to run as root; else None."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Identity(entry.pw_uid, entry.pw_gid)


def clean_environment(folder: Path) -> dict[str, str]:
    """Return an environment without the person's own settings: a trial must not see real tokens."""
    kept = {
        name: value for name in ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_START") if (value := os.environ.get(name))
    }
    return {"PATH": os.defpath, **kept, "HOME": str(folder), "TZ": "UTC", "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reserved_port(owner: object) -> int:
    """Return a free port of the loopback address that nobody else is given while ``owner`` lives.

    A socket that is bound and does not listen keeps it. On Linux a server may listen there all the
    same, as often as it is started, when both say ``SO_REUSEADDR`` (asyncio's servers do). Elsewhere
    the port is only free at this moment.

    Args:
        owner: the port is given back when this object is no more.
    """
    if sys.platform != "linux":
        return free_port()
    keeper = socket.socket()
    weakref.finalize(owner, keeper.close)
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    port: int = keeper.getsockname()[1]
    return port


def _die_with(parent: int, how: signal.Signals) -> Callable[[], None]:
    """Return what a child does before it becomes its program: ask to be killed when the parent dies."""

    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:  # the parent died before the request was made
            os._exit(1)

    return prepare


class Child:
    """One child process."""

    def __init__(self, name: str, log: Path, process: asyncio.subprocess.Process) -> None:
        """Use :meth:`start`."""
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        death: signal.Signals = signal.SIGKILL,
    ) -> "Child":
        """Start ``command`` in ``folder``; its output is added to the file ``log``.

        Must be called in the thread that lives as long as the trial: the kernel ties the child's
        life to that thread.

        Args:
            name: how messages call it.
            command: program and arguments.
            folder: where it runs.
            log: the file for its output.
            environment: all of its environment.
            identity: the user it becomes, before anything of it runs.
            death: the signal it gets when the parent dies.

        Raises:
            ProcessError: the program cannot be run.
        """
        become = {} if identity is None else {"user": identity.uid, "group": identity.gid, "extra_groups": []}
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    cwd=folder,
                    env=dict(environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with(os.getpid(), death),
                    **become,  # type: ignore[arg-type]
                )
            except OSError as error:
                raise ProcessError(f"{name} cannot be started: {command[0]}: {error.strerror}") from error
        return cls(name, log, process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended (negative: by that signal), None while it runs."""
        return self._process.returncode

    def tail(self, lines: int = 12) -> str:
        """Return the last lines of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def raise_if_ended(self) -> None:
        """Raise when the process is no longer there.

        Raises:
            ProcessError: it has ended; the message holds the end of its log.
        """
        if self.returncode is not None:
            raise ProcessError(f"{self.name} has ended ({self.returncode}). The end of {self.log}:\n{self.tail()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def wait(self) -> int:
        """Wait for its end and return how it ended."""
        return await self._process.wait()

    async def kill(self) -> None:
        """End it at once (kill -9) and wait until it is gone."""
        self.send(signal.SIGKILL)
        await self.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> int:
        """Ask it to end, wait at most ``grace`` seconds, then kill it; return how it ended."""
        self.send(number)
        try:
            return await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.wait()
