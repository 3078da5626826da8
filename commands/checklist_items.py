"""What people do on a list: done, answered, skipped, a note, and a case about it; each click is answered."""

from collections.abc import Mapping
from typing import Final

from bot.duty import checklist_answers, checklists, confirmations
from bot.duty.checklist_answers import NOTED, Refused
from bot.engine import case_notes, cases, outbox
from bot.engine.access import Right
from bot.engine.cases import Case, Origin, StepState
from bot.slack import refusals
from bot.slack.blocks import View, message, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.text import md
from commands import case_opening, checklist_forms, checklist_messages, checklist_pages, wording
from commands.checklist_lines import Standing

_WORDS: Final[Mapping[str, str]] = {
    "done": "done",
    "skipped": "skipped",
    "failed": "cannot be done",
    "not_applicable": "does not apply",
}


def old() -> Outcome:
    """Answer a button that names nothing that there is."""
    return Outcome(Say(refusals.old_button()), "refused:old_button", allowed=False)


async def refused(call: Call, why: Refused) -> Outcome:
    """Say why an item was not answered: it was already, the list ended, or the bot answers it."""
    case, step = why.case, why.step
    if case is None or step is None:
        return old()
    names = await checklist_messages.names_of(call.connection, case)
    item, at, then = f"Item {step.position} of {case.number}", md(""), md("")
    today = md(" `/faxi-checklist` shows today's lists.")
    if why.why == "answered" and step.outcome == checklists.NOT_DONE:
        words, then = f"{case.number} ended as the next list came", today
    elif why.why == "answered":
        who = "you" if step.who == call.person.id else names.get(step.who or "", "somebody")
        words = f"{item} was answered already by {who}"
        at = md(" at {at}", at=wording.moment(step.at, call.now, call.team)) if step.at else at
    elif why.why == "closed":
        words, then = f"{case.number} is closed", today
    else:
        words, then = f"{item} is answered by the bot itself", md(" The list shows what it finds.")
    said = section(md(":heavy_minus_sign: *{words}*{at}. Nothing was changed.{then}", words=words, at=at, then=then))
    words = f"{words}, so nothing was changed."
    answer = message(words, said)
    return Outcome(Say(answer), f"refused:{why.why}", allowed=False, case_id=case.id)


async def answered(call: Call, case_id: int, name: str, state: StepState, note: str | None) -> Outcome:
    """Answer an item, and tell the person what is left."""
    if state == "done" and (others := await _others(call, case_id, name)) is not None:
        return others
    done = await checklist_answers.answer(
        call.connection, call.team, case_id, name, state, who=call.person.id, now=call.now, note=note
    )
    if isinstance(done, Refused):
        return await refused(call, done)
    stand = Standing.of(done.case)
    left = wording.count(len(stand.left), "item is", "items are")
    tail = "It was the last one, and the list is complete." if done.ended else f"{left} left.".capitalize()
    word = _WORDS[state]
    said = md(":white_check_mark: *Saved: item {n}, {word}.* {tail}", n=done.step.position, word=word, tail=tail)
    if call.click.ephemeral and call.click.kind == "action":
        page = await checklist_pages.items(call, done.case, "open", 0, said)
    else:
        page = message(f"Saved: item {done.step.position} of {done.case.number}. {tail}", section(said))
    parameters = {"item": name, "complete": done.ended}
    return Outcome(Say(page), state, case_id=case_id, parameters=parameters)


async def _others(call: Call, case_id: int, name: str) -> Outcome | None:
    """Refuse to say for others that their contact data is current; anybody may skip the item."""
    item = await checklist_answers.open_item(call.connection, case_id, name)
    group = None if isinstance(item, Refused) else confirmations.concerned(item[1])
    if isinstance(item, Refused) or group is None or group in call.membership.of(call.person.id):
        return None
    words = f"Item {item[1].position} is for somebody of {group} to say"
    said = md(":heavy_minus_sign: *{words}.* Nothing was changed.\nThey find it by `/faxi-checklist`.", words=words)
    answer = message(f"{words}, so nothing was changed.", section(said))
    return Outcome(Say(answer), "refused:not_concerned", allowed=False, case_id=case_id)


async def _done(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.value)
    return old() if found is None else await answered(call, *found, "done", None)


