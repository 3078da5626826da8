"""The live message about a request to lift, in the management channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import accounts, faxes, lift_outcomes, restrictions
from bot.mail.faxes import Told
from bot.mail.lift_outcomes import Lifted
from bot.mail.lifts import CRITERIA, Criteria
from bot.mail.restrictions import Facts
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, context, header, message, quote, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages, lift_thread, lift_wording, restriction_thread, wording
from commands.restriction_messages import case_of, moment

_FACES: Mapping[str, tuple[str, str]] = {
    "told": (":white_check_mark: Lifted, fax delivered", "the person has the fax"),
    "sending": (":hourglass_flowing_sand: Lifted, fax on its way", "the fax is on its way"),
    "unknown": (":grey_question: Lifted, fax unknown", "nobody knows whether the fax went out"),
    "called": (":white_check_mark: Lifted, person told", "the person was told"),
    "skipped": (":heavy_minus_sign: Lifted, telling skipped", "telling the person was skipped"),
    "not_told": (":warning: Lifted, but not told yet", "the person has not been told yet"),
}
_AGAIN = frozenset({"restricted_anew"})
"""Why a request became void where asking again makes sense."""


@dataclass(frozen=True)
class _Drawn:
    """What every state of the message needs."""

    approval: Approval
    case: Case
    names: Mapping[str, str]
    masked: str
    account: str
    """The value of buttons about the account."""

    @property
    def criteria(self) -> Criteria:
        """The criteria as they were when it was last looked."""
        return Criteria.of(self.approval.facts)

    @property
    def show(self) -> Block:
        """The button that shows the account."""
        return account_buttons.show(self.account)

    def head(self, *lines: Mrkdwn) -> Block:
        """Name the account, masked, and the case; then these lines."""
        first = md("*{masked}* · {number}", masked=self.masked, number=self.case.number)
        return section(text.join("\n", [first, *lines]))


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
    drawn = _Drawn(approval, case, names, masked, value)
    if approval.waiting:
        return await _waiting(connection, drawn, team)
    return await (_ended(connection, drawn, team) if lifted is None else _lifted(connection, drawn, lifted, team))


async def _waiting(connection: Connection, drawn: _Drawn, team: Team) -> Message:
    approval, case, names, criteria = drawn.approval, drawn.case, drawn.names, drawn.criteria
    value = await approvals.button_value(connection, approval)
    said = [await _restricted_since(connection, approval, team)]
    last = await approvals.last_decided(connection, approval.action, approval.subject, approval.id)
    if last is not None:
        said.append(wording.last_request(last, await roster.names(connection, [last.decided_by]), team))
    told, by_fax = await lift_wording.how_told(connection, approval, team)
    deny = button("Deny…", "lift.deny", value, label=f"Deny the request to lift {case.number}")
    if criteria.met == CRITERIA:
        row = [_approve_button(case, value, drawn.masked, told), deny]
        waits = "a request to lift waits for management"
    else:
        lacking = wording.count(CRITERIA - criteria.met, "criterion is", "criteria are")
        label = f"Lift although {lacking} not met: say why ({case.number})"
        row = [deny, button("Lift anyway…", "lift.approve.anyway", value, label=label)]
        waits = f"a request to lift meets {criteria.met} of {CRITERIA} criteria"
    replaced = md(", in place of {code}", code=approval.replaced_code) if approval.replaced_code else md("")
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
        section(await _consequences(connection, approval, team, by_fax=by_fax)),
        actions(*row, drawn.show),
        context(
            md(
                "Decide by {until}, else nothing happens. Any manager may, except who asked. "
                "Facts of {at}, code {code}{replaced}.",
                until=text.deadline(approval.expires_at, team.zone),
                at=text.instant(approval.facts_at, team.zone),
                code=approval.facts_code,
                replaced=replaced,
            )
        ),
    )


def _approve_button(case: Case, value: str, masked: str, told: str) -> Block:
    return button(
        "Approve lift",
        "lift.approve",
        value,
        style="primary",
        label=f"Approve to lift the restriction in {case.number}",
        confirm=confirm("Lift the restriction?", f"The mark on {masked} is taken away now. {told}", "Lift", "Not now"),
    )


async def _consequences(connection: Connection, approval: Approval, team: Team, *, by_fax: bool) -> Mrkdwn:
    if by_fax:
        language = await faxes.language_of(connection, approval.subject)
        told = md(
            "• The person gets a fax in {language} {hours}, saying that mail may be sent again.",
            language="English" if language == "en" else "Japanese",
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


def _told_as(case: Case, told: Told | None) -> str:
    """Return the key of :data:`_FACES` for how far telling the person has come."""
    tell, call = case.step("tell"), case.step("call")
    if told is not None and told.state in {"told", "sending", "unknown"}:
        return told.state
    step = call if tell is not None and tell.state == "failed" else tell
    if step is None or step.state == "done":
        return "called"
    return "skipped" if step.state in {"skipped", "not_applicable"} else "not_told"


async def _lifted(connection: Connection, drawn: _Drawn, lifted: Lifted, team: Team) -> Message:
    approval, case = drawn.approval, drawn.case
    told = next((one for one in await faxes.of_case(connection, case.id) if one.kind == "lift"), None)
    sign, verdict = _FACES[_told_as(case, told)]
    watch = text.day(lifted.watch_until or lifted.lifted_at, team.zone)
    lines = [md(":white_check_mark: Mark taken away, {at}", at=moment(lifted.lifted_at, team))]
    if told is not None:
        lines.append(fax_messages.line(told, team))
    lines += [await _by_telephone(connection, step, team) for step in _telephone(case)]
    watched = case.step("watch")
    over = watched is not None and watched.state == "done"
    if watched is not None and over:
        lines.append(md(":white_check_mark: Watched until {day}: {outcome}", day=watch, outcome=watched.outcome or ""))
    else:
        lines.append(md(":hourglass_flowing_sand: Watched until {day}, complaints counted anew", day=watch))
    buttons = [drawn.show]
    present = case.present
    if present is not None and present.kind == "confirm":
        value = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        buttons.insert(0, button("Answer…", "case.answer", value, style="primary", label=label))
    approved = md(
        "Approved by {who}, {at}. {met} of {all} criteria were met.",
        who=drawn.names[approval.decided_by or roster.BOT],
        at=moment(approval.decided_at, team),
        met=drawn.criteria.met,
        all=CRITERIA,
    )
    why = [] if approval.decision_words is None else [quote(approval.decision_words)]
    return message(
        f"Lifted: {verdict}, and the account {'was' if over else 'is'} watched until {watch} ({case.number}).",
        header(sign),
        drawn.head(approved),
        *why,
        section(text.join("\n", lines)),
        actions(*buttons),
        context(
            md(
                "{asked}. {was}",
                asked=wording.asked_by(approval, drawn.names, team),
                was=_was_restricted(drawn, lifted, team),
            )
        ),
    )


def _was_restricted(drawn: _Drawn, lifted: Lifted, team: Team) -> Mrkdwn:
    start = drawn.criteria.since
    since = text.deadline(start, team.zone) if start else "a time that is not recorded"
    if lifted.case_id == drawn.case.id:
        return md("Was restricted from {since}, not by this bot.", since=since)
    return md(
        "Was restricted from {since}, approved by {who} ({number}).",
        since=since,
        who=drawn.names[lifted.approved_by],
        number=cases.number(lifted.case_id),
    )


def _telephone(case: Case) -> list[cases.Step]:
    """Return the step by which somebody tells the person by telephone, where it is to be done or was."""
    steps = [step for name in ("tell", "call") if (step := case.step(name)) and step.kind == "confirm"]
    return [step for step in steps if case.applies(step)]


async def _by_telephone(connection: Connection, step: cases.Step, team: Team) -> Mrkdwn:
    if step.state == "todo":
        return md(":white_large_square: Person not told by telephone yet")
    names = await roster.names(connection, [step.who])
    who, at = names[step.who or roster.BOT], moment(step.at, team)
    if step.state == "done":
        return md(":white_check_mark: Person told by telephone, {who} {at}", who=who, at=at)
    return md(":heavy_minus_sign: Telling by telephone skipped, {who} {at}", who=who, at=at)


async def _ended(connection: Connection, drawn: _Drawn, team: Team) -> Message:
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
