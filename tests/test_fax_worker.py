"""The worker that brings faxes on: a few at a time, for the holder of the lease, and never in anybody's way."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from bot.engine import cases, effects
from bot.local.telnyx.server import Kind
from bot.mail import fax_sending, faxes
from tests.support.databases import Database
from tests.support.faxing import PACE, Desk, Outside, fax_desk, sender_of, worker_of

MINUTE = timedelta(minutes=1)


async def test_who_lost_the_lease_makes_no_attempt(desk: Desk) -> None:
    old = desk.epoch
    await desk.lead("another")
    told = await desk.want(await desk.person())
    for _ in range(3):
        await desk.worker.beat(old)
        await desk.worker.finish()
    assert desk.telnyx.requests["send"] == 0
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"


@pytest.mark.parametrize("fault", [None, "rate_limited", "error_before"])
async def test_a_process_that_was_taken_for_dead_still_writes_down_what_it_knows(
    desk: Desk, fault: Kind | None
) -> None:
    """Its request is under way while another takes the lease, finds the attempt, and waits before it asks."""
    told = await desk.want(await desk.person())
    effect = told.attempts[0].effect
    if fault is not None:
        desk.telnyx.fault(fault, count=1, status=422)
    ready, go = asyncio.Event(), asyncio.Event()
    sending = desk.client.send

    class Slow:
        """The client, with a request that takes its time."""

        async def send(self, *, to: str, media_url: str, effect: UUID) -> object:
            ready.set()
            await go.wait()
            return await sending(to=to, media_url=media_url, effect=effect)

    slow = sender_of(desk, telnyx=Slow())
    old = worker_of(desk, slow)
    await old.beat(desk.epoch)
    await ready.wait()
    await desk.lead("another")
    patient = fax_sending.FaxSender(desk.pool, desk.team, desk.clock, desk.line_out)
    new = effects.Worker(desk.pool, {faxes.KIND: patient}, desk.clock)
    await new.beat(desk.epoch)
    await new.finish()
    assert await desk.value("SELECT state FROM chatops.effects WHERE id = $1", effect) == "asking"
    go.set()
    await old.finish()
    await desk.fetch("UPDATE chatops.effects SET retry_at = NULL")
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == ("failed" if fault == "error_before" else "told")
    assert len(desk.telnyx.faxes()) == (0 if fault == "error_before" else 1)


@pytest.mark.parametrize("where", ["s3", "telnyx"])
async def test_network_work_holds_no_connection(database: Database, around: Outside, where: str) -> None:
    """With a pool of one, people get it while S3 or Telnyx hang."""
    async with fax_desk(database, around, size=1) as desk:
        calls = around.aws.requests if where == "s3" else desk.telnyx.requests
        if where == "s3":
            around.aws.fault("delay", operation="PutObject", seconds=0.2)
        else:
            desk.telnyx.fault("timeout_before")
        await desk.want(await desk.person())
        before = calls.total()
        await desk.worker.beat(desk.epoch)
        while calls.total() == before:
            await asyncio.sleep(0.005)
        async with asyncio.timeout(0.15), desk.pool.acquire() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_three_effects_are_in_hand_at_most_and_what_nobody_handles_holds_up_nothing(desk: Desk) -> None:
    async with desk.pool.acquire() as connection:
        for _ in range(5):
            await effects.want(connection, "nobody's", "case:1", desk.clock.now(), desk.clock.now())
    desk.telnyx.fault("timeout_before")
    for _ in range(8):
        await desk.want(await desk.person())
    async with asyncio.timeout(10):
        while desk.telnyx.requests["send"] < effects.AT_ONCE:
            await desk.worker.beat(desk.epoch)
            await asyncio.sleep(0.01)
    for _ in range(8):
        await desk.worker.beat(desk.epoch)
        await asyncio.sleep(0.01)
    assert desk.telnyx.requests["send"] == effects.AT_ONCE
    states = await desk.fetch("SELECT kind, state, count(*) FROM chatops.effects GROUP BY 1, 2 ORDER BY 1, 2")
    assert [tuple(row.values()) for row in states] == [
        ("fax", "attempting", 3), ("fax", "waiting", 5), ("nobody's", "waiting", 5)
    ]  # fmt: skip


async def test_who_is_asked_to_stop_waits_a_moment_and_leaves_the_rest_to_whoever_leads_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "GRACE", 0.1)
    desk.telnyx.fault("timeout_after", count=1)
    told = await desk.want(await desk.person())
    await desk.worker.beat(desk.epoch)
    while not desk.telnyx.faxes():
        await asyncio.sleep(0.005)
    await desk.worker.finish()
    assert await desk.value("SELECT state FROM chatops.effects") == "attempting"
    desk.worker = worker_of(desk, sender_of(desk))
    await desk.lead("next")
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert len(desk.telnyx.faxes()) == 1


async def test_an_idle_look_for_effects_reads_only_what_is_open(desk: Desk) -> None:
    """It runs four times a second, and what has ended is kept for a while."""
    await desk.fetch(
        "INSERT INTO chatops.effects (id, kind, subject, state, due_at, attempts, asked, created_at, ended_at) "
        "SELECT gen_random_uuid(), 'fax', 'case:1', 'done', $1::timestamptz - n * interval '1 minute', 0, 0, $1, $1 "
        "FROM generate_series(1, 5000) AS n",
        desk.clock.now(),
    )
    await desk.fetch("ANALYZE chatops.effects")
    async with desk.pool.acquire() as connection:
        plan = await connection.fetch(f"EXPLAIN {effects.SQL['ready']}", desk.clock.now(), [], 3, ["fax"])
    assert any("effects_open" in row[0] for row in plan), plan


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
@pytest.mark.parametrize("meanwhile", ["nothing", "unknown"])
async def test_who_stood_still_before_the_request_does_not_make_it(desk: Desk, clock: str, meanwhile: str) -> None:
    """A machine paused between the mark and the request: by then a person may have sent the fax again."""
    told = await desk.want(await desk.person())
    effect = told.attempts[0].effect
    read = [fax_sending.Moment(0, 0), fax_sending.Moment(**{"monotonic": 0.1, "wall": 0.1, clock: 95.0})]
    marked, go = asyncio.Event(), asyncio.Event()

    class Paused(fax_sending.FaxSender):
        """A sender that stands still when it has marked the attempt."""

        async def _marked(self, effect: effects.Effect, epoch: int) -> bool:
            made = await super()._marked(effect, epoch)
            marked.set()
            await go.wait()
            return made

    paused = Paused(desk.pool, desk.team, desk.clock, desk.line_out, pace=PACE, moment=lambda: read.pop(0))
    old = worker_of(desk, paused)
    await old.beat(desk.epoch)
    await marked.wait()
    if meanwhile == "unknown":
        await desk.lead("another")
        await desk.rest()
        assert (await desk.told(told)).state == "unknown"
        async with desk.pool.acquire() as connection, connection.transaction():
            await cases.lock(connection, told.case_id)
            assert await faxes.again(connection, desk.team, told.id, desk.clock.now())
        await desk.go(MINUTE)
    go.set()
    await old.finish()
    assert desk.telnyx.requests["send"] == (1 if meanwhile == "unknown" else 0)
    await desk.go(MINUTE)
    assert (await desk.told(told)).state == "told"
    assert desk.telnyx.requests["send"] == 1
    wanted = "unknown" if meanwhile == "unknown" else "done"
    assert await desk.value("SELECT state FROM chatops.effects WHERE id = $1", effect) == wanted


def test_the_wait_grows_to_its_longest_and_stays_there_after_thousands_of_troubles() -> None:
    waits = [effects.wait_after(count) for count in (0, 1, 5, 9, 2_000)]
    assert waits == [1.0, 2.0, 32.0, 300.0, 300.0]
    assert effects.wait_after(2_000, at_least=600.0) == 600.0
