"""How a person will hear of a restriction: by fax, in which language and when, or by telephone, and why."""

from dataclasses import dataclass
from uuid import UUID

from bot.base.database import Connection
from bot.engine.team import Team
from bot.mail import faxes, previews
from bot.paper.notices import Language
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


def sentence(how: Way, team: Team) -> str:
    """Say the same in one plain sentence."""
    if how.by_fax:
        return f"The person is told by fax {fax_messages.hours(team)}."
    return "Someone must tell the person by telephone."
