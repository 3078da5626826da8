"""A process keeps its port for as long as it is somebody's, whether it runs or not."""

import asyncio
import gc
import socket
import sys

import pytest

from bot.local.processes import reserved_port

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux keeps a port for a server that does not listen yet"
)


class Owner:
    """Whoever a port belongs to."""


async def _serve_once(port: int) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b""
    writer.close()
    server.close()
    await server.wait_closed()


async def test_a_reserved_port_is_its_owners_own_however_often_it_listens() -> None:
    owner = Owner()
    port = reserved_port(owner)
    for _ in range(2):
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await _serve_once(port)
    del owner
    gc.collect()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # its last connection may linger
        stranger.bind(("127.0.0.1", port))
        stranger.listen()  # which it may not while anybody else is bound to it


def test_each_owner_has_a_port_of_its_own() -> None:
    owners = [Owner() for _ in range(50)]
    assert len({reserved_port(owner) for owner in owners}) == 50
