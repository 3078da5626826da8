"""Lifelike mail for trials: some six hundred accounts, ninety days of it, and more for time that is skipped.

Everything follows from the accounts and the hour, so that the same seed and the same instant make
the same rows, and time may be skipped in pieces of any length. A few accounts have a story of their
own, with complaints that are counted by hand; all others write ordinary mail (:mod:`.everyday`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.base.telephone import digits_of
from bot.local.blocked import write_blocked
from bot.local.everyday import (
    A_DAY,
    SETTLES,
    SHARED_SUBJECTS,
    SUBJECTS,
    People,
    Person,
    Thread,
    bounced_mail,
    chance_of,
    complained_mail,
    hours,
    recipient,
    thread_name,
    uuid_of,
    write_hour,
)
from bot.local.leftovers import write_leftovers
from bot.local.mail_rows import Rows, copy

SQL = queries("history")
DAYS: Final = 90
_DOMAIN: Final = "me.faxi.jp"
_FRIENDS: Final = 6
_PIECE: Final = timedelta(days=1)
_SKIPPED_AT_MOST: Final = timedelta(days=92)
_USERS: Final = (
    "id phone_number email_address preferences feature_flags email_restricted email_restricted_at "
    "email_restriction_reason created_at updated_at fax_number_verified fax_number_verified_at"
)
_THREADS: Final = "id user_id thread_id subject participants last_message_at created_at updated_at"


@dataclass(frozen=True)
class Story:
    """What an account of the trial is there to show."""

    number: str
    complaints: Sequence[tuple[float, str]] = ()  # days ago, kind
    repeated: int = 0  # so many of the complaints are stored again
    bounces: Sequence[float] = ()  # days ago; each is stored again, too
    own_table: int = 0  # so many are in user_complaints too
    files_under: int | None = None  # the story whose threads Faxi files this one's mail under
    restricted_days_ago: float | None = None
    restricted: bool | None = False
    verified: bool = True


_ABUSE = "abuse"
STORIES: Final = (
    Story("+819034714821", [(0.4, _ABUSE), (1.3, _ABUSE), (6.2, _ABUSE), (12.5, _ABUSE), (19.1, "fraud")]),
    Story("+81-80-2345-6789", [(d, _ABUSE) for d in (0.7, 3.1, 8.4, 15.2, 22.6, 27.9, 31.5)], repeated=2,
          bounces=(0.2, 0.6, 4.1)),
    Story("+817041236610", [(2.2, _ABUSE), (9.6, _ABUSE), (10.1, _ABUSE), (24.3, _ABUSE)]),
    Story("+81312347755", [(4.4, _ABUSE), (13.8, _ABUSE), (20.2, _ABUSE)], own_table=1),
    Story("+81662345512", [(5.5, _ABUSE), (7.7, "not-spam"), (16.6, "auth-failure")]),
    Story("+819087654203"),  # blamed for what the next one sent
    Story("+819087651188", [(1.8, _ABUSE), (11.2, _ABUSE), (17.4, _ABUSE)], files_under=5),
    Story("+818056784410", [(13.2, _ABUSE), (14.5, _ABUSE), (15.1, _ABUSE), (18.8, _ABUSE), (21.3, _ABUSE)],
          restricted_days_ago=12, restricted=True),
    Story("+819023456707", [(d, _ABUSE) for d in (0.9, 4.8, 9.2, 14.4, 18.3)], verified=False),
    Story("+81-3-4567-8901", [(d, _ABUSE) for d in (1.1, 5.2, 10.7, 16.9, 23.8)], restricted=None),
    Story("+81-90-6789-0034", [(28.4, _ABUSE)]),
)  # fmt: skip
_TOLD: Final = {digits_of(story.number): story for story in STORIES}
_OTHERS: Final = 589
_HYPHENS, _WITHOUT_FLAG, _UNVERIFIED = 0.03, 0.02, 0.1
_TROUBLED: Final = 0.012
"""So many of the others go on getting complaints, so that there is somebody to decide about at any time."""
_TROUBLE: Final = 0.04
"""How often: a few of them are reviewed each month, and seldom does one get as many as a restriction is asked for."""


def _ordinary(number: str) -> Story:
    """Return an account like others: a few have no flag at all, are not verified, or are written with hyphens."""
    chance = chance_of("account", number)
    hyphens = f"{number[:3]}-{number[3:5]}-{number[5:9]}-{number[9:]}"
    return Story(
        hyphens if chance.random() < _HYPHENS else number,
        restricted=None if chance.random() < _WITHOUT_FLAG else False,
        verified=chance.random() >= _UNVERIFIED,
    )


def _stories(seed: int) -> list[Story]:
    """Return the accounts that show something, and ordinary ones after them."""
    chance = chance_of(seed, "numbers")
    taken = set(_TOLD)
    others: list[Story] = []
    while len(others) < _OTHERS:
        area, rest = chance.choice((("90", 8), ("80", 8), ("70", 8), ("3", 8), ("6", 8), ("52", 7)))
        number = f"+81{area}{chance.randrange(2, 9)}{chance.randrange(10 ** (rest - 1)):0{rest - 1}}"
        if number[1:] not in taken:
            taken.add(number[1:])
            others.append(_ordinary(number))
    return [*STORIES, *others]


def _person(user_id: UUID, address: str, threads: Sequence[UUID], blamed: UUID) -> Person:
    """Return how an account writes: it follows from its id and its number alone."""
    person = Person(user_id, address, tuple(threads), blamed, weight=1.0)
    if address.partition("@")[0] in _TOLD:
        return replace(person, complained=None)  # its complaints are those of its story, and no others
    chance = chance_of(user_id, "habit")
    if chance.random() < _TROUBLED:
        return replace(person, weight=3.0, complained=_TROUBLE)
    return replace(person, weight=min(chance.paretovariate(1.3) * 0.8, 12.0))


def _complain(rows: Rows, story: Story, person: Person, now: datetime) -> None:
    """Add the mails of a story that somebody complained about, and the complaints as Faxi stores them."""
    for position, (days, kind) in enumerate(story.complaints):
        chance = chance_of(person.id, "complaint", position)
        at = now - timedelta(days=days)
        message, to = complained_mail(rows, person, at - timedelta(hours=chance.uniform(1, 9)), chance)
        filed = {"complaintType": kind, "complainedRecipients": [to]}
        for again in range(3 if position < story.repeated else 1):
            rows.metric("complained", person.blamed, message, at + again * timedelta(minutes=7), filed)
        if position < story.own_table:
            rows.complaints.append((person.blamed, message, at + timedelta(minutes=1), kind))
    for position, days in enumerate(story.bounces):
        at = now - timedelta(days=days)
        bounced_mail(rows, person, at, chance_of(person.id, "bounce", position))


def _user(story: Story, user_id: UUID, address: str, now: datetime) -> tuple[Any, ...]:
    joined = now - timedelta(days=chance_of(user_id, "joined").uniform(DAYS + 10, 900))
    restricted_at = None if story.restricted_days_ago is None else now - timedelta(days=story.restricted_days_ago)
    reason = "5 complaints in 30 days" if restricted_at else None
    flag, verified_at = story.restricted, joined if story.verified else None
    restriction = (flag, restricted_at, reason)
    return (user_id, story.number, address, {}, {}, *restriction, joined, joined, story.verified, verified_at)


async def _settle_in(connection: Connection, seed: int, stories: Sequence[Story], now: datetime) -> list[Person]:
    """Write the accounts and their threads; return the people in the order of the stories."""
    ids = [uuid_of(chance_of(seed, "person", position)) for position in range(len(stories))]
    addresses = [f"{digits_of(story.number)}@{_DOMAIN}" for story in stories]
    threads, people = [], []
    for position, story in enumerate(stories):
        owner = position if story.files_under is None else story.files_under
        made = [uuid_of(chance_of(seed, "thread", owner, friend)) for friend in range(_FRIENDS)]
        mine = sorted(made, key=lambda thread: thread_name(thread.bytes))
        people.append(_person(ids[position], addresses[position], mine, ids[owner]))
        if owner == position:
            threads += [
                (thread, ids[owner], thread_name(thread.bytes), SUBJECTS[friend % len(SUBJECTS)],
                 [addresses[owner], recipient(people[-1], friend)], now, now, now)
                for friend, thread in enumerate(mine)
            ]  # fmt: skip
    for place, subject in enumerate(SHARED_SUBJECTS):
        owner = len(STORIES) + place
        thread = uuid_of(chance_of(seed, "shared", place))
        both = [addresses[owner], recipient(people[owner], place)]
        threads.append((thread, ids[owner], thread_name(subject.encode()), subject, both, now, now, now))
    users = [_user(*one, now) for one in zip(stories, ids, addresses, strict=True)]
    await copy(connection, "users", _USERS, users)
    await copy(connection, "email_threads", _THREADS, threads)
    return people


async def _people(connection: Connection) -> People:
    """Read back who writes, from the accounts and threads that :func:`seed` has made."""
    names = [thread_name(subject.encode()) for subject in SHARED_SUBJECTS]
    rows = await connection.fetch(SQL["shared_threads"], names)
    shared = [Thread(row["id"], row["user_id"], row["subject"]) for row in rows]
    accounts = await connection.fetch(SQL["accounts"], names)
    own = {row["email_address"].partition("@")[0]: row for row in accounts}
    everybody = []
    for digits, row in own.items():
        story = _TOLD.get(digits)
        under = None if story is None or story.files_under is None else STORIES[story.files_under]
        owner = row if under is None else own.get(digits_of(under.number), row)
        if owner["threads"]:
            everybody.append(_person(row["id"], row["email_address"], owner["threads"], owner["id"]))
    return People(everybody, shared)


async def _write_pieces(connection: Connection, people: People, start: datetime, end: datetime, a_day: float) -> None:
    """Write the ordinary mail of [start, end), and what becomes in it of the mail just before.

    It goes by days, between which others may have their turn.
    """
    rows = Rows()
    until = start + _PIECE
    for hour in hours(start - SETTLES, end):
        if hour >= until:
            await rows.take(start, until).write(connection)
            start, until = until, until + _PIECE
        write_hour(rows, people, hour, a_day)
    while start < end:
        until = min(start + _PIECE, end)
        await rows.take(start, until).write(connection)
        start = until


async def seed(connection: Connection, now: datetime, *, seed: int = 1, a_day: float = A_DAY) -> None:
    """Write the accounts of the trial and their mail of the last ninety days.

    Params:
        connection: as the owner of Faxi's tables, with the json codec, in a transaction.
        now: business time; nothing is written at or after it.
        seed: other numbers and other chance for another seed.
        a_day: how many mails an ordinary working day has.
    """
    stories = _stories(seed)
    indexes = await connection.fetch(SQL["plain_indexes"])
    for index in indexes:  # they are made anew at the end: so it takes a third of the time
        await connection.execute(index["drop"])
    await connection.execute(SQL["empty_tables"])
    await connection.execute(SQL["trust_rows"])
    everybody = await _settle_in(connection, seed, stories, now)
    start = now - timedelta(days=DAYS)
    rows = Rows()
    for story, person in zip(stories, everybody, strict=True):
        _complain(rows, story, person, now)
    await rows.take(start, now).write(connection)
    await _write_pieces(connection, await _people(connection), start, now, a_day)
    await write_leftovers(connection, everybody, start, now)
    await write_blocked(connection, everybody, start, now)
    await connection.execute(SQL["check_rows_again"])
    for index in indexes:
        await connection.execute(index["make"])
    await connection.execute(SQL["count_threads"])


async def last_mail(connection: Connection) -> datetime | None:
    """Return the instant just after the last mail; None when there is none yet."""
    last: datetime | None = await connection.fetchval(SQL["last_mail"])
    return None if last is None else last + timedelta(milliseconds=1)


async def write_mail(connection: Connection, start: datetime, end: datetime, *, a_day: float = A_DAY) -> None:
    """Write the ordinary mail of [start, end), for time that was skipped; of a long time, the last ninety-two days.

    The seeded accounts' mail goes on as it was: their threads tell who they are.

    Params:
        connection: as for :func:`seed`.
        start: where the last piece ended.
        end: business time; nothing is written at or after it.
        a_day: as for :func:`seed`.
    """
    await _write_pieces(connection, await _people(connection), max(start, end - _SKIPPED_AT_MOST), end, a_day)
