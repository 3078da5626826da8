"""/faxi-handoff: hands over to the next person on call; its buttons, its forms, and "Add to handoff" on a message."""

import re
from datetime import UTC, datetime
from typing import cast

from bot.duty import handoff_notes, handoff_steps, handoffs, oncall
from bot.duty.handoff_steps import Refused
from bot.duty.handoffs import Handoff, Mood
from bot.engine import cases, handles, outbox, roster
from bot.engine.access import Group, Membership, Person, Right
from bot.slack import refusals, text
from bot.slack.blocks import Message, message, section
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Errors, Help, Interaction, Offered, Outcome, Say, Show
from bot.slack.people import Directory
from bot.slack.text import Mrkdwn, md
from commands import handoff_answers as answers
from commands import handoff_forms as forms
from commands import handoff_parts
from commands.handoff_words import first_name, short

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_HELP = Help(
    need="Work",
    does="hands over to the next person on call",
    usage=(
        ("/faxi-handoff", "drafts the handoff with everything that is open, or shows the one under way"),
        ("/faxi-handoff @Ren", "drafts it for this person"),
        ("/faxi-handoff last", "shows earlier ones"),
    ),
    hint="[@person | last]",
)


async def _chosen(click: Click, _membership: Membership, directory: Directory) -> Person | None:
    """Ask Slack who the person is that was named or chosen."""
    found = _MENTION.search(click.marked)
    person = click.values.get("person") or (found[1] if found else None)
    return await directory.person(person) if person else None


async def _command(call: Call) -> Outcome:
    word = call.click.text.strip().lower()
    if word == "last":
        return Outcome(Say(await answers.past(call, 0)), "shown", tag="handoff:past")
    person: Person | None = call.prepared
    if word and person is None:
        return answers.no(
            "I do not know this word.", "/faxi-handoff, /faxi-handoff @person and /faxi-handoff last are known.", "word"
        )
    there = await handoffs.under_way(call.connection)
    works = call.membership.holds(call.person.id, Right.WORK)
    if there is not None or not works:
        return await _show(call, there, named=person is not None)
    duty = await oncall.now_on_call(call.connection)
    outgoing = duty.person if duty else None
    if person is not None:
        why = answers.unfit(person, call.membership, asker=call.person.id, outgoing=outgoing)
        if why is not None:
            return answers.no(why, "Please name somebody else, or nobody: the draft then asks.", "receiver")
        await roster.remember(call.connection, person, call.now)
    case_id, _ = await handoffs.open_handoff(
        call.connection,
        call.team,
        incoming=person.id if person else None,
        opened_by=call.person.id,
        planned_at=None,
        now=call.now,
    )
    it = await handoff_parts.seen(call.connection, case_id, call.team)
    then = f"{it.outgoing} reads it and sends it." if outgoing else "Nobody is on call: somebody has to take it."
    said = md(
        ":white_check_mark: *{number} is drafted*, with {items}, in {channel}. {then}",
        number=it.handoff.number,
        items=short(len(it.handoff.items)),
        channel=text.channel(call.team.channels.operations),
        then=then,
    )
    return Outcome(
        Say(message(f"The handoff is drafted ({it.handoff.number}).", section(said))), "drafted", case_id=case_id
    )


async def _show(call: Call, case_id: int | None, *, named: bool) -> Outcome:
    """Say how the one under way stands, and where."""
    if case_id is None:
        said = md("*No handoff is under way.* `/faxi-handoff last` shows earlier ones.")
        return Outcome(Say(message("No handoff is under way.", section(said))), "shown")
    it = await handoff_parts.seen(call.connection, case_id, call.team)
    head = await outbox.head_of(call.connection, cases.subject(case_id))
    where = text.channel(call.team.channels.operations)
    if head is not None and head.channel and head.ts:
        where = Mrkdwn(f"<{call.team.link(head.channel, head.ts)}|Open it>")
    state = "is drafted" if it.handoff.state == "draft" else f"waits for {it.incoming}"
    other = md(" *Give to another…* in it changes who takes over.") if named else md("")
    said = md("*{number} {state}.* {where}{other}", number=it.handoff.number, state=state, where=where, other=other)
    return Outcome(
        Say(message(f"A handoff is under way ({it.handoff.number}).", section(said))), "shown", case_id=case_id
    )


