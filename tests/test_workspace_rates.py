"""How often the bot may call: tiers, one post a second a channel, and the pace that multiplies both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from bot.local.workspace.limits import METHODS, number
from tests.support.workspace import Hands, running


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace with Slack's own limits."""
    async with running(tmp_path, pace=1.0) as made:
        yield made


async def outcome(hands: Hands, method: str, **arguments: str) -> tuple[str, str | None]:
    """Call a method with the token it takes; return the error's name (or ``ok``) and Retry-After."""
    token = hands.workspace.app_token if METHODS[method].app_token else hands.workspace.bot_token
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{hands.workspace.url}/api/{method}"
    async with hands.session.post(url, json=arguments, headers=headers) as response:
        body = await response.json()
        assert (response.status == 429) == (body.get("error") == "ratelimited")
        return body.get("error", "ok"), response.headers.get("Retry-After")


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_each_method_has_its_calls_a_minute_and_not_one_more(hands: Hands, method: str) -> None:
    for _ in range(METHODS[method].a_minute):
        error, _ = await outcome(hands, method, channel="C0NONE", user="U0NONE")
        assert error != "ratelimited"
    error, after = await outcome(hands, method, channel="C0NONE", user="U0NONE")
    assert error == "ratelimited"
    assert after is not None
    assert 1 <= int(after) <= 60


async def test_a_bot_that_does_not_pace_its_posts_is_refused(hands: Hands) -> None:
    for _ in range(number("post.channel_burst")):
        assert (await outcome(hands, "chat.postMessage", channel="C0ALERTS", text="x"))[0] == "ok"
    error, after = await outcome(hands, "chat.postMessage", channel="C0ALERTS", text="x")
    assert (error, after) == ("ratelimited", str(number("post.channel_a_second")))
    assert (await outcome(hands, "chat.postMessage", channel="C0OPERATIONS", text="x"))[0] == "ok"


async def test_the_real_client_sees_429_and_retry_after(hands: Hands) -> None:
    for _ in range(number("post.channel_burst")):
        await hands.client.chat_postMessage(channel="C0ALERTS", text="x")
    with pytest.raises(SlackApiError) as caught:
        await hands.client.chat_postMessage(channel="C0ALERTS", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.headers["Retry-After"] == "1"


async def test_answers_to_people_are_not_counted_as_posts(hands: Hands) -> None:
    for _ in range(number("post.channel_burst") + 5):
        arguments = {"channel": "C0ALERTS", "user": "U0OP1", "text": "x"}
        assert (await outcome(hands, "chat.postEphemeral", **arguments))[0] == "ok"


async def test_pace_multiplies_the_limits(tmp_path: Path) -> None:
    async with running(tmp_path, pace=100_000.0) as hands:
        for _ in range(METHODS["conversations.list"].a_minute * 2):
            assert (await outcome(hands, "conversations.list"))[0] == "ok"
        assert hands.workspace.environment(transport="http")["FAXI_PACE"] == "100000.0"
