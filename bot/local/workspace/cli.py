"""The command `faxi-bot workspace`: the local Slack alone, for a bot that is started elsewhere."""

import asyncio
import tempfile
from pathlib import Path

from bot.base.clock import MappedClock

from .server import Workspace


async def serve(port: int) -> None:
    """Run a workspace on this port until cancelled, and print the settings a bot needs to connect.

    Raises:
        OSError: the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="faxi-workspace-") as folder:
        clock_file = Path(folder) / "clock"
        workspace = await Workspace.start(clock=MappedClock.create(clock_file), port=port)
        try:
            print(f"{workspace.url}/", flush=True)  # noqa: T201 - this is the command's answer
            settings = {**workspace.environment(transport="socket"), "FAXI_CLOCK": str(clock_file)}
            for name, value in settings.items():
                print(f"{name}={value}", flush=True)  # noqa: T201
            await asyncio.Event().wait()
        finally:
            await workspace.close()
