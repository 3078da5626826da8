"""What can be made to happen to lists and handoffs in a demo: the bot is down at nine o'clock, nobody wants an item."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg

from bot.base.database import queries
from bot.duty import handoff_calls
from bot.local import acting
from bot.local.acting import NotSo, Play, World
from bot.local.jumps import CALENDAR
from bot.local.workspace import clicks, deeds, moving
from bot.local.workspace.page import Scenario
from bot.local.workspace.refusals import JSON

SQL = queries("duty_scenarios")
MORNING: Final = "morning"
"""The list, in the shipped runbook, that comes as business begins."""
_BEFORE, _AFTER = timedelta(minutes=2), timedelta(minutes=37)
_READY_WITHIN = 40.0
_FROM, _TO = "op1", "op2"
_TAKE = "handoff.take"
_MESSAGE = "The old list of fax numbers in the shared folder should be cleared out."
_NOTE = "Clear out the old list of fax numbers, by hand"
_READ_BACK = "I have read all of it, and I watch what is still open."
_CALLS = timedelta(minutes=45)
_ROUNDS = 6


async def down_at_nine(world: World) -> str:
    """The bot's processes are stopped before nine o'clock of a working day, and come back at 09:37."""
    clock = world.slack.clock
    nine = CALENDAR.next_opening(clock.now() + _BEFORE)
    world.say("Business time moves to two minutes before the next working day begins.")
    await acting.move_to(world, nine - _BEFORE)
    old = [(replica, replica.child.pid) for replica in world.supervisor.replicas]
    async with world.supervisor.without_bot():
        world.say("All processes of the bot are stopped. It gets nine o'clock, and no list comes.")
        await moving.leap(world.slack, world.trial, nine + _AFTER - clock.now())
        if await world.pool.fetchrow(SQL["run"], MORNING, nine) is not None:
            raise NotSo("the list came although the bot was stopped")
    world.say("It is 09:37. The bot is started again.")
    for replica, pid in old:
        await world.supervisor.back(replica, pid, _READY_WITHIN)

    async def there() -> asyncpg.Record | None:
        row = await world.pool.fetchrow(SQL["run"], MORNING, nine)
        return row if row is not None and row["ts"] else None

    row = await acting.until(there, "the morning's list", _READY_WITHIN)
    await acting.settled(world)
    if row["state"] != "late":
        raise NotSo(f"the list of 09:00 is not late but {row['state']}")
    late = round((row["at"] - nine).total_seconds()) // 60
    return (
        f"The morning's list is there since {row['at'].astimezone(CALENDAR.zone):%H:%M}, once, and says that "
        f"it came {late} minutes late. In #email-operations it is OPS-{row['case_id']:04}."
    )


@asynccontextmanager
async def _form(world: World, who: str, form: str) -> AsyncIterator[str]:
    """Wait for a form that this person asked for; give its id, and close what is left of it."""
    person = acting.deed(world, who).person.id

    async def there() -> str | None:
        stack = world.slack.state.stacks.get(person) or []
        filled = stack and stack[-1].body.get("callback_id") == form and stack[-1].body.get("submit")
        return stack[-1].id if filled else None

    try:
        yield await acting.until(there, f"the form {form}")
    finally:
        if world.slack.state.stacks.get(person):
            await clicks.close(acting.deed(world, who), None)


async def _submit(world: World, who: str, view: str, values: Mapping[str, Any]) -> None:
    submitted = await clicks.submit(acting.deed(world, who), view, dict(values))
    if submitted["result"] == "errors":
        raise NotSo(f"a form was not taken ({submitted['errors'] or submitted['error']})")


async def _press(world: World, who: str, ts: str, button: str) -> JSON:
    """Press a button of a message in #email-operations; return what this person was shown, or nothing."""
    pressed = await clicks.click_message(acting.deed(world, who), acting.OPERATIONS, ts, button, None)
    if not pressed["acknowledged"]:
        raise NotSo(f"{button} failed ({pressed['error']})")
    return dict(pressed["answer"] or {})


def _seen(world: World, who: str, ts: str) -> JSON:
    """Return a message of #email-operations as this person sees it."""
    person = acting.deed(world, who).person.id
    channel = world.slack.state.channel_by_name(acting.OPERATIONS)
    message = channel.find(ts, person) if channel else None
    if message is None:
        raise NotSo("the handoff's message is gone")
    return dict(world.slack.shown.message(message, person))


def _offered(shown: JSON, action: str) -> list[str]:
    """Return the values of the buttons of an action in what somebody sees."""
    return [str(one["value"]) for one in shown.get("buttons") or [] if one["action_id"] == action]


async def _under_way(world: World) -> asyncpg.Record | None:
    return await world.pool.fetchrow(SQL["under_way"])


async def _there(world: World, state: str) -> asyncpg.Record:
    """Wait until the handoff under way stands so, and shows it."""

    async def so() -> asyncpg.Record | None:
        row = await _under_way(world)
        return row if row is not None and row["state"] == state else None

    row = await acting.until(so, f"the handoff as {state}")
    await acting.settled(world)
    return row


