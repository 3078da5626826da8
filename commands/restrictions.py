"""/faxi-restrict: asking management to restrict an account."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bot.engine import approvals, handles, roster
from bot.engine.access import Right
from bot.mail import restrictions
from bot.mail.restrictions import REASONS, AlreadyAsked, AlreadyRestricted, Asked, Candidate, ReasonDoesNotHold
from bot.slack.interactions import Call, Errors, Help, Interaction, Outcome, Show
from commands import asking, telling, wording
from commands import restriction_forms as forms
from commands.asking import approvers
from commands.decisions import WORDS_MOST
from commands.finding import Finder
from commands.finding_forms import WORDS_LEAST, Typed
from commands.restriction_decisions import FACE

_HELP = Help(
    need="People",
    does="asks management to restrict an account",
    usage=(
        ("/faxi-restrict", "opens the form"),
        ("/faxi-restrict +81… your words", "finds the account first"),
    ),
    hint="[number, mail address or id] [your words]",
)


async def _looked(call: Call, user_id: UUID, words: Typed) -> Outcome:
    state = await restrictions.look(call.connection, user_id, call.now)
    if isinstance(state, Candidate):
        able: frozenset[str] = call.prepared
        if not able:
            return asking.nobody(call, user_id, forms.TITLE)
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
        return await asking.already(call, FACE, state, forms.TITLE)
    return FINDER.gone(user_id)


FINDER: Final = Finder(forms.FIND, "Please give the number, mail address or id.", _looked)


async def _submit_ask(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.metadata)
    if handle is None:
        return FINDER.stale()
    user_id = UUID(handle.subject)
    reason, words = call.click.values.get("reason", ""), call.click.values.get("why", "").strip()
    wrong = _wrong_fields(reason, words)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False, subject=user_id)
    if not call.prepared:
        return asking.nobody(call, user_id, forms.TITLE)
    asked = await restrictions.ask(
        call.connection, call.team, user_id, requester=call.person.id, reason=reason, words=words, now=call.now
    )
    if isinstance(asked, Asked):
        return Outcome(
            Show(await asking.sent(call, FACE, asked.approval, forms.TITLE)),
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
    if len(words) < WORDS_LEAST:
        wrong["why"] = f"Please write at least {WORDS_LEAST} letters: management decides by them."
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
            FINDER.command,
            opening=FINDER.opening,
            prepare=approvers,
            help=_HELP,
            opens_form=True,
        ),
        Interaction(
            "action",
            "restriction.ask",
            "restriction:form",
            ask,
            FINDER.button,
            opening=FINDER.opening,
            prepare=approvers,
        ),
        Interaction("view", "restrict.find", "restriction:look", ask, FINDER.submitted, prepare=approvers),
        Interaction("view", "restrict.ask", "restriction:ask", ask, _submit_ask, prepare=approvers),
    )
