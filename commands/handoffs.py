"""/faxi-handoff: hands over to the next person on call, with the buttons of the handoff's message."""

from bot.duty import checklist_answers, handoff_steps, handoffs, oncall
from bot.duty.handoff_steps import Refused
from bot.engine import cases, handles, outbox, roster
from bot.engine.access import Person, Right
from bot.slack import text
from bot.slack.blocks import message, section
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say, Silent
from bot.slack.text import Mrkdwn, md
from commands import acts, handoff_parts, list_forms
from commands import handoff_answers as answers
from commands import handoff_filling as filling
from commands import handoff_receivers as receivers
from commands.handoff_words import short

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


async def _command(call: Call) -> Outcome:
    word = call.click.text.strip().lower()
    if word == "last":
        return Outcome(Say(await answers.past(call, 0)), "shown", tag="handoff:past")
    person: Person | None = call.prepared
    if word and person is None:
        return answers.no(
            "I do not know this word.",
            md("`/faxi-handoff`, `/faxi-handoff @person` and `/faxi-handoff last` are known."),
            "word",
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
            return answers.no(why, "Please name somebody else, or nobody, and the draft asks.", "receiver")
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
    then = f"{it.outgoing} reads it and sends it." if outgoing else "Nobody is on call, so somebody has to take it."
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


async def _claim(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    done = await handoff_steps.claim(call.connection, call.team, found[0], by=call.person.id, now=call.now)
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    said = md(":white_check_mark: *You are on call* from now on. Please take each item, then accept.")
    return Outcome(
        Say(answers.said(said, f"You are on call from now on ({done.number}).")), "taken", case_id=done.case_id
    )


async def _take(call: Call) -> Outcome:
    found = await handoffs.item_of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    done = await handoff_steps.take(call.connection, call.team, found, by=call.person.id, now=call.now)
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    parameters = {"item": found[1]}
    if call.click.ephemeral:
        at = [one.n for one in done.items].index(found[1]) // answers.SIZE * answers.SIZE
        shown = await answers.page(call, done.case_id, at)
        return Outcome(Say(shown), "taken", case_id=done.case_id, parameters=parameters)
    if done.open:
        # The message itself shows who has the item: a private line for each would only pile up below it.
        return Outcome(Silent(), "taken", case_id=done.case_id, parameters=parameters)
    said = md(":white_check_mark: *You have all {items}.* One thing left: accept.", items=short(len(done.items)))
    answer = Say(answers.said(said, f"You have all {short(len(done.items))} ({done.number}). One thing left, accept."))
    return Outcome(answer, "taken", case_id=done.case_id, parameters=parameters)


async def _items(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.value)
    if found is None:
        return answers.old()
    return Outcome(Say(await answers.page(call, found[0], 0)), "shown", case_id=found[0])


async def _turn(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, answers.PAGES, call.click.value)
    if handle is None:
        return answers.old()
    return Outcome(
        Say(await answers.page(call, int(handle.subject), handle.version)), "shown", case_id=int(handle.subject)
    )


async def _turn_past(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, answers.PAST_PAGES, call.click.value)
    return answers.old() if handle is None else Outcome(Say(await answers.past(call, handle.version)), "shown")


async def _start(call: Call) -> Outcome:
    """Draft it, or show the one under way, from a button; an item of a list that led here is done with it."""
    if call.click.value is None:
        return await _command(call)
    item = await list_forms.item_of(call, call.click.value, acts.HANDOFF)
    if isinstance(item, Outcome):
        return item
    case, step = item
    outcome = await _command(call)
    if outcome.case_id is not None:
        await checklist_answers.answer(
            call.connection, call.team, case.id, step.name, "done", who=call.person.id, now=call.now
        )
    return outcome


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about handoffs."""
    work, read, show, past = Right.WORK, Right.READ, "handoff:show", "handoff:past"
    return (
        Interaction("command", "/faxi-handoff", "handoff:open", read, _command, prepare=receivers.chosen, help=_HELP),
        Interaction("action", "handoff.start", "handoff:open", work, _start),
        Interaction("action", "handoff.claim", "handoff:claim", work, _claim),
        Interaction("action", "handoff.take", "handoff:take", work, _take),
        Interaction("action", "handoff.show", show, read, _items),
        Interaction("action", answers.NEXT, show, read, _turn),
        Interaction("action", answers.PREVIOUS, show, read, _turn),
        Interaction("action", answers.EARLIER, past, read, _turn_past),
        Interaction("action", answers.LATER, past, read, _turn_past),
        *receivers.declarations(),
        *filling.declarations(),
    )
