"""What a fax's state and the reason of its failure mean: their order, four groups, and words for people.

Telnyx's states and reasons are in its description of the fax; the four groups are ours.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Group = Literal["later", "number", "file", "account", "canceled", "unknown"]
"""Who can do something about a failure: later, nobody needs to; the rest is about one of these."""

RANK: Final[Mapping[str, int]] = {
    "queued": 0,
    "media.processing": 1,
    "media.processed": 2,
    "originated": 3,
    "sending": 4,
    "delivered": 5,
    "failed": 5,
}
"""The states of a fax that goes out. One goes forward only: what arrives with no higher rank changes nothing."""

_LATER = {
    "user_busy": "the line was busy",
    "receiver_no_answer": "nobody answered",
    "receiver_no_response": "the machine there gave no response",
    "receiver_call_dropped": "the other side hung up",
    "receiver_recovery_on_timer_expire": "the other side took too long",
    "receiver_communication_error": "the machine there could not read the signal",
    "fax_initial_communication_timeout": "no fax machine answered the call",
    "fax_signaling_error": "the two machines did not understand each other",
    "invalid_ecm_response_from_receiver": "the machine there gave a wrong response",
    "carrier_lost": "the line was lost",
    "service_unavailable": "the telephone network was not available",
    "sender_call_dropped": "the call broke on our side",
    "sender_communication_error": "the line was bad on our side",
    "media_processing_exception": "Telnyx could not prepare the pages",
}
_NUMBER = {
    "receiver_unallocated_number": "the number is not in use",
    "receiver_invalid_number_format": "the number is not written right",
    "receiver_decline": "the other side refused the call",
    "receiver_incompatible_destination": "the number does not take faxes",
    "destination_unreachable": "the number cannot be reached",
    "destination_invalid": "the number is not valid",
}
_FILE = {
    "file_download_failed": "Telnyx could not fetch the pages",
    "file_format_invalid": "Telnyx could not read the pages",
    "file_size_limit_exceeded": "the file of the pages is too large",
    "page_count_limit_exceeded": "there are too many pages",
}
_ACCOUNT = {
    "account_disabled": "our account at Telnyx is closed",
    "no_outbound_profile": "our Telnyx connection has no outbound profile",
    "destination_not_in_service_plan": "our plan at Telnyx does not reach this number",
    "destination_not_in_countries_whitelist": "our Telnyx profile does not allow this country",
    "connection_channel_limit_exceeded": "our Telnyx connection has too many calls at once",
    "user_channel_limit_exceeded": "our Telnyx account has too many calls at once",
    "outbound_profile_channel_limit_exceeded": "our Telnyx profile has too many calls at once",
    "outbound_profile_daily_spend_limit_exceeded": "today's spending limit at Telnyx is reached",
    "unverified_origination_number": "our own fax number is not verified at Telnyx",
    "unverified_destination_not_allowed": "our account at Telnyx may call verified numbers only",
}
_CANCELED = {"sender_canceled": "it was cancelled on our side"}

_GROUPS: Final[tuple[tuple[Group, Mapping[str, str]], ...]] = (
    ("later", _LATER),
    ("number", _NUMBER),
    ("file", _FILE),
    ("account", _ACCOUNT),
    ("canceled", _CANCELED),
)


def group(reason: str | None) -> Group:
    """Return the group of a failure's reason; "unknown" for none and for one that is not in the description."""
    return next((name for name, reasons in _GROUPS if reason in reasons), "unknown")


def words(reason: str | None) -> str:
    """Return a failure's reason for people, as the end of a sentence; an unknown one is shown as it is, made safe."""
    given = reason or ""
    for _, reasons in _GROUPS:
        if given in reasons:
            return reasons[given]
    shown = re.sub(r"[^A-Za-z0-9_. -]", "", given).strip()[:60]
    return f"Telnyx says {shown}" if shown else "Telnyx gave no reason"
