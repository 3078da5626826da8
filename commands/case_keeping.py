"""The buttons that a case always has: a note, handing it over, closing it, and opening it again."""

from typing import Final

from bot.engine import case_notes, cases, later_steps, roster
from bot.engine.access import Membership, Person, Right
from bot.engine.cases import Case
from bot.slack.blocks import View, context, input_block, modal, option, quote, radio, section, text_input, users_select
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands import case_buttons, case_thread, case_ways
from commands.case_ways import NOTE_LEAST, NOTE_MOST

AGAIN: Final = "again"
"""The step that an open case has once more when it was opened again."""
_TEAM_READS: Final = "The team reads this. No names of users, no numbers, no words from mails."
_ASKS: Final = {
    "resolution": ("How was it resolved?", "What was done, and what is different now?"),
    "finding": ("What was found?", "In your words"),
    "decision": ("What is decided?", "Why?"),
}


def _looking(_click: Click) -> View:
    return looking("A case")


def _words(name: str, block_id: str, *, optional: bool = False) -> dict[str, object]:
    least = None if optional else NOTE_LEAST
    field = text_input(block_id, multiline=True, least=least, most=NOTE_MOST)
    return input_block(name, field, block_id=block_id, hint=_TEAM_READS, optional=optional)


async def _open(call: Call, value: str | None, *, lock: bool) -> Case | Outcome:
    """Return the case that is open, or what is said where it is not."""
    found = await case_ways.found_open(call, value, lock=lock)
    return found if isinstance(found, Outcome) else found[0]


