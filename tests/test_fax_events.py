"""What Telnyx tells of a fax by itself: believed when signed, doubled and late without harm, and needed for nothing."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from bot.local.processes import free_port
from bot.mail import fax_events
from bot.mail.fax_outcomes import next_look
from bot.mail.faxes import Told
from bot.services.telnyx import RANK, Event, Fax
from bot.slack.edge import make_web_app, serve
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk, sender_of, worker_of
from tests.support.team import at

MINUTE = timedelta(minutes=1)


@dataclass
class Hook:
    """A desk to which Telnyx tells what becomes of faxes."""

    desk: Desk
    url: str

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Tell something as whoever knows the address can; return the status of the answer."""
        async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=headers) as answer:
            return answer.status

    async def hear(self) -> None:
        """Let Telnyx bring its faxes on to now and tell of them."""
        await self.desk.telnyx.quiet()


@pytest.fixture
async def hook(database: Database, around: Outside) -> AsyncIterator[Hook]:
    """Give a desk of its own with its HTTP server."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{fax_events.PATH}"

    async def ready() -> Mapping[str, bool | str]:
        return {}

    async with fax_desk(database, around, hook=url) as desk:
        receiver = fax_events.receiver(desk.sender, desk.telnyx.public_key)
        app = make_web_app(slack=None, readiness=ready, others={fax_events.PATH: receiver})
        served = await serve(app, "127.0.0.1", port)
        yield Hook(desk, url)
        await served.close()


def event(desk: Desk, status: str = "delivered", **payload: Any) -> bytes:
    """Write an event about the first fax that Telnyx took, or about another."""
    fax = desk.telnyx.faxes()[0]
    told = {"fax_id": fax.id, "direction": "outbound", "client_state": fax.client_state, "page_count": 1, **payload}
    data = {"id": str(uuid4()), "event_type": f"fax.{status}", "occurred_at": "2026-11-25T01:00:00Z", "payload": told}
    return json.dumps({"data": data, "meta": {"attempt": 1}}).encode()


async def states(desk: Desk, told: Told) -> tuple[str, str]:
    """Return the states of a notice and of its first fax."""
    after = await desk.told(told)
    return after.state, after.attempts[0].state


async def test_events_alone_bring_a_fax_to_its_end(hook: Hook) -> None:
    desk = hook.desk
    told = await desk.want(await desk.person())
    await desk.rest()
    for _ in range(2):
        await hook.hear()
        desk.clock.move(15)
    await hook.hear()
    assert await states(desk, told) == ("told", "done")
    assert desk.telnyx.requests["status"] == 0


async def test_asking_alone_does_too(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    assert await states(desk, told) == ("told", "done")
    assert desk.telnyx.requests["status"] > 0


async def test_only_what_telnyx_signed_just_now_is_believed(hook: Hook) -> None:
    desk = hook.desk
    told = await desk.want(await desk.person())
    await desk.rest()
    body = event(desk)
    good = desk.telnyx.signed(body)
    assert await hook.post(body + b" ", good) == 401
    assert await hook.post(body, {}) == 401
    assert await hook.post(body, {**good, "telnyx-timestamp": str(int(time.time()) + 1)}) == 401
    assert await hook.post(body, desk.telnyx.signed(body, int(time.time()) - 301)) == 401
    assert await hook.post(b"x" * 300_000, desk.telnyx.signed(b"x" * 300_000)) == 413
    assert await states(desk, told) == ("sending", "following")
    assert await hook.post(body, good) == 200
    assert await states(desk, told) == ("told", "done")


async def test_an_event_about_no_fax_of_ours_changes_nothing(hook: Hook) -> None:
    desk = hook.desk
    told = await desk.want(await desk.person())
    await desk.rest()
    strange = event(desk, fax_id=str(uuid4()), client_state=None)
    of_another = event(desk, fax_id=str(uuid4()))  # with the id of ours that an earlier fax carries
    inbound = event(desk, direction="inbound")
    unknown = event(desk, status="email.delivered")
    for body in (strange, of_another, inbound, unknown, b"[]"):
        assert await hook.post(body, desk.telnyx.signed(body)) == 200
    assert await states(desk, told) == ("sending", "following")
    assert len(await desk.fetch("SELECT * FROM chatops.audit")) == 1


async def test_events_on_a_bad_day_do_no_harm(hook: Hook) -> None:
    desk = hook.desk
    for fault in ("twice", "swapped", "late", "lost"):
        desk.telnyx.fault(fault, seconds=90)
        told = await desk.want(await desk.person())
        await desk.rest()
        for _ in range(3):
            await hook.hear()
            desk.clock.move(7)
        await desk.go(3 * MINUTE)
        await hook.hear()
        assert await states(desk, told) == ("told", "done")
        assert [action for action, _, _ in await desk.records(told)] == ["fax:accept", "fax:deliver"]
        assert len(await desk.said(told)) == 1
        desk.telnyx.heal()
    assert {job["status"] for job in await desk.jobs()} == {"delivered"}


async def test_an_event_before_the_answer_to_the_request_is_the_answer(hook: Hook) -> None:
    desk = hook.desk
    told = await desk.want(await desk.person())
    sent, go = asyncio.Event(), asyncio.Event()

    class Slow:
        """The client, whose answers take their time."""

        async def send(self, *, to: str, media_url: str, effect: UUID) -> Fax:
            answer = await desk.client.send(to=to, media_url=media_url, effect=effect)
            sent.set()
            await go.wait()
            return answer

    worker = worker_of(desk, sender_of(desk, telnyx=Slow()))
    await worker.beat(desk.epoch)
    await sent.wait()
    await hook.hear()
    assert await states(desk, told) == ("sending", "following")
    desk.clock.move(15)
    await hook.hear()
    assert await states(desk, told) == ("told", "done")
    go.set()
    await worker.finish()
    assert await states(desk, told) == ("told", "done")
    assert [action for action, _, _ in await desk.records(told)] == ["fax:accept", "fax:deliver"]
    assert await desk.value("SELECT count(*) FROM public.audit_logs WHERE event_type = 'fax.transmitted'") == 1


async def test_an_event_finds_a_fax_whose_answer_was_lost(hook: Hook) -> None:
    desk = hook.desk
    desk.telnyx.fault("answer_lost", count=1)
    desk.telnyx.fault("hidden")
    told = await desk.want(await desk.person())
    await desk.rest()
    await hook.hear()
    desk.clock.move(15)
    await hook.hear()
    assert await states(desk, told) == ("told", "done")


async def test_an_event_that_cannot_be_noted_is_to_be_told_again(desk: Desk) -> None:
    class Broken:
        """A sender whose database is away."""

        async def told(self, event: Event) -> bool:
            raise OSError(event.fax_id)

    receive = fax_events.receiver(Broken(), desk.telnyx.public_key)  # type: ignore[arg-type]
    await desk.want(await desk.person())
    await desk.rest()
    port = free_port()

    async def ready() -> Mapping[str, bool | str]:
        return {}

    served = await serve(
        make_web_app(slack=None, readiness=ready, others={fax_events.PATH: receive}), "127.0.0.1", port
    )
    body = event(desk)
    assert await Hook(desk, f"{served.url}{fax_events.PATH}").post(body, desk.telnyx.signed(body)) == 503
    await served.close()


ENDS = {"delivered": "fax:deliver", "failed": "fax:fail"}
_JOB_RANK = {"pending": 0, "processing": 1, "sending": 2, "delivered": 3, "failed": 3}


async def test_whatever_order_events_come_in_a_fax_goes_forward_only_and_ends_once(desk: Desk) -> None:
    """Against a plain model: the highest state so far, the first end stays."""
    chance = random.Random(20261125)  # noqa: S311 - a choice of examples
    orders = list(itertools.permutations(["queued", "media.processed", "sending", "delivered", "failed"]))
    for order in chance.sample(orders, 12):
        told = await desk.want(await desk.person())
        await desk.rest()
        effect = told.attempts[0].effect
        (fax_id,) = [one.id for one in desk.telnyx.faxes() if one.id == (await desk.told(told)).attempts[0].telnyx_id]
        best, end, rank = "queued", None, 2
        for status in [*order, chance.choice(order)]:
            await desk.sender.seen(effect, Fax(fax_id, status, "destination_invalid", None, "", None, 1))
            if end is None and RANK[status] > RANK[best]:
                best, end = status, status if status in ENDS else None
            attempt = (await desk.told(told)).attempts[0]
            assert attempt.status == best, order
            (job,) = await desk.fetch("SELECT * FROM public.fax_jobs WHERE reference_id = $1", attempt.reference)
            assert _JOB_RANK[job["status"]] >= rank
            rank = _JOB_RANK[job["status"]]
        assert end is not None
        assert [action for action, _, _ in await desk.records(told)] == ["fax:accept", ENDS[end]]
        assert (await desk.told(told)).state == ("told" if end == "delivered" else "failed")


async def test_faxis_list_is_told_of_our_faxes_only_and_never_back_from_delivered(desk: Desk) -> None:
    told = await desk.want(await desk.person())
    await desk.go(MINUTE)
    effect = told.attempts[0].effect
    faxis = await desk.value(
        "INSERT INTO public.fax_jobs (fax_id, direction, from_number, to_number, status) "
        "VALUES ($1, 'outbound', '+81312345678', '+81312345679', 'sending') RETURNING id",
        f"email-{effect}",
    )
    before = await desk.fetch("SELECT * FROM public.fax_jobs ORDER BY id")
    call = "SELECT chatops.fax_fate($1, 'failed', NULL, NULL, NULL, 'no', $2)"
    async with desk.pool.acquire() as connection:
        assert await connection.fetchval(call, effect, desk.clock.now()) is None
        assert await connection.fetchval(call, faxis, desk.clock.now()) is None
    assert await desk.fetch("SELECT * FROM public.fax_jobs ORDER BY id") == before


def test_telnyx_is_asked_less_and_less_often_and_after_a_day_no_more() -> None:
    taken = at("2026-11-25 10:00")
    now, looks, waits = taken, 0, dict[timedelta, timedelta]()
    while (look := next_look(taken, now)) is not None:
        waits[look - now] = look - taken
        now, looks = look, looks + 1
    assert now - taken >= timedelta(days=1)
    assert 100 < looks < 160
    seconds = {wait.total_seconds(): last for wait, last in waits.items()}
    assert seconds == {10: MINUTE, 30: 10 * MINUTE, 120: 60 * MINUTE, 900: timedelta(days=1)}
