"""Faults that a test switches on: what Slack, or the line to it, does on a bad day.

A fault is a JSON object (the body of ``POST /control/faults``; a list under ``faults`` sets several):

``kind``
    * ``ratelimited``: 429 with ``Retry-After`` (``retry_after``, seconds, default 1);
    * ``server_error``: ``status`` (default 503) with Slack's JSON error ``internal_error``;
    * ``html``: ``status`` (default 502) with a page of HTML;
    * ``error``: 200 with the error named in ``error`` (default ``internal_error``);
    * ``timeout``: no answer ever, and nothing is done;
    * ``answer_lost``: the call is carried out, then the connection breaks without an answer;
    * ``disconnect``: Socket Mode says ``disconnect`` (``reason``, default ``refresh_requested``) and closes;
    * ``drop``: the Socket Mode connection breaks at once, without a word;
    * ``half_open``: bytes of the present Socket Mode connections vanish both ways from now on;
    * ``slow_files``: files that are completed from now on can be shown only ``seconds`` later.
``method``
    a Web API method, ``response_url``, ``upload``, or ``*`` for all (the default).
``channel``
    only calls that name this channel (name or id).
``count``
    how many times; without it, until it is cleared.
``connection``
    for the last three: one connection's id; without it, all that are there.

An empty body, ``{"clear": true}`` and ``DELETE`` switch everything off.
"""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .refusals import JSON

Kind = Literal[
    "ratelimited",
    "server_error",
    "html",
    "error",
    "timeout",
    "answer_lost",
    "disconnect",
    "drop",
    "half_open",
    "slow_files",
]
AT_ONCE = frozenset({"disconnect", "drop", "half_open"})
"""Kinds that happen to connections at once, and are not kept."""


class Fault(BaseModel):
    """One fault, as the module's docstring describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    method: str = "*"
    channel: str | None = None
    count: int | None = Field(default=None, ge=1)
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int = Field(default=1, ge=0)
    error: str = "internal_error"
    connection: str | None = None
    reason: Literal["warning", "refresh_requested", "link_disabled"] = "refresh_requested"
    seconds: float = Field(default=60.0, ge=0)


@dataclass
class Active:
    """A fault that is switched on, and how often it has struck."""

    fault: Fault
    hits: int = 0

    def shown(self) -> JSON:
        """Return it as the control interface answers it."""
        return {**self.fault.model_dump(exclude_none=True), "hits": self.hits}


@dataclass
class Faults:
    """The faults that are switched on, oldest first."""

    active: list[Active] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.active.append(Active(fault))

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()

    def strike(self, method: str, channel: str | None) -> Fault | None:
        """Return the fault that this call meets, and count it."""
        for one in self.active:
            fault = one.fault
            if fault.kind == "slow_files":
                continue
            if fault.method not in {"*", method} or (fault.channel is not None and fault.channel != channel):
                continue
            if fault.count is not None and one.hits >= fault.count:
                continue
            one.hits += 1
            return fault
        return None

    def processing(self) -> float | None:
        """Return how many seconds the processing of a file takes, where a fault says it, and count it."""
        for one in self.active:
            if one.fault.kind == "slow_files" and (one.fault.count is None or one.hits < one.fault.count):
                one.hits += 1
                return one.fault.seconds
        return None
