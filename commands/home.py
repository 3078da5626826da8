"""App Home as a live message: opening it, drawing it anew, and what it says while the database is away."""

from collections.abc import Callable
from datetime import datetime

from bot.duty.status import Status
from bot.engine.access import Right
from bot.engine.team import Team
from bot.slack import homes, text
from bot.slack.blocks import Message, actions, button, header, message, section
from bot.slack.interactions import Call, Catalogue, Interaction, Outcome, ShowHome, Silent
from bot.slack.text import md
from commands import home_view, status_lines, wording


def declarations(catalogue: Callable[[], Catalogue], status: Status) -> tuple[Interaction, ...]:
    """Return what shows App Home; the status is the process's own, which counts once for all who ask."""
    draw = home_view.drawer(catalogue, status)

    async def opened(call: Call) -> Outcome:
        if call.click.kind == "event" and call.click.value != "home":
            return Outcome(Silent(), "other_tab")
        view = await draw(call)
        await homes.opened(call.connection, call.person.id, view, call.now)
        result = "shown" if call.membership.of(call.person.id) else "no_access"
        return Outcome(ShowHome(view), result)

    def away(since: datetime, team: Team) -> Message:
        known = status.known.work if status.known else None
        words = md(
            "The database does not answer since {since}.\n"
            "Your items are safe; they come back with it. Nothing was changed.",
            since=text.instant(since, team.zone),
        )
        last = md("*On call*\nUnknown")
        if known is not None and known.value is not None and known.at is not None:
            who, at = known.value.on_call or "Nobody", status_lines.moment(known.at, since, team)
            last = md("*On call*\n{who} (list of {at})", who=who, at=at)
        clock = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
        return message(
            f"The database does not answer since {clock}, and nothing was changed.",
            header(":grey_question: Cannot look right now"),
            section(words),
            actions(button("Refresh", homes.REFRESH, label="Refresh this page")),
            section(last),
        )

    return (
        Interaction("event", homes.OPENED, "home:open", Right.HELP, opened, anywhere=True, away=away),
        Interaction("action", homes.REFRESH, "home:open", Right.READ, opened, anywhere=True, away=away),
    )