async def _note_form(call: Call) -> Outcome:
    case = await _open(call, call.click.value, lock=False)
    if isinstance(case, Outcome):
        return case
    view = modal(
        case_buttons.NOTE,
        "Add a note",
        section(md("*{number} {title}*", number=case.number, title=case.title)),
        _words("Note", "note"),
        context(md("It stands in the thread, with your name and the time.")),
        submit="Save note",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


async def _note(call: Call) -> Outcome:
    words = call.click.values.get("note", "").strip()
    if wrong := case_ways.letters(words, "note"):
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    case = await _open(call, call.click.metadata, lock=True)
    if isinstance(case, Outcome):
        return case
    note = await case_notes.add(call.connection, case.id, call.person.id, words, call.now)
    await case_ways.tell(call, case.id, case_thread.NOTED, {"note": note})
    said = md("*Saved.* Your note stands in the thread of {number}.", number=case.number)
    return case_ways.yes(case, f"Your note stands in the thread of {case.number}.", said, "noted")


async def _handover_form(call: Call) -> Outcome:
    case = await _open(call, call.click.value, lock=False)
    if isinstance(case, Outcome):
        return case
    names = await roster.names(call.connection, [case.owner])
    who = names[case.owner] if case.owner else "Nobody"
    view = modal(
        case_buttons.HANDOVER,
        "Hand a case over",
        section(md("*{number} {title}*\n{who} has it now.", number=case.number, title=case.title, who=who)),
        input_block("To whom?", users_select("person"), block_id="person"),
        _words("What should they know?", "note", optional=True),
        context(md("They are called in the thread. Choose yourself to take it over, where somebody is away.")),
        submit="Hand over",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


async def _chosen(click: Click, membership: Membership, directory: Directory) -> tuple[Person, bool] | None:
    """Return whom the form names as Slack knows them now, and whether they work on cases."""
    chosen = click.values.get("person", "")
    return (await directory.person(chosen), membership.holds(chosen, Right.WORK)) if chosen else None


def _unfit(chosen: tuple[Person, bool] | None) -> str | None:
    """Return why the case cannot be handed to the person who was chosen."""
    if chosen is None:
        return "Please choose a person."
    person, works = chosen
    if person.deactivated:
        return f"{person.name[:60]} is deactivated in Slack. Please choose somebody else."
    if person.bot:
        return "That is a bot. Please choose a person."
    if person.outsider:
        return f"{person.name[:60]} is a guest here, or of another workspace. Please choose somebody else."
    if works:
        return None
    return f"{person.name[:60]} is in none of the groups that work on cases. Please choose somebody else."


async def _handover(call: Call) -> Outcome:
    words = call.click.values.get("note", "").strip()
    wrong = case_ways.letters(words, "note") if words else {}
    chosen: tuple[Person, bool] | None = call.prepared
    if (why := _unfit(chosen)) is not None:
        wrong["person"] = why
    if wrong or chosen is None:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    case = await _open(call, call.click.metadata, lock=True)
    if isinstance(case, Outcome):
        return case
    person = chosen[0]
    await roster.remember(call.connection, person, call.now)
    own = person.id == call.person.id
    # Whoever takes a case that nobody has answered yet answers it with that.
    answered = own and await cases.acknowledge(call.connection, case.id, person.id, call.now)
    if not await cases.give_to(call.connection, case.id, person.id) and not answered:
        said = md("*{who} has {number} already.*", who=person.name, number=case.number)
        return case_ways.no(case, f"{person.name[:40]} has {case.number} already.", said, "had")
    if answered:
        await cases.close_when_finished(
            call.connection, case.id, by=person.id, now=call.now, resolution="every step is answered"
        )
    note = await case_notes.add(call.connection, case.id, call.person.id, words, call.now) if words else None
    quiet = call.team.calendar.is_quiet(call.now)
    said_to = {"to": person.id, "by": call.person.id, "note": note, "before": case.owner, "quiet": quiet}
    await case_ways.tell(call, case.id, case_thread.HANDED, said_to)
    told = "It is night, so the thread names them without a call." if quiet else "They are called in the thread."
    said = md("*{who} has {number} now.* {told}", who=person.name, number=case.number, told=told)
    if own:
        said = md("*You have {number} now.* The thread says so.", number=case.number)
    return case_ways.yes(
        case, f"{person.name[:40]} has {case.number} now.", said, "handed_over", parameters={"to": person.id}
    )


async def _to_close(call: Call, value: str | None, *, lock: bool) -> Case | Outcome:
    case = await _open(call, value, lock=lock)
    if isinstance(case, Outcome) or case_buttons.may_close(case):
        return case
    left = case.present
    why = md("step {n} is to be answered first", n=left.position) if left else md("it ends by itself")
    said = md("*{number} cannot be closed:* {why}.", number=case.number, why=why)
    return case_ways.no(case, f"{case.number} cannot be closed yet, so nothing was changed.", said, "not_now")


async def _close_form(call: Call) -> Outcome:
    case = await _to_close(call, call.click.value, lock=False)
    if isinstance(case, Outcome):
        return case
    closing = case.closing or {}
    asked, words = _ASKS[closing["asks"]]
    choices = [option(said, key) for key, said in closing["choices"].items()]
    view = modal(
        case_buttons.CLOSE,
        "Close a case",
        section(md("*{number} {title}*", number=case.number, title=case.title)),
        *([input_block(asked, radio("finding", *choices), block_id="finding")] if choices else []),
        _words(words if choices else asked, "words"),
        context(md("Your name and the time are kept with it.")),
        submit="Close case",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


async def _close(call: Call) -> Outcome:
    words = call.click.values.get("words", "").strip()
    finding = call.click.values.get("finding")
    case = await _to_close(call, call.click.metadata, lock=True)
    if isinstance(case, Outcome):
        return case
    choices = (case.closing or {}).get("choices") or {}
    wrong = case_ways.letters(words, "words")
    if choices and finding not in choices:
        wrong["finding"] = "Please choose one."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    finding = finding if choices else None
    await cases.close(
        call.connection, case.id, "done", by=call.person.id, now=call.now, resolution=words, finding=finding
    )
    await case_ways.tell(call, case.id, case_thread.CLOSED, {"by": call.person.id})
    said = md("*{number} is closed.*", number=case.number)
    return case_ways.yes(case, f"{case.number} is closed.", said, "closed", parameters={"finding": finding})


async def _to_reopen(call: Call, value: str | None, *, lock: bool) -> Case | Outcome:
    found = await case_ways.found(call, value, lock=lock)
    if isinstance(found, Outcome):
        return found
    case = found[0]
    if case_buttons.may_reopen(case):
        return case
    why = md("is open already") if case.closed_at is None else md("ended with a decision: please ask anew")
    said = md("*{number} {why}.*", number=case.number, why=why)
    return case_ways.no(case, f"{case.number} is not opened again.", said, "not_now")


async def _reopen_form(call: Call) -> Outcome:
    case = await _to_reopen(call, call.click.value, lock=False)
    if isinstance(case, Outcome):
        return case
    view = modal(
        case_buttons.REOPEN,
        "Open a case again",
        section(md("*{number} {title}*", number=case.number, title=case.title)),
        *([section(md("It was closed with:")), quote(case.resolution)] if case.resolution else []),
        _words("Why again?", "note"),
        submit="Open again",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


async def _reopen(call: Call) -> Outcome:
    words = call.click.values.get("note", "").strip()
    if wrong := case_ways.letters(words, "note"):
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    case = await _to_reopen(call, call.click.metadata, lock=True)
    if isinstance(case, Outcome):
        return case
    await cases.reopen(call.connection, case.id, None)
    if case.owner is None and not await cases.acknowledge(call.connection, case.id, call.person.id, call.now):
        await cases.give_to(call.connection, case.id, call.person.id)
    # All that it had is answered: without a step to do it would be closed again at once.
    await later_steps.add(call.connection, case.id, AGAIN, "confirm", "See to what opened it again", call.now)
    note = await case_notes.add(call.connection, case.id, call.person.id, words, call.now)
    await case_ways.tell(call, case.id, case_thread.REOPENED, {"note": note})
    said = md("*{number} is open again.*", number=case.number)
    return case_ways.yes(case, f"{case.number} is open again.", said, "reopened")


def declarations() -> tuple[Interaction, ...]:
    """Return what people do with a case as a whole."""
    work, buttons = Right.WORK, case_buttons
    return (
        Interaction("action", buttons.NOTE, "case:note_form", work, _note_form, opening=_looking),
        Interaction("view", buttons.NOTE, "case:note", work, _note),
        Interaction("action", buttons.HANDOVER, "case:handover_form", work, _handover_form, opening=_looking),
        Interaction("view", buttons.HANDOVER, "case:handover", work, _handover, prepare=_chosen),
        Interaction("action", buttons.CLOSE, "case:close_form", work, _close_form, opening=_looking),
        Interaction("view", buttons.CLOSE, "case:close", work, _close),
        Interaction("action", buttons.REOPEN, "case:reopen_form", work, _reopen_form, opening=_looking),
        Interaction("view", buttons.REOPEN, "case:reopen", work, _reopen),
    )
