"""The ordinary mail of an hour, with the faults that Faxi's data has: the same hour is always the same.

What is wrong in it is what the backend does: threads of other people's mail when subjects begin
alike, and so bounces and complaints in the wrong name; events stored again; deliveries dated back,
or of messages that nobody knows; mails that could not be stored because their subject was too long.
"""

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.local.mail_rows import Rows

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = timedelta(hours=1)
SETTLES: Final = timedelta(hours=2)
"""All that becomes of a mail happens within this time."""
A_DAY: Final = 1400
"""Mails on an ordinary working day; Saturdays and Sundays have fewer, and no day fewer than 1,000."""
SUBJECTS: Final = ("元気です", "写真", "注文の件", "診察の予約について", "来週の集まり")
SHARED_SUBJECTS: Final = ("お問い合わせの件", "ご予約の確認", "年賀状のお礼")
"""Their first four characters fill all that a thread is known by, so all people's mails meet in one thread."""

# How much of a day's mail is written in each hour, Tokyo: in the morning, and after lunch.
_BY_HOUR: Final = (0, 0, 0, 0, 0, 1, 3, 6, 9, 11, 11, 9, 6, 8, 9, 8, 7, 5, 4, 3, 2, 1, 0, 0)
_BY_WEEKDAY: Final = (1.15, 1.0, 0.98, 1.02, 1.06, 0.84, 0.77)
_UNEVEN: Final = 0.04  # days differ by so much, up and down
_CARRIERS: Final = (
    *("docomo.ne.jp",) * 6, *("ezweb.ne.jp",) * 4, *("softbank.ne.jp",) * 3, "i.softbank.jp", "au.com", "ymobile.ne.jp",
    "gmail.com", "yahoo.co.jp", "yahoo.co.jp", "ocn.ne.jp", "nifty.com", "icloud.com",
)  # fmt: skip
_NAMES: Final = (
    "tanaka.h", "sato-family", "yamada-clinic", "mago.yuki", "suzuki55", "kenji.w", "hanako", "a.kobayashi",
    "haru-chan", "watanabe3", "midori-en", "taro1952", "ito.masa", "nakamura-k", "sakura.m", "kouminkan",
)  # fmt: skip
_BOUNCED: Final = 0.012
_BOUNCES: Final = (
    *(("Permanent", "smtp; 550 5.1.1 user unknown"),) * 9,
    *(("Permanent", "smtp; 550 Unknown user"),) * 4,
    *(("Transient", "smtp; 452 4.2.2 mailbox full"),) * 5,
    *(("Undetermined", "Unknown bounce reason"),) * 2,
)
_COMPLAINED: Final = 0.0006
_KINDS: Final = (*("abuse",) * 15, "fraud", "other", "not-spam", "not-spam", "auth-failure")
_DELIVERED_AFTER_ALL: Final = 0.03  # of the bounced: a late delivery, and Faxi says delivered again
_REPEATED: Final = {"delivered": 0.004, "bounced": 0.04, "complained": 0.06}
"""SNS told it twice, and Faxi stored it twice."""
_BACK_DATED: Final = 0.02  # SES delivered before Faxi noted that it was sent
_UNKNOWN: Final = 0.003  # deliveries of messages that Faxi does not know
_WITHOUT_USER: Final = 0.002  # the caller gave no user
_NOT_STORED: Final = 0.0015  # a subject over 500 characters
_IN_SHARED: Final = 0.12
_LONG: Final = "来週の集まりについて、" * 50


@dataclass(frozen=True)
class Person:
    """An account, as far as mail needs it."""

    id: UUID
    address: str
    threads: tuple[UUID, ...]
    """Where the mail to each friend is filed."""
    blamed: UUID
    """To whom Faxi says these threads belong."""
    weight: float
    """How much this person writes, beside others."""
    complained: float | None = _COMPLAINED
    """How often somebody complains; None: never in ordinary mail, and no thread is shared with others."""


@dataclass(frozen=True)
class Thread:
    """A thread in which other people's mail is filed too."""

    id: UUID
    owner: UUID
    subject: str


