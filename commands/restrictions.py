"""/faxi-restrict: asking management to restrict an account, and deciding about it."""

import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from bot.base import masking
from bot.engine import approvals, cases, handles, outbox, roster
from bot.engine.access import Membership, Right, RightsUnknown
from bot.engine.approvals import Approval
from bot.mail import accounts, requests, restrictions
from bot.mail.accounts import Account, Malformed, Several
from bot.mail.restrictions import REASONS, AlreadyAsked, AlreadyRestricted, Asked, Candidate, ReasonDoesNotHold
from bot.slack import text
from bot.slack.blocks import Message, View, actions, button, message, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Help, Interaction, Keep, Outcome, Say, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands import restriction_forms as forms
from commands.restriction_messages import void_reason, withdraw_button

ACCOUNT = "ac"
_HELP = Help(
    need="People",
    does="asks management to restrict an account",
    usage=(
        ("/faxi-restrict", "opens the form"),
        ("/faxi-restrict +81… your words", "finds the account first"),
    ),
    hint="[number, mail address or id] [your words]",
)


def split_account(typed: str) -> tuple[str, str]:
    """Split what was typed into the account and the words after it.

    A number may be written with spaces, hyphens and full-width digits; anything else ends at the
    first space.
    """
    typed = typed.strip()
    end = next((at for at, letter in enumerate(typed) if not _of_a_number(letter)), len(typed))
    number = typed[:end]
    if any(letter.isdigit() for letter in number) and (end == len(typed) or number[-1:].isspace()):
        return number.strip(), typed[end:].strip()
    account, _, words = typed.partition(" ")
    return account, words.strip()


def _of_a_number(letter: str) -> bool:
    """Say whether numbers are written with this character: digits, signs, brackets, dashes, spaces."""
    plain = unicodedata.normalize("NFKC", letter)
    dash = unicodedata.category(letter) == "Pd" or letter in {"\u30fc", "\u2212"}
    return plain.isdigit() or plain.isspace() or plain in {"+", "(", ")", "."} or dash


async def _approvers(click: Click, membership: Membership, directory: Directory) -> frozenset[str]:
    """Return who could approve what this person asks: active members of management, except them."""
    able = set()
    for user in sorted(membership.holders(Right.APPROVE_RESTRICTION) - {click.user}):
        try:
            person = await directory.person(user)
        except RightsUnknown:
            continue
        if not person.outsider:
            able.add(user)
    return frozenset(able)


def _opening(click: Click) -> View | None:
    return looking(forms.TITLE) if click.text else forms.find()


def _looking_to_deny(_click: Click) -> View:
    return looking("Deny the request")


async def _command(call: Call) -> Outcome:
    if not call.click.text:
        return Outcome(Keep(forms.find()), result="form")
    typed, words = split_account(call.click.text)
    return await _found(call, typed, words)


async def _form(_call: Call) -> Outcome:
    return Outcome(Keep(forms.find()), result="form")


async def _submit_find(call: Call) -> Outcome:
    typed = call.click.values.get("account", "")
    if not typed.strip():
        return Outcome(
            Errors({"account": "Please give the number, mail address or id."}), "refused:empty", allowed=False
        )
    return await _found(call, typed, "")


async def _found(call: Call, typed: str, words: str) -> Outcome:
    found = await accounts.find(call.connection, typed)
    if not isinstance(found, Account):
        parameters = {"typed": masking.mask_typed(typed)}
        return Outcome(Show(forms.find(_not_found(found))), "refused:not_found", allowed=False, parameters=parameters)
    return await _looked(call, found.id, words)


def _not_found(found: object) -> Any:
    if isinstance(found, Malformed):
        return md(":grey_question: *That is no number, mail address or id.* {reason}", reason=found.reason)
    if isinstance(found, Several):
        return md(":grey_question: *More than one account fits.* Please give the whole number or the mail address.")
    return md(":grey_question: *No account has this number, address or id.* Please check it, the country code too.")


