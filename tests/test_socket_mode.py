"""Socket Mode keeps two connections to Slack, gets them back, and stops without losing an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.slack.client import identify, make_client, open_session
from bot.slack.listeners import AckAnswer, make_app
from bot.slack.socket_mode import SocketMode
from tests.support.edge import Door
from tests.support.floor import Floor, chosen, running_floor

FAST = 0.4
"""Seconds of patience of the watchdogs in these tests."""


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    """Run a workspace for one test."""
    async with running_floor(tmp_path) as running:
        yield running


async def connection(floor: Floor, door: Any, **options: Any) -> SocketMode:
    """Make the bot's connections to the workspace; the caller starts and closes them."""
    app = make_app(floor.settings, floor.client, door, await identify(floor.client))
    token = floor.settings.slack_app_token
    assert token is not None
    return SocketMode(app, token.get_secret_value(), use_proxy=False, **options)


@asynccontextmanager
async def connected(floor: Floor, door: Any, **options: Any) -> AsyncIterator[SocketMode]:
    """Connect the bot to the workspace."""
    made = await connection(floor, door, **options)
    assert await made.start()
    await until(lambda: all_up(made))
    yield made
    await made.close()


async def all_up(made: SocketMode) -> bool:
    """Say whether both connections are up."""
    return await made.connected() == 2


async def until(so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not await so():
            await asyncio.sleep(0.02)


async def acknowledged(floor: Floor, text: str = "") -> bool:
    """Let somebody type the command, and say whether the bot acknowledged it."""
    before = len(await floor.sent())
    given = {"as": "op1", "channel": "email-operations", "text": f"/faxi-help {text}"}
    typing = asyncio.create_task(floor.control("command", **given))

    async def delivered() -> bool:
        return len(await floor.sent()) > before

    await until(delivered)
    # The workspace would go on waiting for an answer to the person, which is not this room's.
    typing.cancel()
    return (await floor.sent())[-1]["response"] is None


async def test_two_connections_of_this_process_are_open(floor: Floor) -> None:
    async with connected(floor, Door()):
        connections = (await floor.state())["connections"]
        assert len(connections) == 2
        assert len({one["process"] for one in connections}) == 1
        assert isinstance(connections[0]["process"], int)
    assert (await floor.state())["connections"] == []


async def test_a_command_arrives_once_and_is_acknowledged(floor: Floor) -> None:
    door = Door()
    async with connected(floor, door):
        assert await acknowledged(floor, "show the payload please")
    assert [one[:2] for one in door.arrived] == [("command", "/faxi-help")]
    assert door.arrived[0][2]["text"] == "show the payload please"


async def test_an_interaction_that_fails_at_the_door_is_acknowledged_all_the_same(floor: Floor) -> None:
    door = Door(failure=RuntimeError("the door is stuck"))
    async with connected(floor, door):
        assert await acknowledged(floor)
    assert len(door.arrived) == 1


@pytest.mark.parametrize("kind", ["disconnect", "drop"])
async def test_a_lost_connection_comes_back(floor: Floor, kind: str) -> None:
    async with connected(floor, Door()) as made:
        before = {one["id"] for one in (await floor.state())["connections"]}
        await floor.control("faults", kind=kind)

        async def renewed() -> bool:
            now = {one["id"] for one in (await floor.state())["connections"]}
            return len(now) == 2 and not now & before and await all_up(made)

        await until(renewed)
        assert await acknowledged(floor)


async def test_while_one_connection_is_lost_the_other_answers(floor: Floor) -> None:
    async with connected(floor, Door()) as made:
        lost = (await floor.state())["connections"][0]["id"]
        await floor.control("faults", kind="drop", connection=lost)
        assert await made.connected() >= 1
        assert await acknowledged(floor)


async def test_a_half_open_connection_is_noticed_and_replaced(floor: Floor) -> None:
    async with connected(floor, Door()) as made:
        before = {one["id"] for one in (await floor.state())["connections"]}
        await floor.control("faults", kind="half_open")

        async def replaced() -> bool:
            now = {one["id"] for one in (await floor.state())["connections"]}
            return len(now - before) == 2 and await all_up(made)

        await until(replaced)


async def test_a_start_while_slack_is_away_is_bounded_and_connects_later(floor: Floor) -> None:
    made = await connection(floor, Door(), patience=FAST)
    await floor.control("faults", kind="html", method="apps.connections.open")
    assert not await made.start(within=0.1)
    assert await made.connected() == 0
    await floor.control("faults", clear=True)
    await until(lambda: all_up(made))
    await made.close()


async def test_the_acknowledgement_under_way_is_delivered_before_the_connection_closes(floor: Floor) -> None:
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(*_given: Any) -> AckAnswer | None:
        arrived.set()
        await may_answer.wait()
        return None

    made = await connection(floor, slow)
    await made.start()
    typing = asyncio.create_task(acknowledged(floor))
    await arrived.wait()
    closing = asyncio.create_task(made.close())
    await asyncio.sleep(0)
    may_answer.set()
    assert await closing == 0
    assert await typing


async def test_an_acknowledgement_that_does_not_come_does_not_hold_up_the_stop(floor: Floor) -> None:
    arrived = asyncio.Event()

    async def stuck(*_given: Any) -> AckAnswer | None:
        arrived.set()
        await asyncio.sleep(60)
        return None

    made = await connection(floor, stuck)
    await made.start()
    typing = asyncio.create_task(acknowledged(floor))
    await arrived.wait()
    assert await made.close(grace=0.05) == 1
    assert not await typing


async def test_after_the_stop_has_begun_nothing_new_is_taken(floor: Floor) -> None:
    door = Door()
    async with connected(floor, door) as made:
        made.stop_accepting()
        assert not await acknowledged(floor)
    assert door.arrived == []


async def test_a_stop_with_half_open_connections_is_bounded_and_leaves_no_task(floor: Floor) -> None:
    before = asyncio.all_tasks()
    async with connected(floor, Door()):
        await floor.control("faults", kind="half_open")
    ours = {
        task for task in asyncio.all_tasks() - before if "SocketModeClient" in repr(task) or "Socket Mode" in repr(task)
    }

    async def ended() -> bool:
        return all(task.done() for task in ours)

    await until(ended, seconds=5)


async def test_a_refused_address_is_given_up_for_a_new_one() -> None:
    asked = 0

    async def opens(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        address = f"ws://{request.host}/{'link' if asked > 2 else 'refused'}"
        return web.json_response({"ok": True, "url": address})

    async def link(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket

    async def who(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0FAXI"})

    slack = web.Application()
    slack.router.add_route("*", "/api/apps.connections.open", opens)
    slack.router.add_route("*", "/api/auth.test", who)
    slack.router.add_get("/link", link)
    runner = web.AppRunner(slack, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = chosen(f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    async with open_session() as session:
        client = make_client(settings, session)
        app = make_app(settings, client, Door(), await identify(client))
        made = SocketMode(app, "xapp-of-the-tests", patience=FAST, use_proxy=False)
        assert not await made.start(within=0.1)
        await until(lambda: all_up(made))
        await made.close()
    await runner.cleanup()
    assert asked == 4
