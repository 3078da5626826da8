"""Many faxes through a bad day at Telnyx and S3, with two processes in turn: one for each effect at most, none lost.

Answers get lost, requests hang, Telnyx has too many requests or errors of its own before and after it took a
fax, S3 stumbles, and the lease goes from one process to the other and back while faxes are in hand.
"""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import structlog

from bot.base.database import open_pool
from bot.engine.effects import Worker
from bot.local.loopback import Fault, Faults
from bot.mail import faxes
from bot.mail.fax_sending import FaxSender
from bot.services.telnyx import client, effect_of
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk

BEFORE = ("dropped", "timeout_before", "rate_limited", "error_before", "redirect")
AFTER = ("answer_lost", "timeout_after", "error_after", "garbage")
OF_S3 = ("status", "throttle", "answer_lost")
ENDS: tuple[str | None, ...] = (None, None, None, "user_busy", "receiver_no_answer", "destination_invalid", None, None)
PACE = 400.0
"""How many times shorter machine waits are; with it the longest of a request (0.15 s) stays the shorter one."""


@dataclass
class Weather(Faults):
    """Faults that strike by chance."""

    chance: random.Random = field(default_factory=random.Random)
    odds: float = 0.12
    struck: Counter[str] = field(default_factory=Counter)

    def strike(self, operation: str, *kinds: str) -> Fault | None:
        """Return the fault that an operation meets, of these kinds, or of S3's when none is named."""
        if self.chance.random() >= self.odds or "twice" in kinds:
            return None
        kind = self.chance.choice(kinds or OF_S3)
        self.struck[kind if kinds else f"S3 {kind}"] += 1
        return Fault(kind, operation, status=self.chance.choice((500, 502, 503)))


async def beats(worker: Worker, leads: list[int | None], number: int, going: asyncio.Event) -> None:
    """Let a process beat while it believes that it leads; it learns a little late when it does not."""
    while not going.is_set():
        if (epoch := leads[number]) is not None:
            await worker.beat(epoch)
        await asyncio.sleep(0.005)


async def turns(desk: Desk, chance: random.Random, leads: list[int | None], going: asyncio.Event) -> None:
    """Give the lease to one process and to the other; who loses it goes on a moment, as after a stall."""
    for turn in range(10**6):
        mine, other = turn % 2, 1 - turn % 2
        leads[mine] = await desk.lead(f"process {mine}")
        with suppress(TimeoutError):
            await asyncio.wait_for(going.wait(), 0.2)
        leads[other] = None
        with suppress(TimeoutError):
            await asyncio.wait_for(going.wait(), chance.uniform(0.3, 1.0))
        if going.is_set():
            return


