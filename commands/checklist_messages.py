"""How a list looks: how many items are left, what is not in order, the open items with their buttons, then the rest."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.base.database import Connection, queries
from bot.duty import checklist_answers, checklists, contact_calls
from bot.engine import cases, handles, roster
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, LimitError, Message, actions, button, context, divider, header, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import acts, case_buttons, checklist_lines, checklist_thread, wording
from commands.checklist_lines import Standing

SQL = queries("checklists")
DONE, ANSWER, OTHER, SHOW = "check.done", "check.answer", "check.other", "check.show"
OPEN_CASE: Final = "case.open"
TROUBLES: Final = 10
"""Items not in order that stand in the first message with all they found; more are named in one line."""


async def names_of(connection: Connection, case: Case) -> Mapping[str, str]:
    """Return the names of all who did something about a list."""
    return await roster.names(connection, [case.owner, case.opened_by, case.closed_by, *(s.who for s in case.steps)])


async def live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw a list's first message."""
    case = await cases.of_subject(connection, subject)
    stand, names = Standing.of(case), await names_of(connection, case)
    try:
        return message(summary(stand, team), *await _first(connection, stand, names, team, short=False))
    except LimitError:  # what is in order is written without its figures: "Show all" has them
        return message(summary(stand, team), *await _first(connection, stand, names, team, short=True))


def summary(stand: Standing, team: Team) -> str:
    """Say in one sentence how a list stands, for its notification."""
    name = checklist_lines.title(stand.case, team)
    if stand.case.closed_at is not None:
        state = "complete" if stand.case.state == "done" else "ended"
        return f"{name}: {state}. {stand.done()} done{stand.other()}."
    left = len(stand.left)
    late = checklist_lines.lateness(stand.case)
    if not stand.answered and late:
        return f"{name}, {late}: {wording.count(left, 'item', 'items')} for you."
    if stand.answered:
        return f"{name}: {wording.count(left, 'item', 'items')} left."
    bad = len(stand.troubles)
    verb = wording.count(bad, "check is not in order", "checks are not in order")
    return f"{name}: {wording.count(left, 'item', 'items')} for you{f', {verb}' if bad else ''}."


async def _first(
    connection: Connection, stand: Standing, names: Mapping[str, str], team: Team, *, short: bool
) -> list[Block]:
    case = stand.case
    parts = checklists.parts_of(case)
    here = {step.name for step in parts[0]}
    closed, late = case.closed_at is not None, checklist_lines.lateness(case)
    if not closed:
        title = checklist_lines.heading(case, team)
    elif case.state == "done":
        title = f":white_check_mark: {checklist_lines.heading(case, team, 'Complete: ')}"
    else:
        title = f":heavy_minus_sign: {checklist_lines.heading(case, team, 'Ended: ')}"
    first = checklist_lines.headline(stand, names, team)
    just_late = bool(late) and not closed and not stand.answered
    if just_late and case.planned_at is not None:
        at = text.instant(case.planned_at, team.zone)
        first = md("*{late}: the bot was down at {at}.*\n{first}", late=late or "", at=at, first=_unmarked(first))
    blocks: list[Block] = [header(title), section(first)]
    blocks += await _troubles(connection, stand, team)
    if just_late and stand.left:
        blocks += await _show_open(connection, stand)
    elif not closed:
        blocks += await _open(connection, [step for step in stand.left if step.name in here], team, case, short=short)
        blocks += _elsewhere(stand, parts)
        blocks += await _tools(connection, stand)
    blocks += await _beside(connection, case)
    if not just_late:
        only = partial(_of, names=here)
        blocks += _rest(stand, names, team, only, short=short)
    if closed:
        value = await handles.value_of(connection, checklists.HANDLE, f"{case.id} all", 0)
        count = len(stand.items)
        blocks.append(actions(button(f"Show all {count} items", SHOW, value)))
    blocks.append(context(checklist_lines.last(stand, team, late if not just_late else None)))
    return blocks


def _unmarked(line: Mrkdwn) -> Mrkdwn:
    """Return the line without its bold signs, where another one is the headline."""
    return Mrkdwn(line.replace("*", ""))


