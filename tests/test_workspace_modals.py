"""Modals and App Home: each person has their own, triggers are brief, acknowledgements change them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.local.workspace import deeds
from bot.local.workspace.limits import number
from tests.support.workspace import ANYTHING, Hands, bolt_app, connected, eventually, opened_trigger, running

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def field(block_id: str, label: str, element: JSON, **more: Any) -> JSON:
    """Return an input block."""
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


TEXT = {"type": "plain_text_input", "action_id": "words", "min_length": 3, "max_length": 10}
RADIO = {
    "type": "radio_buttons",
    "action_id": "one",
    "options": [{"text": plain("Red"), "value": "r"}, {"text": plain("Blue"), "value": "b"}],
}


def modal(title: str = "Ask", *blocks: JSON, **more: Any) -> JSON:
    """Return a modal with a Submit."""
    given = list(blocks) or [field("why", "Why", TEXT)]
    return {
        "type": "modal",
        "callback_id": "ask",
        "title": plain(title),
        "submit": plain("Go"),
        "blocks": given,
        **more,
    }


@pytest.fixture
async def hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hands]:
    """Run a workspace in which nobody waits for a bot that only listens."""
    monkeypatch.setattr(deeds, "ANSWER_WITHIN", 0.1)
    async with running(tmp_path) as made:
        yield made


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> str:
    """Say how the bot is connected."""
    return str(request.param)


async def show(hands: Hands, view: JSON, who: str = "op1") -> JSON:
    """Open a modal on somebody's screen and return it."""
    opened = await hands.client.views_open(trigger_id=opened_trigger(hands, who), view=view)
    shown: JSON = opened["view"]
    return shown


