"""A cable between browser and workspace that a test can pull out and plug in again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Cable:
    """What :func:`cabled` gives."""

    def __init__(self, port: int) -> None:
        """Lead to this port of the same machine."""
        self._to = port
        self._ends: set[asyncio.StreamWriter] = set()
        self._pulled = False
        self.url = ""

    def pull(self) -> None:
        """Break all connections, and let none be made."""
        self._pulled = True
        for end in list(self._ends):
            end.transport.abort()

    def plug_in(self) -> None:
        """Let connections be made again."""
        self._pulled = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways until it ends."""
        if self._pulled:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {writer, far_writer}
        self._ends |= ends
        with contextlib.suppress(OSError):
            await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        self._ends -= ends


async def _pour(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            to.write(data)
            await to.drain()
    finally:
        to.close()


@contextlib.asynccontextmanager
async def cabled(url: str) -> AsyncIterator[Cable]:
    """Put a cable before the workspace at this address."""
    cable = Cable(int(url.rpartition(":")[2]))
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    cable.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield cable
    finally:
        cable.pull()
        server.close()
