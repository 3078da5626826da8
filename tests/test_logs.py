"""What the log tells of what failed: where and of which kind, and nothing of a person."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import structlog

from bot.base import logs
from bot.base.clock import SystemClock
from bot.base.database import Connection, Pool
from bot.base.tasks import Inflight
from bot.engine import due
from bot.engine.due import Due
from tests.support.databases import Database

PRIVATE = ("9012344821", "1234-4821", "1234 4821", "hanako@me.faxi.jp", "Hanako", "Sato")
ROW = ("+819012344821", "hanako@me.faxi.jp", "Hanako Sato")
TYPED = "090-1234-4821"
QUOTED = "nobody has hanako@me.faxi.jp, +81 90 1234 4821 or 09012344821"  # a traceback has the line that raises it
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Set the log up as the program does; give what is written."""
    before, kept = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", kept)
    logs.configure("INFO")
    yield kept
    structlog.configure(**before)


async def quote_a_row(connection: Connection) -> None:
    """Fail as Faxi's table may: with a detail that quotes the row."""
    await connection.execute(
        "INSERT INTO public.users (phone_number, email_address, name) VALUES ($1, $2, $3)",
        *ROW,
    )


async def quote_a_value(connection: Connection) -> None:
    """Fail as a statement does that gets the number of a person for a number of rows."""
    await connection.fetchval("SELECT $1::int", ROW[1])


async def say_a_value(_connection: Connection) -> None:
    """Fail as Python does."""
    try:
        int(TYPED)
    except ValueError as error:
        raise LookupError(QUOTED) from error


async def miss_a_table(connection: Connection) -> None:
    """Fail as before a migration."""
    await connection.execute("SELECT * FROM chatops.no_such_table")


@pytest.mark.parametrize(
    ("fail", "named"),
    [
        (quote_a_row, "CheckViolationError: 23514 users nobody"),
        (quote_a_value, "DataError: 22000"),
        (say_a_value, "LookupError: nobody has •••• •••• or ••••"),
        (miss_a_table, 'UndefinedTableError: 42P01 relation "chatops.no_such_table" does not exist'),
    ],
)
async def test_what_failed_is_logged_with_its_place_and_kind_and_without_the_row_that_it_quotes(
    pool: Pool, database: Database, written: io.StringIO, fail: Any, named: str
) -> None:
    async with database.connect() as owner:
        await owner.execute("ALTER TABLE public.users ADD COLUMN IF NOT EXISTS name text")
        await owner.execute("ALTER TABLE public.users ADD CONSTRAINT nobody CHECK (name IS NULL) NOT VALID")
        await owner.execute("GRANT INSERT ON public.users TO faxi_bot")
    async with pool.acquire() as connection:
        with pytest.raises((asyncpg.PostgresError, LookupError)) as caught:
            await fail(connection)
        quoted = str(caught.value) + str(caught.value.__cause__)
        assert fail is miss_a_table or any(one in quoted for one in PRIVATE), "else this would prove nothing"

        async def handler(connection: Connection, _row: Due, _now: datetime) -> None:
            await fail(connection)

        await due.add(connection, "test", "x", PAST)
        await due.run_ready(pool, {"test": handler}, SystemClock())
        inflight = Inflight()
        with pytest.raises(type(caught.value)):
            await inflight.spawn(fail(connection), "work")
        await asyncio.sleep(0)  # the task's end is noted in the next round
    line = logging.StreamHandler(written)
    line.setFormatter(logs._Formatter("%(message)s"))  # noqa: SLF001 - pytest's own handlers are at the root
    error = caught.value
    line.handle(logging.LogRecord("asyncio", logging.ERROR, "x", 1, "never retrieved", (), (type(error), error, None)))
    said = written.getvalue()
    assert [json.loads(one)["event"] for one in said.splitlines()[:2]] == ["due row failed", "task failed"]
    assert said.replace('\\"', '"').count(named) == 3, said
    assert "test_logs.py" in said
    for one in PRIVATE:
        assert one not in said
