"""A command that reports on a time, and on an account in it: its buttons show the parts and turn their pages."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.engine import handles
from bot.engine.access import Right
from bot.mail import accounts
from bot.mail.accounts import Account
from bot.slack import refusals
from bot.slack.interactions import Call, Handler, Help, Interaction, Outcome, Say
from commands import report_options
from commands.report_options import View
from commands.report_rows import Buttons

Looked = Callable[[Call, View], Awaitable[Outcome]]
"""Draws what a view names."""


@dataclass(frozen=True)
class ReportCommand:
    """The command of one report.

    Attributes:
        name: as it is typed.
        tag: of its records.
        help: what may be typed, and what it does.
        buttons: the ids of its buttons.
        parts: those of its parts that have pages.
    """

    name: str
    tag: str
    help: Help
    buttons: Buttons
    parts: Collection[str]

    def interactions(self, command: Handler, looked: Looked) -> tuple[Interaction, ...]:
        """Return what the report takes."""

        async def show(call: Call) -> Outcome:
            return await looked(call, await self._view(call) or View())

        async def turn(call: Call) -> Outcome:
            view = await self._view(call)
            if view is None or view.part not in self.parts:
                return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
            return await looked(call, view)

        return (
            Interaction("command", self.name, self.tag, Right.READ, command, help=self.help),
            Interaction("action", self.buttons.show, self.tag, Right.READ, show),
            Interaction("action", self.buttons.previous, self.tag, Right.READ, turn),
            Interaction("action", self.buttons.next, self.tag, Right.READ, turn),
        )

    async def of_account(self, call: Call, period: str, words: str, looked: Looked) -> Outcome:
        """Report on the account that words mean, or say that they mean none."""
        account = await accounts.find(call.connection, words)
        if not isinstance(account, Account):
            return report_options.not_found(self.name, account, words)
        outcome = await looked(call, View(period, owner=account.id))
        return report_options.with_warning(outcome) if call.click.kind == "event" else outcome

    async def _view(self, call: Call) -> View | None:
        """Return what a button's value names; ``None`` when it names none of these."""
        handle = await handles.resolve(call.connection, self.buttons.kind, call.click.value)
        return report_options.view_of(handle.subject, handle.version) if handle else None
