"""Channels on the page: what is new, who is called, threads, edits, links, and several people at once."""

from typing import TYPE_CHECKING

from tests.browser import scenes
from tests.browser.windows import Windows, focused, until
from tests.support.workspace import Hands

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

ALERTS = "#email-alerts"


def place(page: "Page", name: str) -> "Locator":
    """Return a channel's button in the list."""
    return page.get_by_role("navigation", name="Channels").get_by_role("button", name=name)


async def test_a_channel_is_marked_as_new_until_it_was_looked_at_in_any_window_of_the_person(
    hands: Hands, windows: Windows
) -> None:
    first = await windows.open(hands.workspace.url, "op1", "email-operations")
    second = await windows.open(hands.workspace.url, "op1", "email-operations")
    other = await windows.open(hands.workspace.url, "op2", "email-operations")
    await hands.do("message", who="mgr1", channel=ALERTS, text="Good morning")
    for page in (first, second, other):
        await place(page, "email-alerts, new messages").wait_for()
    await place(first, "email-alerts").click()
    await first.get_by_text("Good morning").wait_for()
    await second.locator(".place:not(.unread)", has_text="email-alerts").wait_for()
    assert await place(other, "email-alerts, new messages").count() == 1


async def test_a_call_is_counted_for_those_who_are_called(hands: Hands, windows: Windows) -> None:
    called = await windows.open(hands.workspace.url, "op1", "email-operations")
    group = await windows.open(hands.workspace.url, "op2", "email-operations")
    other = await windows.open(hands.workspace.url, "eng1", "email-operations")
    await hands.do("message", who="mgr1", channel=ALERTS, text="@op1 please look")
    await hands.do("message", who="mgr1", channel=ALERTS, text="@operations please look")
    await place(called, "email-alerts, 2 mentions").wait_for()
    await place(group, "email-alerts, 1 mention").wait_for()
    await place(other, "email-alerts, new messages").wait_for()
    await until(lambda: _title_starts(called, "(2)"), "the window's title counts the calls")
    await place(called, "email-alerts").click()
    await called.locator(".mention.mine", has_text="@Aoi Tanaka").wait_for()
    await called.locator(".mention.mine", has_text="@operations").wait_for()


async def _title_starts(page: "Page", words: str) -> bool:
    return bool((await page.title()).startswith(words))


