"""The messages about a request to restrict: the live one for management, the requester's copy, the thread."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import accounts, request_kinds, restrictions, thresholds
from bot.mail.restrictions import REASONS, Facts
from bot.slack import limits, text
from bot.slack.blocks import Block, Message, actions, button, confirm, context, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, decisions, fax_previews, restriction_done, telling, wording
from commands.restriction_done import Granted

_NOTHING_TO_ASK = ("account_gone", "already_restricted")
"""Why a request became void where asking again would be refused."""


def decide_by(approval: Approval, team: Team) -> Block:
    """Say until when a request can be decided, by whom, of when its facts are, and which they replace."""
    replaced = md(", in place of {code}", code=approval.replaced_code) if approval.replaced_code else md("")
    return context(
        md(
            "Decide by {until}, else nothing happens. Any manager may, except who asked. "
            "Facts of {at}, code {code}{replaced}.",
            until=text.deadline(approval.expires_at, team.zone),
            at=text.instant(approval.facts_at, team.zone),
            code=approval.facts_code,
            replaced=replaced,
        )
    )


async def case_of(connection: Connection, subject: str) -> tuple[Approval, Case, Mapping[str, str], str]:
    """Return the request that a message is about, its case, everybody's name, and the masked number.

    A case that was opened for a request bears the name of the action that was asked for.
    """
    case = None if subject.startswith("request:") else await cases.load(connection, cases.id_of(subject))
    approval = await request_kinds.of_subject(connection, subject, case.procedure if case else "")
    if approval is not None and case is None:
        case = await cases.load(connection, approval.case_id)
    if approval is None or case is None:
        reason = f"{subject} has no request"
        raise LookupError(reason)
    names = await roster.names(
        connection, [approval.requester, approval.decided_by, *(step.who for step in case.steps)]
    )
    account = await accounts.load(connection, approval.subject)
    return approval, case, names, account.number_masked if account else "an account that is gone"


def _head(masked: str, case: Case, *lines: Mrkdwn) -> Block:
    first = md("*{masked}* · {number}", masked=masked, number=case.number)
    return section(text.join("\n", [first, *lines]))


def withdraw_button(approval: Approval, value: str) -> Block:
    """Make the requester's button to take the request back."""
    label = f"Withdraw request to restrict the account in {cases.number(approval.case_id)}"
    return decisions.withdraw_button("restriction", value, label)


