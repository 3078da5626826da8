"""What the thread of a list is told, and the channel of its result: notes, calls, and what was not done."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.duty import checklists, confirmations
from bot.engine import case_notes, cases, outbox, roster
from bot.engine.access import Group
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import checklist_lines, wording
from commands.checklist_lines import Standing

_MOST = 20


def _called(parameters: Mapping[str, Any], team: Team) -> Mrkdwn | None:
    """Return the mention of whom a post calls; ``None`` when it calls nobody."""
    call = parameters.get("call")
    if call is None:
        return None
    return wording.mention_group(team, Group.OPERATIONS) if call == "operations" else text.user(str(call))


async def half_time(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call for what is open at half time."""
    case = await cases.of_subject(connection, subject)
    left = wording.count(int(parameters["left"]), "item is", "items are")
    due = md(" It is due by {at}.", at=text.deadline(case.due_at, team.zone)) if case.due_at else md("")
    who = _called(parameters, team) or md("Operations")
    said = md("{who}, {left} still open at half time.{due}", who=who, left=left, due=due)
    plain = f"{checklist_lines.title(case, team)}: {left} still open at half time ({case.number})."
    return message(plain, section(said), *_open_lines(case))


async def concerned(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call those, in their own channel, who alone can say that their contact data is current."""
    case = await cases.of_subject(connection, subject)
    step = case.step(str(parameters["step"]))
    group = confirmations.concerned(step) if step else None
    if step is None or group is None:
        reason = f"{subject} has no item {parameters['step']} for others"
        raise LookupError(reason)
    who = wording.mention_group(team, group) or md("{group}", group=str(group).capitalize())
    said = md(
        "{who}, *are you reached as it is written?* Please look at `/faxi-contacts`, then press Done for item {n}.",
        who=who,
        n=step.position,
    )
    head = await outbox.head_of(connection, subject)
    link = []
    if head is not None and head.channel and head.ts:
        link = [actions(button("Open the list", "open.link", url=team.link(head.channel, head.ts)))]
    return message(f"Please confirm your contact data: item {step.position} of {case.number}.", section(said), *link)


async def end_of_day(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call for what is open at the end of the day."""
    case = await cases.of_subject(connection, subject)
    left = wording.count(int(parameters["left"]), "item is", "items are")
    who = _called(parameters, team) or md("Operations")
    said = md("{who}, {left} open at the end of the day. What stays open goes into the handoff.", who=who, left=left)
    plain = f"{checklist_lines.title(case, team)}: {left} open at the end of the day ({case.number})."
    return message(plain, section(said), *_open_lines(case))


def _open_lines(case: Case) -> list[Block]:
    left = Standing.of(case).left
    if not left:
        return []
    lines = [md(":white_large_square: {name}", name=checklist_lines.name_of(step)) for step in left[:_MOST]]
    if len(left) > _MOST:
        lines.append(md("and {n} more", n=len(left) - _MOST))
    return [section(text.join("\n", lines))]


async def result(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Tell the day's result in one line, as it was when it was told."""
    case = await cases.of_subject(connection, subject)
    stand, left = Standing.of(case), int(parameters["left"])
    name = checklist_lines.title(case, team)
    if parameters["closed"] and not left:
        sign = md(":warning:") if stand.troubles else md(":white_check_mark:")
        bad = f", {len(stand.troubles)} not in order" if stand.troubles else ""
        line = md("{sign} *{name}: complete{bad}.* {done} of {all} done{other} ({number}).", sign=sign, name=name,
                  bad=bad, done=stand.done(), all=len(stand.items), other=stand.other(),
                  number=case.number)  # fmt: skip
        return message(f"{name}: complete{bad} ({case.number}).", section(line))
    what = "not done" if parameters["closed"] else "still open"
    line = md(":warning: *{name}: {left} of {all} {what}* ({number}).", name=name, left=left, all=len(stand.items),
              what=what, number=case.number)  # fmt: skip
    return message(f"{name}: {left} of {len(stand.items)} {what} ({case.number}).", section(line))


async def ended(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Tell the thread that the list ended as the next one came, and what was not done."""
    case = await cases.of_subject(connection, subject)
    left = [step for step in case.steps if step.outcome == checklists.NOT_DONE]
    if not left:
        said = md("This list ended as the next one came. Every item is answered.")
        return message(f"{checklist_lines.title(case, team)} ended ({case.number}).", section(said))
    lines = [md("*This list ended as the next one came. {n} not done:*", n=wording.count(len(left), "item", "items"))]
    lines += [md(":heavy_minus_sign: {name}", name=checklist_lines.name_of(step)) for step in left[:_MOST]]
    if len(left) > _MOST:
        lines.append(md("and {n} more", n=len(left) - _MOST))
    plain = f"{checklist_lines.title(case, team)} ended, {len(left)} not done ({case.number})."
    return message(plain, section(text.join("\n", lines)))


async def noted(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Tell the thread what somebody answered or wrote to an item, and call where it cannot be done."""
    case = await cases.of_subject(connection, subject)
    step = case.step(str(parameters["step"]))
    if step is None:
        reason = f"{subject} has no item {parameters['step']}"
        raise LookupError(reason)
    note = await case_notes.load(connection, int(parameters["note"])) if "note" in parameters else None
    writer = note.who if note else step.who or roster.BOT
    who = (await roster.names(connection, [writer]))[writer]
    words = note.words if note else step.note
    if note is not None:
        said = md("*{name}*, {who} writes:", name=checklist_lines.name_of(step), who=who)
        plain = f"A note to item {step.position}, by {who[:40]} ({case.number})."
    else:
        signs = {"done": md(":white_check_mark:"), "failed": md(":no_entry_sign:")}
        states = {"done": "done", "skipped": "skipped", "failed": "cannot be done", "not_applicable": "does not apply"}
        sign, state = signs.get(step.state, md(":heavy_minus_sign:")), states.get(step.state, "open")
        word = md("") if step.state == "done" else md(", {state}", state=state)
        said = md("{sign} *{name}*{word}, {who}", sign=sign, name=checklist_lines.name_of(step), word=word, who=who)
        with_note = ", with a note" if words else ""
        plain = f"Item {step.position} {state} by {who[:40]}{with_note} ({case.number})."
    call = _called(parameters, team)
    blocks = [section(said), *([quote(words)] if words else [])]
    if call is not None:
        blocks.append(section(md("{who}, this cannot be done. Please have a look.", who=call)))
    return message(plain, *blocks)