def _of(steps: Sequence[Step], names: set[str]) -> list[Step]:
    return [step for step in steps if step.name in names]


async def _troubles(connection: Connection, stand: Standing, team: Team) -> list[Block]:
    """Write what is not in order, each with who has the case about it, or the button that starts what fits."""
    blocks = [await trouble(connection, stand.case, step, team) for step in stand.troubles[:TROUBLES]]
    more = stand.troubles[TROUBLES:]
    if more:
        listed = ", ".join(str(step.position) for step in more)
        blocks.append(section(md(":warning: *{n} more are not in order:* items {listed}", n=len(more), listed=listed)))
    return blocks


async def trouble(connection: Connection, case: Case, step: Step, team: Team) -> Block:
    """Write one item that is not in order, with the case about it or the button that starts what fits."""
    line = checklist_lines.trouble(step, team)
    wanted = team.runbook.procedures.get(step.leads_to or "")
    if step.leads_to is None or wanted is None:
        return section(line, *_ways(step))
    row = await connection.fetchrow(SQL["open_from"], step.leads_to, case.id)
    if row is not None:
        owner = (await roster.names(connection, [row["owner"]]))[row["owner"]] if row["owner"] else "Nobody"
        number = cases.number(row["id"])
        if row["open"]:
            has = md("{owner} has it, case {number}.", owner=owner, number=number)
        else:
            has = md("Case {number} is closed.", number=number)
        return section(text.join("\n", [line, has]))
    if case.closed_at is not None or wanted.starts == "by_command":
        return section(text.join("\n", [line, md("What fits: {title}.", title=wanted.title)]))
    value = await cases.step_value(connection, case.id, step.name)
    label = f"Start the procedure that fits item {step.position}: {wanted.title}"[:75]
    start = button("Start the procedure", case_buttons.PROPOSE, value, label=label)
    return section(text.join("\n", [line, md("What fits: {title}.", title=wanted.title)]), start)


def _ways(step: Step) -> list[Block]:
    """Make the button that shows whom an item is about, where nothing is to be started for all of them at once."""
    return [button("Show flagged accounts", "flagged.show")] if step.calls == "flagged.new" else []


async def item_button(connection: Connection, case: Case, step: Step) -> Block:
    """Make the one button of an open item: done in one tap, else a form, or what starts an act."""
    started = await acts.start(connection, case, step, primary=False)
    if started is not None:
        return started
    value = await cases.step_value(connection, case.id, step.name)
    if is_tapped(step):
        return button("Done", DONE, value, label=f"Done: item {step.position}, {step.title}"[:75])
    return button("Answer…", ANSWER, value, label=f"Answer item {step.position}: {step.title}"[:75])


def is_tapped(step: Step) -> bool:
    """Say whether one tap answers an item: nothing is asked but whether it is done."""
    return not step.asks or step.asks.startswith("Have you ")


async def _open(connection: Connection, left: Sequence[Step], team: Team, case: Case, *, short: bool) -> list[Block]:
    blocks = [divider()] if left else []
    for step in left:
        item = checklist_lines.open_item(step, team, short=short)
        blocks.append(section(item, await item_button(connection, case, step)))
        if not short:
            blocks += await look_again(connection, case, step)
    return blocks


async def look_again(connection: Connection, case: Case, step: Step) -> list[Block]:
    """Make the row with the button by which the bot looks again, where it could not look at an item."""
    if step.verdict != "unknown" or not case_buttons.may_look(step):
        return []
    value = await cases.step_value(connection, case.id, step.name)
    label = f"Look again at {step.position}: {step.title}"[:75]
    again = button(f"Look again at {step.position}", case_buttons.LOOK, value, label=label)
    return [actions(again, block_id=f"look-{step.position}")]


def _elsewhere(stand: Standing, parts: Sequence[Sequence[Step]]) -> list[Block]:
    """Say how many open items stand in the list's further messages."""
    if len(parts) == 1:
        return []
    there = {step.name for part in parts[1:] for step in part}
    count = sum(step.name in there for step in stand.left)
    said = md("Items {n} to {m} are in the thread, {count} of them open.", n=parts[1][0].position,
              m=parts[-1][-1].position, count=count)  # fmt: skip
    return [section(said)]


