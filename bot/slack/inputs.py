"""What a form asks with: fields to type into and choices, each checked."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack import limits
from bot.slack.limits import Block, identified, label, within


def _action_id(kind: str, action_id: str) -> None:
    within(kind, "letters of its action_id", len(action_id), limits.ID, 1)


def input_block(name: str, element: Block, *, block_id: str, hint: str | None = None, optional: bool = False) -> Block:
    """Make a field of a form; ``block_id`` is where its error is shown.

    Raises:
        LimitError: the label or hint is empty, too long or has an emoji.
    """
    within("input", "letters of its label", len(name), limits.INPUT_LABEL, 1)
    limits.no_emoji("input", name)
    block: Block = {"type": "input", "label": label(name), "element": element, "optional": optional}
    if hint is not None:
        within("input", "letters of its hint", len(hint), limits.INPUT_HINT, 1)
        block["hint"] = label(hint)
    return identified(block, block_id)


def text_input(
    action_id: str,
    *,
    multiline: bool = False,
    placeholder: str | None = None,
    initial: str | None = None,
    least: int | None = None,
    most: int | None = None,
) -> Block:
    """Make a field to type into, of ``least`` to ``most`` letters.

    Raises:
        LimitError: a number is outside Slack's 0..3,000, or ``initial`` outside ours.
    """
    kind = "plain_text_input"
    _action_id(kind, action_id)
    element: Block = {"type": kind, "action_id": action_id}
    if multiline:
        element["multiline"] = True
    if least is not None:
        within(kind, "min_length", least, limits.INPUT_LETTERS if most is None else most)
        element["min_length"] = least
    if most is not None:
        within(kind, "max_length", most, limits.INPUT_LETTERS, 1)
        element["max_length"] = most
    if initial:
        within(kind, "letters of its initial value", len(initial), most or limits.INPUT_LETTERS)
        element["initial_value"] = initial
    return _with_placeholder(element, placeholder)


def _with_placeholder(element: Block, placeholder: str | None) -> Block:
    if placeholder is not None:
        within(element["type"], "letters of its placeholder", len(placeholder), limits.PLACEHOLDER, 1)
        element["placeholder"] = label(placeholder)
    return element


def option(text: str, value: str, description: str | None = None) -> Block:
    """Make one choice.

    Raises:
        LimitError: the text or description passes 75 letters, or the value 150.
    """
    within("option", "letters", len(text), limits.OPTION_TEXT, 1)
    within("option", "letters of its value", len(value), limits.OPTION_VALUE, 1)
    choice: Block = {"text": label(text), "value": value}
    if description is not None:
        within("option", "letters of its description", len(description), limits.OPTION_TEXT, 1)
        choice["description"] = label(description)
    return choice


def _choices(element: Block, options: Sequence[Block], initial: str | None, most: int) -> Block:
    _action_id(element["type"], element["action_id"])
    within(element["type"], "options", len(options), most, 1)
    element["options"] = list(options)
    if initial is not None:
        chosen = [one for one in options if one["value"] == initial]
        if len(chosen) != 1:
            limits.refuse(element["type"], "options with the initial value", 1, len(chosen))
        element["initial_option"] = chosen[0]
    return element


def radio(action_id: str, *options: Block, initial: str | None = None) -> Block:
    """Make a choice of one among at most 10 that are all seen; ``initial`` is the value chosen first.

    Raises:
        LimitError: there are none or too many, or ``initial`` is none of them.
    """
    return _choices({"type": "radio_buttons", "action_id": action_id}, options, initial, limits.RADIO_OPTIONS)


def select(action_id: str, *options: Block, placeholder: str | None = None, initial: str | None = None) -> Block:
    """Make a choice of one among at most 100 in a menu; ``initial`` is the value chosen first.

    Raises:
        LimitError: there are none or too many, or ``initial`` is none of them.
    """
    element = _choices({"type": "static_select", "action_id": action_id}, options, initial, limits.OPTIONS)
    return _with_placeholder(element, placeholder)


def checkboxes(action_id: str, *options: Block) -> Block:
    """Make a choice of any among at most 10; none is chosen first.

    Raises:
        LimitError: there are none or too many.
    """
    return _choices({"type": "checkboxes", "action_id": action_id}, options, None, limits.RADIO_OPTIONS)


def users_select(action_id: str, *, initial: str | None = None) -> Block:
    """Make a choice of one person of the workspace; ``initial`` is the id of the one chosen first."""
    _action_id("users_select", action_id)
    first = {} if initial is None else {"initial_user": initial}
    return {"type": "users_select", "action_id": action_id, **first}


def moment_input(action_id: str, *, initial: datetime | None = None) -> Block:
    """Make a choice of a day and time, which the person sees in their own zone; it is kept to the minute."""
    _action_id("datetimepicker", action_id)
    first = {} if initial is None else {"initial_date_time": int(initial.timestamp()) // 60 * 60}
    return {"type": "datetimepicker", "action_id": action_id, **first}