async def weathered(database: Database, around: Outside, count: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Send so many faxes through it; hold what must hold; return the figures."""
    chance = random.Random(count)  # noqa: S311 - weather
    figures: Counter[str] = Counter()
    async with (
        fax_desk(database, around, pace=PACE) as desk,
        await open_pool(database.url, size=5, application="other") as pool,
    ):
        others = Worker(
            pool, {faxes.KIND: FaxSender(pool, desk.team, desk.clock, desk.line_out, pace=PACE)}, desk.clock, pace=PACE
        )
        desk.telnyx.plan(*chance.choices(ENDS, k=4 * count))
        wanted = [await desk.want(await desk.person()) for _ in range(count)]
        weather = Weather(chance=chance)
        desk.telnyx._calls.faults = weather  # noqa: SLF001 - the tests' own
        monkeypatch.setattr(around.aws, "_faults", weather)
        going = asyncio.Event()
        leads: list[int | None] = [None, None]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(turns(desk, chance, leads, going))
            for number, worker in enumerate((desk.worker, others)):
                tasks.create_task(beats(worker, leads, number, going))
            await all_ended(desk, count)
            going.set()
        for worker in (desk.worker, others):
            await worker.finish()
        figures["faults"] = weather.struck.total()
        figures.update(await what_must_hold(desk, [told.id for told in wanted]))
        figures["requests"] = desk.telnyx.requests["send"]
        figures["lease changes"] = desk.epoch
    return figures


async def all_ended(desk: Desk, count: int) -> None:
    """Move business time on whenever little waits for it, until every notice has its end."""
    while await desk.value("SELECT count(*) FROM chatops.notices WHERE state = 'sending'"):
        now = desk.clock.now()
        (row,) = await desk.fetch(
            "SELECT count(*) FILTER (WHERE due_at <= $1) AS waiting, min(due_at) FILTER (WHERE due_at > $1) AS next "
            "FROM chatops.effects WHERE state IN ('waiting', 'attempting', 'asking', 'following')",
            now,
        )
        if row["waiting"] <= count // 50:
            desk.clock.at = max(now + timedelta(seconds=5), row["next"] or now)
        await asyncio.sleep(0.03)


async def what_must_hold(desk: Desk, notices: list[int]) -> Counter[str]:
    """Hold that no effect has two faxes, none was lost, and of each that did not arrive a person was told."""
    taken = Counter(effect_of(fax.client_state) for fax in desk.telnyx.faxes())
    twice = [effect for effect, times in taken.items() if times > 1]
    assert not twice, f"{len(twice)} effects have two faxes or more"
    rows = await desk.fetch(
        "SELECT n.id, n.state, n.case_id, f.effect, f.telnyx_id, e.state AS effect_state, f.failure_reason, "
        "s.state AS step, j.status AS job "
        "FROM chatops.notices AS n JOIN chatops.faxes AS f ON f.notice = n.id "
        "JOIN chatops.effects AS e ON e.id = f.effect "
        "JOIN chatops.steps AS s ON s.case_id = n.case_id AND s.name = n.step "
        "LEFT JOIN public.fax_jobs AS j ON j.id = f.job ORDER BY f.effect"
    )
    assert {row["id"] for row in rows} == set(notices)
    ours = {row["effect"]: row for row in rows}
    assert not set(taken) - set(ours)
    for row in rows:
        assert row["effect_state"] in {"done", "failed", "unknown"}, dict(row)
        arrived = row["effect_state"] == "done"
        assert not arrived or (taken[row["effect"]] == 1 and row["job"] == "delivered"), dict(row)
        assert not (row["effect_state"] == "failed" and row["telnyx_id"] is None and taken[row["effect"]]), dict(row)
    ended = {row["id"]: row for row in rows}.values()
    posts = await desk.fetch("SELECT renderer, parameters, destination FROM chatops.posts WHERE renderer LIKE 'fax.%'")
    said = Counter(
        (row["parameters"]["notice"], row["renderer"], row["destination"] == desk.team.channels.management)
        for row in posts
    )
    for row in ended:
        assert row["state"] in {"told", "failed", "unknown"}, dict(row)
        assert row["step"] == {"told": "done", "failed": "failed", "unknown": "todo"}[row["state"]], dict(row)
        assert said[row["id"], f"fax.{row['state']}", True] == 1, dict(row)
        called = 0 if row["state"] == "told" else 1  # at once: FAX_HOURS end before the night
        assert said[row["id"], f"fax.{row['state']}", False] == called, dict(row)
    accepted = await desk.fetch(
        "SELECT parameters ->> 'fax' AS fax FROM chatops.audit WHERE action = 'fax:accept' "
        "GROUP BY 1 HAVING count(*) > 1"
    )
    assert not accepted
    figures = Counter({"notices": len(notices), "attempts": len(rows), "taken by Telnyx": taken.total()})
    figures.update(f"notices {row['state']}" for row in ended)
    figures.update(f"attempts {row['effect_state']}" for row in rows)
    figures["unknown that Telnyx has"] = sum(taken[row["effect"]] for row in rows if row["effect_state"] == "unknown")
    return figures


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", [24, pytest.param(1000, marks=pytest.mark.long)])
async def test_no_effect_gets_two_faxes_and_none_is_lost(
    database: Database, around: Outside, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.15)
    started = asyncio.get_running_loop().time()
    with structlog.testing.capture_logs() as lines:
        figures = await weathered(database, around, count, monkeypatch)
    figures["seconds"] = round(asyncio.get_running_loop().time() - started)
    print(dict(figures))  # noqa: T201
    assert figures["notices told"] > count // 4
    assert figures["faults"] > count // 4
    assert not [line for line in lines if line["event"] == "effect failed"]