def _old() -> Outcome:
    return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)


def _said(sentence: Mrkdwn, plain: str) -> Message:
    return message(plain, section(sentence))


def _manager(call: Call) -> bool:
    return Group.MANAGEMENT in call.membership.of(call.person.id)


async def _send(call: Call) -> Outcome:
    """Send the draft to whom it is meant for."""
    found = await handoffs.of_value(call.connection, call.click.value)
    handoff = await handoffs.load(call.connection, found[0]) if found else None
    if handoff is None or handoff.incoming is None:
        return _old()
    if not call.membership.holds(handoff.incoming, Right.WORK):
        return answers.no(
            "This person does not work here any more.", "Give to another… changes who takes over.", "receiver"
        )
    return await _sent(call, handoff.case_id, handoff.incoming)


async def _sent(call: Call, case_id: int, to: str) -> Outcome:
    done = await handoff_steps.send(
        call.connection, call.team, case_id, to=to, by=call.person.id, manager=_manager(call), now=call.now
    )
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    names = await roster.names(call.connection, [to])
    who = first_name(names[to])
    said = md(":white_check_mark: *Sent to {who}*, who is called in the thread.", who=who)
    return Outcome(Say(_said(said, f"Sent to {who[:60]} ({done.number}).")), "sent", case_id=case_id)


async def _give_form(call: Call) -> Outcome:
    if await handoffs.of_value(call.connection, call.click.value) is None:
        return _old()
    return Outcome(Show(forms.give(call.click.value or "")), "form")


