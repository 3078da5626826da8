"""What a click means by its words: ``help`` after a command, and a mention that does what a command does."""

import re
from dataclasses import replace
from difflib import get_close_matches

from bot.engine.access import Right
from bot.slack.blocks import actions, button, message, section
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Catalogue, Handler, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md, typed
from commands import help as help_command

MENTION = "app_mention"
_FORMS = {
    "/faxi-restrict": ("Ask to restrict…", "restriction.ask"),
    "/faxi-lift": ("Ask to lift…", "lift.ask"),
}
"""The button that opens the form of each command that has one."""
_MENTIONED = re.compile(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>\s*[:,]?\s*")


def route(catalogue: Catalogue, click: Click, interaction: Interaction) -> tuple[Click, Interaction]:
    """Return the click and the interaction that it means."""
    if click.kind == "event" and click.name == MENTION:
        return _mention(catalogue, click, interaction)
    if click.kind == "command" and interaction.help is not None and click.text.lower() == "help":
        return click, _helper(catalogue, interaction)
    return click, interaction


def _helper(catalogue: Catalogue, fallback: Interaction) -> Interaction:
    return catalogue.find("command", help_command.NAME) or fallback


def _mention(catalogue: Catalogue, click: Click, interaction: Interaction) -> tuple[Click, Interaction]:
    word, rest = [*_MENTIONED.sub("", click.text).split(maxsplit=1), "", ""][:2]
    name = "/faxi-" + word.lower().removeprefix("/").removeprefix("faxi-")
    command = catalogue.find("command", name if word else help_command.NAME)
    if command is None:
        return click, replace(interaction, run=_not_understood(catalogue, word.lower()))
    marked, rest = rest.strip(), typed(rest).strip()
    if rest.lower() == "help":
        return replace(click, kind="command", name=command.name, text="help"), replace(
            _helper(catalogue, command), opening=None
        )
    meant = replace(click, text=rest, marked=marked)
    if command.opens_form:
        # What was typed may hold a number: it is not repeated, and the form asks anew.
        offer = replace(interaction, tag=command.tag, right=command.right, run=_offer(command))
        return replace(click, text="", marked=""), offer
    return meant, replace(command, kind="event", name=MENTION, opening=None)


def _offer(command: Interaction) -> Handler:
    async def offer(_call: Call) -> Outcome:
        does = command.help.does if command.help else ""
        said = md(
            "*`{name}`* {does}.\nGive the number in the form, not here. If your message holds one, please delete it.",
            name=Mrkdwn(command.name),
            does=does,
        )
        label, action = _FORMS[command.name]
        form = button(label, action, style="primary")
        return Outcome(Say(message("Press the button to open the form here.", section(said), actions(form))), "offered")

    return offer


def _not_understood(catalogue: Catalogue, word: str) -> Handler:
    """Return what answers an unknown word: with the nearest command that the person may use, if one is near."""

    async def answer(call: Call) -> Outcome:
        may = [one.name.removeprefix("/faxi-") for one in help_command.allowed(call, catalogue)]
        near = get_close_matches(word, may, n=1)
        guess = md("\nDid you mean `@faxi-bot {near}`?", near=near[0]) if near else md("")
        said = md(
            ":grey_question: I do not know that word. Nothing was changed.{guess}\n"
            "Write `@faxi-bot help`, or type `/faxi-help`.",
            guess=guess,
        )
        shown = message("I do not know that word, so nothing was changed.", section(said))
        return Outcome(Say(shown), "refused:unknown_word", allowed=False)

    return answer


async def _unread(_call: Call) -> Outcome:
    reason = "a mention is answered by what it means"
    raise RuntimeError(reason)


def declarations() -> tuple[Interaction, ...]:
    """Return the mention of the bot; :func:`route` says what each one means."""
    return (Interaction("event", MENTION, "mention:read", Right.HELP, _unread),)
