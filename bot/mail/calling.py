"""Calling whoever has a case, where they are: its story may be told in a channel that they are not in.

Requests are decided in management's private channel, and their threads stand there; whoever asked,
or operations, is to call a person all the same when a fax failed or a complaint came.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import cases, handles, outbox, roster
from bot.engine.team import Team
from bot.mail import accounts


async def call(
    connection: Connection,
    team: Team,
    case_id: int,
    renderer: str,
    parameters: Mapping[str, Any],
    now: datetime,
    *,
    after_night: bool = False,
) -> None:
    """Say it to whoever has the case in a direct message, or in operations' channel where nobody of the team has it.

    Where the story is told in operations' channel, its thread has said it already.

    Parameters:
        renderer: draws it; ``alone`` among the parameters tells it that nothing stands above it, and ``instead``
            that whoever was called directly cannot be reached, so that operations are (the sender does that).
        after_night: the thread said it in the night, and called nobody.
    """
    subject = cases.subject(case_id)
    case, head = await cases.load(connection, case_id), await outbox.head_of(connection, subject)
    if case is None or case.subject is None:
        return
    said = {**parameters, "quiet": False}
    if head is not None and head.destination == team.channels.operations:
        if after_night:
            await outbox.post(connection, renderer, subject, head.destination, now, parent=head.id, parameters=said)
        return
    await handles.mint(connection, accounts.HANDLE, str(case.subject), 1, now)
    owner, parent = case.owner, None
    if owner is None or owner == roster.BOT or not await roster.works(connection, owner):
        owner = team.channels.operations
    else:
        copy = await outbox.live_of(connection, subject, f"{case.procedure}.direct")
        parent = copy.id if copy is not None and copy.destination == owner else None
    await outbox.post(connection, renderer, subject, owner, now, parent=parent, parameters={**said, "alone": True})
