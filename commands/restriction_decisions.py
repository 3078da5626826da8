"""Deciding about a request to restrict: approving, denying, withdrawing, and what the person is told."""

from collections.abc import Mapping
from typing import Any

from bot.engine import approvals, cases, outbox, roster
from bot.engine.access import Right
from bot.engine.approvals import Approval
from bot.mail import accounts, requests, restrictions
from bot.slack import text
from bot.slack.blocks import Message, View, actions, button, message, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.text import md
from commands import restriction_forms as forms
from commands import wording
from commands.restriction_messages import void_reason, withdraw_button


def _looking_to_deny(_click: Click) -> View:
    return looking("Deny the request")


async def request_link(call: Call, approval: Approval) -> str | None:
    """Return the address of the request for those who may be in its channel."""
    if not call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION):
        return None
    place = await outbox.live_of(call.connection, cases.subject(approval.case_id), restrictions.REQUEST)
    return call.team.link(place.channel, place.ts) if place and place.channel and place.ts else None


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
    parameters: dict[str, Any] = {"facts": approval.facts_code}
    if isinstance(decision, requests.Approved):
        done = await restrictions.of_case(call.connection, approval.case_id)
        parameters["previous"] = dict(done.previous) if done else None
    said, result, allowed = await _words(call, decision, names, number)
    return Outcome(
        Say(said),
        result,
        allowed=allowed,
        case_id=approval.case_id,
        subject=approval.subject,
        parameters=parameters,
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
        return await _own(call, decision.approval), "refused:own_request", False
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
        link = await request_link(call, decision.approval)
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


async def _own(call: Call, approval: Approval) -> Message:
    others = sorted(call.membership.holders(Right.APPROVE_RESTRICTION) - {call.person.id})[:3]
    who = text.join(", ", [text.user(one) for one in others]) if others else md("Nobody else")
    said = md(
        ":no_entry_sign: *You asked for this yourself.* Nothing was changed.\n"
        "{who} may approve it. You may withdraw it.",
        who=who,
    )
    value = await approvals.button_value(call.connection, approval)
    row = [withdraw_button(approval, value)]
    link = await request_link(call, approval)
    if link:
        row.append(button("Open the request", "open.link", url=link))
    sentence = "You asked for this yourself, so someone else must approve and nothing was changed."
    return message(sentence, section(said), actions(*row))


def declarations() -> tuple[Interaction, ...]:
    """Return what deciding about a request takes."""
    ask, decide = Right.ASK_RESTRICTION, Right.APPROVE_RESTRICTION
    return (
        Interaction("action", "restriction.approve", "restriction:approve", decide, _approve),
        Interaction(
            "action", "restriction.deny", "restriction:deny_form", decide, _deny_form, opening=_looking_to_deny
        ),
        Interaction("view", "restriction.deny", "restriction:deny", decide, _submit_deny),
        Interaction("action", "restriction.withdraw", "restriction:withdraw", ask, _withdraw),
    )
