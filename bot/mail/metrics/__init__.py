"""What the figures about mail mean: one definition, which everything else asks."""

from bot.mail.metrics.accounts import (
    SQL,
    AccountFigures,
    Complaint,
    account_figures,
    complaints_of,
    complaints_since,
    mails_since,
    reported,
)
from bot.mail.metrics.events import LOOK_BACK, NOT_COUNTED, WINDOW
from bot.mail.metrics.owners import owners_of

__all__ = [
    "LOOK_BACK",
    "NOT_COUNTED",
    "SQL",
    "WINDOW",
    "AccountFigures",
    "Complaint",
    "account_figures",
    "complaints_of",
    "complaints_since",
    "mails_since",
    "owners_of",
    "reported",
]
