"""What the bot remembers of people: their names, and since when they are in a group."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.base.database import Connection, queries
from bot.engine.access import Group, Membership, Person

SQL = queries("roster")
BOT = "bot"
"""The actor of everything that the bot does by itself."""


async def remember(connection: Connection, person: Person, now: datetime) -> None:
    """Keep the person's name, so that messages can name whoever acted."""
    await connection.execute(SQL["remember_person"], person.id, person.name, now)


async def names(connection: Connection, ids: Iterable[str | None]) -> Mapping[str, str]:
    """Return the names of these people; the bot's own is ``faxi-bot``.

    Somebody never seen is named by the Slack id, so every id has a name.
    """
    wanted = {one for one in ids if one}
    rows = await connection.fetch(SQL["names"], sorted(wanted))
    found = {one: one for one in wanted}
    found[BOT] = "faxi-bot"
    found.update({row["id"]: row["name"] for row in rows})
    return found


async def record(connection: Connection, membership: Membership, now: datetime) -> None:
    """Note who joined and who left since the last reading.

    Whoever is there at a group's first reading has no joining time: the bot did not see it.
    """
    for group, members in sorted(membership.groups.items()):
        first = await connection.fetchval(SQL["first_reading"], group, now)
        people = sorted(members)
        await connection.execute(SQL["join_members"], group, people, None if first else now)
        await connection.execute(SQL["leave_members"], group, people, now)


async def members(connection: Connection, group: Group) -> list[str]:
    """Return who was in a group when it was read last, sorted."""
    return [row["person"] for row in await connection.fetch(SQL["members"], group)]


async def works(connection: Connection, person: str) -> bool:
    """Say whether somebody is in one of the groups, as they were read last; until one is read, everybody is."""
    return bool(await connection.fetchval(SQL["works"], person))


async def joined_at(connection: Connection, group: Group, person: str, now: datetime) -> datetime | None:
    """Return when the person joined the group, or ``None`` when that was before the bot looked.

    Somebody whom no reading has seen yet, and who is in the group now, joined just ``now``.
    """
    value: datetime | None = await connection.fetchval(SQL["joined_at"], group, person, now)
    return value
