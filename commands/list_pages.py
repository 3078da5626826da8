"""Pages of a list that is counted anew at each turn: a value names the row after or before which a page lies.

What has come to the list or has left it meanwhile moves no other row over the edge of a page.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from bot.engine import handles
from bot.mail.attention import Key
from bot.slack.blocks import Block
from bot.slack.interactions import Call
from commands.turning import PAGE, turn_button


class Row(Protocol):
    """What has a place in a list."""

    @property
    def key(self) -> Key:
        """By which the list is sorted; no two rows have the same."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Turn:
    """Which page is asked for: the first, or the one after or before a row; ``above`` rows stood before its edge."""

    way: Literal["first", "after", "before"] = "first"
    key: Key | None = None
    above: int = 0


FIRST = Turn()


@dataclass(frozen=True)
class Page(Generic[R]):
    """A part of a list; ``moved`` says that other rows stand above it now than when it was turned to."""

    rows: Sequence[R]
    start: int
    total: int
    moved: bool

    @property
    def end(self) -> int:
        """How many rows there are up to its end."""
        return self.start + len(self.rows)

    @property
    def span(self) -> str:
        """Say which of the list it has: ``16-30 of 47``."""
        return f"{self.start + 1:,}-{self.end:,} of {self.total:,}"


def cut(rows: Sequence[R], turn: Turn) -> Page[R]:
    """Cut a page out of a sorted list; where nothing is left on that side, the page at that end."""
    keys = [one.key for one in rows]
    moved = False
    if turn.key is None:
        start, end = 0, PAGE
    elif turn.way == "after":
        start = bisect_right(keys, turn.key)
        moved = start != turn.above
        if start == len(rows):
            start = max(0, start - PAGE)
        end = start + PAGE
    else:
        end = bisect_left(keys, turn.key)
        moved = end != turn.above
        end = end or PAGE
        start = max(0, end - PAGE)
    return Page(rows[start:end], start, len(rows), moved)


@dataclass(frozen=True)
class Turning:
    """The ids of one list's two buttons, and the two letters that begin their values."""

    kind: str
    previous: str
    next: str

    async def turn(self, call: Call) -> Turn | None:
        """Return which page the pressed button names; ``None`` when it names none of this list."""
        handle = await handles.resolve(call.connection, self.kind, call.click.value)
        if handle is None:
            return None
        way, rank, at, count, one = handle.subject.split(" ")
        key = (int(rank), float(at), int(count), one)
        return Turn("after" if way == "after" else "before", key, handle.version)

    async def buttons(self, call: Call, page: Page[R]) -> list[Block]:
        """Make the buttons that turn to the pages beside this one."""
        row = []
        if page.start:
            value = await self._value(call, "before", page.rows[0].key, page.start)
            first = max(1, page.start - PAGE + 1)
            row.append(turn_button("Previous", self.previous, value, first, page.start, page.total))
        if page.end < page.total:
            value = await self._value(call, "after", page.rows[-1].key, page.end)
            last = min(page.end + PAGE, page.total)
            row.append(turn_button("Next", self.next, value, page.end + 1, last, page.total))
        return row

    async def _value(self, call: Call, way: str, key: Key, above: int) -> str:
        rank, at, count, one = key
        return await handles.mint(call.connection, self.kind, f"{way} {rank} {at!r} {count} {one}", above, call.now)
