"""The English words of the fax notices: short sentences, for a reader of 75 years.

Each notice says what happened, what it means, what to do and what still works. While Faxi does not
stop mail by itself, it asks and never says that something is impossible.
"""

import re
from datetime import date
from typing import Final

from bot.paper.forms import DAYS, LIMIT, Notice, Section, Words

_DAYS_OF_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")

_GO_ON = Section("What still works", ("You can receive mail and shop as before.",))
_REVIEW = Section(
    "How to ask for a review",
    (
        "Call the number below.",
        "Tell us the reference (at the foot of this page).",
        "Say that you want a review.",
    ),
    numbered=True,
)
_FOLLOW_UP = (
    "We will look at it again with care and answer you.",
    f"If you do not call, we will look again in {DAYS} days.",
)
_CARE = (
    "Write only to people whom you know.",
    "Do not write to anyone who asked you to stop.",
    "Do not send the same mail many times.",
    "Begin with your name and what it is about.",
)


def day(of: date) -> str:
    """Write a day: ``Wednesday, 25 November 2026``."""
    return f"{_DAYS_OF_WEEK[of.weekday()]}, {of.day} {_MONTHS[of.month - 1]} {of.year}"


def hours(span: str) -> str:
    """Write ``09:00-18:00`` as it is said; another form stays as it is."""
    found = _HOURS.fullmatch(span)
    said = f"{_clock(found[1], found[2])} to {_clock(found[3], found[4])}" if found else span
    return f"{said} (may be closed on weekends and holidays)"


def _clock(hour: str, minute: str) -> str:
    h = int(hour)
    half = "a.m." if h < 12 else "p.m."  # noqa: PLR2004 - noon
    return f"{h % 12 or 12}{'' if minute == '00' else f':{minute}'} {half}"


def call(notice: Notice) -> str:
    """Say what stands before the telephone number: only a restriction asks for a call."""
    return "Please call us" if notice.kind == "restriction" else "Questions? Call us"


def title(notice: Notice) -> str:
    """Say the whole matter in one line."""
    if notice.kind == "restriction":
        return "We have stopped your sending of mail" if notice.enforced else "Please send no mail until we talk"
    if notice.kind == "lift":
        return "You may send mail again"
    if notice.kind == "apology":
        return "We are sorry: it was our mistake"
    return "A request about your mail"


def sections(notice: Notice) -> tuple[Section, ...]:
    """Say what happened, what it means and what to do."""
    if notice.kind == "restriction":
        return _restriction(notice)
    if notice.kind == "lift":
        return _lift(notice)
    if notice.kind == "apology":
        return _apology(notice)
    return _warning(notice)


def _complaints(count: int | None) -> tuple[str, ...]:
    how_many = "1 complaint" if count == 1 else f"{count} complaints"
    return (
        f"In the last {DAYS} days we had {how_many}.",
        "People who got your mail said it was unwanted.",
    )


def _reason(notice: Notice) -> tuple[str, ...]:
    if notice.reason == "complaints":
        return _complaints(notice.complaints)
    if notice.reason == "fraud":
        return ("Mail that may be a fraud went out from your number.", "Someone else may have used your number.")
    if notice.reason == "asked":
        return ("You or your family asked us to stop your mail.", "If you know nothing of this, please call us.")
    return ("We would like to talk with you about your mail.", "We will explain it on the phone.")


def _restriction(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        means = Section("What it means", ("You cannot send mail now.", "You cannot reply to mail now."))
    else:
        means = Section(
            "What we ask of you", ("Please send no mail until we have talked.", "Please do not reply to mail either.")
        )
    return (Section("Why", _reason(notice)), means, _GO_ON, _REVIEW, Section("What comes next", _FOLLOW_UP))


def _lift(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        news = ("You can send mail again.", "You can reply to mail, too.")
    else:
        news = ("You may send mail and replies again.", "You need not hold back any more.")
    return (
        Section("Good news", news),
        Section("Please keep in mind", _CARE, numbered=True),
        Section(
            "What comes next",
            (
                f"For the next {DAYS} days we will watch for complaints.",
                "If there is a new complaint, we may get in touch.",
            ),
        ),
    )


def _apology(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        happened = ("We had stopped your sending of mail.", "That was our mistake.")
        now = (
            "You can send mail and reply as before.",
            "Mail that you sent meanwhile may not have arrived. Please send it again.",
        )
    else:
        happened = ("We had decided to ask you to send no mail.", "That was our mistake.")
        now = (
            "Please send mail and reply as before.",
            "If a notice from us asked you to send no mail, please forget it.",
        )
    return (
        Section("What happened", happened),
        Section("Our apology", ("We are very sorry.", "You did nothing wrong.")),
        Section("What comes next", now),
    )


def _warning(notice: Notice) -> tuple[Section, ...]:
    left = LIMIT - (notice.complaints or 0)
    more = "1 more complaint" if left == 1 else f"{left} more complaints"
    far = f"{more} would make {LIMIT}. At {LIMIT}, we" if left > 0 else f"At {LIMIT}, we"
    then = " may stop your sending of mail." if notice.enforced else " may ask you to send no mail for a time."
    return (
        Section("What happened", _complaints(notice.complaints)),
        Section("What it means", ("You may go on sending mail now.", far + then)),
        Section("Please keep in mind", _CARE, numbered=True),
        Section("If something is unclear", ("If you think that this is a mistake, please call us.",)),
    )


WORDS: Final = Words(
    sender="Faxi Support",
    sample="SAMPLE",
    to="To our customer at this fax number",
    call=call,
    email="Your family may also write to",
    beware="We never ask for money or a PIN in this matter.",
    reference="Reference",
    phone="Call",
    more="Please see the next page",
    page="Page",
    day=day,
    hours=hours,
    title=title,
    sections=sections,
)
