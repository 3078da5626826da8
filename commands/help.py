"""/faxi-help: what this person may do, by need; and help for one command."""

from collections.abc import Callable

from bot.engine.access import HOLDERS, Right
from bot.slack import refusals
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, join, md

NAME = "/faxi-help"
_NEEDS = ("Now", "People", "Work", "Look back")
_HELP = Help(
    need="Look back",
    does="what you can do here",
    usage=((NAME, "what you can do here"), (f"{NAME} case", "how to use one command")),
)


def allowed(call: Call, catalogue: Catalogue) -> tuple[Interaction, ...]:
    """Return the commands that this person may use."""
    return tuple(one for one in catalogue.commands if _may(call, one))


def _may(call: Call, one: Interaction) -> bool:
    return one.right is Right.HELP or call.membership.holds(call.person.id, one.right)


def _buttons(call: Call, catalogue: Catalogue) -> list[Block]:
    """Make the buttons for what is asked for most, as far as the person may use them."""
    made: list[Block] = []
    for words, action in (("Show status", "status.show"), ("Show today's list", "checklist.today")):
        found = catalogue.find("action", action)
        if found is not None and _may(call, found):
            made.append(button(words, action, style=None if made else "primary"))
    return made


def _line(one: Interaction) -> Mrkdwn:
    does = one.help.does if one.help else ""
    return md("`{name}` {does}", name=_as_typed(one.name), does=does)


def _as_typed(command: str) -> Mrkdwn:
    """Return a command's own name, which is ours and needs no masking of its hyphen or slash."""
    return Mrkdwn(command)


def _whole(call: Call, catalogue: Catalogue) -> Message:
    mine = allowed(call, catalogue)
    blocks = [header("What do you need?")]
    for need in _NEEDS:
        lines = [_line(one) for one in mine if one.help and one.help.need == need]
        if lines:
            blocks.append(section(join("\n", [md("*{need}*", need=need), *lines])))
    groups = call.membership.of(call.person.id)
    who = (
        md("You are in {groups}; what you may not use is not listed.", groups=refusals.group_names(groups))
        if groups
        else md("You are in none of Faxi's groups. A workspace owner can add you.")
    )
    if row := _buttons(call, catalogue):
        blocks.append(actions(*row))
    offered = [one.offered.name for one in catalogue.shortcuts if one.offered and _may(call, one)]
    menu = md(" On a message: {names}.", names=", ".join(f"“{name}”" for name in offered)) if offered else md("")
    how = md("Add `help` to any command. In a thread, write `@faxi-bot status`.{menu} {who}", menu=menu, who=who)
    blocks.append(context(how))
    return message("This is what faxi-bot can do for you.", *blocks)


def _asked(call: Call, catalogue: Catalogue) -> str:
    """Return the command that help is asked for: by ``help`` behind it, or by its name behind ``/faxi-help``."""
    if call.click.kind != "command":
        return NAME
    word = call.click.text.strip().casefold().removeprefix("/").removeprefix("faxi-")
    named = f"/faxi-{word}"
    if call.click.name == NAME and named in {one.name for one in allowed(call, catalogue)}:
        return named
    return call.click.name


def _one(command: Interaction) -> Message:
    if command.help is None:
        reason = f"{command.name} has no help"
        raise LookupError(reason)
    name = _as_typed(command.name)
    lines = [md("`{typed}` {does}", typed=Mrkdwn(typed), does=does) for typed, does in command.help.usage]
    holders = HOLDERS[command.right]
    who = "Everybody may use it." if command.right is Right.HELP else f"For {refusals.group_names(holders)}."
    return message(
        f"{command.name} {command.help.does}.",
        section(md("*`{name}`* {does}.", name=name, does=command.help.does)),
        section(join("\n", lines)),
        context(md("{who} `/faxi-help` shows all that you may use.", who=who)),
    )


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return help; it reads the catalogue when it is asked, since it is part of it."""

    async def show(call: Call) -> Outcome:
        asked = _asked(call, catalogue())
        command = catalogue().find("command", asked)
        if command is not None and asked != NAME:
            return Outcome(Say(_one(command)), "shown", parameters={"command": asked})
        return Outcome(Say(_whole(call, catalogue())), "shown")

    return (
        Interaction("command", NAME, "help:show", Right.HELP, show, help=_HELP, anywhere=True),
        Interaction("action", "help.show", "help:show", Right.HELP, show, anywhere=True),
    )
