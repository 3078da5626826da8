"""Each of Slack's numbers: the limit is taken, one more is refused by Slack's own name of the error."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.local.workspace.limits import LIMITS, METHODS, number
from tests.support.block_kit import (
    JSON,
    actions,
    asking,
    button,
    confirm,
    modal,
    mrkdwn,
    of_bytes,
    option,
    options,
    picture,
    plain,
    section,
    select,
)
from tests.support.workspace import Hands, opened_trigger, running

IN_MESSAGES: Mapping[str, Callable[[int], list[JSON]]] = {
    "message.blocks": lambda n: [section() for _ in range(n)],
    "text": lambda n: [{"type": "context", "elements": [mrkdwn("x" * n)]}],
    "block_id": lambda n: [section(block_id="x" * n)],
    "action_id": lambda n: [actions(button(action_id="x" * n))],
    "header.text": lambda n: [{"type": "header", "text": plain("x" * n)}],
    "header.level": lambda n: [{"type": "header", "text": plain("x"), "level": n}],
    "section.text": lambda n: [{"type": "section", "text": mrkdwn("x" * n)}],
    "section.fields": lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}],
    "section.field": lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}],
    "context.elements": lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}],
    "actions.elements": lambda n: [actions(*(button() for _ in range(n)))],
    "image.url": lambda n: [picture(image_url="http://127.0.0.1/".ljust(n, "x"))],
    "image.alt_text": lambda n: [picture(alt_text="x" * n)],
    "image.title": lambda n: [picture(title=plain("x" * n))],
    "input.label": lambda n: [asking(label=plain("x" * n))],
    "input.hint": lambda n: [asking(hint=plain("x" * n))],
    "button.text": lambda n: [actions(button(text=plain("x" * n)))],
    "button.value": lambda n: [actions(button(value="x" * n))],
    "button.url": lambda n: [actions(button(url="http://127.0.0.1/".ljust(n, "x")))],
    "button.accessibility_label": lambda n: [actions(button(accessibility_label="x" * n))],
    "placeholder": lambda n: [select(placeholder=plain("x" * n))],
    "plain_text_input.length": lambda n: [asking(element={"type": "plain_text_input", "max_length": n})],
    "select.options": lambda n: [select(options=options(n))],
    "select.option_groups": lambda n: [
        actions({"type": "static_select", "option_groups": [{"label": plain("x"), "options": options(1)}] * n})
    ],
    "option_group.label": lambda n: [
        actions({"type": "static_select", "option_groups": [{"label": plain("x" * n), "options": options(1)}]})
    ],
    "choices.options": lambda n: [actions({"type": "radio_buttons", "options": options(n)})],
    "overflow.options": lambda n: [actions({"type": "overflow", "options": options(n)})],
    "option.text": lambda n: [option(text=plain("x" * n))],
    "option.value": lambda n: [option(value="x" * n)],
    "option.description": lambda n: [option(description=plain("x" * n))],
    "option.url": lambda n: [
        actions({"type": "overflow", "options": [{"text": plain("x"), "value": "x", "url": "http://".ljust(n, "x")}]})
    ],
    "confirm.title": lambda n: [confirm(title=plain("x" * n))],
    "confirm.text": lambda n: [confirm(text=plain("x" * n))],
    "confirm.confirm": lambda n: [confirm(confirm=plain("x" * n))],
    "confirm.deny": lambda n: [confirm(deny=plain("x" * n))],
}
"""Blocks with ``n`` of what the name says; one too many is ``invalid_blocks``."""

IN_VIEWS: Mapping[str, Callable[[int], JSON]] = {
    "modal.blocks": lambda n: modal(*(section() for _ in range(n))),
    "view.title": lambda n: modal(title=plain("x" * n)),
    "view.submit": lambda n: modal(submit=plain("x" * n)),
    "view.close": lambda n: modal(close=plain("x" * n)),
    "view.private_metadata": lambda n: modal(private_metadata="x" * n),
    "view.callback_id": lambda n: modal(callback_id="x" * n),
    "view.external_id": lambda n: modal(external_id="x" * n),
}
"""Modals with ``n`` of what the name says; one too many is ``invalid_arguments``."""

BY_THEMSELVES = {
    "message.blocks_characters",
    "header.extra_characters",
    "message.text",
    "update.text_bytes",
    "view.bytes",
    "view.stack",
    "home.blocks",
}
"""Limits that have a test of their own in this file."""

ELSEWHERE = {
    "file.alt_text": "test_workspace_files",
    "file.processing_seconds": "test_workspace_files",
    "acknowledgement.seconds": "test_workspace_delivery",
    "trigger_id.seconds": "test_workspace_modals",
    "response_url.uses": "test_workspace_answers",
    "response_url.minutes": "test_workspace_answers",
    "socket.connections": "test_workspace_delivery",
    "event.retries": "test_workspace_delivery",
    "signature.seconds": "test_workspace_delivery",
    "post.channel_a_second": "test_workspace_rates",
    "post.channel_burst": "test_workspace_rates",
}
"""Limits of time and of how often, and where they are tested."""


AS_DOCUMENTED = {
    "message.blocks": 50,
    "modal.blocks": 100,
    "home.blocks": 100,
    "message.blocks_characters": 11_340,
    "header.extra_characters": 100,
    "message.text": 40_000,
    "update.text_bytes": 4_000,
    "view.bytes": 250_000,
    "view.stack": 3,
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
    "view.private_metadata": 3_000,
    "view.callback_id": 255,
    "view.external_id": 255,
    "text": 3_000,
    "block_id": 255,
    "action_id": 255,
    "header.text": 150,
    "header.level": 4,
    "section.text": 3_000,
    "section.fields": 10,
    "section.field": 2_000,
    "context.elements": 10,
    "actions.elements": 25,
    "image.url": 3_000,
    "image.alt_text": 2_000,
    "image.title": 2_000,
    "input.label": 2_000,
    "input.hint": 2_000,
    "button.text": 75,
    "button.value": 2_000,
    "button.url": 3_000,
    "button.accessibility_label": 75,
    "placeholder": 150,
    "plain_text_input.length": 3_000,
    "select.options": 100,
    "select.option_groups": 100,
    "option_group.label": 75,
    "choices.options": 10,
    "overflow.options": 5,
    "option.text": 75,
    "option.value": 150,
    "option.description": 75,
    "option.url": 3_000,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.confirm": 30,
    "confirm.deny": 30,
    "file.alt_text": 1_000,
    "file.processing_seconds": 2,
    "acknowledgement.seconds": 3,
    "trigger_id.seconds": 3,
    "response_url.uses": 5,
    "response_url.minutes": 30,
    "socket.connections": 10,
    "event.retries": 3,
    "signature.seconds": 300,
    "post.channel_a_second": 1,
    "post.channel_burst": 3,
}
"""Slack's numbers written down a second time, by hand: the other tests here read them from the table."""

