"""Deciding about a request of any kind: approving, denying, withdrawing, and what the person is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from bot.engine import approvals, cases, outbox, roster
from bot.engine.access import Right
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import accounts, requests
from bot.mail.request_kinds import Kind
from bot.slack import text
from bot.slack.blocks import Block, Message, View, actions, button, confirm, message, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Handler, Interaction, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import wording

WORDS_MOST, DENIAL_LEAST = 500, 10
"""Letters that people's words may have, and that a denial has at least."""


@dataclass(frozen=True)
class Face:
    """How one kind of request speaks; what is decided, and how, is the same for all.

    Attributes:
        kind: the kind of request.
        prefix: what its action ids begin with.
        done: the answer to whoever approved, with ``{number}``.
        sentence: the same for a notification, without the number.
        withdraw_button: makes the requester's button to take the request back.
        void_reason: why a request became void, in words.
        deny: the form that asks why not.
        denied: the first words of the answer to whoever said no.
    """

    kind: Kind
    prefix: str
    done: LiteralString
    sentence: str
    withdraw_button: Callable[[Approval, str], Block]
    void_reason: Callable[[Approval], Mrkdwn]
    deny: Callable[[Approval, str, str, Mapping[str, str], Team], View]
    denied: str = "Denied"


def withdraw_button(prefix: str, value: str, label: str) -> Block:
    """Make the requester's button to take a request back; ``label`` is what a screen reader says."""
    return button(
        "Withdraw request",
        f"{prefix}.withdraw",
        value,
        label=label,
        confirm=confirm(
            "Withdraw the request?",
            "Nothing happens to the account. You may ask again later.",
            "Withdraw",
            "Keep it",
        ),
    )


async def request_link(call: Call, kind: Kind, approval: Approval) -> str | None:
    """Return the address of the request for those who may be in its channel."""
    if not call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION):
        return None
    place = await outbox.live_of(call.connection, kind.subject(approval), kind.request)
    return call.team.link(place.channel, place.ts) if place and place.channel and place.ts else None


async def approve(call: Call, face: Face, value: str | None, words: str | None = None) -> Outcome:
    """Approve a request; ``words`` say why, where the facts do not speak for it."""
    decision = await requests.approve(
        call.connection, call.team, face.kind, value, approver=call.person.id, now=call.now, words=words
    )
    return await answer(call, face, decision)


def _approve(face: Face) -> Handler:
    return lambda call: approve(call, face, call.click.value)


def _withdraw(face: Face) -> Handler:
    async def withdraw(call: Call) -> Outcome:
        decision = await requests.withdraw(
            call.connection, call.team, face.kind, call.click.value, by=call.person.id, now=call.now
        )
        return await answer(call, face, decision)

    return withdraw


async def to_decide(call: Call, face: Face, value: str | None) -> Approval | Outcome:
    """Return the request that a form is to be opened about, or the answer why none is."""
    found = await requests.current(call.connection, face.kind, value)
    if found is None:
        return await answer(call, face, requests.Unknown())
    approval, _ = found
    if not approval.waiting or call.person.id == approval.requester:
        ended = requests.OwnRequest(approval) if approval.waiting else requests.AlreadyDecided(approval)
        return await answer(call, face, ended)
    return approval


async def masked_number(call: Call, approval: Approval) -> str:
    """Return the number of the account that a request is about, as people may see it."""
    account = await accounts.load(call.connection, approval.subject)
    return account.number_masked if account else "an account that is gone"


def _deny_form(face: Face) -> Handler:
    async def deny_form(call: Call) -> Outcome:
        approval = await to_decide(call, face, call.click.value)
        if isinstance(approval, Outcome):
            return approval
        masked = await masked_number(call, approval)
        names = await roster.names(call.connection, [approval.requester])
        view = face.deny(approval, masked, call.click.value or "", names, call.team)
        return Outcome(Show(view), "form", case_id=approval.case_id, subject=approval.subject)

    return deny_form


def _submit_deny(face: Face) -> Handler:
    async def submit_deny(call: Call) -> Outcome:
        words = call.click.values.get("reason", "").strip()
        if not DENIAL_LEAST <= len(words) <= WORDS_MOST:
            said = f"Please write {DENIAL_LEAST} to {WORDS_MOST} letters; these are {len(words):,}."
            return Outcome(Errors({"reason": said}), "refused:form", allowed=False)
        decision = await requests.deny(
            call.connection, call.team, face.kind, call.click.metadata, by=call.person.id, words=words, now=call.now
        )
        return await answer(call, face, decision)

    return submit_deny


