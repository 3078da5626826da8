"""What every button of a case does first and last: find the case and the step, and tell the case's thread."""

from collections.abc import Mapping
from typing import Any

from bot.engine import cases, outbox, roster
from bot.engine.cases import Case, Step
from bot.slack import refusals
from bot.slack.blocks import Block, message, section
from bot.slack.interactions import Call, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import case_buttons, case_words

NOTE_LEAST, NOTE_MOST = 5, 1000
"""Letters of what people write to a case."""


async def found(call: Call, value: str | None, *, lock: bool = True) -> tuple[Case, Step] | Outcome:
    """Return the case and the step that a button or form names, or what is said where there is none.

    Parameters:
        lock: hold the case until the transaction ends.
    """
    named = await cases.step_of(call.connection, value)
    if named is None or (lock and not await cases.lock(call.connection, named[0])):
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    case = await cases.load(call.connection, named[0])
    step = case.step(named[1]) if case else None
    if case is None or step is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    return case, step


async def found_open(call: Call, value: str | None, *, lock: bool = True) -> tuple[Case, Step] | Outcome:
    """Return what :func:`found` does where the case is open, or what is said where it is not.

    Parameters:
        lock: hold the case until the transaction ends.
    """
    named = await found(call, value, lock=lock)
    return named if isinstance(named, Outcome) or named[0].closed_at is None else await closed(call, named[0])


async def closed(call: Call, case: Case) -> Outcome:
    """Say that the case was closed, by whom and when, and that nothing was changed."""
    names = await roster.names(call.connection, [case.closed_by])
    who, at = names[case.closed_by or roster.BOT], case_words.when(case.closed_at, call.team)
    said = md("*{number} is closed* since {at} ({who}).", number=case.number, at=at, who=who)
    if case_buttons.may_reopen(case):
        said = md('{said} "Open again…" in it opens it.', said=said)
    return no(case, f"{case.number} is closed, so nothing was changed.", said, "closed")


async def answered(call: Call, case: Case, step: Step) -> Outcome:
    """Say who answered the step before, and that nothing was changed."""
    names = await roster.names(call.connection, [step.who])
    said = md(
        "*Step {n} of {number} was answered already* by {who}, {at} ({word}).",
        n=step.position,
        number=case.number,
        who=names[step.who or roster.BOT],
        at=case_words.when(step.at, call.team),
        word=case_words.state_of(step),
    )
    sentence = f"Step {step.position} of {case.number} was answered already, so nothing was changed."
    return no(case, sentence, said, "answered")


def no(case: Case, sentence: str, said: Mrkdwn, why: str) -> Outcome:
    """Refuse, in words; nothing was changed."""
    words = md(":heavy_minus_sign: {said}\nNothing was changed.", said=said)
    return Outcome(
        Say(message(sentence, section(words))), f"refused:{why}", allowed=False, case_id=case.id, subject=case.subject
    )


def yes(
    case: Case, sentence: str, said: Mrkdwn, result: str, *more: Block, parameters: Mapping[str, Any] | None = None
) -> Outcome:
    """Say what was done."""
    shown = message(sentence, section(md(":white_check_mark: {said}", said=said)), *more)
    return Outcome(Say(shown), result, case_id=case.id, subject=case.subject, parameters=dict(parameters or {}))


async def tell(
    call: Call, case_id: int, renderer: str, parameters: Mapping[str, Any] | None = None, *, urgent: bool = False
) -> None:
    """Show the new state where the case lives, and say in its thread what happened."""
    subject = cases.subject(case_id)
    await outbox.raise_live(call.connection, subject)
    place = await outbox.head_of(call.connection, subject)
    if place is not None:
        await outbox.post(
            call.connection,
            renderer,
            subject,
            place.destination,
            call.now,
            parent=place.id,
            parameters=parameters,
            urgent=urgent,
        )


def letters(words: str, block_id: str) -> dict[str, str]:
    """Return what is wrong with the words of a form's field; nothing where they fit."""
    if NOTE_LEAST <= len(words) <= NOTE_MOST:
        return {}
    return {block_id: f"Please write {NOTE_LEAST} to {NOTE_MOST:,} letters; these are {len(words):,}."}
