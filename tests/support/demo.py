"""A running ``faxi-bot demo``, as a person starts it, for tests that act through its control interface."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.leftovers import processes_naming

READY_WITHIN = 60
"""Seconds, as the README says ("a quiet minute at most"); tests that run beside it take most of the machine."""
COMMAND = (str(Path(sys.executable).with_name("faxi-bot")), "demo")


class Demo:
    """A running ``faxi-bot demo``."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, temporary: Path) -> None:
        """Hold what :func:`running_demo` started."""
        self.process = process
        self.url = url
        self.temporary = temporary

    async def panel(self) -> dict[str, Any]:
        """Return what the demo adds to the page."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}page/view?as=op1") as response:
            assert response.status == 200, await response.text()
            return dict((await response.json())["trial"])

    async def play(self, scenario: str) -> str:
        """Press a scenario's button; return what is said at once."""
        address = f"{self.url}trial/scenarios/{scenario}"
        async with aiohttp.ClientSession() as session, session.post(address) as response:
            return str((await response.json())["said"])

    async def control(self, call: str, **asked: Any) -> Any:
        """Make a call of the control interface: with a body when anything is asked."""
        async with aiohttp.ClientSession() as session:
            method, body = ("POST", asked) if asked else ("GET", None)
            async with session.request(method, f"{self.url}control/{call}", json=body) as response:
                assert response.status == 200, await response.text()
                return await response.json()

    async def read(self, path: str) -> bytes:
        """Return what lies at an address of the workspace."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as response:
            assert response.status == 200, path
            return await response.read()

    async def end(self, how: signal.Signals) -> int:
        """Send a signal and wait for the end; return the exit code."""
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 30)

    def left(self) -> list[str]:
        """Return the processes that belong to this demo."""
        return [found for found in processes_naming(str(self.temporary)) if f"{os.getpid()} " not in found]


def open_folder(test_folder: Path) -> Path:
    """Make a short folder that every user may enter, for a demo's temporary files."""
    test_folder.chmod(0o755)
    made = Path(tempfile.mkdtemp(dir=test_folder, prefix="d"))
    made.chmod(0o777)
    return made


@asynccontextmanager
async def running_demo(
    temporary: Path,
    *arguments: str,
    user: int | None = None,
    command: Sequence[str] = COMMAND,
    folder: Path | None = None,
) -> AsyncIterator[Demo]:
    """Start a demo whose temporary files lie in ``temporary``, and wait for its line.

    Args:
        temporary: its home, and where its temporary folder is made.
        arguments: what it is told beside ``demo``.
        user: the system's user that it runs as, when it is not ours.
        command: the program and its first arguments.
        folder: where it is started, ``temporary`` unless given.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        cwd=folder or temporary,
        env={"PATH": os.environ["PATH"], "HOME": str(temporary), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        user=user,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN)
        assert line.startswith(b"http://127.0.0.1:"), (await process.stderr.read()).decode()
        yield Demo(process, line.decode().strip(), temporary)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
