"""Sees, when the whole suite has run, that every Web API method of the local workspace was called in it.

The workspace writes each method's name into the file that ``FAXI_METHODS_LOG`` names; several
processes that share the tests add to one file. A run of some tests only says nothing about the
others, so then nothing is compared. What is left out by default does not count as missing: the
others must call every method.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.local.workspace.limits import METHODS

TESTS = Path(__file__).parents[1]
LEFT_OUT = ("long", "browser")
_REPORT = "faxi-methods"


class MethodsCalled:
    """A plugin for one session: keeps the file, and compares at the end."""

    def __init__(self) -> None:
        """Begin with an empty file; one that is named already is kept (its owner is whoever named it)."""
        self._whole = True
        self._files: set[Path] = set()
        named = os.environ.get("FAXI_METHODS_LOG")
        self._made = named is None
        handle, made = (None, named) if named else tempfile.mkstemp(prefix="faxi-methods-")
        if handle is not None:
            os.close(handle)
        self._file = Path(made or "")
        os.environ["FAXI_METHODS_LOG"] = str(self._file)  # pytest's own workers, started later, find it there

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note when more than what is left out by default does not run."""
        self._files |= {item.path for item in items}
        self._whole &= all(any(item.get_closest_marker(name) for name in LEFT_OUT) for item in items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the files whose tests run."""
        self._files |= {item.path for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has noted: it collects all tests, and the process that starts the workers none.

        A worker that broke off has noted nothing, and another takes its place.
        """
        noted = getattr(node, "workeroutput", {}).get(_REPORT)
        if noted is not None:
            self._whole &= noted["whole"]
            self._files |= {Path(name) for name in noted["files"]}

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail the session when a method was never called; a worker only hands on what it has noted."""
        handed_on: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if handed_on is not None:
            handed_on[_REPORT] = {"whole": self._whole, "files": sorted(map(str, self._files))}
            return
        called = set(self._file.read_text(encoding="utf-8").split()) if self._file.exists() else set()
        if self._made:
            self._file.unlink(missing_ok=True)
            os.environ.pop("FAXI_METHODS_LOG", None)
        one_by_one = any("::" in argument for argument in session.config.args)
        here = set(TESTS.glob("test_*.py"))
        partly = not self._whole or one_by_one or session.config.option.collectonly or not here <= self._files
        if exitstatus != pytest.ExitCode.OK or partly:
            return
        missing = sorted(set(METHODS) - called)
        if missing:
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            words = f"The workspace offers methods that nothing in the whole suite calls: {', '.join(missing)}"
            if reporter is not None:
                reporter.write_line(words, red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
