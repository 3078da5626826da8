"""The forms of a list: the answer to one item, and the one for skipping any or writing a note to it."""

from collections.abc import Mapping
from typing import Final

from bot.duty import checklist_answers
from bot.engine.cases import Case, Step, StepState
from bot.engine.team import Team
from bot.slack.blocks import Block, View, context, input_block, modal, option, radio, section, select, text_input
from bot.slack.text import clip, md
from commands import checklist_lines
from commands.checklist_lines import Standing

ANSWER, OTHER = "check.answer", "check.other"
NOTE_MOST: Final = 500
ANSWERS: Final[Mapping[str, StepState]] = {
    "done": "done",
    "skip": "skipped",
    "blocked": "failed",
    "na": "not_applicable",
}
"""The state that each answer settles an item with."""
NOTE: Final = "note"
"""The answer that leaves an item as it is and keeps a note."""
_OPTIONS: Final[Mapping[str, tuple[str, str | None]]] = {
    "done": ("Done", None),
    "skip": ("Skip today", "Needs a note"),
    "blocked": ("Cannot be done", "Needs a note, tells the on-call person"),
    "na": ("Does not apply", "Needs a note"),
    NOTE: ("Only a note", "The item stays open"),
}
_CHOICES: Final = 100


def _options(*names: str) -> list[Block]:
    return [option(_OPTIONS[name][0], name, _OPTIONS[name][1]) for name in names]


def _note() -> Block:
    return input_block(
        "Note",
        text_input(
            "note",
            multiline=True,
            placeholder="What is planned, by whom, by when; or why it is skipped",
            most=NOTE_MOST,
        ),
        block_id="note",
        hint="Needed for all answers but Done. No names of users, no numbers, no words from mails.",
        optional=True,
    )


def answer(case: Case, step: Step, value: str, team: Team) -> View:
    """Make the form for one item."""
    lines = checklist_lines.open_item(step, team)
    blocks = [
        section(lines),
        input_block("Your answer", radio("answer", *_options(*ANSWERS), initial="done"), block_id="answer"),
        _note(),
    ]
    if step.source:
        blocks.append(context(md("From the runbook: {source}.", source=step.source)))
    title = f"Item {step.position} of {len(Standing.of(case).items)}"
    return modal(ANSWER, title, *blocks, submit="Save answer", close="Cancel", metadata=value)


def other(case: Case, value: str) -> View:
    """Make the form for any open item of a list: skip it, or write to it."""
    left = [step for step in Standing.of(case).left if checklist_answers.is_persons(step)]
    options = [option(clip(f"{step.position}. {step.title}", 75), step.name) for step in left[:_CHOICES]]
    blocks = [
        input_block("Item", select("item", *options, placeholder="Choose an item"), block_id="item"),
        input_block(
            "Your answer",
            radio("answer", *_options("skip", "blocked", "na", "done", NOTE), initial="skip"),
            block_id="answer",
        ),
        _note(),
    ]
    if len(left) > _CHOICES:
        blocks.append(context(md("The first {n} of {all} open items.", n=_CHOICES, all=len(left))))
    return modal(OTHER, "Skip or note", *blocks, submit="Save answer", close="Cancel", metadata=value)


def wrong(values: Mapping[str, str], allowed: Mapping[str, object]) -> Mapping[str, str]:
    """Say what is wrong with a form, field by field.

    Parameters:
        values: what was given, by field.
        allowed: the answers that there are.
    """
    found = {}
    given, note = values.get("answer", ""), values.get("note", "").strip()
    if given not in allowed:
        found["answer"] = "Please choose one."
    if len(note) > NOTE_MOST:
        found["note"] = f"Please write at most {NOTE_MOST} letters; these are {len(note):,}."
    elif given != "done" and not note:
        found["note"] = "Please say why, in a few words."
    return found
