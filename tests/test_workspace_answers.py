"""Commands and clicks, over both transports: acknowledged, answered, and in Slack's manners."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.local.workspace import deeds
from bot.local.workspace.limits import number
from tests.support.workspace import ANYTHING, Hands, bolt_app, connected, eventually, running

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

JSON = dict[str, Any]
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Press"}, "action_id": "go", "value": "v1"}
ROW = [{"type": "actions", "block_id": "row", "elements": [BUTTON]}]


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace, and waits for answers as long as the real thing."""
    async with running(tmp_path) as made:
        yield made


@pytest.fixture
async def hands(patient: Hands, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Run a workspace in which nobody waits for a bot that only listens."""
    monkeypatch.setattr(deeds, "ANSWER_WITHIN", 0.1)
    return patient


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> str:
    """Say how the bot is connected: every test runs over both."""
    return str(request.param)


class Heard:
    """A real Bolt app that acknowledges everything and remembers what it heard."""

    def __init__(self, hands: Hands) -> None:
        """Make the app."""
        self.app: AsyncApp = bolt_app(hands)
        self.bodies: list[JSON] = []
        for listen in (self.app.command, self.app.action, self.app.shortcut, self.app.event):
            listen(ANYTHING)(self._hear)

    async def _hear(self, ack: Any, body: JSON) -> None:
        await ack()
        self.bodies.append(body)

    async def last(self) -> JSON:
        """Return what was heard last, once something was."""

        async def look() -> JSON | None:
            return self.bodies[-1] if self.bodies else None

        found: JSON = await eventually(look)
        return found


async def post(address: str, body: JSON) -> tuple[int, str]:
    """Post to a response URL and return status and text."""
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as response:
        return response.status, await response.text()


async def plains(hands: Hands, who: str, channel: str = "#email-alerts", **more: str) -> list[str]:
    """Return what this person reads in a channel."""
    return [one["plain"] for one in await hands.see("messages", who=who, channel=channel, **more)]


async def test_a_command_is_answered_to_its_person_alone(patient: Hands, transport: str) -> None:
    app = bolt_app(patient)

    @app.command("/faxi-test")
    async def answer(ack: Any, respond: Any, command: JSON) -> None:
        await ack()
        await respond(f"heard {command['text']}")

    async with connected(patient, app, transport):
        done = await patient.do("command", who="op1", channel="#email-alerts", text="/faxi-test show me")
    assert done["acknowledged"] is True
    assert done["error"] is None
    assert done["answer"]["plain"] == "heard show me"
    assert await plains(patient, "op2") == []


async def test_the_text_of_an_acknowledgement_is_shown_to_its_person(hands: Hands, transport: str) -> None:
    app = bolt_app(hands)

    @app.command("/faxi-test")
    async def answer(ack: Any) -> None:
        await ack("at once")

    async with connected(hands, app, transport):
        done = await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    assert done["answer"]["plain"] == "at once"
    assert done["answer"]["ephemeral"] is True
    assert await plains(hands, "op2") == []


async def test_a_command_carries_what_slack_sends(hands: Hands, transport: str) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app, transport):
        await hands.do("command", who="mgr1", channel="#email-management", text="/faxi-test x")
    body = await heard.last()
    assert body["user_id"] == "U0MGR1"
    assert body["user_name"] == "mgr1"
    assert body["team_id"] == hands.workspace.team_id
    assert body["channel_id"] == "C0MANAGEMENT"
    assert body["channel_name"] == "privategroup"
    assert body["command"] == "/faxi-test"
    assert body["is_enterprise_install"] == "false"
    assert body["response_url"].startswith(hands.workspace.url)
    assert body["trigger_id"]


async def test_an_escaped_command_has_names_links_and_addresses_marked_up(hands: Hands) -> None:
    heard = Heard(hands)
    typed = "/faxi-test @mgr1 #email-alerts a@b.jp +81-90-1234-5678 https://x.jp/?a=1 <!channel> & 5 > 3"
    async with connected(hands, heard.app):
        await hands.do("command", who="op1", channel="#email-alerts", text=typed)
        assert (await heard.last())["text"] == (
            "<@U0MGR1|mgr1> <#C0ALERTS|email-alerts> <mailto:a@b.jp|a@b.jp> <tel:+819012345678|+81-90-1234-5678> "
            "<https://x.jp/?a=1> &lt;!channel&gt; &amp; 5 &gt; 3"
        )
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-plain @mgr1 a@b.jp")
        assert (await heard.last())["text"] == "@mgr1 a@b.jp"


async def test_a_command_outside_the_manifest_is_not_there(hands: Hands) -> None:
    done = await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-none")
    assert hands.statuses[-1] == 400
    assert "/faxi-test" in done["error"]


async def test_a_click_carries_what_slack_sends(hands: Hands, transport: str) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app, transport):
        posted = await hands.client.chat_postMessage(channel="#email-alerts", text="x", blocks=ROW)
        await hands.do("click", who="op1", channel="#email-alerts", ts=posted["ts"], button="Press")
    body = await heard.last()
    assert body["type"] == "block_actions"
    assert body["user"]["id"] == "U0OP1"
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0ALERTS",
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == posted["ts"]
    [action] = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("go", "row", "v1")


async def test_of_an_ephemeral_message_only_its_address_is_told(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.client.chat_postEphemeral(channel="C0ALERTS", user="U0OP1", text="x", blocks=ROW)
        [seen] = await hands.see("messages", who="op1", channel="#email-alerts")
        await hands.do("click", who="op1", channel="#email-alerts", ts=seen["ts"], button="go")
    body = await heard.last()
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body


async def test_a_response_url_of_a_command_never_replaces(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    address = (await heard.last())["response_url"]
    await post(address, {"text": "first"})
    assert await post(address, {"text": "second", "replace_original": True}) == (200, "ok")
    assert await plains(hands, "op1") == ["first", "second"]


async def test_a_button_on_an_ephemeral_message_may_replace_and_delete_it(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.client.chat_postEphemeral(channel="C0ALERTS", user="U0OP1", text="x", blocks=ROW)
        [seen] = await hands.see("messages", who="op1", channel="#email-alerts")
        await hands.do("click", who="op1", channel="#email-alerts", ts=seen["ts"], button="Press")
    address = (await heard.last())["response_url"]
    await post(address, {"text": "instead", "replace_original": True})
    [now] = await hands.see("messages", who="op1", channel="#email-alerts")
    assert (now["plain"], now["ts"], now["edited"], now["buttons"]) == ("instead", seen["ts"], True, [])
    await post(address, {"delete_original": True})
    assert await plains(hands, "op1") == []


async def test_a_button_of_a_channel_answers_privately_unless_told_otherwise(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        posted = await hands.client.chat_postMessage(channel="#email-alerts", text="x", blocks=ROW)
        await hands.do("click", who="op1", channel="#email-alerts", ts=posted["ts"], button="Press")
    address = (await heard.last())["response_url"]
    await post(address, {"text": "to you"})
    await post(address, {"text": "to all", "response_type": "in_channel"})
    assert await plains(hands, "op1") == ["x", "to you", "to all"]
    assert await plains(hands, "op2") == ["x", "to all"]
    await post(address, {"text": "edited", "replace_original": True})
    assert await plains(hands, "op2") == ["edited", "to all"]


async def test_a_response_url_is_good_for_five_uses(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    address = (await heard.last())["response_url"]
    for _ in range(number("response_url.uses")):
        assert (await post(address, {"text": "x"}))[0] == 200
    status, text = await post(address, {"text": "x"})
    assert status == 404
    assert "used_url" in text


async def test_a_response_url_is_good_for_thirty_minutes_of_business_time(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    address = (await heard.last())["response_url"]
    await hands.do("clock", jump=f"{number('response_url.minutes') - 1}m")
    assert (await post(address, {"text": "x"}))[0] == 200
    await hands.do("clock", jump="61s")
    status, text = await post(address, {"text": "x"})
    assert status == 404
    assert "expired_url" in text


async def test_a_response_url_refuses_what_a_post_refuses(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    address = (await heard.last())["response_url"]
    status, text = await post(address, {"text": "x", "blocks": [{"type": "table"}]})
    assert status == 400
    assert "invalid_blocks" in text


async def test_a_click_waits_no_longer_than_five_seconds_for_an_answer(patient: Hands) -> None:
    heard = Heard(patient)
    async with connected(patient, heard.app):
        done = await patient.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    assert done["acknowledged"] is True
    assert done["answer"] is None


@pytest.mark.parametrize("name", ["Press one", "the first", "v1", "first"])
async def test_a_button_is_found_by_text_label_value_and_action_id(hands: Hands, name: str) -> None:
    heard = Heard(hands)
    first = {**BUTTON, "action_id": "first", "accessibility_label": "the first"}
    first["text"] = {"type": "plain_text", "text": "Press one"}
    second = {**BUTTON, "action_id": "second", "value": "v2"}
    async with connected(hands, heard.app):
        posted = await hands.client.chat_postMessage(
            channel="#email-alerts", text="x", blocks=[{"type": "actions", "elements": [first, second]}]
        )
        await hands.do("click", who="op1", channel="#email-alerts", ts=posted["ts"], button=name)
    assert (await heard.last())["actions"][0]["action_id"] == "first"


async def test_a_name_of_several_buttons_is_an_error_that_lists_them(hands: Hands) -> None:
    elements = [{**BUTTON, "action_id": "a", "value": "1"}, {**BUTTON, "action_id": "b", "value": "2"}]
    posted = await hands.client.chat_postMessage(
        channel="#email-alerts", text="x", blocks=[{"type": "actions", "elements": elements}]
    )
    done = await hands.do("click", who="op1", channel="#email-alerts", ts=posted["ts"], button="Press")
    assert hands.statuses[-1] == 409
    assert "'a'" in done["error"]
    assert "'b'" in done["error"]


async def test_an_option_is_chosen_by_its_text_and_stays_chosen(hands: Hands) -> None:
    heard = Heard(hands)
    option = {"text": {"type": "plain_text", "text": "Red"}, "value": "r"}
    menu = {"type": "static_select", "action_id": "colour", "options": [option]}
    blocks = [{"type": "actions", "block_id": "row", "elements": [menu, BUTTON]}]
    async with connected(hands, heard.app):
        posted = await hands.client.chat_postMessage(channel="#email-alerts", text="x", blocks=blocks)
        where = {"who": "op1", "channel": "#email-alerts", "ts": posted["ts"]}
        await hands.do("click", **where, button="colour", choose="Red")
        assert (await heard.last())["actions"][0]["selected_option"]["value"] == "r"
        await hands.do("click", **where, button="Press")
    body = await heard.last()
    assert body["state"]["values"]["row"]["colour"]["selected_option"]["value"] == "r"


async def test_a_mention_is_an_event_where_the_bot_is_a_member(hands: Hands, transport: str) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app, transport):
        await hands.do("message", who="op1", channel="#general", text="@faxi-bot hello")
        await hands.do("message", who="op1", channel="#email-alerts", text="nobody is called")
        parent = await hands.do("message", who="op1", channel="#email-alerts", text="a thread")
        done = await hands.do(
            "message", who="op1", channel="#email-alerts", text="@faxi-bot case <x>", thread=parent["ts"]
        )
    assert done["acknowledged"] is True
    [body] = heard.bodies
    assert body["event"]["type"] == "app_mention"
    assert body["event"]["text"] == "<@U0FAXIBOT> case &lt;x&gt;"
    assert body["event"]["thread_ts"] == parent["ts"]
    assert body["event_id"].startswith("Ev")


async def test_a_direct_message_is_an_event(hands: Hands) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app):
        await hands.do("message", who="op1", channel="@faxi-bot", text="hello")
    body = await heard.last()
    assert body["event"]["channel_type"] == "im"
    assert body["event"]["channel"] == "D0OP1"


async def test_shortcuts_carry_their_callback_id(hands: Hands, transport: str) -> None:
    heard = Heard(hands)
    async with connected(hands, heard.app, transport):
        said = await hands.do("message", who="op2", channel="#email-alerts", text="look at this")
        await hands.do("shortcut", who="op1", name="Open a case", channel="#email-alerts", ts=said["ts"])
        body = await heard.last()
        assert (body["type"], body["callback_id"]) == ("message_action", "case.open")
        assert body["message"]["text"] == "look at this"
        await hands.do("shortcut", who="op1", name="New case")
    body = await heard.last()
    assert (body["type"], body["callback_id"]) == ("shortcut", "case.new")


async def test_a_shortcut_outside_the_manifest_is_not_there(hands: Hands) -> None:
    done = await hands.do("shortcut", who="op1", name="Delete all")
    assert hands.statuses[-1] == 400
    assert "Open a case" in done["error"]