async def _beside(connection: Connection, case: Case) -> list[Block]:
    """Name the lists of the same morning, which stand in this one's thread."""
    found = await connection.fetch(SQL["beside"], case.id)
    if not found:
        return []
    names = ", ".join(f"{row['title']} ({cases.number(row['id'])})" for row in found)
    return [section(md("Also in this thread: {names}.", names=names))]


async def _show_open(connection: Connection, stand: Standing) -> list[Block]:
    value = await handles.value_of(connection, checklists.HANDLE, f"{stand.case.id} open", 0)
    count = len(stand.left)
    label = f"Show the {count} items" if count > 1 else "Show the item"
    return [actions(button(label, SHOW, value, style="primary"))]


async def _tools(connection: Connection, stand: Standing) -> list[Block]:
    """Make the row of buttons about the list as a whole."""
    value = await handles.value_of(connection, checklists.HANDLE, f"{stand.case.id} all", 0)
    row = [button("Skip or note…", OTHER, value)] if stand.left else []
    return [actions(*row, button("Show figures", "status.show"), button("Open a case…", OPEN_CASE, value))]


def _rest(
    stand: Standing, names: Mapping[str, str], team: Team, only: "partial[list[Step]]", *, short: bool
) -> list[Block]:
    """Write what was answered, by people and then by the bot."""
    case, blocks = stand.case, []
    answered, not_done, fine = only(stand.answered), only(stand.not_done), only(stand.in_order)
    closed = case.closed_at is not None
    if answered:
        whole = len(only(stand.answered)) + len(only(stand.left)) + len(not_done)
        head = md("*Answered by people: {n} of {all}*", n=len(answered), all=whole)
        lines = [checklist_lines.answered(step, names, team, timed=not closed) for step in answered]
        blocks += checklist_lines.paragraphs(head, lines)
    if not_done:
        head = md("*Not done: {n}*", n=len(not_done))
        lines = [md(":heavy_minus_sign: {name}", name=checklist_lines.name_of(step)) for step in not_done]
        blocks += checklist_lines.paragraphs(head, lines)
    looked = only(stand.looked)
    if closed or not (looked or fine):
        return blocks
    good = sum(step.verdict == "pass" for step in looked)
    head = md("*Shown by the bot*")
    if looked:
        head = md("*Looked at by the bot: {n} of {all} in order*", n=good, all=len(looked))
    lines = [checklist_lines.in_order(step, team, short=short) for step in fine]
    return [divider(), *blocks, *checklist_lines.paragraphs(head, lines)]


async def part(number: int, connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw a further message of a long list: the open items of its own, then what was answered."""
    case = await cases.of_subject(connection, subject)
    stand, names = Standing.of(case), await names_of(connection, case)
    steps = checklists.parts_of(case)[number - 1]
    here = {step.name for step in steps}
    title = f"Items {steps[0].position} to {steps[-1].position}"
    left = [step for step in stand.left if step.name in here]
    open_ones = wording.count(len(left), "item is open", "items are open") if left else "nothing is open"
    plain = f"{title} of {checklist_lines.title(case, team)}: {open_ones}."

    async def blocks(*, short: bool) -> list[Block]:
        said = md("*{title}:* {open}.", title=checklist_lines.title(case, team), open=open_ones)
        return [
            header(title),
            section(said),
            *await _open(connection, left, team, case, short=short),
            *_rest(stand, names, team, partial(_of, names=here), short=short),
            context(md("{number}", number=case.number)),
        ]

    try:
        return message(plain, *await blocks(short=False))
    except LimitError:
        return message(plain, *await blocks(short=True))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws a list's messages, and the posts about it."""
    parts = {f"{checklists.RENDERER}.{n}": partial(part, n) for n in range(2, checklists.PARTS + 1)}
    return {
        checklists.RENDERER: live,
        **parts,
        checklists.HALF: checklist_thread.half_time,
        contact_calls.KIND: checklist_thread.concerned,
        checklists.END: checklist_thread.end_of_day,
        checklists.RESULT: checklist_thread.result,
        checklists.ENDED: checklist_thread.ended,
        checklist_answers.NOTED: checklist_thread.noted,
    }