async def request(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message in the management channel, as the request stands."""
    approval, case, names, masked = await case_of(connection, subject)
    if approval.waiting:
        return await _waiting(connection, approval, case, names, masked, team)
    account = await _account_value(connection, approval)
    if approval.state == "approved":
        return await restriction_done.restricted(connection, Granted(approval, case, names, masked, account), team)
    if approval.state == "expired" and approval.requester == roster.BOT:
        return await _asks_again(connection, approval, case, names, masked, team)
    return _ended(approval, case, names, masked, team, account)


async def _account_value(connection: Connection, approval: Approval) -> str:
    """Return the value of buttons about the request's account."""
    return await handles.value_of(connection, restrictions.ACCOUNT, str(approval.subject), 1)


async def _waiting(
    connection: Connection, approval: Approval, case: Case, names: Mapping[str, str], masked: str, team: Team
) -> Message:
    value = await approvals.button_value(connection, approval)
    facts, asked = Facts.of(approval.facts), Facts.of(approval.asked_facts)
    lines = [wording.facts_lines(facts, team)]
    warned = await telling.warned(connection, approval.subject, facts, team)
    if warned is not None:
        lines.append(warned)
    last = await approvals.last_decided(connection, approval.action, approval.subject, approval.id)
    if last is not None:
        lines.append(wording.last_request(last, await roster.names(connection, [last.decided_by]), team))
    if approval.facts_version > 1:
        lines.append(md("When it was asked: {figure}", figure=wording.figure(asked)))
    follow_up = team.calendar.review_after(approval.facts_at, restrictions.FOLLOW_UP_DAYS)
    how = await telling.way(connection, team, approval.subject)
    see = [fax_previews.see_button("restriction", value, case.number)] if how.by_fax else []
    newer = "has newer facts" if approval.facts_version > 1 else "waits for management"
    return message(
        f"Decision needed by {wording.until(approval.expires_at, team)}: "
        f"a restriction request {newer} ({case.number}).",
        header(":raised_hand: Decide: restrict an account?"),
        _head(masked, case, *lines),
        section(md("*Why*, says {who}: {reason}", who=names[approval.requester], reason=REASONS[approval.reason])),
        quote(approval.words),
        section(wording.consequences("If you approve", follow_up, team, telling.line(how, team))),
        actions(
            button(
                "Approve restriction",
                "restriction.approve",
                value,
                style="primary",
                label=f"Approve restriction of the account in {case.number}",
                confirm=confirm(
                    f"Restrict {masked}?",
                    f"The account is marked at once. {telling.sentence(how, team)} Lifting it needs a new request.",
                    "Restrict",
                    "Not now",
                    danger=True,
                ),
            ),
            button("Deny…", "restriction.deny", value, label=f"Deny the restriction request {case.number}"),
            account_buttons.show(await _account_value(connection, approval)),
            *see,
        ),
        decide_by(approval, team),
    )


def moment(at: datetime | None, team: Team) -> Mrkdwn:
    """Show an instant that may not have come yet."""
    return md("") if at is None else text.instant(at, team.zone, "date_time")


def _ended(approval: Approval, case: Case, names: Mapping[str, str], masked: str, team: Team, account: str) -> Message:
    """Draw a request that ended without a restriction; ``account`` is the value of buttons about the account."""
    show = account_buttons.show(account)
    who = names[approval.decided_by or roster.BOT]
    last = context(wording.asked_by(approval, names, team))
    at = moment(approval.decided_at, team)
    if approval.state == "denied":
        return message(
            f"Denied by {who[:40]}, and nothing was changed ({case.number}).",
            header(":no_entry_sign: Denied. Nothing was changed"),
            _head(masked, case, md("{who}, {at}:", who=who, at=at)),
            quote(approval.decision_words or ""),
            actions(account_buttons.contact(account), show),
            last,
        )
    if approval.state == "withdrawn":
        return message(
            f"Withdrawn by {who[:40]}, and nothing was changed ({case.number}).",
            header(f":heavy_minus_sign: {_withdrawn_by(who)}"),
            _head(masked, case, md("Withdrawn {at}. Nothing was changed. No decision is needed.", at=at)),
            actions(show),
            last,
        )
    if approval.state == "expired":
        return message(
            f"No decision in time, so nothing was changed ({case.number}).",
            header(":alarm_clock: No decision in time"),
            _head(
                masked,
                case,
                md("Nothing was changed. The person can still send mail."),
                md("{who} gets a message.", who=names[approval.requester]),
            ),
            actions(_ask_again(account, case, style="primary"), show),
            context(
                md(
                    "{asked}. Expired {at}.",
                    asked=wording.asked_by(approval, names, team),
                    at=text.deadline(approval.expires_at, team.zone),
                )
            ),
        )
    return message(
        f"The reason for the request is gone, so it is void and nothing was changed ({case.number}).",
        header(":arrows_counterclockwise: Void: the facts changed"),
        _head(masked, case, md("{reason} Nothing was changed.", reason=void_reason(approval))),
        *_after_void(approval, case, account, show),
        context(md("{asked}. Void since {at}.", asked=wording.asked_by(approval, names, team), at=at)),
    )


async def _asks_again(
    connection: Connection, approval: Approval, case: Case, names: Mapping[str, str], masked: str, team: Team
) -> Message:
    """Draw the bot's own request that nobody decided in time: when the bot asks again, or what came of that."""
    again = await thresholds.asks_again(connection, approval.subject, case.id)
    still = md("Nothing was changed then.")
    if isinstance(again, datetime):
        still = md("Nothing was changed. The person can still send mail.")
        sentence = f"the bot asks again on {wording.until(again, team)}"
        next_line = md("*The bot asks again on {at}*, with the facts of then.", at=text.deadline(again, team.zone))
    elif again is not None:
        sentence = f"it was asked again in {cases.number(again)}"
        next_line = md("*Asked again:* {number}.", number=cases.number(again))
    else:
        sentence = "it was not asked again"
        next_line = md("*The bot does not ask again*; the thread says why.")
    return message(
        f"No decision in time: {sentence} ({case.number}).",
        header(":alarm_clock: No decision in time"),
        _head(masked, case, still, next_line),
        actions(account_buttons.show(await _account_value(connection, approval))),
        context(
            md(
                "{asked}. Expired {at}.",
                asked=wording.asked_by(approval, names, team),
                at=text.deadline(approval.expires_at, team.zone),
            )
        ),
    )


def _after_void(approval: Approval, case: Case, account: str, show: Block) -> list[Block]:
    """Offer what would still work when the reason for a request is gone."""
    if approval.decision_words == "account_gone":
        return []
    again = [] if approval.decision_words in _NOTHING_TO_ASK else [_ask_again(account, case)]
    return [actions(*again, show)]


def _ask_again(value: str, case: Case, style: Literal["primary"] | None = None) -> Block:
    label = f"Ask again to restrict the account of {case.number}"
    return button("Ask again…", "restriction.ask", value, style=style, label=label)


def _withdrawn_by(who: str) -> str:
    """Name who withdrew, where the name fits on the header's one line."""
    words = f"Withdrawn by {text.plain(who)}"
    return words if len(words) <= limits.HEADER_WORDS and "\n" not in words else "Withdrawn"


def void_reason(approval: Approval) -> Mrkdwn:
    """Say in words why a request became void."""
    why = approval.decision_words or ""
    asked = Facts.of(approval.asked_facts).complaints
    if why.startswith("complaints:"):
        now = int(why.partition(":")[2])
        return md(
            "Complaints in 30 days: *{asked} when asked, {now} now.*\nAt {now} no restriction is due.",
            asked=asked,
            now=now,
        )
    if why == "already_restricted":
        return md("*The account was restricted meanwhile*, not through this request.")
    return md("*The account is gone.*")


async def direct(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the requester's copy, in a direct message."""
    approval, case, names, masked = await case_of(connection, subject)
    if approval.waiting:
        value = await approvals.button_value(connection, approval)
        deadline = text.deadline(approval.expires_at, team.zone)
        return message(
            "You asked for a restriction, and management decides by "
            f"{wording.until(approval.expires_at, team)} ({case.number}).",
            section(
                md(
                    ":hourglass_flowing_sand: *Asked: restrict {masked}?* {number}\n"
                    "Management decides by {until}. You get a message then.",
                    masked=masked,
                    number=case.number,
                    until=deadline,
                )
            ),
            actions(withdraw_button(approval, value), account_buttons.show(await _account_value(connection, approval))),
        )
    who = names[approval.decided_by or roster.BOT]
    one = await restrictions.of_case(connection, case.id)
    became = md("is restricted") if one is None or one.lifted_at is None else md("was restricted and is free again")
    endings = {
        "approved": md(
            ":white_check_mark: *Approved* by {who}: {masked} {became}.", who=who, masked=masked, became=became
        ),
        "denied": md(":no_entry_sign: *Denied* by {who}: {masked}. Nothing was changed.", who=who, masked=masked),
        "withdrawn": md(":heavy_minus_sign: *Withdrawn*: {masked}. Nothing was changed.", masked=masked),
        "expired": md(":alarm_clock: *No decision in time*: {masked}. Nothing was changed.", masked=masked),
        "void": md(
            ":arrows_counterclockwise: *Void*: {masked}. {reason} Nothing was changed.",
            masked=masked,
            reason=void_reason(approval),
        ),
    }
    blocks = [section(text.join("\n", [endings[approval.state], md("{number}", number=case.number)]))]
    if approval.state == "denied":
        blocks.append(quote(approval.decision_words or ""))
    return message(f"Your restriction request was decided: {approval.state} ({case.number}).", *blocks)
