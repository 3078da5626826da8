"""/faxi-blocklists: large blocklists, what is blocked most, and whom to guide, for who asks."""

from collections.abc import Callable
from typing import Final

from bot.mail import blocklists
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import blocklist_messages, list_pages
from commands.blocklist_messages import SHOW, TURNING
from commands.list_commands import ListCommand
from commands.list_pages import Turn

NAME: Final = "/faxi-blocklists"
_COMMAND: Final = ListCommand(
    NAME,
    "blocklists:list",
    SHOW,
    TURNING,
    Help(
        need="People",
        does="shows who blocks many senders, and what is blocked most",
        usage=((NAME, "large blocklists, how they grew, and whom to guide"),),
    ),
    blocklist_messages.away,
)


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing the blocklists takes."""

    async def looked(call: Call, turn: Turn) -> Outcome:
        if not await blocklists.may_read(call.connection):
            return Outcome(Say(blocklist_messages.not_granted()), "not_set_up")
        found = await blocklists.all_of_them(call.connection, call.now)
        page = list_pages.cut(found.rows, turn)
        said = (
            await blocklist_messages.drawn(call, found, page)
            if found.rows
            else blocklist_messages.none(found, call.team)
        )
        return Outcome(Say(said), "shown", parameters={"from": page.start, "of": page.total})

    return _COMMAND.interactions(catalogue, looked)