async def test_names_are_completed_and_sent_as_mentions(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    box = page.get_by_role("textbox", name="Message #email-alerts")
    await box.type("Thank you @naom")
    await page.get_by_role("listbox", name="Suggestions").get_by_role("option", name="Naomi Fujita").wait_for()
    await box.press("Tab")
    assert await box.input_value() == "Thank you @mgr2 "
    await box.press("Enter")
    await page.locator(".mention", has_text="@Naomi Fujita").wait_for()
    (message,) = await hands.see("messages", who="mgr2", channel=ALERTS)
    assert message["text"] == "Thank you <@U0MGR2>"


async def test_commands_are_completed_from_the_manifest_by_arrow_keys(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    box = page.get_by_role("textbox", name="Message #email-alerts")
    await box.type("/faxi")
    assert await page.get_by_role("listbox", name="Suggestions").get_by_role("option").count() == 2
    await box.press("ArrowDown")
    await box.press("Enter")
    assert await box.input_value() == "/faxi-plain "
    await box.press("Enter")
    await page.locator("#messages").get_by_text('/faxi-plain failed with the error "dispatch_failed"').wait_for()
    await page.locator("#messages").get_by_text("Only visible to you").wait_for()


async def test_what_was_begun_to_write_waits_in_its_channel(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    await page.get_by_role("textbox", name="Message #email-alerts").type("half a")
    await place(page, "general").click()
    box = page.get_by_role("textbox", name="Message #general")
    assert await box.input_value() == ""
    await place(page, "email-alerts").click()
    box = page.get_by_role("textbox", name="Message #email-alerts")
    assert await box.input_value() == "half a"


async def test_an_edit_is_shown_at_once_to_all_who_look(hands: Hands, windows: Windows) -> None:
    pages = [await windows.open(hands.workspace.url, who, "email-alerts") for who in ("op1", "mgr1")]
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="Waiting.", blocks=scenes.request())
    for page in pages:
        await page.get_by_role("button", name="Approve restriction").wait_for()
    await hands.client.chat_update(
        channel="C0ALERTS",
        ts=posted["ts"],
        text="Done.",
        blocks=[scenes.section(":white_check_mark: Approved by <@U0MGR1>")],
    )
    for page in pages:
        await page.get_by_text("Approved by @Kenji Ono").wait_for()
        await page.get_by_text("(edited)").wait_for()
        assert await page.get_by_role("button", name="Approve restriction").count() == 0


async def test_the_focus_stays_at_a_message_whose_button_was_used_up(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="Waiting.", blocks=scenes.request())
    await page.get_by_role("button", name="Deny…").focus()
    await hands.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="Done.", blocks=[scenes.section("Denied")])
    await page.get_by_text("Denied").wait_for()
    assert await page.evaluate("document.activeElement.dataset.ts") == posted["ts"]


async def test_the_focus_stays_in_the_list_when_newer_messages_push_its_message_out(
    hands: Hands, windows: Windows
) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    await hands.client.chat_postMessage(channel="C0ALERTS", text="Waiting.", blocks=scenes.request())
    await page.get_by_role("button", name="Deny…").focus()
    for number in range(100):
        await hands.client.chat_postMessage(channel="C0ALERTS", text=f"News {number}")
    await page.get_by_role("button", name="Deny…").wait_for(state="detached")
    assert await focused(page) == "Messages in #email-alerts"
    await page.keyboard.press("F6")
    assert await focused(page) == "Message #email-alerts"


async def test_the_keyboard_leads_to_the_newest_message_until_one_stands_at_another(
    hands: Hands, windows: Windows
) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    await page.locator("#composer-text").focus()
    for words in ("First.", "Second.", "Third."):
        await hands.client.chat_postMessage(channel="C0ALERTS", text=words)
        await page.locator("article", has_text=words).wait_for()
    await page.keyboard.press("Shift+F6")
    assert "Third." in await page.evaluate("document.activeElement.innerText")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("F6")
    await hands.client.chat_postMessage(channel="C0ALERTS", text="Fourth.")
    await page.locator("article", has_text="Fourth.").wait_for()
    await page.keyboard.press("Shift+F6")
    assert "Second." in await page.evaluate("document.activeElement.innerText")


async def test_a_thread_is_read_and_answered_beside_the_channel(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    other = await windows.open(hands.workspace.url, "op2", "email-alerts")
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="Begin.")
    await page.locator("article", has_text="Begin.").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    await page.get_by_role("textbox", name="Reply in thread").fill("I have it")
    await page.keyboard.press("Enter")
    await page.get_by_role("complementary", name="Thread").get_by_text("I have it").wait_for()
    replies = other.get_by_role("button", name="1 reply")
    assert "new" in await replies.inner_text()
    await replies.click()
    thread = other.get_by_role("complementary", name="Thread")
    await thread.get_by_text("I have it").wait_for()
    await until(lambda: _says(replies, "new", wanted=False), "what was read in the thread is not new any more")
    assert await other.locator("#messages").get_by_text("I have it").count() == 0
    await hands.client.chat_postEphemeral(channel="C0ALERTS", user="U0OP2", thread_ts=posted["ts"], text="Only you.")
    await thread.get_by_text("Only you.").wait_for()
    await other.keyboard.press("Escape")
    await thread.wait_for(state="hidden")


async def _says(place: "Locator", words: str, *, wanted: bool) -> bool:
    return (words in await place.inner_text()) is wanted


async def test_commands_are_refused_in_a_thread_as_slack_refuses_them(hands: Hands, windows: Windows) -> None:
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="Begin.")
    page = await windows.open(hands.workspace.url, "op1", "email-alerts", thread=posted["ts"])
    await page.get_by_role("textbox", name="Reply in thread").fill("/faxi-test")
    await page.keyboard.press("Enter")
    await page.get_by_text("Slack takes no commands in threads").wait_for()
    assert await page.get_by_role("textbox", name="Reply in thread").input_value() == "/faxi-test"


