"""Two days of mail with the figures that a test names, written at once: what the status counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.databases import Database
from tests.support.pressing import NOW

HOUR = timedelta(hours=1)
LAST_HOUR = 10
"""Mails of the last hour, of which nobody asks yet whether they were delivered."""


@dataclass(frozen=True)
class Counts:
    """What is counted of one day: ``settled`` is the mail of the same 24 hours an hour earlier."""

    sent: int
    settled: int
    delivered: int
    complaints: int = 0
    permanent: int = 0
    transient: int = 0
    undetermined: int = 0


Row = tuple[str, str, datetime, dict[str, Any]]


def _spread(kind: str, names: list[str], start: datetime, **details: str) -> list[Row]:
    """Give each message an event, a second apart."""
    return [(kind, name, start + timedelta(seconds=n), details) for n, name in enumerate(names)]


def _happened(day: Counts, names: list[str], start: datetime) -> list[Row]:
    """Let the first messages be complained about, and the next bounce."""
    rows = _spread("complained", names[: day.complaints], start, complaintType="abuse")
    rest = names[day.complaints :]
    for word, number in (
        ("Permanent", day.permanent),
        ("Transient", day.transient),
        ("Undetermined", day.undetermined),
    ):
        rows += _spread("bounced", rest[:number], start, bounceType=word)
        rest = rest[number:]
    return rows


async def write(database: Database, today: Counts, before: Counts, *, newest: timedelta, now: datetime = NOW) -> None:
    """Write the mail of two days before ``now``; the newest event, a delivery, is this old."""
    late = LAST_HOUR if today.sent else 0
    oldest = today.settled - (today.sent - late)  # sent between 25 and 24 hours ago
    far = before.settled - (before.sent - oldest)  # between 49 and 48 hours ago
    assert min(oldest, far, late) >= 0, "such days cannot be"

    def named(letter: str, count: int) -> list[str]:
        return [f"{letter}{n}" for n in range(count)]

    young, day = named("a", late), named("b", today.sent - late)
    edge, other, old = named("c", oldest), named("d", before.sent - oldest), named("e", far)
    rows: list[Row] = []
    for names, start in (
        (young, now - HOUR / 2),
        (day, now - 20 * HOUR),
        (edge, now - 24.5 * HOUR),
        (other, now - 44 * HOUR),
        (old, now - 48.5 * HOUR),
    ):
        rows += _spread("sent", names, start)
    rows += _spread("delivered", [*reversed(edge), *reversed(day)][: today.delivered], now - 10 * HOUR)
    rows += _spread("delivered", [*reversed(old), *reversed(other)][: before.delivered], now - 34 * HOUR)
    rows += _happened(today, day or other, now - 12 * HOUR)
    rows += _happened(before, other[::-1][: len(other) // 2], now - 36 * HOUR)
    rows.append(("delivered", "somebody", now - newest, {}))
    async with database.connect() as connection:
        await connection.copy_records_to_table(
            "email_metrics",
            schema_name="public",
            columns=["event_type", "message_id", "occurred_at", "details"],
            records=rows,
        )


async def sent(database: Database, mails: int, start: datetime) -> None:
    """Write mails of another day, a second apart."""
    rows = _spread("sent", [f"{start:%j}-{n}" for n in range(mails)], start)
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, message_id, occurred_at, details) VALUES ($1, $2, $3, $4)",
            rows,
        )
