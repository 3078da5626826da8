"""What the stand-ins for outside services share: listening on loopback only, and faults that strike."""

from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Fault:
    """What a service, or the line to it, does on a bad day; each stand-in says which kinds it knows."""

    kind: str
    operation: str = "*"
    """The operation that it strikes; ``*`` for all."""
    count: int | None = None
    """How many times; ``None``: until it is cleared."""
    status: int = 503
    """The HTTP status, for kinds that answer with one."""
    retry_after: float | None = None
    """Seconds in the Retry-After header, for kinds that have one."""
    seconds: float = 0.0
    """How long it takes, for kinds that wait."""


@dataclass
class Faults:
    """The faults that are switched on, oldest first, and how often each has struck."""

    active: list[Fault] = field(default_factory=list)
    _hits: Counter[int] = field(default_factory=Counter)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.active.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()
        self._hits.clear()

    def strike(self, operation: str, *kinds: str) -> Fault | None:
        """Return the fault that an operation meets, of these kinds (of any, when none is named), and count it."""
        for number, fault in enumerate(self.active):
            if fault.operation not in {"*", operation} or (kinds and fault.kind not in kinds):
                continue
            if fault.count is not None and self._hits[number] >= fault.count:
                continue
            self._hits[number] += 1
            return fault
        return None


async def listen(app: web.Application, port: int = 0) -> tuple[web.AppRunner, str]:
    """Serve on loopback; return what ends it, and the address, without a slash at its end.

    Args:
        app: what answers.
        port: where to listen; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


def drop(request: web.Request) -> web.Response:
    """Break the connection without an answer; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
