"""A sender is killed at every commit on a fax's way: afterwards one fax went out, or none and a person knows."""

import asyncio
import base64
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.base.database import open_pool
from bot.local.postgres import Postgres
from bot.local.telnyx import SentFax
from bot.local.telnyx.server import Kind
from bot.mail.faxes import Told
from tests.support.commits import Boundary
from tests.support.databases import Database, clone
from tests.support.faxing import Desk, Outside, fax_desk, sender_of, worker_of
from tests.support.proxy import Proxy, When, proxied
from tests.support.restricting import APPROVE, MANAGEMENT, Request, add_accounts, ask, assert_chain_is_whole, until
from tests.support.system import System, running_system

LOOKS = (10, 20)
"""Seconds after which Telnyx is asked what became of a fax; by the second it has arrived."""
WAY = ("faxes.add_job", "faxes.stored", "effects.attempt", "faxes.accepted", "faxes.progressed", "faxes.ended")
"""What happens in the commits of a fax that nothing disturbs, in their order."""


def sent_for(faxes: list[SentFax], effect: UUID) -> list[SentFax]:
    """Return the faxes that Telnyx took for an effect."""
    mark = base64.b64encode(str(effect).encode()).decode()
    return [fax for fax in faxes if fax.client_state == mark]


@dataclass
class Doomed:
    """A sender that can be killed at a commit; it stands behind a proxy of its own."""

    desk: Desk
    proxy: Proxy

    async def bring(self, told: Told, chosen: Callable[[Boundary], bool], when: When) -> Boundary | None:
        """Bring a fax on until its end, or the sender's: return where it was killed."""
        desk = self.desk
        epoch = await desk.lead(f"doomed {told.id}")
        async with await open_pool(self.proxy.url, size=3, application="doomed") as pool:
            worker = worker_of(desk, sender_of(desk, pool), pool)
            tasks: list[asyncio.Task[Any]] = []

            def kill() -> None:
                self.proxy.bury()
                for task in tasks:
                    task.cancel()

            dead = self.proxy.arm(chosen, when, kill)
            wanted = desk.clock.now()
            for after in (0, *LOOKS):
                desk.clock.at = wanted + timedelta(seconds=after)
                while not dead.done() and await desk.open():
                    await worker.beat(epoch)
                    tasks[:] = [task for task in asyncio.all_tasks() if task.get_name().startswith("effect ")]
                    await asyncio.gather(*tasks, return_exceptions=True)
                await desk.telnyx.quiet()
                if dead.done():
                    break
            self.proxy.disarm()
            pool.terminate()
            await self.proxy.drained()
            return dead.result() if dead.done() else None


@pytest.fixture
async def doomed(database: Database, around: Outside) -> AsyncIterator[Doomed]:
    """Give a desk with a sender that can be killed."""
    async with proxied(database.url) as proxy, fax_desk(database, around) as desk:
        yield Doomed(desk, proxy)


async def one_or_a_person_knows(desk: Desk, told: Told) -> str:
    """Hold that one fax went out and arrived, or none and it is somebody's question; return the notice's state."""
    await desk.lead("survivor")
    await desk.go(timedelta(minutes=2))
    after = await desk.told(told)
    sent = sent_for(desk.telnyx.faxes(), told.attempts[0].effect)
    assert len(after.attempts) == 1
    if after.state == "told":
        assert [fax.status for fax in sent] == ["delivered"]
        assert await desk.step(told, "tell") == ("done", True)
    else:
        assert (after.state, sent) == ("unknown", [])
        assert "Nobody knows whether the fax went out" in (await desk.said(told))[-1]
    actions = Counter(action for action, _, _ in await desk.records(told))
    assert set(actions.values()) == {1}, actions
    transmitted = "SELECT count(*) FROM public.audit_logs WHERE event_type = 'fax.transmitted' AND user_id = $1"
    assert await desk.value(transmitted, told.subject) == len(sent)
    return after.state


def at_commit(number: int) -> Callable[[Boundary], bool]:
    """Choose the commit of this number."""
    seen = 0

    def chosen(_: Boundary) -> bool:
        nonlocal seen
        seen += 1
        return seen == number

    return chosen


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_each_commit_a_fax_goes_out_once_or_a_person_knows(doomed: Doomed, when: When) -> None:
    desk = doomed.desk
    ends: list[tuple[str, str]] = []
    for number in range(1, 20):
        told = await desk.want(await desk.person())
        struck = await doomed.bring(told, at_commit(number), when)
        state = await one_or_a_person_knows(desk, told)
        if struck is None:
            break
        ends.append((next(name for name in struck.statements if name != "faxes.transmitted"), state))
    else:
        pytest.fail(f"no end of commits: {ends}")
    statements = [name for name, _ in ends]
    assert len(statements) >= len(WAY), statements
    # Killed after the attempt was marked and before the request: nobody can know, so a person is asked.
    unknown = [name for name, state in ends if state == "unknown"]
    assert unknown == (["effects.attempt"] if when == "after" else [])
    assert {state for name, state in ends if name != "effects.attempt"} == {"told"}


