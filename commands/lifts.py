"""/faxi-lift: asking management to lift a restriction, and deciding about it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from bot.engine import cases, handles, roster
from bot.engine.access import Right
from bot.mail import lift_outcomes, lifts, restrictions
from bot.mail.lifts import SAYS, Candidate, NoSuchTalk, NotRestricted
from bot.mail.restrictions import AlreadyAsked, Asked
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Help, Interaction, Outcome, Show
from bot.slack.text import md
from commands import asking, decisions, lift_wording, telling, which_case
from commands import lift_forms as forms
from commands.asking import approvers
from commands.decisions import WORDS_MOST, Face
from commands.finding import Finder
from commands.finding_forms import WORDS_LEAST, Typed
from commands.lift_thread import void_reason, withdraw_button

_HELP = Help(
    need="People",
    does="asks management to lift a restriction",
    usage=(
        ("/faxi-lift", "opens the form"),
        ("/faxi-lift +81… your words", "finds the account first"),
        ("/faxi-lift OPS-0053", "the account of a case"),
    ),
    hint="[number, mail address, id or OPS-0053] [your words]",
)
FACE: Final = Face(
    kind=lift_outcomes.KIND,
    prefix="lift",
    done=":white_check_mark: *Approved.* The restriction is lifted ({number}). The request shows how the fax goes.",
    sentence="Approved: the restriction is lifted",
    withdraw_button=withdraw_button,
    void_reason=void_reason,
    deny=forms.deny,
)
"""How requests to lift speak."""


async def _command(call: Call) -> Outcome:
    first, _, rest = call.click.text.partition(" ")
    case_id = which_case.named(first)
    if case_id is None:
        return await FINDER.command(call)
    return await _of_case(call, case_id, Typed.of(rest.strip()))


async def _submit_find(call: Call) -> Outcome:
    case_id = which_case.named(call.click.values.get("account", "").strip())
    if case_id is None:
        return await FINDER.submitted(call)
    return await _of_case(call, case_id, Typed.unpacked(call.click.metadata))


async def _of_case(call: Call, case_id: int, words: Typed) -> Outcome:
    """Look at the account that a case is about."""
    case = await cases.load(call.connection, case_id)
    if case is not None and case.subject is not None:
        return await _looked(call, case.subject, words)
    number = cases.number(case_id)
    why = (
        md("*There is no case {number}.*", number=number)
        if case is None
        else md("*{number} is about no account.*", number=number)
    )
    return Outcome(Show(FINDER.unknown(why, words)), "refused:not_found", allowed=False)


async def _looked(call: Call, user_id: UUID, words: Typed) -> Outcome:
    state = await lifts.look(call.connection, call.team, user_id, call.now)
    if not isinstance(state, Candidate):
        return await _stands(call, state, user_id)
    able: frozenset[str] = call.prepared
    if not able:
        return asking.nobody(call, user_id, forms.TITLE)
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
    if not state.talks:
        view = forms.no_contact(state, value, call.team, call.now)
        return Outcome(Show(view), "refused:no_contact", allowed=False, subject=user_id)
    names = await roster.names(call.connection, [one.recorded_by for one in state.talks])
    return Outcome(Show(forms.ask(state, value, names, words, call.team, call.now)), "shown", subject=user_id)


async def _stands(call: Call, state: object, user_id: UUID) -> Outcome:
    """Answer for an account of which no lift can be asked: not restricted, asked for, or gone."""
    if isinstance(state, NotRestricted):
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
        view = forms.not_restricted(state, value)
        return Outcome(Show(view), "refused:not_restricted", allowed=False, subject=user_id)
    if isinstance(state, AlreadyAsked):
        return await asking.already(call, FACE, state, forms.TITLE)
    return FINDER.gone(user_id)


FINDER: Final = Finder(forms.FIND, "Please give the number, mail address or id, or the case.", _looked)


async def _submit_ask(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.metadata)
    if handle is None:
        return FINDER.stale()
    user_id = UUID(handle.subject)
    words = call.click.values.get("why", "").strip()
    chosen = {word: value for word in SAYS if (value := call.click.values.get(word))}
    wrong = _wrong_fields(words, chosen)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False, subject=user_id)
    if not call.prepared:
        return asking.nobody(call, user_id, forms.TITLE)
    named = {word: found for word, value in chosen.items() if (found := forms.contact_id(value)) is not None}
    asked = await lifts.ask(
        call.connection, call.team, user_id, requester=call.person.id, named=named, words=words, now=call.now
    )
    if isinstance(asked, NoSuchTalk):
        fields = {asked.word: "This contact does not say so. Please choose another."}
        return Outcome(Errors(fields), "refused:no_such_contact", allowed=False, subject=user_id)
    if not isinstance(asked, Asked):
        return await _stands(call, asked, user_id)
    approval = asked.approval
    return Outcome(
        Show(await asking.sent(call, FACE, approval, forms.TITLE)),
        "asked",
        case_id=approval.case_id,
        subject=user_id,
        parameters={"contacts": sorted(set(named.values()))},
    )


def _wrong_fields(words: str, chosen: Mapping[str, str]) -> Mapping[str, str]:
    wrong = {word: "Please choose a contact." for word, value in chosen.items() if forms.contact_id(value) is None}
    return wrong | _wrong_words(words)


def _wrong_words(words: str) -> dict[str, str]:
    if len(words) < WORDS_LEAST:
        return {"why": f"Please write at least {WORDS_LEAST} letters: they are kept with the decision."}
    if len(words) > WORDS_MOST:
        return {"why": f"Please write at most {WORDS_MOST} letters; these are {len(words):,}."}
    return {}


async def _anyway(call: Call) -> Outcome:
    """Open the form that asks why a restriction is to be lifted although a criterion is not met."""
    approval = await decisions.to_decide(call, FACE, call.click.value)
    if isinstance(approval, Outcome):
        return approval
    masked = await decisions.masked_number(call, approval)
    names = await roster.names(
        call.connection, [approval.requester, *lift_wording.people(lifts.Criteria.of(approval.facts))]
    )
    told = telling.sentence(await telling.way(call.connection, call.team, approval.subject), call.team)
    view = forms.anyway(approval, masked, call.click.value or "", told, names, call.team)
    return Outcome(Show(view), "form", case_id=approval.case_id, subject=approval.subject)


async def _submit_anyway(call: Call) -> Outcome:
    words = call.click.values.get("why", "").strip()
    wrong = _wrong_words(words)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    return await decisions.approve(call, FACE, call.click.metadata, words)


def declarations() -> tuple[Interaction, ...]:
    """Return what asking for a lift and deciding about it takes."""
    ask, decide = Right.ASK_RESTRICTION, Right.APPROVE_RESTRICTION
    prepared: dict[str, Any] = {"prepare": approvers}
    return (
        Interaction(
            "command",
            "/faxi-lift",
            "lift:look",
            ask,
            _command,
            opening=FINDER.opening,
            help=_HELP,
            opens_form=True,
            **prepared,
        ),
        Interaction("action", "lift.ask", "lift:form", ask, FINDER.button, opening=FINDER.opening, **prepared),
        Interaction("view", "lift.find", "lift:look", ask, _submit_find, **prepared),
        Interaction("view", "lift.ask", "lift:ask", ask, _submit_ask, **prepared),
        *decisions.declarations(FACE, "Deny the request"),
        Interaction(
            "action",
            "lift.approve.anyway",
            "lift:anyway_form",
            decide,
            _anyway,
            opening=lambda _click: looking("Lift anyway"),
        ),
        Interaction("view", "lift.approve.anyway", "lift:approve", decide, _submit_anyway),
    )
