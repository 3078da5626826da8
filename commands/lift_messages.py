"""The live message about a request to lift, in the management channel."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import accounts, lift_outcomes, previews, restrictions
from bot.mail.lifts import CRITERIA, Criteria
from bot.mail.restrictions import Facts
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, context, header, message, quote, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import (
    fax_messages,
    fax_previews,
    lift_done,
    lift_thread,
    lift_wording,
    restriction_thread,
    telling,
    wording,
)
from commands.lift_wording import Drawn
from commands.restriction_messages import case_of, decide_by, moment

_AGAIN = frozenset({"restricted_anew"})
"""Why a request became void where asking again makes sense."""


async def _restricted_since(connection: Connection, approval: Approval, team: Team) -> Mrkdwn:
    """Say since when the account is restricted, and after how many complaints, as far as anything tells."""
    one = await restrictions.open_restriction(connection, approval.subject)
    since = Criteria.of(approval.facts).since
    at = text.deadline(since, team.zone) if since else "a time that is not recorded"
    if one is None:
        return md("Restricted since {at}, not by this bot.", at=at)
    request = await approvals.of_case(connection, one.case_id, restrictions.ACTION)
    number = cases.number(one.case_id)
    if request is None:
        return md("Restricted since {at} ({number}).", at=at, number=number)
    facts = Facts.of(request.facts)
    return md(
        "Restricted since {at}, after {complaints} about {mails} ({number}).",
        at=at,
        complaints=wording.count(facts.complaints, "complaint", "complaints"),
        mails=wording.count(facts.mails, "mail", "mails"),
        number=number,
    )


async def request(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message in the management channel, as the request stands."""
    approval, case, _people, masked = await case_of(connection, subject)
    lifted = await lift_outcomes.lifted_in(connection, case.id)
    people = [approval.requester, approval.decided_by, *lift_wording.people(Criteria.of(approval.facts))]
    names = await roster.names(connection, people + ([lifted.approved_by] if lifted else []))
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(approval.subject), 1)
    drawn = Drawn(approval, case, names, masked, value)
    if approval.waiting:
        return await _waiting(connection, drawn, team)
    if lifted is not None:
        return await lift_done.lifted(connection, drawn, lifted, team)
    return await _ended(connection, drawn, team)


async def _waiting(connection: Connection, drawn: Drawn, team: Team) -> Message:
    approval, case, names, criteria = drawn.approval, drawn.case, drawn.names, drawn.criteria
    value = await approvals.button_value(connection, approval)
    said = [await _restricted_since(connection, approval, team)]
    last = await approvals.last_decided(connection, approval.action, approval.subject, approval.id)
    if last is not None:
        said.append(wording.last_request(last, await roster.names(connection, [last.decided_by]), team))
    how = await telling.way(connection, team, approval.subject)
    see = [fax_previews.see_button("lift", value, case.number)] if how.by_fax else []
    deny = button("Deny…", "lift.deny", value, label=f"Deny the request to lift {case.number}")
    if criteria.met == CRITERIA:
        row = [_approve_button(case, value, drawn.masked, telling.sentence(how, team)), deny]
        waits = "a request to lift waits for management"
    else:
        lacking = wording.count(CRITERIA - criteria.met, "criterion is", "criteria are")
        label = f"Lift anyway, although {lacking} not met ({case.number})"
        row = [deny, button("Lift anyway…", "lift.approve.anyway", value, label=label)]
        waits = f"a request to lift meets {criteria.met} of {CRITERIA} criteria"
    return message(
        f"Decision needed by {wording.until(approval.expires_at, team)}: {waits} ({case.number}).",
        header(":raised_hand: Decide: lift a restriction?"),
        drawn.head(*said),
        section(
            text.join(
                "\n",
                [
                    md("*{met} of {all} criteria are met*", met=criteria.met, all=CRITERIA),
                    *lift_wording.lines(criteria, names, team),
                ],
            )
        ),
        section(md("*Why*, says {who}", who=names[approval.requester])),
        quote(approval.words),
        section(_consequences(approval, how, team)),
        actions(*row, drawn.show, *see),
        decide_by(approval, team),
    )


