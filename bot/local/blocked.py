"""Senders that people of the trial have blocked: most have none, a few very many, and some add to them lately."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection
from bot.local.everyday import Person, chance_of
from bot.local.mail_rows import Row, copy

_COLUMNS: Final = "user_id blocked_email blocked_at"
_BLOCKS: Final = 0.15
"""So many people have blocked anybody."""
_MANY: Final = 18
"""So many have blocked more than ten senders."""
_GROWING: Final = 5
"""One of so many of them goes on blocking."""
_LATELY: Final = timedelta(days=20)
_EVERYWHERE: Final = ("otoku-shop.example", "point-mall.example", "kuji-info.example", "deai-net.example")
"""Domains of advertising that many people know."""


def _rows(person: Person, count: int, start: datetime, end: datetime) -> list[Row]:
    """Block so many senders, spread over a time."""
    chance = chance_of(person.id, "blocked", count)
    rows: list[Row] = []
    for number in range(count):
        known = number < len(_EVERYWHERE) and chance.random() < 1 / 2
        domain = _EVERYWHERE[number] if known else f"shop{chance.randrange(400)}.example"
        sender = f"info{number}.{chance.randrange(10_000)}@{domain}"
        rows.append((person.id, sender, start + (end - start) * chance.random()))
    return rows


async def write_blocked(connection: Connection, people: Sequence[Person], start: datetime, now: datetime) -> None:
    """Write them, spread over [start, now).

    Params:
        connection: as the owner of Faxi's tables.
        people: whose they are, in an order that is always the same.
    """
    rows: list[Row] = []
    for place, person in enumerate(people):
        chance = chance_of(person.id, "blocks")
        turn, many = divmod(place, len(people) // _MANY or 1)
        if many == 1:
            rows += _rows(person, chance.randrange(11, 40), start, now - 2 * _LATELY)
            rows += _rows(person, chance.randrange(3, 9), now - _LATELY, now) if turn % _GROWING == 0 else []
        elif chance.random() < _BLOCKS:
            rows += _rows(person, chance.randrange(1, 6), start, now)
    await copy(connection, "email_blocklist", _COLUMNS, rows)
