"""Blocks and modals as small as they can be, to be made larger by a test."""

import json
from typing import Any

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JSON:
    """Return a mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> JSON:
    """Return a section with some text."""
    return {"type": "section", "text": mrkdwn("x"), **more}


def actions(*elements: JSON) -> JSON:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> JSON:
    """Return a button."""
    return {"type": "button", "text": plain("x"), **more}


def options(count: int) -> list[JSON]:
    """Return options of different values."""
    return [{"text": plain("x"), "value": str(place)} for place in range(count)]


def select(**more: Any) -> JSON:
    """Return a row with one select."""
    return actions({"type": "static_select", "options": options(1), **more})


def option(**more: Any) -> JSON:
    """Return a row with one select of one option."""
    return select(options=[{"text": plain("x"), "value": "x", **more}])


def confirm(**more: Any) -> JSON:
    """Return a row with one button that asks again."""
    return actions(button(confirm={"title": plain("x"), "text": plain("x"), **more}))


def asking(**more: Any) -> JSON:
    """Return an input block."""
    return {"type": "input", "label": plain("x"), "element": {"type": "plain_text_input"}, **more}


def picture(**more: Any) -> JSON:
    """Return an image block."""
    return {"type": "image", "image_url": "http://127.0.0.1/x.png", "alt_text": "x", **more}


def modal(*blocks: JSON, **more: Any) -> JSON:
    """Return a modal."""
    return {"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": list(blocks), **more}


def of_bytes(count: int) -> JSON:
    """Return a modal whose JSON has exactly so many bytes."""
    view = modal()
    while count - len(json.dumps(view, ensure_ascii=False).encode()) > 2950:
        view["blocks"].append({"type": "section", "text": mrkdwn("é" * 1400)})
    view["private_metadata"] = ""
    missing = count - len(json.dumps(view, ensure_ascii=False).encode())
    view["private_metadata"] = "x" * missing
    return view
