"""How a case looks: its number first, the present step with its button, then what was done by whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.access import Group
from bot.engine.case_lists import Line, Page
from bot.engine.cases import Case, CaseKind, Step
from bot.engine.team import Team
from bot.mail import accounts, restrictions, review_calls
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, wording
from commands.turning import turns

RENDERERS: Mapping[CaseKind, str] = {"procedure": "case", "checklist": "checklist", "handoff": "handoff"}
"""What draws the live message of each kind of case."""
_PAGES = "pg"
"""Lines of a page of a private list."""
_STATES = {
    "open": "open",
    "acknowledged": "somebody has it",
    "waiting": "waiting",
    "done": "done",
    "cancelled": "ended",
}
_WORDS = {
    "todo": "to do",
    "done": "done",
    "failed": "failed",
    "not_applicable": "not applicable",
    "skipped": "skipped",
}
_STEP_SIGNS = {"done": md(":white_check_mark:"), "failed": md(":no_entry_sign:")}


def _sign(state: str) -> Mrkdwn:
    signs = {
        "open": md(":white_large_square:"),
        "acknowledged": md(":eyes:"),
        "waiting": md(":hourglass_flowing_sand:"),
        "done": md(":white_check_mark:"),
        "cancelled": md(":heavy_minus_sign:"),
    }
    return signs[state]


def step_line(step: Step, case: Case, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Write one step: its sign, its number and title, and who settled it when, with what outcome."""
    present = case.present
    if present is not None and present.name == step.name:
        return md(":arrow_forward: *{n}. {title}*, now", n=step.position, title=step.title)
    if step.state == "todo" and not case.applies(step):
        return _not_now(step, case)
    if step.state == "todo":
        after = md("to do") if case.closed_at is None else md("not done")
        return md(":white_large_square: {n}. {title}, {after}", n=step.position, title=step.title, after=after)
    sign = _STEP_SIGNS.get(step.state, md(":heavy_minus_sign:"))
    who = md("{who} {at}", who=names[step.who or roster.BOT], at=_when(step.at, team))
    outcome = md(" ({outcome})", outcome=step.outcome) if step.outcome else md("")
    word = md("") if step.state == "done" else md(", {word}", word=_WORDS[step.state])
    return md(
        "{sign} {n}. {title}{word}{outcome}, {who}",
        sign=sign,
        n=step.position,
        title=step.title,
        word=word,
        outcome=outcome,
        who=who,
    )


def _not_now(step: Step, case: Case) -> Mrkdwn:
    """Write a step that is to be done only if an earlier one ends in a way in which it has not ended."""
    earlier = case.step(step.when_step or "")
    ends = "fails" if step.when_state == "failed" else f"is {_WORDS[step.when_state or 'done']}"
    return md(
        ":heavy_minus_sign: {n}. {title}, only if step {m} {ends}",
        n=step.position,
        title=step.title,
        m=earlier.position if earlier else 0,
        ends=ends,
    )


def _when(at: datetime | None, team: Team) -> Mrkdwn:
    return md("") if at is None else text.instant(at, team.zone, "date_time")


async def whole(connection: Connection, case: Case, team: Team, *more: Block) -> Message:
    """Draw a case with its present step's button; the same for a live message and for /faxi-case.

    Parameters:
        more: buttons beside that of the present step.
    """
    approval = await approvals.of_case(connection, case.id, case.procedure)
    deciders = [] if approval is None else [approval.requester, approval.decided_by]
    people = [case.owner, case.opened_by, case.closed_by, *deciders, *(step.who for step in case.steps)]
    names = await roster.names(connection, people)
    account = await accounts.load(connection, case.subject) if case.subject else None
    head = [
        md(
            "*{number} {title}* {sign} {state}",
            number=case.number,
            title=case.title,
            sign=_sign(case.state),
            state=_STATES[case.state],
        )
    ]
    if account is not None:
        head.append(md("{masked}", masked=account.number_masked))
    elif case.subject is not None:
        head.append(md("An account that is gone"))
    if approval is not None and approval.state == "approved":
        head.append(
            md(
                "Asked by {asker} {asked}, approved by {approver} {approved}.",
                asker=names[approval.requester],
                asked=_when(approval.requested_at, team),
                approver=names[approval.decided_by or roster.BOT],
                approved=_when(approval.decided_at, team),
            )
        )
    if case.resolution:
        head.append(
            md(
                "Ended: {how}, {who} {at}",
                how=case.resolution,
                who=names[case.closed_by or roster.BOT],
                at=_when(case.closed_at, team),
            )
        )
    if case.due_at is not None:
        late = await review_calls.is_late(connection, case)
        by = md(":warning: *Late:* was due by") if late else md("Due by")
        head.append(md("{by} {at}.", by=by, at=text.deadline(case.due_at, team.zone)))
    blocks: list[Block] = [section(text.join("\n", head))]
    present = case.present
    if present is not None and present.kind == "confirm" and case.state != "waiting":
        value = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        blocks += [
            section(md("*Step {n} of {all}: {title}*", n=present.position, all=len(case.steps), title=present.title)),
            actions(button("Answer…", "case.answer", value, style="primary", label=label), *more),
        ]
    elif more:
        blocks.append(actions(*more))
    # One whose condition has not come true is nobody's; a case that was just opened by hand has none yet.
    lines = [step_line(step, case, names, team) for step in case.steps if case.applies(step)]
    blocks += [section(text.join("\n", lines))] if lines else []
    for step in case.steps:
        if step.note:
            blocks += [
                section(md("Step {n}, {who} writes:", n=step.position, who=names[step.who or roster.BOT])),
                quote(step.note),
            ]
    owner = md("{who} has it", who=names[case.owner] if case.owner else "nobody yet")
    has_it = md("") if case.closed_at is not None and case.owner is None else md("{owner} · ", owner=owner)
    blocks.append(
        context(
            md(
                "{severity} · {has_it}opened by {by} {at}",
                severity=case.severity.capitalize(),
                has_it=has_it,
                by=names[case.opened_by],
                at=_when(case.opened_at, team),
            )
        )
    )
    where = f"step {present.position} of {len(case.steps)} waits" if present else _STATES[case.state]
    return message(f"{case.number} {case.title}: {where}.", *blocks)


