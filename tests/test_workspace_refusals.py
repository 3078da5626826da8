"""What is wrong in blocks and views whatever its length is refused by Slack's own name of the error."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.support.block_kit import JSON, actions, asking, button, modal, mrkdwn, picture, plain, section, select
from tests.support.workspace import Hands, opened_trigger, running


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace."""
    async with running(tmp_path) as made:
        yield made


async def refused(call: Any) -> str:
    """Return the error's name with which Slack refuses this call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


REFUSED_BLOCKS: Mapping[str, list[JSON]] = {
    "a table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}],
    "a markdown block": [{"type": "markdown", "text": "x"}],
    "a video": [{"type": "video", "alt_text": "x"}],
    "an unknown field": [section(colour="red")],
    "a header in mrkdwn": [{"type": "header", "text": mrkdwn("x")}],
    "a header of level 0": [{"type": "header", "text": plain("x"), "level": 0}],
    "a header of level 5": [{"type": "header", "text": plain("x"), "level": 5}],
    "an empty text": [{"type": "section", "text": mrkdwn("")}],
    "a section without text": [{"type": "section"}],
    "a button in mrkdwn": [actions(button(text=mrkdwn("x")))],
    "an unknown style": [actions(button(style="green"))],
    "a row without elements": [actions()],
    "a select without options": [select(options=[])],
    "an initial option that is none": [select(initial_option={"text": plain("y"), "value": "y"})],
    "an image without alt text": [picture(alt_text="")],
    "an image without a source": [{"type": "image", "alt_text": "x"}],
    "an image of a file that is not there": [{"type": "image", "alt_text": "x", "slack_file": {"id": "F0NONE"}}],
    "a block id twice": [section(block_id="x"), section(block_id="x")],
    "an action id twice in a block": [actions(button(action_id="x"), button(action_id="x"))],
    "an empty text in rich text": [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": ""}]}],
        }
    ],
    "emoji in mrkdwn": [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
    "a text input outside an input": [actions({"type": "plain_text_input"})],
}
"""Blocks that Slack refuses whatever their length."""


@pytest.mark.parametrize("what", sorted(REFUSED_BLOCKS))
async def test_what_is_wrong_in_blocks_is_refused(hands: Hands, what: str) -> None:
    call = hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=REFUSED_BLOCKS[what])
    assert await refused(call) == "invalid_blocks"


async def test_an_unsafe_block_is_refused_by_its_name(hands: Hands) -> None:
    with pytest.raises(SlackApiError) as caught:
        await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=REFUSED_BLOCKS["a table"])
    assert "unsupported block type: table" in caught.value.response["response_metadata"]["messages"][0]


REFUSED_VIEWS: Mapping[str, JSON] = {
    "an input without submit": {"type": "modal", "title": plain("x"), "blocks": [asking()]},
    "no title": {"type": "modal", "blocks": []},
    "a home": {"type": "home", "blocks": []},
    "a field that is not there": modal(colour="red"),
    "a block id twice": modal(section(block_id="x"), section(block_id="x")),
    "a shortest length above the longest": modal(
        asking(element={"type": "plain_text_input", "min_length": 9, "max_length": 8})
    ),
}
"""Views that no modal may be."""


@pytest.mark.parametrize("what", sorted(REFUSED_VIEWS))
async def test_what_is_wrong_in_a_modal_is_refused(hands: Hands, what: str) -> None:
    call = hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=REFUSED_VIEWS[what])
    assert await refused(call) == "invalid_arguments"


async def test_a_date_with_its_time_is_asked_for_in_modals_and_not_at_home(hands: Hands) -> None:
    for block in (asking(element={"type": "datetimepicker"}), actions({"type": "datetimepicker"})):
        view = modal(block, submit=plain("x"))
        assert (await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=view))["ok"]
        with pytest.raises(SlackApiError) as caught:
            await hands.client.views_publish(user_id="U0OP1", view={"type": "home", "blocks": [section(), block]})
        assert caught.value.response["error"] == "invalid_arguments"
        (said,) = caught.value.response["response_metadata"]["messages"]
        assert "unsupported element type: datetimepicker [json-pointer:/view/blocks/1/element" in said


async def test_an_action_id_may_come_again_in_another_block(hands: Hands) -> None:
    blocks = [actions(button(action_id="x")), actions(button(action_id="x"))]
    assert (await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=blocks))["ok"]


async def test_a_message_needs_text_or_blocks(hands: Hands) -> None:
    assert await refused(hands.client.api_call("chat.postMessage", json={"channel": "C0ALERTS"})) == "no_text"


async def test_blocks_must_be_a_list_of_objects(hands: Hands) -> None:
    for wrong in ("[", '"x"', "[1]"):
        call = hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=wrong)
        assert await refused(call) == "invalid_blocks_format"


async def test_blocks_may_come_as_a_json_string(hands: Hands) -> None:
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=json.dumps([section()]))
    assert posted["message"]["blocks"][0]["type"] == "section"
