"""Every screen that people are meant to see is drawn by the page, published through the real client."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import SCREENS
from tests.browser.windows import NARROW, Windows, sideways
from tests.support.screens import elements
from tests.support.workspace import Hands, opened_trigger

if TYPE_CHECKING:
    from playwright.async_api import Page

JSON = dict[str, Any]
FILES = sorted(SCREENS.glob("*.json")) if SCREENS.is_dir() else []
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)
NAMES = ("F0FAX01", "F0CHART01", "F0CHART02", "F0CHART03")
_TOKEN = re.compile(r"<[^<>]*>|:[a-z0-9_+-]*[a-z][a-z0-9_+-]*:|[*_~`\n]")
_SEEN = """(root) => ({
    text: root.innerText,
    buttons: [...root.querySelectorAll(".button")].map((one) => [one.innerText, one.getAttribute("aria-label")]),
    images: [...root.querySelectorAll("img")].map((one) => [one.alt, one.complete && one.naturalWidth > 0]),
    fields: [...root.querySelectorAll("[data-field]")].map((one) => ({
        name: (one.labels?.[0] ?? one.querySelector("legend")).innerText,
        options: [...one.querySelectorAll("option:not([value='']), .tick > span")].map((option) => option.innerText),
        value: one.value ?? [...one.querySelectorAll("input:checked")].map((ticked) => ticked.value).join(),
    })),
    unknown: [...root.querySelectorAll(".error:not(.problem)")].map((one) => one.innerText),
})"""


async def uploaded(hands: Hands, text: str) -> str:
    """Upload the images that screens name, and put their real ids in place of the names."""
    for name in NAMES:
        if name in text:
            answer = await hands.client.files_upload_v2(filename=f"{name}.png", content=PIXEL, title=name)
            text = text.replace(name, answer["file"]["id"])
    return text


@pytest.mark.skipif(not FILES, reason="THE SCREENS ARE NOT HERE: none was shown on the page")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_state_of_a_screen_is_drawn(path: Path, hands: Hands, windows: Windows) -> None:
    states: dict[str, JSON] = json.loads(await uploaded(hands, path.read_text(encoding="utf-8")))
    page = await windows.open(hands.workspace.url, "mgr1", "email-management", NARROW)
    messages = {name: state for name, state in states.items() if "view" not in state}
    stamps = {}
    for name, state in messages.items():
        answer = await hands.client.chat_postMessage(channel="C0MANAGEMENT", **state)
        stamps[name] = answer["ts"]
    for name, ts in stamps.items():
        article = page.locator(f"article[data-ts='{ts}']")
        await article.wait_for()
        await article.scroll_into_view_if_needed()
        check(f"{path.stem} {name}", messages[name]["blocks"], await article.evaluate(_SEEN))
    for name, state in states.items():
        if name not in messages:
            check(f"{path.stem} {name}", state["view"]["blocks"], await view(hands, page, state["view"]))
            assert await sideways(page) == [], name
    assert await sideways(page) == []


async def view(hands: Hands, page: "Page", shown: JSON) -> JSON:
    """Show a modal or App Home through the real client; return what one sees of it, and close it again."""
    if shown["type"] == "home":
        await hands.client.views_publish(user_id="U0MGR1", view=shown)
        await page.evaluate("location.hash = '#as=mgr1&place=home'")
        first = fragments(shown["blocks"][0])
        await page.locator(".home").get_by_text(next(first)).first.wait_for()
        return dict(await page.locator(".home").evaluate(_SEEN))
    await hands.client.views_open(trigger_id=opened_trigger(hands, "mgr1"), view=shown)
    dialog = page.get_by_role("dialog", name=shown["title"]["text"])
    await dialog.wait_for()
    seen = dict(await dialog.locator(".modal-blocks").evaluate(_SEEN))
    bottom = [await one.inner_text() for one in await dialog.locator(".actions.end button").all()]
    wanted = [
        (shown.get("close") or {"text": "Close"})["text"],
        *([shown["submit"]["text"]] if "submit" in shown else []),
    ]
    assert bottom == wanted
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    return seen


def check(where: str, blocks: list[JSON], seen: JSON) -> None:
    """Compare what blocks hold with what one sees, in order."""
    assert seen["unknown"] == [], where
    rest = squeezed(seen["text"])
    assert not re.search(r":[a-z_]{3,}:|<[@#!]|&(?:lt|gt|amp);", rest), f"{where}: markup is seen in {rest!r}"
    for block in blocks:
        for words in fragments(block):
            at = rest.find(squeezed(words))
            assert at >= 0, f"{where}: {words!r} is not in {rest!r}"
            rest = rest[at:]
    buttons = [one for block in blocks for one in elements(block) if one["type"] == "button"]
    assert [text for text, _ in seen["buttons"]] == [one["text"]["text"] for one in buttons], where
    assert [label for _, label in seen["buttons"]] == [one.get("accessibility_label") for one in buttons], where
    images = [block for block in blocks if block["type"] == "image"]
    assert seen["images"] == [[one["alt_text"], True] for one in images], where
    inputs = [block for block in blocks if block["type"] == "input"]
    assert len(seen["fields"]) == len(inputs), where
    for block, field in zip(inputs, seen["fields"], strict=True):
        field_is_as_asked(where, block, field)


def field_is_as_asked(where: str, block: JSON, field: JSON) -> None:
    """Compare one field: its label, its options, what it holds at first."""
    element = block["element"]
    label = block["label"]["text"] + (" (optional)" if block.get("optional") else "")
    assert squeezed(field["name"]) == squeezed(label), where
    options = [one["text"]["text"] for one in element.get("options") or []]
    if options:
        assert [one.split("\n")[0] for one in field["options"]] == options, where
    first = element.get("initial_value") or (element.get("initial_option") or {}).get("value")
    if first:
        assert field["value"] == first, where
    if element["type"] == "users_select":
        assert len(field["options"]) > 5, where
    if element.get("initial_date_time"):
        at = datetime.fromtimestamp(element["initial_date_time"], UTC).astimezone(ZoneInfo("Asia/Tokyo"))
        assert field["value"] == f"{at:%Y-%m-%dT%H:%M}", where


def fragments(part: object) -> Iterator[str]:
    """Return the words of a block between its marks; for a date its clock time in the reader's zone."""
    if isinstance(part, dict):
        if part.get("type") in {"button", "image"}:
            return
        for name, value in part.items():
            if name == "text" and isinstance(value, str):
                yield from _words(value, formatted=part.get("type") == "mrkdwn")
            elif name in {"text", "elements", "label", "hint", "fields"}:
                yield from fragments(value)
    elif isinstance(part, list):
        for one in part:
            yield from fragments(one)


def _words(text: str, *, formatted: bool) -> Iterator[str]:
    if not formatted:
        yield from (one for one in re.split(r":[a-z_]+:", text) if one.strip())
        return
    at = 0
    for found in [*_TOKEN.finditer(text), None]:
        words = text[at : found.start() if found else None]
        if words.strip():
            yield html.unescape(words)
        if found is None:
            return
        at = found.end()
        if date := re.match(r"<!date\^(\d+)\^[^|]*\{time\}", found[0]):
            yield f"{datetime.fromtimestamp(int(date[1]), UTC).astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}"
        elif label := re.match(r"<(?:https?|tel|mailto)[^|]*\|([^>]*)>", found[0]):
            yield html.unescape(label[1])


def squeezed(text: str) -> str:
    """Return the text with single spaces, as the eye reads it."""
    return re.sub(r"\s+", " ", text).strip()
