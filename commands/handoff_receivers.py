"""Who takes over a handoff: whom somebody names or chooses, and the sending, which calls them."""

import re

from bot.duty import handoff_steps, handoffs
from bot.duty.handoff_steps import Refused
from bot.engine import roster
from bot.engine.access import Membership, Person, Right
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands import handoff_answers as answers
from commands import handoff_forms as forms
from commands.handoff_messages import SENDS_TO
from commands.handoff_words import first_name

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_TO = re.compile(rf"{re.escape(SENDS_TO)}([UW][A-Z0-9]+)")


async def chosen(click: Click, _membership: Membership, directory: Directory) -> Person | None:
    """Ask Slack who the person is that was named or chosen."""
    found = _MENTION.search(click.marked)
    person = click.values.get("person") or (found[1] if found else None)
    return await directory.person(person) if person else None


async def _meant(click: Click, _membership: Membership, directory: Directory) -> Person | None:
    """Ask Slack who the person is whom the button names; whether the draft is still theirs is seen later."""
    found = _TO.fullmatch(click.block_id or "")
    return await directory.person(found[1]) if found else None


async def _send(call: Call) -> Outcome:
    """Send the draft to whom it is meant for, who must still be able to take over."""
    found = await handoffs.of_value(call.connection, call.click.value)
    handoff = await handoffs.load(call.connection, found[0]) if found else None
    person: Person | None = call.prepared
    if handoff is None or handoff.incoming is None or person is None or person.id != handoff.incoming:
        return answers.old()
    why = answers.unfit(person, call.membership, asker=call.person.id, outgoing=handoff.outgoing)
    if why is not None:
        return answers.no(why, "Give to another… changes who takes over.", "receiver", handoff.case_id)
    await roster.remember(call.connection, person, call.now)
    return await _sent(call, handoff.case_id, handoff.incoming)


async def _sent(call: Call, case_id: int, to: str) -> Outcome:
    done = await handoff_steps.send(
        call.connection, call.team, case_id, to=to, by=call.person.id, manager=answers.is_manager(call), now=call.now
    )
    if isinstance(done, Refused):
        return await answers.refused(call, done)
    names = await roster.names(call.connection, [to])
    who = first_name(names[to])
    quiet = call.team.calendar.is_quiet(call.now)
    told = "whom the thread names without a call at night" if quiet else "who is called in the thread"
    said = md(":white_check_mark: *Sent to {who}*, {told}.", who=who, told=told)
    return Outcome(Say(answers.said(said, f"Sent to {who[:60]} ({done.number}).")), "sent", case_id=case_id)


async def _give_form(call: Call) -> Outcome:
    if await handoffs.of_value(call.connection, call.click.value) is None:
        return answers.old()
    return Outcome(Show(forms.give(call.click.value or "")), "form")


async def _give(call: Call) -> Outcome:
    found = await handoffs.of_value(call.connection, call.click.metadata)
    handoff = await handoffs.load(call.connection, found[0]) if found else None
    if handoff is None:
        return answers.old()
    person: Person | None = call.prepared
    why = answers.unfit(person, call.membership, asker=call.person.id, outgoing=handoff.outgoing)
    if why is not None or person is None:
        return Outcome(Errors({"person": why or ""}), "refused:receiver", allowed=False, case_id=handoff.case_id)
    await roster.remember(call.connection, person, call.now)
    return await _sent(call, handoff.case_id, person.id)


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about who takes over."""
    work, opening = Right.WORK, forms.opening(forms.GIVE)
    return (
        Interaction("action", "handoff.send", "handoff:send", work, _send, prepare=_meant),
        Interaction("action", "handoff.choose", "handoff:form", work, _give_form, opening=opening),
        Interaction("action", "handoff.other", "handoff:form", work, _give_form, opening=opening),
        Interaction("view", forms.GIVE, "handoff:send", work, _give, prepare=chosen),
    )
