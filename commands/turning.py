"""The buttons under a page of a list that turn to the pages beside it; a page has fifteen rows."""

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.slack.blocks import Block, button

PAGE = 15


async def turns(
    previous: str, following: str, offset: int, total: int, value: Callable[[int], Awaitable[str]]
) -> list[Block]:
    """Make the buttons that turn to the pages beside the one that begins after ``offset`` rows.

    Parameters:
        previous, following: the ids of the buttons.
        total: how many rows the whole list has.
        value: returns the value that names the page which begins after so many rows.
    """
    row = []
    if offset:
        before = max(0, offset - PAGE)
        row.append(turn_button("Previous", previous, await value(before), before + 1, before + PAGE, total))
    after = offset + PAGE
    if after < total:
        row.append(turn_button("Next", following, await value(after), after + 1, min(after + PAGE, total), total))
    return row


def turn_button(
    words: Literal["Previous", "Next"], action: str, value: str, first: int, last: int, total: int
) -> Block:
    """Make a button that turns to the page beside, which is read out with what it has: ``16 to 30 of 47``."""
    return button(words, action, value, label=f"{words} page: {first:,} to {last:,} of {total:,}")
