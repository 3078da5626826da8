"""Starts ``faxi-bot demo``, asks its state, ends it, and sees that nothing is left.

Usage: short_demo.py PATH_OF_FAXI_BOT [USER]
       short_demo.py --can-run PYTHON     whether an ordinary user can run this Python, with venv, from 3.11 on
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

READY_WITHIN = 30
_SUITS = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"


def become(user: str | None) -> dict[str, Any]:
    """Return what makes a child process run as this user."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def can_run(python: str) -> bool:
    """Say whether the user nobody can run this Python, and whether it suits us."""
    try:
        path = os.path.realpath(shutil.which(python) or python)
        return subprocess.run([path, "-c", _SUITS], cwd="/", check=False, **become("nobody")).returncode == 0  # noqa: S603
    except OSError:
        return False


def try_demo(faxi_bot: str, user: str | None) -> None:
    """Fail unless the demo is ready within 30 seconds, ends well, and leaves no folder."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faxi-try-") as temporary:
        Path(temporary).chmod(0o777)
        demo = subprocess.Popen(  # noqa: S603 - our own program
            [faxi_bot, "demo"],
            cwd=temporary,
            env={"PATH": os.environ["PATH"], "TMPDIR": temporary, "HOME": temporary},
            stdout=subprocess.PIPE,
            text=True,
            **become(user),
        )
        address = demo.stdout.readline().strip() if demo.stdout else ""
        seconds = time.monotonic() - began
        if not address:
            sys.exit(f"The demo did not start; it ended with {demo.wait(30)}.")
        with urllib.request.urlopen(f"{address}control/state") as answer:  # noqa: S310 - the demo's own address
            connections = len(json.load(answer)["connections"])
        demo.send_signal(signal.SIGTERM)
        code = demo.wait(30)
        left = [entry.name for entry in Path(temporary).iterdir()]
    print(f"Ready after {seconds:.1f} s at {address}, {connections} connections, ended with {code}, left: {left}")
    if seconds > READY_WITHIN or code != 0 or left or not connections:
        sys.exit("The demo did not do as it promises.")


if __name__ == "__main__":
    if sys.argv[1] == "--can-run":
        sys.exit(0 if can_run(sys.argv[2]) else 1)
    try_demo(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)  # noqa: PLR2004 - is there a second one
