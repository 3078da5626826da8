"""Fixtures that every test may ask for: PostgreSQL, a database of its own, the bot's pool."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot.base.database import Pool, open_pool
from bot.local.folders import working_folder
from bot.local.postgres import Postgres
from tests.support.databases import Database, clone, lay_out_template
from tests.support.faxing import Desk, Outside, fax_desk, outside
from tests.support.methods import MethodsCalled

_NEEDS_DATABASE = frozenset({"server", "template", "database", "pool", "desk"})
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp
_PLENTY = 3 * 1024**3
_RUNS_PROCESSES = frozenset({"system", "demo"})


def pytest_configure(config: pytest.Config) -> None:
    """See at the end which Web API methods were called; let Ctrl-C reach what tests start.

    A shell that starts the tests in the background has them ignore it, and their children with them.
    """
    config.pluginmanager.register(MethodsCalled())
    # A traceback with all that is at hand, the whole runbook too, takes seconds to write, and nobody reads it.
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a database, so that they can run on another PostgreSQL, or for a running bot."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if _NEEDS_DATABASE & asked:
            item.add_marker(pytest.mark.database)
        if _RUNS_PROCESSES & asked:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def test_folder() -> Iterator[Path]:
    """Give a folder for the whole session; what a killed session left is removed by the next."""
    usual = tempfile.tempdir
    if _memory_suits():
        tempfile.tempdir = str(_MEMORY)
    with working_folder("tests") as folder:
        tempfile.tempdir = usual
        yield folder


def _memory_suits() -> bool:
    """Say whether there is memory for files and programs: there, a copy of a database takes a tenth of the time."""
    if sys.platform != "linux" or "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return False
    return shutil.disk_usage(_MEMORY).free >= _PLENTY and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC


@pytest.fixture(scope="session")
async def server(test_folder: Path) -> AsyncIterator[Postgres]:
    """Run one PostgreSQL for the session (``FAXI_POSTGRES_BIN`` chooses another)."""
    async with Postgres.start(test_folder, settings={"max_connections": "200", "max_wal_size": "256MB"}) as running:
        yield running


@pytest.fixture(scope="session")
async def template(server: Postgres) -> Postgres:
    """Lay out the database that tests get copies of; give its server, for :func:`clone`."""
    await lay_out_template(server)
    return server


@pytest.fixture
async def database(template: Postgres) -> AsyncIterator[Database]:
    """Give this test a database of its own."""
    async with clone(template) as made:
        yield made


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Give the bot's own pool (role ``faxi_bot``) on this test's database."""
    async with await open_pool(database.url, size=5, application="faxi-bot tests") as opened:
        yield opened


@pytest.fixture(scope="session")
async def around() -> AsyncIterator[Outside]:
    """Run S3 for the session, with the bot's client of it and a press: all that faxes need and is slow to make."""
    async with outside() as running:
        yield running


@pytest.fixture
async def desk(database: Database, around: Outside) -> AsyncIterator[Desk]:
    """Give this test a desk of its own that sends faxes, on its database."""
    async with fax_desk(database, around) as made:
        yield made