async def _give(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    handoff = await handoffs.load(call.connection, found[0]) if found else None
    if handoff is None:
        return _old()
    person: Person | None = call.prepared
    why = answers.unfit(person, call.membership, asker=call.person.id, outgoing=handoff.outgoing)
    if why is not None or person is None:
        return Outcome(Errors({"person": why or ""}), "refused:receiver", allowed=False, case_id=handoff.case_id)
    await roster.remember(call.connection, person, call.now)
    return await _sent(call, handoff.case_id, person.id)


async def _claim(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return _old()
    done = await handoff_steps.claim(call.connection, call.team, found[0], by=call.person.id, now=call.now)
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *You are on call* from now on. Please take each item, then accept.")
    return Outcome(Say(_said(said, f"You are on call from now on ({done.number}).")), "taken", case_id=done.case_id)


async def _take(call: Call) -> Outcome:
    found = await handoffs.item_of_value(call.connection, call.click.value)
    if found is None:
        return _old()
    done = await handoff_steps.take(call.connection, call.team, found, by=call.person.id, now=call.now)
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    parameters = {"item": found[1]}
    if call.click.ephemeral:
        return Outcome(
            Say(await answers.page(call, done.case_id, 0)), "taken", case_id=done.case_id, parameters=parameters
        )
    left = f"{short(len(done.open))} left." if done.open else "One thing is left: accept."
    said = md(":white_check_mark: *You have item {n}.* {left}", n=found[1], left=left)
    answer = Say(_said(said, f"You have item {found[1]} ({done.number})."))
    return Outcome(answer, "taken", case_id=done.case_id, parameters=parameters)


async def _items(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return _old()
    return Outcome(Say(await answers.page(call, found[0], 0)), "shown", case_id=found[0])


async def _turn(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, answers.PAGES, call.click.value)
    if handle is None:
        return _old()
    return Outcome(
        Say(await answers.page(call, int(handle.subject), handle.version)), "shown", case_id=int(handle.subject)
    )


async def _turn_past(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, answers.PAST_PAGES, call.click.value)
    return _old() if handle is None else Outcome(Say(await answers.past(call, handle.version)), "shown")


async def _note_form(call: Call) -> Outcome:
    if call.click.kind == "action" and await handoffs.of_value(call.connection, call.click.value) is None:
        return _old()
    place = f"{call.click.channel} {call.click.message_ts}" if call.click.kind == "shortcut" else ""
    return Outcome(Show(forms.note(place)), "form")


_PLACE = re.compile(r"([CGD][A-Z0-9]{2,30}) (\d{1,12}\.\d{1,12})")


async def _note(call: Call) -> Outcome:
    values, metadata = call.click.values, call.click.metadata
    place = _PLACE.fullmatch(metadata)
    if metadata and place is None:
        return _old()
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
    said = md(":white_check_mark: *Added.* Your note {where}.", where=where)
    return Outcome(Say(_said(said, f"Your note {where}.")), "added", case_id=there)


async def _edit_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return _old()
    return Outcome(
        Show(forms.edit(await handoff_parts.seen(call.connection, found[0], call.team))), "form", case_id=found[0]
    )


async def _edit(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    if found is None:
        return _old()
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
        manager=_manager(call),
        n=item[1] if item and (todo or if_so) else None,
        todo=todo,
        if_so=if_so,
        mood=None if mood == forms.COMPUTED else cast("Mood", mood),
        now=call.now,
    )
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *Changed.* The draft shows it.")
    return Outcome(Say(_said(said, f"The draft is changed ({done.number}).")), "changed", case_id=done.case_id)


async def _ask_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return _old()
    return Outcome(
        Show(forms.ask(await handoff_parts.seen(call.connection, found[0], call.team))), "form", case_id=found[0]
    )


async def _ask(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    words = call.click.values.get("words", "").strip()
    if found is None:
        return _old()
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
    return Outcome(Say(_said(said, f"Asked in the thread ({done.number}).")), "asked", case_id=found[0])


async def _accept_form(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return _old()
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
        return _old()
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
    return Outcome(Say(_said(said, f"You are on call from now on ({done.number}).")), "accepted", case_id=done.case_id)


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about handoffs."""
    work, read = Right.WORK, Right.READ

    return (
        Interaction("command", "/faxi-handoff", "handoff:open", read, _command, prepare=_chosen, help=_HELP),
        Interaction("action", "handoff.start", "handoff:open", work, _command, prepare=_chosen),
        Interaction("action", "handoff.send", "handoff:send", work, _send),
        Interaction("action", "handoff.choose", "handoff:form", work, _give_form, opening=forms.opening(forms.GIVE)),
        Interaction("action", "handoff.other", "handoff:form", work, _give_form, opening=forms.opening(forms.GIVE)),
        Interaction("view", forms.GIVE, "handoff:send", work, _give, prepare=_chosen),
        Interaction("action", "handoff.claim", "handoff:claim", work, _claim),
        Interaction("action", "handoff.take", "handoff:take", work, _take),
        Interaction("action", "handoff.show", "handoff:show", read, _items),
        Interaction("action", answers.NEXT, "handoff:show", read, _turn),
        Interaction("action", answers.PREVIOUS, "handoff:show", read, _turn),
        Interaction("action", answers.EARLIER, "handoff:past", read, _turn_past),
        Interaction("action", answers.LATER, "handoff:past", read, _turn_past),
        Interaction("action", "handoff.add", "handoff:form", work, _note_form, opening=forms.opening(forms.NOTE)),
        Interaction("view", forms.NOTE, "handoff:note", work, _note),
        Interaction("action", "handoff.edit", "handoff:form", work, _edit_form, opening=forms.opening(forms.EDIT)),
        Interaction("view", forms.EDIT, "handoff:change", work, _edit),
        Interaction("action", "handoff.ask", "handoff:form", work, _ask_form, opening=forms.opening(forms.ASK)),
        Interaction("view", forms.ASK, "handoff:ask", work, _ask),
        Interaction(
            "action", "handoff.accept", "handoff:form", work, _accept_form, opening=forms.opening(forms.ACCEPT)
        ),
        Interaction("view", forms.ACCEPT, "handoff:accept", work, _accept),
        Interaction(
            "shortcut",
            "handoff.from_message",
            "handoff:form",
            work,
            _note_form,
            opening=forms.opening(forms.NOTE),
            offered=Offered("Add to handoff", "Hands this message over with what is to be done about it"),
        ),
    )