class People:
    """All who write, with what is drawn from for each mail."""

    def __init__(self, everybody: Sequence[Person], shared: Sequence[Thread]) -> None:
        """Order people by id, so that chance chooses the same ones wherever they come from."""
        self.all = sorted(everybody, key=lambda person: person.id)
        self.shared = sorted(shared, key=lambda thread: thread.subject)
        self.cumulated = list(accumulate(person.weight for person in self.all))

    def chance(self, *parts: object) -> random.Random:
        """Return chance that is the same for the same people and the same parts."""
        return chance_of(self.all[0].id if self.all else "", *parts)


def chance_of(*parts: object) -> random.Random:
    """Return chance that is the same for the same parts, in every process."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - lifelike, not secret


def uuid_of(chance: random.Random) -> UUID:
    """Return the next id that this chance makes."""
    return UUID(int=chance.getrandbits(128), version=4)


def message_id(at: datetime, chance: random.Random) -> str:
    """Return a message id as SES makes them: the milliseconds since 1970 are in it."""
    word = f"{chance.getrandbits(128):032x}"
    tail = f"{word[:8]}-{word[8:12]}-{word[12:16]}-{word[16:20]}-{word[20:]}"
    return f"0100{int(at.timestamp() * 1000):012x}-{tail}-000000"


def thread_name(key: bytes) -> str:
    """Return the name that Faxi gives to a thread of outgoing mail: only twelve bytes of its key count."""
    return "thread_" + base64.b64encode(key[:12]).decode()


def hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """Go through the hours that touch [start, end)."""
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour
        hour += HOUR


def _mails_in(people: People, hour: datetime, a_day: float) -> int:
    local = hour.astimezone(TOKYO)
    day: date = local.date()
    level = a_day * _BY_WEEKDAY[day.weekday()] * people.chance("day", day).uniform(1 - _UNEVEN, 1 + _UNEVEN)
    expected = level * _BY_HOUR[local.hour] / sum(_BY_HOUR)
    return int(expected + people.chance("count", hour.isoformat()).random())


def recipient(person: Person, friend: int) -> str:
    """Return the address of one of a person's friends; it stays the same."""
    place = person.id.int + friend * 7
    return f"{_NAMES[place % len(_NAMES)]}@{_CARRIERS[place % len(_CARRIERS)]}"


def complained_mail(rows: Rows, person: Person, at: datetime, chance: random.Random) -> tuple[str, str]:
    """Add a mail that arrives, and that somebody will complain about; the complaint itself is the caller's.

    Returns:
        its message id, and to whom it went.
    """
    friend = chance.randrange(len(person.threads))
    message, to = message_id(at, chance), recipient(person, friend)
    rows.metric("sent", person.id, message, at, {"to": to, "from": person.address, "provider": "ses"})
    rows.metric("delivered", None, message, at + timedelta(seconds=chance.uniform(1, 60)))
    subject = chance.choice(SUBJECTS)
    rows.messages.append(
        (person.threads[friend], message, person.address, [to], subject, subject, "outbound", "complained", at, at)
    )
    return message, to


def bounced_mail(rows: Rows, person: Person, at: datetime, chance: random.Random) -> None:
    """Add a mail that bounced, which Faxi stored twice."""
    friend = chance.randrange(len(person.threads))
    message, to, subject = message_id(at, chance), recipient(person, friend), chance.choice(SUBJECTS)
    rows.metric("sent", person.id, message, at, {"to": to, "from": person.address, "provider": "ses"})
    details = {"bounceType": "Permanent", "reason": _BOUNCES[0][1], "bouncedRecipients": [to]}
    for minutes in (2, 9):
        rows.metric("bounced", person.blamed, message, at + timedelta(minutes=minutes), details)
    rows.messages.append(
        (person.threads[friend], message, person.address, [to], subject, subject, "outbound", "bounced", at, at)
    )


def write_hour(rows: Rows, people: People, hour: datetime, a_day: float) -> None:
    """Add the mail of one hour and what becomes of it, up to :data:`SETTLES` after its end."""
    count = _mails_in(people, hour, a_day)
    chance = people.chance("hour", hour.isoformat())
    for person in chance.choices(people.all, cum_weights=people.cumulated, k=count) if people.all else ():
        _ordinary(rows, people, person, hour, chance)


