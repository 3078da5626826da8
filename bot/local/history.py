"""Lifelike mail for trials: some forty accounts, ninety days of it, and more for time that is skipped.

Everything follows from the accounts and the hour, so that the same seed and the same instant make
the same rows, and time may be skipped in pieces of any length. Faxi's own faults are there too: a
bounce or complaint names the owner of the thread and not the one who sent the mail, complaints are
stored again, and `delivered` belongs to nobody.
"""

import base64
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.base.database import Connection, queries
from bot.base.telephone import digits_of

SQL = queries("history")
DAYS: Final = 90
_HOUR = timedelta(hours=1)
_SETTLES: Final = timedelta(hours=2)  # all that becomes of a mail happens within this time
_TOKYO = ZoneInfo("Asia/Tokyo")
_DOMAIN: Final = "me.faxi.jp"
# How much of a day's mail is written in each hour, Tokyo: in the morning, and after lunch.
_BY_HOUR = (0, 0, 0, 0, 0, 1, 3, 6, 9, 11, 11, 9, 6, 8, 9, 8, 7, 5, 4, 3, 2, 1, 0, 0)
_BOUNCED = 0.012
_BOUNCES = (
    ("Permanent", "smtp; 550 5.1.1 user unknown"),
    ("Permanent", "smtp; 550 5.7.1 rejected"),
    ("Transient", "smtp; 452 4.2.2 mailbox full"),
)
_FRIENDS = ("tanaka", "sato.family", "yamada-clinic", "shop-info", "mago.yuki", "suzuki")
_PROVIDERS = ("example.co.jp", "example.ne.jp", "example.com")
_SUBJECTS = ("お元気ですか", "写真をありがとう", "注文の件", "診察の予約について", "来週の集まり")
_METRICS: Final = "event_type user_id message_id occurred_at details"
_MESSAGES: Final = (
    "thread_id message_id from_address to_addresses subject body direction delivery_status sent_at created_at"
)
_COMPLAINTS: Final = "user_id message_id complained_at complaint_type"
_USERS: Final = (
    "id phone_number email_address preferences feature_flags email_restricted email_restricted_at "
    "email_restriction_reason created_at updated_at fax_number_verified fax_number_verified_at"
)
_THREADS: Final = "id user_id thread_id subject participants last_message_at created_at updated_at"


@dataclass(frozen=True)
class _Person:
    """An account, as far as mail needs it."""

    id: UUID
    address: str
    threads: tuple[UUID, ...]  # where the mail to each friend is filed
    blamed: UUID  # to whom Faxi says these threads belong


@dataclass(frozen=True)
class _Story:
    """What an account of the trial is there to show."""

    number: str
    complaints: Sequence[tuple[float, str]] = ()  # days ago, kind
    repeated: int = 0  # so many of the complaints are stored again
    own_table: int = 0  # so many are in user_complaints too
    files_under: int | None = None  # the story whose threads Faxi files this one's mail under
    restricted_days_ago: float | None = None
    restricted: bool | None = False
    verified: bool = True


_ABUSE = "abuse"
STORIES: Final = (
    _Story("+819034714821", [(0.4, _ABUSE), (1.3, _ABUSE), (6.2, _ABUSE), (12.5, _ABUSE), (19.1, "fraud")]),
    _Story("+81-80-2345-6789", [(d, _ABUSE) for d in (0.7, 3.1, 8.4, 15.2, 22.6, 27.9, 31.5)], repeated=2),
    _Story("+817041236610", [(2.2, _ABUSE), (9.6, _ABUSE), (10.1, _ABUSE), (24.3, _ABUSE)]),
    _Story("+81312347755", [(4.4, _ABUSE), (13.8, _ABUSE), (20.2, _ABUSE)], own_table=1),
    _Story("+81662345512", [(5.5, _ABUSE), (7.7, "not-spam"), (16.6, "auth-failure")]),
    _Story("+819087654203"),  # blamed for what the next one sent
    _Story("+819087651188", [(1.8, _ABUSE), (11.2, _ABUSE), (17.4, _ABUSE)], files_under=5),
    _Story("+818056784410", [(13.2, _ABUSE), (14.5, _ABUSE), (15.1, _ABUSE), (18.8, _ABUSE), (21.3, _ABUSE)],
           restricted_days_ago=12, restricted=True),
    _Story("+819023456707", [(d, _ABUSE) for d in (0.9, 4.8, 9.2, 14.4, 18.3)], verified=False),
    _Story("+81-3-4567-8901", [(d, _ABUSE) for d in (1.1, 5.2, 10.7, 16.9, 23.8)], restricted=None),
    _Story("+81-90-6789-0034", [(28.4, _ABUSE)]),
)  # fmt: skip
_OTHERS: Final = 29