async def answer(call: Call, face: Face, decision: requests.Decision) -> Outcome:
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
            call.connection, face.kind.subject(approval), call.click.channel, call.click.message_ts, call.now
        )
    names = await roster.names(call.connection, [approval.decided_by, approval.requester])
    parameters: dict[str, Any] = {"facts": approval.facts_code}
    if isinstance(decision, requests.Approved):
        parameters["previous"] = dict(decision.previous)
    said, result, allowed = await _words(call, face, decision, names, number)
    return Outcome(
        Say(said),
        result,
        allowed=allowed,
        case_id=approval.case_id,
        subject=approval.subject,
        parameters=parameters,
    )


async def _words(
    call: Call, face: Face, decision: requests.Decision, names: Mapping[str, str], number: str
) -> tuple[Message, str, bool]:
    team = call.team
    if isinstance(decision, requests.Approved):
        return message(f"{face.sentence} ({number}).", section(md(face.done, number=number))), "approved", True
    if isinstance(decision, requests.Ended):
        state = decision.approval.state
        ended = face.denied if state == "denied" else state.capitalize()
        said = md(
            ":white_check_mark: *{ended}.* Nothing was changed for the person ({number}).", ended=ended, number=number
        )
        return message(f"{ended}: nothing was changed ({number}).", section(said)), state, True
    if isinstance(decision, requests.AlreadyDecided):
        return _already(decision.approval, names, number, call), "refused:already_decided", False
    if isinstance(decision, requests.OwnRequest):
        return await _own(call, face, decision.approval), "refused:own_request", False
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
        sentence = f"The facts changed since you read them, so nothing was changed ({number})."
        return await _with_link(call, face, decision.approval, sentence, said), "refused:facts_moved", False
    if isinstance(decision, requests.WhyMissing):
        said = md(
            ":grey_question: *Not all criteria are met.* Nothing was changed.\n"
            "If it is right all the same, the request has a button that asks why.",
        )
        sentence = f"Not all criteria are met, so nothing was changed ({number})."
        return await _with_link(call, face, decision.approval, sentence, said), "refused:why_missing", False
    if isinstance(decision, requests.Voided):
        said = md(
            ":arrows_counterclockwise: *The request is void.* {reason} Nothing was changed ({number}).",
            reason=face.void_reason(decision.approval),
            number=number,
        )
        return message(f"The request is void, so nothing was changed ({number}).", section(said)), "refused:void", False
    reason = f"{decision} has no words"
    raise TypeError(reason)


async def _with_link(call: Call, face: Face, approval: Approval, sentence: str, said: Mrkdwn) -> Message:
    link = await request_link(call, face.kind, approval)
    row = [actions(button("Open the request", "open.link", url=link))] if link else []
    return message(sentence, section(said), *row)


def _already(approval: Approval, names: Mapping[str, str], number: str, call: Call) -> Message:
    who = names[approval.decided_by or roster.BOT]
    at = approval.decided_at or call.now
    when = f"{text.clock_time(at, call.team.zone)} {wording.zone_name(at, call.team.zone)}"
    unused = "answer was not used" if call.click.kind == "view" else "click changed nothing"
    sentence = f"Already {approval.state} by {who[:40]} at {when}, so your {unused}."
    said = md(
        ":white_check_mark: *Already {word}* by {who}, {at} ({number}).\nYour {unused}.",
        unused=unused,
        word=approval.state,
        who=who,
        at=text.instant(at, call.team.zone, "date_time"),
        number=number,
    )
    return message(sentence, section(said))


async def _own(call: Call, face: Face, approval: Approval) -> Message:
    others = sorted(call.membership.holders(Right.APPROVE_RESTRICTION) - {call.person.id})[:3]
    who = text.join(", ", [text.user(one) for one in others]) if others else md("Nobody else")
    said = md(
        ":no_entry_sign: *You asked for this yourself.* Nothing was changed.\n"
        "{who} may approve it. You may withdraw it.",
        who=who,
    )
    value = await approvals.button_value(call.connection, approval)
    row = [face.withdraw_button(approval, value)]
    link = await request_link(call, face.kind, approval)
    if link:
        row.append(button("Open the request", "open.link", url=link))
    sentence = "You asked for this yourself, so someone else must approve and nothing was changed."
    return message(sentence, section(said), actions(*row))


def _opening(title: str) -> Callable[[Click], View]:
    return lambda _click: looking(title)


def declarations(face: Face, title: str) -> tuple[Interaction, ...]:
    """Return what deciding about this kind of request takes; ``title`` is that of the form that asks why not."""
    ask, decide, action = Right.ASK_RESTRICTION, Right.APPROVE_RESTRICTION, face.kind.action
    deny = f"{face.prefix}.deny"
    return (
        Interaction("action", f"{face.prefix}.approve", f"{action}:approve", decide, _approve(face)),
        Interaction("action", deny, f"{action}:deny_form", decide, _deny_form(face), opening=_opening(title)),
        Interaction("view", deny, f"{action}:deny", decide, _submit_deny(face)),
        Interaction("action", f"{face.prefix}.withdraw", f"{action}:withdraw", ask, _withdraw(face)),
    )