async def _looked(call: Call, user_id: UUID, words: str) -> Outcome:
    state = await restrictions.look(call.connection, user_id, call.now)
    if isinstance(state, Candidate):
        able: frozenset[str] = call.prepared
        if not able:
            return _nobody(call, user_id)
        value = await handles.mint(call.connection, ACCOUNT, str(user_id), 1, call.now)
        expires_at = approvals.expiry(call.team.calendar, call.now)
        view = forms.found(state, value, words, expires_at, call.now, call.team)
        return Outcome(Show(view), "shown", subject=user_id)
    return await _stands(call, state, user_id)


async def _stands(call: Call, state: object, user_id: UUID) -> Outcome:
    """Answer for an account that cannot be asked for: restricted, asked for, or gone."""
    if isinstance(state, AlreadyRestricted):
        one = state.restriction
        people = [one.requested_by, one.approved_by] if one else []
        view = forms.already_restricted(state, await roster.names(call.connection, people), call.team)
        return Outcome(Show(view), "refused:already_restricted", allowed=False, subject=user_id)
    if isinstance(state, AlreadyAsked):
        approval = state.approval
        view = forms.already_asked(
            state,
            await approvals.button_value(call.connection, approval),
            await _link(call, approval),
            await roster.names(call.connection, [approval.requester]),
            call.person.id,
            call.team,
        )
        return Outcome(Show(view), "refused:already_asked", allowed=False, subject=user_id, case_id=approval.case_id)
    gone = md(":grey_question: *This account is gone.* Please check the number.")
    return Outcome(Show(forms.find(gone)), "refused:gone", allowed=False, subject=user_id)


def _nobody(call: Call, user_id: UUID) -> Outcome:
    holders = call.membership.holders(Right.APPROVE_RESTRICTION)
    view = forms.nobody_can_approve(len(holders), requester_is_one=holders == {call.person.id})
    return Outcome(Show(view), "refused:nobody_can_approve", allowed=False, subject=user_id)


async def _link(call: Call, approval: Approval) -> str | None:
    """Return the address of the request for those who may be in its channel."""
    if not call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION):
        return None
    place = await outbox.live_of(call.connection, cases.subject(approval.case_id), restrictions.REQUEST)
    return call.team.link(place.channel, place.ts) if place and place.channel and place.ts else None


async def _submit_ask(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, ACCOUNT, call.click.metadata)
    if handle is None:
        stale = md(":heavy_minus_sign: *This form is too old.* Please start again.")
        return Outcome(Show(forms.find(stale)), "refused:stale_form", allowed=False)
    user_id = UUID(handle.subject)
    reason, words = call.click.values.get("reason", ""), call.click.values.get("why", "").strip()
    wrong = _wrong_fields(reason, words)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False, subject=user_id)
    if not call.prepared:
        return _nobody(call, user_id)
    asked = await restrictions.ask(
        call.connection, call.team, user_id, requester=call.person.id, reason=reason, words=words, now=call.now
    )
    if isinstance(asked, Asked):
        value = await approvals.button_value(call.connection, asked.approval)
        return Outcome(
            Show(forms.sent(asked.approval, value, call.team)),
            "asked",
            case_id=asked.approval.case_id,
            subject=user_id,
            parameters={"reason": reason},
        )
    if isinstance(asked, ReasonDoesNotHold):
        fields = {"reason": forms.reason_does_not_hold(asked.facts)}
        return Outcome(Errors(fields), "refused:reason_does_not_hold", allowed=False, subject=user_id)
    return await _stands(call, asked, user_id)


def _wrong_fields(reason: str, words: str) -> Mapping[str, str]:
    wrong = {}
    if reason not in REASONS:
        wrong["reason"] = "Please choose a reason."
    if len(words) < forms.WORDS_LEAST:
        wrong["why"] = f"Please write at least {forms.WORDS_LEAST} letters: management decides by them."
    elif len(words) > forms.WORDS_MOST:
        wrong["why"] = f"Please write at most {forms.WORDS_MOST} letters; these are {len(words):,}."
    return wrong


