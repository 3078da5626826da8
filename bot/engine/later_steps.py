"""What comes to the steps of a case after it was opened: one more, or one that a person does instead of the bot."""

from datetime import datetime
from typing import Literal

from bot.base.database import Connection, queries
from bot.engine import cases, handles
from bot.engine.cases import StepState

SQL = queries("later_steps")


async def add(
    connection: Connection,
    case_id: int,
    name: str,
    kind: Literal["act", "confirm"],
    title: str,
    now: datetime,
    *,
    when: tuple[str, StepState] | None = None,
) -> None:
    """Add something to do at the end of a case; what was done before under this name is to do again.

    Parameters:
        when: an earlier step and how it has to end for this one to be done at all.
    """
    await connection.execute(SQL["add_step"], case_id, name, kind, title, *(when or (None, None)))
    await handles.mint(connection, cases.HANDLE, f"{case_id}:{name}", 1, now)


async def leave_to_person(connection: Connection, case_id: int, step: str, title: str) -> None:
    """Make a step that the bot was to do, and cannot, one that a person does and answers."""
    await connection.execute(SQL["leave_to_person"], case_id, step, title)
