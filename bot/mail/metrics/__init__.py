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
from bot.mail.metrics.bounces import Bounce, bounces
from bot.mail.metrics.complaints import Reported, complaints, near_limits
from bot.mail.metrics.events import DAY, LAG, LOOK_BACK, NOT_COUNTED, WINDOW
from bot.mail.metrics.owners import owners_of
from bot.mail.metrics.status import Delivery, MailFigures, Rate, Window, mail_figures, window

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
