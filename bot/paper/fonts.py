"""The typefaces of the pages: Noto Sans CJK JP from its wheels, or what the operator's folder holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typst import FontInfo, Fonts

JAPANESE: Final = ("BIZ UDGothic", "Noto Sans CJK JP", "Noto Sans JP")
"""The typefaces that pages may be set in, the best first; each has all characters of JIS X 0208."""
LATIN: Final = "BIZ UDPGothic"
"""Its letters and digits are open and wide; its Japanese marks collide with typst's own tightening."""
_BOLD: Final = 700


class PressError(Exception):
    """Pages cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Faces:
    """The typefaces in the order in which a character is looked for; ``latin`` comes first for Latin letters."""

    japanese: tuple[str, ...]
    latin: str | None


def choose(bold: Iterable[str]) -> Faces | None:
    """Choose among families that have a bold face; ``None`` when none of them is Japanese."""
    there = set(bold)
    japanese = tuple(family for family in JAPANESE if family in there)
    return Faces(japanese, LATIN if LATIN in there else None) if japanese else None


def installed() -> tuple[Path, Path]:
    """Return the folders of the installed fonts, bold and regular."""
    import noto_cjk_sans_jp_bold as bold  # noqa: PLC0415 - only a press needs them
    import noto_cjk_sans_jp_regular as regular  # noqa: PLC0415

    return Path(str(bold.FONT_PATH)).parent, Path(str(regular.FONT_PATH)).parent


def _folders(font_dir: Path | None) -> tuple[Path, ...]:
    if font_dir is None:
        return installed()
    if not font_dir.is_dir():
        raise PressError(
            f"FONT_DIR {font_dir} is no folder that can be read: name one that holds fonts, or leave it out"
        )
    return (font_dir,)


def load(font_dir: Path | None) -> "tuple[Fonts, Faces]":
    """Load the typefaces of a folder, or of the wheels.

    Raises:
        PressError: there is no bold Japanese typeface that pages may be set in.
    """
    from typst import Fonts  # noqa: PLC0415 - 84 MB that only a press needs

    folders = _folders(font_dir)
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))
    found: list[FontInfo] = fonts.fonts()
    faces = choose(font.family for font in found if font.weight >= _BOLD)
    if faces is None:
        held = ", ".join(sorted({f"{font.family} {font.weight}" for font in found})) or "no font"
        where = "The installed fonts" if font_dir is None else f"FONT_DIR {font_dir}"
        raise PressError(f"{where} must hold the bold face of {' or '.join(JAPANESE)}: found {held}")
    return fonts, faces
