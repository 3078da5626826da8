"""How procedures look: a list in groups with what starts each, one with its steps, and what changed in the runbook."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal

from bot.base.database import Connection
from bot.engine import change_log, handles
from bot.engine.access import Right
from bot.engine.change_log import Noted
from bot.engine.procedures import NOT_CONNECTED, NOT_SET_UP, Checklist, Procedure, Step
from bot.engine.runbook import Runbook
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, context, header, message, section
from bot.slack.interactions import Call, Catalogue
from bot.slack.text import Mrkdwn, md
from commands import case_opening, change_messages, turning, wording

SHOW, START = "procedure.show", "procedure.start"
PREVIOUS, NEXT = "procedure.previous", "procedure.next"
HANDLE: Final = "pr"
"""The letters that begin a button's value: a procedure's name, or nothing and the row from which a page begins."""
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "restriction": ("Ask to restrict…", "restriction.ask"),
    "lift": ("Ask to lift…", "lift.ask"),
    "review": ("Show restrictions", "restrictions.show"),
    "flagged": ("Show flagged accounts", "flagged.show"),
}
"""What starts the procedures that a command of their own starts: the button that leads there."""
_KINDS: Final[Mapping[str, Mrkdwn]] = {
    "check": md("the bot looks"),
    "show": md("the bot shows it"),
    "act": md("done from here"),
    "confirm": md("by hand"),
}
_ALERT, _ACCOUNT, _MAINTENANCE, _OTHER = "When an alert comes", "About an account", "Maintenance", "Anything else"
_LOGGED: Final = 5


def all_of(runbook: Runbook) -> dict[str, Procedure]:
    """Return the runbook's procedures without its lists, group by group, by name."""
    found = {name: one for name, one in runbook.procedures.items() if not isinstance(one, Checklist)}
    order = (_ALERT, _ACCOUNT, _MAINTENANCE, _OTHER)
    return dict(sorted(found.items(), key=lambda one: order.index(_group(runbook, *one))))


def _group(runbook: Runbook, name: str, procedure: Procedure) -> str:
    book = runbook.handbook
    if procedure.about_account:
        return _ACCOUNT
    if name in {alert.procedure for alert in book.alerts.values()}:
        return _ALERT
    if any(name in window.procedures for window in book.maintenance.values()):
        return _MAINTENANCE
    return _OTHER


def having(runbook: Runbook, words: str) -> tuple[str, ...]:
    """Return the procedures that have all of these words, those with them in their title first.

    Parameters:
        words: in small letters; the beginning of a word will do.
    """
    wanted = words.split()
    found = {name: one for name, one in all_of(runbook).items() if _has(_all_words(name, one), wanted)}
    exact = [name for name, one in found.items() if words in {one.title.casefold(), name.replace("_", " ")}]
    if exact:
        return (exact[0],)
    return tuple(sorted(found, key=lambda name: not _has(found[name].title, wanted)))


def _all_words(name: str, one: Procedure) -> str:
    steps = " ".join(step.title for step in one.steps)
    return f"{name.replace('_', ' ')} {one.title} {one.summary or ''} {one.trigger or ''} {one.source} {steps}"


def _has(said: str, wanted: Sequence[str]) -> bool:
    has = said.casefold().split()
    return all(any(one.startswith(word) for one in has) for word in wanted)


def nearest(runbook: Runbook, words: str) -> str | None:
    """Return the procedure that was most likely meant, by its title or a word of it."""
    known: dict[str, str] = {}
    for name, one in all_of(runbook).items():
        for word in (one.title.casefold(), *one.title.casefold().split()):
            known.setdefault(word, name)
    near = get_close_matches(words, known, n=1)
    return known[near[0]] if near else None


async def listed(call: Call, catalogue: Catalogue, found: Sequence[str] | None = None, *, offset: int = 0) -> Message:
    """Draw a page of all procedures, or the first fifteen of those that were found."""
    runbook = call.team.runbook
    names = list(all_of(runbook)) if found is None else list(found)
    offset = offset if offset < len(names) else 0
    page = names[offset : offset + turning.PAGE]
    title = "Procedures" if found is None else f"{wording.count(len(names), 'procedure', 'procedures')} found"
    blocks: list[Block] = [header(title)]
    group = ""
    for name in page:
        one = runbook.procedures[name]
        if found is None and (mine := _group(runbook, name, one)) != group:
            group = mine
            blocks.append(section(md("*{group}*", group=group)))
        blocks.append(section(_row(one), await _starts(call, catalogue, name, one)))
    if found is None:

        async def value(start: int) -> str:
            return await handles.mint(call.connection, HANDLE, "", start, call.now)

        turns = await turning.turns(PREVIOUS, NEXT, offset, len(names), value)
        blocks += [actions(*turns)] if turns else []
    if len(names) > len(page):
        span = f"{offset + 1}-{offset + len(page)} of {len(names)}"
        more = "" if found is None else " Please give one more word."
        blocks.append(section(md("Procedures {span}.{more}", span=span, more=more)))
    blocks.append(context(md("`/faxi-procedure` and a word finds one and shows its steps. Lists: `/faxi-checklist`.")))
    return message(f"{wording.count(len(names), 'procedure', 'procedures')} of the runbook.", *blocks)


