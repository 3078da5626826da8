"""/faxi-restrict: asking management to restrict an account."""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bot.base import masking, telephone
from bot.engine import approvals, handles, roster
from bot.engine.access import Membership, Person, Right
from bot.mail import accounts, restriction_outcomes, restrictions
from bot.mail.accounts import Account, Malformed, Several
from bot.mail.restrictions import REASONS, AlreadyAsked, AlreadyRestricted, Asked, Candidate, ReasonDoesNotHold
from bot.slack.blocks import View
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Help, Interaction, Keep, Outcome, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands import restriction_forms as forms
from commands import telling, wording
from commands.decisions import WORDS_MOST, request_link
from commands.restriction_forms import Typed
from commands.restriction_messages import withdraw_button

_STALE = md(":heavy_minus_sign: *This form is too old.* Please start again.")
_PAUSES = frozenset({",", ";", ":", "\u3001", "\u3002"})
"""What may stand directly behind a number, before the words about it."""
_LONGEST_NUMBER = 60
"""Letters within which a number ends, however it is spaced: more is not tried."""
_HELP = Help(
    need="People",
    does="asks management to restrict an account",
    usage=(
        ("/faxi-restrict", "opens the form"),
        ("/faxi-restrict +81… your words", "finds the account first"),
    ),
    hint="[number, mail address or id] [your words]",
)


def split_account(typed: str) -> list[tuple[str, str]]:
    """Split what was typed into the account and the words after it; the likeliest reading comes first.

    A number may be written with spaces, hyphens and full-width digits; words that begin with a digit
    ("2 new complaints", "3rd time") do not belong to it. Where a shorter beginning can be a number too,
    that is another reading. Anything else ends at the first space.
    """
    typed = typed.strip()
    end = next((at for at, letter in enumerate(typed) if not _of_a_number(letter)), len(typed))
    ends = [at for at, letter in enumerate(typed[:end]) if letter.isspace()]
    if end == len(typed) or unicodedata.normalize("NFKC", typed[end]) in _PAUSES:
        ends.append(end)
    if ends and any(letter.isdigit() for letter in typed[:end]):
        short = [at for at in ends if at <= _LONGEST_NUMBER][::-1]
        numbers = [at for at in short if telephone.valid_numbers(telephone.tidy(typed[:at]))]
        readings = [(typed[:at].strip(), _words(typed[at:])) for at in numbers or ends[-1:]]
        return list(dict.fromkeys(readings))
    account, *words = typed.split(maxsplit=1) or [""]
    return [(account, " ".join(words))]


def _words(rest: str) -> str:
    """Return the words after a number, without the comma between them."""
    return (rest[1:] if unicodedata.normalize("NFKC", rest[:1]) in _PAUSES else rest).strip()


def _of_a_number(letter: str) -> bool:
    """Say whether numbers are written with this character: digits, signs, brackets, dashes, spaces."""
    plain = unicodedata.normalize("NFKC", letter)
    dash = unicodedata.category(letter) == "Pd" or letter in {"\u30fc", "\u2212"}
    return plain.isdigit() or plain.isspace() or plain in {"+", "(", ")", "."} or dash


async def approvers(click: Click, membership: Membership, directory: Directory) -> frozenset[str]:
    """Return who could approve what this person asks: active members of management, except them."""
    others = sorted(membership.holders(Right.APPROVE_RESTRICTION) - {click.user})
    found = await asyncio.gather(*(directory.person(one) for one in others), return_exceptions=True)
    able = {person.id for person in found if isinstance(person, Person) and not person.outsider}
    unknown = next((one for one in found if isinstance(one, BaseException)), None)
    if unknown is not None and not able:
        raise unknown
    return frozenset(able)


def _opening(click: Click) -> View | None:
    return looking(forms.TITLE) if click.text or click.value else forms.find()


async def _command(call: Call) -> Outcome:
    if not call.click.text:
        return Outcome(Keep(forms.find()), result="form")
    return await _found(call, [(typed, Typed.of(words)) for typed, words in split_account(call.click.text)])


async def _form(call: Call) -> Outcome:
    """Open the form, with the account where the button names one."""
    if not call.click.value:
        return Outcome(Keep(forms.find()), result="form")
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.value)
    if handle is None:
        return Outcome(Show(forms.find(_STALE)), "refused:unknown_button", allowed=False)
    return await _looked(call, UUID(handle.subject), Typed())


