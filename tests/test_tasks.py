"""Accepted work is finished before the process ends, and what fails is not lost in silence."""

import asyncio

import structlog

from bot.base.tasks import Inflight


async def test_work_under_way_is_waited_for_with_what_it_starts_meanwhile() -> None:
    inflight, done, go = Inflight(), [], asyncio.Event()

    async def inner() -> None:
        await go.wait()
        done.append("inner")

    async def outer() -> None:
        await asyncio.sleep(0)
        inflight.spawn(inner(), "inner")
        done.append("outer")

    inflight.spawn(outer(), "outer")
    assert len(inflight) == 1
    waiting = asyncio.create_task(inflight.drain(30))
    while "outer" not in done:
        await asyncio.sleep(0)
    go.set()
    assert await waiting == 0
    assert (done, len(inflight)) == (["outer", "inner"], 0)


async def test_what_does_not_end_in_time_is_cut_off_and_counted() -> None:
    inflight, undone = Inflight(), []

    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            undone.append("cleaned up")

    inflight.spawn(stuck(), "stuck")
    inflight.spawn(stuck(), "stuck too")
    await asyncio.sleep(0)
    assert await inflight.drain(0) == 2
    assert (undone, len(inflight)) == (["cleaned up", "cleaned up"], 0)


async def test_a_result_is_given_and_a_failure_is_logged_with_the_name_of_its_work() -> None:
    inflight = Inflight()

    async def answer() -> int:
        return 42

    async def fail() -> None:
        raise LookupError("no such thing")

    assert await inflight.spawn(answer(), "answer") == 42
    with structlog.testing.capture_logs() as logs:
        inflight.spawn(fail(), "action F-7Q2M")
        assert await inflight.drain(5) == 0
    (line,) = logs
    assert (line["event"], line["task"], line["log_level"]) == ("task failed", "action F-7Q2M", "error")
    assert isinstance(line["exc_info"], LookupError)


async def test_nothing_under_way_is_drained_at_once() -> None:
    assert await Inflight().drain(30) == 0
