"""Mail as Faxi stores it, written row by row for a test: who sent what, what bounced, what was complained about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.slack.blocks import Message
from tests.support.databases import Database
from tests.support.pressing import NOW
from tests.support.screens import elements

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNKNOWN = "smtp; 550 5.1.1 user unknown"
FULL = "smtp; 552 5.2.2 mailbox full"


@dataclass
class Mail:
    """The mail of people who are numbered; :meth:`write` stores what was noted until then."""

    people: list[tuple[Any, ...]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    messages: int = 0

    def person(self, *, restricted: bool = False) -> UUID:
        """Add somebody, whose number ends in 0001, 0002 and so on."""
        number = len(self.people) + 1
        user_id = UUID(int=number, version=4)
        self.people.append((user_id, f"+8190123{number:05}", f"8190123{number:05}@me.faxi.jp", restricted))
        return user_id

    def sent(self, owner: UUID | None, at: datetime = NOW - 3 * HOUR) -> str:
        """Send a mail and return its message id."""
        self.messages += 1
        self.rows.append(("sent", owner, f"m{self.messages}", at, None))
        return f"m{self.messages}"

    def bounced(
        self,
        owner: UUID | None,
        to: str | None = "docomo.ne.jp",
        *,
        at: datetime = NOW - 2 * HOUR,
        kind: str | None = "Permanent",
        reason: str | None = UNKNOWN,
        blamed: UUID | None = None,
        times: int = 1,
    ) -> None:
        """Send a mail that bounces at a domain, and is filed under another person where one is blamed."""
        message = self.sent(owner, at - HOUR)
        details = {"bounceType": kind, "reason": reason, "bouncedRecipients": [f"somebody@{to}"] if to else []}
        self.rows += [
            ("bounced", blamed or owner, message, at + n * timedelta(minutes=5), details) for n in range(times)
        ]

    def complained(
        self,
        owner: UUID | None,
        *,
        at: datetime = NOW - 2 * HOUR,
        kind: str = "abuse",
        blamed: UUID | None = None,
        times: int = 1,
    ) -> None:
        """Send a mail that is complained about, and is filed under another person where one is blamed."""
        message, details = self.sent(owner, at - HOUR), {"complaintType": kind}
        self.rows += [
            ("complained", blamed or owner, message, at + n * timedelta(minutes=5), details) for n in range(times)
        ]

    async def write(self, database: Database) -> None:
        """Store it."""
        async with database.connect() as connection:
            await connection.executemany(
                "INSERT INTO public.users (id, phone_number, email_address, email_restricted) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT DO NOTHING",
                self.people,
            )
            await connection.executemany(
                "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)"
                " VALUES ($1, $2, $3, $4, $5)",
                self.rows,
            )
        self.rows.clear()


def lines(text: str, title: str) -> Sequence[str]:
    """Return the lines of a part that begins with this title, without it."""
    return text.partition(f"{title}\n")[2].split("\n")


def values(said: Message, label: str) -> list[str]:
    """Return what the buttons of this label carry."""
    found = [one for block in said.blocks for one in elements(block) if one["type"] == "button"]
    return [one["value"] for one in found if one["text"]["text"] == label]
