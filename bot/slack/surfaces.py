"""What Slack shows as a whole: a message, a modal, an App Home, each checked when it is made."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from bot.slack import limits
from bot.slack.limits import Block, label, within
from bot.slack.text import sentence


@dataclass(frozen=True)
class Message:
    """A message: its fallback sentence (what notifications and screen readers read) and its blocks."""

    text: str
    blocks: tuple[Block, ...]

    def as_arguments(self) -> dict[str, Any]:
        """Return ``text`` and ``blocks`` for a call of Slack or a response_url, ``&`` escaped."""
        return {"text": self.text.replace("&", "&amp;"), "blocks": list(self.blocks)}


@dataclass(frozen=True)
class View:
    """A modal or an App Home."""

    type: Literal["modal", "home"]
    callback_id: str
    blocks: tuple[Block, ...]
    title: str = ""
    submit: str | None = None
    close: str = ""
    metadata: str = ""
    notify_on_close: bool = False

    def payload(self) -> dict[str, Any]:
        """Return the view as Slack's JSON has it, without empty fields."""
        view: dict[str, Any] = {"type": self.type, "callback_id": self.callback_id, "blocks": list(self.blocks)}
        if self.metadata:
            view["private_metadata"] = self.metadata
        if self.type == "modal":
            view["title"] = label(self.title)
            view["close"] = label(self.close)
            if self.submit is not None:
                view["submit"] = label(self.submit)
            if self.notify_on_close:
                view["notify_on_close"] = True
        return view


def message(text: str, *blocks: Block) -> Message:
    """Make a message of at most 40 blocks and 8,000 letters.

    Args:
        text: the fallback: one sentence of at most 150 letters; markup in it is made harmless.
        blocks: what is shown.

    Raises:
        LimitError: names the block, the limit and the length.
    """
    words = sentence(text)
    limits.fallback(words)
    limits.surface("message", blocks, limits.MESSAGE_BLOCKS)
    for block in blocks:
        if block["type"] == "input":
            limits.refuse("message", "blocks", "without an input", "an input block")
    return Message(words, blocks)


def modal(
    callback_id: str,
    title: str,
    *blocks: Block,
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
    notify_on_close: bool = False,
) -> View:
    """Make a modal; one with an input needs ``submit``, one with ``submit`` has no primary button.

    Raises:
        LimitError: names the block, the limit and the length.
    """
    within("modal", "letters of its callback_id", len(callback_id), limits.ID, 1)
    within("modal", "letters of its title", len(title), limits.VIEW_TITLE, 1)
    within("modal", "letters of its close label", len(close), limits.VIEW_TITLE, 1)
    if submit is not None:
        within("modal", "letters of its submit label", len(submit), limits.VIEW_TITLE, 1)
    for words in (title, close, submit or ""):
        limits.no_emoji("modal", words)
    limits.surface("modal", blocks, limits.VIEW_BLOCKS)
    if submit is None and any(block["type"] == "input" for block in blocks):
        limits.refuse("modal", "an input", "only in a modal with submit", "without")
    if submit is not None and any(
        element.get("style") == "primary" for block in blocks for element in limits.interactive(block)
    ):
        limits.refuse("modal", "a primary button", "only in a modal without submit", "beside one")
    return _sized(View("modal", callback_id, blocks, title, submit, close, metadata, notify_on_close))


def home(*blocks: Block, callback_id: str = "home", metadata: str = "") -> View:
    """Make an App Home.

    Raises:
        LimitError: names the block, the limit and the length.
    """
    within("home", "letters of its callback_id", len(callback_id), limits.ID, 1)
    limits.surface("home", blocks, limits.VIEW_BLOCKS)
    return _sized(View("home", callback_id, blocks, metadata=metadata))


def _sized(view: View) -> View:
    within(view.type, "letters of its private_metadata", len(view.metadata), limits.METADATA)
    size = len(json.dumps(view.payload(), ensure_ascii=False).encode())
    within(view.type, "bytes", size, limits.VIEW_BYTES)
    return view
