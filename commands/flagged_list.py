"""/faxi-flagged: the accounts that need attention, the most urgent first, for who asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.base.shared import Shared
from bot.mail import attention
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import account_messages, flagged_list_messages, list_pages
from commands.flagged_list_messages import SHOW, TURNING
from commands.list_commands import ListCommand
from commands.list_pages import Turn

NAME: Final = "/faxi-flagged"
_COMMAND: Final = ListCommand(
    NAME,
    "flagged:list",
    SHOW,
    TURNING,
    Help(
        need="People",
        does="shows who needs attention, most urgent first",
        usage=(
            (NAME, "the accounts that need attention, with the next step of each"),
            ("/faxi-account +81…", "one account, by number, mail address or id"),
        ),
    ),
    flagged_list_messages.away,
)
STALE: Final = timedelta(seconds=30)
"""Business time after which a list is not given again, however short ago that was by the machine's clock."""


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing the list takes; who asks in the same moment gets the same count."""
    shared: Shared[attention.Listed] = Shared()

    async def looked(call: Call, turn: Turn) -> Outcome:
        found = await shared.get(lambda: attention.listed(call.connection, call.now))
        if abs(call.now - found.at) > STALE:
            found = await attention.listed(call.connection, call.now)
        page = list_pages.cut(found.rows, turn)
        parameters = {"from": page.start, "of": page.total, "flagged": found.flagged}
        if not found.rows:
            accounts = await attention.looked_at(call.connection)
            said = flagged_list_messages.none(found.at, accounts, call.team)
        else:
            seen_by = account_messages.reader(call, catalogue())
            said = await flagged_list_messages.drawn(call, found, page, seen_by)
        return Outcome(Say(said), "shown", parameters=parameters)

    return _COMMAND.interactions(catalogue, looked)
