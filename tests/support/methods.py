"""Sees, when the whole suite has run, that every Web API method of the local workspace was called in it.

The workspace writes each method's name into the file that ``FAXI_METHODS_LOG`` names. A run of some
tests only says nothing about the others, so then nothing is compared.
"""

import os
import tempfile
from pathlib import Path

import pytest

from bot.local.workspace.limits import METHODS

TESTS = Path(__file__).parents[1]


class MethodsCalled:
    """A plugin for one session: keeps the file, and compares at the end."""

    def __init__(self) -> None:
        """Begin with an empty file; one that is named already is kept."""
        self._whole = True
        named = os.environ.get("FAXI_METHODS_LOG")
        self._made = named is None
        handle, made = (None, named) if named else tempfile.mkstemp(prefix="faxi-methods-")
        if handle is not None:
            os.close(handle)
        self._file = Path(made or "")
        os.environ["FAXI_METHODS_LOG"] = str(self._file)

    def pytest_deselected(self) -> None:
        """Note that not everything runs."""
        self._whole = False

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail the session when a method was never called."""
        called = set(self._file.read_text(encoding="utf-8").split()) if self._file.exists() else set()
        if self._made:
            self._file.unlink(missing_ok=True)
            os.environ.pop("FAXI_METHODS_LOG", None)
        files = {item.path for item in session.items}
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
