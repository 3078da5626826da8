"""Sees, when the whole suite has run, that every Web API method of the local workspace was called in it.

The workspace writes each method's name into the file that ``FAXI_METHODS_LOG`` names. A run of some
tests only says nothing about the others, so then nothing is compared. What is left out by default
does not count as missing: the others must call every method.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.local.workspace.limits import METHODS

TESTS = Path(__file__).parents[1]
LEFT_OUT = ("long", "browser")


class MethodsCalled:
    """A plugin for one session: keeps the file, and compares at the end."""

    def __init__(self) -> None:
        """Begin with an empty file; one that is named already is kept."""
        self._whole = True
        self._left_out: set[Path] = set()
        named = os.environ.get("FAXI_METHODS_LOG")
        self._made = named is None
        handle, made = (None, named) if named else tempfile.mkstemp(prefix="faxi-methods-")
        if handle is not None:
            os.close(handle)
        self._file = Path(made or "")
        os.environ["FAXI_METHODS_LOG"] = str(self._file)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note when more than what is left out by default does not run."""
        self._left_out |= {item.path for item in items}
        self._whole &= all(any(item.get_closest_marker(name) for name in LEFT_OUT) for item in items)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail the session when a method was never called."""
        called = set(self._file.read_text(encoding="utf-8").split()) if self._file.exists() else set()
        if self._made:
            self._file.unlink(missing_ok=True)
            os.environ.pop("FAXI_METHODS_LOG", None)
        files = {item.path for item in session.items} | self._left_out
        here = set(TESTS.glob("test_*.py"))
        one_by_one = any("::" in argument for argument in session.config.args)
        partly = not self._whole or one_by_one or session.config.option.collectonly or not here <= files
        if exitstatus != pytest.ExitCode.OK or partly:
            return
        missing = sorted(set(METHODS) - called)
        if missing:
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            words = f"The workspace offers methods that nothing in the whole suite calls: {', '.join(missing)}"
            if reporter is not None:
                reporter.write_line(words, red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
