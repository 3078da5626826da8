"""Fixtures of the browser tests: a Chromium, and windows of the page in it. Without one, it is said loudly."""

import os
import shutil
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.windows import Windows
from tests.support.workspace import Hands, running

if TYPE_CHECKING:
    from playwright.async_api import Browser

SCREENS = Path(__file__).parents[3] / "shared" / "screens"
_HERE = Path(__file__).parent
_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NO_BROWSER = "no browser: "


def _found() -> tuple[str | None, str]:
    """Return the browser's program, or None and why there is none."""
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return None, "playwright is not installed; install requirements-browser.lock"
    named = os.environ.get("FAXI_BROWSER")
    if named:
        return shutil.which(named), f"FAXI_BROWSER={named} cannot be run"
    names = ("chromium", "chromium-browser", "google-chrome", _MACOS)
    return next(filter(None, map(shutil.which, names)), None), "no Chromium found; set FAXI_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser, or fail it where one is demanded."""
    if _HERE not in item.path.parents:
        return
    program, why = _found()
    if program is not None:
        return
    if os.environ.get("FAXI_REQUIRE_BROWSER") == "1":
        pytest.fail(f"FAXI_REQUIRE_BROWSER=1, but {why}", pytrace=False)
    pytest.skip(f"{_NO_BROWSER}{why}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals that browser tests did not run, whichever process was to run them."""
    said = [
        report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if _NO_BROWSER in report.longrepr[2]
    ]
    if said:
        why = said[0].partition(_NO_BROWSER)[2]
        terminalreporter.write_line(f"BROWSER TESTS NOT RUN ({len(said)}): {why}", red=True, bold=True)
    if not SCREENS.is_dir():
        terminalreporter.write_line("SCREENS NOT SHOWN TO THE PAGE: shared/screens is not beside this folder", red=True)


@pytest.fixture(scope="session")
async def chromium() -> "AsyncIterator[Browser]":
    """Start the browser once."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - is not installed everywhere

    program, _ = _found()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def windows(chromium: "Browser") -> AsyncIterator[Windows]:
    """Open windows of the page; at the end none may have reported an error."""
    async with Windows.of(chromium) as opened:
        yield opened
    assert opened.errors == []


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace, with the tests' manifest."""
    async with running(tmp_path) as made:
        yield made
