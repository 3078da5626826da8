"""Modals, confirm dialogs and App Home on the page, with a real Bolt app that answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import scenes
from tests.browser.windows import Windows, focused, until
from tests.support.workspace import ANYTHING, Hands, bolt_app, connected, opened_trigger, running

if TYPE_CHECKING:
    from playwright.async_api import Page

JSON = dict[str, Any]


@dataclass
class Bot:
    """What the app was told, and how it shall answer."""

    hands: Hands
    actions: list[JSON] = field(default_factory=list)
    submitted: list[JSON] = field(default_factory=list)
    held: list[JSON] = field(default_factory=list)
    answer: JSON = field(default_factory=dict)
    silent: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, view: JSON, who: str = "op1") -> None:
        """Open a modal before somebody."""
        await self.hands.client.views_open(trigger_id=opened_trigger(self.hands, who), view=view)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """Run a workspace with an app that notes what it is told."""
    async with running(tmp_path) as hands:
        told = Bot(hands)
        app = bolt_app(hands)

        @app.action(ANYTHING)
        async def act(ack: Any, body: JSON, action: JSON, client: Any) -> None:
            if told.silent:
                await asyncio.sleep(4)
            await ack()
            told.actions.append(action)
            told.held.append((body.get("view") or {}).get("state", {}).get("values", {}))
            if action["action_id"] == "fax":
                await client.views_push(trigger_id=body["trigger_id"], view=scenes.fax())
            if action["action_id"] == "approve":
                await client.chat_postEphemeral(channel="C0ALERTS", user=body["user"]["id"], text="You approved.")

        @app.view(ANYTHING)
        async def submit(ack: Any, view: JSON) -> None:
            told.submitted.append(view["state"]["values"])
            await ack(**told.answer)

        @app.command("/faxi-test")
        async def command(ack: Any, respond: Any) -> None:
            await ack()
            await told.released.wait()
            await respond("Here is your answer.")

        @app.event("app_home_opened")
        async def home(event: JSON, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view=scenes.home())

        async with connected(hands, app):
            yield told


async def test_a_form_is_filled_in_and_what_the_bot_gets_is_what_was_typed(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    dialog = page.get_by_role("dialog", name="Restrict an account")
    await dialog.get_by_label("Fraud").check()
    await dialog.get_by_label("Why now").fill("Two calls <b>&amp;</b>\n電話")
    await dialog.get_by_role("button", name="Ask for approval").click()
    await dialog.wait_for(state="detached")
    (values,) = bot.submitted
    assert values["reason"]["choice"]["selected_option"]["value"] == "fraud"
    assert values["why"]["words"]["value"] == "Two calls <b>&amp;</b>\n電話"


async def test_what_is_missing_or_refused_is_said_at_its_field_and_the_focus_goes_there(
    bot: Bot, windows: Windows
) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    dialog = page.get_by_role("dialog", name="Restrict an account")
    await dialog.get_by_label("Why now").fill("Now")
    await dialog.get_by_role("button", name="Ask for approval").click()
    await dialog.get_by_text("Please complete this required field.").wait_for()
    assert await focused(page) == "Complaints"  # the first choice of "Reason"
    await page.keyboard.press("Space")
    bot.answer = {"response_action": "errors", "errors": {"why": "Please write a whole sentence."}}
    await dialog.get_by_role("button", name="Ask for approval").click()
    await dialog.get_by_text("Please write a whole sentence.").wait_for()
    field = dialog.get_by_label("Why now")
    assert await field.get_attribute("aria-invalid") == "true"
    assert await focused(page) == "Why now"
    assert await field.input_value() == "Now"
    described = (await field.get_attribute("aria-describedby") or "").split()
    words = [await page.locator(f"#{one}").inner_text() for one in described]
    assert words == ["⚠️ Please write a whole sentence.", "The manager reads these words."]


async def test_a_press_in_a_form_tells_the_bot_what_the_form_holds_by_then(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    dialog = page.get_by_role("dialog", name="Restrict an account")
    await dialog.get_by_label("Fraud").check()
    await dialog.get_by_label("Why now").fill("Half a sentence")
    await dialog.get_by_role("button", name="See the fax").click()
    await page.get_by_role("dialog", name="The fax").wait_for()
    (held,) = bot.held
    assert held["reason"]["choice"]["selected_option"]["value"] == "fraud"
    assert held["why"]["words"]["value"] == "Half a sentence"


async def test_a_pushed_page_leads_back_to_what_was_typed(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    dialog = page.get_by_role("dialog", name="Restrict an account")
    await dialog.get_by_label("Complaints").check()
    await dialog.get_by_label("Why now").fill("Half a sentence")
    await dialog.get_by_role("button", name="See the fax").click()
    upper = page.get_by_role("dialog", name="The fax")
    await upper.get_by_text("お客様へ").wait_for()
    await upper.get_by_role("button", name="Back").click()
    await dialog.wait_for()
    assert await dialog.get_by_label("Why now").input_value() == "Half a sentence"
    assert await dialog.get_by_label("Complaints").is_checked()


async def test_a_form_that_the_bot_changes_keeps_what_was_typed(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why now").fill("Half a")
    (view,) = await bot.hands.see("views", who="op1")
    await bot.hands.client.views_update(view_id=view["id"], view=scenes.form("Restrict +81 •••• 4821"))
    await page.get_by_role("dialog", name="Restrict +81 •••• 4821").wait_for()
    assert await dialog.get_by_label("Why now").input_value() == "Half a"
    await page.keyboard.type(" sentence")
    assert await dialog.get_by_label("Why now").input_value() == "Half a sentence"


async def test_an_initial_value_that_was_emptied_arrives_empty(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    form = scenes.form()
    form["blocks"][2]["element"]["initial_value"] = "Written before"
    form["blocks"][2]["optional"] = True
    await bot.show(form)
    await page.get_by_label("Complaints").check()
    await page.get_by_label("Why now (optional)").fill("")
    await page.get_by_role("button", name="Ask for approval").click()
    await page.get_by_role("dialog").wait_for(state="detached")
    assert bot.submitted[0]["why"]["words"]["value"] is None


async def test_a_confirm_dialog_asks_once_more_and_no_means_no(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "mgr1", "email-alerts")
    await bot.hands.client.chat_postMessage(channel="C0ALERTS", text="Decide.", blocks=scenes.request())
    approve = page.get_by_role("button", name="Approve restriction")
    await approve.click()
    dialog = page.get_by_role("dialog", name="Restrict this account?")
    await dialog.get_by_text("The person is told by fax.").wait_for()
    await dialog.get_by_role("button", name="Go back").click()
    await dialog.wait_for(state="detached")
    assert await focused(page) == "Approve restriction"
    assert bot.actions == []
    await approve.click()
    await dialog.get_by_role("button", name="Restrict", exact=True).click()
    await page.locator("article.ephemeral", has_text="You approved.").wait_for()
    assert [one["value"] for one in bot.actions] == ["ap_1"]


async def test_a_press_shows_that_it_is_under_way_and_says_when_nobody_answers(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "mgr1", "email-alerts")
    await bot.hands.client.chat_postMessage(channel="C0ALERTS", text="Decide.", blocks=scenes.request())
    bot.silent = True
    deny = page.get_by_role("button", name="Deny…")
    await deny.click()
    await page.locator("button[aria-busy='true']", has_text="Deny…").wait_for()
    await page.locator("article.ephemeral", has_text='failed with the error "operation_timeout"').wait_for()
    await until(lambda: _is_idle(page), "the button is free again")


async def _is_idle(page: "Page") -> bool:
    return bool(await page.locator("[aria-busy='true']").count() == 0)


async def test_a_command_shows_that_its_answer_is_awaited(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await page.get_by_role("textbox").fill("/faxi-test now")
    await page.keyboard.press("Enter")
    waiting = page.locator("#composer").get_by_text("Waiting for the answer to /faxi-test…")
    await waiting.wait_for()
    bot.released.set()
    await page.locator("article.ephemeral", has_text="Here is your answer.").wait_for()
    await waiting.wait_for(state="detached")
    assert "Only visible to you: faxi-bot: Here is your answer." in await page.locator("#news").inner_text()


async def test_a_modal_says_kindly_that_nobody_answers_and_keeps_what_was_typed(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    await hands.client.views_open(trigger_id=opened_trigger(hands, "op1"), view=scenes.form())
    await page.get_by_label("Complaints").check()
    await page.get_by_label("Why now").fill("Now")
    await page.get_by_role("button", name="Ask for approval").click()
    said = page.get_by_role("alert").get_by_text("faxi-bot could not be reached (dispatch_failed)")
    await said.wait_for()
    assert await page.get_by_label("Why now").input_value() == "Now"
    (view,) = hands.workspace.slack.state.stacks["U0OP1"]
    again = {**scenes.form(), "submit": {"type": "plain_text", "text": "Ask once more"}}
    await hands.client.views_update(view_id=view.id, view=again)
    await page.get_by_role("button", name="Ask once more").wait_for()
    assert await said.is_visible(), "drawn anew, the modal still says what went wrong"


async def test_app_home_is_drawn_when_it_is_opened(bot: Bot, windows: Windows) -> None:
    page = await windows.open(bot.hands.workspace.url, "mgr1", "email-alerts")
    await page.get_by_role("button", name="App Home").click()
    await page.get_by_role("heading", name="1 decision waits for you").wait_for()
    await page.get_by_role("button", name="Read and decide").click()

    async def told() -> bool:
        return [one["action_id"] for one in bot.actions] == ["read"]

    await until(told, "the bot hears of the button in App Home")


async def test_two_people_in_two_windows_have_modals_of_their_own(bot: Bot, windows: Windows) -> None:
    one = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    two = await windows.open(bot.hands.workspace.url, "op2", "email-alerts")
    same = await windows.open(bot.hands.workspace.url, "op1", "email-alerts")
    await bot.show(scenes.form())
    for page in (one, same):
        await page.get_by_role("dialog", name="Restrict an account").wait_for()
    assert await two.get_by_role("dialog").count() == 0
    await one.keyboard.press("Escape")
    for page in (one, same):
        await page.get_by_role("dialog").wait_for(state="detached")
