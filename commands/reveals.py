"""Show number…: a whole number and its mail address, in one modal, for five minutes, recorded each time.

The number stands in that modal only: not in a message, a log, a record, nor in the effect that hides it.
"""

from uuid import UUID

from bot.base import telephone
from bot.engine import cases, handles
from bot.engine.access import Right
from bot.engine.team import Team
from bot.mail import accounts, contacts, restrictions, reveals
from bot.mail.accounts import Account
from bot.mail.reveals import WHY, Reveal, Whole
from bot.slack import refusals, text
from bot.slack.blocks import View, actions, context, input_block, message, modal, option, radio, section, text_input
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, reveal_rights, which_case, wording

_TITLE, _SHOWN_TITLE = "Show the number", "The number"
_SHOWN = "account.revealed"
_NOTE_MOST = 200


def _looking(_click: Click) -> View:
    return looking(_TITLE)


async def _about(call: Call, value: str | None) -> Account | None:
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, value)
    return await accounts.load(call.connection, UUID(handle.subject)) if handle else None


async def _form(call: Call) -> Outcome:
    account = await _about(call, call.click.value)
    if account is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    refused = await reveal_rights.refusal(call)
    if refused is not None:
        return _of(refused, account)
    case = next(iter(await contacts.open_cases(call.connection, account.id)), None)
    number = case.number if case else None
    left = await reveals.left(call.connection, call.person.id, reveals.day_of(call.now, call.team.zone))
    view = modal(
        account_buttons.REVEAL,
        _TITLE,
        section(md("*{masked}*\nYou get the whole number and the mail address.", masked=account.number_masked)),
        input_block(
            "What for?",
            radio("why", *(option(said, key) for key, said in WHY.items()), initial="call"),
            block_id="why",
        ),
        input_block(
            "Case or note",
            text_input("case", placeholder="OPS-0054", most=_NOTE_MOST, initial=number),
            block_id="case",
            hint="Of this, only the number of a case is kept.",
        ),
        context(md("Recorded with your name. {left} of {most} left today.", left=left, most=reveals.MOST)),
        submit="Show number",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", subject=account.id)


def _of(outcome: Outcome, account: Account, case_id: int | None = None) -> Outcome:
    return Outcome(outcome.answer, outcome.result, outcome.allowed, case_id, account.id)


async def _submit(call: Call) -> Outcome:
    account, view_id = await _about(call, call.click.metadata), call.click.view_id
    if account is None or view_id is None:
        return Outcome(Say(refusals.old_button()), "refused:stale_form", allowed=False)
    why, note = call.click.values.get("why", ""), call.click.values.get("case", "").strip()
    if why not in WHY:
        return _wrong(account, "why", "Please choose what you need the number for.", "refused:why_missing")
    if not note:
        return _wrong(account, "case", "Please give the case, or a word about it.", "refused:why_missing")
    case_id = which_case.named(note)
    if case_id is not None and await cases.load(call.connection, case_id) is None:
        return _wrong(account, "case", f"There is no case {cases.number(case_id)}.", "refused:no_such_case")
    held = await reveals.open_in(call.connection, view_id)
    # A second click on the same form is the same look.
    again = held is not None and held.person == call.person.id and call.now < held.until
    refused = None if again else await reveal_rights.refusal(call)
    if refused is not None:
        return _of(refused, account, case_id)
    whole = await reveals.whole(call.connection, account.id)
    taken = await reveals.take(
        call.connection,
        person=call.person.id,
        subject=account.id,
        why=why,
        case_id=case_id,
        view_id=view_id,
        zone=call.team.zone,
        now=call.now,
    )
    if whole is None or taken is None:
        return _of(await reveal_rights.limit_reached(call), account, case_id)
    view = _revealed(whole, taken, call.click.metadata, call.team)
    parameters = {"why": why, "n": taken.n}
    answer = Show(view, otherwise=_LATE)
    return Outcome(answer, "shown", subject=account.id, case_id=case_id, parameters=parameters)


def _wrong(account: Account, part: str, words: str, result: str) -> Outcome:
    return Outcome(Errors({part: words}), result, allowed=False, subject=account.id)


_LATE = message(
    "The form is not open any more, so the number was not shown.",
    section(
        md(":heavy_minus_sign: *The form is not open any more, so the number was not shown.*\nPlease ask for it again.")
    ),
)
"""What is said where the number cannot be shown any more: it stands in no message."""


def _revealed(whole: Whole, taken: Reveal, value: str, team: Team) -> View:
    lines = [md("*{number}*", number=_linked(whole.number))]
    if whole.address:
        lines.append(text.code(whole.address))
    until = text.instant(taken.until, team.zone)
    return modal(
        _SHOWN,
        _SHOWN_TITLE,
        section(text.join("\n", lines)),
        context(md("Hidden again at {until}. Please do not copy it into a channel.", until=until)),
        actions(account_buttons.hide(value)),
    )


def _linked(number: str) -> Mrkdwn:
    """Link a number so that pressing it calls; one that cannot be called is shown as Faxi has it."""
    known = telephone.to_call(number)
    return text.telephone(*known) if known else md("{number}", number=number)


def hidden(account: Account | None, value: str, *, ended: bool) -> View:
    """Draw the modal without the number.

    Parameters:
        account: ``None`` when it is gone.
        value: the opaque one of the account.
        ended: the five minutes are over; else somebody hid it.
    """
    after = md(" after {minutes}", minutes=wording.count(_minutes(), "minute", "minutes")) if ended else md("")
    masked = account.number_masked if account else "This account is gone."
    row = [actions(account_buttons.reveal(value))] if account else []
    return modal(
        _SHOWN, _SHOWN_TITLE, section(md("*{masked}*\nHidden again{after}.", masked=masked, after=after)), *row
    )


def _minutes() -> int:
    return int(reveals.SHOWN_FOR.total_seconds() // 60)


async def _hide(call: Call) -> Outcome:
    account = await _about(call, call.click.value)
    if account is None or call.click.view_id is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    held = await reveals.open_in(call.connection, call.click.view_id)
    was = held is not None and held.person == call.person.id and await reveals.hidden(call.connection, held, call.now)
    view = hidden(account, call.click.value or "", ended=False)
    return Outcome(Show(view), "hidden" if was else "unchanged", subject=account.id)


def declarations() -> tuple[Interaction, ...]:
    """Return what seeing a whole number takes."""
    form, hide = account_buttons.REVEAL, account_buttons.HIDE
    return (
        Interaction("action", form, "account:reveal_form", Right.SEE_NUMBER, _form, opening=_looking),
        Interaction("view", form, "account:reveal", Right.SEE_NUMBER, _submit),
        Interaction("action", hide, "account:hide", Right.SEE_NUMBER, _hide),
    )
