"""Holds what the bot shows to the rules of its screens: one list of what is wrong, in words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

JSON = Mapping[str, Any]

SAFE = frozenset({"header", "section", "context", "actions", "divider", "image", "rich_text", "input"})
SIGNS = frozenset(
    [
        "rotating_light",
        "warning",
        "white_check_mark",
        "grey_question",
        "heavy_minus_sign",
        "hourglass_flowing_sand",
        "no_entry_sign",
        "raised_hand",
        "eyes",
        "arrow_forward",
        "white_large_square",
        "alarm_clock",
        "arrows_counterclockwise",
        "leftwards_arrow_with_hook",
    ]
)
REVEALED = "account.revealed"
_SHOWN = {"chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"}
_VIEWS = {"views.open", "views.update", "views.push", "views.publish"}
_SIGN_FIRST = re.compile(r"^:([a-z0-9_+-]+): ")
_EMOJI = re.compile(r":([a-z0-9_+'-]*[a-z][a-z0-9_+'-]*):")
_TIME_COLON = re.compile(r"\d:\d\d\s*:(?=[a-z])")
_BROADCAST = re.compile(r"<!(?:channel|here|everyone)|@(?:channel|here|everyone)\b", re.IGNORECASE)
_MARKUP = re.compile(r"[*`~<>]|&(?:lt|gt|amp);|:[a-z_]+:|\b_\w+_\b")
_OPAQUE = re.compile(r"[a-z]{2}_[A-Za-z0-9]{6,}|home|[a-z.]+")
_LONG_NUMBER = re.compile(r"(?<![\d^-])\+?\d(?:[-\s]?\d){8,}")
_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")


def check_wire(calls: Iterable[JSON], numbers: Sequence[str] = ()) -> None:
    """Check every message and view that the bot gave Slack.

    Args:
        calls: what the workspace's wire holds.
        numbers: whole telephone numbers of which no screen may show more than the last four digits.

    Raises:
        AssertionError: lists all that is wrong.
    """
    wrong = []
    for kind, surface in surfaces(calls):
        wrong += [f"{kind}: {one}" for one in problems(kind, surface, numbers)]
    assert not wrong, "\n".join(sorted(set(wrong)))


def surfaces(calls: Iterable[JSON]) -> Iterator[tuple[str, JSON]]:
    """Return each message ("message") and view ("modal", "home") among the calls."""
    for call in calls:
        body = call["body"]
        if call["direction"] == "in" and call["method"] in _SHOWN:
            yield "message", body
        elif call["direction"] == "in" and call["method"] in _VIEWS:
            yield str(body["view"]["type"]), body["view"]
        elif call["direction"] == "out" and isinstance(call["response"], Mapping) and "view" in call["response"]:
            view = call["response"]["view"]
            yield str(view["type"]), view


def problems(kind: str, surface: JSON, numbers: Sequence[str] = ()) -> Iterator[str]:
    """Say in words what is wrong with one message, modal or App Home."""
    blocks = list(surface.get("blocks") or [])
    first = next(iter(plain_of(blocks)), "?")
    where = f"“{first[:60]}”"
    if not blocks:
        yield f"{surface}: no blocks"
    for name in (block["type"] for block in blocks if block["type"] not in SAFE):
        yield f"{where}: {name} is not a safe block"
    if kind == "message":
        yield from _message(surface, where)
        if len(blocks) > 40:
            yield f"{where}: {len(blocks)} blocks"
        if sum(len(one) for one in plain_of(blocks)) > 8_000:
            yield f"{where}: more than 8,000 letters"
    primary = 0
    for block in blocks:
        yield from (f"{where}: {one}" for one in _block(block))
        primary += sum(element.get("style") == "primary" for element in elements(block))
    if primary > 1 or (primary and surface.get("submit")):
        yield f"{where}: {primary} primary buttons"
    if surface.get("callback_id") == REVEALED:
        return  # the one screen that shows a whole number
    for text in plain_of(blocks):
        yield from (f"{where}: {one}" for one in _numbers(text, numbers))


def _message(body: JSON, where: str) -> Iterator[str]:
    text = str(body.get("text") or "")
    if not text.endswith((".", "?")) or text[:1].islower():
        yield f"{where}: {text!r} is not a sentence"
    if len(text) > 150:
        yield f"{where}: its text has {len(text)} letters"
    if found := _MARKUP.search(text.replace("&amp;", "and")):
        yield f"{where}: {found[0]!r} in its text {text!r}"
    if "•" in text or _LONG_NUMBER.search(text):
        yield f"{where}: its text names an account: {text!r}"


def _block(block: JSON) -> Iterator[str]:
    kind = block["type"]
    if kind == "header":
        words = _SIGN_FIRST.sub("", block["text"]["text"])
        if len(words) > 30 or "\n" in words:
            yield f"a header of {len(words)} letters"
    if kind == "image" and not block.get("alt_text"):
        yield "an image without alt text"
    used = [element for element in elements(block) if element["type"] == "button"]
    if len(used) > 5:
        yield f"{len(used)} buttons in a row"
    ids = [element["action_id"] for element in elements(block)]
    if len(ids) != len(set(ids)):
        yield f"the same action_id twice in a block: {ids}"
    for element in used:
        yield from _button(element)
    for where, written, text in texts(block):
        yield from _text(where, written, text)


def _text(where: str, kind: str, text: str) -> Iterator[str]:
    if kind == "typed":
        return  # people's own words: Slack reads no markup in them
    if kind == "plain_text" and any(token in text for token in ("<!date", "<@", "<#")):
        yield f"a token in plain text: {text!r}"
    if _BROADCAST.search(text):
        yield f"a broadcast mention: {text!r}"
    if _TIME_COLON.search(_DATE.sub(r"\1", text)):
        yield f"a time directly before a colon: {text!r}"
    if where == "text":
        yield from _signs(text)


def _signs(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        names = _EMOJI.findall(_DATE.sub("", line))
        at_start = _SIGN_FIRST.match(line)
        for name in names:
            if name not in SIGNS:
                yield f"{name} is not one of the signs: {line!r}"
        if len(names) > 1 or (names and not at_start and "*" not in line):
            yield f"a sign that does not stand alone at the start of its line: {line!r}"


def _button(element: JSON) -> Iterator[str]:
    text = element["text"]["text"]
    if len(text) > 24 or _EMOJI.search(text):
        yield f"a button's label {text!r} of {len(text)} letters"
    opens_link = element.get("url") is not None
    if opens_link != (element["action_id"] == "open.link") or (opens_link and not text.startswith("Open")):
        yield f"a link that does not begin with Open, or is not open.link: {text!r}"
    value = element.get("value")
    if value is not None and not _OPAQUE.fullmatch(value):
        yield f"a value that is not opaque: {value!r}"
    if len(text.split()) == 1 and not element.get("accessibility_label"):
        yield f"a short label without accessibility_label: {text!r}"
    # Whoever steers by voice says the words they see.
    if not str(element.get("accessibility_label", text)).startswith(text.removesuffix("\u2026")):
        yield f"an accessibility_label that does not begin with {text!r}"


def _numbers(text: str, numbers: Sequence[str]) -> Iterator[str]:
    digits = re.sub(r"\D", "", _DATE.sub("", text))
    for number in numbers:
        if re.sub(r"\D", "", number)[-8:] in digits:
            yield f"the whole number of an account in {text!r}"


def elements(block: JSON) -> list[JSON]:
    """Return what a person can use in a block."""
    if block["type"] == "actions":
        return list(block["elements"])
    if block["type"] == "input":
        return [block["element"]]
    return [block["accessory"]] if block.get("accessory") else []


def texts(part: object, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Return every text in a block as (field, kind, text); kind is mrkdwn, plain_text or typed."""
    if isinstance(part, Mapping):
        kind = {"mrkdwn": "mrkdwn", "plain_text": "plain_text", "text": "typed"}.get(str(part.get("type")))
        if kind is not None and isinstance(part.get("text"), str):
            yield key or "text", kind, part["text"]
            return
        for name, value in part.items():
            yield from texts(value, "text" if name in {"text", "elements"} else str(name))
    elif isinstance(part, list | tuple):
        for one in part:
            yield from texts(one, key)


def plain_of(blocks: Sequence[JSON]) -> list[str]:
    """Return all texts of blocks, in order."""
    return [text for block in blocks for _, _, text in texts(block)]
