"""The warning fax of a flagged account's review: read first, then sent with one press."""

from bot.engine import cases
from bot.engine.access import Right
from bot.mail import accounts, faxes, flagged, previews
from bot.mail.flagged import Refused
from bot.paper import notices
from bot.slack.blocks import Block, Message, View, context, message, modal, quote, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Interaction, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import fax_messages, fax_previews, wording
from commands.flagged_messages import SEE

_WHY_NOT = {
    "told": "The warning was sent already, or the step was answered.",
    "closed": "The review is closed.",
    "restricted": "The account is restricted: a warning would say that mail may be sent.",
    "gone": "The account is gone.",
    "none": "There is no complaint in the last 30 days any more.",
}


def _looking(_click: Click) -> View:
    return looking("The warning fax")


async def _see(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.value)
    if found is None or found[1] != flagged.WARN:
        return _old()
    case_id = found[0]
    complaints = await flagged.warning(call.connection, case_id, call.now)
    if isinstance(complaints, Refused):
        return await _refused(call, case_id, complaints)
    case = await cases.load(call.connection, case_id)
    account = await accounts.load(call.connection, case.subject) if case and case.subject else None
    if case is None or account is None:
        return await _refused(call, case_id, Refused("gone"))
    sample = await previews.sample(
        call.connection, call.team, kind="warning", user_id=account.id, complaints=complaints
    )
    notice = sample.notice(previews.support_of(call.team), call.now.astimezone(call.team.zone).date())
    pages = await previews.pages_of(call.connection, case_id, sample)
    why = await faxes.unfit(call.connection, account.id) if call.team.faxes else "not_set_up"
    unfit = [section(md(":warning: No fax can go out: {why}. A person calls.", why=fax_messages.because(why)))]
    first = md(
        "*{masked}* · {number}\n{count} in 30 days. The person gets this {when}.",
        masked=account.number_masked,
        number=case.number,
        count=wording.count(complaints, "complaint", "complaints"),
        when=Mrkdwn(f"by fax {fax_messages.hours(call.team)}"),
    )

    def form(*fax: Block) -> View:
        return modal(
            "flagged.warning",
            "The warning fax",
            section(first),
            *fax,
            *(unfit if why else []),
            context(md("In English: {gist}", gist=notices.gist(notice))),
            submit="Send warning",
            close="Not now",
            metadata=call.click.value or "",
        )

    pictured = form(*fax_previews.pictures(notice, pages)) if pages and not why else None
    show = Show(form(quote(notices.wording(notice).text())), pictured=pictured)
    return Outcome(show, "form", case_id=case_id, subject=account.id)


async def _send(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.metadata)
    if found is None or found[1] != flagged.WARN:
        return _old()
    case_id = found[0]
    told = await flagged.warn(call.connection, call.team, case_id, by=call.person.id, now=call.now)
    if isinstance(told, Refused):
        return await _refused(call, case_id, told)
    line, number = fax_messages.line(told, call.team), cases.number(case_id)
    said = md("{line}.\n{number} shows how it goes on.", line=line, number=number)
    sentence = f"The warning {'goes out' if told.state == 'sending' else 'cannot go out'} ({cases.number(case_id)})."
    return Outcome(
        Say(message(sentence, section(said))),
        "sent" if told.state == "sending" else f"refused:{told.reason}",
        allowed=told.state == "sending",
        case_id=case_id,
        subject=told.subject,
    )


async def _refused(call: Call, case_id: int, why: Refused) -> Outcome:
    case = await cases.load(call.connection, case_id)
    said = md(
        ":no_entry_sign: *No warning was sent* ({number}).\n{why}", number=cases.number(case_id), why=_WHY_NOT[why.why]
    )
    answer = message(f"No warning was sent ({cases.number(case_id)}).", section(said))
    return Outcome(
        Say(answer), f"refused:{why.why}", allowed=False, case_id=case_id, subject=case.subject if case else None
    )


def _old() -> Outcome:
    return Outcome(Say(_old_words()), "refused:unknown_button", allowed=False)


def _old_words() -> Message:
    said = md(":heavy_minus_sign: *This button is old.* Nothing was sent.\n`/faxi-case` shows what is open.")
    return message("This button is old, so nothing was sent.", section(said))


def declarations() -> tuple[Interaction, ...]:
    """Return what one can do about a flagged account's review."""
    return (
        Interaction("action", SEE, "flagged:see_fax", Right.SEND_FAX, _see, opening=_looking),
        Interaction("view", "flagged.warning", "flagged:warn", Right.SEND_FAX, _send),
    )
