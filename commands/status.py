"""/faxi-status: what needs whoever asks, then how the mail, the team's work and the bot itself are."""

from collections.abc import Callable

from bot.duty.status import Figures, Status
from bot.engine import roster
from bot.engine.access import Right
from bot.slack.blocks import Block, button
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import needs_you, status_messages

REFRESH, SHOW = "status.refresh", "status.show"
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


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing the status takes; what was known last lives as long as the process."""
    status = Status()

    async def show(call: Call) -> Outcome:
        figures = await status.figures(call.connection, call.now)
        needs = await needs_you.needs(call, figures, catalogue())
        names = await roster.names(call.connection, [_on_call(figures)])
        shown = status_messages.whole(figures, needs, _buttons(call, catalogue()), dict(names), call.team)
        return Outcome(Say(shown), "shown", parameters={"needs": needs.total})

    return (
        Interaction("command", "/faxi-status", "status:show", Right.READ, show, help=_HELP),
        Interaction("action", REFRESH, "status:show", Right.READ, show),
        Interaction("action", SHOW, "status:show", Right.READ, show),
    )


def _on_call(figures: Figures) -> str | None:
    work = figures.work.now
    return work.duty.person if work is not None and work.duty is not None else None


def _buttons(call: Call, catalogue: Catalogue) -> list[Block]:
    made = [button("Refresh", REFRESH, label="Refresh the status")]
    for words, action in _LEADS:
        found = catalogue.find("action", action)
        if found is not None and call.membership.holds(call.person.id, found.right):
            made.append(button(words, action))
    return made
