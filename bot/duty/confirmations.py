"""Contact data: when all those concerned last said on a Friday that they are reached as it is written.

Source: runbook "Friday Tasks" 1, "Ensure contact information is current".
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.base.database import Connection, queries
from bot.engine import roster

SQL = queries("confirmations")
SOURCE: Final = "Friday Tasks 1.3"
"""The items of Friday's list by which each of those concerned confirms, by their section of the runbook."""


@dataclass(frozen=True)
class Confirmed:
    """When the last of those concerned confirmed, and who they were."""

    at: datetime
    who: tuple[str, ...]


async def last_confirmed(connection: Connection) -> Confirmed | None:
    """Return the last time at which all items of one list were confirmed by people; ``None`` while none was."""
    row = await connection.fetchrow(SQL["last"], SOURCE, roster.BOT)
    return None if row is None else Confirmed(row["at"], tuple(row["who"]))
