"""A restriction that was our error: its button, its message once it is undone, and the reply in the thread."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.approvals import Approval
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.mail import accounts, faxes, restriction_errors, restrictions
from bot.mail.restrictions import Restriction
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages

ERROR = "restriction.error"
GONE = "an account that is gone"


def error_button(value: str) -> Block:
    """Make the button by which a restriction that was our error is undone; ``value`` names it or its account."""
    return button("Our error…", ERROR, value, label="Our error: undo this restriction")


async def _loaded(connection: Connection, case_id: int) -> tuple[Case, Restriction, Approval]:
    case = await cases.load(connection, case_id)
    restriction = await restrictions.of_case(connection, case_id)
    error = await approvals.of_case(connection, case_id, restriction_errors.ACTION)
    if case is None or restriction is None or error is None:
        reason = f"{cases.number(case_id)} has no restriction that was undone as our error"
        raise LookupError(reason)
    return case, restriction, error


async def masked_number(connection: Connection, error: Approval) -> str:
    """Return the account's number as people may see it."""
    account = await accounts.load(connection, error.subject)
    return account.number_masked if account else GONE


async def undone(connection: Connection, case_id: int, team: Team) -> Message:
    """Draw the live message of a restriction that is undone."""
    case, restriction, error = await _loaded(connection, case_id)
    people = [error.decided_by, restriction.requested_by, restriction.approved_by, *(step.who for step in case.steps)]
    names = await roster.names(connection, people)
    who = names[error.decided_by or roster.BOT]
    at = text.instant(error.decided_at or error.requested_at, team.zone, "date_time")
    head = md("*{masked}* · {number}", masked=await masked_number(connection, error), number=case.number)
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(error.subject), 1)
    row = [account_buttons.show(value)]
    present = case.present
    if present is not None and present.kind == "confirm":
        step = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        row.insert(0, button("Answer…", "case.answer", step, style="primary", label=label))
    return message(
        f"Undone by {who[:40]}: the restriction was our error ({case.number}).",
        header(":leftwards_arrow_with_hook: Undone: our error"),
        section(text.join("\n", [head, md("Approved by {who}, {at}, reason: our error.", who=who, at=at)])),
        quote(error.words),
        *([quote(error.decision_words)] if error.decision_words else []),
        section(
            text.join(
                "\n",
                [
                    md(":white_check_mark: Account free again, {at}", at=at),
                    _follow_up(restriction, team),
                    *await _apology(connection, case, names, team),
                    *_ticket(case, names, team),
                ],
            )
        ),
        actions(*row),
        context(await _before(connection, restriction, names, team)),
    )


def _follow_up(restriction: Restriction, team: Team) -> Mrkdwn:
    day = text.day(restriction.follow_up_at, team.zone)
    if restriction.review_case is None:
        return md(":white_check_mark: Follow-up of {day} cancelled", day=day)
    number = cases.number(restriction.review_case)
    return md(":white_check_mark: Follow-up of {day} ended: {number}", day=day, number=number)


async def _apology(connection: Connection, case: Case, names: Mapping[str, str], team: Team) -> list[Mrkdwn]:
    """Say what became of both faxes: the one about the restriction where it was taken back, and the apology."""
    told = await faxes.of_case(connection, case.id)
    lines = [fax_messages.line(one, team) for one in told if one.kind == "restriction" and one.state == "cancelled"]
    lines += [fax_messages.line(one, team) for one in told if one.kind == "apology"]
    for name in (restriction_errors.APOLOGY, restriction_errors.BY_TELEPHONE):
        step = case.step(name)
        if step is not None and step.kind == "confirm" and case.applies(step):
            lines.append(_step(step, "Apology by telephone", names, team))
    return lines


def _ticket(case: Case, names: Mapping[str, str], team: Team) -> list[Mrkdwn]:
    step = case.step("ticket")
    return [] if step is None else [_step(step, "Ticket", names, team)]


def _step(step: Step, what: str, names: Mapping[str, str], team: Team) -> Mrkdwn:
    if step.state == "todo":
        return md(":white_large_square: {what}: not yet", what=what)
    sign = md(":white_check_mark:") if step.state == "done" else md(":heavy_minus_sign:")
    word = {"done": "done", "skipped": "skipped", "failed": "failed"}.get(step.state, "not applicable")
    at = text.instant(step.at, team.zone, "date_time") if step.at else md("")
    return md("{sign} {what}: {word}, {who} {at}", sign=sign, what=what, word=word, who=names[step.who or "bot"], at=at)


async def _before(connection: Connection, restriction: Restriction, names: Mapping[str, str], team: Team) -> Mrkdwn:
    since = text.instant(restriction.restricted_at, team.zone, "date_time")
    request = await approvals.of_case(connection, restriction.case_id, restrictions.ACTION)
    asked = md(", {at}", at=text.instant(request.requested_at, team.zone, "date_time")) if request else md("")
    return md(
        "Was restricted from {since}. Asked by {asker}{asked}, approved by {approver}.",
        since=since,
        asker=names[restriction.requested_by],
        asked=asked,
        approver=names[restriction.approved_by],
    )


async def reply(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say in the restriction's thread that it is undone, and call whoever asked for it, but not at night."""
    case, restriction, error = await _loaded(connection, cases.id_of(subject))
    names = await roster.names(connection, [error.decided_by, restriction.requested_by])
    who, asked_by = names[error.decided_by or roster.BOT], restriction.requested_by
    request = await approvals.of_case(connection, case.id, restrictions.ACTION)
    called = request is not None and request.requester != roster.BOT and not parameters["quiet"]
    asker = text.user(asked_by) if called else md("{name}", name=names[asked_by])
    told = await faxes.of_case(connection, case.id)
    by_fax = any(one.kind == "apology" and one.state not in {"refused", "failed", "cancelled"} for one in told)
    apology = md("the apology is on its way by fax") if by_fax else md("somebody must apologise by telephone")
    said = md(
        "*Undone* by {who}, reason: our error. {asker}, the follow-up is cancelled, {apology}.",
        who=who,
        asker=asker,
        apology=apology,
    )
    return message(f"Undone by {who[:40]}: our error ({case.number}).", section(said))
