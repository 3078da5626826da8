"""Can it be lifted? The restricted accounts with their four criteria: some in the list's thread, all for who asks.

Source: runbook "Monday Tasks" 2 and "Lifting Account Restriction" 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import handles, roster
from bot.engine.access import Right
from bot.engine.team import Team
from bot.mail import lift_review, restrictions
from bot.mail.lift_review import Answer
from bot.mail.lifts import CRITERIA
from bot.slack import refusals, text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import lift_wording, list_pages, report_rows, wording
from commands.list_pages import FIRST, Turn, Turning
from commands.shows import shown_step

SHOW: Final = "lift_review.show"
TURNING: Final = Turning("lr", "lift_review.back", "lift_review.next")
_LIFT: Final = "lift.ask"
_SHOWN: Final = 5
"""Accounts in the thread; all of them are shown to who asks."""


async def shown(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show in a list's thread those nearest to a lift, and the button that shows all."""
    case, step, at = await shown_step(connection, subject, parameters)
    found = await lift_review.answers(connection, team, at)
    sentence = _sentence(found, case.number)
    if not found:
        return message(sentence, section(md("*{n}. No account is restricted*", n=step.position)))
    head = md("*{n}. Can it be lifted?* {count}", n=step.position, count=_count(found))
    rows = await _rows(connection, found[:_SHOWN], at, team)
    more = [button("Show all", SHOW, label=f"Show all {len(found):,} restricted accounts with their criteria")]
    blocks: list[Block] = [section(head), *rows]
    if len(found) > _SHOWN:
        rest = wording.count(len(found) - _SHOWN, "more account", "more accounts")
        blocks += [section(md("{rest}, farther from a lift.", rest=rest)), actions(*more)]
    return message(sentence, *blocks, _context(at, team))


def _count(found: Sequence[Answer]) -> str:
    ready = sum(one.may_be_lifted for one in found)
    return f"{ready:,} of {wording.count(len(found), 'account meets', 'accounts meet')} all four criteria."


def _sentence(found: Sequence[Answer], number: str | None = None) -> str:
    tail = f" ({number})" if number else ""
    if not found:
        return f"No account is restricted{tail}."
    return f"{_count(found).removesuffix('.')}{tail}."


def _context(at: datetime, team: Team) -> Block:
    return context(md("Counted at {at}. Management decides about a lift.", at=text.instant(at, team.zone, "date_time")))


async def _rows(connection: Connection, some: Sequence[Answer], at: datetime, team: Team) -> list[Block]:
    names = await roster.names(connection, _people(some))
    blocks = []
    for one in some:
        value = await handles.mint(connection, restrictions.ACCOUNT, str(one.account.id), 1, at)
        blocks.append(section(text.join("\n", _row(one, names, team)), _button(one, value)))
    return blocks


def _people(some: Iterable[Answer]) -> list[str]:
    return [person for one in some for person in lift_wording.people(one.criteria)]


def _row(one: Answer, names: Mapping[str, str], team: Team) -> Sequence[Mrkdwn]:
    if one.asked:
        verdict = md("a decision waits")
    elif one.may_be_lifted:
        verdict = md("can be lifted")
    else:
        verdict = md("{met} of {all} criteria are met", met=one.criteria.met, all=CRITERIA)
    head = md("*{masked}*, {verdict}", masked=one.account.number_masked, verdict=verdict)
    return [head, *lift_wording.lines(one.criteria, names, team)]


def _button(one: Answer, value: str) -> Block:
    """Make the button that leads to the lift where its days are over, else the one that shows the account."""
    if one.criteria.answers[0] and not one.asked:
        label = f"Ask to lift the restriction of the account{report_rows.ending(one.account)}"
        return button("Ask to lift…", _LIFT, value, label=label)
    return report_rows.show_button(one.account, value)


async def _looked(call: Call, turn: Turn) -> Outcome:
    found = await lift_review.answers(call.connection, call.team, call.now)
    if not found:
        return Outcome(Say(message(_sentence(found), section(md("*No account is restricted.*")))), "shown")
    page = list_pages.cut(found, turn)
    blocks: list[Block] = [header("Can it be lifted?"), section(md("{count}", count=_count(found)))]
    if page.total > len(page.rows):
        blocks.append(section(md("{span}", span=page.span)))
    blocks += await _rows(call.connection, page.rows, call.now, call.team)
    row = await TURNING.buttons(call, page)
    blocks += [actions(*row)] if row else []
    said = message(_sentence(found), *blocks, _context(call.now, call.team))
    return Outcome(Say(said), "shown", parameters={"from": page.start, "of": page.total})


async def _show(call: Call) -> Outcome:
    return await _looked(call, FIRST)


async def _turned(call: Call) -> Outcome:
    turn = await TURNING.turn(call)
    if turn is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    return await _looked(call, turn)


def declarations() -> tuple[Interaction, ...]:
    """Return what shows all of them, page by page."""
    tag = "restrictions:criteria"
    return (
        Interaction("action", SHOW, tag, Right.READ, _show),
        Interaction("action", TURNING.previous, tag, Right.READ, _turned),
        Interaction("action", TURNING.next, tag, Right.READ, _turned),
    )
