"""What is told of a restriction that somebody made without the bot: what Faxi's own column notes, without a person."""

from bot.base import telephone
from bot.slack import text
from bot.slack.text import Mrkdwn, md

_REASON = 80
_MANY_DIGITS = 7


def restriction(reason: str | None) -> Mrkdwn:
    """Say why, as far as Faxi notes it; a note with a number or an address in it is not shown."""
    if not reason or not reason.strip():
        return md("Not restricted by this bot, so it knows neither why nor by whom.")
    if "@" in reason or len(telephone.digits_of(reason)) >= _MANY_DIGITS:
        return md("Not restricted by this bot. Why is noted in Faxi, with what is not shown here; by whom is not.")
    noted = text.clip(" ".join(reason.split()), _REASON)
    return md("Not restricted by this bot. Faxi notes why: “{noted}”; by whom is not noted.", noted=noted)
