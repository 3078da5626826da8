"""Looks for what a trial may have left on the machine."""

import subprocess
from contextlib import suppress
from pathlib import Path


def processes_naming(text: str) -> list[str]:
    """Return the processes whose command line or environment names ``text``; ended ones do not count.

    An ended process that its parent has yet to take note of (a zombie) holds nothing any more.
    """
    if Path("/proc/self/cmdline").exists():
        return [found for entry in Path("/proc").glob("[0-9]*") if text in (found := _from_kernel(entry))]
    listing = subprocess.run(
        ["/bin/ps", "axeww", "-o", "state=,pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listing.splitlines() if text in line and not line.lstrip().startswith("Z")]


def _from_kernel(entry: Path) -> str:
    """Return number, command line and environment of one process; an ended one has neither."""
    words = [entry.name]
    for name in ("cmdline", "environ"):
        with suppress(OSError):
            words.append((entry / name).read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return " ".join(words)
