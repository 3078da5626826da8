"""The folder of a trial: locked while it lives, removed when it ends, swept after one that was killed."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "lock"


class FolderInUse(Exception):
    """The folder that was asked for belongs to a trial that is running."""


def _lock(folder: Path) -> int | None:
    """Take the folder's lock for the life of the returned descriptor; None if somebody holds it."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _command_of(pid: int) -> str:
    """Return the command line of a process, empty if there is none."""
    entry = Path(f"/proc/{pid}/cmdline")
    if entry.exists():
        return entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    found = subprocess.run(  # noqa: S603 - fixed program, a number as argument
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout


def end_abandoned_server(folder: Path) -> None:
    """End a PostgreSQL that outlived its trial (where the kernel does not do it), so its files can go."""
    data = folder / "postgres" / "data"
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        for _ in range(100):
            os.kill(pid, 0)
            if str(data) not in _command_of(pid):  # the number belongs to somebody else by now
                return
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what a dying server still wrote meanwhile is left for the next sweep."""
    for _ in range(20):
        for inside in folder.iterdir():
            if inside.name != _LOCK:
                if inside.is_dir() and not inside.is_symlink():
                    shutil.rmtree(inside, ignore_errors=True)
                else:
                    inside.unlink(missing_ok=True)
        if [inside.name for inside in folder.iterdir()] in ([], [_LOCK]):
            shutil.rmtree(folder, ignore_errors=True)
            return
        time.sleep(0.05)


def sweep(name: str) -> int:
    """Remove what trials of this name left behind when they were killed; return how many.

    Only folders whose lock nobody holds are touched, and only our own user's.
    """
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"faxi-{name}-*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid() or not (folder / _LOCK).is_file():
                continue
            handle = _lock(folder)
            if handle is None:
                continue
            end_abandoned_server(folder)
            _remove(folder)
            os.close(handle)
            swept += 1
    return swept


def _new_folder(name: str) -> tuple[Path, int]:
    """Make a temporary folder; it gets the name that sweeping looks for only when its lock is held."""
    hidden = Path(tempfile.mkdtemp(prefix=".faxi-"))
    handle = _lock(hidden)
    if handle is None:
        raise FolderInUse(f"{hidden} was taken by another process.")
    folder = hidden.with_name(f"faxi-{name}-{hidden.name.removeprefix('.faxi-')}")
    hidden.rename(folder)
    return folder, handle


@contextmanager
def working_folder(name: str, keep: Path | None = None) -> Iterator[Path]:
    """Hold a folder for a trial: a temporary one that is removed at the end, or ``keep``, which stays.

    Args:
        name: a word that tells demos from tests; abandoned folders of the same name are swept.
        keep: the folder to use and to leave; made if it does not exist.

    Raises:
        FolderInUse: another trial is running in ``keep``.
        OSError: ``keep`` cannot be made or written.
    """
    sweep(name)
    if keep is None:
        folder, handle = _new_folder(name)
    else:
        folder = keep.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = _lock(folder)
        if taken is None:
            raise FolderInUse(f"{folder} is in use by a demo that is running: stop that one, or name another folder.")
        handle = taken
        end_abandoned_server(folder)
    try:
        yield folder
    finally:
        if keep is None:
            with suppress(OSError):
                _remove(folder)
        os.close(handle)
