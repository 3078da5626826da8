"""What can be made to happen in a demo by a press: each scenario acts, says what it does, and puts all back."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.local import acting, duty_scenarios, fax_scenarios
from bot.local.acting import NotSo, Play, Request, World
from bot.local.workspace.faults import Fault
from bot.local.workspace.page import Scenario

_RETRY_AFTER = 3
_EXPIRY_MARGIN = timedelta(minutes=1)
_TOLD = 160


def _quoted(told: str | None) -> str:
    if told is None:
        return "nothing within 5 s"
    return f"“{told if len(told) <= _TOLD else told[: _TOLD - 1] + '…'}”"


async def _decided_once(world: World, request: Request) -> str:
    """Return how it was decided, in words.

    Raises:
        NotSo: it was not approved, or led to more than one restriction.
    """
    ended = await acting.outcome(world, request)
    if ended.state != "approved" or ended.restrictions != 1:
        raise NotSo(f"{request.number} is {ended.state}, with {ended.restrictions} restrictions")
    return f"{request.number} was approved once, by {ended.decided_by}."


async def two_managers(world: World) -> str:
    """Two managers press the same button at the same moment, each through another process."""
    world.say("Aoi Tanaka asks to restrict an account.")
    request = await acting.ask(world)
    ways = {str(one.process): one.id for one in world.slack.delivery.connections()}
    first, second = ([*ways.values()] * 2)[:2]
    world.say(f"Kenji Ono and Naomi Fujita press “{acting.APPROVE}” on {request.number} at the same moment.")
    told = await asyncio.gather(
        acting.approve(world, request, "mgr1", first), acting.approve(world, request, "mgr2", second)
    )
    await acting.settled(world)
    done = await _decided_once(world, request)
    return f"{done} Kenji Ono was told {_quoted(told[0])}, Naomi Fujita {_quoted(told[1])}."


async def manager_away(world: World) -> str:
    """Nobody decides, and the time of the request runs out."""
    world.say("Aoi Tanaka asks to restrict an account, and no manager is there.")
    request = await acting.ask(world)
    world.say(f"Business time moves past the end of {request.number}.")
    await acting.move_to(world, request.expires_at + _EXPIRY_MARGIN)
    ended = await acting.outcome(world, request)
    if ended.state != "expired" or ended.restrictions:
        raise NotSo(f"{request.number} is {ended.state}, with {ended.restrictions} restrictions")
    return f"{request.number} has expired: nothing was changed, and Aoi Tanaka was told."


async def slack_throttles(world: World) -> str:
    """Slack answers 429 while a restriction is asked for and approved."""
    with acting.faults(
        world,
        Fault(kind="ratelimited", method="chat.postMessage", count=2, retry_after=_RETRY_AFTER),
        Fault(kind="ratelimited", method="chat.update", count=1, retry_after=_RETRY_AFTER),
    ) as first:
        world.say("Slack throttles the bot (429). Aoi Tanaka asks to restrict an account; the request comes late.")
        request = await acting.ask(world, within=40)
        await acting.settled(world)
        with acting.faults(
            world, Fault(kind="ratelimited", method="chat.postMessage", count=2, retry_after=_RETRY_AFTER)
        ) as second:
            world.say(f"{request.number} stands there now. Kenji Ono approves; what follows is throttled too.")
            told = await acting.approve(world, request, "mgr1")
            await acting.settled(world)
            hits = sum(one.hits for one in (*first, *second))
    done = await _decided_once(world, request)
    return (
        f"{done} Slack refused {hits} calls; each message came later, in its order, once. "
        f"Kenji Ono was told at once: {_quoted(told)}."
    )


async def database_away(world: World) -> str:
    """PostgreSQL is stopped for 20 s, and somebody presses a button meanwhile."""
    world.say("Aoi Tanaka asks to restrict an account.")
    request = await acting.ask(world)
    await acting.settled(world)
    clock = asyncio.get_running_loop().time
    async with world.supervisor.without_database():
        end = clock() + world.away_seconds
        world.say(f"The database is away for {world.away_seconds:.0f} s. Kenji Ono presses “{acting.APPROVE}”.")
        told = await acting.approve(world, request, "mgr1")
        world.say(f"Kenji Ono was told {_quoted(told)}. The database comes back soon.")
        await asyncio.sleep(max(0.0, end - clock()))
    world.say("The database is back. Kenji Ono presses again.")
    for replica in world.supervisor.replicas:
        await replica.ready(40)
    again = await acting.approve(world, request, "mgr1")
    await acting.settled(world)
    done = await _decided_once(world, request)
    return f"{done} Meanwhile Kenji Ono was told {_quoted(told)}, and then {_quoted(again)}."


async def bot_killed(world: World) -> str:
    """The process that took a click is killed before it could show the outcome."""
    world.say("Aoi Tanaka asks to restrict an account.")
    request = await acting.ask(world)
    await acting.settled(world)
    replica = await acting.leader(world)
    pid = replica.child.pid
    with acting.faults(
        world,
        Fault(kind="server_error", method="chat.postMessage"),
        Fault(kind="server_error", method="chat.update"),
    ):
        world.say(f"Kenji Ono approves {request.number}; before the message shows it, the process is killed (kill -9).")
        told = await acting.approve(world, request, "mgr1", acting.connection_of(world, replica))
        await world.supervisor.kill(replica)
    world.say(f"Process {pid} is gone. It is started again, and what had been left is sent.")
    await world.supervisor.back(replica, pid)
    await acting.settled(world)
    done = await _decided_once(world, request)
    return (
        f"{done} Kenji Ono was told {_quoted(told)}. Process {pid} was killed, {replica.child.pid} came in its place, "
        "and each message stands there once."
    )


PLAYS: Mapping[str, Play] = {
    play.scenario.name: play
    for play in (
        Play(
            Scenario(
                "two-managers",
                "Two managers decide at once",
                "Look at #email-management as Kenji Ono, then as Naomi Fujita: one has decided, "
                "and the other was told who, and when.",
            ),
            two_managers,
        ),
        Play(
            Scenario(
                "manager-away",
                "The manager is away",
                "Look at #email-management: the request has expired, and can only be asked for again. "
                "The clock is a day or more further; other open requests expire too.",
            ),
            manager_away,
        ),
        Play(
            Scenario(
                "throttled",
                "Slack throttles",
                "Look at the wire: calls answered 429. Look at #email-management: each message comes later, in order.",
            ),
            slack_throttles,
        ),
        Play(
            Scenario(
                "database-away",
                "The database is away for 20 s",
                "Look at #email-management as Kenji Ono: his click is answered though nothing could be decided, "
                "and the next one counts.",
            ),
            database_away,
        ),
        Play(
            Scenario(
                "bot-killed",
                "The bot is killed and comes back",
                "Look at #email-management: the approval that was made before the end is shown after it, once.",
            ),
            bot_killed,
        ),
        *fax_scenarios.PLAYS,
        *duty_scenarios.PLAYS,
    )
}
