"""The live message of a restriction that is carried out: whether the person was told stands first."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.base.database import Connection
from bot.engine import approvals, cases, roster
from bot.engine.approvals import Approval
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.mail import faxes, restrictions
from bot.mail.faxes import Told
from bot.mail.restrictions import Restriction
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages, restriction_undone, wording

_SIGNS: Mapping[str, str] = {
    "sending": ":hourglass_flowing_sand: Approved, being carried out",
    "told": ":white_check_mark: Restricted, fax delivered",
    "unknown": ":grey_question: Restricted, fax unknown",
    "failed": ":warning: Restricted, but not told yet",
    "refused": ":warning: Restricted, but not told yet",
    "not_told": ":warning: Restricted, but not told yet",
    "called": ":white_check_mark: Restricted, person told",
    "skipped": ":heavy_minus_sign: Restricted, telling skipped",
    "lifted": ":white_check_mark: Was restricted, lifted",
}
"""The headline for how far telling the person has come."""
_IN_ORDER: Mapping[str, str] = {
    "told": "the person has the fax",
    "not_told": "the person has not been told yet",
    "called": "the person was told",
    "skipped": "telling the person was skipped",
}
_TO_BE_DONE: Mapping[str, str] = {
    "unknown": "nobody knows whether the fax went out: please decide",
    "failed": "the person has not been told: the fax failed",
    "refused": "the person has not been told: no fax can go out",
}
_UNFAIR = md("It is unfair to restrict someone who does not know why.")


@dataclass(frozen=True)
class Granted:
    """What the message is about; ``account`` is the value of buttons about the account."""

    approval: Approval
    case: Case
    names: Mapping[str, str]
    masked: str
    account: str


async def notice_of(connection: Connection, case_id: int) -> Told | None:
    """Return what the person is told by fax of the restriction, where they are."""
    found = await faxes.of_case(connection, case_id)
    return next((one for one in found if one.kind == "restriction"), None)


def state_of(case: Case, told: Told | None) -> str:
    """Return the key of the headline: how the fax ended or, where there is none, how the telephone did."""
    tell, call = case.step("tell"), case.step("call")
    if told is not None and told.state in {"told", "sending", "unknown"}:
        return told.state
    step = call if told is not None else tell
    if step is not None and step.state in {"skipped", "not_applicable"}:
        return "skipped"
    if told is not None and (step is None or step.state != "done"):
        return told.state if told.state in _TO_BE_DONE else "not_told"
    return "called" if step is None or step.state != "todo" else "not_told"


async def restricted(connection: Connection, granted: Granted, team: Team) -> Message:
    """Draw the message of a request that was granted.

    Raises:
        LookupError: it led to no restriction.
    """
    approval, case, names = granted.approval, granted.case, granted.names
    restriction = await restrictions.of_case(connection, case.id)
    if restriction is None:
        reason = f"{case.number} is approved without a restriction"
        raise LookupError(reason)
    # Undone by hand, or with another restriction of the account, it ended in another case, which tells of it.
    if restriction.lifted_as == "error" and restriction.lift_case == case.id:
        return await restriction_undone.undone(connection, case.id, team)
    told = await notice_of(connection, case.id)
    state = "lifted" if restriction.lifted_at is not None else state_of(case, told)
    approved = md(
        "Approved by {who}, {at}",
        who=names[restriction.approved_by],
        at=text.instant(approval.decided_at or restriction.restricted_at, team.zone, "date_time"),
    )
    asked = wording.asked_by(approval, names, team)
    problem = _problem(state, told)
    first = md("*{masked}* · {number}", masked=granted.masked, number=case.number)
    return message(
        _sentence(state, restriction, case, names, team),
        header(_SIGNS[state]),
        section(text.join("\n", [first, problem or approved])),
        *([_appeal(approval, names)] if state == "not_told" else []),
        actions(*await _buttons(connection, granted, restriction, told, state)),
        section(text.join("\n", _lines(granted, restriction, told, team))),
        context(md("{approved}. {asked}.", approved=approved, asked=asked) if problem else asked),
    )


def _sentence(state: str, restriction: Restriction, case: Case, names: Mapping[str, str], team: Team) -> str:
    if state == "sending":
        who = names[restriction.approved_by][:40]
        return f"Approved by {who}, and the restriction is being carried out ({case.number})."
    if state == "lifted":
        return f"Was restricted, and the restriction was lifted ({case.number})."
    if state in _TO_BE_DONE:
        return f"Restricted, but {_TO_BE_DONE[state]} ({case.number})."
    follow_up = text.day(restriction.follow_up_at, team.zone)
    return f"Restricted: {_IN_ORDER[state]}, and the follow-up is on {follow_up} ({case.number})."


def _problem(state: str, told: Told | None) -> Mrkdwn | None:
    """Say what went wrong with the fax, and what is to be done."""
    if told is None or state not in _TO_BE_DONE:
        return None
    if state == "unknown":
        why = fax_messages.because(told.reason)
        return md(
            "*{why}.*\nA second fax might reach the person twice. Please decide.", why=f"{why[:1].upper()}{why[1:]}"
        )
    said = md("*No fax can go out: {why}.*", why=fax_messages.because(told.reason))
    if state == "failed":
        said = md("*The fax failed: {why}.*", why=fax_messages.tries(told))
    please = fax_messages.not_by_call(told.reason) or "please call."
    return md("{said}\n{please} {unfair}", said=said, please=f"{please[:1].upper()}{please[1:]}", unfair=_UNFAIR)


def _appeal(approval: Approval, names: Mapping[str, str]) -> Block:
    lines = [md("*Please call the person.* {unfair}", unfair=_UNFAIR)]
    if approval.requester != roster.BOT:
        lines.append(md("{who} asked for this, and may know the number.", who=names[approval.requester]))
    return section(text.join("\n", lines))


async def _buttons(
    connection: Connection, granted: Granted, restriction: Restriction, told: Told | None, state: str
) -> list[Block]:
    """Return the buttons, that which is most wanted first: telling the person, then the step that is open."""
    case, present = granted.case, granted.case.present
    found: list[Block] = []
    if told is not None and state == "unknown":
        found.append(await fax_messages.again_button(connection, told, primary=True))
        found.append(account_buttons.contact(granted.account))
    elif told is not None and state in _TO_BE_DONE:
        found.append(account_buttons.contact(granted.account, primary=True))
        if state == "failed":
            found.append(await fax_messages.again_button(connection, told))
    if present is not None and present.kind == "confirm":
        value = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        found.append(button("Answer…", "case.answer", value, style=None if found else "primary", label=label))
    found.append(account_buttons.show(granted.account))
    if restriction.lifted_at is None:
        found.append(restriction_undone.error_button(await approvals.button_value(connection, granted.approval)))
    return found


def _lines(granted: Granted, restriction: Restriction, told: Told | None, team: Team) -> list[Mrkdwn]:
    """Say line by line what was done and what is to come."""
    case, names = granted.case, granted.names
    at = text.instant(restriction.restricted_at, team.zone, "date_time")
    lines = [md(":white_check_mark: Account marked as restricted, {at}", at=at)]
    tell, call, ticket = case.step("tell"), case.step("call"), case.step("ticket")
    if told is not None:
        lines.append(fax_messages.line(told, team))
        if call is not None and case.applies(call) and call.state != "todo":
            lines.append(_step_line(call, "", names, team))
    elif tell is not None:
        lines.append(_step_line(tell, "Person not told yet", names, team))
    if ticket is not None:
        lines.append(_step_line(ticket, "Ticket not written yet", names, team))
    lines.append(_follow_up(restriction, wording.responsible(granted.approval, names), team))
    if not team.enforced and restriction.lifted_at is None:
        lines.append(md(":warning: Faxi does not stop the mail by itself yet."))
    return lines


def _step_line(step: Step, todo: str, names: Mapping[str, str], team: Team) -> Mrkdwn:
    if step.state == "todo":
        return md(":white_large_square: {todo}", todo=todo)
    sign = md(":white_check_mark:") if step.state == "done" else md(":heavy_minus_sign:")
    return md(
        "{sign} {title}, {word} by {who}, {at}",
        sign=sign,
        title=step.title,
        word=step.state.replace("_", " "),
        who=names[step.who] if step.who else "nobody",
        at=text.instant(step.at, team.zone, "date_time") if step.at else md(""),
    )


def _follow_up(restriction: Restriction, owner: str, team: Team) -> Mrkdwn:
    if restriction.lifted_at is not None:
        number = cases.number(restriction.lift_case or restriction.case_id)
        at = text.instant(restriction.lifted_at, team.zone, "date_time")
        return md(":white_check_mark: Lifted {at}: {number}", at=at, number=number)
    day = text.day(restriction.follow_up_at, team.zone)
    if restriction.review_case is None:
        return md(":hourglass_flowing_sand: Follow-up on {day}, {owner}", day=day, owner=owner)
    number = cases.number(restriction.review_case)
    return md(":arrow_forward: Follow-up of {day}: {number}, {owner}", day=day, number=number, owner=owner)


def hears(told: Told | None, team: Team) -> Mrkdwn:
    """Say how the person hears of a restriction that has just been granted."""
    newest = told.newest if told else None
    if told is not None and told.state == "refused":
        return md("No fax can go out, see below.")
    if told is None or told.state in {"failed", "unknown"} or newest is None:
        return md("Please tell the person.")
    if told.state == "sending" and newest.due_at > told.wanted_at:
        return md("The fax waits until {at}.", at=text.clock_time(newest.due_at, team.zone))
    return md("The fax is on its way.") if told.state == "sending" else md("The person has the fax.")