async def _submit_find(call: Call) -> Outcome:
    typed = call.click.values.get("account", "")
    if not typed.strip():
        return Outcome(
            Errors({"account": "Please give the number, mail address or id."}), "refused:empty", allowed=False
        )
    return await _found(call, [(typed, Typed.unpacked(call.click.metadata))])


async def _found(call: Call, readings: Sequence[tuple[str, Typed]]) -> Outcome:
    """Look for the account that the first reading which has one means; else say what the likeliest lacks."""
    answers = []
    for typed, words in readings:
        found = await accounts.find(call.connection, typed)
        if isinstance(found, Account):
            return await _looked(call, found.id, words)
        answers.append(found)
    typed, words = readings[0]
    parameters = {"typed": masking.mask_typed(typed)}
    view = forms.find(_not_found(answers[0]), words)
    return Outcome(Show(view), "refused:not_found", allowed=False, parameters=parameters)


def _not_found(found: object) -> Any:
    if isinstance(found, Malformed):
        return md(":grey_question: *{reason}*", reason=found.reason)
    if isinstance(found, Several):
        return md(":grey_question: *More than one account fits.* Please give the whole number or the mail address.")
    return md(":grey_question: *No account has this number, address or id.* Please check it, the country code too.")


async def _looked(call: Call, user_id: UUID, words: Typed) -> Outcome:
    state = await restrictions.look(call.connection, user_id, call.now)
    if isinstance(state, Candidate):
        able: frozenset[str] = call.prepared
        if not able:
            return _nobody(call, user_id)
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
        expires_at = approvals.expiry(call.team.calendar, call.now)
        last = await approvals.last_decided(call.connection, restrictions.ACTION, user_id)
        names = await roster.names(call.connection, [last.decided_by] if last else [])
        more = [wording.last_request(last, names, call.team)] if last else []
        warned = await telling.warned(call.connection, user_id, state.facts, call.team)
        more = [warned, *more] if warned else more
        how = await telling.way(call.connection, call.team, user_id)
        view = forms.found(state, value, words, expires_at, call.now, call.team, how=how, more=more)
        return Outcome(Show(view), "shown", subject=user_id)
    return await _stands(call, state, user_id)


async def _stands(call: Call, state: object, user_id: UUID) -> Outcome:
    """Answer for an account that cannot be asked for: restricted, asked for, or gone."""
    if isinstance(state, AlreadyRestricted):
        one = state.restriction
        people = [one.requested_by, one.approved_by] if one else []
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
        view = forms.already_restricted(state, value, await roster.names(call.connection, people), call.team)
        return Outcome(Show(view), "refused:already_restricted", allowed=False, subject=user_id)
    if isinstance(state, AlreadyAsked):
        approval = state.approval
        view = forms.already_asked(
            state,
            withdraw_button(approval, await approvals.button_value(call.connection, approval)),
            await request_link(call, restriction_outcomes.KIND, approval),
            await roster.names(call.connection, [approval.requester]),
            call.person.id,
            call.team,
        )
        return Outcome(Show(view), "refused:already_asked", allowed=False, subject=user_id, case_id=approval.case_id)
    gone = md(":grey_question: *This account is gone.* Please check the number.")
    return Outcome(Show(forms.find(gone)), "refused:gone", allowed=False, subject=user_id)


def _nobody(call: Call, user_id: UUID) -> Outcome:
    view = forms.nobody_can_approve(requester_is_one=call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION))
    return Outcome(Show(view), "refused:nobody_can_approve", allowed=False, subject=user_id)


async def _submit_ask(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.metadata)
    if handle is None:
        return Outcome(Show(forms.find(_STALE)), "refused:stale_form", allowed=False)
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
            Show(forms.sent(asked.approval, withdraw_button(asked.approval, value), call.team)),
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
    elif len(words) > WORDS_MOST:
        wrong["why"] = f"Please write at most {WORDS_MOST} letters; these are {len(words):,}."
    return wrong


def declarations() -> tuple[Interaction, ...]:
    """Return what asking for a restriction takes."""
    ask = Right.ASK_RESTRICTION
    return (
        Interaction(
            "command",
            "/faxi-restrict",
            "restriction:look",
            ask,
            _command,
            opening=_opening,
            prepare=approvers,
            help=_HELP,
            opens_form=True,
        ),
        Interaction("action", "restriction.ask", "restriction:form", ask, _form, opening=_opening, prepare=approvers),
        Interaction("view", "restrict.find", "restriction:look", ask, _submit_find, prepare=approvers),
        Interaction("view", "restrict.ask", "restriction:ask", ask, _submit_ask, prepare=approvers),
    )