async def live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message of a case about an account: while it is open, with what one does about the account."""
    case = await cases.load(connection, cases.id_of(subject))
    if case is None:
        reason = f"{subject} is gone"
        raise LookupError(reason)
    if case.subject is None or case.closed_at is not None:
        return await whole(connection, case, team)
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(case.subject), 1)
    return await whole(connection, case, team, account_buttons.contact(value), account_buttons.show(value))


async def review_opened(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call whoever asked for the restriction: its review is due."""
    case = await cases.load(connection, cases.id_of(subject))
    owner = wording.mention_group(team, Group.OPERATIONS)
    if case and case.owner and await roster.works(connection, case.owner):  # who asked a month ago may have left since
        owner = text.user(case.owner)
    number = cases.number(int(parameters["restriction_case"]))
    due_at = datetime.fromisoformat(parameters["due_at"]).astimezone(team.zone)
    late = case is not None and case.opened_at.astimezone(team.zone).date() > due_at.date()
    when = f"was due on {text.day(due_at, team.zone)}; the bot was away" if late else "is due today"
    return message(
        f"The review of {number} {when} ({cases.number(cases.id_of(subject))}).",
        section(md("{owner}, the review of {number} {when}.", owner=owner, number=number, when=when)),
    )


async def step_answered(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Tell the thread how a step was answered."""
    case = await cases.load(connection, cases.id_of(subject))
    step = case.step(str(parameters["step"])) if case else None
    if case is None or step is None:
        reason = f"{subject} has no step {parameters['step']}"
        raise LookupError(reason)
    names = await roster.names(connection, [step.who])
    who = names[step.who or roster.BOT]
    said = md("*{n}. {title}*: {word}, by {who}.", n=step.position, title=step.title, word=_WORDS[step.state], who=who)
    blocks = [section(said)]
    if step.note:
        blocks.append(quote(step.note))
    return message(f"{who[:40]}: step {step.position} {_WORDS[step.state]} ({case.number}).", *blocks)


async def listed(connection: Connection, mine: Page, page: Page, offset: int, team: Team, now: datetime) -> Message:
    """Draw one's own open cases, then a page of the team's others, each list with its count."""
    names = await roster.names(connection, [line.owner for line in (*mine.lines, *page.lines)])
    total = page.total
    yours = wording.count(mine.total, "open case of yours", "open cases of yours")
    first = yours if mine.total else "No open case is yours"
    blocks: list[Block] = [header(first)]
    if mine.lines:
        blocks.append(section(_lines(mine, names, team)))
        if mine.total > len(mine.lines):
            blocks.append(context(md("The oldest {shown} of {total}.", shown=len(mine.lines), total=mine.total)))
    if total:
        end = offset + len(page.lines)
        title = "The team's other open cases" if mine.lines else "The team's open cases"
        blocks.append(section(md("*{title}*, {a}-{b} of {total}", title=title, a=offset + 1, b=end, total=total)))
        blocks.append(section(_lines(page, names, team)))

        async def value(offset: int) -> str:
            return await handles.mint(connection, _PAGES, "cases", offset, now)

        if steps := await turns("case.previous", "case.next", offset, total, value):
            blocks.append(actions(*steps))
        blocks.append(context(md("`/faxi-case OPS-0001` shows one, open or closed.")))
    else:
        other = "other " if mine.total else ""
        blocks.append(section(md(":white_check_mark: The team has no {other}open case.", other=other)))
    everybodys = wording.count(total + len(mine.lines), "open case", "open cases")
    return message(f"{first}; the team has {everybodys}.", *blocks)


async def page_offset(connection: Connection, value: str | None) -> int:
    """Return where the page begins that a button names; the first page's when it names none."""
    found = await handles.resolve(connection, _PAGES, value)
    return found.version if found else 0


def _lines(page: Page, names: Mapping[str, str], team: Team) -> Mrkdwn:
    return text.join("\n", [_line(line, names, team) for line in page.lines])


def _line(line: Line, names: Mapping[str, str], team: Team) -> Mrkdwn:
    due = md(", due {at}", at=text.deadline(line.due_at, team.zone)) if line.due_at else md("")
    return md(
        "{sign} {number} {title}, {state}{due}, {owner}",  # no time at the end: a sign begins the next line
        sign=_sign(line.state),
        number=cases.number(line.id),
        title=line.title,
        state=_STATES[line.state],
        owner=names[line.owner] if line.owner else "nobody yet",
        due=due,
    )
