"""Faxes through Telnyx: send one, find it again, ask what became of it, read what Telnyx tells."""

from .answers import AnswerLost, Fax, NotSent, TelnyxAway, TelnyxRefused
from .client import Telnyx, effect_of, open_session
from .events import BadSignature, Event, Stale, check_public_key, read_event
from .reasons import RANK, Group, group, words

__all__ = [
    "RANK",
    "AnswerLost",
    "BadSignature",
    "Event",
    "Fax",
    "Group",
    "NotSent",
    "Stale",
    "Telnyx",
    "TelnyxAway",
    "TelnyxRefused",
    "check_public_key",
    "effect_of",
    "group",
    "open_session",
    "read_event",
    "words",
]