@pytest.mark.parametrize(("fault", "end"), [("timeout_after", "told"), ("timeout_before", "unknown")])
async def test_killed_while_telnyx_is_asked_a_fax_is_found_or_a_persons_question(
    doomed: Doomed, fault: Kind, end: str
) -> None:
    desk = doomed.desk
    desk.telnyx.fault(fault, count=1)
    told = await desk.want(await desk.person())
    worker = worker_of(desk, sender_of(desk))
    await worker.beat(desk.epoch)
    while desk.telnyx.requests["send"] == 0 or (fault == "timeout_after" and not desk.telnyx.faxes()):
        await asyncio.sleep(0.005)
    for task in [one for one in asyncio.all_tasks() if one.get_name().startswith("effect ")]:
        task.cancel()
    await worker.finish()
    assert await one_or_a_person_knows(desk, told) == end
    assert desk.telnyx.requests["send"] == 1


async def fax_goes_out(system: System, request: Request) -> None:
    """Do what people and time still have to do until the person was told; can begin anew after every interruption."""
    where = request.where
    if not await system.value("SELECT count(*) FROM chatops.notices"):
        await system.click("mgr1", APPROVE, **where)
    for _ in range(40):
        await system.settle()
        state = await system.value("SELECT state FROM chatops.notices")
        if state == "told":
            return
        if state == "unknown":
            assert await system.value("SELECT count(*) FROM chatops.posts WHERE renderer = 'fax.unknown'")
            await system.click("mgr1", "Send the fax again", **where)
        system.clock.advance(timedelta(seconds=15))
    raise AssertionError("the person was not told after 10 minutes")


def of_the_fax(boundary: Boundary) -> bool:
    """Say whether a commit is one on a fax's way."""
    return any(name.startswith(("effects.", "faxes.")) for name in boundary.statements)


async def killed_at_each(system: System, proxy: Proxy, when: When, request: Request) -> list[Boundary]:
    """Bring one notice to its end, the process killed once at each commit on the way; return where."""
    struck: list[Boundary] = []
    process = system.replicas[0]

    def kill() -> None:
        process.child.send(signal.SIGKILL)
        proxy.bury()

    async def start_and_go_on() -> None:
        if not process.running:
            await process.start()
            await process.ready()
        await fax_goes_out(system, request)

    while True:
        dead = proxy.arm(lambda one: of_the_fax(one) and one not in struck, when, kill)
        task = asyncio.create_task(start_and_go_on())
        either: tuple[asyncio.Future[Any], ...] = (dead, task)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not dead.done():
            await task
            return struck
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await process.child.wait() == -signal.SIGKILL
        await proxy.drained()
        struck.append(dead.result())
        assert len(struck) <= 30, [str(one) for one in struck]
        # As 20 s of machine time would: the lease of the dead process ends.
        await system.fetch("UPDATE chatops.leases SET until = clock_timestamp()")
        for table in ("live_messages", "posts", "due"):
            await system.fetch(f"UPDATE chatops.{table} SET retry_at = NULL WHERE retry_at IS NOT NULL")  # noqa: S608


@pytest.mark.long
@pytest.mark.system
@pytest.mark.timeout(240)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_process_killed_at_each_commit_of_a_fax_sends_it_once_or_a_person_knows(
    template: Postgres, when: When
) -> None:
    async with (
        clone(template) as database,
        proxied(database.url) as proxy,
        running_system(
            database, replicas=1, pace=50, faxes=True, settings={"DATABASE_URL": proxy.url}, start=False
        ) as system,
    ):
        (account,) = await add_accounts(database, 1)
        await system.fetch("UPDATE public.users SET fax_number_verified = true")
        await system.start(0)
        request = await ask(system, "op1", account)
        await system.settle()
        struck = await killed_at_each(system, proxy, when, request)
        statements = [name for one in struck for name in one.statements]
        missed = [name for name in WAY if name not in statements]
        assert not missed, [str(one) for one in struck]
        attempts = await system.fetch(
            "SELECT f.effect, e.state FROM chatops.faxes AS f JOIN chatops.effects AS e ON e.id = f.effect"
        )
        sent = system.faxes.telnyx.faxes()
        for attempt in attempts:
            taken = sent_for(sent, attempt["effect"])
            assert len(taken) == (1 if attempt["state"] == "done" else 0), dict(attempt)
        assert [attempt["state"] for attempt in attempts].count("done") == 1
        # In the thread; whoever asked is called beside it, once each time as well.
        asked = (
            "SELECT count(*) FROM chatops.posts "
            "WHERE renderer = 'fax.unknown' AND parent IS NOT NULL AND destination = $1"
        )
        request_in = await system.value(
            "SELECT destination FROM chatops.live_messages WHERE renderer = 'restriction.request'"
        )
        assert await system.value(asked, request_in) == len(attempts) - 1
        (job,) = await system.fetch("SELECT * FROM public.fax_jobs WHERE status = 'delivered'")
        assert job["telnyx_fax_id"] in {fax.id for fax in sent}

        async def shown() -> bool:
            seen = await system.messages("mgr1", MANAGEMENT)
            return any("delivered" in one["plain"] for one in seen)

        await until(shown, "the message that says it was delivered")
        await assert_chain_is_whole(system)
    print(f"killed {when} {len(struck)} commits of a fax, {len(attempts)} attempts")  # noqa: T201