def _approve_button(case: Case, value: str, masked: str, told: str) -> Block:
    return button(
        "Approve lift",
        "lift.approve",
        value,
        style="primary",
        label=f"Approve lift of the restriction in {case.number}",
        confirm=confirm("Lift the restriction?", f"The mark on {masked} is taken away now. {told}", "Lift", "Not now"),
    )


def _consequences(approval: Approval, how: telling.Way, team: Team) -> Mrkdwn:
    if how.by_fax:
        told = md(
            "• The person gets a fax in {language} {hours}, saying that mail may be sent again.",
            language=previews.LANGUAGES[how.language],
            hours=Mrkdwn(fax_messages.hours(team)),
        )
    else:
        told = md("• Someone must tell the person by telephone that mail may be sent again.")
    return text.join(
        "\n",
        [
            md("*If you approve*"),
            md("• The mark is taken away. Complaints are counted anew."),
            told,
            md(
                "• We watch the account until {day}.",
                day=text.day(lift_outcomes.watch_end(approval.facts_at), team.zone),
            ),
        ],
    )


async def _ended(connection: Connection, drawn: Drawn, team: Team) -> Message:
    approval, case, names, show = drawn.approval, drawn.case, drawn.names, drawn.show
    who, at = names[approval.decided_by or roster.BOT], moment(approval.decided_at, team)
    again = button("Ask again…", "lift.ask", drawn.account, label=f"Ask again to lift the restriction of {case.number}")
    met = md("{met} of {all} criteria were met.", met=drawn.criteria.met, all=CRITERIA)
    last = md("{asked}. {met}", asked=wording.asked_by(approval, names, team), met=met)
    if approval.state == "denied":
        return message(
            f"Denied by {who[:40]}, and the restriction stays ({case.number}).",
            header(":no_entry_sign: Denied. Nothing was changed"),
            drawn.head(md("{who}, {at}:", who=who, at=at)),
            quote(approval.decision_words or ""),
            *await _stays(connection, approval, team),
            actions(show),
            context(last),
        )
    if approval.state == "withdrawn":
        return message(
            f"Withdrawn by {who[:40]}, and nothing was changed ({case.number}).",
            header(":heavy_minus_sign: Withdrawn"),
            drawn.head(md("{who}, {at}. Nothing was changed. No decision is needed.", who=who, at=at)),
            actions(show),
            context(last),
        )
    if approval.state == "expired":
        return message(
            f"No decision in time, so nothing was changed ({case.number}).",
            header(":alarm_clock: No decision in time"),
            drawn.head(
                md("Nothing was changed. The restriction stays."),
                md("{who} gets a message.", who=names[approval.requester]),
            ),
            actions({**again, "style": "primary"}, show),
            context(md("{last} Expired {at}.", last=last, at=text.deadline(approval.expires_at, team.zone))),
        )
    buttons = [again, show] if approval.decision_words in _AGAIN else [show]
    return message(
        f"The reason for the request is gone, so it is void and nothing was changed ({case.number}).",
        header(":arrows_counterclockwise: Void: the facts changed"),
        drawn.head(md("{reason} Nothing was changed.", reason=lift_thread.void_reason(approval))),
        actions(*buttons),
        context(md("{asked}. Void since {at}.", asked=wording.asked_by(approval, names, team), at=at)),
    )


async def _stays(connection: Connection, approval: Approval, team: Team) -> list[Block]:
    """Say that the restriction stays, and when it is looked at again, while that is so."""
    account = await accounts.load(connection, approval.subject)
    if account is None or not account.restricted:
        return []
    one = await restrictions.open_restriction(connection, approval.subject)
    if one is None:
        return [section(md("The restriction stays."))]
    owner = (await roster.names(connection, [one.requested_by]))[one.requested_by]
    day = text.day(one.follow_up_at, team.zone)
    return [section(md("The restriction stays. Follow-up on {day}, {owner}.", day=day, owner=owner))]


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the messages about requests to lift."""
    kind = lift_outcomes.KIND
    endings = ("approved", "denied", "withdrawn", "expired", "void")
    return {
        kind.request: request,
        kind.direct: lift_thread.direct,
        f"{kind.action}.asked": restriction_thread.asked,
        f"{kind.action}.reminder": restriction_thread.reminder,
        **{f"{kind.action}.{ending}": lift_thread.decided for ending in endings},
    }
