"""Faults of a bad day: each is switched on by kind, method and count, and seen by the real client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.support.workspace import Hands, opened_trigger, running


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace."""
    async with running(tmp_path) as made:
        yield made


async def post(hands: Hands, channel: str = "C0ALERTS") -> Any:
    """Post a message."""
    return await hands.client.chat_postMessage(channel=channel, text="x")


async def seen(hands: Hands) -> int:
    """Count the messages in the alerts channel."""
    return len(await hands.see("messages", who="op1", channel="#email-alerts"))


async def test_429_says_after_how_many_seconds(hands: Hands) -> None:
    await hands.do("faults", kind="ratelimited", method="chat.postMessage", retry_after=7, count=1)
    with pytest.raises(SlackApiError) as caught:
        await post(hands)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert (await post(hands))["ok"]


async def test_a_server_error_does_nothing(hands: Hands) -> None:
    await hands.do("faults", kind="server_error", status=500, count=1)
    with pytest.raises(SlackApiError) as caught:
        await post(hands)
    assert caught.value.response.status_code == 500
    assert await seen(hands) == 0


async def test_an_html_page_comes_instead_of_json(hands: Hands) -> None:
    await hands.do("faults", kind="html", count=2)
    with pytest.raises(SlackApiError) as caught:
        await post(hands)
    assert caught.value.response.status_code == 502
    async with hands.session.post(f"{hands.workspace.url}/api/auth.test") as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "<html>" in await response.text()


async def test_an_error_of_choice_is_answered(hands: Hands) -> None:
    await hands.do("faults", kind="error", error="account_inactive", count=1)
    with pytest.raises(SlackApiError) as caught:
        await post(hands)
    assert caught.value.response["error"] == "account_inactive"


async def test_a_call_without_answer_does_nothing(hands: Hands) -> None:
    await hands.do("faults", kind="timeout", count=1)
    client = hands.client
    client.timeout = 1
    with pytest.raises(asyncio.TimeoutError):
        await client.chat_postMessage(channel="C0ALERTS", text="x")
    assert await seen(hands) == 0


async def test_a_lost_answer_leaves_the_message_posted(hands: Hands) -> None:
    await hands.do("faults", kind="answer_lost", method="chat.postMessage", count=1)
    with pytest.raises(aiohttp.ClientError):
        await post(hands)
    assert await seen(hands) == 1


async def test_a_fault_strikes_only_its_method_and_channel(hands: Hands) -> None:
    await hands.do("faults", kind="server_error", method="chat.postMessage", channel="#email-operations")
    assert (await post(hands))["ok"]
    assert (await hands.client.auth_test())["ok"]
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await post(hands, "C0OPERATIONS")
    assert [one["hits"] for one in (await hands.see("faults"))["faults"]] == [2]


async def test_a_response_url_can_fail_too(hands: Hands) -> None:
    slack = hands.workspace.slack
    url = slack.permits.url(slack.permits.interaction("U0OP1"), "C0ALERTS", "command")
    address = f"{hands.workspace.url}/respond/{url}"
    await hands.do("faults", kind="server_error", method="response_url", count=1)
    async with hands.session.post(address, json={"text": "x"}) as response:
        assert response.status == 503
    await hands.do("faults", kind="answer_lost", method="response_url", count=1)
    with pytest.raises(aiohttp.ClientError):
        await hands.session.post(address, json={"text": "x"})
    assert await seen(hands) == 1


async def test_a_lost_answer_leaves_the_modal_open(hands: Hands) -> None:
    await hands.do("faults", kind="answer_lost", method="views.open", count=1)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    with pytest.raises(aiohttp.ClientError):
        await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=view)
    assert len(await hands.see("views", who="op1")) == 1


@pytest.mark.parametrize("body", [{}, {"clear": True}])
async def test_faults_are_switched_off_together(hands: Hands, body: dict[str, Any]) -> None:
    both = [{"kind": "html"}, {"kind": "server_error", "method": "auth.test"}]
    assert len((await hands.do("faults", faults=both))["faults"]) == 2
    assert (await hands.do("faults", **body))["faults"] == []
    assert (await post(hands))["ok"]


async def test_delete_switches_faults_off(hands: Hands) -> None:
    await hands.do("faults", kind="html")
    async with hands.session.delete(f"{hands.workspace.url}/control/faults") as response:
        assert (await response.json())["faults"] == []


async def test_an_unknown_fault_is_an_error_in_words(hands: Hands) -> None:
    done = await hands.do("faults", kind="earthquake")
    assert hands.statuses[-1] == 400
    assert "kind" in done["error"]
