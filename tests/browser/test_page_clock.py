"""The panel's clock on the page: it goes to the day one wants, by keyboard and on a narrow screen too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.base.clock import MappedClock
from bot.local.workspace import Workspace
from tests.browser.life import Panel
from tests.browser.windows import NARROW, WIDE, Windows, focused, serious, sideways, tab_to, until
from tests.support.team import ZONE

if TYPE_CHECKING:
    from playwright.async_api import Page

WAYS = ["end of day 18:00", "tomorrow 09:00", "next working day 09:00", "next Monday 09:00", "first Monday 09:00"]


@dataclass
class Clocked:
    """A workspace with a panel, and its clock."""

    workspace: Workspace
    clock: MappedClock

    @property
    def now(self) -> datetime:
        """Business time, the team's."""
        return self.clock.now().astimezone(ZONE)


@pytest.fixture
async def clocked(tmp_path: Path) -> AsyncIterator[Clocked]:
    """Run a workspace with a trial's panel."""
    clock = MappedClock.create(tmp_path / "clock", timedelta())
    workspace = await Workspace.start(clock=clock, stage=Panel(clock))
    yield Clocked(workspace, clock)
    await workspace.close()


async def _opened(clocked: Clocked, windows: Windows, size: tuple[int, int]) -> "Page":
    page = await windows.open(clocked.workspace.url, "op1", "email-operations", size)
    if size == NARROW:
        await page.get_by_role("button", name="Try it").click()
    await page.get_by_role("heading", name="Clock").wait_for()
    return page


async def test_next_monday_is_reached_by_keyboard_and_the_button_keeps_the_focus(
    clocked: Clocked, windows: Windows
) -> None:
    page = await _opened(clocked, windows, WIDE)
    await tab_to(page, "To next Monday 09:00")
    await page.keyboard.press("Enter")

    async def there() -> bool:
        return clocked.now.weekday() == 0 and clocked.now.hour == 9

    await until(there, "it is Monday")
    await page.get_by_text("All that is due was done and sent.").wait_for()
    assert "To next Monday 09:00" in await focused(page)


async def test_all_ways_are_there_on_a_narrow_screen_and_nothing_is_cut_off(clocked: Clocked, windows: Windows) -> None:
    page = await _opened(clocked, windows, NARROW)
    shown = (
        await page.locator("#trial section", has=page.get_by_role("heading", name="Clock"))
        .get_by_role("button")
        .all_inner_texts()
    )
    assert shown == ["Forward 1 h", *(f"To {way}" for way in WAYS)]
    assert await sideways(page) == []
    assert await serious(page) == []


async def test_while_time_moves_the_clock_says_so_and_a_press_does_not_move_it_twice(
    clocked: Clocked, windows: Windows
) -> None:
    page = await _opened(clocked, windows, WIDE)
    async with clocked.workspace.slack.moving:
        clocked.workspace.slack.state.changes += 1
        await page.get_by_text("Time moves, and stops at all that is due.").wait_for()
        button = page.get_by_role("button", name="To tomorrow 09:00")
        assert await button.get_attribute("aria-disabled") == "true"
        before = clocked.now.date()
        await button.click(force=True)
    clocked.workspace.slack.state.changes += 1
    await page.get_by_text("All that is due was done and sent.").wait_for()
    assert clocked.now.date() == before
