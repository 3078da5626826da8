"""When a message was made, as the id that SES gave it says: what is before that is no row of this message.

SES's ids begin with a region's four digits and the milliseconds since 1970 in twelve hexadecimal ones, so
that texts that follow each other were made one after the other. Ids of another form tell nothing.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EARLY: Final = timedelta(hours=1)
"""No row of a message lies so long before it was made, whatever clock wrote it."""
_ID: Final = re.compile(r"0100([0-9a-f]{12})-")
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def id_from(instant: datetime) -> str:
    """Return what no id of a message that was made at ``instant`` or later comes before, as a text."""
    return f"0100{-((_BEGINNING - instant) // _MILLISECOND):012x}"  # none that is a part of one too early


def no_row_before(message: str | None, at: datetime) -> datetime | None:
    """Return an instant before which the message has no row; ``None`` when its id does not say.

    Params:
        message: its id.
        at: one of its rows; an id that says that it was made after that says nothing.
    """
    found = _ID.match(message or "")
    if found is None or (milliseconds := int(found[1], 16)) > (at + EARLY - _BEGINNING) // _MILLISECOND:
        return None
    return _BEGINNING + milliseconds * _MILLISECOND - EARLY
