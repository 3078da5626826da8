"""Fax notices to Faxi's users: their words, and the pages that are sent and shown.

Notices: runbook "Restricting Account" 4, "Lifting Account Restriction" 4, "Reviewing Flagged
Account" 4. Typst and the fonts are loaded when a :class:`Press` is made, not before.
"""

import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import phonenumbers

from bot.base import telephone
from bot.paper import fonts
from bot.paper.fonts import PressError
from bot.paper.forms import DAYS, LIMIT, Language, Notice, NoticeKind, Section, Support, Wording
from bot.paper.phrases import kept_together
from bot.paper.wording_en import WORDS as ENGLISH
from bot.paper.wording_ja import WORDS as JAPANESE

if TYPE_CHECKING:
    from typst import Compiler, OutputFormat

__all__ = [
    "Language",
    "Notice",
    "NoticeKind",
    "Pages",
    "Press",
    "PressError",
    "Section",
    "Support",
    "Wording",
    "gist",
    "wording",
]

PREVIEW_PPI: Final = 100
_JAPAN: Final = 81
_UNKNOWN: Final = "\N{GETA MARK}"
_TILDE, _WAVE = "\N{FULLWIDTH TILDE}", "\N{WAVE DASH}"  # typst lets a line begin with the first
_TEMPLATE: Final = Path(__file__).with_name("notice.typ")
_SAMPLE_REFERENCE: Final = "OPS-…"


@dataclass(frozen=True)
class Pages:
    """A printed notice: one PDF of ``count`` pages."""

    pdf: bytes
    count: int


def wording(notice: Notice) -> Wording:
    """Return the words of a notice: what is printed, and what is shown until there is a picture of it."""
    words = JAPANESE if notice.language == "ja" else ENGLISH
    phone = _phone(notice.support.phone)
    email = notice.support.email
    return Wording(
        sender=words.sender,
        day=words.day(notice.day),
        sample=words.sample if notice.reference is None else None,
        to=words.to,
        title=words.title(notice),
        sections=words.sections(notice),
        call=words.call(notice),
        phone=phone,
        hours=words.hours(_clean(notice.support.hours)),
        email=(words.email, _clean(email)) if email else None,
        beware=words.beware,
        reference=(words.reference, notice.reference or _SAMPLE_REFERENCE),
        phone_short=words.phone,
        more=words.more,
        page=words.page,
    )


def gist(notice: Notice) -> str:
    """Say in two or three plain English sentences what a notice says, for the team."""
    if notice.kind == "restriction":
        if notice.enforced:
            asks = "You cannot send mail or reply now. You can still receive mail and shop."
        else:
            asks = "Please send no mail until we have talked. You can still receive mail and shop."
        return f"{asks} {_gist_of_reason(notice)} To ask for a review, call us."
    if notice.kind == "lift":
        again = "You can send mail again." if notice.enforced else "You may send mail again."
        return f"{again} Please keep in mind 4 short points. We watch for complaints for {DAYS} days."
    if notice.kind == "apology":
        again = "You can send mail as before." if notice.enforced else "Please send mail as before."
        return f"It was our mistake, and we are sorry. You did nothing wrong. {again}"
    then = "we may stop your sending" if notice.enforced else "we may ask you to send no mail"
    counted = f"{_counted(notice)} in the last {DAYS} days. At {LIMIT} {then}."
    return f"{counted} Please keep in mind 4 short points."


def _counted(notice: Notice) -> str:
    return f"{notice.complaints} complaint{'' if notice.complaints == 1 else 's'} from people who got your mails"


def _gist_of_reason(notice: Notice) -> str:
    return {
        "complaints": f"Reason: {_counted(notice)}.",
        "fraud": "Reason: mail that may be a fraud went out, perhaps by someone else.",
        "asked": "Reason: you or your family asked for it.",
        "other": "We will explain the reason on the phone.",
    }[notice.reason or "other"]


