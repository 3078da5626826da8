"""Contact data: when all those concerned last said on a Friday that they are reached as it is written.

Source: runbook "Friday Tasks" 1, "Ensure contact information is current".
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.base.database import Connection, queries
from bot.engine import roster
from bot.engine.access import Group
from bot.engine.cases import Step

SQL = queries("confirmations")
SOURCE: Final = "Friday Tasks 1.3"
"""The items of Friday's list by which each of those concerned confirms, by their section of the runbook."""


@dataclass(frozen=True)
class Confirmed:
    """When the last of those concerned confirmed, and who they were."""

    at: datetime
    who: tuple[str, ...]


def concerned(step: Step) -> Group | None:
    """Return the group that alone can say of its contact data that it is current; ``None`` for any other item."""
    name = step.name.removeprefix("contacts_")
    return Group(name) if step.source == SOURCE and name in set(Group) else None


async def last_confirmed(connection: Connection) -> Confirmed | None:
    """Return the last time at which all items of one list were confirmed by people; ``None`` while none was."""
    row = await connection.fetchrow(SQL["last"], SOURCE, roster.BOT)
    return None if row is None else Confirmed(row["at"], tuple(row["who"]))