def _opening(_click: Click) -> View:
    return looking("Answer an item")


async def _answer_form(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.value)
    item = await checklist_answers.open_item(call.connection, *found) if found else Refused("gone")
    if isinstance(item, Refused):
        return await refused(call, item)
    case, step = item
    view = checklist_forms.answer(case, step, call.click.value or "", call.team)
    return Outcome(Show(view), "form", case_id=case.id)


async def _answer(call: Call) -> Outcome:
    wrong = checklist_forms.wrong(call.click.values, checklist_forms.ANSWERS)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    found = await cases.step_of(call.connection, call.click.metadata)
    if found is None:
        return old()
    note = call.click.values.get("note", "").strip() or None
    return await answered(call, *found, checklist_forms.ANSWERS[call.click.values["answer"]], note)


async def _other_form(call: Call) -> Outcome:
    found = await checklist_pages.asked(call.connection, call.click.value)
    case = await cases.load(call.connection, found[0]) if found else None
    if case is None:
        return old()
    if case.closed_at is not None or not Standing.of(case).left:
        return _nothing_left(case)
    return Outcome(Show(checklist_forms.other(case, call.click.value or "")), "form", case_id=case.id)


def _nothing_left(case: Case) -> Outcome:
    words = f"Nothing of {case.number} is open any more, so nothing was changed."
    said = section(md(":heavy_minus_sign: {words}", words=words))
    return Outcome(Say(message(words, said)), "refused:closed", allowed=False, case_id=case.id)


async def _other(call: Call) -> Outcome:
    values = call.click.values
    allowed = {**checklist_forms.ANSWERS, checklist_forms.NOTE: "todo"}
    wrong = dict(checklist_forms.wrong(values, allowed))
    if not values.get("item"):
        wrong["item"] = "Please choose an item."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    found = await checklist_pages.asked(call.connection, call.click.metadata)
    if found is None:
        return old()
    note = values.get("note", "").strip()
    if values["answer"] == checklist_forms.NOTE:
        return await _note(call, found[0], values["item"], note)
    return await answered(call, found[0], values["item"], checklist_forms.ANSWERS[values["answer"]], note or None)


async def _note(call: Call, case_id: int, name: str, words: str) -> Outcome:
    """Keep a note to an item that stays open, and quote it in the thread."""
    await cases.lock(call.connection, case_id)
    item = await checklist_answers.open_item(call.connection, case_id, name)
    if isinstance(item, Refused):
        return await refused(call, item)
    case, step = item
    note = await case_notes.add(call.connection, case_id, call.person.id, words, call.now)
    place = await outbox.head_of(call.connection, cases.subject(case_id))
    if place is not None:
        await outbox.post(
            call.connection,
            NOTED,
            cases.subject(case_id),
            place.destination,
            call.now,
            parent=place.id,
            parameters={"step": name, "note": note},
        )
    said = md(":white_check_mark: *Saved: a note to item {n}.* It stays open.", n=step.position)
    answer = message(f"Saved: a note to item {step.position} of {case.number}.", section(said))
    return Outcome(Say(answer), "noted", case_id=case_id, parameters={"item": name})


def _about_case(_click: Click) -> View:
    return looking("Open a case")


async def _open_case(call: Call) -> Outcome:
    """Ask which procedure fits what the list has brought up; the case links back to the list's message."""
    if not case_opening.choices(call.team):
        return old()
    origin = Origin(channel=call.click.channel, ts=call.click.message_ts)
    return Outcome(Show(await case_opening.form(call, origin)), "form")


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about the items of a list."""
    form = "checklist:answer_form"
    messages, forms = checklist_messages, checklist_forms
    return (
        Interaction("action", messages.DONE, "checklist:answer", Right.WORK, _done),
        Interaction("action", messages.ANSWER, form, Right.WORK, _answer_form, opening=_opening),
        Interaction("view", forms.ANSWER, "checklist:answer", Right.WORK, _answer),
        Interaction("action", messages.OTHER, form, Right.WORK, _other_form, opening=_opening),
        Interaction("view", forms.OTHER, "checklist:answer", Right.WORK, _other),
        Interaction("action", messages.OPEN_CASE, "case:open_form", Right.WORK, _open_case, opening=_about_case),
    )
