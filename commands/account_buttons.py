"""The buttons about an account that many messages carry; their value names the account, and nothing of it."""

from bot.slack.blocks import Block, button

SHOW = "account.show"
CONTACT = "account.contact"
REVEAL = "account.reveal"
HIDE = "account.hide"
HISTORY = "account.history"
ACTIVITY = "account.activity"


def show(value: str) -> Block:
    """Make the button that shows the account to whoever presses it."""
    return button("Show account", SHOW, value)


def contact(value: str, *, primary: bool = False) -> Block:
    """Make the button that opens the form for a call, fax or letter; ``primary`` when that is what is to be done."""
    label = "Record a contact: a call, fax or letter with this person"
    return button("Record a contact…", CONTACT, value, style="primary" if primary else None, label=label)


def reveal(value: str) -> Block:
    """Make the button that opens the form before a whole number is shown."""
    return button("Show number…", REVEAL, value)


def hide(value: str) -> Block:
    """Make the button that hides a whole number again."""
    return button("Hide now", HIDE, value)


def history(value: str) -> Block:
    """Make the button that shows all that happened with the account."""
    return button("Show history", HISTORY, value)


def activity(value: str) -> Block:
    """Make the button that shows the account's mail by day and domain."""
    return button("Show activity", ACTIVITY, value)
