"""How a case looks: its number first, the present step with its buttons, then what was done by whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.duty import case_opening
from bot.engine import approvals, cases, handles, roster
from bot.engine.cases import Case, CaseKind, Step
from bot.engine.team import Team
from bot.mail import accounts, restrictions, review_calls
from bot.slack import limits, text
from bot.slack.blocks import Block, Message, actions, context, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, acts, case_buttons, case_thread, case_words
from commands.case_words import step_line, when

RENDERERS: Mapping[CaseKind, str] = {
    "procedure": case_opening.RENDERER,
    "checklist": "checklist",
    "handoff": "handoff",
}
"""What draws the live message of each kind of case."""
_SEVERITIES = {"critical": ":rotating_light:", "high": ":warning:", "warning": ":warning:"}
_NOTES = 2
"""Notes of steps that the message shows; the record has all of them."""


async def whole(connection: Connection, case: Case, team: Team, *more: Block, now: datetime | None = None) -> Message:
    """Draw a case with its present step's buttons; the same for a live message and for /faxi-case.

    Parameters:
        more: buttons about what the case is about.
        now: when it is looked at, business time, to say what is late; a message that stays says until when.
    """
    account = await accounts.load(connection, case.subject) if case.subject else None
    about: list[Block] = []
    if account is not None:
        about.append(section(md("{masked}", masked=account.number_masked)))
    elif case.subject is not None:
        about.append(section(md("An account that is gone")))
    asked = await _asked(connection, case, team, *more)
    state, rest = await _standing(connection, case, team, now), await _below(connection, case, team)
    return message(_sentence(case), _title(case), *about, *asked, *state, *rest)


def _sentence(case: Case) -> str:
    present = case.present
    if case.closed_at is not None:
        where = "closed" if case.state == "done" else case_words.STATES[case.state]
    elif present is None:
        where = "every step is answered, please close it" if case_buttons.may_close(case) else "open"
    else:
        where = f"step {present.position} of {len(case.steps)} waits"
    return f"{case.number} {case.title}: {where}."


def _title(case: Case) -> Block:
    """Write number and title, on one line where a heading has room for them."""
    words = f"{case.number} closed" if case.state == "done" else f"{case.number} {case.title}"
    sign = str(case_words.sign(case.state))
    if case.closed_at is None and case.state != "waiting":
        sign = _SEVERITIES.get(case.severity, sign)
    if len(words) <= limits.HEADER_WORDS:
        return header(f"{sign} {text.plain(words)}")
    return section(md("{sign} *{words}*", sign=Mrkdwn(sign), words=words))


async def _standing(connection: Connection, case: Case, team: Team, now: datetime | None) -> list[Block]:
    """Say how the case stands: who has it, what was approved, how it ended, until when it is due."""
    approval = await approvals.of_case(connection, case.id, case.procedure)
    deciders = [] if approval is None else [approval.requester, approval.decided_by]
    names = await roster.names(connection, [case.owner, case.closed_by, *deciders])
    lines = [_state(case, names)]
    if approval is not None and approval.state == "approved":
        lines.append(
            md(
                "Asked by {asker} {asked}, approved by {approver} {approved}.",
                asker=names[approval.requester],
                asked=when(approval.requested_at, team),
                approver=names[approval.decided_by or roster.BOT],
                approved=when(approval.decided_at, team),
            )
        )
    quoted = bool(case.resolution) and case.closing is not None
    if case.resolution and not quoted:
        who = names[case.closed_by or roster.BOT]
        lines.append(md("Ended: {how}, {who} {at}", how=case.resolution, who=who, at=when(case.closed_at, team)))
    if case.awaits_answer and case.due_at is not None:
        missed = now is not None and case.due_at <= now
        by = md(":warning: *Late:* was to be answered by") if missed else md("Answer by")
        lines.append(md("{by} {at}.", by=by, at=text.clock_time(case.due_at, team.zone)))
    elif case.due_at is not None:
        late = await review_calls.is_late(connection, case)
        by = md(":warning: *Late:* was due by") if late else md("Due by")
        lines.append(md("{by} {at}.", by=by, at=text.deadline(case.due_at, team.zone)))
    blocks: list[Block] = [section(text.join("\n", lines))]
    if quoted:
        found = case_thread.finding(case)
        kept = md("*{found}.* ", found=found) if found else md("")
        who = names[case.closed_by or roster.BOT]
        blocks += [section(md("{kept}{who} writes:", kept=kept, who=who)), quote(case.resolution or "")]
    return blocks


def _state(case: Case, names: Mapping[str, str]) -> Mrkdwn:
    """Say in words how the case stands, and who has it."""
    mark, state = case_words.sign(case.state), case_words.STATES[case.state]
    if case.closed_at is not None:
        title = md("*{title}*: ", title=case.title) if case.state == "done" else md("")
        return md("{sign} {title}{state}", sign=mark, title=title, state=state)
    if case.owner is not None and case.owner != roster.BOT and case_buttons.may_acknowledge(case):
        return md("{sign} Handed to {who}, who has not answered yet.", sign=mark, who=names[case.owner])
    if case.owner is not None:
        waits = md(", {state}", state=state) if case.state == "waiting" else md("")
        return md("{sign} {who} has it{waits}.", sign=mark, who=names[case.owner], waits=waits)
    return md("{sign} {state}, nobody has it yet.", sign=mark, state=state.capitalize())


async def body(connection: Connection, case: Case, team: Team, *more: Block) -> list[Block]:
    """Draw a case without its head: the present step, what the checks propose, all steps, notes, buttons."""
    return [*await _asked(connection, case, team, *more), *await _below(connection, case, team)]


async def _asked(connection: Connection, case: Case, team: Team, *more: Block) -> list[Block]:
    """Ask the question of the present step, with its buttons and those about what the case is about."""
    blocks: list[Block] = []
    present, row = case.present, [*await case_buttons.of_present(connection, case), *more]
    if present is not None and case.state != "waiting" and (case_buttons.may_answer(present) or acts.of(present)):
        blocks.append(section(_question(present, case, team)))
    elif case_buttons.may_close(case):
        blocks.append(section(md("*Every step is answered.* Please close the case.")))
    return blocks + [actions(*row[at : at + limits.ROW]) for at in range(0, len(row), limits.ROW)]


async def _below(connection: Connection, case: Case, team: Team) -> list[Block]:
    """Draw what the checks propose, all steps, the newest notes, and the buttons that a case always has."""
    people = [case.owner, case.opened_by, case.acknowledged_by, *(step.who for step in case.steps)]
    names = await roster.names(connection, people)
    blocks: list[Block] = []
    for step, row in await case_buttons.proposals(connection, case, team):
        said = case_words.finding(step, team)
        blocks += [section(md("*{n}. {title}*\n{said}", n=step.position, title=step.title, said=said)), row]
    # One whose condition has not come true is nobody's; a case that was just opened by hand has none yet.
    lines = [step_line(step, case, names, team) for step in case.steps if case.applies(step)]
    blocks += [section(text.join("\n", lines[at : at + 10])) for at in range(0, len(lines), 10)]
    children = await case_opening.opened_from(connection, case.id)
    if children:
        came = ", ".join(f"{one.number} {one.title}" for one in children[:3])
        rest = f" and {len(children) - 3} more" if len(children) > 3 else ""  # noqa: PLR2004
        blocks.append(section(md("Opened from this: {came}{rest}.", came=came, rest=rest)))
    blocks += _notes(case, names)
    if buttons := await case_buttons.always(connection, case):
        blocks.append(actions(*buttons, block_id="always"))
    return [*blocks, _last(case, names, team)]


def _question(step: Step, case: Case, team: Team) -> Mrkdwn:
    """Write the question of the present step, with what the bot found and where a person finds it."""
    asked = step.asks or step.title
    lines = [md("*Step {n} of {all}: {asked}*", n=step.position, all=len(case.steps), asked=asked)]
    if step.kind == "check":
        lines.append(case_words.finding(step, team))
    lines += [md("• {point}", point=point) for point in (step.points or "").split("\n") if point]
    return text.join("\n", lines)


def _notes(case: Case, names: Mapping[str, str]) -> list[Block]:
    """Quote what was written to the newest steps, and say how many more there are in the record."""
    noted = [step for step in case.steps if step.note]
    blocks: list[Block] = []
    for step in noted[-_NOTES:]:
        who = names[step.who or roster.BOT]
        blocks += [section(md("Step {n}, {who} writes:", n=step.position, who=who)), quote(step.note or "")]
    if len(noted) > _NOTES:
        blocks.append(section(md("{more} more notes are in the record.", more=len(noted) - _NOTES)))
    return blocks


def _last(case: Case, names: Mapping[str, str], team: Team) -> Block:
    """Write what one needs later: severity, how soon somebody had it, who opened it from what, and when."""
    parts = [md("{severity}", severity=case.severity.capitalize())]
    if case.acknowledged_at is not None and case.acknowledged_by != case.opened_by:
        after = case_words.answered(case, case.acknowledged_at)
        if case.answer_by is not None:
            after = after.replace("minutes", "min")
        parts.append(md("answered after {after}", after=after))
    parts.append(
        md(
            "opened by {by}{origin} {at}",
            by=names[case.opened_by],
            origin=case_thread.origin(case, team),
            at=when(case.opened_at, team),
        )
    )
    return context(text.join(" · ", parts))


async def live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message of a case; of one about an account with what one does about the account."""
    case = await cases.of_subject(connection, subject)
    if case.subject is None or case.closed_at is not None:
        return await whole(connection, case, team)
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(case.subject), 1)
    return await whole(connection, case, team, account_buttons.contact(value), account_buttons.show(value))
