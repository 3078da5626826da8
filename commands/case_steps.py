"""The buttons of a case's steps: having the case, answering, showing, looking again, starting what fits."""

from typing import Final

from bot.duty import case_opening
from bot.duty.case_opening import Refused
from bot.engine import cases, checks, outbox, roster
from bot.engine.access import Right
from bot.engine.cases import Case, Origin, Step
from bot.slack.blocks import (
    Block,
    View,
    actions,
    button,
    context,
    input_block,
    modal,
    option,
    radio,
    section,
    text_input,
)
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Show
from bot.slack.text import Mrkdwn, md
from commands import acts, case_buttons, case_thread, case_ways, case_words
from commands.case_ways import NOTE_MOST

_ANSWERS: Final = {
    "done": "Done",
    "not_applicable": "Not applicable",
    "skipped": "Skip it",
    "failed": "Cannot be done",
}
_SAVED: Final = {"done": "done", "not_applicable": "not applicable", "skipped": "skipped", "failed": "cannot be done"}


def _looking(_click: Click) -> View:
    return looking("Answer a step")


async def _acknowledge(call: Call) -> Outcome:
    found = await case_ways.found_open(call, call.click.value)
    if isinstance(found, Outcome):
        return found
    case, _ = found
    if case_buttons.may_acknowledge(case) and case.owner not in {None, roster.BOT, call.person.id}:
        names = await roster.names(call.connection, [case.owner])
        said = md(
            '*{number} was handed to {who}.* "Hand over…" lets you take it over.',
            number=case.number,
            who=names[case.owner or roster.BOT],
        )
        return case_ways.no(case, f"{case.number} was handed to somebody else.", said, "handed")
    if not await cases.acknowledge(call.connection, case.id, call.person.id, call.now):
        names = await roster.names(call.connection, [case.acknowledged_by, case.owner])
        who = names[case.acknowledged_by or case.owner or roster.BOT]
        said = md("*{who} has {number} already.* You are free.", who=who, number=case.number)
        return case_ways.no(case, f"Somebody has {case.number} already, so nothing was changed.", said, "had")
    await cases.close_when_finished(
        call.connection, case.id, by=call.person.id, now=call.now, resolution="every step is answered"
    )
    await case_ways.tell(call, case.id, case_thread.ACKNOWLEDGED)
    after = case_words.answered(case, call.now)
    minutes = int((call.now - case.opened_at).total_seconds()) // 60
    said = md("*You have {number},* after {after}.", number=case.number, after=after)
    return case_ways.yes(case, f"You have {case.number} now.", said, "acknowledged", parameters={"minutes": minutes})


def _stands(case: Case, step: Step) -> str | None:
    """Return why a step of an open case is not a person's to answer now; ``None`` when it is."""
    if case.state == "waiting":
        return "it waits for a decision"
    if not case.applies(step):
        return "it is not to be done as things stand"
    return None if case_buttons.may_answer(step) else "the bot does it by itself"


async def _to_answer(call: Call, value: str | None, *, lock: bool) -> tuple[Case, Step] | Outcome:
    """Return the step that is to be answered now, or what is said where it is not."""
    found = await case_ways.found_open(call, value, lock=lock)
    if isinstance(found, Outcome):
        return found
    case, step = found
    if step.state != "todo":
        return await case_ways.answered(call, case, step)
    if (why := _stands(case, step)) is not None:
        said = md("*Step {n} of {number} is not to be answered:* {why}.", n=step.position, number=case.number, why=why)
        return case_ways.no(case, f"Step {step.position} of {case.number} is not to be answered now.", said, "not_now")
    return found


