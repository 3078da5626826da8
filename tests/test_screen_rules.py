"""The check of screens sees what breaks each rule, and nothing in what was drawn to the rules."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import screens
from tests.support.system import JSON

DRAWN = Path(__file__).parents[2] / "shared" / "screens"
NUMBERS = ["+819012345678"]


def drawn(name: str) -> dict[str, Any]:
    """Return the screens as they were designed."""
    path = DRAWN / f"{name}.json"
    if not path.exists():
        warnings.warn("THE DRAWN SCREENS ARE NOT HERE: WORDS WERE NOT COMPARED", stacklevel=2)
        pytest.skip("THE DRAWN SCREENS ARE NOT HERE: WORDS WERE NOT COMPARED")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def good() -> JSON:
    """Return a message that keeps every rule."""
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Do it now"},
        "action_id": "a.b",
        "value": "rq_Ab3dEf9h",
    }
    return {
        "text": "One thing waits until Thu 26 Nov 18:00 JST (OPS-0001).",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": ":raised_hand: Decide: restrict it?"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "*+81 •••• 5678* · OPS-0001\n:warning: Look at it."},
            },
            {"type": "actions", "elements": [{**button, "style": "primary"}, {**button, "action_id": "a.c"}]},
        ],
    }


def section(text: str) -> JSON:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def with_button(**changed: Any) -> Callable[[JSON], Any]:
    return lambda it: it["blocks"][2]["elements"][0].update(changed)


def label(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


BROKEN: dict[str, tuple[Callable[[JSON], Any], str]] = {
    "no blocks": (lambda it: it.update(blocks=[]), "no blocks"),
    "another block": (lambda it: it["blocks"].append({"type": "table", "rows": []}), "table is not a safe block"),
    "41 blocks": (lambda it: it["blocks"].extend([{"type": "divider"}] * 38), "41 blocks"),
    "8,001 letters": (lambda it: it["blocks"].extend([section("x" * 2700)] * 3), "more than 8,000 letters"),
    "a long text": (lambda it: it.update(text="X" * 150 + "."), "its text has 151 letters"),
    "no sentence": (lambda it: it.update(text="one thing waits"), "is not a sentence"),
    "markup in the text": (lambda it: it.update(text="One *thing* waits."), "in its text"),
    "an account in the text": (lambda it: it.update(text="Restrict +81 •••• 5678."), "names an account"),
    "two primary buttons": (
        lambda it: it["blocks"][2]["elements"][1].update(style="primary"),
        "2 primary buttons",
    ),
    "a long label": (with_button(text=label("A label of all too many letters")), "a button's label"),
    "an emoji on a label": (with_button(text=label("Do it :eyes:")), "a button's label"),
    "one word": (with_button(text=label("Approve")), "without accessibility_label"),
    "a label that begins otherwise": (with_button(accessibility_label="Now do it"), "that does not begin with"),
    "a link that does not say so": (with_button(url="https://faxi.example"), "does not begin with Open"),
    "a value that tells": (with_button(value="+819012345678"), "not opaque"),
    "a value with a name": (with_button(value='{"user": 1}'), "not opaque"),
    "an action twice": (lambda it: it["blocks"][2]["elements"][1].update(action_id="a.b"), "twice in a block"),
    "six buttons": (
        lambda it: it["blocks"][2].update(
            elements=[{**it["blocks"][2]["elements"][1], "action_id": f"a.{n}"} for n in "abcdef"]
        ),
        "6 buttons in a row",
    ),
    "a long header": (
        lambda it: it["blocks"][0].update(text=label(":eyes: A header of a good many more letters")),
        "a header of",
    ),
    "an image without words": (lambda it: it["blocks"].append({"type": "image", "image_url": "x"}), "without alt text"),
    "a date in plain text": (
        lambda it: it["blocks"][0].update(text=label("<!date^1^{time}|x>")),
        "a token in plain text",
    ),
    "a call to all": (lambda it: it["blocks"].append(section("<!channel> look")), "a broadcast mention"),
    "a time before a sign": (
        lambda it: it["blocks"].append(section("until 18:00\n:eyes: x")),
        "directly before a colon",
    ),
    "an unknown sign": (lambda it: it["blocks"].append(section(":tada: done")), "is not one of the signs"),
    "two signs in a line": (
        lambda it: it["blocks"].append(section(":eyes: it is :warning: so")),
        "does not stand alone",
    ),
    "a whole number": (lambda it: it["blocks"].append(section("call 090-1234-5678")), "whole number"),
}


KNOWN = ("without accessibility_label", "accessibility_label that does not begin", "Read and decide")
"""Where what was drawn is itself not as its own rules say."""


def test_a_good_message_is_good() -> None:
    assert list(screens.problems("message", good(), NUMBERS)) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_the_check_sees_what_breaks_a_rule(rule: str) -> None:
    change, said = BROKEN[rule]
    message = good()
    change(message)
    assert [one for one in screens.problems("message", message, NUMBERS) if said in one]


@pytest.mark.parametrize("name", ["restriction-request", "restrict-modal", "case", "errors-and-help", "home"])
def test_the_check_finds_nothing_wrong_with_what_was_drawn(name: str) -> None:
    for state, screen in drawn(name).items():
        surface = screen.get("view") or screen
        kind = surface.get("type", "message")
        wrong = [one for one in screens.problems(kind, surface) if not any(known in one for known in KNOWN)]
        assert wrong == [], state
