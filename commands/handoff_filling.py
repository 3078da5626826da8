"""What people fill in about a handoff: a note, a change, a question, and the words with which it is accepted."""

import re
from datetime import UTC, datetime
from typing import cast

from bot.duty import checklist_answers, handoff_notes, handoff_steps, handoffs
from bot.duty.handoff_steps import Refused
from bot.duty.handoffs import Handoff, Mood
from bot.engine import cases
from bot.engine.access import Right
from bot.slack.interactions import Call, Errors, Interaction, Offered, Outcome, Say, Show
from bot.slack.text import md
from commands import acts, handoff_parts, list_forms
from commands import handoff_answers as answers
from commands import handoff_forms as forms

_PLACE = re.compile(r"([CGD][A-Z0-9]{2,30}) (\d{1,12}\.\d{1,12})")


async def _note_form(call: Call) -> Outcome:
    """Ask for a note: of a message, of an item of a list, or of the handoff's own button."""
    if call.click.kind == "shortcut":
        return Outcome(Show(forms.note(f"{call.click.channel} {call.click.message_ts}", of_message=True)), "form")
    value = call.click.value
    if await cases.step_of(call.connection, value) is not None:
        item = await list_forms.item_of(call, value, acts.HANDOFF_NOTE)
        return item if isinstance(item, Outcome) else Outcome(Show(forms.note(value or "")), "form")
    if await handoffs.of_value(call.connection, value) is None:
        return answers.old()
    return Outcome(Show(forms.note()), "form")


async def _note(call: Call) -> Outcome:
    values, metadata = call.click.values, call.click.metadata
    place = _PLACE.fullmatch(metadata)
    item = await list_forms.item_of(call, metadata, acts.HANDOFF_NOTE) if metadata and place is None else None
    if isinstance(item, Outcome):
        return item
    words, if_so = values.get("words", "").strip(), values.get("if_so", "").strip()
    wrong = {
        name: f"Please write at most {handoff_notes.MOST} letters; these are {len(said):,}."
        for name, said in (("words", words), ("if_so", if_so))
        if len(said) > handoff_notes.MOST
    }
    if not words:
        wrong["words"] = "Please say what is to be done."
    due_at = datetime.fromtimestamp(int(values["due"]), UTC) if values.get("due", "").isdigit() else None
    if due_at is not None and due_at <= call.now:
        wrong["due"] = "That is over. Please give a time to come, or none."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    await handoff_notes.add(
        call.connection,
        who=call.person.id,
        words=words,
        now=call.now,
        if_so=if_so,
        due_at=due_at,
        place=(place[1], place[2]) if place else None,
    )
    there = await handoffs.under_way(call.connection)
    if there is not None:
        await handoffs.refresh(call.connection, call.team, there, call.now)
    where = f"stands in {cases.number(there)}" if there else "will stand in the next handoff"
    if item is not None:
        case, step = item
        await checklist_answers.answer(
            call.connection, call.team, case.id, step.name, "done", who=call.person.id, now=call.now
        )
    said = md(":white_check_mark: *Added.* Your note {where}.", where=where)
    return Outcome(Say(answers.said(said, f"Your note {where}.")), "added", case_id=there)


async def _edit_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    return Outcome(
        Show(forms.edit(await handoff_parts.seen(call.connection, found[0], call.team))), "form", case_id=found[0]
    )


