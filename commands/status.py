"""/faxi-status: what needs whoever asks, then how the mail, the team's work and the bot itself are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.duty.status import Status
from bot.engine.access import Right
from bot.engine.team import Team
from bot.slack.blocks import Block, Message, button, context
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from bot.slack.text import md
from commands import needs_you, status_messages
from commands.needs_you import Needs

SHOW = "status.show"
_HELP = Help(
    need="Now",
    does="what needs you, then how all is",
    usage=(("/faxi-status", "what needs you, the figures of 24 hours, what is open"),),
)
_LEADS = (
    ("Show bounces", "bounces.show"),
    ("Show complaints", "complaints.show"),
    ("Show flagged accounts", "flagged.show"),
    ("Show restrictions", "restrictions.show"),
)
"""Where the status leads on, as far as there is such a button."""


def declarations(catalogue: Callable[[], Catalogue], status: Status) -> tuple[Interaction, ...]:
    """Return what showing the status takes; what was known last lives as long as the process."""

    async def show(call: Call) -> Outcome:
        figures = await status.figures(call.connection, call.now)
        needs = await needs_you.needs(call, figures, catalogue())
        shown = status_messages.whole(figures, needs, _buttons(call, catalogue(), needs), call.team)
        if call.click.text:
            unused = context(md("`/faxi-status` takes no words: yours were not used."))
            shown = replace(shown, blocks=(*shown.blocks, unused))
        return Outcome(Say(shown), "shown", parameters={"needs": needs.total})

    def away(since: datetime, team: Team) -> Message:
        return status_messages.last_known(status.known, since, team)

    return (
        Interaction("command", "/faxi-status", "status:show", Right.READ, show, help=_HELP, away=away),
        Interaction("action", status_messages.REFRESH, "status:show", Right.READ, show, away=away),
        Interaction("action", SHOW, "status:show", Right.READ, show, away=away),
    )


def _buttons(call: Call, catalogue: Catalogue, needs: Needs) -> list[Block]:
    """Make what leads on from here, except what stands above already."""
    above = {one["action_id"] for thing in needs.things for one in thing.buttons}
    made = [status_messages.refresh_button()]
    for words, action in _LEADS:
        found = catalogue.find("action", action)
        if found is not None and action not in above and call.membership.holds(call.person.id, found.right):
            made.append(button(words, action))
    return made
