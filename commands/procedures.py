"""/faxi-procedure: every procedure of the runbook, found by words, each with what starts it."""

from collections.abc import Callable
from typing import Final

from bot.engine import handles
from bot.engine.access import Right
from bot.slack import refusals
from bot.slack.blocks import View, button
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say, Show
from commands import case_opening as forms
from commands import procedure_pages, report_options
from commands.procedure_pages import HANDLE, NEXT, PREVIOUS, SHOW, START

NAME: Final = "/faxi-procedure"
OPEN: Final = "procedure.open"
"""The button that asks in a form which procedure to start."""
_HELP: Final = Help(
    need="Work",
    does="shows the runbook's procedures, and starts one",
    usage=(
        (NAME, "all procedures, each with its button"),
        (f"{NAME} bounce", "those that have this word, or the one with its steps"),
        (f"{NAME} changes", "what changed in the runbook"),
    ),
    hint="[words | changes]",
)


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing and starting procedures takes; which commands there are is asked when it is needed."""

    async def command(call: Call) -> Outcome:
        words = " ".join(call.click.text.replace("_", " ").casefold().split())
        if words == "changes":
            said = await procedure_pages.changes(call.connection, call.team)
            return Outcome(Say(said), "shown", parameters={"changes": True})
        return await _listed(call, catalogue(), words)

    async def show(call: Call) -> Outcome:
        name = await _named(call)
        if name is None:
            return _old()
        shown = await procedure_pages.one(call, catalogue(), name)
        return Outcome(Say(shown), "shown", parameters={"procedure": name})

    async def page(call: Call) -> Outcome:
        handle = await handles.resolve(call.connection, HANDLE, call.click.value)
        if handle is None:
            return _old()
        shown = await procedure_pages.listed(call, catalogue(), offset=handle.version)
        return Outcome(Say(shown), "shown", parameters={"from": handle.version})

    return (
        Interaction("command", NAME, "procedure:show", Right.READ, command, help=_HELP),
        Interaction("action", SHOW, "procedure:show", Right.READ, show),
        Interaction("action", PREVIOUS, "procedure:show", Right.READ, page),
        Interaction("action", NEXT, "procedure:show", Right.READ, page),
        Interaction("action", START, "procedure:start", Right.WORK, _start),
        Interaction("action", OPEN, "procedure:form", Right.WORK, _form, opening=_looking),
    )


async def _listed(call: Call, catalogue: Catalogue, words: str) -> Outcome:
    """Show all procedures, those that have the words, or the one that has."""
    found = procedure_pages.having(call.team.runbook, words)
    if words and not found:
        near = procedure_pages.nearest(call.team.runbook, words)
        guess = None
        if near is not None:
            value = await handles.mint(call.connection, HANDLE, near, 0, call.now)
            title = call.team.runbook.procedures[near].title
            label = f"Show the procedure {title}"[:75]
            offered = button("Show the procedure", SHOW, value, style="primary", label=label)
            guess = title.lower(), offered
        return report_options.not_known(NAME, words, _HELP.usage, guess)
    if len(found) == 1 and words:
        shown = await procedure_pages.one(call, catalogue, found[0])
        return Outcome(Say(shown), "shown", parameters={"procedure": found[0]})
    shown = await procedure_pages.listed(call, catalogue, found if words else None)
    return Outcome(Say(shown), "shown", parameters={"found": len(found)})


async def _named(call: Call) -> str | None:
    """Return the procedure that a button names, if the runbook has it."""
    handle = await handles.resolve(call.connection, HANDLE, call.click.value)
    known = procedure_pages.all_of(call.team.runbook)
    return handle.subject if handle is not None and handle.subject in known else None


def _old() -> Outcome:
    return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)


async def _start(call: Call) -> Outcome:
    """Open the case at once; where it is about an account, ask which."""
    name = await _named(call)
    if name is None or name not in forms.choices(call.team):
        return _old()
    if call.team.runbook.procedures[name].about_account:
        return Outcome(Show(await forms.form(call, None, chosen=name)), "form", parameters={"procedure": name})
    return await forms.opened(call, name, None, None)


async def _form(call: Call) -> Outcome:
    if not forms.choices(call.team):
        return _old()
    return Outcome(Show(await forms.form(call, None)), "form")


def _looking(_click: Click) -> View:
    return looking("Open a case")