async def refused(call: Any) -> str:
    """Return the error's name with which Slack refuses this call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_trigger_is_good_once(hands: Hands) -> None:
    trigger = opened_trigger(hands, "op1")
    await hands.client.views_open(trigger_id=trigger, view=modal())
    assert await refused(hands.client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"


async def test_a_trigger_is_good_for_three_seconds_of_machine_time(hands: Hands) -> None:
    early, late = opened_trigger(hands, "op1"), opened_trigger(hands, "op1")
    await hands.do("clock", jump="1h")
    await hands.client.views_open(trigger_id=early, view=modal())
    await asyncio.sleep(number("trigger_id.seconds") + 0.1)
    assert await refused(hands.client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"


async def test_an_unknown_trigger_is_invalid(hands: Hands) -> None:
    assert await refused(hands.client.views_open(trigger_id="1.x", view=modal())) == "invalid_trigger_id"


async def test_a_refused_view_leaves_the_trigger_unused(hands: Hands) -> None:
    trigger = opened_trigger(hands, "op1")
    assert await refused(hands.client.views_open(trigger_id=trigger, view={"type": "modal"})) == "invalid_arguments"
    assert (await hands.client.views_open(trigger_id=trigger, view=modal()))["ok"]


async def test_everybody_sees_only_their_own_modal(hands: Hands) -> None:
    await show(hands, modal("For one"), "op1")
    assert [one["title"] for one in await hands.see("views", who="op1")] == ["For one"]
    assert await hands.see("views", who="op2") == []


async def test_an_update_with_an_old_hash_is_a_conflict(hands: Hands) -> None:
    view = await show(hands, modal())
    await hands.client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Second"))
    again = hands.client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Third"))
    assert await refused(again) == "hash_conflict"
    assert [one["title"] for one in await hands.see("views", who="op1")] == ["Second"]


async def test_a_closed_view_is_not_found(hands: Hands) -> None:
    view = await show(hands, modal())
    assert (await hands.do("close", who="op1", view=view["id"]))["result"] == "closed"
    assert await refused(hands.client.views_update(view_id=view["id"], view=modal())) == "not_found"


async def test_an_external_id_is_used_once(hands: Hands) -> None:
    await show(hands, modal(external_id="x"))
    call = hands.client.views_open(trigger_id=opened_trigger(hands, "op2"), view=modal(external_id="x"))
    assert await refused(call) == "duplicate_external_id"
    assert (await hands.client.views_update(external_id="x", view=modal("By name")))["ok"]


async def test_the_form_itself_refuses_what_is_missing_or_too_long(hands: Hands) -> None:
    view = await show(hands, modal())
    missing = await hands.do("submit", who="op1", view=view["id"], values={})
    assert missing["result"] == "errors"
    assert "required" in missing["errors"]["why"]
    for words in ("ab", "x" * 11):
        wrong = await hands.do("submit", who="op1", view=view["id"], values={"Why": words})
        assert list(wrong["errors"]) == ["why"]


async def test_a_submit_carries_every_value(hands: Hands, transport: str) -> None:
    app = bolt_app(hands)
    heard: list[JSON] = []

    @app.view("ask")
    async def take(ack: Any, body: JSON) -> None:
        await ack()
        heard.append(body)

    checkboxes = {"type": "checkboxes", "action_id": "many", "options": RADIO["options"]}
    blocks = [
        field("why", "Why", TEXT),
        field("colour", "Colour", RADIO),
        field("more", "More", checkboxes, optional=True),
        field("who", "Who", {"type": "users_select", "action_id": "one", "initial_user": "U0OP2"}),
        field("day", "Day", {"type": "datepicker", "action_id": "one"}, optional=True),
    ]
    async with connected(hands, app, transport):
        view = await show(hands, modal("Ask", *blocks, private_metadata="meta"))
        done = await hands.do(
            "submit",
            who="op1",
            view=view["id"],
            values={"Why": "because", "colour": "Blue", "More": ["r", "Blue"], "Day": "2026-11-25"},
        )
    assert done["result"] == "closed"
    assert await hands.see("views", who="op1") == []
    [body] = heard
    values = body["view"]["state"]["values"]
    assert values["why"]["words"] == {"type": "plain_text_input", "value": "because"}
    assert values["colour"]["one"]["selected_option"]["value"] == "b"
    assert [one["value"] for one in values["more"]["many"]["selected_options"]] == ["r", "b"]
    assert values["who"]["one"]["selected_user"] == "U0OP2"
    assert values["day"]["one"]["selected_date"] == "2026-11-25"
    assert body["view"]["private_metadata"] == "meta"
    assert body["trigger_id"]


@pytest.mark.parametrize(
    ("acknowledgement", "result", "titles"),
    [
        ({}, "closed", []),
        ({"response_action": "clear"}, "closed", []),
        ({"response_action": "errors", "errors": {"why": "No."}}, "errors", ["Ask"]),
        ({"response_action": "update", "view": modal("Next")}, "updated", ["Next"]),
        ({"response_action": "push", "view": modal("Upon")}, "pushed", ["Ask", "Upon"]),
    ],
)
async def test_an_acknowledgement_says_what_becomes_of_the_modal(
    hands: Hands, transport: str, acknowledgement: JSON, result: str, titles: list[str]
) -> None:
    app = bolt_app(hands)

    @app.view("ask")
    async def take(ack: Any) -> None:
        await ack(**acknowledgement)

    async with connected(hands, app, transport):
        view = await show(hands, modal())
        done = await hands.do("submit", who="op1", view=view["id"], values={"why": "because"})
    assert done["result"] == result
    assert done["errors"] == acknowledgement.get("errors", {})
    assert [one["title"] for one in await hands.see("views", who="op1")] == titles


async def test_an_error_for_no_field_or_a_wrong_view_leaves_the_modal_open(hands: Hands) -> None:
    app = bolt_app(hands)
    answers: list[JSON] = [
        {"response_action": "errors", "errors": {"none": "No."}},
        {"response_action": "update", "view": {"type": "modal"}},
    ]

    @app.view("ask")
    async def take(ack: Any) -> None:
        await ack(**answers.pop(0))

    async with connected(hands, app):
        view = await show(hands, modal())
        for error in ("invalid_errors", "invalid_arguments"):
            done = await hands.do("submit", who="op1", view=view["id"], values={"why": "because"})
            assert done["result"] == "errors"
            assert done["error"].startswith(error)
    assert [one["title"] for one in await hands.see("views", who="op1")] == ["Ask"]


async def test_a_submit_that_nobody_acknowledges_leaves_the_modal_open(hands: Hands) -> None:
    view = await show(hands, modal())
    done = await hands.do("submit", who="op1", view=view["id"], values={"why": "because"})
    assert done["result"] == "errors"
    assert done["error"] == "dispatch_failed"
    assert len(await hands.see("views", who="op1")) == 1


async def test_typed_words_stay_when_block_and_action_stay(hands: Hands) -> None:
    app = bolt_app(hands)

    @app.view("ask")
    async def take(ack: Any) -> None:
        await ack(response_action="update", view=modal("Next"))

    async with connected(hands, app):
        view = await show(hands, modal())
        await hands.do("submit", who="op1", view=view["id"], values={"why": "because"})
    [now] = await hands.see("views", who="op1")
    assert now["fields"][0]["value"] == {"type": "plain_text_input", "value": "because"}


async def test_a_button_in_a_modal_tells_the_view(hands: Hands) -> None:
    app = bolt_app(hands)
    heard: list[JSON] = []

    @app.action(ANYTHING)
    async def take(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        heard.append(body)
        await client.views_push(trigger_id=body["trigger_id"], view=modal("Upon"))

    button = {"type": "button", "text": plain("More…"), "action_id": "more", "value": "1"}
    blocks = [{"type": "actions", "elements": [button]}, field("why", "Why", TEXT)]
    async with connected(hands, app):
        view = await show(hands, modal("Ask", *blocks))
        done = await hands.do("click", who="op1", view=view["id"], button="More…", values={"Why": "because"})
    assert done["answer"]["type"] == "modal"
    assert done["answer"]["title"] == "Upon"
    assert heard[0]["view"]["id"] == view["id"]
    assert heard[0]["view"]["state"]["values"]["why"]["words"]["value"] == "because"
    assert heard[0]["container"] == {"type": "view", "view_id": view["id"]}


async def test_the_bot_hears_of_a_closed_modal_only_if_it_asked(hands: Hands) -> None:
    app = bolt_app(hands)
    heard: list[JSON] = []

    @app.view_closed("ask")
    async def take(ack: Any, body: JSON) -> None:
        await ack()
        heard.append(body)

    async with connected(hands, app):
        quiet = await show(hands, modal())
        await hands.do("close", who="op1", view=quiet["id"])
        loud = await show(hands, modal(notify_on_close=True))
        await hands.do("close", who="op1", view=loud["id"])
    assert [body["view"]["id"] for body in heard] == [loud["id"]]


async def test_only_the_topmost_modal_can_be_used(hands: Hands) -> None:
    below = await show(hands, modal("Below"))
    await hands.client.views_push(trigger_id=opened_trigger(hands, "op1"), view=modal("Above"))
    done = await hands.do("submit", who="op1", view=below["id"], values={"why": "because"})
    assert hands.statuses[-1] == 409
    assert "on top" in done["error"]


async def test_an_app_home_is_published_for_one_person(hands: Hands, transport: str) -> None:
    app = bolt_app(hands)

    @app.event("app_home_opened")
    async def take(event: JSON, client: Any) -> None:
        assert event["tab"] == "home"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": f"Good morning <@{event['user']}>"}}
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [block]})

    async with connected(hands, app, transport):
        await hands.do("home", who="op1")

        async def look() -> Any:
            return hands.workspace.slack.state.homes.get("U0OP1")

        await eventually(look)
        done = await hands.do("home", who="op1")
    assert done["view"]["plain"] == "Good morning @op1 Aoi Tanaka"
    assert done["view"]["kind"] == "home"
    assert "U0OP2" not in hands.workspace.slack.state.homes


async def test_a_home_with_an_old_hash_is_a_conflict(hands: Hands) -> None:
    home: JSON = {"type": "home", "blocks": []}
    first = await hands.client.views_publish(user_id="U0OP1", view=home)
    await hands.client.views_publish(user_id="U0OP1", view=home)
    late = hands.client.views_publish(user_id="U0OP1", view=home, hash=first["view"]["hash"])
    assert await refused(late) == "hash_conflict"
