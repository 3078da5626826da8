"""/faxi-feedback: what somebody of the team wants changed, as a case of its own and in the operations channel."""

from collections.abc import Mapping
from typing import Any, Final

from bot.base.database import Connection
from bot.duty import case_opening
from bot.duty.case_opening import FEEDBACK, Opened
from bot.engine import case_notes, cases, outbox, roster
from bot.engine.access import Right
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import (
    Message,
    View,
    actions,
    button,
    context,
    input_block,
    message,
    modal,
    quote,
    section,
    text_input,
)
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Errors, Help, Interaction, Keep, Outcome, Say
from bot.slack.sender import Renderer
from bot.slack.text import md

NAME: Final = "/faxi-feedback"
FORM: Final = "feedback.give"
GIVEN: Final = "feedback.given"
"""The post with somebody's words; its parameter is the note that keeps them."""
LEAST, MOST = 5, 1000
_HELP: Final = Help(
    need="Look back",
    does="tells the team what should be better",
    usage=((NAME, "opens the form"), (f"{NAME} your words", "opens it with your words")),
    hint="[your words]",
)


def form(words: str = "") -> View:
    """Ask for the words; ``words`` stand there at first."""
    return modal(
        FORM,
        "Feedback",
        input_block(
            "What should be better?",
            text_input("words", multiline=True, least=LEAST, most=MOST, initial=words[:MOST] or None),
            block_id="words",
            hint="About the runbook or the bot. No names of users, no numbers, no words from mails.",
        ),
        context(md("The team reads it with your name, and a case is opened so that it is not lost.")),
        submit="Send feedback",
        close="Cancel",
    )


def _opening(click: Click) -> View:
    return form(click.text if click.kind == "command" else "")


async def _command(call: Call) -> Outcome:
    if call.click.kind == "event":
        return _offered()
    words = call.click.text if call.click.kind == "command" else ""
    return Outcome(Keep(form(words)), "form")


def _offered() -> Outcome:
    """Offer the form where Slack lets none be opened."""
    said = section(md("*Feedback*\nPlease give it in the form: then it has a case, and is not lost."))
    row = actions(button("Give feedback…", FORM, style="primary"))
    return Outcome(Say(message("Press the button to open the form here.", said, row)), "offered")


async def _submit(call: Call) -> Outcome:
    words = call.click.values.get("words", "").strip()
    if not LEAST <= len(words) <= MOST:
        wrong = {"words": f"Please write {LEAST} to {MOST:,} letters; these are {len(words):,}."}
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    book = call.team.runbook.handbook.feedback
    name = book.procedure if book is not None and book.procedure else FEEDBACK
    opened = await case_opening.open_procedure(
        call.connection, call.team, name, by=call.person.id, now=call.now, another=True, has_it=False
    )
    if not isinstance(opened, Opened):
        wrong = {"words": "The runbook has no procedure for feedback. Please write to the operations channel."}
        return Outcome(Errors(wrong), "refused:no_procedure", allowed=False)
    note = await case_notes.add(call.connection, opened.case_id, call.person.id, words, call.now)
    subject, place = cases.subject(opened.case_id), call.team.channels.operations
    await outbox.post(call.connection, GIVEN, subject, place, call.now, parameters={"note": note})
    number = cases.number(opened.case_id)
    said = md(
        ":white_check_mark: *Thank you.* The team reads it in {channel} ({number}).",
        channel=text.channel(place),
        number=number,
    )
    answer = message(f"Thank you, the team reads it ({number}).", section(said))
    return Outcome(Say(answer), "given", case_id=opened.case_id)


async def given(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Quote what somebody wants changed, their name first."""
    note = await case_notes.load(connection, int(parameters["note"]))
    if note is None:
        reason = f"the note of {subject} is gone"
        raise LookupError(reason)
    names = await roster.names(connection, [note.who])
    number = cases.number(note.case_id)
    return message(
        f"{names[note.who][:60]} gives feedback ({number}).",
        section(md("*{who} gives feedback* ({number}):", who=names[note.who], number=number)),
        quote(note.words),
    )


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the post."""
    return {GIVEN: given}


def declarations() -> tuple[Interaction, ...]:
    """Return what giving feedback takes."""
    return (
        Interaction("command", NAME, "feedback:form", Right.READ, _command, opening=_opening, help=_HELP),
        Interaction("action", FORM, "feedback:form", Right.READ, _command, opening=_opening),
        Interaction("view", FORM, "feedback:give", Right.READ, _submit),
    )
