"""PostgreSQL by our own launcher: it serves, survives a crash, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from bot.local.folders import FolderInUse, sweep, working_folder
from bot.local.postgres import Postgres, PostgresError, programs
from tests.support.databases import Database
from tests.support.demo import open_folder
from tests.support.leftovers import processes_naming

pytestmark = pytest.mark.database

_SERVE = """
import asyncio, sys
from bot.local.folders import working_folder
from bot.local.postgres import Postgres
async def main():
    with working_folder("launch") as folder:
        async with Postgres.start(folder):
            print(folder, flush=True)
            await asyncio.sleep(600)
asyncio.run(main())
"""


def test_as_root_the_server_is_nobody_and_no_user_is_added(template: Postgres) -> None:
    owner = Path(f"/proc/{template.pid}").stat().st_uid if Path("/proc/self").exists() else None
    if owner is None or os.geteuid() != 0:
        pytest.skip("asks the kernel, as root")
    assert owner not in {0, os.geteuid()}
    assert "embedded_postgres" not in Path("/etc/passwd").read_text()


async def test_a_stranger_without_the_password_is_not_let_in(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:guess@127.0.0.1:{database.server.port}/{database.name}")


async def test_a_killed_server_comes_back_on_the_same_port_with_what_was_committed() -> None:
    with working_folder("launch") as folder:
        async with Postgres.start(folder) as server:
            url = server.url("postgres")
            connection = await asyncpg.connect(url)
            await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            await server.kill()
            await server.restart()
            connection = await asyncpg.connect(url)
            assert await connection.fetchval("SELECT number FROM kept") == 7
            await connection.close()


async def test_data_that_is_kept_is_there_the_next_time(test_folder: Path) -> None:
    keep = open_folder(test_folder) / "kept"
    for expected in (None, "kept"):
        with working_folder("launch", keep) as folder:
            async with Postgres.start(folder, durable=True) as server:
                connection = await asyncpg.connect(server.url("postgres"))
                assert await connection.fetchval("SELECT to_regclass('kept')::text") == expected
                await connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
                await connection.close()


def test_a_folder_in_use_is_refused_in_words(tmp_path: Path) -> None:
    with (
        working_folder("launch", tmp_path),
        pytest.raises(FolderInUse, match="in use by a demo that is running"),
        working_folder("launch", tmp_path),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone becomes nobody")
async def test_programs_that_nobody_cannot_reach_are_copied_and_no_mode_is_widened() -> None:
    with working_folder("launch") as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        installed = programs().parents[2]
        if not (installed / "embedded_postgres").is_dir():
            pytest.skip("FAXI_POSTGRES_BIN names other programs")
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(installed / name, closed / name, symlinks=True)
        async with Postgres.start(folder, bin_dir=closed / "embedded_postgres/pginstall/bin") as server:
            connection = await asyncpg.connect(server.url("postgres"))
            assert await connection.fetchval("SELECT upper('a')") == "A"
            await connection.close()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone becomes nobody")
async def test_root_is_told_which_folder_closes_the_way() -> None:
    with working_folder("launch") as outer:
        closed = outer / "closed"
        closed.mkdir(mode=0o700)
        with working_folder("launch", closed / "kept") as folder, pytest.raises(PostgresError, match=str(closed)):
            async with Postgres.start(folder):
                pass


def test_programs_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="no initdb and postgres in"):
        programs(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
async def test_nothing_is_left_after(how: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    folder = Path((await parent.stdout.readline()).decode().strip())
    assert processes_naming(str(folder))
    parent.send_signal(how)
    await parent.wait()
    end = time.monotonic() + 10
    while processes_naming(str(folder)) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    assert processes_naming(str(folder)) == []
    if how is not signal.SIGINT:  # the script has no handler of its own for SIGTERM
        sweep("launch")
    assert not folder.exists()
