"""How a person will hear of a restriction, and whether they were warned: by fax or by telephone, when, and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.base.database import Connection
from bot.engine.team import Team
from bot.mail import faxes, previews
from bot.mail.metrics import WINDOW
from bot.mail.restrictions import Facts
from bot.paper.notices import Language
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import fax_messages

_NOT_SET_UP = "not_set_up"


@dataclass(frozen=True)
class Way:
    """How somebody can be told; ``unfit`` is the code of why not by fax, ``None`` when by fax."""

    unfit: str | None
    language: Language

    @property
    def by_fax(self) -> bool:
        """Whether a fax can go out."""
        return self.unfit is None


async def way(connection: Connection, team: Team, user_id: UUID) -> Way:
    """Return how a person would be told now."""
    unfit = await faxes.unfit(connection, user_id) if team.faxes else _NOT_SET_UP
    return Way(unfit, await faxes.language_of(connection, user_id))


def line(how: Way, team: Team) -> Mrkdwn:
    """Say, among what a restriction leads to, how the person is told of it."""
    if how.by_fax:
        return md(
            "• The person gets this by fax in {language} {hours}, with the reason and how to ask for a review.",
            language=previews.LANGUAGES[how.language],
            hours=Mrkdwn(fax_messages.hours(team)),
        )
    if how.unfit == _NOT_SET_UP:
        return md("• Someone must tell the person by telephone, with the reason and how to ask for a review.")
    return md(
        ":warning: *No fax can go out:* {why}. Someone must call the person.", why=fax_messages.because(how.unfit)
    )


async def warned(connection: Connection, user_id: UUID, facts: Facts, team: Team) -> Mrkdwn | None:
    """Say how many of the complaints came after the last warning that arrived by fax; ``None`` without one.

    Only a warning within the days that are counted says something about them.
    """
    told = await faxes.of_account(connection, user_id)
    ends = [one.ended_at for one in told if one.kind == "warning" and one.state == "told" and one.ended_at]
    since = [datetime.fromisoformat(at) for at, _ in facts.dated]
    if not ends or not since or max(ends) < min(since) - WINDOW:
        return None
    after = sum(at > max(ends) for at in since)
    day = text.day(max(ends), team.zone)[:-5]
    if after == facts.complaints:
        return md("All of them came after our warning fax of {day}.", day=day)
    # Only the newest ten have their days with them.
    counted = f"At least {after}" if after == len(since) else str(after)
    return md(
        "{counted} of the {all} came after our warning fax of {day}.",
        counted=counted,
        all=str(facts.complaints),
        day=day,
    )


def sentence(how: Way, team: Team) -> str:
    """Say the same in one plain sentence."""
    if how.by_fax:
        return f"The person is told by fax {fax_messages.hours(team)}."
    return "Someone must tell the person by telephone."
