"""The audit chain: what everybody did, one record each, every one holding the hash of the one before.

A record is written in the transaction that decides what it records. Text and hash come from one
SQL function (``chatops.audit_hash``), so that whoever reads the database can compute them again.
The newest record's number and hash, signed with a key that the database does not know, are posted
where the database cannot reach: such a line is an *anchor*.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.base.database import Connection, queries

SQL = queries("audit")
JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"
FIRST_PREVIOUS = bytes(32)
_ANCHOR = re.compile(r"faxi-audit/1/(\d{1,18})/([0-9a-f]{64})/(unsigned\b|[0-9a-f]{128}(?![0-9a-f]))")
_UNSIGNED = "unsigned"
_ANCHOR_BEGINS = re.compile(r"faxi-audit/")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CHUNK = 500
_SHOWN = 50


@dataclass(frozen=True)
class Record:
    """What one person (or the bot) did, as it is recorded."""

    at: datetime  # business time of the receipt
    actor: str  # Slack user id, or "bot"
    actor_team: str | None
    channel: str | None
    action: str  # a tag subject:action, e.g. "restriction:approve"
    interaction: str | None  # the interaction's key
    case_id: int | None
    subject: UUID | None  # Faxi's user id, nothing else of the person
    parameters: Mapping[str, JSON]  # as resolved
    allowed: bool
    result: str  # a short word: "asked", "approved", "refused:not_allowed", "error"
    milliseconds: int | None  # from the receipt to the decision


@dataclass(frozen=True)
class Head:
    """The newest record: its number, and its hash in hexadecimal."""

    number: int
    hash: str


@dataclass(frozen=True)
class Anchor:
    """A head as it was posted, with its Ed25519 signature if there was a key."""

    number: int
    hash: str
    signature: bytes | None

    def line(self) -> str:
        """Return the anchor as it is posted: one word, without anything that Slack would format."""
        return f"{_signed_text(self.number, self.hash)}/{self.signature.hex() if self.signature else _UNSIGNED}"


@dataclass(frozen=True)
class Report:
    """What a look through the chain found."""

    records: int
    head: Head | None
    problems: tuple[str, ...] = ()  # what is wrong, in words
    notes: tuple[str, ...] = ()  # what could not be seen, in words

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def _storable(value: JSON) -> JSON:
    """Return ``value`` as the database can hold it; an audit record never fails because of a character."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {_text(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    raise TypeError(f"an audit parameter is text, a whole number, true, false, null, a list or an object: {value!r}")


def _text(value: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else _text(value)


async def append(connection: Connection, record: Record) -> int:
    """Add ``record`` to the chain and return its number.

    Call it last in the transaction (READ COMMITTED): it holds the chain's lock until the commit.
    Lock and insert are two statements, because the second must see what the lock's last holder
    committed; in one statement both would read the same head, and the chain would fork.

    Raises:
        TypeError: a parameter is of another kind than text, int, bool, None, list or dict.
        ValueError: the instant has no zone.
        asyncpg.LockNotAvailableError: the lock was not had within the session's time limit.
    """
    if record.at.tzinfo is None:
        raise ValueError("an audit record needs an instant with a zone")
    await connection.execute(SQL["lock"])
    number = await connection.fetchval(
        SQL["append"],
        record.at,
        _text(record.actor),
        _text_or_none(record.actor_team),
        _text_or_none(record.channel),
        _text(record.action),
        _text_or_none(record.interaction),
        record.case_id,
        record.subject,
        _storable(record.parameters),
        record.allowed,
        _text(record.result),
        record.milliseconds,
    )
    return int(number)


async def head(connection: Connection) -> Head | None:
    """Return the newest record's number and hash, or None when nothing was ever recorded."""
    row = await connection.fetchrow(SQL["head"])
    return None if row is None else Head(row["number"], row["hash"].hex())


def signing_key(text: str) -> Ed25519PrivateKey:
    """Read ``AUDIT_SIGNING_KEY``: the base64 of a 32-byte seed.

    Raises:
        ValueError: the text is something else.
    """
    try:
        seed = base64.b64decode(text.strip(), validate=True)
        return Ed25519PrivateKey.from_private_bytes(seed)
    except (binascii.Error, ValueError):
        raise ValueError(
            "AUDIT_SIGNING_KEY is the base64 of 32 random bytes: make one with 'openssl rand -base64 32'"
        ) from None


def _signed_text(number: int, digest: str) -> str:
    return f"faxi-audit/1/{number}/{digest}"


def sign(head: Head, key: Ed25519PrivateKey) -> Anchor:
    """Sign a head, so that nobody without the key can make an anchor for another chain."""
    return Anchor(head.number, head.hash, key.sign(_signed_text(head.number, head.hash).encode()))


def anchor_line(head: Head, key: Ed25519PrivateKey) -> str:
    """Return the anchor of ``head`` as it is posted."""
    return sign(head, key).line()


def unsigned_line(head: Head) -> str:
    """Return the anchor of ``head`` as it is posted where no ``AUDIT_SIGNING_KEY`` is set."""
    return Anchor(head.number, head.hash, None).line()


def parse_anchors(text: str) -> list[Anchor]:
    """Find the anchors in ``text``, such as a thread copied from Slack, whatever else it holds.

    Raises:
        ValueError: there is none, or one is not whole.
    """
    anchors = [
        Anchor(int(number), digest, None if signature == _UNSIGNED else bytes.fromhex(signature))
        for number, digest, signature in _ANCHOR.findall(text)
    ]
    begun = len(_ANCHOR_BEGINS.findall(text))
    if begun > len(anchors):
        raise ValueError(f"{begun - len(anchors)} of {begun} anchors are not whole: copy each line to its end")
    if not anchors:
        raise ValueError("there is no anchor in it: copy the lines that begin with faxi-audit/ from the thread")
    return anchors


@dataclass
class _Walk:
    """A walk along the chain: what is expected next, and what was wrong so far."""

    anchors: Mapping[int, Sequence[Anchor]]
    number: int = 0
    hash: bytes = FIRST_PREVIOUS
    records: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, words: str) -> None:
        self.wrong += 1
        if self.wrong <= _SHOWN:
            self.problems.append(words)

    def step(self, number: int, previous: bytes, digest: bytes, computed: bytes) -> None:
        if number > self.number + 1:
            gap = f"{self.number + 1} to {number - 1} are" if number > self.number + 2 else f"{number - 1} is"
            self.problem(f"record{'s' if 'to' in gap else ''} {gap} missing")
        elif previous != self.hash:
            self.problem(f"record {number} does not continue the record before it")
        if computed != digest:
            self.problem(f"record {number} was changed: its content does not give its hash")
        for anchor in self.anchors.get(number, ()):
            if anchor.hash != digest.hex():
                self.problem(f"record {number} is not the one that was anchored: the chain was computed anew")
        self.number, self.hash, self.records = number, digest, self.records + 1