CALLS_A_MINUTE = {
    "apps.connections.open": 50,
    "auth.test": 300,
    "chat.postEphemeral": 100,
    "chat.postMessage": 300,
    "chat.update": 50,
    "conversations.list": 20,
    "conversations.open": 50,
    "files.completeUploadExternal": 100,
    "files.delete": 50,
    "files.getUploadURLExternal": 100,
    "usergroups.users.list": 20,
    "users.info": 100,
    "views.open": 100,
    "views.publish": 100,
    "views.push": 100,
    "views.update": 100,
}
"""Each method's tier: 2 is 20 calls a minute, 3 is 50, 4 is 100; a special one is several hundred."""


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


def test_every_number_of_the_table_has_a_test_and_a_source() -> None:
    assert set(IN_MESSAGES) | set(IN_VIEWS) | BY_THEMSELVES | set(ELSEWHERE) == set(LIMITS)
    assert all(limit.source for limit in LIMITS.values())
    here = Path(__file__).parent
    assert all((here / f"{module}.py").exists() for module in ELSEWHERE.values())


def test_each_number_of_the_table_is_slacks_own() -> None:
    assert {name: limit.number for name, limit in LIMITS.items()} == AS_DOCUMENTED
    assert {name: method.a_minute for name, method in METHODS.items()} == CALLS_A_MINUTE


