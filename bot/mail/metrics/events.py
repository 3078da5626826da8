"""What an event is and when it counts: the words and spans that all figures about mail share.

An event is one (type, message id): repeated rows count once, at their earliest time, looked for in
the 48 hours before a window too; a row without message id counts by itself. A window is [start, end).
"""

from datetime import timedelta
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["permanent", "transient", "undetermined"]
"""What a bounce is, as SES says; ``undetermined`` also where nobody said."""
DAY: Final = timedelta(hours=24)
"""The window of the runbook's rates."""
WINDOW: Final = timedelta(days=30)
"""The window of an account's complaints (runbook, Reviewing Flagged Account)."""
LOOK_BACK: Final = timedelta(hours=48)
"""A repeated row belongs to its first one, even before the window."""
LAG: Final = timedelta(hours=1)
"""Deliveries are told late: a message is judged when it is so old."""
NOT_COUNTED: Final = ("not-spam", "auth-failure")
"""Kinds of complaint that are no complaint of a person about a mail: shown, not counted."""
