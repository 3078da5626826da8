"""A seat before the page: people take it in turn, and act there by what they see."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.windows import NARROW, WIDE, sideways

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

PICTURES = os.environ.get("FAXI_PICTURES")
"""A folder for pictures of the page, if somebody wants to look at them."""
_SHOW_PANEL = """(yes) => {
    document.body.classList.toggle("with-trial", yes);
    document.querySelector("#trial").hidden = !yes;
}"""


@dataclass
class Seat:
    """One window; whoever acts is chosen in it, as one does on the page."""

    page: "Page"
    who: str = ""
    looks: int = 0

    async def take(self, handle: str, channel: str) -> None:
        """Act as ``handle``, and go to a channel or to App Home, or to the direct message with the bot."""
        if self.who != handle:
            await self.page.get_by_label("Act as").select_option(handle)
            await self.page.wait_for_function("(who) => document.title.includes(`(${who})`)", arg=handle)
            self.who = handle
        await self.page.locator("#sidebar .place", has_text=channel).click()
        await self.page.locator("#place h2", has_text=channel).wait_for()

    async def type(self, command: str) -> None:
        """Write a command where one is, and send it."""
        await self.page.locator("#composer-text").fill(command)
        await self.page.locator("#composer").get_by_role("button", name="Send").click()

    def message(self, *words: str) -> "Locator":
        """Return the newest message of the channel that has all these words."""
        found = self.page.locator("#messages article")
        for one in words:
            found = found.filter(has_text=one)
        return found.last

    @property
    def thread(self) -> "Locator":
        """What the open thread says."""
        return self.page.locator("#replies")

    async def open_thread(self, message: "Locator") -> None:
        """Open the thread of a message."""
        await message.locator(".replies").click()
        await self.thread.locator("article").first.wait_for()

    async def close_thread(self) -> None:
        """Close the open thread."""
        await self.page.get_by_role("button", name="Close thread").click()

    def modal(self, title: str) -> "Locator":
        """Return the modal with this title."""
        return self.page.get_by_role("dialog", name=title)

    async def answered(self, *words: str) -> None:
        """Read the modal that answers a form, and close it."""
        modal = self.modal("faxi-bot")
        await reads(modal, *words)
        await press(modal, "Close")
        await modal.wait_for(state="detached")

    async def look(self, name: str, shown: "Locator | None" = None) -> None:
        """Look at the page, wide and on a telephone: nothing is cut off at the side. Keep pictures where wanted."""
        self.looks += 1
        for size, called in ((NARROW, "narrow"), (WIDE, "wide")):
            await self.page.set_viewport_size({"width": size[0], "height": size[1]})
            await self.page.evaluate(_SHOW_PANEL, size == WIDE)
            if shown is not None:
                await shown.evaluate(
                    "(one) => one.scrollIntoView({block: 'nearest'})"
                )  # it may be drawn anew meanwhile
            assert await sideways(self.page) == [], f"{name}, {called}"
            if PICTURES:
                Path(PICTURES).mkdir(parents=True, exist_ok=True)
                path = Path(PICTURES) / f"{self.looks:02}-{name}-{called}.png"
                await self.page.screenshot(path=path, animations="disabled")


async def press(where: "Locator", button: str) -> None:
    """Press the button that bears these words."""
    await where.locator(".button").filter(has_text=re.compile(rf"^{re.escape(button)}$")).click()


async def reads(where: "Locator", *words: str) -> None:
    """Hold that one reads all these words there, now or in a moment."""
    for one in words:
        await where.filter(has_text=one).first.wait_for()


async def buttons(where: "Locator") -> list[str]:
    """Return the words of the buttons that one may press there."""
    return list(await where.locator(".actions .button").all_inner_texts())
