"""How App Home looks: what waits for this person first, then today, who is on call, open cases, and quick actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.duty import confirmations, home_facts, oncall, waiting
from bot.duty.status import Figures, Status
from bot.engine import cases, outbox, roster
from bot.engine.access import Group, Right
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.slack import refusals, text
from bot.slack.blocks import Block, View, actions, button, context, divider, header, home, section
from bot.slack.homes import Draw
from bot.slack.interactions import Call, Catalogue
from bot.slack.text import Mrkdwn, md
from commands import checklist_lines, checklist_messages, findings, home_mail, needs_you, wording
from commands import oncall as oncall_lines
from commands.checklist_lines import Standing
from commands.needs_you import SHOWN, Needs

ITEMS: Final = 6
"""Open items of lists that stand in Home; more are counted."""
_CASES: Final = 5
_MINE: Final = 3
_TITLE: Final = 60
_WORKERS: Final = (
    ("Status", "status.show", "Status: how all is"),
    ("Find account…", "account.find", "Find account and show it, masked"),
    ("Start a procedure…", "procedure.open", "Start a procedure of the runbook"),
    ("Restrict…", "restriction.ask", "Restrict an account: ask management"),
    ("Hand over", "handoff.start", "Hand over to whoever is on call next"),
)
_DECIDERS: Final = (
    ("Weekly report", "report.show", "Weekly report of the mail"),
    ("Restrictions", "restrictions.show", "Restrictions: who is restricted"),
    ("Status", "status.show", "Status: how all is"),
    ("Start a procedure…", "procedure.open", "Start a procedure of the runbook"),
    ("Find account…", "account.find", "Find account and show it, masked"),
)
_READERS: Final = (
    ("Status", "status.show", "Status: how all is"),
    ("Restrictions", "restrictions.show", "Restrictions: who is restricted"),
    ("Search the records", "audit.all", "Search the records of all"),
)
"""Quick actions, by what people mostly do; what is not there or would be refused is left out."""


@dataclass
class _Waiting:
    """What waits for a person: blocks, how many things, and whether a primary button stands there."""

    blocks: list[Block] = field(default_factory=list)
    total: int = 0
    primary: bool = False
    decisions: bool = False


def drawer(catalogue: Callable[[], Catalogue], status: Status) -> Draw:
    """Return what draws one person's Home; the status is the process's own, which counts once for all who ask."""

    async def draw(call: Call) -> View:
        groups = call.membership.of(call.person.id)
        if not groups:
            return no_access()
        figures = await status.figures(call.connection, call.now)
        needs = await needs_you.needs(call, figures, catalogue(), lists=False)
        lists = await home_facts.lists(call.connection, call.team, call.now)
        found = await _waiting(call, needs, lists)
        if await home_facts.is_new(call.connection, call.person.id):
            return await _first_time(call, found)
        return await _whole(call, catalogue(), figures, found, lists)

    return draw


def no_access() -> View:
    """Say whom to ask."""
    return home(
        header("Nothing here for you yet"),
        section(
            md(
                "You are in none of Faxi's groups (operations, engineering, management, auditors).\n"
                "Ask a workspace owner to add you. Until then `/faxi-help` works for you."
            )
        ),
        context(md("Nothing was shown or changed.")),
    )


async def _waiting(call: Call, needs: Needs, lists: Sequence[Case]) -> _Waiting:
    """Draw what waits for the person: decisions and cases, then, for operations, the open items of lists."""
    found = _Waiting(total=needs.total, decisions=bool(needs.things))
    for thing in needs.things:
        found.blocks += needs_you.drawn(thing, primary=not found.primary)
        found.primary = found.primary or bool(thing.buttons)
        found.decisions = found.decisions and thing.sign == "raised_hand"
    more = needs.total - len(needs.things)
    if more > 0:
        found.blocks.append(section(md("And {more} more: `/faxi-case` lists what is open.", more=f"{more:,}")))
    if call.membership.holds(call.person.id, Right.WORK):
        await _mine(call, found)
        await _items(call, lists, found)
    return found


async def _mine(call: Call, found: _Waiting) -> None:
    """Add the person's other cases in which something is to be done, each with the way to it."""
    in_operations = Group.OPERATIONS in call.membership.of(call.person.id)
    above = await waiting.theirs(
        call.connection, call.person.id, call.now, SHOWN, in_operations=in_operations, lists=False
    )
    mine, total = await home_facts.mine(call.connection, call.person.id, [one.case for one in above.first], _MINE)
    for case in mine:
        step = case.present
        lines = [md(":eyes: *{title}* {number}", title=case.title, number=case.number)]
        if step is not None:
            lines.append(md("Step {n} of {all}: {title}", n=step.position, all=len(case.steps), title=step.title))
        link = await _link(call, case, "Open the case", f"Open the case {case.number}")
        found.blocks.append(section(text.join("\n", lines), link))
    if total > len(mine):
        more = wording.count(total - len(mine), "more case is yours", "more cases are yours")
        found.blocks.append(section(md("{more}: `/faxi-case`", more=more)))
    found.total += total
    found.decisions = found.decisions and not total


