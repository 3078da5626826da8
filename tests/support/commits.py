"""Where a connection to PostgreSQL commits, read from as much of the protocol (version 3) as that needs.

Which statement a client asks for, what the server says of it, and whether a transaction is open
(the letter in ReadyForQuery). Statements are called as in ``sql/``: each begins with its name.
"""

import asyncio
import re
from dataclasses import dataclass, field

_CHANGES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+[a-z]")
_NAME = re.compile(r"-- ([a-z_]+\.[a-z_]+)\n")
_WIDE = 8


@dataclass(frozen=True)
class Boundary:
    """One commit: the statements that changed something, in order, and the first one's row where it names one."""

    statements: tuple[str, ...]
    row: int | None = None

    def __str__(self) -> str:
        """Name it for a person: ``outbox.sent_post 12``."""
        return ", ".join(self.statements) + ("" if self.row is None else f" {self.row}")


@dataclass(frozen=True)
class _Statement:
    """What a client asked for: its name, whether it is one that changes rows, and the row it is about."""

    name: str
    changes: bool
    row: int | None

    @classmethod
    def of(cls, sql: str, row: int | None = None) -> "_Statement":
        named = _NAME.match(sql)
        changes = bool(_CHANGES.search(sql))
        return cls(named[1] if named else sql.strip(" ;\n"), changes, row if "id = $1" in sql else None)


@dataclass
class Reading:
    """What one connection has said so far."""

    _prepared: dict[bytes, str] = field(default_factory=dict)
    _asked: _Statement | None = None
    _changed: list[_Statement] = field(default_factory=list)
    _idle: bool = True

    def said(self, letter: bytes, body: bytes) -> Boundary | None:
        """Read what the client says; return what is committed once the server hears it, if anything is."""
        if letter == b"P":
            name, sql, _ = body.split(b"\0", 2)
            self._prepared[name] = sql.decode()
        elif letter == b"B":
            self._asked = _bound(body, self._prepared)
        elif letter == b"Q":
            self._asked = _Statement.of(body.rstrip(b"\0").decode())
        if letter not in b"SQ" or self._asked is None:
            return None
        if self._asked.name == "COMMIT":
            return _boundary(self._changed)
        return _boundary([self._asked]) if self._idle and self._asked.changes else None

    def heard(self, letter: bytes, body: bytes) -> Boundary | None:
        """Read what the server says; return what it says to be committed, if it says so."""
        # A statement of which one row was fetched ends as a portal that is suspended: it did all its work.
        if letter == b"s" or (letter == b"C" and not body.endswith(b" 0\0")):
            if self._asked is not None and self._asked.changes:
                self._changed.append(self._asked)
            elif body == b"ROLLBACK\0":
                self._changed = []
        if letter != b"Z":
            return None
        self._idle, self._asked = body == b"I", None
        if not self._idle:
            return None
        changed, self._changed = self._changed, []
        return _boundary(changed)


def _boundary(statements: list[_Statement]) -> Boundary | None:
    return Boundary(tuple(one.name for one in statements), statements[0].row) if statements else None


def _bound(body: bytes, prepared: dict[bytes, str]) -> _Statement:
    """Read a Bind: which prepared statement, and its first value when that is a wide number."""
    _, name, rest = body.split(b"\0", 2)
    values = rest[2 + 2 * int.from_bytes(rest[:2], "big") :]
    wide = int.from_bytes(values[:2], "big") > 0 and int.from_bytes(values[2:6], "big") == _WIDE
    return _Statement.of(prepared.get(name, ""), int.from_bytes(values[6 : 6 + _WIDE], "big") if wide else None)


async def next_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes, bytes]:
    """Read one message; return its letter, its body, and all of it.

    Raises:
        asyncio.IncompleteReadError, OSError: the connection has ended.
    """
    head = await reader.readexactly(5)
    body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
    return head[:1], body, head + body
