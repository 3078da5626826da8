"""The page can be used by all: axe on eight named screens in light and dark, and on a narrow screen."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser import scenes
from tests.browser.windows import NARROW, WIDE, Windows, serious, sideways
from tests.support.workspace import Hands, opened_trigger

if TYPE_CHECKING:
    from playwright.async_api import Page


async def _channel(_hands: Hands, page: "Page") -> None:
    await page.get_by_role("button", name="Approve restriction").wait_for()


async def _thread(_hands: Hands, page: "Page") -> None:
    await page.get_by_role("button", name="1 reply").click()
    await page.get_by_role("textbox", name="Reply in thread").wait_for()


async def _form_with_errors(hands: Hands, page: "Page") -> None:
    await hands.client.views_open(trigger_id=opened_trigger(hands, "mgr1"), view=scenes.form())
    await page.get_by_role("button", name="Ask for approval").click()
    await page.get_by_text("Please complete this required field.").first.wait_for()


async def _pushed_page(hands: Hands, page: "Page") -> None:
    await hands.client.views_open(trigger_id=opened_trigger(hands, "mgr1"), view=scenes.form())
    await hands.client.views_push(trigger_id=opened_trigger(hands, "mgr1"), view=scenes.fax())
    await page.get_by_role("dialog", name="The fax").wait_for()


async def _confirm(_hands: Hands, page: "Page") -> None:
    await page.get_by_role("button", name="Approve restriction").click()
    await page.get_by_role("dialog", name="Restrict this account?").wait_for()


async def _home(hands: Hands, page: "Page") -> None:
    await hands.client.views_publish(user_id="U0MGR1", view=scenes.home())
    await page.evaluate("location.hash = '#as=mgr1&place=home'")
    await page.get_by_role("button", name="Read and decide").wait_for()


async def _only_for_me(hands: Hands, page: "Page") -> None:
    await hands.client.chat_postEphemeral(
        channel="C0ALERTS", user="U0MGR1", text=":no_entry_sign: Nothing was *changed*."
    )
    await page.locator("article.ephemeral").wait_for()


async def _suggestions(_hands: Hands, page: "Page") -> None:
    await page.get_by_role("textbox", name="Message #email-alerts").type("/")
    await page.get_by_role("listbox", name="Suggestions").wait_for()


SCREENS: dict[str, Callable[[Hands, "Page"], Awaitable[None]]] = {
    "a channel with a request": _channel,
    "a thread": _thread,
    "a form with errors": _form_with_errors,
    "a pushed page": _pushed_page,
    "a confirm dialog": _confirm,
    "App Home": _home,
    "an answer for one alone": _only_for_me,
    "suggestions while writing": _suggestions,
}


@pytest.fixture
async def filled(hands: Hands) -> Hands:
    """Put a request with a reply, and something unread, into the workspace."""
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="Decide.", blocks=scenes.request())
    await hands.client.chat_postMessage(channel="C0ALERTS", text="<@U0MGR1> please decide.", thread_ts=posted["ts"])
    await hands.do("message", who="op1", channel="#email-operations", text="@mgr1 `code` good morning")
    return hands


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", SCREENS)
async def test_axe_finds_nothing_serious(name: str, dark: bool, filled: Hands, windows: Windows) -> None:  # noqa: FBT001
    for size in (WIDE, NARROW):
        page = await windows.open(filled.workspace.url, "mgr1", "email-alerts", size, dark=dark)
        await SCREENS[name](filled, page)
        assert await serious(page) == [], f"{name}, {size[0]} px"
        assert await sideways(page) == [], f"{name}, {size[0]} px"
        await page.close()
        filled.workspace.slack.state.stacks.clear()


async def test_the_parts_of_the_page_are_read_in_order_and_by_name(filled: Hands, windows: Windows) -> None:
    page = await windows.open(filled.workspace.url, "mgr1", "email-alerts")
    await page.get_by_role("button", name="1 reply").click()
    await page.get_by_role("textbox", name="Reply in thread").wait_for()
    snapshot = await page.locator("body").aria_snapshot()
    wanted = [
        "banner",
        'link "Skip to messages"',
        'heading "Faxi local workspace" [level=1]',
        'combobox "Act as"',
        'navigation "Channels"',
        'button "email-operations, 1 mention"',
        'button "email-management, private channel"',
        "main",
        'heading "#email-alerts" [level=2]',
        'region "Messages in #email-alerts"',
        'article "faxi-bot, ',
        'heading "✋ Decide: restrict an account?" [level=3]',
        "blockquote",
        'button "Approve restriction"',
        'link "Open the case"',
        'textbox "Message #email-alerts"',
        'button "Send"',
        'complementary "Thread"',
        'textbox "Reply in thread"',
    ]
    at = 0
    for part in wanted:
        assert part in snapshot[at:], f"{part} is not where it should be:\n{snapshot}"
        at = snapshot.index(part, at)


async def test_nothing_is_said_by_colour_alone(filled: Hands, windows: Windows) -> None:
    page = await windows.open(filled.workspace.url, "mgr1", "email-alerts")
    await _only_for_me(filled, page)
    assert "Only visible to you" in await page.locator("article.ephemeral").inner_text()
    assert "@1" in await page.locator(".place", has_text="email-operations").inner_text()
    assert await page.locator(".place[aria-current=page]").inner_text() == "# email-alerts"
    assert "Naomi Fujita (mgr2, management)" in await page.get_by_label("Act as").inner_text()
    roles = [await one.inner_text() for one in await page.locator("article .by").all()]
    assert all("APP" in one for one in roles)


async def test_the_keys_are_listed_and_the_list_fits_a_narrow_screen(filled: Hands, windows: Windows) -> None:
    page = await windows.open(filled.workspace.url, "mgr1", "email-alerts", NARROW)
    await page.get_by_role("button", name="Channels").click()
    await page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog", name="Keys")
    await dialog.get_by_text("F6, Shift+F6").wait_for()
    assert await sideways(page) == []
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    await page.keyboard.press("Escape")
    await page.get_by_role("navigation", name="Channels").wait_for(state="hidden")