async def _approve(call: Call) -> Outcome:
    decision = await requests.approve(
        call.connection, call.team, call.click.value, approver=call.person.id, now=call.now
    )
    return await _answer(call, decision)


async def _withdraw(call: Call) -> Outcome:
    decision = await requests.withdraw(call.connection, call.team, call.click.value, by=call.person.id, now=call.now)
    return await _answer(call, decision)


async def _deny_form(call: Call) -> Outcome:
    found = await restrictions.current(call.connection, call.click.value)
    if found is None:
        return await _answer(call, requests.Unknown())
    approval, _ = found
    if not approval.waiting or call.person.id == approval.requester:
        ended = requests.OwnRequest(approval) if approval.waiting else requests.AlreadyDecided(approval)
        return await _answer(call, ended)
    account = await accounts.load(call.connection, approval.subject)
    masked = account.number_masked if account else "an account that is gone"
    names = await roster.names(call.connection, [approval.requester])
    view = forms.deny(approval, masked, call.click.value or "", names)
    return Outcome(Show(view), "form", case_id=approval.case_id, subject=approval.subject)


async def _submit_deny(call: Call) -> Outcome:
    words = call.click.values.get("reason", "").strip()
    if not forms.DENIAL_LEAST <= len(words) <= forms.WORDS_MOST:
        said = f"Please write {forms.DENIAL_LEAST} to {forms.WORDS_MOST} letters; these are {len(words):,}."
        return Outcome(Errors({"reason": said}), "refused:form", allowed=False)
    decision = await requests.deny(
        call.connection, call.team, call.click.metadata, by=call.person.id, words=words, now=call.now
    )
    return await _answer(call, decision)


async def _answer(call: Call, decision: requests.Decision) -> Outcome:
    """Put a decision into words for whoever clicked, and note a copy of the message they clicked on."""
    if isinstance(decision, requests.Unknown):
        from_button = md(
            ":heavy_minus_sign: *This button is old.* Nothing was changed.\n`/faxi-case` shows what is open."
        )
        return Outcome(
            Say(message("This button is old, so nothing was changed.", section(from_button))),
            "refused:unknown_button",
            allowed=False,
        )
    approval = decision.approval
    number = cases.number(approval.case_id)
    if call.click.channel and call.click.message_ts and not call.click.ephemeral:
        await outbox.note_stray(
            call.connection, cases.subject(approval.case_id), call.click.channel, call.click.message_ts, call.now
        )
    names = await roster.names(call.connection, [approval.decided_by, approval.requester])
    said, result, allowed = await _words(call, decision, names, number)
    return Outcome(
        Say(said),
        result,
        allowed=allowed,
        case_id=approval.case_id,
        subject=approval.subject,
        parameters={"facts": approval.facts_code},
    )


