"""Blocks hold Slack's limits and ours when they are made, and say what broke them."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock

from bot.slack import blocks
from bot.slack.blocks import (
    Block,
    LimitError,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    home,
    image,
    input_block,
    message,
    modal,
    option,
    quote,
    radio,
    section,
    select,
    text_input,
)
from bot.slack.text import Mrkdwn, md, plain

SAID = "One whole sentence (OPS-0042)."


def letters(count: int) -> str:
    """Return a text of so many letters."""
    return "x" * count


def marked(count: int) -> Mrkdwn:
    """Return text with markup of so many letters."""
    return md("".join(["x"] * count))


def form(*parts: Block, submit: str | None = "Send", **fields: Any) -> object:
    """Make a modal with the least that it needs."""
    return modal("a.form", "A form", *(parts or (divider(),)), submit=submit, **fields)


def choices(count: int) -> list[Block]:
    """Make so many choices."""
    return [option(f"Choice {n}", f"v{n}") for n in range(count)]


LIMITS: dict[str, tuple[int, Callable[[int], object]]] = {
    "section": (3000, lambda n: section(marked(n))),
    "context, letters": (3000, lambda n: context(marked(n))),
    "context, elements": (10, lambda n: context(*[md("x")] * n)),
    "actions, buttons in a row": (5, lambda n: actions(*(button("Go", f"a.{k}") for k in range(n)))),
    "actions, elements": (25, lambda n: actions(*(select(f"a.{k}", *choices(1)) for k in range(n)))),
    "header beside its sign": (30, lambda n: header(f":warning: {letters(n)}")),
    "header without sign": (30, lambda n: header(letters(n))),
    "header altogether": (150, lambda n: header(f":{letters(n - 4)}: x")),
    "button, text": (24, lambda n: button(letters(n), "a.b")),
    "button, value": (2000, lambda n: button("Go", "a.b", letters(n))),
    "button, action_id": (255, lambda n: button("Go", letters(n))),
    "button, accessibility label": (75, lambda n: button("Go", "a.b", label=letters(n))),
    "button, address": (3000, lambda n: button("Go", "a.b", url=letters(n))),
    "confirm, title": (100, lambda n: confirm(letters(n), "Sure?", "Yes", "No")),
    "confirm, text": (300, lambda n: confirm("Title", letters(n), "Yes", "No")),
    "confirm, confirm": (24, lambda n: confirm("Title", "Sure?", letters(n), "No")),
    "confirm, deny": (24, lambda n: confirm("Title", "Sure?", "Yes", letters(n))),
    "block_id": (255, lambda n: section(md("x"), block_id=letters(n))),
    "image, alt text": (2000, lambda n: image(letters(n), url="https://x.example/a.png")),
    "image, title": (2000, lambda n: image("A chart", file_id="F1", title=letters(n))),
    "image, address": (3000, lambda n: image("A chart", url=letters(n))),
    "option, text": (75, lambda n: option(letters(n), "v")),
    "option, value": (150, lambda n: option("Choice", letters(n))),
    "option, description": (75, lambda n: option("Choice", "v", letters(n))),
    "radio, options": (10, lambda n: radio("a", *choices(n))),
    "select, options": (100, lambda n: select("a", *choices(n))),
    "select, placeholder": (150, lambda n: select("a", *choices(1), placeholder=letters(n))),
    "text input, placeholder": (150, lambda n: text_input("a", placeholder=letters(n))),
    "text input, max_length": (3000, lambda n: text_input("a", most=n)),
    "text input, min_length": (40, lambda n: text_input("a", least=n, most=40)),
    "text input, initial": (40, lambda n: text_input("a", initial=letters(n), most=40)),
    "input, label": (2000, lambda n: input_block(letters(n), text_input("a"), block_id="b")),
    "input, hint": (2000, lambda n: input_block("Name", text_input("a"), block_id="b", hint=letters(n))),
    "modal, title": (24, lambda n: modal("a.form", letters(n), divider())),
    "modal, submit": (24, lambda n: form(submit=letters(n))),
    "modal, close": (24, lambda n: form(close=letters(n))),
    "modal, callback_id": (255, lambda n: modal(letters(n), "A form", divider())),
    "modal, metadata": (3000, lambda n: form(metadata=letters(n))),
    "modal, blocks": (100, lambda n: form(*[divider()] * n)),
    "home, blocks": (100, lambda n: home(*[divider()] * n)),
    "message, blocks": (40, lambda n: message(SAID, *[divider()] * n)),
    "message, letters": (8000, lambda n: message(SAID, *[section(marked(2000))] * 3, section(marked(n - 6000)))),
    "message, fallback": (150, lambda n: message(letters(n - 1) + ".", divider())),
    "message, primary buttons": (1, lambda n: message(SAID, *(primary(k) for k in range(n)), divider())),
}


def primary(number: int) -> Block:
    """Make a row with one primary button."""
    return actions(button("Go", f"a.{number}", style="primary"))


@pytest.mark.parametrize(("most", "make"), LIMITS.values(), ids=LIMITS)
def test_one_below_and_at_a_limit_pass_and_one_above_is_named(most: int, make: Callable[[int], object]) -> None:
    make(max(most - 1, 0))
    make(most)
    with pytest.raises(LimitError) as error:
        make(most + 1)
    assert str(error.value.limit) in str(error.value)
    assert str(error.value.length) in str(error.value)
    assert str(error.value).startswith(error.value.block)


EMPTY: dict[str, Callable[[], object]] = {
    "section": lambda: section(md("")),
    "context": context,
    "actions": actions,
    "header": lambda: header(""),
    "header of a sign alone": lambda: header(":warning: "),
    "button": lambda: button("", "a"),
    "button value": lambda: button("Go", "a", ""),
    "action_id": lambda: button("Go", ""),
    "alt text": lambda: image("", url="https://x.example/a.png"),
    "image without source": lambda: image("A chart"),
    "image with two sources": lambda: image("A chart", url="https://x.example/a.png", file_id="F1"),
    "select": lambda: select("a"),
    "initial that is no choice": lambda: radio("a", *choices(2), initial="v9"),
    "message": lambda: message(SAID),
    "fallback": lambda: message("", divider()),
    "modal": lambda: modal("a.form", "A form"),
}


@pytest.mark.parametrize("make", EMPTY.values(), ids=EMPTY)
def test_what_may_not_be_empty_or_contradict_itself_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(LimitError):
        make()


WRONG: dict[str, Callable[[], object]] = {
    "a header of two lines": lambda: header("One\nTwo"),
    "an emoji in a button": lambda: button(":x: Stop", "a"),
    "an emoji in a label": lambda: input_block(":x: Why", text_input("a"), block_id="b"),
    "an action_id twice in a block": lambda: message(SAID, actions(button("A", "a"), button("B", "a"))),
    "a block_id twice": lambda: message(SAID, section(md("x"), block_id="b"), section(md("y"), block_id="b")),
    "an input in a message": lambda: message(SAID, input_block("Why", text_input("a"), block_id="b")),
    "an input without submit": lambda: form(input_block("Why", text_input("a"), block_id="b"), submit=None),
    "a primary button beside submit": lambda: form(primary(1)),
    "a fallback that is no sentence": lambda: message("OPS-0042", divider()),
    "an account in the fallback": lambda: message("+81 •••• 4821 waits.", divider()),
    "a time before a colon": lambda: message(SAID, section(md("Since 12:00: quiet."))),
    "a time before a line with a sign": lambda: message(SAID, section(md("Since 12:00\n:warning: Look."))),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_what_the_house_does_not_do_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(LimitError):
        make()


@pytest.mark.parametrize("make", [section, context])
def test_text_that_did_not_pass_the_escape_is_refused(make: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"bot\.slack\.text"):
        make("raw")


def test_the_same_action_id_may_stand_in_different_blocks() -> None:
    rows = [section(md("Item {n}", n=n), button("Done", "item.done", f"v{n}")) for n in range(3)]
    assert len(message(SAID, *rows).blocks) == 3


def test_somebodys_words_may_hold_what_ours_may_not() -> None:
    shown = message(SAID, quote("12:00: <!channel> :x: *bold*\nhttps://x.example"))
    assert shown.blocks[0]["elements"][0]["elements"][0]["text"] == "12:00: <!channel> :x: *bold*\nhttps://x.example"


def test_a_quote_of_ten_thousand_letters_is_cut_and_says_so() -> None:
    (part,) = quote("x" * 10_000)["elements"][0]["elements"]
    assert part["text"].endswith("… (10,000 letters in all)")
    assert len(part["text"]) <= 2000


def test_a_quote_of_nothing_says_so() -> None:
    assert quote("\u202e \u0000")["elements"][0]["elements"][0]["text"] == "(no words)"


def test_markup_in_a_fallback_is_made_harmless() -> None:
    assert (
        message("<!channel> & *x* waits.", divider()).as_arguments()["text"]
        == "\u2039!channel\u203a &amp; \u2217x\u2217 waits."
    )


def test_a_message_is_what_slacks_own_library_reads_back() -> None:
    ask = confirm("Restrict it?", "The person is told.", "Restrict", "Not now", danger=True)
    shown = message(
        SAID,
        header(":raised_hand: Decide: restrict?"),
        section(md("*{who}* asks", who="Aoi <Tanaka>"), button("Show account", "account.show", "ac_1")),
        quote("Why not?"),
        divider(),
        image("Complaints fell", url="https://x.example/a.png", title="Week 47"),
        actions(
            button("Approve", "r.approve", "rq_1", style="primary", label="Approve OPS-0042", confirm=ask),
            button("Deny…", "r.deny", "rq_1"),
        ),
        context(md("Facts of {time}", time="08:41")),
    )
    for one in SdkBlock.parse_all(list(shown.blocks)):
        one.validate_json()


def test_a_view_has_no_empty_fields() -> None:
    field = input_block(
        "Reason",
        radio("reason", *choices(2), initial="v1"),
        block_id="reason",
        hint="Shown to management.",
        optional=True,
    )
    view = modal("restrict.ask", "Restrict an account", field, submit="Ask", close="Cancel", notify_on_close=True)
    assert set(view.payload()) == {"type", "callback_id", "title", "submit", "close", "blocks", "notify_on_close"}
    assert set(home(divider()).payload()) == {"type", "callback_id", "blocks"}


def test_foreign_text_in_a_label_shows_no_emoji() -> None:
    assert option(plain("Aoi :x: Mori"), "v")["text"]["text"] == "Aoi \u2236x\u2236 Mori"


def test_the_room_offers_all_its_blocks_in_one_place() -> None:
    assert all(hasattr(blocks, name) for name in blocks.__all__)