async def _answer_form(call: Call) -> Outcome:
    found = await _to_answer(call, call.click.value, lock=False)
    if isinstance(found, Outcome):
        return found
    case, step = found
    head = [md("*{number}, step {n}: {title}*", number=case.number, n=step.position, title=step.title)]
    if step.asks:
        head.append(md("{asks}", asks=step.asks))
    view = modal(
        "case.answer",
        "Answer a step",
        *(section(one) for one in head),
        input_block(
            "How did it go?",
            radio("answer", *(option(words, key) for key, words in _ANSWERS.items()), initial="done"),
            block_id="answer",
        ),
        input_block(
            "Note, or why not",
            text_input("note", multiline=True, most=NOTE_MOST),
            block_id="note",
            hint="Needed for all answers but Done. No names of users, no numbers, no words from mails.",
            optional=True,
        ),
        context(md("Your name and the time are kept with it.")),
        submit="Save answer",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


async def _submit_answer(call: Call) -> Outcome:
    answer = call.click.values.get("answer", "")
    note = call.click.values.get("note", "").strip()
    wrong = case_ways.letters(note, "note") if note or answer != "done" else {}
    if answer not in _ANSWERS:
        wrong["answer"] = "Please choose one."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    found = await _to_answer(call, call.click.metadata, lock=True)
    if isinstance(found, Outcome):
        return found
    case, step = found
    await cases.settle(
        call.connection,
        case.id,
        step.name,
        answer,  # type: ignore[arg-type]  # checked against _ANSWERS above
        who=call.person.id,
        now=call.now,
        note=note or None,
    )
    said = md("*Saved.* Step {n} of {number}: {word}.", n=step.position, number=case.number, word=_SAVED[answer])
    return await _settled(call, case, step, f"Saved: step {step.position} of {case.number}.", said, answer)


async def _settled(call: Call, case: Case, step: Step, sentence: str, said: object, result: str) -> Outcome:
    """Tell of a step that a person settled, and close the case when it was the last one and nothing is demanded."""
    closed = await cases.close_when_finished(
        call.connection, case.id, by=call.person.id, now=call.now, resolution="every step is answered"
    )
    await case_ways.tell(call, case.id, case_thread.STEP, {"step": step.name})
    left = await cases.load(call.connection, case.id)
    more: list[Block] = []
    tail = ""
    if closed:
        tail = " It was the last step: the case is closed."
    elif left is not None and case_buttons.may_close(left):
        tail = " It was the last step: please close the case."
        value = await cases.step_value(call.connection, case.id, step.name)
        more = [actions(button("Close…", case_buttons.CLOSE, value, style="primary", label=f"Close {case.number}"))]
    told = md("{said}{tail}", said=said, tail=Mrkdwn(tail))  # type: ignore[arg-type]
    parameters = {"step": step.name, "closed": closed}
    return case_ways.yes(case, sentence + tail, told, result, *more, parameters=parameters)


async def _run(call: Call) -> Outcome:
    found = await _to_answer(call, call.click.value, lock=True)
    if isinstance(found, Outcome):
        return found
    case, step = found
    if step.kind != "show" or step.calls is None:
        said = md("*Step {n} of {number} shows nothing.*", n=step.position, number=case.number)
        return case_ways.no(case, f"Step {step.position} of {case.number} shows nothing.", said, "not_now")
    await cases.settle(call.connection, case.id, step.name, "done", who=call.person.id, now=call.now)
    subject = cases.subject(case.id)
    place = await outbox.head_of(call.connection, subject)
    said = md("*Step {n} of {number}* is shown in the thread.", n=step.position, number=case.number)
    outcome = await _settled(
        call, case, step, f"Step {step.position} of {case.number} is shown in the thread.", said, "shown"
    )
    if place is not None:
        await outbox.post(
            call.connection,
            step.calls,
            subject,
            place.destination,
            call.now,
            parent=place.id,
            parameters={"step": step.name, "by": call.person.id},
        )
    return outcome


async def _look(call: Call) -> Outcome:
    found = await case_ways.found_open(call, call.click.value)
    if isinstance(found, Outcome):
        return found
    case, step = found
    if not case_buttons.may_look(step):
        said = md("*Step {n} of {number} is nothing the bot looks at now.*", n=step.position, number=case.number)
        return case_ways.no(case, f"The bot does not look at step {step.position} of {case.number}.", said, "not_now")
    await checks.want(call.connection, case.id, call.now, step=step.name)
    said = md(
        "*The bot looks at step {n} of {number}* now; the case shows what it finds.",
        n=step.position,
        number=case.number,
    )
    return case_ways.yes(
        case,
        f"The bot looks at step {step.position} of {case.number}.",
        said,
        "asked_to_look",
        parameters={"step": step.name},
    )


async def _propose(call: Call) -> Outcome:
    found = await case_ways.found_open(call, call.click.value)
    if isinstance(found, Outcome):
        return found
    case, step = found
    if step.leads_to is None or step.verdict not in {"warn", "fail"}:
        said = md("*Step {n} of {number} is in order now.*", n=step.position, number=case.number)
        return case_ways.no(case, f"Step {step.position} of {case.number} is in order now.", said, "not_now")
    opened = await case_opening.open_procedure(
        call.connection,
        call.team,
        step.leads_to,
        by=call.person.id,
        now=call.now,
        account=case.subject,
        origin=Origin(case=case.id),
        severity="critical" if step.verdict == "fail" else "warning",
    )
    if isinstance(opened, Refused):
        said = md("*No case was opened:* it is not started from here. `/faxi-procedure` says what starts it.")
        return case_ways.no(case, "No case was opened.", said, opened.why)
    await outbox.raise_live(call.connection, cases.subject(case.id))
    return await opened_answer(call, opened.case_id, new=opened.new)


async def opened_answer(call: Call, case_id: int, *, new: bool, more: tuple[Block, ...] = ()) -> Outcome:
    """Say which case was opened, or which one is there already, with the way to it."""
    case = await cases.load(call.connection, case_id)
    if case is None:
        reason = f"case {case_id} is gone"
        raise LookupError(reason)
    names = await roster.names(call.connection, [case.owner])
    who = names[case.owner] if case.owner else "nobody yet"
    place = await outbox.head_of(call.connection, cases.subject(case_id))
    row: list[Block] = []
    if place is not None and place.channel and place.ts:
        row.append(button("Open the case", "open.link", url=call.team.link(place.channel, place.ts)))
    buttons = [actions(*row, *more)] if row or more else []
    if new:
        said = md("*{number} {title}* is open. You have it.", number=case.number, title=case.title)
        where = md("{said} It appears in the operations channel.", said=said)
        parameters = {"procedure": case.procedure}
        outcome = case_ways.yes(
            case, f"{case.number} {case.title} is open.", where, "opened", *buttons, parameters=parameters
        )
        return Outcome(
            outcome.answer, "opened", case_id=case.id, subject=case.subject, parameters=parameters, tag="case:open"
        )
    state = "open already" if case.closed_at is None else "closed already"
    said = md(
        "*{number} {title}* is {state}. {who} has it. No second one was opened.",
        number=case.number,
        title=case.title,
        state=state,
        who=who.capitalize() if who == "nobody yet" else who,
    )
    sentence = f"{case.number} {case.title} is {state}, and no second one was opened."
    return case_ways.yes(case, sentence, said, "there", *buttons)


def declarations() -> tuple[Interaction, ...]:
    """Return what people do with the steps of a case."""
    return (
        Interaction("action", acts.ACKNOWLEDGE, "case:acknowledge", Right.WORK, _acknowledge),
        Interaction("action", case_buttons.ANSWER, "case:answer_form", Right.WORK, _answer_form, opening=_looking),
        Interaction("view", case_buttons.ANSWER, "case:answer", Right.WORK, _submit_answer),
        Interaction("action", case_buttons.RUN, "case:run", Right.WORK, _run),
        Interaction("action", case_buttons.LOOK, "case:look_again", Right.WORK, _look),
        Interaction("action", case_buttons.PROPOSE, "case:propose", Right.WORK, _propose),
    )
