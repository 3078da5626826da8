"""Moves business time: from one due instant to the next, or at once as after an outage."""

import asyncio
import re
import time
from datetime import datetime, timedelta
from typing import Protocol

from .core import Slack
from .refusals import JSON, ControlError

PATIENCE = 60.0
"""Seconds of machine time to wait, at each stop, until everything is settled."""
_LOOK = 0.05
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)(?![a-z])")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Trial(Protocol):
    """What a demo or a test system knows and the workspace does not."""

    database_url: str | None

    async def waiting(self) -> list[str]:
        """Say in words what is not settled; nothing means settled."""
        ...

    async def next_due(self, until: datetime) -> datetime | None:
        """Return the next instant, up to ``until``, at which something is due."""
        ...

    async def write_mail(self, start: datetime, end: datetime) -> None:
        """Write lifelike mail for this span of business time."""
        ...


def duration(text: str) -> timedelta:
    """Read a span such as ``3h``, ``2d`` or ``1d 6h``.

    Raises:
        ControlError: the text is no such span.
    """
    rest = _PARTS.sub("", text).strip()
    parts = _PARTS.findall(text)
    if rest or not parts:
        sentence = f'"{text}" is not a span of time: write it like 90s, 15m, 3h, 2d or "1d 6h".'
        raise ControlError(sentence)
    return sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())


async def waiting(slack: Slack, trial: Trial | None) -> list[str]:
    """Return what is not settled: deliveries under way, and what the trial knows."""
    found = [f"{slack.delivery.under_way} deliveries to the bot are under way"] if slack.delivery.under_way else []
    return found + (await trial.waiting() if trial is not None else [])


async def _settle(slack: Slack, trial: Trial | None) -> list[str]:
    end = time.monotonic() + PATIENCE
    left = await waiting(slack, trial)
    while left and time.monotonic() < end:
        await asyncio.sleep(_LOOK)
        left = await waiting(slack, trial)
    return left


async def move(slack: Slack, trial: Trial | None, by: timedelta, *, jump: bool) -> JSON:
    """Move business time forward by this much and say whether everything is settled.

    When something does not settle in time, business time stays at that stop. Whoever moves it
    meanwhile waits, so that the mail of a skipped time is written once.
    """
    try:
        async with slack.moving:
            slack.state.changes += 1  # whoever looks sees that it moves, and that it has stopped
            return await _move(slack, trial, by, jump=jump)
    finally:
        slack.state.changes += 1


async def leap(slack: Slack, trial: Trial | None, by: timedelta) -> None:
    """Move business time at once and wait for nothing: the bot is down, and will find what is due when it is back."""
    async with slack.moving:
        now = slack.clock.now()
        if trial is not None:
            await trial.write_mail(now, now + by)
        slack.clock.advance(now + by - slack.clock.now())
        slack.state.changes += 1


async def _move(slack: Slack, trial: Trial | None, by: timedelta, *, jump: bool) -> JSON:
    target = slack.clock.now() + by
    left = [] if jump else await _settle(slack, trial)
    while not left:
        now = slack.clock.now()
        due = None if jump or trial is None else await trial.next_due(target)
        stop = target if due is None else max(min(due, target), now)
        if trial is not None and stop > now:
            await trial.write_mail(now, stop)
            if not jump:  # something in that mail may be noticed before
                due = await trial.next_due(stop)
                stop = stop if due is None else max(min(due, stop), now)
        slack.clock.advance(max(stop - slack.clock.now(), timedelta()))
        slack.state.changes += 1
        left = await _settle(slack, trial)
        if stop >= target:
            break
        if due is not None and due <= now:
            await asyncio.sleep(_LOOK)
    return {"now": slack.clock.now().isoformat(), "settled": not left, "waiting": left}
