"""/faxi-restrictions: all restricted accounts, whoever restricted them, the most urgent first, for who asks."""

from collections.abc import Callable
from typing import Final

from bot.engine.access import Right
from bot.mail import restriction_list
from bot.slack import refusals
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import account_messages, list_options, list_pages, restriction_list_messages
from commands.list_pages import FIRST, Turn
from commands.restriction_list_messages import SHOW, TURNING

NAME: Final = "/faxi-restrictions"
_TAG: Final = "restrictions:list"
_USAGE: Final = (
    (NAME, "all restricted accounts, since when, why, by whom, and what is next"),
    ("/faxi-account +81…", "one account, by number, mail address or id"),
)
_HELP = Help(need="People", does="shows who is restricted, and reviews that are due", usage=_USAGE)


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing the list takes."""

    async def looked(call: Call, turn: Turn) -> Outcome:
        found = await restriction_list.listed(call.connection, call.now)
        page = list_pages.cut(found.rows, turn)
        if found.rows:
            seen_by = account_messages.reader(call, catalogue())
            said = await restriction_list_messages.drawn(call, found, page, seen_by)
        else:
            said = restriction_list_messages.none(found.at, call.team)
        return Outcome(Say(said), "shown", parameters={"from": page.start, "of": page.total})

    async def command(call: Call) -> Outcome:
        if call.click.text:
            return list_options.not_known(call, catalogue(), NAME, _USAGE)
        return await looked(call, FIRST)

    async def show(call: Call) -> Outcome:
        return await looked(call, FIRST)

    async def turned(call: Call) -> Outcome:
        turn = await TURNING.turn(call)
        if turn is None:
            return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
        return await looked(call, turn)

    away = restriction_list_messages.away
    return (
        Interaction("command", NAME, _TAG, Right.READ, command, help=_HELP, away=away),
        Interaction("action", SHOW, _TAG, Right.READ, show, away=away),
        Interaction("action", TURNING.previous, _TAG, Right.READ, turned, away=away),
        Interaction("action", TURNING.next, _TAG, Right.READ, turned, away=away),
    )
