"""Deciding about a request to restrict: its own words, in what is the same for every request."""

from typing import Final

from bot.mail import restriction_outcomes
from bot.slack.interactions import Interaction
from commands import decisions, restriction_forms
from commands.decisions import Face
from commands.restriction_messages import void_reason, withdraw_button

FACE: Final = Face(
    kind=restriction_outcomes.KIND,
    prefix="restriction",
    done=(
        ":white_check_mark: *Approved.* The account is restricted ({number}).\n"
        "The request shows how the person is told."
    ),
    sentence="Approved: the account is restricted",
    withdraw_button=withdraw_button,
    void_reason=void_reason,
    deny=restriction_forms.deny,
)
"""How requests to restrict speak."""


def declarations() -> tuple[Interaction, ...]:
    """Return what deciding about a request to restrict takes."""
    return decisions.declarations(FACE, "Deny the request")
