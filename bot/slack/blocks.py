"""Slack's safe blocks as checked dicts: what breaks a limit fails here, not in front of a person."""

from typing import Literal

from bot.slack import limits
from bot.slack.inputs import (
    checkboxes,
    input_block,
    moment_input,
    option,
    radio,
    select,
    text_input,
    users_select,
)
from bot.slack.limits import Block, LimitError, identified, label, within
from bot.slack.surfaces import Message, View, home, message, modal
from bot.slack.text import Mrkdwn, clean, clip

__all__ = [
    "Block",
    "LimitError",
    "Message",
    "View",
    "actions",
    "button",
    "checkboxes",
    "confirm",
    "context",
    "divider",
    "header",
    "home",
    "image",
    "input_block",
    "message",
    "modal",
    "moment_input",
    "option",
    "quote",
    "radio",
    "section",
    "select",
    "text_input",
    "users_select",
]

Style = Literal["primary", "danger"]


def _mrkdwn(block: str, text: Mrkdwn) -> Block:
    if not isinstance(text, Mrkdwn):
        kind = type(text).__name__
        problem = f"{block}: its text must come from bot.slack.text.md, and is a {kind}"
        raise TypeError(problem)
    within(block, "letters", len(text), limits.TEXT, 1)
    # verbatim: Slack makes no links of what merely looks like one.
    return {"type": "mrkdwn", "text": str(text), "verbatim": True}


def header(text: str) -> Block:
    """Make a heading: a sign of ours and at most 30 letters on one line.

    Raises:
        LimitError: it is longer.
    """
    limits.one_line_header(text)
    return {"type": "header", "text": label(text)}


def section(text: Mrkdwn, accessory: Block | None = None, *, block_id: str | None = None) -> Block:
    """Make a paragraph, with at most one button or image beside it.

    Raises:
        LimitError: it is empty or longer than 3,000 letters.
        TypeError: the text is not from :func:`bot.slack.text.md`.
    """
    block: Block = {"type": "section", "text": _mrkdwn("section", text)}
    if accessory is not None:
        block["accessory"] = accessory
    return identified(block, block_id)


def context(*texts: Mrkdwn) -> Block:
    """Make a small last line: what one needs later, never a warning.

    Raises:
        LimitError: there are more than 10 texts or one is empty or too long.
        TypeError: a text is not from :func:`bot.slack.text.md`.
    """
    within("context", "elements", len(texts), limits.CONTEXT_ELEMENTS, 1)
    return {"type": "context", "elements": [_mrkdwn("context", text) for text in texts]}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """Make a row of buttons and selects.

    Raises:
        LimitError: there is none, more than 5 buttons, or more than 25 elements.
    """
    within("actions", "elements", len(elements), limits.ACTION_ELEMENTS, 1)
    within("actions", "buttons in a row", sum(one["type"] == "button" for one in elements), limits.ROW)
    return identified({"type": "actions", "elements": list(elements)}, block_id)


def divider() -> Block:
    """Make a line between parts."""
    return {"type": "divider"}


def image(alt: str, *, url: str | None = None, file_id: str | None = None, title: str | None = None) -> Block:
    """Make a picture from a public address or a file that Slack holds (exactly one of the two).

    Raises:
        LimitError: the alt text is missing or too long, or the source is not exactly one.
    """
    within("image", "letters of its alt text", len(alt), limits.ALT_TEXT, 1)
    if (url is None) == (file_id is None):
        limits.refuse("image", "sources", 1, "both" if url is not None else "none")
    block: Block = {"type": "image", "alt_text": alt}
    if url is not None:
        within("image", "letters of its address", len(url), limits.URL, 1)
        block["image_url"] = url
    else:
        block["slack_file"] = {"id": file_id}
    if title is not None:
        within("image", "letters of its title", len(title), limits.IMAGE_TITLE, 1)
        block["title"] = label(title)
    return block


def quote(foreign: str) -> Block:
    """Quote somebody's own words as typed text: nothing in them acts as markup.

    More than 2,000 letters are cut, and the quote says how many there were.
    """
    words = clean(foreign).strip() or "(no words)"
    if len(words) > limits.QUOTE:
        note = f" ({len(words):,} letters in all)"
        words = clip(words, limits.QUOTE - len(note)) + note
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}],
    }


def button(
    text: str,
    action_id: str,
    value: str | None = None,
    *,
    style: Style | None = None,
    label: str | None = None,
    confirm: Block | None = None,
    url: str | None = None,
) -> Block:
    """Make a button whose text says what it does.

    Args:
        text: verb and object, at most 24 letters; "..." as one letter where a form opens.
        action_id: a fixed word, such as ``restriction.approve``.
        value: opaque; names the thing and the version of the facts shown.
        style: primary at most once a message.
        label: what a screen reader says, at most 75 letters.
        confirm: a dialog from :func:`confirm`.
        url: an address to open.

    Raises:
        LimitError: names what is too long or has an emoji.
    """
    within("button", "letters", len(text), limits.LABEL, 1)
    limits.no_emoji("button", text)
    within("button", "letters of its action_id", len(action_id), limits.ID, 1)
    element: Block = {"type": "button", "text": _label(text), "action_id": action_id}
    if value is not None:
        within("button", "letters of its value", len(value), limits.BUTTON_VALUE, 1)
        element["value"] = value
    if style is not None:
        element["style"] = style
    if label is not None:
        within("button", "letters of its accessibility_label", len(label), limits.ACCESSIBILITY, 1)
        element["accessibility_label"] = label
    if confirm is not None:
        element["confirm"] = confirm
    if url is not None:
        within("button", "letters of its address", len(url), limits.URL, 1)
        element["url"] = url
    return element


_label = label


def confirm(title: str, text: str, confirm: str, deny: str, *, danger: bool = False) -> Block:
    """Make the dialog that asks once more before a button acts.

    Raises:
        LimitError: the title passes 100 letters, the text 300, or a button's text 24.
    """
    within("confirm", "letters of its title", len(title), limits.CONFIRM_TITLE, 1)
    within("confirm", "letters of its text", len(text), limits.CONFIRM_TEXT, 1)
    for words in (confirm, deny):
        within("confirm", "letters of a button", len(words), limits.LABEL, 1)
        limits.no_emoji("confirm", words)
    dialog = {"title": label(title), "text": label(text), "confirm": label(confirm), "deny": label(deny)}
    return {**dialog, "style": "danger"} if danger else dialog