async def _words(
    call: Call, decision: requests.Decision, names: Mapping[str, str], number: str
) -> tuple[Message, str, bool]:
    team = call.team
    if isinstance(decision, requests.Approved):
        said = md(
            ":white_check_mark: *Approved.* The account is restricted ({number}). Please see that the person is told.",
            number=number,
        )
        return message(f"Approved: the account is restricted ({number}).", section(said)), "approved", True
    if isinstance(decision, requests.Ended):
        state = decision.approval.state
        said = md(
            ":white_check_mark: *{state}.* Nothing was changed for the person ({number}).",
            state=state.capitalize(),
            number=number,
        )
        return message(f"{state.capitalize()}: nothing was changed ({number}).", section(said)), state, True
    if isinstance(decision, requests.AlreadyDecided):
        return _already(decision.approval, names, number, call), "refused:already_decided", False
    if isinstance(decision, requests.OwnRequest):
        return await _own(call, decision.approval, number), "refused:own_request", False
    if isinstance(decision, requests.NotYours):
        said = md(
            ":no_entry_sign: *Only {who} may withdraw this request.* Nothing was changed.\nA manager may deny it.",
            who=names[decision.approval.requester],
        )
        return (
            message(f"Only the requester may withdraw, so nothing was changed ({number}).", section(said)),
            "refused:not_yours",
            False,
        )
    if isinstance(decision, requests.FactsMoved):
        at = text.instant(decision.approval.facts_at, team.zone)
        said = md(
            ":grey_question: *The facts changed since you read them.* Nothing was changed.\n"
            "The request shows those of {at} now. Please read it again and decide there.",
            at=at,
        )
        link = await _link(call, decision.approval)
        row = [actions(button("Open the request", "open.link", url=link))] if link else []
        sentence = f"The facts changed since you read them, so nothing was changed ({number})."
        return message(sentence, section(said), *row), "refused:facts_moved", False
    if isinstance(decision, requests.Voided):
        said = md(
            ":arrows_counterclockwise: *The request is void.* {reason} Nothing was changed ({number}).",
            reason=void_reason(decision.approval),
            number=number,
        )
        return message(f"The request is void, so nothing was changed ({number}).", section(said)), "refused:void", False
    reason = f"{decision} has no words"
    raise TypeError(reason)


def _already(approval: Approval, names: Mapping[str, str], number: str, call: Call) -> Message:
    who = names[approval.decided_by or roster.BOT]
    at = approval.decided_at or call.now
    word = {"void": "void", "expired": "expired"}.get(approval.state, approval.state)
    sentence = f"Already {word} by {who[:40]} at {text.clock_time(at, call.team.zone)}, so your click changed nothing."
    said = md(
        ":white_check_mark: *Already {word}* by {who}, {at} ({number}).\nYour click changed nothing.",
        word=word,
        who=who,
        at=text.instant(at, call.team.zone, "date_time"),
        number=number,
    )
    return message(sentence, section(said))


async def _own(call: Call, approval: Approval, number: str) -> Message:
    others = sorted(call.membership.holders(Right.APPROVE_RESTRICTION) - {call.person.id})[:3]
    who = text.join(", ", [text.user(one) for one in others]) if others else md("Nobody else")
    said = md(
        ":no_entry_sign: *You asked for this yourself.* Nothing was changed.\n{who} may decide. You may withdraw it.",
        who=who,
    )
    value = await approvals.button_value(call.connection, approval)
    row = [withdraw_button(approval, value)]
    link = await _link(call, approval)
    if link:
        row.append(button("Open the request", "open.link", url=link))
    sentence = f"You asked for this yourself, so someone else must decide and nothing was changed ({number})."
    return message(sentence, section(said), actions(*row))


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about restrictions."""
    ask, decide = Right.ASK_RESTRICTION, Right.APPROVE_RESTRICTION
    return (
        Interaction(
            "command",
            "/faxi-restrict",
            "restriction:look",
            ask,
            _command,
            opening=_opening,
            prepare=_approvers,
            help=_HELP,
            opens_form=True,
        ),
        Interaction("action", "restriction.ask", "restriction:form", ask, _form, opening=_opening),
        Interaction("view", "restrict.find", "restriction:look", ask, _submit_find, prepare=_approvers),
        Interaction("view", "restrict.ask", "restriction:ask", ask, _submit_ask, prepare=_approvers),
        Interaction("action", "restriction.approve", "restriction:approve", decide, _approve),
        Interaction(
            "action", "restriction.deny", "restriction:deny_form", decide, _deny_form, opening=_looking_to_deny
        ),
        Interaction("view", "restriction.deny", "restriction:deny", decide, _submit_deny),
        Interaction("action", "restriction.withdraw", "restriction:withdraw", ask, _withdraw),
    )