async def _take_all_but(world: World, who: str, spare: frozenset[int]) -> None:
    """Let the receiver take every item but these, from the message or from the pages of all items.

    Raises:
        NotSo: some cannot be taken.
    """
    row = await _there(world, "handed_over")
    for _ in range(_ROUNDS):
        open_ = await world.pool.fetch(SQL["open_items"], row["case_id"])
        left = [one["value"] for one in open_ if one["n"] not in spare]
        if not left:
            return
        shown = _seen(world, who, row["ts"])
        if not set(left) & set(_offered(shown, _TAKE)):
            shown = await _press(world, who, row["ts"], "handoff.show")
            while not set(left) & set(_offered(shown, _TAKE)) and _offered(shown, "handoff.next"):
                shown = await _press(world, who, shown["ts"], "handoff.next")
        # At once: taking an item shows in the message only, and a press waits some seconds for an answer of its own.
        values = [value for value in _offered(shown, _TAKE) if value in left]
        await asyncio.gather(*(_press(world, who, shown["ts"], value) for value in values))
        await acting.settled(world)
    raise NotSo(f"{acting.name_of(world, who)} could not take all items")


async def _end_earlier(world: World) -> None:
    """Let whoever has a handoff from before take all of it and accept, so that another may begin."""
    row = await _under_way(world)
    if row is None or row["state"] != "handed_over":
        return
    person = world.slack.state.people[row["incoming"]].handle
    world.say(f"A handoff is still under way: {acting.name_of(world, person)} takes what is left and accepts first.")
    await _take_all_but(world, person, frozenset())
    await _press(world, person, row["ts"], "handoff.accept")
    async with _form(world, person, "handoff.accept") as view:
        await _submit(world, person, view, {"readback": _READ_BACK})
    await acting.settled(world)


async def _hand_over(world: World) -> int:
    """Let Aoi Tanaka, on call, hand over to Ren Mori with a note that nobody will want; return its number."""
    if await world.pool.fetchval(SQL["on_call"]) != acting.deed(world, _FROM).person.id:
        await deeds.command(acting.deed(world, _FROM), acting.OPERATIONS, "/faxi-oncall take")
    posted = await deeds.message(acting.deed(world, "op3"), acting.OPERATIONS, _MESSAGE, None)
    await deeds.shortcut(acting.deed(world, _FROM), "Add to handoff", acting.OPERATIONS, posted["ts"])
    async with _form(world, _FROM, "handoff.note") as view:
        await _submit(world, _FROM, view, {"words": _NOTE})
    await acting.settled(world)
    row = await _under_way(world)
    if row is None:
        await deeds.command(acting.deed(world, _FROM), acting.OPERATIONS, f"/faxi-handoff @{_TO}")
        row = await _there(world, "draft")
    if _offered(_seen(world, _FROM, row["ts"]), "handoff.send"):
        await _press(world, _FROM, row["ts"], "handoff.send")
    else:
        await _press(world, _FROM, row["ts"], "handoff.choose")
        async with _form(world, _FROM, "handoff.give") as view:
            await _submit(world, _FROM, view, {"person": acting.deed(world, _TO).person.id})
    row = await _there(world, "handed_over")
    return int(await world.pool.fetchval(SQL["newest_note"], row["case_id"]))


async def _called(world: World, kind: str, note: str) -> asyncpg.Record:
    """Move business time to a call about the handoff, and hold that it was made and that nobody has accepted."""
    row = await _there(world, "handed_over")
    at = await world.pool.fetchval(SQL["call_at"], kind, row["case_id"])
    if at is None:
        raise NotSo(f"no call {kind} is planned")
    await acting.move_to(world, at)
    row = await _there(world, "handed_over")
    if row[note] is None:
        raise NotSo(f"nobody was called at {at:%H:%M} UTC")
    return row


async def unwanted_item(world: World) -> str:
    """A handoff is sent, and one of its items is taken by nobody: the receiver is called, then management."""
    now = world.slack.clock.now()
    if any(CALENDAR.is_quiet(now + span) for span in (timedelta(), _CALLS)):
        world.say("Nobody is called at night: business time moves to the next working day.")
        await acting.move_to(world, CALENDAR.next_opening(now))
    await _end_earlier(world)
    old, new = acting.name_of(world, _FROM), acting.name_of(world, _TO)
    world.say(f"{old} is on call, notes something that nobody likes to do, and hands over to {new}.")
    unwanted = await _hand_over(world)
    world.say(f"{new} takes every item but number {unwanted}. Without it, nothing can be accepted.")
    await _take_all_but(world, _TO, frozenset({unwanted}))
    world.say("A quarter of an hour passes: the receiver is called.")
    await _called(world, handoff_calls.REMIND, "reminded_at")
    world.say("Another quarter of an hour passes: management is called.")
    row = await _called(world, handoff_calls.RAISE, "raised_at")
    duty = await world.pool.fetchval(SQL["on_call"])
    if duty != acting.deed(world, _FROM).person.id:
        raise NotSo(f"{acting.name_of(world, str(duty))} is on call, not {old}")
    return (
        f"Item {unwanted} of OPS-{row['case_id']:04} has no taker: {new} was called after 15 minutes, management "
        f"after 30, and {old} stays on call until somebody accepts. {new} may still take it, or give it to another."
    )


PLAYS = (
    Play(
        Scenario(
            "bot-down",
            "The bot was down at nine o'clock",
            "Look at #email-operations: the morning's list is there, late, and says so. The clock is at 09:37.",
        ),
        down_at_nine,
    ),
    Play(
        Scenario(
            "unwanted-item",
            "A handoff with one item nobody wants",
            "Look at the handoff in #email-operations, and its thread: who is called, who stays on call. The clock is "
            "half an hour further.",
        ),
        unwanted_item,
    ),
)
"""The scenarios about lists and handoffs."""