async def test_a_link_leads_to_its_message_and_shows_which_it_is(hands: Hands, windows: Windows) -> None:
    old = await hands.client.chat_postMessage(channel="C0MANAGEMENT", text="The linked one.")
    reply = await hands.client.chat_postMessage(channel="C0MANAGEMENT", text="A reply.", thread_ts=old["ts"])
    for number in range(130):
        await hands.do("message", who="mgr1", channel="#email-management", text=f"Message {number}")
    address = f"{hands.workspace.url}/archives/C0MANAGEMENT/p"
    page = await windows.open(hands.workspace.url, "mgr1", "email-alerts")
    await hands.client.chat_postMessage(
        channel="C0ALERTS", text=f"<{address}{old['ts'].replace('.', '')}|Open the case>"
    )
    await page.get_by_role("link", name="Open the case").click()
    linked = page.locator("article.linked")
    await linked.get_by_text("The linked one.").wait_for()
    assert await linked.get_by_text("the link leads here").is_visible()
    await page.get_by_role("button", name="Go to the newest messages").click()
    await page.get_by_text("Message 129").wait_for()
    await page.goto(f"{address}{reply['ts'].replace('.', '')}")
    await page.locator("#thread article.linked").get_by_text("A reply.").wait_for()
    await page.go_back()
    await page.get_by_text("Message 129").wait_for()


async def test_a_link_to_a_channel_one_is_not_in_says_so(hands: Hands, windows: Windows) -> None:
    old = await hands.client.chat_postMessage(channel="C0MANAGEMENT", text="For managers.")
    page = await windows.empty()
    await page.goto(f"{hands.workspace.url}/archives/C0MANAGEMENT/p{old['ts'].replace('.', '')}")
    await page.get_by_text("Aoi Tanaka is not in that channel").wait_for()
    assert await page.get_by_text("For managers.").count() == 0


async def test_times_are_in_the_readers_zone(hands: Hands, windows: Windows) -> None:
    noon = 1_795_575_600  # 25 Nov 2026 12:00 in Tokyo, 04:00 in Berlin
    await hands.client.chat_postMessage(channel="C0OPERATIONS", text=f"At <!date^{noon}^{{date}} {{time}}|x>.")
    tokyo = await windows.open(hands.workspace.url, "op1", "email-operations")
    berlin = await windows.open(hands.workspace.url, "ext1", "email-operations")
    assert "12:00" in await tokyo.locator("article .words").inner_text()
    assert "04:00" in await berlin.locator("article .words").inner_text()


async def test_a_message_shortcut_reaches_the_bot(hands: Hands, windows: Windows) -> None:
    await hands.client.chat_postMessage(channel="C0ALERTS", text="Begin.")
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    await page.locator("article", has_text="Begin.").hover()
    await page.get_by_role("button", name="Open a case").click()
    await page.locator("#messages").get_by_text('"Open a case" failed with the error "dispatch_failed"').wait_for()


async def test_one_acts_as_another_person_in_their_own_colour_and_sees_what_they_see(
    hands: Hands, windows: Windows
) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-operations")
    assert await place(page, "email-management").count() == 0
    hue = await page.evaluate("getComputedStyle(document.querySelector('#top')).backgroundColor")
    await page.get_by_label("Act as").select_option("mgr1")
    await place(page, "email-management, private channel").wait_for()
    assert await page.evaluate("getComputedStyle(document.querySelector('#top')).backgroundColor") != hue
    chosen = page.get_by_label("Act as").locator("option:checked")
    assert await chosen.inner_text() == "Kenji Ono (mgr1, management)"
    await page.reload()
    assert await page.get_by_label("Act as").input_value() == "mgr1"
