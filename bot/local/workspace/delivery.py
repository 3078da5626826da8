"""Hands what people do to the bot, over Socket Mode or signed HTTP, in rotation or by choice."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.base.tasks import Inflight

from .limits import number
from .refusals import JSON, ControlError
from .wire import Call, Wire

Kind = Literal["slash_commands", "interactive", "events_api"]
RETRY_AFTER = (0.0, 60.0, 300.0)
"""Seconds of machine time after which an event that was not acknowledged comes again."""


@dataclass(frozen=True)
class Envelope:
    """Something for the bot; only events are delivered again."""

    kind: Kind
    payload: JSON
    attempt: int = 0
    reason: str | None = None

    @property
    def name(self) -> str:
        """A word for the wire's list: the command, the event's type, or the interaction's."""
        if self.kind == "slash_commands":
            return str(self.payload.get("command"))
        event = self.payload.get("event") or self.payload
        return str(event.get("type"))


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery."""

    acknowledged: bool
    ms: int
    error: str | None = None
    payload: Any = None
    status: int | None = None
    reason: str = "timeout"
    retry: bool = True


@dataclass(frozen=True)
class Connection:
    """A way to the bot, as the control interface shows it."""

    id: str
    process: int | str
    transport: Literal["socket", "http"]


class Transport(Protocol):
    """Something that has connections and can send over them."""

    def connections(self) -> list[Connection]:
        """Return the connections that are there now."""
        ...

    async def send(self, connection: Connection, envelope: Envelope) -> Outcome:
        """Deliver to this connection and wait for the acknowledgement, at most 3 s."""
        ...


class Delivery:
    """Chooses a connection for each envelope and notes what happened on the wire."""

    def __init__(self, transports: Sequence[Transport], wire: Wire, now: Callable[[], datetime], pace: float) -> None:
        """Deliver over these transports; ``pace`` shortens the waits between redeliveries."""
        self._transports = tuple(transports)
        self._wire = wire
        self._now = now
        self._pace = pace
        self._turn = 0
        self.under_way = 0
        self._later = Inflight()

    def connections(self) -> list[Connection]:
        """Return every connection that is there now."""
        return [connection for transport in self._transports for connection in transport.connections()]

    def _choose(self, via: str | None) -> tuple[Transport, Connection] | None:
        ways = [(transport, one) for transport in self._transports for one in transport.connections()]
        if via is not None:
            for way in ways:
                if via in {way[1].id, way[1].process}:
                    return way
            there = ", ".join(way[1].id for way in ways) or "none"
            message = f"There is no connection {via}. Connections now: {there}."
            raise ControlError(message, 404)
        if not ways:
            return None
        self._turn += 1
        return ways[self._turn % len(ways)]

    async def deliver(self, envelope: Envelope, via: str | None = None) -> Outcome:
        """Deliver once.

        Raises:
            ControlError: there is no connection ``via``.
        """
        way = self._choose(via)
        started = time.monotonic()
        self.under_way += 1
        try:
            if way is None:
                outcome = Outcome(acknowledged=False, ms=0, error="dispatch_failed", reason="connection_failed")
            else:
                outcome = await way[0].send(way[1], envelope)
        finally:
            self.under_way -= 1
        self._wire.note(
            Call(
                at=self._now(),
                direction="out",
                method=envelope.name,
                body=envelope.payload,
                status=outcome.status,
                response=outcome.payload if outcome.acknowledged else outcome.error,
                ms=int((time.monotonic() - started) * 1000),
                connection=way[1].id if way else None,
            )
        )
        return outcome

    async def event(self, payload: JSON, via: str | None = None) -> Outcome:
        """Deliver an event; when it is not acknowledged it comes again, by itself, three times."""
        outcome = await self.deliver(Envelope("events_api", payload), via)
        if not outcome.acknowledged and outcome.retry:
            self._later.spawn(self._again(payload, outcome.reason), f"redelivery of {payload.get('event_id')}")
        return outcome

    async def _again(self, payload: JSON, reason: str) -> None:
        for attempt, after in enumerate(RETRY_AFTER[: number("event.retries")], 1):
            await asyncio.sleep(after / self._pace)
            outcome = await self.deliver(Envelope("events_api", payload, attempt, reason))
            if outcome.acknowledged or not outcome.retry:
                return
            reason = outcome.reason

    async def close(self) -> None:
        """Give up what would be delivered again later."""
        await self._later.drain(0)


def decoded(text: str) -> Any:
    """Return an acknowledgement's body: JSON when it is, else its text, else None."""
    try:
        return json.loads(text)
    except ValueError:
        return text or None
