"""Faxes to people, as one clicks on them: sending a notice once more."""

from bot.engine import cases
from bot.engine.access import Right
from bot.mail import faxes
from bot.slack.blocks import message, section
from bot.slack.interactions import Call, Interaction, Outcome, Say
from bot.slack.text import md
from commands import fax_messages


async def _again(call: Call) -> Outcome:
    told = await faxes.held(call.connection, call.click.value)
    if told is None:
        said = md(":heavy_minus_sign: *This button is old.* Nothing was sent.\n`/faxi-case` shows what is open.")
        answer = Say(message("This button is old, so nothing was sent.", section(said)))
        return Outcome(answer, "refused:unknown_button", allowed=False)
    number = cases.number(told.case_id)
    why = await faxes.hindrance(call.connection, told)
    sent = None if why else await faxes.again(call.connection, call.team, told.id, call.now)
    if sent is None:
        now = md("{why}", why=fax_messages.because(why)) if why else fax_messages.line(told, call.team)
        said = md(":no_entry_sign: *The fax was not sent again* ({number}).\n{now}", number=number, now=now)
        answer = Say(message(f"The fax was not sent again ({number}).", section(said)))
        return Outcome(answer, "refused:state", allowed=False, case_id=told.case_id, subject=told.subject)
    said = md(
        ":hourglass_flowing_sand: *The fax goes out again* ({number}).\n{line}",
        number=number,
        line=fax_messages.line(sent, call.team),
    )
    reference = sent.newest.reference if sent.newest else None
    return Outcome(
        Say(message(f"The fax goes out again ({number}).", section(said))),
        "again",
        case_id=told.case_id,
        subject=told.subject,
        parameters={"fax": reference, "was": told.state},
    )


def declarations() -> tuple[Interaction, ...]:
    """Return what one can do about a fax."""
    return (Interaction("action", "fax.again", "fax:again", Right.WORK, _again),)