def _ordinary(rows: Rows, people: People, person: Person, hour: datetime, chance: random.Random) -> None:
    second, draw = chance.uniform(0, 3599), chance.random
    at = hour + timedelta(seconds=second)
    message, friend = message_id(at, chance), chance.randrange(len(person.threads))
    thread, blamed, subject = person.threads[friend], person.blamed, SUBJECTS[friend % len(SUBJECTS)]
    if person.complained is not None and people.shared and draw() < _IN_SHARED:
        shared = people.shared[friend % len(people.shared)]
        thread, blamed, subject = shared.id, shared.owner, shared.subject
    to = recipient(person, friend)
    sender = None if draw() < _WITHOUT_USER else person.id
    rows.metric("sent", sender, message, at, {"to": to, "from": person.address, "provider": "ses"})
    if draw() < _NOT_STORED:
        _not_stored(rows, person, message, to, at)
        return
    fate = draw()
    status = "delivered"
    if fate < _BOUNCED:
        status = _bounce(rows, blamed, message, to, at, chance)
    else:
        # Dated back within its own hour, so that no piece of skipped time misses it.
        early = second > 5 and draw() < _BACK_DATED  # noqa: PLR2004 - seconds
        after = -chance.uniform(0.1, 3) if early else min(chance.lognormvariate(1.5, 1.0), 3600.0)
        _event(rows, chance, "delivered", None, message, at + timedelta(seconds=after))
        if fate > 1 - (person.complained or 0.0):
            status = "complained"
            filed = {"complaintType": chance.choice(_KINDS), "complainedRecipients": [to]}
            when = at + timedelta(minutes=chance.uniform(6, 100))
            _event(rows, chance, "complained", blamed, message, when, details=filed)
            _handler_failed(rows, message, when)
    if draw() < _UNKNOWN:
        rows.metric("delivered", None, message_id(at, chance), at + timedelta(seconds=chance.uniform(1, 60)))
    rows.messages.append((thread, message, person.address, [to], subject, subject, "outbound", status, at, at))


def _event(
    rows: Rows,
    chance: random.Random,
    kind: str,
    user: UUID | None,
    message: str,
    at: datetime,
    *,
    details: object = None,
) -> None:
    rows.metric(kind, user, message, at, details)
    if chance.random() < _REPEATED[kind]:
        rows.metric(kind, user, message, at + timedelta(seconds=chance.uniform(3, 400)), details)


def _bounce(rows: Rows, blamed: UUID, message: str, to: str, at: datetime, chance: random.Random) -> str:
    kind, reason = chance.choice(_BOUNCES)
    when = at + timedelta(seconds=chance.uniform(2, 1800))
    details = {"bounceType": kind, "reason": reason, "bouncedRecipients": [to]}
    _event(rows, chance, "bounced", blamed, message, when, details=details)
    _handler_failed(rows, message, when)
    if chance.random() >= _DELIVERED_AFTER_ALL:
        return "bounced"
    rows.metric("delivered", None, message, when + timedelta(minutes=chance.uniform(1, 30)))
    return "delivered"


def _handler_failed(rows: Rows, message: str, at: datetime) -> None:
    """Add what Faxi leaves for each bounce and complaint: its handler asks for a column that is not there."""
    told = {
        "errorType": "sns_processing_error",
        "errorMessage": 'column "user_id" does not exist',
        "context": {"messageId": message},
        "timestamp": at.isoformat(),
    }
    rows.audit.append((None, "system.error", told, at))


def _not_stored(rows: Rows, person: Person, message: str, to: str, at: datetime) -> None:
    """Add what is left of a mail whose subject was too long: no message, no thread; only the delivery comes."""
    told = {"messageId": message, "to": to, "from": person.address, "subject": _LONG, "provider": "ses"}
    rows.audit.append((person.id, "email.sent", told, at))
    rows.metric("delivered", None, message, at + timedelta(seconds=4))
