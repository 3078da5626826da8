"""The Telnyx of trials tells by webhook what becomes of a fax, and on a bad day twice, swapped, late or never."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.local.telnyx import LocalTelnyx
from bot.services.telnyx import Event, read_event
from tests.support.outside import SetClock, local_telnyx, pages, pdf, send, serving

DEAD = "http://127.0.0.1:9/pages.pdf"
WHOLE = ["queued", "media.processed", "sending", "delivered"]


@pytest.fixture
def clock() -> SetClock:
    """Give business time."""
    return SetClock()


@pytest.fixture
async def telnyx(clock: SetClock) -> AsyncIterator[LocalTelnyx]:
    """Run Telnyx."""
    async with local_telnyx(clock) as running:
        yield running


@asynccontextmanager
async def listening(telnyx: LocalTelnyx, *statuses: int) -> AsyncIterator[tuple[str, list[Event]]]:
    """Listen to webhooks, check them as the bot does, and answer with these statuses, then 200."""
    events: list[Event] = []
    answers = list(statuses)

    async def handler(request: web.Request) -> web.StreamResponse:
        head = request.headers
        event = read_event(
            await request.read(),
            head.get("telnyx-timestamp"),
            head.get("telnyx-signature-ed25519"),
            public_key=telnyx.public_key,
            now_unix=time.time(),
        )
        assert event is not None
        events.append(event)
        return web.Response(status=answers.pop(0) if answers else 200)

    async with serving(handler) as url:
        yield f"{url}/telnyx/events", events


async def through(telnyx: LocalTelnyx, clock: SetClock, hook: str) -> None:
    """Send a fax and let it go all its way."""
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        await send(telnyx, url, hook=hook)
    for _ in range(6):
        clock.move(2)
        await telnyx.quiet()


async def test_each_state_is_told_signed_once_and_in_order(telnyx: LocalTelnyx, clock: SetClock) -> None:
    began = clock.now()
    async with listening(telnyx) as (hook, events):
        await through(telnyx, clock, hook)
    assert [event.status for event in events] == WHOLE
    assert [(event.occurred_at - began).total_seconds() for event in events] == [0, 2, 4, 12]
    assert len({event.id for event in events}) == 4
    assert events[-1].pages == 1


async def test_on_a_bad_day_events_come_twice_swapped_late_or_never(telnyx: LocalTelnyx, clock: SetClock) -> None:
    telnyx.fault("twice", count=1)
    telnyx.fault("swapped", count=1)
    telnyx.fault("lost", count=1)
    telnyx.fault("late", count=1, seconds=60)
    async with listening(telnyx) as (hook, events):
        await through(telnyx, clock, hook)
        assert [event.status for event in events] == ["queued", "queued"]
        assert events[0] == events[1]
        clock.move(60)
        await telnyx.quiet()
        assert [event.status for event in events][2:] == ["delivered"]
        telnyx.heal()
        await through(telnyx, clock, hook)
    assert [event.status for event in events][3:5] == ["queued", "media.processed"]


async def test_who_does_not_answer_well_hears_it_again(telnyx: LocalTelnyx) -> None:
    async with listening(telnyx, 500, 307) as (hook, events):
        await send(telnyx, DEAD, hook=hook)
    assert [event.status for event in events][:3] == ["queued"] * 3
    assert len({event.id for event in events[:3]}) == 1
