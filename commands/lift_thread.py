"""What the requester of a lift gets, and what the thread of the request says."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, roster
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import faxes, lift_outcomes
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import decisions, restriction_thread, wording
from commands.restriction_messages import case_of

_VOID: Mapping[str, Mrkdwn] = {
    "not_restricted": md("*The account is not restricted any more*, not through this request."),
    "restricted_anew": md("*The account was restricted anew meanwhile*, and this request was about the time before."),
    "our_error": md("*The restriction was our error*, and it is undone."),
}


def withdraw_button(approval: Approval, value: str) -> Block:
    """Make the requester's button to take the request back."""
    label = f"Withdraw request to lift the restriction in {cases.number(approval.case_id)}"
    return decisions.withdraw_button("lift", value, label)


def void_reason(approval: Approval) -> Mrkdwn:
    """Say in words why a request became void."""
    return _VOID.get(approval.decision_words or "", md("*The account is gone.*"))


async def direct(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the requester's copy, in a direct message."""
    approval, case, names, masked = await case_of(connection, subject)
    number = md("{number}", number=case.number)
    if approval.waiting:
        value = await approvals.button_value(connection, approval)
        return message(
            "You asked to lift a restriction, and management decides by "
            f"{wording.until(approval.expires_at, team)} ({case.number}).",
            section(
                md(
                    ":hourglass_flowing_sand: *Asked: lift the restriction of {masked}?* {number}\n"
                    "Management decides by {until}. You get a message then.",
                    masked=masked,
                    number=case.number,
                    until=text.deadline(approval.expires_at, team.zone),
                )
            ),
            actions(withdraw_button(approval, value)),
        )
    who = names[approval.decided_by or roster.BOT]
    endings = {
        "approved": md(":white_check_mark: *Lifted*, approved by {who}: {masked}.", who=who, masked=masked),
        "denied": md(":no_entry_sign: *Denied* by {who}: {masked}. The restriction stays.", who=who, masked=masked),
        "withdrawn": md(":heavy_minus_sign: *Withdrawn*: {masked}. Nothing was changed.", masked=masked),
        "expired": md(":alarm_clock: *No decision in time*: {masked}. Nothing was changed.", masked=masked),
        "void": md(
            ":arrows_counterclockwise: *Void*: {masked}. {reason} Nothing was changed.",
            masked=masked,
            reason=void_reason(approval),
        ),
    }
    blocks = [section(text.join("\n", [endings[approval.state], number]))]
    if approval.state == "denied":
        blocks.append(quote(approval.decision_words or ""))
    return message(f"Your request to lift was decided: {approval.state} ({case.number}).", *blocks)


async def decided(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread how the request ended, and call whoever asked, but not at night."""
    approval, case, names, _masked = await case_of(connection, subject)
    who = names[approval.decided_by or roster.BOT]
    requester = md("{name}", name=names[approval.requester]) if parameters["quiet"] else text.user(approval.requester)
    if approval.state == "approved":
        lifted = await lift_outcomes.lifted_in(connection, case.id)
        told = await faxes.of_case(connection, case.id)
        fax = md("fax on its way") if any(one.state in {"sending", "told"} for one in told) else md("not told yet")
        lines = [
            md("*Lifted* by {who}. {requester}, it is done:", who=who, requester=requester),
            md(
                "mark taken away, {fax}, watched until {day}.",
                fax=fax,
                day=text.day(lifted.watch_until or lifted.lifted_at, team.zone) if lifted else "",
            ),
            *restriction_thread.new_decider(approval, who, team),
        ]
        return message(f"Approved by {who[:40]} ({case.number}).", section(text.join("\n", lines)))
    if approval.state == "void":
        said = md(
            "*Void.* {reason} {requester}, nothing was changed.", reason=void_reason(approval), requester=requester
        )
        return message(f"The request is void, so nothing was changed ({case.number}).", section(said))
    return await restriction_thread.decided(connection, subject, parameters, team)
