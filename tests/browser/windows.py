"""Windows of the page, each as some person, and what tests ask of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

WIDE = (1280, 800)
NARROW = (360, 740)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Windows:
    """Opens windows of one browser; each has its own session."""

    def __init__(self, browser: "Browser") -> None:
        """Begin without windows."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, browser: "Browser") -> "AsyncIterator[Windows]":
        """Close every window at the end."""
        made = cls(browser)
        try:
            yield made
        finally:
            for context in made._contexts:
                await context.close()

    async def empty(self, size: tuple[int, int] = WIDE, *, dark: bool = False) -> "Page":
        """Open a window that shows nothing yet."""
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        self._contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)
        return page

    async def open(
        self, url: str, who: str, place: str = "", size: tuple[int, int] = WIDE, *, dark: bool = False, **more: str
    ) -> "Page":
        """Open the page as ``who`` at ``place``, and wait until it is drawn."""
        page = await self.empty(size, dark=dark)
        await page.goto(f"{url}/#{urlencode({'as': who, 'place': place, **more})}")
        await page.locator("#place h2").wait_for()
        return page

    def _heard(self, message: "ConsoleMessage") -> None:
        made_to_fail = any(
            words in message.text for words in ("Failed to load resource", "ERR_", "blocked by CORS", "WebSocket")
        )
        if message.type == "error" and not made_to_fail:
            self.errors.append(message.text)


async def until(look: Callable[[], Awaitable[Any]], what: str, within: float = 10.0) -> Any:
    """Look again and again until there is something to see.

    Raises:
        AssertionError: there is not, ``within`` seconds.
    """
    end = asyncio.get_running_loop().time() + within
    while not (seen := await look()):
        assert asyncio.get_running_loop().time() < end, f"{what}: not so after {within:.0f} s"
        await asyncio.sleep(0.03)
    return seen


async def focused(page: "Page") -> str:
    """Return by what name the focused element is read out."""
    return str(
        await page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return "";
                const label = at.labels?.[0] ?? at.closest("fieldset")?.querySelector("legend");
                const written = at.tagName === "BUTTON" ? at.innerText : "";
                const named = [at.getAttribute("aria-label"), label?.innerText, written];
                return [...new Set(named.filter(Boolean))].join(" / ").trim() || at.innerText.trim();
            }"""
        )
    )


async def tab_to(page: "Page", name: str, key: str = "Tab", most: int = 60) -> None:
    """Press Tab until what is called ``name`` has the focus.

    Raises:
        AssertionError: it cannot be reached so; lists what was.
    """
    passed = []
    for _ in range(most):
        if name in (now := await focused(page)):
            return
        passed.append(now[:40])
        await page.keyboard.press(key)
    raise AssertionError(f"{name!r} is not reached by {key}: {passed}")


async def sideways(page: "Page") -> list[str]:
    """Return what is wider than the window, or than the box it lies in."""
    return list(
        await page.evaluate(
            """() => [...document.querySelectorAll("body, #top, #main, #messages, #replies, dialog, .modal-blocks")]
                .filter((one) => one.getClientRects().length && one.scrollWidth > one.clientWidth + 1)
                .map((one) => `${one.tagName} ${one.id} ${one.className}: ${one.scrollWidth} in ${one.clientWidth}`)
                .concat(document.documentElement.scrollWidth > innerWidth ? ["the page itself"] : [])"""
        )
    )


async def serious(page: "Page") -> list[str]:
    """Return what axe finds on the page as it stands, without what is minor."""
    from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415 - is not installed everywhere

    found = (await Axe().run(page, options={"runOnly": _TAGS})).response["violations"]
    said = [f"{one['impact']} {one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
    return [one for one in said if not one.startswith("minor")]
