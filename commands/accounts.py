"""/faxi-account: one account, masked, for who asks; and the button that shows it."""

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Final
from uuid import UUID

from bot.base import masking
from bot.engine import cases, handles
from bot.engine.access import Right
from bot.mail import account_page, accounts, restrictions
from bot.mail.accounts import Account
from bot.slack import refusals
from bot.slack.blocks import View, message, section
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Catalogue, Errors, Help, Interaction, Keep, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, account_messages, account_pages, report_options, which_case
from commands.account_pages import PARTS, Part
from commands.finding_forms import Find

_FORMS = md("Give it with country code: `/faxi-account +81…`, or a case: `/faxi-account OPS-0053`.")
FIND: Final = "account.find"
"""The button, and the form, by which an account is found from where nothing can be typed."""
_FORM: Final = Find(
    FIND,
    "Find an account",
    "Number, mail address or id of the account",
    "+81 90 1234 5678",
    "It is shown to you alone, masked. This look is recorded.",
)
_HELP = Help(
    need="People",
    does="shows one account, masked",
    usage=(
        ("/faxi-account +81…", "finds it by number, mail address or id"),
        ("/faxi-account OPS-0053", "shows the account of a case"),
        ("/faxi-account +81… activity", "shows its mail of 30 days by day and domain"),
        ("/faxi-account +81… history", "shows all that happened with it"),
    ),
    hint="[number, mail address, id or OPS-0053] [activity or history]",
)


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing an account takes; what can be done about one is read from the catalogue when asked."""

    async def command(call: Call) -> Outcome:
        typed, part = _split(call.click.text)
        typed = typed or await which_case.of_thread(call)
        if not typed:
            return _nothing_typed()
        case_id = which_case.named(typed)
        if case_id is not None:
            return await _of_case(call, catalogue(), case_id, part)
        found = await accounts.find(call.connection, typed)
        if not isinstance(found, Account):
            return await _odd_word(call, typed) or _not_found(found, typed)
        outcome = await _shown(call, catalogue(), found.id, part)
        return report_options.with_warning(outcome) if call.click.kind == "event" else outcome

    async def show(call: Call) -> Outcome:
        handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.value)
        if handle is None:
            return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
        return await _shown(call, catalogue(), UUID(handle.subject))

    async def submitted(call: Call) -> Outcome:
        typed = call.click.values.get("account", "").strip()
        found = await accounts.find(call.connection, typed) if typed else None
        if isinstance(found, Account):
            return await _shown(call, catalogue(), found.id)
        why = report_options.why_none(found)[1] if typed else "Please give the number, mail address or id."
        parameters = {"typed": masking.mask_typed(typed)} if typed else {}
        return Outcome(Errors({"account": why}), "refused:not_found", allowed=False, parameters=parameters)

    return (
        Interaction("command", "/faxi-account", "account:show", Right.READ, command, help=_HELP),
        Interaction("action", FIND, "account:find_form", Right.READ, _find, opening=_finding),
        Interaction("view", FIND, "account:show", Right.READ, submitted),
        Interaction("action", account_buttons.SHOW, "account:show", Right.READ, show),
    )


def _finding(_click: Click) -> View:
    return _FORM.drawn()


async def _find(_call: Call) -> Outcome:
    return Outcome(Keep(_FORM.drawn()), "form")


def _split(typed: str) -> tuple[str, Part | None]:
    """Split what was typed into the account and what is wanted of it."""
    words = typed.split()
    part = PARTS.get(words[-1].lower()) if words else None
    return (" ".join(words[:-1]), part) if part else (typed, None)


async def _odd_word(call: Call, typed: str) -> Outcome | None:
    """Answer an account that is followed by a word that is not known; ``None`` when it is no such thing."""
    account, _, word = typed.rpartition(" ")
    subject = await _subject(call, account) if account and word.isalpha() else None
    if subject is None:
        return None
    near = get_close_matches(word.lower(), PARTS, n=1)
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(subject), 1, call.now)
    make = {"history": account_buttons.history, "activity": account_buttons.activity}
    guess = (f"… {near[0]}", {**make[near[0]](value), "style": "primary"}) if near else None
    return replace(report_options.not_known("/faxi-account", word, _HELP.usage, guess), subject=subject)


async def _subject(call: Call, account: str) -> UUID | None:
    """Return whom a case is about, or which account words mean; ``None`` when it is none."""
    case_id = which_case.named(account)
    if case_id is not None:
        case = await cases.load(call.connection, case_id)
        return None if case is None else case.subject
    found = await accounts.find(call.connection, account)
    return found.id if isinstance(found, Account) else None


async def _shown(
    call: Call, catalogue: Catalogue, user_id: UUID, part: Part | None = None, case_id: int | None = None
) -> Outcome:
    if part is not None:
        return replace(await account_pages.shown(call, user_id, part), case_id=case_id)
    page = await account_page.of_account(call.connection, user_id, call.now)
    if page is None:
        return replace(report_options.gone(user_id), case_id=case_id)
    shown = await account_messages.drawn(call, page, account_messages.reader(call, catalogue))
    return Outcome(Say(shown), "shown", subject=user_id, case_id=case_id)


async def _of_case(call: Call, catalogue: Catalogue, case_id: int, part: Part | None) -> Outcome:
    case = await cases.load(call.connection, case_id)
    if case is not None and case.subject is not None:
        return await _shown(call, catalogue, case.subject, part, case_id)
    number = cases.number(case_id)
    if case is None:
        why, result = md("There is no case {number}.", number=number), "refused:not_found"
    else:
        why, result = md("{number} is about no account.", number=number), "refused:no_account"
    return _none(why, "No account was found by this case.", result)


def _nothing_typed() -> Outcome:
    return _none(md("Which account?"), "No account was named.", "refused:empty")


def _not_found(found: object, typed: str) -> Outcome:
    parameters = {"typed": masking.mask_typed(typed)}
    why, sentence = report_options.why_none(found)
    return replace(_none(why, sentence, "refused:not_found"), parameters=parameters)


def _none(why: Mrkdwn, sentence: str, result: str) -> Outcome:
    said = section(md(":grey_question: *{why}*\n{forms}", why=why, forms=_FORMS))
    return Outcome(Say(message(sentence, said)), result, allowed=False)
