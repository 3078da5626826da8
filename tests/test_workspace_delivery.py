"""Envelopes and signed requests: one receiver each, three seconds, redelivery of events only."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace import deeds
from bot.local.workspace.limits import number
from tests.support.workspace import ANYTHING, Hands, bolt_app, connected, eventually, running, served

JSON = dict[str, Any]


@pytest.fixture
async def hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hands]:
    """Run a workspace in which nobody waits for a bot that only listens, and redelivery takes no minutes."""
    monkeypatch.setattr(deeds, "ANSWER_WITHIN", 0.1)
    async with running(tmp_path, pace=1000.0) as made:
        yield made


@contextlib.asynccontextmanager
async def socket(hands: Hands, pid: int = 1) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a bare socket, as a client does that acknowledges nothing by itself."""
    client = AsyncWebClient(
        token=hands.workspace.app_token, base_url=f"{hands.workspace.url}/api/", user_agent_prefix=f"faxi-bot pid/{pid}"
    )
    opened = await client.apps_connections_open(app_token=hands.workspace.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as link:
        assert (await link.receive_json())["type"] == "hello"
        yield link


class Receiver:
    """A bare HTTP server that answers as the test says, and keeps what it got."""

    def __init__(self) -> None:
        """Answer 200 at first."""
        self.got: list[tuple[dict[str, str], str]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.wait = 0.0

    async def _answer(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.text()))
        await asyncio.sleep(self.wait)
        return web.Response(status=self.status, headers=self.headers)

    @contextlib.asynccontextmanager
    async def serving(self, hands: Hands) -> AsyncIterator[str]:
        """Serve, and have the workspace deliver here."""
        app = web.Application()
        app.router.add_post("/slack/events", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        hands.workspace.deliver_to.append(address)
        yield address
        hands.workspace.deliver_to.remove(address)
        await runner.cleanup()


def counting(hands: Hands, heard: Counter[str], name: str) -> AsyncApp:
    """Make a Bolt app that counts the commands it hears, under its name."""
    app = bolt_app(hands)

    @app.command(ANYTHING)
    async def take(ack: Any) -> None:
        await ack()
        heard[name] += 1

    return app


async def command(hands: Hands, **more: Any) -> Any:
    """Type a command as op1."""
    return await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test x", **more)


async def mention(hands: Hands, **more: Any) -> Any:
    """Mention the bot as op1."""
    return await hands.do("message", who="op1", channel="#email-alerts", text="@faxi-bot help", **more)


async def test_a_ticket_opens_one_socket(hands: Hands) -> None:
    opened = await hands.client.apps_connections_open(app_token=hands.workspace.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]) as link:
            assert (await link.receive_json())["connection_info"]["app_id"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_there_are_at_most_ten_sockets(hands: Hands) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(number("socket.connections")):
            await stack.enter_async_context(socket(hands))
        opened = await hands.client.apps_connections_open(app_token=hands.workspace.app_token)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        link = await stack.enter_async_context(session.ws_connect(opened["url"]))
        assert await link.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}


async def test_a_process_is_known_by_the_pid_in_its_user_agent(hands: Hands) -> None:
    async with socket(hands, pid=4711):
        state = await hands.see("state")
    assert [(one["process"], one["transport"]) for one in state["connections"]] == [(4711, "socket")]


async def test_each_envelope_goes_to_one_socket_in_rotation_or_by_choice(hands: Hands) -> None:
    heard: Counter[str] = Counter()
    one, two = counting(hands, heard, "one"), counting(hands, heard, "two")
    async with connected(hands, one), connected(hands, two):
        first, second = [link["id"] for link in (await hands.see("state"))["connections"]]
        for _ in range(4):
            await command(hands)
        assert heard == {"one": 2, "two": 2}
        await command(hands, via=first)
        await command(hands, via=first)
        await command(hands, via=second)
    assert heard == {"one": 4, "two": 3}


async def test_replicas_behind_http_are_chosen_the_same_way(hands: Hands) -> None:
    heard: Counter[str] = Counter()
    async with contextlib.AsyncExitStack() as stack:
        for name in ("one", "two"):
            app = counting(hands, heard, name)
            hands.workspace.deliver_to.append(await stack.enter_async_context(served(app)))
        await command(hands, via="http-2")
        await command(hands, via=hands.workspace.deliver_to[1])
        await command(hands, via="http-1")
        hands.workspace.deliver_to.clear()
    assert heard == {"one": 1, "two": 2}


async def test_a_connection_that_is_not_there_is_an_error(hands: Hands) -> None:
    done = await command(hands, via="socket-9")
    assert hands.statuses[-1] == 404
    assert "socket-9" in done["error"]


async def test_without_any_bot_a_command_fails_at_once(hands: Hands) -> None:
    done = await command(hands)
    assert (done["acknowledged"], done["error"]) == (False, "dispatch_failed")
    [seen] = await hands.see("messages", who="op1", channel="#email-alerts")
    assert seen["plain"] == '/faxi-test failed with the error "dispatch_failed"'
    assert seen["ephemeral"] is True


async def test_a_command_that_is_not_acknowledged_in_three_seconds_is_told_to_its_person(hands: Hands) -> None:
    async with socket(hands) as link:
        done = await command(hands)
        envelope = await link.receive_json()
        with pytest.raises(TimeoutError):
            await link.receive_json(timeout=0.5)
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert (done["acknowledged"], done["error"]) == (False, "operation_timeout")
    assert done["ms"] >= number("acknowledgement.seconds") * 1000
    [seen] = await hands.see("messages", who="op1", channel="#email-alerts")
    assert seen["plain"] == '/faxi-test failed with the error "operation_timeout"'


async def test_an_http_answer_after_three_seconds_is_too_late(hands: Hands) -> None:
    receiver = Receiver()
    receiver.wait = number("acknowledgement.seconds") + 0.5
    async with receiver.serving(hands):
        done = await command(hands)
    assert (done["acknowledged"], done["error"]) == (False, "operation_timeout")


async def test_a_refused_http_request_is_dispatch_failed(hands: Hands) -> None:
    receiver = Receiver()
    receiver.status = 500
    async with receiver.serving(hands):
        done = await command(hands)
    assert (done["acknowledged"], done["error"]) == (False, "dispatch_failed")


async def test_requests_are_signed_over_the_raw_body(hands: Hands) -> None:
    receiver = Receiver()
    async with receiver.serving(hands):
        await command(hands)
        await mention(hands)
    verifier = SignatureVerifier(hands.workspace.signing_secret)
    for headers, body in receiver.got:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + " ", headers)
        assert abs(time.time() - int(headers["X-Slack-Request-Timestamp"])) < number("signature.seconds")
    form = parse_qs(receiver.got[0][1])
    assert form["command"] == ["/faxi-test"]