def _row(one: Procedure) -> Mrkdwn:
    lines = [md("*{title}*", title=one.title)]
    if one.summary:
        lines.append(md("{summary}", summary=one.summary))
    steps = wording.count(len(one.steps), "step", "steps")
    when = md("{trigger}. ", trigger=one.trigger) if one.trigger else md("")
    lines.append(md("{when}{severity}, {steps}", when=when, severity=one.severity.capitalize(), steps=steps))
    return text.join("\n", lines)


async def _starts(
    call: Call, catalogue: Catalogue, name: str, one: Procedure, *, primary: bool = False
) -> Block | None:
    """Make the button that starts a procedure, or leads to the command that does; none that would be refused."""
    style: Literal["primary"] | None = "primary" if primary else None
    if one.starts == "by_command":
        words, action = _COMMANDS.get(name, ("", ""))
        found = catalogue.find("action", action)
        if found is None or not call.membership.holds(call.person.id, found.right):
            return None
        return button(words, action, style=style, label=f"{words.rstrip('…')}: {one.title}"[:75])
    if not call.membership.holds(call.person.id, Right.WORK) or name not in case_opening.choices(call.team):
        return None
    value = await handles.mint(call.connection, HANDLE, name, 0, call.now)
    label = f"Start: {one.title}"[:75]
    if one.about_account:
        return button("Start…", START, value, style=style, label=label)
    sure = confirm(
        f"Start “{one.title}”?", "A case opens in the operations channel, and you have it.", "Start", "Not now"
    )
    return button("Start", START, value, style=style, label=label, confirm=sure)


async def one(call: Call, catalogue: Catalogue, name: str) -> Message:
    """Draw one procedure with its steps, and who does each."""
    found = call.team.runbook.procedures[name]
    blocks: list[Block] = [section(_row(found))]
    start = await _starts(call, catalogue, name, found, primary=True)
    blocks += [actions(start)] if start is not None else []
    lines = [_step(n, step) for n, step in enumerate(found.steps, start=1)]
    blocks += [section(text.join("\n", lines[at : at + 10])) for at in range(0, len(lines), 10)]
    asks = found.closing.asks if found.closing else None
    closes = md(" Closing asks for the {asks}.", asks=asks) if asks else md("")
    blocks.append(context(md("Runbook: {source}.{closes}", source=found.source, closes=closes)))
    return message(f"{found.title}: {wording.count(len(found.steps), 'step', 'steps')}.", *blocks)


def _step(n: int, step: Step) -> Mrkdwn:
    who = _KINDS[step.kind]
    if step.why_by_hand in {NOT_CONNECTED, NOT_SET_UP}:
        who = md("by hand, {why}", why=step.why_by_hand or "")
    only = md(", only in some cases") if step.when else md("")
    return md("{n}. {title}, {who}{only}", n=n, title=step.title, who=who, only=only)


async def changes(connection: Connection, team: Team) -> Message:
    """Draw what changed in the runbook: what the bot saw, the newest first, then what the file itself tells."""
    noted = await change_log.newest(connection, _LOGGED)
    blocks: list[Block] = [header("Changes of the runbook")]
    blocks += [block for one in noted if one.before is not None for block in _noted(one, team)]
    own = team.runbook.handbook.change_log
    if own:
        lines = [md("{date} {change}, {by}", date=one.date, change=one.change, by=one.by) for one in own[-10:]]
        blocks.append(section(text.join("\n", [md("*Written in the runbook itself*"), *lines])))
    if len(blocks) == 1:
        blocks.append(section(md("None since the bot was started first.")))
    return message("These are the changes of the runbook.", *blocks)


def _noted(one: Noted, team: Team) -> list[Block]:
    at = text.instant(one.at, team.zone, "date_time")
    lines = change_messages.lines(change_log.compare(one.before or {}, one.entries))
    return [section(text.join("\n", [md("*{at}*", at=at), *lines]))]
