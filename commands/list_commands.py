"""A command that shows a list page by page, to who asks; it takes no words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.engine.access import Right
from bot.engine.team import Team
from bot.slack import refusals
from bot.slack.blocks import Message
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import list_options
from commands.list_pages import FIRST, Turn, Turning


@dataclass(frozen=True)
class ListCommand:
    """The command of one list, and its buttons.

    Attributes:
        name: as it is typed.
        tag: of its records.
        show: the id of the button that does the same.
        turning: its buttons that turn the pages.
        help: what may be typed, and what it does.
        away: draws what is said while the database is away.
    """

    name: str
    tag: str
    show: str
    turning: Turning
    help: Help
    away: Callable[[datetime, Team], Message]

    def interactions(
        self, catalogue: Callable[[], Catalogue], looked: Callable[[Call, Turn], Awaitable[Outcome]]
    ) -> tuple[Interaction, ...]:
        """Return what showing the list takes; ``looked`` draws a page of it."""

        async def command(call: Call) -> Outcome:
            if call.click.text:
                return list_options.not_known(call, catalogue(), self.name, self.help.usage)
            return await looked(call, FIRST)

        async def show(call: Call) -> Outcome:
            return await looked(call, FIRST)

        async def turned(call: Call) -> Outcome:
            turn = await self.turning.turn(call)
            if turn is None:
                return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
            return await looked(call, turn)

        return (
            Interaction("command", self.name, self.tag, Right.READ, command, help=self.help, away=self.away),
            Interaction("action", self.show, self.tag, Right.READ, show, away=self.away),
            Interaction("action", self.turning.previous, self.tag, Right.READ, turned, away=self.away),
            Interaction("action", self.turning.next, self.tag, Right.READ, turned, away=self.away),
        )
