"""Accounts: finds the one that somebody means, however it is written, and loads it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from bot.base import telephone
from bot.base.database import Connection, queries
from bot.base.masking import mask_number, mask_typed

SQL = queries("accounts")
DEMO = UUID("00000000-0000-0000-0000-000000000001")  # Faxi's own demo user
_UUID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?", re.IGNORECASE)
_SLACK_LINK = re.compile(r"<(?:(?:mailto|tel):)?([^<>|]+)(?:\|[^<>]*)?>")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 300
_FEWEST_DIGITS = 8
_MOST_DIGITS = 20  # what Faxi's column holds
_TAIL = 7
HANDLE = "ac"
"""The kind of value by which buttons and forms name an account."""
FORMS = "Give the telephone number, the mail address or the id of an account."


@dataclass(frozen=True)
class Account:
    """One of Faxi's users, as far as the bot looks."""

    id: UUID
    number_masked: str
    restricted: bool
    restricted_at: datetime | None
    restriction_reason: str | None
    fax_verified: bool
    demo: bool
    language: str | None = None  # as Faxi's preferences have it, in lower case
    since: datetime | None = None


@dataclass(frozen=True)
class NotFound:
    """The text is well formed, and no account has it."""

    typed: str  # masked


@dataclass(frozen=True)
class Malformed:
    """The text can be no account; the reason says what to do."""

    reason: str


@dataclass(frozen=True)
class Several:
    """The text fits several accounts: nobody guesses."""

    accounts: tuple[Account, ...]


Found: TypeAlias = Account | NotFound | Malformed | Several


@dataclass(frozen=True)
class _Wanted:
    """What a text asks for."""

    id: UUID | None = None
    address: str | None = None
    digits: tuple[str, ...] = ()  # as the number may be stored
    plausible: bool = True  # whether such a number can exist


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=row["id"],
        number_masked=mask_number(row["phone_number"]),
        # The column may be NULL, which Faxi means as "no".
        restricted=row["email_restricted"] is True,
        restricted_at=row["email_restricted_at"],
        restriction_reason=row["email_restriction_reason"],
        fax_verified=row["fax_number_verified"] is True,
        demo=row["id"] == DEMO or row["demo_user"] is True,
        language=row["language"],
        since=row["created_at"],
    )


def _digits(number: str) -> tuple[tuple[str, ...], bool]:
    """Return the digits under which ``number`` may be stored, and whether such a number can exist.

    What was typed is looked for as it is, too: not all numbers that Faxi holds are real ones.
    """
    valid = telephone.valid_numbers(number)
    forms = [telephone.digits_of(number)] + [form for one in valid for form in telephone.stored_forms(one)]
    return tuple(dict.fromkeys(forms)), bool(valid)


def _read_number(tidied: str) -> _Wanted | Malformed:
    if not telephone.looks_like_number(tidied):
        return Malformed(f"That is no telephone number, no mail address and no id. {FORMS}")
    count = len(telephone.digits_of(tidied))
    if count < _FEWEST_DIGITS:
        return Malformed(f"A telephone number has more than {count} digits. Give the whole number.")
    if count > _MOST_DIGITS:
        return Malformed(f"A telephone number has fewer than {count} digits. Give one number.")
    digits, plausible = _digits(tidied)
    return _Wanted(digits=digits, plausible=plausible)


def _read(text: str) -> _Wanted | Malformed:
    if len(text) > _LONGEST:
        return Malformed(f"That is too long to be an account. {FORMS}")
    tidied = telephone.tidy(text)
    if link := _SLACK_LINK.fullmatch(tidied):
        tidied = link[1].strip()
    if not tidied:
        return Malformed(FORMS)
    if named := _UUID.fullmatch(tidied):
        return _Wanted(id=UUID(named[1]))
    if _ADDRESS.fullmatch(tidied):
        local = tidied.partition("@")[0]
        digits = _digits(local)[0] if telephone.looks_like_number(local) else ()
        return _Wanted(address=tidied.lower(), digits=digits)
    return _read_number(tidied)


def _patterns(digits: Sequence[str]) -> list[str]:
    """Return LIKE patterns that every way of writing the number fits; they keep the search cheap."""
    return list(dict.fromkeys(f"%{'%'.join(one[-_TAIL:])}%" for one in digits))


async def find(connection: Connection, text: str) -> Found:
    """Find the account that ``text`` means.

    A number may be written with hyphens, blanks, brackets or full-width digits, with a leading 0,
    81 or +81, or be stored in any such way; an address in any case, or as the number in any form
    before Faxi's domain; an id as Faxi shows it. What Slack makes of a number or address (a link)
    is understood.
    """
    wanted = _read(text)
    if isinstance(wanted, Malformed):
        return wanted
    if wanted.id is not None:
        return await load(connection, wanted.id) or NotFound(str(wanted.id))
    if wanted.address is not None:
        domain = wanted.address.partition("@")[2]
        rows = await connection.fetch(
            SQL["by_address"], wanted.address, list(wanted.digits), _patterns(wanted.digits), domain
        )
    else:
        rows = await connection.fetch(SQL["by_number"], list(wanted.digits), _patterns(wanted.digits))
    accounts = tuple(_account(row) for row in rows)
    if len(accounts) > 1:
        return Several(accounts)
    if accounts:
        return accounts[0]
    if not wanted.plausible:
        return Malformed("There is no such telephone number. A digit may be missing or wrong.")
    return NotFound(mask_typed(text))


async def load(connection: Connection, user_id: UUID, *, lock: bool = False) -> Account | None:
    """Load an account, or None when Faxi has none with this id.

    Params:
        connection: in a transaction when ``lock`` is given.
        user_id: Faxi's id.
        lock: hold the row against others' changes until the transaction ends.
    """
    row = await connection.fetchrow(SQL["lock_by_id" if lock else "by_id"], user_id)
    return None if row is None else _account(row)


async def several(connection: Connection, users: Collection[UUID]) -> tuple[Account, ...]:
    """Load those of these accounts that Faxi has, in the order of their ids, by one statement."""
    return tuple(_account(row) for row in await connection.fetch(SQL["by_ids"], list(users)))
