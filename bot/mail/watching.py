"""The look at Faxi's mail, once a minute: what is new is found here, and handed on as due rows.

It finds complaints with their true owner, and mail of restricted accounts. What is done about each
is a due row of its own, in a transaction of its own: an account that fails holds up no other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, due, outbox
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import after_lift, crossings, flagged, metrics, previews, restricted_senders, thresholds

SQL = queries("watching")

LOOK, SUBJECT = "watch.look", "mail"
EVERY: Final = timedelta(seconds=60)
"""Business time between two looks: what is to be told within 2 minutes is."""
BASELINE_POST: Final = "watch.baseline"
_GRACE = timedelta(minutes=10)  # what Faxi commits later than it says
_UNKNOWN_AGAIN = timedelta(minutes=15)  # until an owner who was not known is looked for again
_AT_ONCE = 200


async def begin(connection: Connection, _team: Team, now: datetime) -> None:
    """Want the look of every minute; harmless when it is wanted already."""
    await connection.execute(SQL["begin"], now)
    if await due.pending(connection, LOOK, SUBJECT) is None:
        await due.add(connection, LOOK, SUBJECT, now + EVERY, poll=True)


async def look(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Look what is new in Faxi's mail (a due row); after an outage once, for all of it."""
    await due.add(connection, LOOK, SUBJECT, now + EVERY, poll=True)
    watch = await connection.fetchrow(SQL["watch"])
    if watch is None:
        message = "nobody noted since when the bot looks at the mail"
        raise RuntimeError(message)
    first = watch["baseline_at"] is None
    touched = await _complaints(connection, watch["began_at"] if first else None, now)
    if first:
        await _baseline(connection, team, row, now)
    watched = {one["subject"] for one in await connection.fetch(SQL["watched"], touched)}
    for user_id in touched:
        await due.add(connection, flagged.REACHED, str(user_id), now)
        await due.add(connection, thresholds.REACHED, str(user_id), now)
        if user_id in watched:
            await due.add(connection, after_lift.COMPLAINED, str(user_id), now)
    await restricted_senders.find(connection, team, watch["looked_until"] - _GRACE, now)
    await previews.drop_of_closed(connection, now)
    await connection.execute(SQL["looked"], now)


async def _complaints(connection: Connection, began_at: datetime | None, now: datetime) -> list[UUID]:
    """Note complaints that are new, or whose owner is known only now; return the accounts to look at.

    Parameters:
        began_at: given at the first look: what is older was there before, and touches nobody.
    """
    reported = await metrics.reported(connection, now)
    seen = {row["message_id"]: row for row in await connection.fetch(SQL["seen"], list(reported))}
    new = {
        message: at
        for message, at in reported.items()
        if message not in seen
        or (seen[message]["subject"] is None and seen[message]["looked_at"] <= now - _UNKNOWN_AGAIN)
    }
    old = {
        message: seen[message]["baseline"] if message in seen else began_at is not None and at < began_at
        for message, at in new.items()
    }
    owners = await _owners(connection, new)
    await connection.execute(
        SQL["see"], list(new), [owners[one] for one in new], list(new.values()), [old[one] for one in new], now
    )
    return sorted({owner for message, owner in owners.items() if owner is not None and not old[message]})


async def _owners(connection: Connection, messages: Mapping[str, datetime]) -> dict[str, UUID | None]:
    """Find owners, some at a time, so that no statement takes long."""
    owners: dict[str, UUID | None] = {}
    rest = iter(messages.items())
    while part := dict(islice(rest, _AT_ONCE)):
        owners |= await metrics.owners_of(connection, part)
    return owners


async def _baseline(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Count what stands at a limit from before the bot began, and say it, if anything does."""
    found = await connection.fetch(SQL["baseline_owners"], crossings.FLAGGED)
    flagged, over = await thresholds.baseline(connection, [one["subject"] for one in found], now)
    if flagged:
        counts = {"flagged": flagged, "over": over}
        await outbox.post(connection, BASELINE_POST, "watch", team.channels.operations, now, parameters=counts)
        await anchoring.record_own(
            connection, "watch:begin", "counted", now, interaction=f"due:{row.id}", parameters=counts
        )
