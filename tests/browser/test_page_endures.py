"""The page in bad weather: restarts, lost connections, other origins, very long and very many messages."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.base.clock import MappedClock
from bot.local.workspace import Workspace
from bot.local.workspace.state import Message
from tests.browser import scenes
from tests.browser.cable import cabled
from tests.browser.windows import Windows, until
from tests.support.workspace import Hands, write_manifest

if TYPE_CHECKING:
    from playwright.async_api import Page


async def _workspace(folder: Path, port: int = 0) -> Workspace:
    folder.mkdir()
    clock = MappedClock.create(folder / "clock", timedelta())
    return await Workspace.start(clock=clock, manifest=write_manifest(folder), port=port)


async def test_an_old_window_says_after_a_restart_that_it_must_be_loaded_again(
    tmp_path: Path, windows: Windows
) -> None:
    first = await _workspace(tmp_path / "first")
    port = int(first.url.rpartition(":")[2])
    page = await windows.open(first.url, "mgr1", "email-alerts")
    await page.get_by_role("textbox").fill("half a")
    await first.close()
    await page.get_by_role("alert").get_by_text("does not answer. This page tries again by itself").wait_for()
    second = await _workspace(tmp_path / "second", port)
    try:
        await page.get_by_role("alert").get_by_text("The workspace was started again").wait_for()
        await page.get_by_role("textbox").press("Enter")
        await page.locator("#composer").get_by_text("Reload the page to go on.").wait_for()
        assert await page.get_by_role("textbox").input_value() == "half a"
        await page.get_by_role("button", name="Reload the page").click()
        await page.get_by_role("heading", name="#email-alerts").wait_for()
        await until(lambda: _no_banner(page), "the banner is gone")
        assert await page.get_by_label("Act as").input_value() == "mgr1"
    finally:
        await second.close()


async def _no_banner(page: "Page") -> bool:
    return bool(await page.locator("#banner").is_hidden())


async def test_a_lost_connection_comes_back_by_itself_and_shows_what_was_missed(hands: Hands, windows: Windows) -> None:
    async with cabled(hands.workspace.url) as cable:
        page = await windows.open(cable.url, "op1", "email-alerts")
        cable.pull()
        await page.get_by_role("alert").get_by_text("does not answer").wait_for()
        await hands.do("message", who="mgr1", channel="#email-alerts", text="While you were away")
        cable.plug_in()
        await page.locator("#messages").get_by_text("While you were away").wait_for()
        await until(lambda: _no_banner(page), "the banner is gone")


async def test_a_page_of_another_origin_gets_nothing_and_moves_nothing(hands: Hands, windows: Windows) -> None:
    async def foreign(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>foreign</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", foreign)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        page = await windows.empty()
        await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        script = """async (url) => {
            const body = JSON.stringify({as: "mgr1", channel: "#email-alerts", text: "I was driven"});
            const plain = {method: "POST", mode: "no-cors", headers: {"content-type": "text/plain"}, body};
            const asked = [
                fetch(`${url}/control/message`, {method: "POST", headers: {"content-type": "application/json"}, body}),
                fetch(`${url}/control/message`, plain),
                fetch(`${url}/page/view?as=mgr1`),
            ];
            return (await Promise.allSettled(asked)).map((one) => one.value?.type ?? "refused");
        }"""
        assert await page.evaluate(script, hands.workspace.url) == ["refused", "opaque", "refused"]
        live = hands.workspace.url.replace("http:", "ws:") + "/live"
        listening = """(url) => new Promise((resolve) => {
            const link = new WebSocket(url);
            link.onopen = () => resolve("open");
            link.onerror = () => resolve("refused");
        })"""
        assert await page.evaluate(listening, live) == "refused"
        await page.evaluate(
            "(url) => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }",
            hands.workspace.url,
        )
        await page.evaluate("(url) => { location.href = url; }", f"{hands.workspace.url}/#as=mgr1")
        await page.get_by_text("only its own page may use it").wait_for()
        assert await hands.see("messages", who="mgr1", channel="#email-alerts") == []
    finally:
        await runner.cleanup()


async def test_forty_thousand_letters_are_shown_folded_and_whole_on_demand(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    words = ("*strong* and <https://example.com|a link> _slanted_\n" * 1000)[:39_990] + "\nthe end."
    await page.get_by_role("textbox").fill(words)
    await page.keyboard.press("Enter")
    article = page.locator("article")
    await article.get_by_text("letters are shown").wait_for()
    assert await article.get_by_text("the end.").count() == 0
    await article.get_by_role("button", name="Show all").click()
    await article.get_by_text("the end.").wait_for()
    await hands.do("message", who="op2", channel="#email-alerts", text="Next")
    await page.locator("article", has_text="Next").wait_for()
    assert await article.first.get_by_text("the end.").count() == 1


async def test_more_than_forty_thousand_letters_are_refused_with_their_count(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    box = page.get_by_role("textbox")
    await box.fill("a" * 40_001)
    await box.press("Enter")
    await page.get_by_text("at most 40,000 letters; this one has 40,001. Nothing was sent").wait_for()
    assert len(await box.input_value()) == 40_001
    answer = await hands.do("message", who="op1", channel="#email-alerts", text="a" * 40_001)
    assert "40,001" in answer["error"]
    assert await hands.see("messages", who="op1", channel="#email-alerts") == []


async def test_five_thousand_messages_are_neither_sent_nor_drawn_at_once(hands: Hands, windows: Windows) -> None:
    state = hands.workspace.slack.state
    channel = state.channels["C0ALERTS"]
    sizes = []
    for count in (200, 5_000):
        while len(channel.messages) < count:
            words = f"Number {len(channel.messages)}"
            state.add(channel, Message(state.stamp(channel), channel.id, "U0MGR1", words, blocks=scenes.request()))
        async with hands.session.get(f"{hands.workspace.url}/page/view?as=op1&place=email-alerts") as response:
            sizes.append(len(await response.read()))
    assert sizes[1] < sizes[0] * 1.05
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    articles = page.locator("article")
    assert await articles.count() == 100
    await page.evaluate("window.kept = [...document.querySelectorAll('article')]")
    await hands.do("message", who="op2", channel="#email-alerts", text="One more")
    await articles.get_by_text("One more").wait_for()
    assert await page.evaluate("window.kept.filter((one) => one.isConnected).length") == 99
    await page.get_by_role("button", name="Show earlier messages").click()
    await until(lambda: _count(page, 200), "two hundred are shown")


async def _count(page: "Page", wanted: int) -> bool:
    return bool(await page.locator("article").count() == wanted)


async def test_ten_windows_of_one_browser_all_stay_live(hands: Hands, windows: Windows) -> None:
    pages = [await windows.open(hands.workspace.url, "op1", "email-alerts")]
    for who in ("op2", "op3", "eng1", "eng2", "mgr1", "mgr2", "aud1", "op1", "op2"):
        pages.append(await pages[0].context.new_page())
        await pages[-1].goto(f"{hands.workspace.url}/#as={who}&place=email-alerts")
    await hands.client.chat_postMessage(channel="C0ALERTS", text="To all windows.")
    for page in pages:
        await page.locator("article").get_by_text("To all windows.").wait_for()


async def test_hostile_words_stay_words(hands: Hands, windows: Windows) -> None:
    page = await windows.open(hands.workspace.url, "op1", "email-alerts")
    words = (
        "<img src=x onerror=alert(1)> <script>alert(2)</script> <javascript:alert(3)|press> <!date^9e99^{date}|then>"
    )
    await hands.do("message", who="op2", channel="#email-alerts", text=words)
    link = {"type": "link", "url": "javascript:alert(4)", "text": "press here"}
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}
    channel = hands.workspace.slack.state.channels["C0ALERTS"]
    for blocks in ([scenes.section(words)], [rich]):
        hands.workspace.slack.post(channel, "U0FAXIBOT", words, blocks=blocks)  # as if Slack had let it through
    await page.locator("article").nth(2).wait_for()
    assert words in await page.locator("article .words").first.inner_text()
    assert await page.locator("article").last.locator(".words").inner_text() == "press here"
    assert await page.locator("#messages :is(img, script, a)").count() == 0