async def test_signatures_use_machine_time_when_business_time_is_moved(hands: Hands) -> None:
    await hands.do("clock", jump="30d")
    receiver = Receiver()
    async with receiver.serving(hands):
        await command(hands)
    headers, body = receiver.got[0]
    assert SignatureVerifier(hands.workspace.signing_secret).is_valid_request(body, headers)


async def test_an_event_that_is_not_acknowledged_comes_three_times_more(hands: Hands) -> None:
    receiver = Receiver()
    receiver.status = 500
    async with receiver.serving(hands):
        await mention(hands)

        async def look() -> bool:
            return len(receiver.got) == 1 + number("event.retries")

        await eventually(look)
    retries = [headers.get("X-Slack-Retry-Num") for headers, _ in receiver.got]
    assert retries == [None, "1", "2", "3"]
    assert {headers.get("X-Slack-Retry-Reason") for headers, _ in receiver.got[1:]} == {"http_error"}
    assert len({body for _, body in receiver.got}) == 1


async def test_an_event_comes_again_only_until_it_is_acknowledged(hands: Hands) -> None:
    receiver = Receiver()
    receiver.status = 500
    async with receiver.serving(hands):

        async def look() -> int:
            return len(receiver.got)

        await mention(hands)
        await eventually(look)
        receiver.status = 200
        await asyncio.sleep(0.6)
    assert 2 <= len(receiver.got) <= 3


async def test_no_retry_stops_the_redelivery(hands: Hands) -> None:
    receiver = Receiver()
    receiver.status, receiver.headers = 500, {"X-Slack-No-Retry": "1"}
    async with receiver.serving(hands):
        await mention(hands)
        await asyncio.sleep(0.6)
    assert len(receiver.got) == 1


async def test_over_a_socket_an_event_comes_again_with_its_attempt(hands: Hands) -> None:
    async with socket(hands) as link:
        said = asyncio.create_task(mention(hands))
        first = await link.receive_json()
        again = await link.receive_json(timeout=5)
        await link.send_json({"envelope_id": again["envelope_id"]})
        assert (await said)["acknowledged"] is False
    assert first["type"] == "events_api"
    assert (first["retry_attempt"], again["retry_attempt"], again["retry_reason"]) == (0, 1, "timeout")
    assert first["payload"]["event_id"] == again["payload"]["event_id"]
    assert first["envelope_id"] != again["envelope_id"]


async def test_an_acknowledgement_counts_by_whichever_socket_it_comes(hands: Hands) -> None:
    async with socket(hands) as one, socket(hands) as two:
        first = (await hands.see("state"))["connections"][0]["id"]
        typed = asyncio.create_task(command(hands, via=first))
        envelope = await one.receive_json()
        await two.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await typed)["acknowledged"] is True


async def test_a_disconnect_is_followed_by_a_new_connection(hands: Hands) -> None:
    app = bolt_app(hands)

    @app.command(ANYTHING)
    async def take(ack: Any) -> None:
        await ack("here")

    async with connected(hands, app):
        [before] = (await hands.see("state"))["connections"]
        done = await hands.do("faults", kind="disconnect")
        assert done["connections"] == 1

        async def look() -> bool:
            now = (await hands.see("state"))["connections"]
            return bool(now) and now[0]["id"] != before["id"]

        await eventually(look)
        assert (await command(hands))["answer"]["plain"] == "here"


@pytest.mark.long
async def test_a_half_open_connection_swallows_envelopes_until_the_client_notices(hands: Hands) -> None:
    app = bolt_app(hands)

    @app.command(ANYTHING)
    async def take(ack: Any) -> None:
        await ack("here")

    async with connected(hands, app):
        [before] = (await hands.see("state"))["connections"]
        await hands.do("faults", kind="half_open")
        assert (await command(hands))["error"] == "operation_timeout"

        async def look() -> bool:
            return any(one["id"] != before["id"] for one in (await hands.see("state"))["connections"])

        await eventually(look, within=20)
        now = [one["id"] for one in (await hands.see("state"))["connections"] if one["id"] != before["id"]]
        assert (await command(hands, via=now[0]))["answer"]["plain"] == "here"


async def test_a_dropped_connection_is_gone_at_once(hands: Hands) -> None:
    async with socket(hands) as link:
        await hands.do("faults", kind="drop")
        message = await link.receive()
        assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        assert (await hands.see("state"))["connections"] == []
