"""Fax notices for tests: one of every kind there is, and the pages that were looked at once.

After a change of words, template, typst or fonts:
``python -m tests.support.notices`` draws tests/pages anew; look at each page that git shows as changed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import get_args

from bot.paper.forms import Language
from bot.paper.notices import Notice, NoticeKind, Press, Support
from tests.support.pages import Picture, pictures

PAGES = Path(__file__).parent.parent / "pages"
MADE_AT = datetime(2026, 11, 25, 0, 1, tzinfo=UTC)
DAY = date(2026, 11, 25)
SUPPORT = Support("+81-3-1234-5678", "support@faxi.example", "09:00-18:00")

_ABOUT: dict[NoticeKind, tuple[tuple[str | None, int | None], ...]] = {
    "restriction": (("complaints", 5), ("fraud", None), ("asked", None), ("other", None)),
    "lift": ((None, None),),
    "apology": ((None, None),),
    "warning": ((None, 1), (None, 3), (None, 4), (None, 5), (None, 12)),
}
_LOOKED_AT = (("complaints", 5), ("fraud", None), (None, None), (None, 3))


def notice(
    kind: NoticeKind,
    language: Language = "ja",
    *,
    enforced: bool = False,
    reason: str | None = None,
    complaints: int | None = None,
    reference: str | None = "OPS-0042-F1",
    support: Support = SUPPORT,
) -> Notice:
    """Make a notice; a restriction is for 5 complaints and a warning about 3 unless told otherwise."""
    if kind == "restriction" and reason is None:
        reason, complaints = "complaints", complaints or 5
    if kind == "warning":
        complaints = complaints or 3
    return Notice(kind, language, reference, DAY, enforced, reason, complaints, support)


def every_notice() -> list[Notice]:
    """Return every kind in both languages, enforced and not, for every reason and some counts."""
    return [
        notice(kind, language, enforced=enforced, reason=reason, complaints=complaints)
        for language, enforced in product(get_args(Language), (False, True))
        for kind, about in _ABOUT.items()
        for reason, complaints in about
    ]


def drawn(press: Press) -> Iterator[tuple[str, Picture]]:
    """Draw the pages that are kept, each with its name: small ones of all kinds, and two as a fax machine has them."""
    for one in every_notice():
        if (one.reason, one.complaints) in _LOOKED_AT:
            words = [one.kind, one.reason, one.language, "enforced" if one.enforced else None]
            yield from _named("-".join(filter(None, words)), press, one, 72, 72)
    yield from _named("preview-ja", press, notice("lift", "ja", reference=None), 72, 72)
    for language in get_args(Language):
        yield from _named(f"standard-fax-{language}", press, notice("restriction", language), 204, 98)


def _named(name: str, press: Press, one: Notice, across: int, down: int) -> Iterator[tuple[str, Picture]]:
    pages = pictures(press.pdf(one, made_at=MADE_AT).pdf, across, down)
    for number, page in enumerate(pages, start=1):
        yield f"{name}-{number}", page


def main() -> None:
    """Draw the kept pages anew."""
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.png"):
        old.unlink()
    for name, page in drawn(Press(None)):
        (PAGES / f"{name}.png").write_bytes(page.png())


if __name__ == "__main__":
    main()
