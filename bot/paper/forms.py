"""The forms of a fax notice: what it is about, and the words that it is made of.

A notice holds no name and no number of the person, so the preview and the page that is sent differ
only in reference and day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

NoticeKind = Literal["restriction", "lift", "apology", "warning"]
Language = Literal["ja", "en"]

LIMIT: Final = 5
"""Complaints in 30 days at which an account is restricted (runbook, Restricting Account)."""
DAYS: Final = 30
"""Days: the span of counting, until a restriction is looked at again, and of watching after a lift (runbook)."""
REASONS: Final = frozenset({"complaints", "fraud", "asked", "other"})
"""The reasons of a restriction, by the keys of ``bot.mail.restrictions.REASONS``."""

_REFERENCE = re.compile(r"(?!FX-)[A-Z0-9][A-Z0-9-]{0,19}")


@dataclass(frozen=True)
class Support:
    """Whom the person may call; ``hours`` are local, like ``09:00-18:00``.

    Raises:
        ValueError: something has no room on the page; half a number or address would be a wrong one.
    """

    phone: str
    email: str | None
    hours: str

    def __post_init__(self) -> None:
        """Refuse what has no room."""
        for name, text, most in (
            ("phone", self.phone, 24),
            ("email", self.email or "", 100),
            ("hours", self.hours, 30),
        ):
            if len(text) > most:
                raise ValueError(f"the support's {name} has {len(text)} characters; a page has room for {most}")


@dataclass(frozen=True)
class Notice:
    """One notice to one person.

    Params:
        reference: as printed, like ``OPS-0042-F1``; ``None`` makes a preview, which is marked as one.
        day: the local day on the page.
        enforced: Faxi itself stops the mail of restricted accounts (``RESTRICTION_ENFORCED``).
        reason: why an account is restricted, one of :data:`REASONS`; only a restriction says it.
        complaints: how many in 30 days; a warning and a restriction for complaints say it.

    Raises:
        ValueError: a restriction without a known reason, a count missing where it is said, or a
            reference longer than Faxi's column (20) or in the form of Faxi's own (``FX-``), which
            Faxi would look up on an incoming page.
    """

    kind: NoticeKind
    language: Language
    reference: str | None
    day: date
    enforced: bool
    reason: str | None
    complaints: int | None
    support: Support

    def __post_init__(self) -> None:
        """Refuse what could not be printed truly."""
        if self.kind == "restriction" and self.reason not in REASONS:
            raise ValueError(f"a restriction is for one of {sorted(REASONS)}, not for {self.reason!r}")
        counted = self.kind == "warning" or (self.kind == "restriction" and self.reason == "complaints")
        if counted and (self.complaints is None or self.complaints < 1):
            raise ValueError(f"this notice says how many complaints there were: not {self.complaints!r}")
        if self.reference is not None and not _REFERENCE.fullmatch(self.reference):
            raise ValueError(f"{self.reference!r} cannot be a reference: write it like OPS-0042-F1")


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; ``numbered`` paragraphs are a list."""

    heading: str
    paragraphs: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Wording:
    """All words of a notice, in the order in which they are printed.

    ``sample`` marks a preview; ``call`` stands over the telephone number, ``hours``, ``email`` (a
    sentence, then the address) and ``beware`` under it; ``more`` and ``page`` are of the footer.
    """

    sender: str
    day: str
    sample: str | None
    to: str
    title: str
    sections: tuple[Section, ...]
    call: str
    phone: str
    hours: str
    email: tuple[str, str] | None
    beware: str
    reference: tuple[str, str]
    phone_short: str
    more: str
    page: str

    def text(self) -> str:
        """Return the words as plain text, a paragraph a line: what is shown where there is no picture."""
        lines = [self.title]
        for section in self.sections:
            lines += ["", section.heading]
            numbers = range(1, len(section.paragraphs) + 1)
            marks = [f"{number}. " if section.numbered else "" for number in numbers]
            lines += [mark + words for mark, words in zip(marks, section.paragraphs, strict=True)]
        lines += ["", self.call, self.phone, self.hours]
        lines += [" ".join(self.email)] if self.email else []
        return "\n".join([*lines, self.beware])


@dataclass(frozen=True)
class Words:
    """What one language says: the words that stand on every notice, and those that depend on it."""

    sender: str
    sample: str
    to: str
    email: str
    beware: str
    reference: str
    phone: str
    more: str
    page: str
    day: Callable[[date], str]
    hours: Callable[[str], str]
    call: Callable[[Notice], str]
    title: Callable[[Notice], str]
    sections: Callable[[Notice], tuple[Section, ...]]
