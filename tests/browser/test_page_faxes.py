"""The faxes that a trial sent, on the page: listed, read as pictures, and decided; by keyboard, and by all."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from aiohttp import web

from bot.base.clock import MappedClock
from bot.local.fax_service import FaxService
from bot.local.workspace import Workspace
from bot.local.workspace.page import Jump, Scenario
from bot.paper.notices import Notice, Press, Support
from tests.browser.windows import NARROW, WIDE, Windows, focused, serious, sideways, tab_to, until
from tests.support.outside import NUMBER, serving, telnyx_client

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

FIRST, SECOND = "OPS-0001-F1", "OPS-0002-F1"
_READABLE = "[...document.querySelectorAll('.fax-pages img')].every((one) => one.complete && one.naturalWidth > 600)"


@dataclass
class Bare:
    """A stage without anything to play."""

    scenarios: Sequence[Scenario] = ()
    running: str | None = None
    said: str = ""
    newest_case: str = "OPS-0001"

    async def example(self) -> str:
        """Return a number."""
        return "090-0000-0000"

    def jumps(self) -> Sequence[Jump]:
        """Return nowhere to go."""
        return ()

    def start(self, name: str) -> str:
        """Play nothing."""
        return name


@dataclass
class Sent:
    """A workspace with faxes that were sent from it, held where they are until somebody decides."""

    url: str
    service: FaxService
    pdfs: dict[str, bytes] = field(default_factory=dict)

    async def send(self, reference: str) -> str:
        """Print and send a fax; return Telnyx's id of it."""
        notice = Notice(
            kind="restriction",
            language="ja",
            reference=reference,
            day=date(2026, 11, 24),
            enforced=False,
            reason="fraud",
            complaints=None,
            support=Support(phone="0120-000-512", email=None, hours="09:00-18:00"),
        )
        printed = Press(None).pdf(notice, made_at=datetime(2026, 11, 24, 1, tzinfo=UTC)).pdf

        async def pages(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=printed, content_type="application/pdf")

        telnyx = self.service.telnyx
        async with serving(pages) as url, telnyx_client(telnyx) as client:
            fax = await client.send(to=NUMBER, media_url=f"{url}/pages.pdf", effect=uuid4())
            telnyx.decide(fax.id, "sending")
            await telnyx.quiet()
        return fax.id


@contextlib.asynccontextmanager
async def trial(folder: Path, *, faxes: bool = True) -> AsyncIterator[Sent]:
    """Run a workspace with a trial's panel, with a fax service or without."""
    clock = MappedClock.create(folder / "clock", timedelta())
    service = await FaxService.start(clock)
    workspace = await Workspace.start(clock=clock, stage=Bare(), faxes=service if faxes else None)
    try:
        yield Sent(workspace.url, service)
    finally:
        await workspace.close()
        await service.close()


@pytest.fixture
async def sent(tmp_path: Path) -> AsyncIterator[Sent]:
    """Run a workspace from which two faxes were sent."""
    async with trial(tmp_path) as made:
        await made.send(FIRST)
        await made.send(SECOND)
        yield made


def fax(page: "Page", reference: str) -> "Locator":
    """Return the entry of a fax."""
    return page.locator(".faxes li", has_text=reference)


async def opened(sent: Sent, windows: Windows, size: tuple[int, int] = WIDE, *, dark: bool = False) -> "Page":
    """Open the page with the panel, and wait for the list."""
    page = await windows.open(sent.url, "op1", "email-operations", size, dark=dark)
    if size == NARROW:
        await page.get_by_role("button", name="Try it").click()
    await fax(page, FIRST).wait_for()
    return page


async def pages_are_there(page: "Page") -> None:
    """Wait until the pages are drawn, with so many dots that they can be read."""

    async def there() -> bool:
        return bool(await page.evaluate(_READABLE))

    await until(there, "the pages are there")


async def test_the_newest_fax_stands_first_with_masked_number_and_state(sent: Sent, windows: Windows) -> None:
    page = await opened(sent, windows)
    newest, oldest = await page.locator(".faxes li").all_inner_texts()
    assert SECOND in newest
    assert FIRST in oldest
    assert "📠 Is being sent" in newest
    assert NUMBER[-4:] in newest
    assert NUMBER not in await page.locator("#trial").inner_text()
    sent.service.decide(sent.service.listed()[0]["id"], "failed", "receiver_unallocated_number")
    await fax(page, FIRST).get_by_text("🚫 Failed: the number is not in use").wait_for()
    assert await fax(page, FIRST).get_by_role("button").all_inner_texts() == ["See the pages"]


async def test_pages_are_read_and_a_fax_is_decided_by_keyboard_alone(sent: Sent, windows: Windows) -> None:
    page = await opened(sent, windows)
    await tab_to(page, "Show Faxes")
    await page.keyboard.press("Enter")
    assert await focused(page) == "Faxes"
    await tab_to(page, f"See the pages of {SECOND}", most=2)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=SECOND)
    await pages_are_there(page)
    assert SECOND in str(await dialog.get_by_role("img").first.get_attribute("alt"))
    assert await focused(page) == "Close"
    await page.keyboard.press("Tab")
    assert await focused(page) == "Pages"
    await page.keyboard.press("End")
    await until(lambda: page.evaluate("document.querySelector('.fax-pages').scrollTop > 0"), "the pages move by keys")
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    assert SECOND in await focused(page)
    await tab_to(page, f"Busy: {SECOND}")
    await page.keyboard.press("Enter")
    await fax(page, SECOND).get_by_text("🚫 Failed: the line was busy").wait_for()
    await until(lambda: fax(page, SECOND).evaluate("(one) => one === document.activeElement"), "one stays at the fax")
    assert await page.locator("#news").inner_text() == f"{SECOND}: 🚫 Failed: the line was busy"
    await tab_to(page, f"It arrives: {FIRST}")
    await page.keyboard.press("Enter")
    await fax(page, FIRST).get_by_text("✅ Delivered, 1 page").wait_for()
    states = [(one["status"], one["reason"]) for one in sent.service.listed()]
    assert states == [("delivered", None), ("failed", "user_busy")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_list_and_the_pages_can_be_used_by_all(dark: bool, sent: Sent, windows: Windows) -> None:  # noqa: FBT001
    for size in (WIDE, NARROW):
        page = await opened(sent, windows, size, dark=dark)
        await fax(page, FIRST).scroll_into_view_if_needed()
        assert await serious(page) == [], f"the list, {size[0]} px"
        assert await page.evaluate("document.querySelector('#trial').scrollWidth <= innerWidth")
        await fax(page, FIRST).get_by_role("button", name="See the pages").click()
        await pages_are_there(page)
        assert await serious(page) == [], f"the pages, {size[0]} px"
        assert await sideways(page) == [], f"{size[0]} px"
        wide = (await page.locator(".fax-pages img").first.bounding_box() or {"width": 0})["width"]
        assert wide >= (800 if size == WIDE else 480), "the pages are drawn large enough to read"
        await page.close()


async def test_where_there_is_no_fax_service_nothing_is_said_of_faxes(tmp_path: Path, windows: Windows) -> None:
    async with trial(tmp_path, faxes=False) as bare:
        page = await windows.open(bare.url, "op1", "email-operations")
        await page.get_by_role("heading", name="The wire").wait_for()
        assert await page.get_by_role("heading", name="Faxes").count() == 0