def _phone(number: str) -> str:
    """Write a number of Japan as one dials it at home; another stays as it is."""
    parsed = telephone.parse(telephone.tidy(number))
    if parsed is not None and parsed.country_code == _JAPAN and phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return _clean(number)


def _clean(text: str) -> str:
    """Return text from outside as it can be printed: no invisible marks, nothing that the fonts lack.

    What JIS X 0208 and ASCII do not have becomes a geta mark, as Japanese printers write it: a missing
    glyph would print as a crossed box without a warning.
    """
    plain = " ".join(text.replace(_TILDE, _WAVE).split())
    return "".join(
        character if _printable(character) else _UNKNOWN for character in plain if character.isprintable()
    ).strip()


def _printable(character: str) -> bool:
    try:
        character.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True


def _by_phrases(words: Any) -> Any:
    """Return words of any shape with marks where their lines may end."""
    if isinstance(words, str):
        return words if words.isascii() else kept_together(words)
    if isinstance(words, dict):
        return {key: _by_phrases(value) for key, value in words.items()}
    return [_by_phrases(value) for value in words] if isinstance(words, list | tuple) else words


class Press:
    """Makes pages; may be used by several threads at once, and blocks the one that asks."""

    def __init__(self, font_dir: Path | None) -> None:
        """Load the typefaces of a folder (``FONT_DIR``), or those that are installed.

        Raises:
            PressError: there is no Japanese typeface that pages may be set in.
        """
        self._fonts, self._faces = fonts.load(font_dir)
        self._local = threading.local()

    def pdf(self, notice: Notice, *, made_at: datetime) -> Pages:
        """Print a notice; equal notices made at the same second are equal bytes.

        Params:
            made_at: the instant that the PDF names as its own; the page shows the notice's ``day``.

        Raises:
            PressError: typst refused or warned; nothing was printed.
        """
        data = self._data(notice)
        (pdf,) = self._compile(data, "pdf", made_at=made_at)
        return Pages(pdf, len(self._compile(data, "png", ppi=1)))

    def preview(self, notice: Notice) -> tuple[bytes, ...]:
        """Draw the pages of a notice as PNG, 100 pixels an inch.

        Raises:
            PressError: typst refused or warned.
        """
        return self._compile(self._data(notice), "png", ppi=PREVIEW_PPI)

    def _data(self, notice: Notice) -> str:
        words = wording(notice)
        printed = asdict(words) if notice.language == "en" else _by_phrases(asdict(words))
        faces = {"faces": self._faces.japanese, "latin": self._faces.latin}
        return json.dumps(printed | faces | {"language": notice.language, "name": words.title})

    def _compile(
        self, data: str, form: "OutputFormat", made_at: datetime | None = None, ppi: int = 1
    ) -> tuple[bytes, ...]:
        from typst import TypstError  # noqa: PLC0415 - 84 MB that only a press needs

        try:
            made, warnings = self._compiler().compile_with_warnings(
                format=form,
                sys_inputs={"data": data},
                timestamp=None if made_at is None else int(made_at.timestamp()),
                ppi=ppi,
            )
        except TypstError as error:
            raise PressError(f"The notice was not printed: typst refused it: {error.message}") from error
        if warnings or made is None:
            said = "; ".join(warning.message for warning in warnings) or "it gave nothing"
            raise PressError(f"The notice was not printed: typst warned: {said}")
        return (made,) if isinstance(made, bytes) else tuple(made)

    def _compiler(self) -> "Compiler":
        """Return this thread's compiler: two threads must not share one, and a warm one is quick."""
        from typst import Compiler  # noqa: PLC0415 - 84 MB that only a press needs

        mine: Compiler | None = getattr(self._local, "compiler", None)
        if mine is None:
            mine = Compiler(
                str(_TEMPLATE),
                root=str(_TEMPLATE.parent),
                font_paths=self._fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": "{}"},
            )
            self._local.compiler = mine
        return mine
