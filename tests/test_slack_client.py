"""What a failed call of Slack means: slower, no, or away."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import Away, Refused, SlackCallError, Throttled, failures, identify, make_client, open_session
from tests.support.floor import chosen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[AsyncWebClient]:
    """Run a server that answers every method so, and give a client of it."""
    app = web.Application()
    app.router.add_route("*", "/api/{method}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with open_session() as session:
        yield make_client(chosen(f"http://127.0.0.1:{runner.addresses[0][1]}/api/"), session)
    await runner.cleanup()


async def failure_of(handler: Handler) -> SlackCallError:
    """Post a message to a server that answers so, and return how it failed; it is asked once."""
    asked = 0

    async def counted(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return await handler(request)

    async with answering(counted) as client:
        with pytest.raises(SlackCallError) as caught, failures():
            await client.chat_postMessage(channel="C0OPS", text="One sentence.")
    assert asked == 1
    return caught.value


def json_answer(content: object, status: int = 200, **headers: str) -> Handler:
    """Answer with JSON."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.json_response(content, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return handler


def page_answer(text: str, status: int, content_type: str) -> Handler:
    """Answer with something that is not Slack's JSON."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return handler


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Take the request and break the connection."""
    await request.read()
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize(("value", "wait"), [("7", 7.0), ("soon", 30.0), ("-3", 0.0), ("nan", 30.0), ("99999", 3600.0)])
async def test_slower_says_how_long_to_wait(value: str, wait: float) -> None:
    failure = await failure_of(json_answer({"ok": False, "error": "ratelimited"}, 429, Retry_After=value))
    assert isinstance(failure, Throttled)
    assert failure.retry_after == wait


async def test_slower_without_a_time_or_as_a_page_is_slower_too() -> None:
    for handler in (json_answer({"ok": False, "error": "ratelimited"}), page_answer("<html>", 429, "text/html")):
        failure = await failure_of(handler)
        assert isinstance(failure, Throttled)
        assert failure.retry_after == 30


async def test_no_names_slacks_word_and_what_it_needs() -> None:
    scope = await failure_of(json_answer({"ok": False, "error": "missing_scope", "needed": "chat:write"}))
    assert isinstance(scope, Refused)
    assert (scope.error, scope.needs) == ("missing_scope", "scope chat:write")
    blocks = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] too long"]}}
    failure = await failure_of(json_answer(blocks))
    assert isinstance(failure, Refused)
    assert "too long" in str(failure)


AWAY = {
    "a gateway's page": (page_answer("<html>Bad gateway</html>", 502, "text/html"), True),
    "a page with status 200": (page_answer("<html>", 200, "text/html"), True),
    "plain text": (page_answer("upstream error", 503, "text/plain"), True),
    "broken JSON": (page_answer('{"ok": tr', 200, "application/json"), True),
    "JSON that is no object": (json_answer([]), True),
    "Slack's own trouble": (json_answer({"ok": False, "error": "internal_error"}), True),
    "trouble told with 500": (json_answer({"ok": False, "error": "anything"}, 500), True),
    "a proxy's refusal": (page_answer("<html>Forbidden</html>", 403, "text/html"), False),
    "a connection that breaks": (breaks_off, True),
}


@pytest.mark.parametrize(("handler", "answer_lost"), AWAY.values(), ids=AWAY)
async def test_away_says_whether_the_message_may_be_there_all_the_same(handler: Handler, *, answer_lost: bool) -> None:
    failure = await failure_of(handler)
    assert isinstance(failure, Away)
    assert failure.answer_lost is answer_lost


async def test_no_connection_means_that_nothing_was_sent() -> None:
    async with open_session() as session:
        client = make_client(chosen("http://127.0.0.1:1/api/"), session)
        with pytest.raises(Away) as caught, failures():
            await client.auth_test()
    assert caught.value.answer_lost is False


async def test_no_answer_in_time_may_have_been_carried_out() -> None:
    with pytest.raises(Away) as caught, failures():
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    assert caught.value.answer_lost is True


async def test_a_mistake_of_ours_stays_what_it_is() -> None:
    with pytest.raises(KeyError), failures():
        raise KeyError("ours")


async def test_the_bot_learns_who_it_is_and_says_which_process_it_is() -> None:
    agents = []

    async def who(request: web.Request) -> web.StreamResponse:
        agents.append(request.headers["User-Agent"])
        answer = {
            "ok": True,
            "user_id": "U0BOT",
            "bot_id": "B0BOT",
            "team_id": "T0FAXI",
            "url": "https://faxi.example/",
        }
        return web.json_response(answer)

    async with answering(who) as client:
        identity = await identify(client)
    assert (identity.bot_user_id, identity.bot_id, identity.team_id) == ("U0BOT", "B0BOT", "T0FAXI")
    assert "xoxb" not in repr(identity)
    assert agents[0].startswith("faxi-bot/")
    assert f"pid/{os.getpid()}" in agents[0]


async def test_a_workspace_on_this_machine_is_not_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with answering(json_answer({"ok": True, "user_id": "U", "bot_id": "B", "team_id": "T"})) as client:
        assert (await identify(client)).team_id == "T"
