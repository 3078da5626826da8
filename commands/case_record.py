"""Show the record: all that happened with a case, line by line, for whoever asks, in pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.engine import case_notes, cases, handles, roster
from bot.engine.access import Right
from bot.engine.cases import Case
from bot.slack import refusals, text
from bot.slack.blocks import Block, View, actions, context, modal, quote, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Interaction, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import case_buttons, case_thread, case_words
from commands.turning import turn_button

PAGE: Final = 6
"""Entries of a page: each may have a thousand letters of somebody's, and Slack takes 8,000."""
_HANDLE: Final = "rp"
_TITLE: Final = "The record of a case"


@dataclass(frozen=True)
class _Entry:
    at: datetime
    said: Mrkdwn
    words: str | None = None


async def _entries(call: Call, case: Case) -> list[_Entry]:
    """Return what happened, the oldest first."""
    notes = await case_notes.of_case(call.connection, case.id)
    people = [case.opened_by, case.acknowledged_by, case.closed_by, *(step.who for step in case.steps)]
    names = await roster.names(call.connection, [*people, *(note.who for note in notes)])
    came = case_thread.origin(case, call.team)
    made = [_Entry(case.opened_at, md("*Opened* by {who}{came}", who=names[case.opened_by], came=came))]
    if case.acknowledged_at is not None:
        who = names[case.acknowledged_by or roster.BOT]
        made.append(_Entry(case.acknowledged_at, md("*{who} has it*", who=who)))
    for step in case.steps:
        if step.at is None:
            continue
        outcome = md(" ({outcome})", outcome=step.outcome) if step.outcome else md("")
        said = md(
            "*{n}. {title}*: {word}{outcome}, {who}",
            n=step.position,
            title=step.title,
            word=case_words.state_of(step),
            outcome=outcome,
            who=names[step.who or roster.BOT],
        )
        made.append(_Entry(step.at, said, step.note))
    made += [_Entry(note.at, md("*Note* by {who}", who=names[note.who]), note.words) for note in notes]
    if case.closed_at is not None:
        found = case_thread.finding(case)
        tail = md(", {found}", found=found) if found else md("")
        who = names[case.closed_by or roster.BOT]
        made.append(_Entry(case.closed_at, md("*Closed* by {who}{tail}", who=who, tail=tail), case.resolution))
    return sorted(made, key=lambda one: one.at)


async def _drawn(call: Call, case: Case, offset: int) -> View:
    entries = await _entries(call, case)
    offset = offset if 0 <= offset < len(entries) else 0
    page, total = entries[offset : offset + PAGE], len(entries)
    head = md(
        "*{number} {title}*, {a}-{b} of {total}",
        number=case.number,
        title=case.title,
        a=offset + 1,
        b=offset + len(page),
        total=total,
    )
    blocks: list[Block] = [section(head)]
    for entry in page:
        at = text.instant(entry.at, call.team.zone, "date_time")
        blocks.append(section(md("{at}  {said}", at=at, said=entry.said)))
        if entry.words:
            blocks.append(quote(entry.words))
    row = []
    if offset:
        before = max(0, offset - PAGE)
        value = await handles.mint(call.connection, _HANDLE, str(case.id), before, call.now)
        row.append(turn_button("Previous", "case.record_before", value, before + 1, before + PAGE, total))
    if offset + PAGE < total:
        after = offset + PAGE
        value = await handles.mint(call.connection, _HANDLE, str(case.id), after, call.now)
        row.append(turn_button("Next", "case.record_after", value, after + 1, min(after + PAGE, total), total))
    blocks += [actions(*row)] if row else []
    left = sum(step.state == "todo" and case.applies(step) for step in case.steps)
    if left and case.closed_at is None:
        blocks.append(context(md("{left} of {all} steps are to do.", left=left, all=len(case.steps))))
    return modal("case.record", _TITLE, *blocks)


async def _show(call: Call) -> Outcome:
    named = await cases.step_of(call.connection, call.click.value)
    case = await cases.load(call.connection, named[0]) if named else None
    return await _shown(call, case, 0)


async def _turn(call: Call) -> Outcome:
    found = await handles.resolve(call.connection, _HANDLE, call.click.value)
    case = await cases.load(call.connection, int(found.subject)) if found else None
    return await _shown(call, case, found.version if found else 0)


async def _shown(call: Call, case: Case | None, offset: int) -> Outcome:
    if case is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    view = await _drawn(call, case, offset)
    return Outcome(Show(view), "shown", case_id=case.id, subject=case.subject, parameters={"from": offset})


def _looking(_click: Click) -> View:
    return looking(_TITLE)


def declarations() -> tuple[Interaction, ...]:
    """Return what shows the record of a case."""
    return (
        Interaction("action", case_buttons.RECORD, "case:record", Right.READ, _show, opening=_looking),
        Interaction("action", "case.record_before", "case:record", Right.READ, _turn),
        Interaction("action", "case.record_after", "case:record", Right.READ, _turn),
    )