@dataclass
class _Rows:
    """Rows on their way into Faxi's tables."""

    metrics: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    complaints: list[tuple[Any, ...]] = field(default_factory=list)

    def keep(self, start: datetime, end: datetime) -> None:
        """Drop what did not happen in [start, end)."""
        self.metrics = [row for row in self.metrics if start <= row[3] < end]
        self.messages = [row for row in self.messages if start <= row[8] < end]

    async def write(self, connection: Connection) -> None:
        """Copy the rows into the tables, in the order of time."""
        self.messages.sort(key=lambda row: (row[8], row[1]))
        self.metrics.sort(key=lambda row: (row[3], row[2], row[0]))
        await _copy(connection, "email_messages", _MESSAGES, self.messages)
        await _copy(connection, "email_metrics", _METRICS, self.metrics)
        await _copy(connection, "user_complaints", _COMPLAINTS, self.complaints)


async def _copy(connection: Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, schema_name="public", records=rows, columns=columns.split())


def _random(*parts: object) -> random.Random:
    """Return chance that is the same for the same parts, in every process."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311  (lifelike, not secret)


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _message_id(at: datetime, chance: random.Random) -> str:
    """Return a message id as SES makes them: the milliseconds since 1970 are in it."""
    return f"0100{int(at.timestamp() * 1000):012x}-{_uuid(chance)}-000000"


def _mail(rows: _Rows, person: _Person, at: datetime, chance: random.Random, *, complaint: str | None = None) -> str:
    """Add one mail and what became of it; return its message id.

    Params:
        complaint: its kind, when somebody will complain; the complaint itself is the caller's.
    """
    friend = chance.randrange(len(person.threads))
    message = _message_id(at, chance)
    to = f"{_FRIENDS[friend]}@{_PROVIDERS[(friend + person.id.int) % len(_PROVIDERS)]}"
    sent = {"to": to, "from": person.address, "provider": "ses"}
    rows.metrics.append(("sent", person.id, message, at, sent))
    status = "complained" if complaint else "delivered"
    if complaint is None and chance.random() < _BOUNCED:
        status = "bounced"
        kind, reason = chance.choice(_BOUNCES)
        bounce = {"bounceType": kind, "reason": reason, "bouncedRecipients": [to]}
        after = timedelta(seconds=chance.uniform(2, 1800))
        rows.metrics.append(("bounced", person.blamed, message, at + after, bounce))
    else:
        after = timedelta(seconds=chance.lognormvariate(1.5, 1.0))
        rows.metrics.append(("delivered", None, message, at + min(after, _HOUR), None))
    subject = chance.choice(_SUBJECTS)
    rows.messages.append(
        (person.threads[friend], message, person.address, [to], subject, subject, "outbound", status, at, at)
    )
    return message


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour
        hour += _HOUR


def _everyday(people: Iterable[_Person], start: datetime, end: datetime) -> _Rows:
    """Make the ordinary mail of [start, end), and what becomes in it of the mail just before."""
    rows = _Rows()
    per_day = {person: _random(person.id, "habit").paretovariate(1.3) * 0.8 for person in people}
    for hour in _hours(start - _SETTLES, end):
        share = _BY_HOUR[hour.astimezone(_TOKYO).hour] / sum(_BY_HOUR)
        for person, habit in per_day.items():
            chance = _random(person.id, hour.isoformat())
            expected = min(habit, 12.0) * share
            for _ in range(int(expected) + (chance.random() < expected % 1)):
                _mail(rows, person, hour + chance.random() * _HOUR, chance)
    rows.keep(start, end)
    return rows


def _complain(rows: _Rows, story: _Story, person: _Person, now: datetime) -> None:
    """Add the mails of a story that somebody complained about, and the complaints as Faxi stores them."""
    for position, (days, kind) in enumerate(story.complaints):
        chance = _random(person.id, "complaint", position)
        at = now - timedelta(days=days)
        message = _mail(rows, person, at - timedelta(hours=chance.uniform(1, 9)), chance, complaint=kind)
        filed = {"complaintType": kind, "complainedRecipients": rows.messages[-1][3]}
        copies = 3 if position < story.repeated else 1
        for copy in range(copies):
            rows.metrics.append(("complained", person.blamed, message, at + copy * timedelta(minutes=7), filed))
        if position < story.own_table:
            rows.complaints.append((person.blamed, message, at + timedelta(minutes=1), kind))


def _stories(seed: int) -> list[_Story]:
    """Return the accounts that show something, and ordinary ones after them."""
    chance = _random(seed, "numbers")
    taken = {story.number for story in STORIES}
    others: list[_Story] = []
    while len(others) < _OTHERS:
        area, rest = chance.choice((("90", 8), ("80", 8), ("70", 8), ("3", 8), ("6", 8), ("52", 7)))
        number = f"+81{area}{chance.randrange(2, 9)}{chance.randrange(10 ** (rest - 1)):0{rest - 1}}"
        if number not in taken:
            taken.add(number)
            others.append(_Story(number, verified=chance.random() > 0.1))  # noqa: PLR2004
    return [*STORIES, *others]


def _outside(thread: UUID) -> str:
    """Return the name that Faxi gives to a thread of outgoing mail."""
    return "thread_" + base64.b64encode(hashlib.sha256(thread.bytes).digest())[:16].decode()


def _user(story: _Story, user_id: UUID, address: str, now: datetime) -> tuple[Any, ...]:
    joined = now - timedelta(days=_random(user_id, "joined").uniform(DAYS + 10, 900))
    restricted_at = None if story.restricted_days_ago is None else now - timedelta(days=story.restricted_days_ago)
    reason = "5 complaints in 30 days" if restricted_at else None
    flag, verified_at = story.restricted, joined if story.verified else None
    restriction = (flag, restricted_at, reason)
    return (user_id, story.number, address, {}, {}, *restriction, joined, joined, story.verified, verified_at)


async def _people(connection: Connection, seed: int, stories: Sequence[_Story], now: datetime) -> list[_Person]:
    """Write the accounts and their threads."""
    ids = [_uuid(_random(seed, "person", position)) for position in range(len(stories))]
    addresses = [f"{digits_of(story.number)}@{_DOMAIN}" for story in stories]
    threads, people = [], []
    for position, story in enumerate(stories):
        owner = position if story.files_under is None else story.files_under
        mine = sorted((_uuid(_random(seed, "thread", owner, n)) for n in range(len(_FRIENDS))), key=_outside)
        people.append(_Person(ids[position], addresses[position], tuple(mine), ids[owner]))
        if owner == position:
            threads += [
                (thread, ids[owner], _outside(thread), _SUBJECTS[0], [addresses[owner], friend], now, now, now)
                for thread, friend in zip(mine, _FRIENDS, strict=True)
            ]
    users = [_user(*one, now) for one in zip(stories, ids, addresses, strict=True)]
    await _copy(connection, "users", _USERS, users)
    await _copy(connection, "email_threads", _THREADS, threads)
    return people


async def seed(connection: Connection, now: datetime, *, seed: int = 1) -> None:
    """Write the accounts of the trial and their mail of the last ninety days.

    Params:
        connection: as the owner of Faxi's tables, with the json codec, in a transaction.
        now: business time; nothing is written at or after it.
        seed: other numbers and other chance for another seed.
    """
    stories = _stories(seed)
    people = await _people(connection, seed, stories, now)
    rows = _everyday(people, now - timedelta(days=DAYS), now)
    for story, person in zip(stories, people, strict=True):
        _complain(rows, story, person, now)
    rows.keep(now - timedelta(days=DAYS), now)
    await rows.write(connection)
    await connection.execute(SQL["count_threads"])


async def write_mail(connection: Connection, start: datetime, end: datetime) -> None:
    """Write the ordinary mail of [start, end), for time that was skipped; nobody complains in it.

    The seeded accounts' mail goes on as it was: their threads tell who they are.

    Params:
        connection: as for :func:`seed`.
        start: where the last piece ended.
        end: business time; nothing is written at or after it.
    """
    rows = await connection.fetch(SQL["people"])
    people = [_Person(row["id"], row["email_address"], tuple(row["threads"]), row["blamed"]) for row in rows]
    await _everyday(people, start, end).write(connection)
