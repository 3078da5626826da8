"""/faxi-restrictions: all restricted accounts, whoever restricted them, the most urgent first, for who asks."""

from collections.abc import Callable
from typing import Final

from bot.mail import restriction_list
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import account_messages, list_pages, restriction_list_messages
from commands.list_commands import ListCommand
from commands.list_pages import Turn
from commands.restriction_list_messages import SHOW, TURNING

NAME: Final = "/faxi-restrictions"
_COMMAND: Final = ListCommand(
    NAME,
    "restrictions:list",
    SHOW,
    TURNING,
    Help(
        need="People",
        does="shows who is restricted, and reviews that are due",
        usage=(
            (NAME, "all restricted accounts, since when, why, by whom, and what is next"),
            ("/faxi-account +81…", "one account, by number, mail address or id"),
        ),
    ),
    restriction_list_messages.away,
)


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

    return _COMMAND.interactions(catalogue, looked)
