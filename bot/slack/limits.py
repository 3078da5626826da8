"""Slack's limits and our stricter ones, and the error that names what broke them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

Block = dict[str, Any]
"""A block, element or object as Slack's JSON has it."""

# Slack's own numbers.
TEXT = 3000
HEADER = 150
ID = 255
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
URL = 3000
ACCESSIBILITY = 75
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS = 100
RADIO_OPTIONS = 10
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
INPUT_LABEL = 2000
INPUT_HINT = 2000
PLACEHOLDER = 150
INPUT_LETTERS = 3000
VIEW_TITLE = 24
VIEW_BLOCKS = 100
METADATA = 3000
VIEW_BYTES = 250_000
ALT_TEXT = 2000
IMAGE_TITLE = 2000
# Ours: what one reads on a phone, and a message that Slack certainly takes.
MESSAGE_BLOCKS = 40
MESSAGE_LETTERS = 8000
LABEL = 24
HEADER_WORDS = 30
ROW = 5
FALLBACK = 150
QUOTE = 2000

_SIGN = re.compile(r"^:[a-z0-9_+-]+: ")
_TIME_THEN_COLON = re.compile(r"\d:\d\d\s*:")
_EMOJI_NAME = re.compile(r":[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:")


class LimitError(ValueError):
    """Something for Slack is longer, fuller or other than it may be: a mistake of ours, never a person's.

    Attributes:
        block: the kind of block or object, such as ``section``.
        limit: what it may be, in words or as a number of letters.
        length: what it is.
    """

    def __init__(self, block: str, what: str, limit: str | int, length: str | int) -> None:
        """Name the block, its part, the limit and what was found."""
        super().__init__(f"{block}: {what} may be {limit}, and is {length}")
        self.block = block
        self.limit = limit
        self.length = length


def refuse(block: str, what: str, limit: str | int, length: str | int) -> NoReturn:
    """Raise the error that names the block, its part, the limit and what was found.

    Raises:
        LimitError: always.
    """
    raise LimitError(block, what, limit, length)


def within(block: str, what: str, length: int, most: int, least: int = 0) -> None:
    """Check a number against its bounds.

    Raises:
        LimitError: it is outside.
    """
    if length > most:
        refuse(block, what, f"at most {most}", length)
    if length < least:
        refuse(block, what, f"at least {least}", length)


def label(text: str) -> Block:
    """Return a plain_text object; emoji names of ours become emoji, foreign text has none."""
    return {"type": "plain_text", "text": text, "emoji": True}


def identified(block: Block, block_id: str | None) -> Block:
    """Give a block its id, when it has one.

    Raises:
        LimitError: the id is empty or longer than 255 letters.
    """
    if block_id is not None:
        within(block["type"], "letters of its block_id", len(block_id), ID, 1)
        block["block_id"] = block_id
    return block


def one_line_header(text: str) -> None:
    """Check that a header is one line of few words beside its sign.

    Raises:
        LimitError: it is longer, empty, or has a line break.
    """
    within("header", "letters", len(text), HEADER, 1)
    within("header", "letters beside the sign", len(_SIGN.sub("", text)), HEADER_WORDS, 1)
    if "\n" in text:
        refuse("header", "lines", 1, text.count("\n") + 1)


def no_emoji(block: str, text: str) -> None:
    """Check that a button or label has no emoji name in it.

    Raises:
        LimitError: it has one.
    """
    if _EMOJI_NAME.search(text):
        refuse(block, "label", "without emoji", text)


def fallback(text: str) -> None:
    """Check a message's ``text``: one sentence without markup, and nothing of an account on a lock screen.

    Raises:
        LimitError: it is empty, too long, several lines, no sentence, or shows a masked number.
    """
    within("message", "letters of its fallback text", len(text), FALLBACK, 1)
    if not text.endswith((".", "!", "?", "\u2026")):
        refuse("message", "fallback text", "one whole sentence", text)
    if "\u2022\u2022" in text:
        refuse("message", "fallback text", "without anything of an account", text)


def surface(where: str, blocks: tuple[Block, ...], most: int) -> None:
    """Check the blocks of one message or view together.

    Raises:
        LimitError: too many or no blocks, too many letters, an id twice, a second primary button,
            or a clock time directly before a colon.
    """
    within(where, "blocks", len(blocks), most, 1)
    _unique(where, "block_id", (block["block_id"] for block in blocks if "block_id" in block))
    primary = 0
    for block in blocks:
        elements = list(interactive(block))
        _unique(block["type"], "action_id", (element["action_id"] for element in elements if "action_id" in element))
        primary += sum(element.get("style") == "primary" for element in elements)
    within(where, "primary buttons", primary, 1)
    letters = 0
    for text in texts(blocks):
        letters += len(text)
        if _TIME_THEN_COLON.search(text):
            refuse(where, "text", "without a clock time directly before a colon", text)
    within(where, "letters", letters, MESSAGE_LETTERS)


def _unique(block: str, what: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            refuse(block, what, "unique", f"{one!r} twice")
        seen.add(one)


def interactive(block: Block) -> Iterable[Block]:
    """Return the elements of one block that a person can use."""
    if block["type"] == "actions":
        yield from block["elements"]
    elif block["type"] == "section" and "accessory" in block:
        yield block["accessory"]
    elif block["type"] == "input":
        yield block["element"]


def texts(part: object) -> Iterable[str]:
    """Return every text in blocks that a person can read, fallbacks of images included."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in {"text", "alt_text"} and isinstance(value, str):
                # People's own words are typed text to Slack: nothing in them is read as markup.
                yield value.replace(":", "\u2236") if part.get("type") == "text" else value
            else:
                yield from texts(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from texts(one)
