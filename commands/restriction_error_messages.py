"""The messages about a report that a restriction was our error: for management, for the reporter, in the thread."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import restriction_errors, restrictions
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, context, header, message, quote, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, decisions, fax_previews, restriction_thread, restriction_undone, telling, wording
from commands.restriction_messages import case_of, moment

PREFIX = restriction_undone.ERROR
_VOID: Mapping[str, Mrkdwn] = {
    "not_restricted": md("*The account is not restricted any more*, not through this report."),
}


def withdraw_button(approval: Approval, value: str) -> Block:
    """Make the reporter's button to take the report back."""
    label = f"Withdraw request to undo the restriction in {cases.number(approval.case_id)}"
    return decisions.withdraw_button(PREFIX, value, label)


def void_reason(approval: Approval) -> Mrkdwn:
    """Say in words why a report became void."""
    return _VOID.get(approval.decision_words or "", md("*The account is gone.*"))


def apology_line(how: telling.Way, team: Team) -> Mrkdwn:
    """Say how the person gets the apology."""
    sentence = telling.sentence(how, team)
    if how.by_fax:
        return md("The person gets an apology{rest}", rest=Mrkdwn(sentence.removeprefix("The person is told")))
    return md("Someone must apologise to the person by telephone.")


async def request(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message in the management channel, as the report stands."""
    approval, case, names, masked = await case_of(connection, subject)
    restriction = await restrictions.of_case(connection, case.id)
    account = await handles.value_of(connection, restrictions.ACCOUNT, str(approval.subject), 1)
    show = account_buttons.show(account)
    since = moment(restriction.restricted_at, team) if restriction else md("")
    head = md("*{masked}* · {number}", masked=masked, number=case.number)
    last = context(_reported_by(approval, names, team))
    if approval.waiting:
        how = await telling.way(connection, team, approval.subject)
        value = await approvals.button_value(connection, approval)
        see = [fax_previews.see_button("apology", value, case.number)] if how.by_fax else []
        return message(
            f"Decision needed by {wording.until(approval.expires_at, team)}: "
            f"a restriction may be our own error ({case.number}).",
            header(":raised_hand: Decide: undo our error?"),
            section(text.join("\n", [head, md("Restricted since {since}.", since=since)])),
            section(md("*What was our error*, says {who}", who=names[approval.requester])),
            quote(approval.words),
            section(
                md(
                    "*If you undo it*\n• The mark is taken away at once. No 30 days, no other criteria.\n"
                    "• The follow-up is cancelled. {apology}",
                    apology=apology_line(how, team),
                )
            ),
            actions(*_decide(case.number, value, how, team), show, *see),
            context(
                md(
                    "Decide by {until}. One manager is enough, except who reported it.",
                    until=text.deadline(approval.expires_at, team.zone),
                )
            ),
        )
    who, at = names[approval.decided_by or roster.BOT], moment(approval.decided_at, team)
    if approval.state == "approved":
        return message(
            f"Undone by {who[:40]}: the restriction was our error ({case.number}).",
            header(":leftwards_arrow_with_hook: Undone: our error"),
            section(text.join("\n", [head, md("Approved by {who}, {at}.", who=who, at=at)])),
            quote(approval.words),
            actions(show),
            last,
        )
    if approval.state == "denied":
        return message(
            f"The restriction stays, decided by {who[:40]} ({case.number}).",
            header(":no_entry_sign: The restriction stays"),
            section(text.join("\n", [head, md("{who}, {at}:", who=who, at=at)])),
            quote(approval.decision_words or ""),
            actions(show),
            last,
        )
    headers = {
        "withdrawn": (":heavy_minus_sign: Withdrawn", md("Withdrawn {at}. The restriction stays.", at=at)),
        "expired": (":alarm_clock: No decision in time", md("Nothing was changed. The restriction stays.")),
        "void": (":arrows_counterclockwise: Void: the facts changed", void_reason(approval)),
    }
    sign, line = headers[approval.state]
    again = restriction_undone.error_button(account)
    row = [again, show] if approval.state == "expired" else [show]
    return message(
        f"The report of an error ended: {approval.state}, and nothing was changed ({case.number}).",
        header(sign),
        section(text.join("\n", [head, line])),
        actions(*row),
        last,
    )


def _decide(number: str, value: str, how: telling.Way, team: Team) -> list[Block]:
    now = f"Reason: our error. The mark is taken away now. {telling.sentence(how, team)}"
    return [
        button(
            "Undo restriction",
            f"{PREFIX}.approve",
            value,
            style="primary",
            label=f"Undo restriction in {number}: our error",
            confirm=confirm("Undo the restriction?", now, "Undo", "Not now"),
        ),
        button("Keep restriction…", f"{PREFIX}.deny", value, label=f"Keep restriction in {number}: it was no error"),
    ]


def _reported_by(approval: Approval, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say who reported an error, and when."""
    return md(
        "Reported by {who}, {when}",
        who=names[approval.requester],
        when=text.instant(approval.requested_at, team.zone, "date_time"),
    )


async def direct(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the reporter's copy, in a direct message."""
    approval, case, names, masked = await case_of(connection, subject)
    if approval.waiting:
        value = await approvals.button_value(connection, approval)
        return message(
            "You reported an error of ours, and management decides by "
            f"{wording.until(approval.expires_at, team)} ({case.number}).",
            section(
                md(
                    ":hourglass_flowing_sand: *Reported: undo the restriction of {masked}?* {number}\n"
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
        "approved": md(
            ":leftwards_arrow_with_hook: *Undone* by {who}: {masked} is free again.", who=who, masked=masked
        ),
        "denied": md(":no_entry_sign: *The restriction stays*, says {who}: {masked}.", who=who, masked=masked),
        "withdrawn": md(":heavy_minus_sign: *Withdrawn*: {masked}. The restriction stays.", masked=masked),
        "expired": md(":alarm_clock: *No decision in time*: {masked}. The restriction stays.", masked=masked),
        "void": md(":arrows_counterclockwise: *Void*: {masked}. {reason}", masked=masked, reason=void_reason(approval)),
    }
    blocks = [section(text.join("\n", [endings[approval.state], md("{number}", number=case.number)]))]
    if approval.state == "denied":
        blocks.append(quote(approval.decision_words or ""))
    return message(f"Your report of an error was decided: {approval.state} ({case.number}).", *blocks)


async def decided(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread how the report ended, and call whoever reported it, but not at night."""
    approval, case, names, _masked = await case_of(connection, subject)
    if approval.state not in {"approved", "void"}:
        return await restriction_thread.decided(connection, subject, parameters, team)
    who = names[approval.decided_by or roster.BOT]
    reporter = md("{name}", name=names[approval.requester]) if parameters["quiet"] else text.user(approval.requester)
    if approval.state == "approved":
        lines = [md("*Undone* by {who}. {reporter}, the account is free again.", who=who, reporter=reporter)]
        lines += restriction_thread.new_decider(approval, who, team)
        return message(f"Undone by {who[:40]}: our error ({case.number}).", section(text.join("\n", lines)))
    said = md("*Void.* {reason} {reporter}, nothing was changed.", reason=void_reason(approval), reporter=reporter)
    return message(f"The report is void, so nothing was changed ({case.number}).", section(said))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the messages about our errors."""
    kind = restriction_errors.KIND
    endings = ("approved", "denied", "withdrawn", "expired", "void")
    return {
        kind.request: request,
        kind.direct: direct,
        f"{kind.action}.asked": restriction_thread.asked,
        f"{kind.action}.reminder": restriction_thread.reminder,
        **{f"{kind.action}.{ending}": decided for ending in endings},
        restriction_errors.UNDONE: restriction_undone.reply,
    }
