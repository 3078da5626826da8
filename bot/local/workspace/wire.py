"""Keeps every call both ways, without tokens, so that a test or the page can look at them."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .refusals import JSON

KEPT = 5_000
"""How many calls are kept; older ones are forgotten."""

_TOKEN = re.compile(r"\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]+")
_TICKET = re.compile(r"(ticket=)[^&\s\"]+")
_HIDDEN = "[redacted]"


def redact(value: Any) -> Any:
    """Return the value without tokens: fields called ``token``, and whatever looks like one."""
    if isinstance(value, dict):
        return {name: _HIDDEN if name == "token" else redact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    if isinstance(value, str):
        return _TICKET.sub(rf"\1{_HIDDEN}", _TOKEN.sub(_HIDDEN, value))
    return value


@dataclass(frozen=True)
class Call:
    """One call: ``in`` from the bot to Slack, ``out`` from Slack to the bot."""

    at: datetime
    direction: Literal["in", "out"]
    method: str
    body: Any
    status: int | None
    response: Any
    ms: int
    connection: str | None = None

    def shown(self) -> JSON:
        """Return the call as the control interface answers it."""
        return {
            "at": self.at.isoformat(),
            "direction": self.direction,
            "method": self.method,
            "body": self.body,
            "status": self.status,
            "response": self.response,
            "ms": self.ms,
            "connection": self.connection,
        }


class Wire:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self.count = 0
        """How many calls there ever were."""

    def note(self, call: Call) -> None:
        """Keep a call; its body and response are redacted here."""
        self.count += 1
        self._calls.append(
            Call(
                at=call.at,
                direction=call.direction,
                method=call.method,
                body=redact(call.body),
                status=call.status,
                response=redact(call.response),
                ms=call.ms,
                connection=call.connection,
            )
        )

    def since(self, at: datetime | None) -> list[Call]:
        """Return the calls from ``at`` (business time) on, or all."""
        return [call for call in self._calls if at is None or call.at >= at]
