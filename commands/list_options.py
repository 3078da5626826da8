"""What commands that show a list do with words behind them: they know none, and offer what was meant."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from bot.slack.blocks import button
from bot.slack.interactions import Call, Catalogue, Outcome
from commands import report_options

LISTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "flagged": ("/faxi-flagged", "flagged.show", "Show flagged accounts"),
    "restrictions": ("/faxi-restrictions", "restrictions.show", "Show restrictions"),
    "blocklists": ("/faxi-blocklists", "blocklists.show", "Show blocklists"),
    "complaints": ("/faxi-complaints", "complaints.show", "Show complaints"),
    "bounces": ("/faxi-bounces", "bounces.show", "Show bounces"),
    "status": ("/faxi-status", "status.show", "Show the status"),
}
"""What may have been meant: the command, and the button that does the same."""
_OTHERS: Final[Mapping[str, str]] = {
    "restricted": "restrictions",
    "reviews": "flagged",
    "complained": "complaints",
    "blocked": "blocklists",
}


def not_known(call: Call, catalogue: Catalogue, command: str, usage: tuple[tuple[str, str], ...]) -> Outcome:
    """Answer words behind a command that takes none: the nearest list as a button, then what may be typed."""
    words = call.click.text
    known = {**{name: name for name in LISTS}, **_OTHERS}
    near = get_close_matches(words.lower(), known, n=1)
    own = next(name for name, one in LISTS.items() if one[0] == command)
    typed, action, label = LISTS[known[near[0]] if near else own]
    if catalogue.find("action", action) is None:
        typed, action, label = LISTS[own]
    guess = typed, button(label, action, style="primary")
    outcome = report_options.not_known(command, words, usage, guess)
    if call.click.kind == "event" and report_options.is_account(words):
        return report_options.with_warning(outcome)
    return outcome
