"""A modal that answers lies upon the form where it says so, and shows a picture once Slack takes it."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.local.workspace.state import File
from bot.slack.answers import Answers, Opened
from bot.slack.blocks import View, image, input_block, message, modal, section, text_input
from bot.slack.clicks import Click
from bot.slack.interactions import Show
from bot.slack.text import md
from tests.support.floor import Floor, running_floor

WORDS = modal("fax.preview", "The fax", section(md("In words.")), close="Back")
FORM = modal("ask", "Ask", input_block("Why", text_input("why"), block_id="why"), submit="Ask", close="Cancel")
LOOKING = modal("looking", "The fax", section(md("Looking.")))


def pictured(file: str) -> View:
    """Return a modal with a picture."""
    return modal("fax.preview", "The fax", image("A page", file_id=file), close="Back")


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    """Run a workspace that holds one picture."""
    async with running_floor(tmp_path) as running:
        running.workspace.slack.state.files["F0PAGE"] = File("F0PAGE", "page.png", 1, b"x", "page", complete=True)
        yield running


def trigger(floor: Floor) -> str:
    """Return what a click of op1 hands over."""
    permits = floor.workspace.slack.permits
    return permits.trigger(permits.interaction("U0OP1"))


async def click(floor: Floor, *, in_form: bool) -> Click:
    """Let op1 click in a message, or in a form that is open."""
    view: dict[str, Any] = {}
    if in_form:
        opened = await floor.client.views_open(trigger_id=trigger(floor), view=FORM.payload())
        view = {"view_id": opened["view"]["id"], "view_type": "modal"}
    now, key = datetime(2026, 11, 25, tzinfo=UTC), f"action:{time.monotonic()}"
    return Click("action", "fax.show", key, "U0OP1", None, None, 0.0, now, trigger_id=trigger(floor), **view)


def open_views(floor: Floor) -> list[str]:
    """Return what lies on op1's screen, the lowest first: the kinds of a form's blocks tell words from a picture."""
    return [
        f"{view.body['callback_id']} {view.body['blocks'][0]['type']}"
        for view in floor.workspace.slack.state.stacks.get("U0OP1", [])
    ]


@pytest.mark.parametrize("in_form", [True, False])
@pytest.mark.parametrize(("file", "seen"), [("F0PAGE", "image"), ("F0NOTYET", "section"), (None, "section")])
async def test_a_picture_is_shown_or_its_words_and_the_form_stays_below(
    floor: Floor, *, in_form: bool, file: str | None, seen: str
) -> None:
    answer = Show(WORDS, above=True, pictured=pictured(file) if file else None)
    await Answers(floor.client, floor.session).give(await click(floor, in_form=in_form), answer, None)
    assert open_views(floor) == [*(["ask input"] if in_form else []), f"fax.preview {seen}"]


@pytest.mark.parametrize(("file", "seen"), [("F0PAGE", "image"), ("F0NOTYET", "section")])
async def test_what_was_opened_while_the_bot_looked_is_filled_with_it(floor: Floor, file: str, seen: str) -> None:
    asked = await click(floor, in_form=True)
    answers = Answers(floor.client, floor.session)
    opened = await answers.open(asked, LOOKING)
    assert isinstance(opened, Opened)
    await answers.give(asked, Show(WORDS, above=True, pictured=pictured(file)), opened)
    assert open_views(floor) == ["ask input", f"fax.preview {seen}"]


async def test_without_that_an_answer_takes_the_place_of_the_form(floor: Floor) -> None:
    await Answers(floor.client, floor.session).give(await click(floor, in_form=True), Show(WORDS), None)
    assert open_views(floor) == ["fax.preview section"]


async def test_where_no_modal_can_lie_upon_the_form_the_words_come_as_a_message_and_the_form_stays(
    floor: Floor,
) -> None:
    asked = await click(floor, in_form=True)
    floor.workspace.slack.permits.take(asked.trigger_id or "")
    await Answers(floor.client, floor.session).give(asked, Show(WORDS, above=True), None)
    assert open_views(floor) == ["ask input"]
    (call,) = await floor.calls("chat.postMessage")
    assert "In words." in str(call["body"])


async def test_words_that_may_stand_in_a_modal_only_come_as_no_message_when_it_was_closed(floor: Floor) -> None:
    asked = await click(floor, in_form=True)
    floor.workspace.slack.state.stacks["U0OP1"].clear()
    floor.workspace.slack.permits.take(asked.trigger_id or "")
    gone = message("It is closed.", section(md("It is closed.")))
    await Answers(floor.client, floor.session).give(asked, Show(WORDS, otherwise=gone), None)
    (call,) = await floor.calls("chat.postMessage")
    assert "It is closed." in str(call["body"])
    assert "In words." not in str(call["body"])
