"""/faxi-checklist: today's lists, one by name or started by hand, yesterday's, and when they come."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from bot.duty import checklist_days, checklists
from bot.engine import cases, handles, schedules
from bot.engine.access import Right
from bot.slack import refusals, text
from bot.slack.blocks import button, message, section
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import checklist_items, checklist_messages, checklist_pages, report_options

NAME: Final = "/faxi-checklist"
TODAY, YESTERDAY, SCHEDULE = "checklist.today", "checklist.yesterday", "checklist.schedule"
_HELP: Final = Help(
    need="Work",
    does="shows a list of the runbook, or starts it",
    usage=(
        (NAME, "today's lists"),
        (f"{NAME} morning", "the list of this name, or start it"),
        (f"{NAME} yesterday", "the lists of the day before"),
        (f"{NAME} schedule", "when lists come in the next two weeks"),
    ),
    hint="[name | yesterday | schedule]",
)


async def _command(call: Call) -> Outcome:
    words = " ".join(call.click.text.replace("_", " ").lower().split())
    if not words:
        return Outcome(Say(await checklist_pages.overview(call)), "shown")
    if words == "yesterday":
        return await _yesterday(call)
    if words == "schedule":
        return await _schedule(call)
    names = _names(call)
    if words in names:
        return await _named(call, names[words])
    return await _not_known(call, words, names)


def _names(call: Call) -> Mapping[str, str]:
    """Return the runbook's lists by what people may call them: their names and titles."""
    found = {}
    for name, wanted in call.team.runbook.checklists.items():
        title = wanted.title.lower()
        short = title.removesuffix(" checklist").removesuffix(" list")
        found.update(dict.fromkeys((name.replace("_", " "), title, short), name))
    return found


async def _not_known(call: Call, words: str, names: Mapping[str, str]) -> Outcome:
    """Answer a word that names no list: the nearest one as a button."""
    near = get_close_matches(words, [*names, "yesterday", "schedule"], n=1)
    guess = None
    if near and near[0] in names:
        value = await handles.mint(call.connection, checklist_pages.LIST, names[near[0]], 1, call.now)
        label = f"Show the list {near[0]}"
        shown = label if len(label) <= 24 else "Show that list"  # noqa: PLR2004  # of a button
        guess = near[0], button(shown, checklist_pages.START, value, style="primary")
    elif near:
        label, action = {
            "yesterday": ("Show yesterday's lists", YESTERDAY),
            "schedule": ("Show the schedule", SCHEDULE),
        }[near[0]]
        guess = near[0], button(label, action, style="primary")
    return report_options.not_known(NAME, words, _HELP.usage, guess)


async def _named(call: Call, name: str) -> Outcome:
    """Show the present list of this name, or start it."""
    there = await checklists.present(call.connection, call.team, name, call.now)
    if there is not None:
        return await _show(call, there, "all", 0)
    if not call.membership.holds(call.person.id, Right.WORK):
        refused = refusals.not_allowed(Right.WORK, call.person.id, call.membership, call.team)
        return Outcome(Say(refused), "refused:not_allowed", allowed=False, tag="checklist:start")
    case_id = await checklists.open_list(
        call.connection, call.team, name, planned_at=None, now=call.now, opened_by=call.person.id
    )
    wanted = call.team.runbook.checklists[name]
    next_at = schedules.next_run(wanted.schedule, call.team.calendar, call.now)
    zone = call.team.zone
    today = next_at is not None and next_at.astimezone(zone).date() == call.now.astimezone(zone).date()
    tail = md("")
    if next_at is not None and today:
        tail = md(" It takes the place of the one planned for {at}.", at=text.clock_time(next_at, zone))
    said = md(
        ":white_check_mark: *{title} started* ({number}). It comes in {channel} as soon as the bot has looked.{tail}",
        title=wanted.title,
        number=cases.number(case_id),
        channel=text.channel(call.team.channels.operations),
        tail=tail,
    )
    answer = message(f"{wanted.title} started ({cases.number(case_id)}).", section(said))
    return Outcome(Say(answer), "started", case_id=case_id, parameters={"list": name}, tag="checklist:start")


async def _start(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, checklist_pages.LIST, call.click.value)
    if handle is None or handle.subject not in call.team.runbook.checklists:
        return checklist_items.old()
    return await _named(call, handle.subject)


async def _yesterday(call: Call) -> Outcome:
    found = await checklist_days.yesterdays(call.connection, call.team, call.now)
    if len(found) == 1:
        return await _show(call, found[0], "all", 0)
    title = "The lists of the day before"
    return Outcome(Say(await checklist_pages.day(call, found, title, "No earlier list is kept.")), "shown")


async def _schedule(call: Call) -> Outcome:
    return Outcome(Say(checklist_pages.schedule(call)), "shown")


async def _show(call: Call, case_id: int, which: str, offset: int, said: Mrkdwn | None = None) -> Outcome:
    case = await cases.load(call.connection, case_id)
    if case is None:
        return checklist_items.old()
    page = await checklist_pages.items(call, case, which, offset, said)
    return Outcome(Say(page), "shown", case_id=case_id, parameters={"items": which, "from": offset})


async def _page(call: Call) -> Outcome:
    found = await checklist_pages.asked(call.connection, call.click.value)
    return checklist_items.old() if found is None else await _show(call, *found)


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about lists."""
    pages = checklist_pages
    return (
        Interaction("command", NAME, "checklist:show", Right.READ, _command, help=_HELP),
        Interaction("action", TODAY, "checklist:show", Right.READ, _command),
        Interaction("action", YESTERDAY, "checklist:show", Right.READ, _yesterday),
        Interaction("action", SCHEDULE, "checklist:show", Right.READ, _schedule),
        Interaction("action", pages.PICK, "checklist:show", Right.READ, _page),
        Interaction("action", pages.START, "checklist:show", Right.READ, _start),
        Interaction("action", checklist_messages.SHOW, "checklist:show", Right.READ, _page),
        Interaction("action", pages.PREVIOUS, "checklist:show", Right.READ, _page),
        Interaction("action", pages.NEXT, "checklist:show", Right.READ, _page),
        *checklist_items.declarations(),
    )