async def _edit(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    if found is None:
        return answers.old()
    values = call.click.values
    item = await handoffs.item_of_value(call.connection, values.get("item"))
    todo, if_so, mood = values.get("todo", "").strip(), values.get("if_so", "").strip(), values.get("mood", "")
    if (todo or if_so) and (item is None or item[0] != found[0]):
        return Outcome(Errors({"item": "Please choose the item that you write about."}), "refused:form", allowed=False)
    if mood not in forms.MOODS or max(len(todo), len(if_so)) > handoff_notes.MOST:
        return Outcome(Errors({"mood": "Please choose one."}), "refused:form", allowed=False)
    done = await handoff_steps.change(
        call.connection,
        call.team,
        found[0],
        by=call.person.id,
        manager=answers.is_manager(call),
        n=item[1] if item and (todo or if_so) else None,
        todo=todo,
        if_so=if_so,
        mood=None if mood == forms.COMPUTED else cast("Mood", mood),
        now=call.now,
    )
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *Changed.* The draft shows it.")
    return Outcome(Say(answers.said(said, f"The draft is changed ({done.number}).")), "changed", case_id=done.case_id)


async def _ask_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    return Outcome(
        Show(forms.ask(await handoff_parts.seen(call.connection, found[0], call.team))), "form", case_id=found[0]
    )


async def _ask(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    words = call.click.values.get("words", "").strip()
    if found is None:
        return answers.old()
    if not 1 <= len(words) <= handoff_notes.MOST:
        wrong = f"Please write 1 to {handoff_notes.MOST} letters; these are {len(words):,}."
        return Outcome(Errors({"words": wrong}), "refused:form", allowed=False, case_id=found[0])
    item = await handoffs.item_of_value(call.connection, call.click.values.get("item"))
    n = item[1] if item and item[0] == found[0] else None
    done = await handoff_steps.ask(
        call.connection, call.team, found[0], by=call.person.id, n=n, words=words, now=call.now
    )
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *Asked in the thread.*")
    return Outcome(Say(answers.said(said, f"Asked in the thread ({done.number}).")), "asked", case_id=found[0])


async def _accept_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    await handoffs.refresh(call.connection, call.team, found[0], call.now)
    it = await handoff_parts.seen(call.connection, found[0], call.team)
    refused = _cannot_accept(it.handoff, call.person.id)
    if refused is not None:
        return await answers.refused(call, refused)
    return Outcome(Show(forms.accept(it)), "form", case_id=found[0])


def _cannot_accept(handoff: Handoff, person: str) -> Refused | None:
    if handoff.state != "handed_over":
        return Refused("accepted" if handoff.state == "accepted" else "not_sent", handoff)
    if handoff.incoming != person:
        return Refused("not_yours", handoff)
    return Refused("open_items", handoff) if handoff.open else None


async def _accept(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    if found is None:
        return answers.old()
    words = call.click.values.get("readback", "")
    done = await handoff_steps.accept(
        call.connection, call.team, found[0], by=call.person.id, version=found[1], words=words, now=call.now
    )
    if isinstance(done, Refused) and done.why == "words":
        wrong = f"Please write 20 to 500 letters; these are {len(words.strip()):,}."
        return Outcome(Errors({"readback": wrong}), "refused:words", allowed=False, case_id=found[0])
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *You are on call* from now on. Thank you.")
    return Outcome(
        Say(answers.said(said, f"You are on call from now on ({done.number}).")), "accepted", case_id=done.case_id
    )


def declarations() -> tuple[Interaction, ...]:
    """Return what people can fill in about handoffs."""
    work, form, opening = Right.WORK, "handoff:form", forms.opening
    return (
        Interaction("action", "handoff.add", form, work, _note_form, opening=opening(forms.NOTE)),
        Interaction("view", forms.NOTE, "handoff:note", work, _note),
        Interaction("action", "handoff.edit", form, work, _edit_form, opening=opening(forms.EDIT)),
        Interaction("view", forms.EDIT, "handoff:change", work, _edit),
        Interaction("action", "handoff.ask", form, work, _ask_form, opening=opening(forms.ASK)),
        Interaction("view", forms.ASK, "handoff:ask", work, _ask),
        Interaction("action", "handoff.accept", form, work, _accept_form, opening=opening(forms.ACCEPT)),
        Interaction("view", forms.ACCEPT, "handoff:accept", work, _accept),
        Interaction(
            "shortcut",
            "handoff.from_message",
            form,
            work,
            _note_form,
            opening=opening(forms.NOTE),
            offered=Offered("Add to handoff", "Hands this message over with what is to be done about it"),
        ),
    )
