"""What the tests of whole numbers do again and again: ask for one, and read what is kept of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from bot.base.database import Pool
from bot.engine import handles
from bot.mail import restrictions
from bot.slack.interactions import Outcome
from tests.support.databases import Database
from tests.support.pressing import NOW, press

DIGITS = "9012344821"
FILLED = {"why": "call", "case": "We talked of this on Monday"}


async def value_of(pool: Pool, user_id: UUID) -> str:
    """Return what buttons about the account carry."""
    async with pool.acquire() as connection, connection.transaction():
        return await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, NOW)


async def submit(
    pool: Pool,
    user_id: UUID,
    who: str = "U0OP1",
    *,
    view: str | None = None,
    values: Mapping[str, str] = FILLED,
    **more: Any,
) -> Outcome:
    """Submit the form before a number."""
    where: dict[str, Any] = {"view_id": view or f"V{uuid4().hex[:8]}", "view_type": "modal"}
    metadata = await value_of(pool, user_id)
    return await press(pool, "account.reveal", who, kind="view", metadata=metadata, values=values, **where, **more)


async def rows(database: Database) -> list[Any]:
    """Return all looks at whole numbers."""
    async with database.connect() as connection:
        return await connection.fetch("SELECT * FROM chatops.reveals ORDER BY id")
