"""Pages of a list for who asks: all of its items or the open ones, fifteen at a time, and the lists of a day."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.base.database import Connection
from bot.duty import checklists
from bot.engine import cases, handles, outbox, schedules
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, divider, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import checklist_lines, checklist_messages, turning, wording
from commands.checklist_lines import Standing

PREVIOUS, NEXT = "check.previous", "check.next"
PICK, START = "checklist.show", "checklist.start"
LIST: Final = "ln"
"""The letters that begin the values of buttons about a list by its name."""
AHEAD: Final = timedelta(days=14)


async def asked(connection: Connection, value: str | None) -> tuple[int, str, int] | None:
    """Return the case, which items, and from which on, that a button of a list names."""
    handle = await handles.resolve(connection, checklists.HANDLE, value)
    if handle is None:
        return None
    case_id, _, which = handle.subject.partition(" ")
    return int(case_id), which, handle.version


async def items(call: Call, case: Case, which: str, offset: int, said: Mrkdwn | None = None) -> Message:
    """Draw a page of a list's items: ``all`` of them, or the ``open`` ones.

    Parameters:
        said: what stands first, where something was just done.
    """
    connection, team = call.connection, call.team
    stand = Standing.of(case)
    names = await checklist_messages.names_of(connection, case)
    rows: Sequence[Step] = stand.left if which == "open" else stand.items
    offset = offset if offset < len(rows) else 0
    page = rows[offset : offset + turning.PAGE]
    first = checklist_lines.headline(stand, names, team)
    blocks: list[Block] = [header(checklist_lines.heading(case, team))]
    blocks += [section(said)] if said else []
    blocks.append(section(first))
    if len(rows) > turning.PAGE:
        span = f"{offset + 1}-{offset + len(page)} of {len(rows)}"
        blocks.append(section(md("Items {span}", span=span)))
    blocks += [divider(), *[one for step in page for one in await _row(call, case, step, names)]] if page else []

    async def value(start: int) -> str:
        return await handles.mint(connection, checklists.HANDLE, f"{case.id} {which}", start, call.now)

    turns = await turning.turns(PREVIOUS, NEXT, offset, len(rows), value)
    place = await outbox.head_of(connection, cases.subject(case.id))
    if place is not None and place.channel and place.ts:
        url = team.link(place.channel, place.ts)
        turns.append(button("Open in the channel", "open.link", url=url))
    blocks += [actions(*turns)] if turns else []
    blocks.append(context(md("{number}", number=case.number)))
    return message(checklist_messages.summary(stand, team), *blocks)


async def _row(call: Call, case: Case, step: Step, names: Mapping[str, str]) -> list[Block]:
    line = checklist_lines.any_item(step, case, names, call.team)
    if case.closed_at is None and step in Standing.of(case).left:
        return [
            section(line, await checklist_messages.item_button(call.connection, case, step)),
            *await checklist_messages.look_again(call.connection, case, step),
        ]
    return [section(line)]


async def day(call: Call, ids: Sequence[int], title: str, none: str) -> Message:
    """Draw the lists of a day, one a row, each with the button that shows it."""
    blocks: list[Block] = [header(title)]
    for case_id in ids:
        case = await cases.load(call.connection, case_id)
        if case is not None:
            blocks.append(await _list(call, case))
    if not ids:
        blocks.append(section(md("{none}", none=none)))
    count = wording.count(len(ids), "list", "lists") if ids else "No list"
    return message(f"{title}: {count}.", *blocks)


async def _list(call: Call, case: Case) -> Block:
    value = await handles.value_of(call.connection, checklists.HANDLE, f"{case.id} all", 0)
    label = f"Show list {case.number}: {case.title}"[:75]
    return section(_standing(case, call.team), button("Show list", PICK, value, label=label))


def _standing(case: Case, team: Team) -> Mrkdwn:
    """Write one list in one line: what it is, and how it stands."""
    stand = Standing.of(case)
    name = checklist_lines.title(case, team)
    if case.closed_at is None:
        left = wording.count(len(stand.left), "item", "items")
        return md(":white_large_square: *{name}*\n{left} left ({number})", name=name, left=left, number=case.number)
    sign = md(":white_check_mark:") if case.state == "done" else md(":heavy_minus_sign:")
    return md(
        "{sign} *{name}*\n{done} of {all} done{other} ({number})",
        sign=sign,
        name=name,
        done=stand.done(),
        all=len(stand.items),
        other=stand.other(),
        number=case.number,
    )


async def overview(call: Call) -> Message:
    """Draw today's lists, and the others with the button that starts each."""
    connection, team = call.connection, call.team
    blocks: list[Block] = [header("Today's lists")]
    others = []
    shown = 0
    for name, wanted in team.runbook.checklists.items():
        there = await checklists.present(connection, team, name, call.now)
        case = await cases.load(connection, there) if there is not None else None
        if case is not None:
            blocks.append(await _list(call, case))
            shown += 1
        else:
            next_at = schedules.next_run(wanted.schedule, team.calendar, call.now)
            at = md(", next {at}", at=text.deadline(next_at, team.zone)) if next_at else md("")
            value = await handles.mint(connection, LIST, name, 1, call.now)
            label = f"Start list: {wanted.title}"[:75]
            line = md("*{title}*{at}", title=wanted.title, at=at)
            others.append(section(line, button("Start list", START, value, label=label)))
    if not shown:
        blocks.append(section(md("No list was opened today.")))
    if others:
        blocks += [divider(), section(md("*Others*")), *others]
    blocks.append(context(md("`/faxi-checklist schedule` shows the next two weeks.")))
    return message(f"Today's lists: {wording.count(shown, 'list', 'lists')}.", *blocks)


def schedule(call: Call) -> Message:
    """Draw when lists come in the next two weeks, by day."""
    team = call.team
    until = call.now + AHEAD
    runs = sorted(
        (at, wanted.title)
        for wanted in team.runbook.checklists.values()
        for at in schedules.runs(wanted.schedule, team.calendar, call.now, until)
    )
    days: dict[str, list[Mrkdwn]] = {}
    for at, title in runs:
        one = md("{at} {title}", at=text.clock_time(at, team.zone), title=title)
        days.setdefault(wording.short_day(at, team), []).append(one)
    lines = [md("*{day}* {lists}", day=one, lists=text.join(", ", found)) for one, found in days.items()]
    head = md("*{n} until {day}*", n=wording.count(len(runs), "list", "lists"), day=wording.short_day(until, team))
    zone = wording.zone_name(call.now, team.zone)
    blocks = [
        header("Lists of the next two weeks"),
        *checklist_lines.paragraphs(head, lines),
        context(md("Times are {zone}. `/faxi-checklist` shows today's.", zone=zone)),
    ]
    return message(f"{wording.count(len(runs), 'list', 'lists')} in the next two weeks.", *blocks)