@pytest.mark.parametrize("name", sorted(IN_MESSAGES))
async def test_blocks_at_a_limit_are_taken_and_one_more_is_refused(hands: Hands, name: str) -> None:
    make = IN_MESSAGES[name]
    limit = number(name)
    send = hands.client.chat_postMessage
    assert (await send(channel="C0ALERTS", text="x", blocks=make(limit)))["ok"]
    assert await refused(send(channel="C0ALERTS", text="x", blocks=make(limit + 1))) == "invalid_blocks"


@pytest.mark.parametrize("name", sorted(IN_VIEWS))
async def test_views_at_a_limit_are_taken_and_one_more_is_refused(hands: Hands, name: str) -> None:
    make = IN_VIEWS[name]
    limit = number(name)
    opened = await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=make(limit))
    assert opened["view"]["type"] == "modal"
    more = hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=make(limit + 1))
    assert await refused(more) == "invalid_arguments"


async def test_a_refusal_says_where_the_fault_is(hands: Hands) -> None:
    blocks = [section(), {"type": "header", "text": plain("x" * 151)}]
    with pytest.raises(SlackApiError) as caught:
        await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=blocks)
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]"
    ]


async def test_an_app_home_takes_100_blocks_and_not_101(hands: Hands) -> None:
    limit = number("home.blocks")
    publish = hands.client.views_publish
    assert (await publish(user_id="U0OP1", view={"type": "home", "blocks": [section()] * limit}))["ok"]
    more = publish(user_id="U0OP1", view={"type": "home", "blocks": [section()] * (limit + 1)})
    assert await refused(more) == "invalid_arguments"


async def test_a_view_may_weigh_its_bytes_and_not_one_more(hands: Hands) -> None:
    limit = number("view.bytes")
    opened = await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=of_bytes(limit))
    assert opened["ok"]
    more = hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=of_bytes(limit + 1))
    assert await refused(more) == "view_too_large"


def written(characters: int) -> list[JSON]:
    """Return sections with so many characters in all."""
    whole, rest = divmod(characters, 3000)
    return [{"type": "section", "text": mrkdwn("x" * length)} for length in [3000] * whole + [rest] * bool(rest)]


async def test_the_characters_of_all_blocks_have_a_sum(hands: Hands) -> None:
    limit = number("message.blocks_characters")
    send = hands.client.chat_postMessage
    assert (await send(channel="C0ALERTS", text="x", blocks=written(limit)))["ok"]
    assert await refused(send(channel="C0ALERTS", text="x", blocks=written(limit + 1))) == "msg_blocks_too_long"


async def test_a_header_weighs_more_in_the_sum_than_it_has_characters(hands: Hands) -> None:
    header = {"type": "header", "text": plain("x")}
    limit = number("message.blocks_characters") - number("header.extra_characters") - 1
    send = hands.client.chat_postMessage
    assert (await send(channel="C0ALERTS", text="x", blocks=[header, *written(limit)]))["ok"]
    more = send(channel="C0ALERTS", text="x", blocks=[header, *written(limit + 1)])
    assert await refused(more) == "msg_blocks_too_long"


async def test_text_that_is_too_long_is_cut_when_posted_and_refused_for_one_person(hands: Hands) -> None:
    limit = number("message.text")
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="x" * (limit + 1))
    assert len(posted["message"]["text"]) == limit
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    whisper = hands.client.chat_postEphemeral
    assert (await whisper(channel="C0ALERTS", user="U0OP1", text="x" * limit))["ok"]
    assert await refused(whisper(channel="C0ALERTS", user="U0OP1", text="x" * (limit + 1))) == "msg_too_long"


async def test_an_edit_is_measured_in_bytes(hands: Hands) -> None:
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="x")
    limit = number("update.text_bytes")
    edit = hands.client.chat_update
    assert (await edit(channel="C0ALERTS", ts=posted["ts"], text="é" * (limit // 2)))["ok"]
    assert await refused(edit(channel="C0ALERTS", ts=posted["ts"], text="é" * (limit // 2) + "x")) == "msg_too_long"


async def test_three_modals_lie_upon_each_other_and_not_four(hands: Hands) -> None:
    await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=modal())
    for _ in range(number("view.stack") - 1):
        await hands.client.views_push(trigger_id=opened_trigger(hands, "op1"), view=modal())
    more = hands.client.views_push(trigger_id=opened_trigger(hands, "op1"), view=modal())
    assert await refused(more) == "push_limit_reached"