async def _items(call: Call, lists: Sequence[Case], found: _Waiting) -> None:
    """Add the open items of lists, each with its one button: all for operations, for others what concerns them."""
    groups = call.membership.of(call.person.id)
    left = [
        (case, step)
        for case in lists
        if case.closed_at is None
        for step in Standing.of(case).left
        if Group.OPERATIONS in groups or confirmations.concerned(step) in groups
    ]
    for case, step in left[:ITEMS]:
        title = md("*{title}*", title=findings.title(step, call.team))
        one = await checklist_messages.item_button(call.connection, case, step)
        if not found.primary:
            one, found.primary = {**one, "style": "primary"}, True
        line = md(":arrow_forward: {title}\n{name}, item {n}", title=title, name=case.title, n=step.position)
        found.blocks.append(section(line, one))
    if len(left) > ITEMS:
        more = wording.count(len(left) - ITEMS, "more item is open", "more items are open")
        found.blocks.append(section(md("{more}: `/faxi-checklist`", more=more)))
    found.total += len(left)
    found.decisions = found.decisions and not left


def _headline(found: _Waiting) -> str:
    if not found.total:
        return ":white_check_mark: Nothing waits for you"
    if found.decisions:
        return f"{wording.count(found.total, 'decision waits', 'decisions wait')} for you"
    return f"{wording.count(found.total, 'thing waits', 'things wait')} for you"


async def _first_time(call: Call, found: _Waiting) -> View:
    """Welcome somebody with three commands; what waits for them stands above."""
    above = [header(_headline(found)), *found.blocks, divider()] if found.total else []
    status = button("Show status", "status.show", style=None if found.primary else "primary")
    return home(
        *above,
        header("Welcome: three commands"),
        section(md("`/faxi-status` what needs you now\n`/faxi-checklist` today's list\n`/faxi-help` everything else")),
        actions(status, button("Show help", "help.show")),
        divider(),
        section(await _on_call(call)),
        context(_who(call)),
    )


async def _whole(call: Call, catalogue: Catalogue, figures: Figures, found: _Waiting, lists: Sequence[Case]) -> View:
    groups = call.membership.of(call.person.id)
    decides = call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION)
    blocks = [header(_headline(found)), *found.blocks]
    if found.blocks:
        blocks.append(divider())
    if decides and Group.OPERATIONS not in groups:
        blocks.append(section(home_mail.rates(figures, call.team)))
    blocks += [await _today(call, lists), section(await _on_call(call)), section(await _open_cases(call)), divider()]
    works = groups & {Group.OPERATIONS, Group.ENGINEERING}
    offered = _WORKERS if works else _DECIDERS if decides else _READERS
    row = []
    for words, action, label in offered:
        one = catalogue.find("action", action)
        if one is not None and call.membership.holds(call.person.id, one.right):
            row.append(button(words, action, label=label))
    if row:
        blocks += [section(md("*Quick actions*")), actions(*row)]
    last = md("{who} · as of {at}", who=_who(call), at=text.instant(call.now, call.team.zone))
    return home(*blocks, context(last))


