"""Whole numbers: who sees which, at most twenty a day, for five minutes; what is kept of it is never the number.

Source: who may, and how often, is the team's rule of rights ("see a whole number, recorded, 20 a day").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.base.database import Connection, queries
from bot.engine import effects

SQL = queries("reveals")
MOST: Final = 20
"""Whole numbers that a person may see in a day of the team's zone; the table's key holds it too."""
SHOWN_FOR: Final = timedelta(minutes=5)
"""Business time after which a number is hidden again."""
HIDE: Final = "account.hide"
"""The kind of effect that hides a number."""
WHY: Final[Mapping[str, str]] = {
    "call": "Call the person",
    "mixup": "Check for a mix-up",
    "asked": "Asked by the person",
    "other": "Something else",
}
"""What one may see a number for, and the words for it: nothing else is kept of the reason."""


@dataclass(frozen=True)
class Reveal:
    """A look at a whole number; ``n`` is which one of the person's day it was."""

    id: int
    person: str
    subject: UUID
    n: int
    at: datetime
    view_id: str
    hidden_at: datetime | None

    @property
    def until(self) -> datetime:
        """When the number is hidden again."""
        return self.at + SHOWN_FOR


@dataclass(frozen=True)
class Whole:
    """What only the one form shows; its parts stay out of every log."""

    number: str = field(repr=False)
    address: str | None = field(repr=False)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day that a look counts for."""
    return at.astimezone(zone).date()


async def left(connection: Connection, person: str, day: date) -> int:
    """Return how many whole numbers the person may still see on this day of the team's."""
    return max(0, MOST - int(await connection.fetchval(SQL["used"], person, day)))


async def take(
    connection: Connection,
    *,
    person: str,
    subject: UUID,
    why: str,
    case_id: int | None,
    view_id: str,
    zone: ZoneInfo,
    now: datetime,
) -> Reveal | None:
    """Take one of the person's looks of today, and want it hidden in five minutes; ``None`` when none is left.

    A form that shows a number already, which was submitted twice, takes no second one.

    Parameters:
        person: who looks, by Slack's id.
        subject: Faxi's id of the account.
        why: a key of :data:`WHY`.
        case_id: the case that it is for, if one was given.
        view_id: the form, by Slack's id.
        zone: the team's, by which days are counted.
        now: business time.
    """
    day = day_of(now, zone)
    for _ in range(MOST + 1):
        # Whoever inserts at the same moment is waited for; the next statement sees what they took.
        found = await open_in(connection, view_id)
        if found is not None and (found.person, found.subject) == (person, subject) and now < found.until:
            return found
        if found is not None:
            await hidden(connection, found, now)
        row = await connection.fetchrow(SQL["take"], person, day, subject, why, case_id, now, view_id, MOST)
        if row is not None:
            taken = Reveal(**dict(row))
            await effects.want(connection, HIDE, _subject(taken), taken.until, now)
            return taken
        if not await left(connection, person, day):
            return None
    return None


async def open_in(connection: Connection, view_id: str) -> Reveal | None:
    """Return the look whose number this form shows now, if it shows one."""
    row = await connection.fetchrow(SQL["open"], view_id)
    return None if row is None else Reveal(**dict(row))


async def of_effect(connection: Connection, effect_subject: str) -> Reveal | None:
    """Return the look that an effect is to hide."""
    row = await connection.fetchrow(SQL["by_id"], int(effect_subject.removeprefix("reveal:")))
    return None if row is None else Reveal(**dict(row))


async def hidden(connection: Connection, reveal: Reveal, now: datetime) -> bool:
    """Note that the number is hidden again, and that nothing is left to do; say whether it was shown until now."""
    if await connection.fetchval(SQL["hide"], reveal.id, now) is None:
        return False
    waiting = await connection.fetchval(SQL["effect"], HIDE, _subject(reveal))
    if waiting is not None:
        await effects.move(connection, waiting, ["waiting"], "done", now=now)
    return True


async def whole(connection: Connection, user_id: UUID) -> Whole | None:
    """Return the whole number and the mail address; ``None`` when the account is gone."""
    row = await connection.fetchrow(SQL["whole"], user_id)
    return None if row is None else Whole(row["phone_number"], row["email_address"])


def _subject(reveal: Reveal) -> str:
    return f"reveal:{reveal.id}"