def _signature_is_good(anchor: Anchor, key: Ed25519PublicKey) -> bool:
    if anchor.signature is None:
        return True  # there is none to be wrong; the notes say so
    try:
        key.verify(anchor.signature, _signed_text(anchor.number, anchor.hash).encode())
    except InvalidSignature:
        return False
    return True


def _notes(end: int, anchors: Sequence[Anchor], key: Ed25519PublicKey | None) -> list[str]:
    if not anchors:
        return [
            "no anchors were given, so a cut-off tail cannot be seen, nor a chain that was computed anew as a whole",
            "give the lines posted in the management channel with --anchors FILE",
        ]
    notes = []
    last = max(anchor.number for anchor in anchors)
    if last < end:
        notes.append(f"records {last + 1} to {end} are newer than the last anchor: they are not proven by it")
    unsigned = sum(anchor.signature is None for anchor in anchors)
    if unsigned:
        notes.append(f"{unsigned} of {len(anchors)} anchors carry no signature: whoever kept them vouches for them")
    if key is None and unsigned < len(anchors):
        notes.append("the anchors' signatures were not checked: AUDIT_SIGNING_KEY is not set here")
    return notes


async def verify(
    connection: Connection, anchors: Sequence[Anchor] = (), *, key: Ed25519PublicKey | None = None
) -> Report:
    """Go through the whole chain and say what is wrong with it, in words.

    It reads as a stream, in one snapshot. The chain alone shows a record that was changed, removed
    or exchanged. Only anchors show a tail that was cut off, or a chain that was computed anew.

    Params:
        connection: any role that may read the audit.
        anchors: heads that were posted earlier.
        key: checks the anchors' signatures when given.
    """
    by_number: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        by_number.setdefault(anchor.number, []).append(anchor)
    walk = _Walk(by_number)
    if key is not None:
        for anchor in anchors:
            if not _signature_is_good(anchor, key):
                walk.problem(f"the anchor of record {anchor.number} has a wrong signature")
    async with connection.transaction():
        async for row in connection.cursor(SQL["chain"], prefetch=_CHUNK):
            walk.step(row["number"], row["previous"], row["hash"], row["computed"])
    last = max(by_number, default=0)
    if last > walk.number:
        walk.problem(f"the tail was cut off: an anchor shows record {last}, but the chain ends at {walk.number}")
    if walk.wrong > _SHOWN:
        walk.problems.append(f"and {walk.wrong - _SHOWN} more")
    end = Head(walk.number, walk.hash.hex()) if walk.records else None
    return Report(walk.records, end, tuple(walk.problems), tuple(_notes(walk.number, anchors, key)))