def _who(call: Call) -> Mrkdwn:
    groups = refusals.group_names(call.membership.of(call.person.id))
    return md("{name} · {groups}", name=call.person.name, groups=groups)


async def _today(call: Call, lists: Sequence[Case]) -> Block:
    """Write how today's lists stand, and when the next ones come."""
    team, now = call.team, call.now
    lines = [md("*Today*"), *(list_line(case, team, now) for case in lists)]
    for one in home_facts.coming(team, now):
        at = text.clock_time(one.at, team.zone) if home_facts.soon(one.at, now) else text.deadline(one.at, team.zone)
        if one.at.astimezone(team.zone).date() != now.astimezone(team.zone).date():
            at = text.deadline(one.at, team.zone)
        lines.append(md("{title}: {at}", title=one.title, at=at))
    newest = next((case for case in lists if case.closed_at is None), None)
    link = await _link(call, newest, "Open list", f"Open list: {newest.title}"[:75]) if newest else None
    return section(text.join("\n", lines), link)


def list_line(case: Case, team: Team, now: datetime) -> Mrkdwn:
    """Write how a list stands; one of another day says of which."""
    stand = Standing.of(case)
    total = len(stand.items)
    if case.closed_at is not None:
        said = f"{stand.done()} of {total} done{stand.other()}"
    else:
        looking = f", the bot looks at {len(stand.looking)}" if stand.looking else ""
        said = f"{len(stand.left)} left of {total}{looking}"
    title = case.title if home_facts.of_today(case, team, now) else checklist_lines.title(case, team)
    return md("{title}: {said}", title=title, said=said)


async def _link(call: Call, case: Case, words: str, label: str) -> Block | None:
    """Make the way to a case's message; none to a channel that the person may not be in."""
    place = await outbox.head_of(call.connection, cases.subject(case.id))
    manages = call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION)
    if place is None or not place.channel or not place.ts:
        return None
    if place.destination == call.team.channels.management and not manages:
        return None
    return button(words, "open.link", url=call.team.link(place.channel, place.ts), label=label[:75])


async def _on_call(call: Call) -> Mrkdwn:
    duty = await oncall.now_on_call(call.connection)
    if duty is None:
        may = call.membership.holds(call.person.id, Right.WORK)
        return await oncall_lines.line(call.connection, call.team, may_take=may)
    names = await roster.names(call.connection, [duty.person])
    who = "you" if duty.person == call.person.id else names[duty.person]
    since = text.instant(duty.since, call.team.zone, "date_time")
    return md("*On call*\n{who}, since {since}", who=who[:1].upper() + who[1:], since=since)


async def _open_cases(call: Call) -> Mrkdwn:
    """Write the open cases, the most severe first, each with who has it or when it goes on."""
    some = await home_facts.open_cases(call.connection, _CASES)
    names = await roster.names(call.connection, [one.owner for one in some.lines])
    lines = [md("*Open cases*")]
    for one in some.lines:
        if one.severity == "critical":
            sign = md(":rotating_light:")
        elif one.state == "waiting" or (one.due_at is not None and not home_facts.soon(one.due_at, call.now)):
            sign = md(":hourglass_flowing_sand:")
        else:
            sign = md(":eyes:") if one.owner and one.owner != roster.BOT else md(":white_large_square:")
        more = _more(one, names[one.owner] if one.owner else "nobody yet", call.team, call.now)
        title = text.clip(one.title, _TITLE)
        number = cases.number(one.id)
        lines.append(md("{sign} {number} {title}{more}", sign=sign, number=number, title=title, more=more))
    if not some.lines:
        lines.append(md("None"))
    if some.total > len(some.lines):
        lines.append(md("And {more} more: `/faxi-case`", more=some.total - len(some.lines)))
    return text.join("\n", lines)


def _more(one: home_facts.OpenCase, owner: str, team: Team, now: datetime) -> Mrkdwn:
    if one.due_at is None or home_facts.soon(one.due_at, now):
        return md(", {owner}", owner=owner)
    word = "was due" if one.due_at <= now else "follow-up"
    return md(", {word} {day}", word=word, day=wording.short_day(one.due_at, team))
