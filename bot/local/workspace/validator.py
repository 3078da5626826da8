"""Refuses what Slack refuses in blocks and views, in Slack's way: a list of faults with pointers."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from .limits import number
from .refusals import JSON, SlackError
from .schema import MESSAGE_BLOCKS, VIEW, Bool, ByType, Int, Kind, Many, Shape, Str, Text


def check_message_blocks(blocks: Any) -> list[JSON]:
    """Return the blocks of a message when Slack would take them.

    Raises:
        SlackError: ``invalid_blocks_format``, ``invalid_blocks`` with the faults, or
            ``msg_blocks_too_long``.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    faults = [*_faults(blocks, MESSAGE_BLOCKS, "/blocks"), *_together(blocks, "/blocks")]
    if faults:
        raise SlackError("invalid_blocks", faults, errors=[fault.removeprefix("[ERROR] ") for fault in faults])
    if _characters(blocks) > number("message.blocks_characters"):
        raise SlackError("msg_blocks_too_long")
    return blocks


def check_view(view: Any) -> JSON:
    """Return the view when Slack would take it.

    Raises:
        SlackError: ``view_too_large``, or ``invalid_arguments`` with the faults.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", ["[ERROR] must provide an object [json-pointer:/view]"])
    if len(json.dumps(view, ensure_ascii=False).encode()) > number("view.bytes"):
        raise SlackError("view_too_large")
    faults = _faults(view, VIEW, "/view")
    blocks = view.get("blocks")
    if isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks):
        faults += _together(blocks, "/view/blocks")
        if view.get("type") == "home":
            faults += _not_at_home(blocks, "/view/blocks")
        asks = any(block.get("type") == "input" for block in blocks)
        if asks and view.get("type") == "modal" and not view.get("submit"):
            faults.append(_fault("missing required field: submit (the view has an input block)", "/view/submit"))
    if faults:
        raise SlackError("invalid_arguments", faults)
    return view


def _fault(text: str, at: str) -> str:
    return f"[ERROR] {text} [json-pointer:{at}]"


def _faults(value: Any, kind: Kind, at: str) -> list[str]:
    """Compare a value with its kind and return every fault, deepest ones included."""
    found: Iterator[str]
    match kind:
        case Text():
            found = _text(value, kind, at)
        case Str():
            found = _string(value, kind, at)
        case Bool():
            found = iter(() if isinstance(value, bool) else [_fault("must provide a boolean", at)])
        case Int():
            found = _integer(value, kind, at)
        case Many():
            found = _many(value, kind, at)
        case Shape():
            found = _shape(value, kind, at)
        case ByType():
            found = _by_type(value, kind, at)
    return list(found)


def _length(text: str, limit: str | None, least: int, at: str) -> Iterator[str]:
    if len(text) < least:
        yield _fault(f"must be more than {least - 1} characters", at)
    if limit is not None and len(text) > number(limit):
        yield _fault(f"must be less than {number(limit) + 1} characters", at)


def _text(value: Any, kind: Text, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _fault("must provide an object", at)
        return
    of = value.get("type")
    if of not in kind.types:
        yield _fault(f"unsupported type: {of}; must be {' or '.join(kind.types)}", f"{at}/type")
        return
    allowed = {"type", "text", "emoji" if of == "plain_text" else "verbatim"}
    yield from (_fault(f"invalid additional property: {name}", at) for name in value if name not in allowed)
    if not isinstance(value.get("text"), str):
        yield _fault("must provide a string", f"{at}/text")
        return
    yield from _length(value["text"], kind.limit, 1, f"{at}/text")


def _string(value: Any, kind: Str, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _fault("must provide a string", at)
        return
    yield from _length(value, kind.limit, kind.least, at)
    if kind.words is not None and value not in kind.words:
        yield _fault(f"must be one of: {', '.join(sorted(kind.words))}", at)
    if kind.pattern is not None and not re.fullmatch(kind.pattern, value):
        yield _fault(f"must match pattern {kind.pattern}", at)


def _integer(value: Any, kind: Int, at: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _fault("must provide an integer", at)
        return
    if value < kind.low:
        yield _fault(f"must be at least {kind.low}", at)
    if kind.limit is not None and value > number(kind.limit):
        yield _fault(f"must be at most {number(kind.limit)}", at)


def _many(value: Any, kind: Many, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _fault("must provide a list", at)
        return
    if len(value) < kind.least:
        yield _fault(f"no fewer than {kind.least} items allowed", at)
    if kind.limit is not None and len(value) > number(kind.limit):
        yield _fault(f"no more than {number(kind.limit)} items allowed", at)
    for index, item in enumerate(value):
        yield from _faults(item, kind.item, f"{at}/{index}")


def _shape(value: Any, kind: Shape, at: str, known: frozenset[str] = frozenset()) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _fault("must provide an object", at)
        return
    for name in kind.required:
        if name not in value:
            yield _fault(f"missing required field: {name}", at)
    for name, inner in value.items():
        of = kind.required.get(name) or kind.optional.get(name)
        if of is not None:
            yield from _faults(inner, of, f"{at}/{name}")
        elif name not in known:
            yield _fault(f"invalid additional property: {name}", at)


def _by_type(value: Any, kind: ByType, at: str) -> Iterator[str]:
    of = value.get("type") if isinstance(value, dict) else None
    shape = kind.shapes.get(of) if isinstance(of, str) else None
    if shape is None:
        yield _fault(f"unsupported {kind.what} type: {of}", f"{at}/type")
        return
    yield from _shape(value, shape, at, frozenset({"type"}))
    rule = _RULES.get((kind.what, str(of)))
    if rule is not None:
        yield from rule(value, at)


def _section(block: JSON, at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield _fault("missing required field: text or fields", at)


def _picture(block: JSON, at: str) -> Iterator[str]:
    if ("image_url" in block) == ("slack_file" in block):
        yield _fault("must provide exactly one of: image_url, slack_file", at)
    file = block.get("slack_file")
    if isinstance(file, dict) and ("id" in file) == ("url" in file):
        yield _fault("must provide exactly one of: id, url", f"{at}/slack_file")


def _choices(element: JSON, at: str) -> Iterator[str]:
    if element["type"] == "static_select" and ("options" in element) == ("option_groups" in element):
        yield _fault("must provide exactly one of: options, option_groups", at)
    options = all_options(element)
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options") or []
    for option in chosen:
        if option not in options:
            yield _fault("initial option does not match any option", at)


def _typing(element: JSON, at: str) -> Iterator[str]:
    least, most = element.get("min_length"), element.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield _fault("min_length must not be greater than max_length", at)


def all_options(element: JSON) -> list[JSON]:
    """Return the options of a choosing element, grouped ones included."""
    groups = [group for group in element.get("option_groups") or [] if isinstance(group, dict)]
    return [*(element.get("options") or []), *(option for group in groups for option in group.get("options") or [])]


_RULES: dict[tuple[str, str], Callable[[JSON, str], Iterator[str]]] = {
    ("block", "section"): _section,
    ("block", "image"): _picture,
    ("element", "image"): _picture,
    ("element", "static_select"): _choices,
    ("element", "radio_buttons"): _choices,
    ("element", "checkboxes"): _choices,
    ("element", "plain_text_input"): _typing,
}


def elements_of(block: JSON) -> list[JSON]:
    """Return the elements of a block that a person can use, in the order they are seen."""
    of = block.get("type")
    if of == "actions":
        found = block.get("elements") or []
    elif of == "section":
        found = [block["accessory"]] if block.get("accessory") else []
    elif of == "input":
        found = [block["element"]] if block.get("element") else []
    else:
        found = []
    return [element for element in found if isinstance(element, dict) and element.get("type") != "image"]


def _together(blocks: list[JSON], at: str) -> list[str]:
    """Return the faults that show only when blocks are seen together: ids that occur twice."""
    faults: list[str] = []
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if isinstance(name, str):
            if name in seen:
                faults.append(_fault(f"block_id already exists: {name}", f"{at}/{index}/block_id"))
            seen.add(name)
        actions: set[str] = set()
        for place, element in enumerate(elements_of(block)):
            action = element.get("action_id")
            if isinstance(action, str) and action in actions:
                where = f"{at}/{index}/elements/{place}/action_id"
                faults.append(_fault(f"action_id already exists in this block: {action}", where))
            if isinstance(action, str):
                actions.add(action)
    return faults


def _not_at_home(blocks: list[JSON], at: str) -> Iterator[str]:
    """Return the faults of elements that exist in messages and modals, and not in App Home."""
    for index, block in enumerate(blocks):
        for place, element in enumerate(elements_of(block)):
            if element.get("type") == "datetimepicker":
                where = "element" if block.get("type") == "input" else f"elements/{place}"
                yield _fault("unsupported element type: datetimepicker", f"{at}/{index}/{where}/type")


def _characters(blocks: list[JSON]) -> int:
    """Add up all that is written in the blocks, as Slack's undocumented sum does."""
    headers = len([block for block in blocks if block.get("type") == "header"])
    return _written(blocks) + headers * number("header.extra_characters")


def _written(value: Any) -> int:
    total = 0
    if isinstance(value, dict):
        text = value.get("text")
        total += len(text) if isinstance(text, str) else 0
        total += sum(map(_written, value.values()))
    elif isinstance(value, list):
        total += sum(map(_written, value))
    return total
