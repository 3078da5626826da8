"""What can be made to happen to a fax in a demo: it fails, the line is busy, the answer is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg

from bot.base.database import queries
from bot.local import acting
from bot.local.acting import NotSo, Play, Request, World
from bot.local.jumps import CALENDAR
from bot.local.workspace.page import Scenario

SQL = queries("fax_scenarios")
_NOT_TOLD, _TOLD = "Restricted, but not told yet", "Restricted, fax delivered"
_UNUSED, _BUSY = "receiver_unallocated_number", "user_busy"
_TO_APPROVE = timedelta(minutes=5)
"""Business time that is left in the day's hours for faxes when a scenario begins, or it moves to the next ones."""
_ASKED_WITHIN = 60.0
"""Seconds of machine time within which Telnyx is asked for a fax whose answer was lost: the first time after ten."""


async def _standing(world: World, request: Request) -> asyncpg.Record | None:
    """Return how far the request's fax has come in the database."""
    return await world.pool.fetchrow(SQL["fax_of"], request.case_id)


async def _until(world: World, request: Request, what: str, within: float = 20.0, **wanted: Any) -> asyncpg.Record:
    """Wait until the request's fax stands so.

    Raises:
        NotSo: it does not come so far.
    """

    async def so() -> asyncpg.Record | None:
        row = await _standing(world, request)
        return row if row is not None and all(row[name] == value for name, value in wanted.items()) else None

    return await acting.until(so, what, within)


@asynccontextmanager
async def _approved(world: World, *outcomes: str | None, bad_day: bool = False) -> AsyncIterator[Request]:
    """Let a restriction be asked for and approved at an hour at which its fax may go out.

    Args:
        world: where it happens.
        outcomes: what becomes of its faxes, in their order: None is delivered, else why it fails.
        bad_day: whether Telnyx's answer to the request gets lost, and what it tells by itself, until it is healed.
    """
    now = world.slack.clock.now()
    for at in (now, now + _TO_APPROVE):
        if (start := CALENDAR.fax_time(at)) > at:
            world.say("No fax goes out at this hour: business time moves to the next morning.")
            await acting.move_to(world, start)
            break
    world.say("Aoi Tanaka asks to restrict an account.")
    request = await acting.ask(world)
    await acting.settled(world)
    world.faxes.telnyx.plan(*outcomes, number=request.to)
    if bad_day:
        world.faxes.telnyx.fault("answer_lost", operation="send", count=1)
        world.faxes.telnyx.fault("lost")
    try:
        world.say(f"Kenji Ono approves {request.number}: the person is told by fax.")
        told = await acting.approve(world, request, "mgr1")
        await _until(world, request, f"the fax of {request.number} (Kenji Ono was told {told!r})", tries=1)
        yield request
    finally:
        world.faxes.telnyx.forget(request.to)


def _at_telnyx(world: World, request: Request) -> list[dict[str, Any]]:
    """Return what Telnyx was sent for this request, oldest first."""
    return [one for one in world.faxes.listed() if (one["reference"] or "").startswith(f"{request.number}-F")]


async def _becomes(world: World, request: Request, number: int, status: str, reason: str | None = None) -> None:
    """Wait until Telnyx has so many faxes of this request, and let the last one come to its end at once."""

    async def there() -> dict[str, Any] | None:
        found = _at_telnyx(world, request)
        return found[-1] if len(found) == number else None

    fax = await acting.until(there, f"fax {number} of {request.number} at Telnyx")
    if not fax["ended"]:
        world.faxes.decide(fax["id"], status, reason)


async def _ends(world: World, request: Request, headline: str, **wanted: Any) -> asyncpg.Record:
    """Wait until the fax has ended so, in the database and for management; hold that Telnyx has it as often.

    Raises:
        NotSo: it ended otherwise.
    """
    row = await _until(world, request, f"the end of the fax of {request.number}", **wanted)
    await acting.settled(world)
    shown = acting.headline(world, request)
    if shown != headline:
        raise NotSo(f"{request.number} is headed “{shown}”")
    faxes = _at_telnyx(world, request)
    if len(faxes) != row["tries"] or faxes[-1]["status"] != row["status"]:
        raise NotSo(f"Telnyx has {len(faxes)} faxes of {request.number}, the last one {faxes[-1]['status']}")
    return row


async def fax_fails(world: World) -> str:
    """The number is not in use any more: a person must call."""
    async with _approved(world, _UNUSED) as request:
        world.say(f"Telnyx says that the number of {request.number} is not in use.")
        await _becomes(world, request, 1, "failed", _UNUSED)
        row = await _ends(world, request, _NOT_TOLD, state="failed", tell="failed", tries=1)
    if row["call"] != "todo" or not row["applies"]:
        raise NotSo(f"in {request.number}, telephoning is {row['call']}")
    return (
        f"The fax {row['reference']} failed and was not tried again, since that would not help. "
        f"{request.number} is headed “{_NOT_TOLD}”, and its next step is to call the person."
    )


async def busy_twice(world: World) -> str:
    """The line is busy, busy again after a quarter of an hour, and free an hour later."""
    async with _approved(world, _BUSY, _BUSY, None) as request:
        for number in (1, 2):
            world.say(f"The line is busy at fax {number} of {request.number}.")
            await _becomes(world, request, number, "failed", _BUSY)
            row = await _until(world, request, f"attempt {number + 1} of {request.number}", tries=number + 1)
            await acting.settled(world)
            world.say(f"Business time moves to when {row['reference']} goes out.")
            await acting.move_to(world, row["due_at"])
        await _becomes(world, request, 3, "delivered")
        row = await _ends(world, request, _TOLD, state="told", tell="done", tries=3)
    return (
        f"Busy twice, then through: {row['reference']} was delivered. Each try was a fax of its own, "
        f"a quarter of an hour and then an hour later, and {request.number} is headed “{_TOLD}”."
    )


async def answer_lost(world: World) -> str:
    """Telnyx takes the fax, but its answer gets lost, and its own word of the fax too."""
    telnyx = world.faxes.telnyx
    try:
        async with _approved(world, None, bad_day=True) as request:
            await _until(world, request, "the lost answer", effect="asking")
            world.say("The answer was lost: nobody knows whether Telnyx has the fax. In 10 s it is asked.")
            row = await _until(world, request, "Telnyx being asked", _ASKED_WITHIN, known=True)
            telnyx.heal()
            world.say(f"Telnyx has {row['reference']}. What becomes of it is followed as ever.")
            row = await _ends(world, request, _TOLD, state="told", tell="done", tries=1)
    finally:
        telnyx.heal()
    return (
        f"{row['reference']} was sent by one request, found by asking, and delivered once. "
        f"{request.number} is headed “{_TOLD}”."
    )


PLAYS = (
    Play(
        Scenario(
            "fax-fails",
            "A fax fails",
            "Look at #email-management as Kenji Ono: restricted, but the person was not told, and somebody must call.",
        ),
        fax_fails,
    ),
    Play(
        Scenario(
            "fax-busy",
            "Busy twice, then through",
            "Look at Faxes: three, the first two busy. The clock is an hour and a quarter further.",
        ),
        busy_twice,
    ),
    Play(
        Scenario(
            "answer-lost",
            "The answer is lost",
            "Look at #email-management: nobody knows whether the fax went out, and 10 s later it is found. "
            "Look at Faxes: it is there once.",
        ),
        answer_lost,
    ),
)
"""The scenarios about faxes."""
