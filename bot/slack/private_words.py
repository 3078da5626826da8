"""Refuses a form whose typed words name a person's number or address: others read what is typed."""

from bot.base import personal
from bot.engine.team import Team
from bot.slack.clicks import Click
from bot.slack.interactions import Errors, Outcome

LOOKED_UP = frozenset({"account", "case", "day"})
"""The fields by which an account, a case or a day is looked for; what is typed there is neither kept nor shown."""
_WORDS = {
    "telephone number": "Please leave out the telephone number: the number of the case or account page stands for it. "
    "Nothing was saved.",
    "mail address": "Please leave out the mail address: the number of the case or account page stands for it. "
    "Nothing was saved.",
}


def refusal(click: Click, team: Team) -> Outcome | None:
    """Return the refusal of a submitted form in whose typed words somebody's number or address stands.

    It is asked for every form alike, before the form's own handler, so that no form can forget it
    (design, section 5). Our own public addresses may stand.
    """
    if click.kind != "view":
        return None
    own = [one for one in (team.support_phone, team.support_email) if one]
    wrong = {}
    for field in click.values:
        if field in click.typed - LOOKED_UP and (found := personal.found_in(click.values[field], own)):
            wrong[field] = _WORDS[found]
    return Outcome(Errors(wrong), "refused:private_words", allowed=False) if wrong else None
