"""Who may see a whole number now, and what is said to whoever may not."""

from bot.duty import oncall
from bot.engine.access import Group, Right
from bot.mail import reveals
from bot.slack import text
from bot.slack.blocks import message, section
from bot.slack.interactions import Call, Outcome, Say
from bot.slack.text import md


async def may(call: Call) -> bool:
    """Say whether the person may see whole numbers now: engineering only while on call."""
    return call.membership.holds_now(call.person.id, Right.SEE_NUMBER, await _on_call(call))


async def refusal(call: Call) -> Outcome | None:
    """Return why the person may see no whole number now; ``None`` when they may."""
    on_call = await _on_call(call)
    if not call.membership.holds_now(call.person.id, Right.SEE_NUMBER, on_call):
        return _not_on_call(call, on_call)
    day = reveals.day_of(call.now, call.team.zone)
    if not await reveals.left(call.connection, call.person.id, day):
        return await limit_reached(call)
    return None


async def limit_reached(call: Call) -> Outcome:
    """Say that the person has seen all whole numbers of the day, and who else may look."""
    on_call = await _on_call(call)
    others = sorted(
        one
        for one in call.membership.holders(Right.SEE_NUMBER) - {call.person.id}
        if call.membership.holds_now(one, Right.SEE_NUMBER, on_call)
    )
    # Whoever is on call is there; else somebody of operations rather than a manager.
    others.sort(key=lambda one: (one != on_call, Group.OPERATIONS not in call.membership.of(one)))
    urgent = md(" Urgent? {who} may look.", who=text.user(others[0])) if others else md("")
    said = md(
        ":no_entry_sign: *{most} numbers are the limit for a day.* Nothing was shown.\n"
        "From tomorrow 00:00 it works again.{urgent}",
        most=reveals.MOST,
        urgent=urgent,
    )
    sentence = f"You have seen {reveals.MOST} whole numbers today, so nothing more is shown until tomorrow."
    return Outcome(Say(message(sentence, section(said))), "refused:limit", allowed=False)


def _not_on_call(call: Call, on_call: str | None) -> Outcome:
    groups = call.membership
    if on_call is None:
        who = md("Nobody is on call now. Operations and management may see it.")
    elif groups.holds_now(on_call, Right.SEE_NUMBER, on_call):
        who = md("On call now: {who}, who may see it.", who=text.user(on_call))
    else:
        who = md("Operations and management may see it.")
    said = md(
        ":no_entry_sign: *You are not on call.* Engineering may see a whole number only while on call. "
        "Nothing was shown.\n{who}",
        who=who,
    )
    sentence = "Engineering may see a whole number only while on call, so nothing was shown."
    return Outcome(Say(message(sentence, section(said))), "refused:not_on_call", allowed=False)


async def _on_call(call: Call) -> str | None:
    duty = await oncall.now_on_call(call.connection)
    return duty.person if duty else None
