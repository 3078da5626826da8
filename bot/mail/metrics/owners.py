"""Whose a message is, which is never read from the row of its bounce or complaint.

Faxi's backend may have given such a row to another person. The owner is the user of the ``sent``
row with the same message id, else the user whose address the message came from, else nobody known.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from bot.base.database import Connection, queries

SQL = queries("metrics")


async def owners_of(connection: Connection, messages: Mapping[str, datetime]) -> Mapping[str, UUID | None]:
    """Say whose these messages are: the user of the sent row, else of the address it came from, else ``None``.

    It is there to tell which accounts to look at; what an account's figures are, its own query says.

    Params:
        messages: message ids, each with the time of a complaint about it.
    """
    rows = await connection.fetch(SQL["owners"], list(messages), list(messages.values()))
    return {row["message_id"]: row["user_id"] for row in rows}
