"""Telephone numbers as people write them: full-width, with hyphens, with 0, 81 or +81 before them."""

import re
import unicodedata

import phonenumbers

_HOME = "JP"
# Used as dashes, though they are none to Unicode (whose dashes are of category Pd).
_DASHES = frozenset("\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}\N{MINUS SIGN}")
_NUMBER = re.compile(r"\+?[0-9 ().\-/]+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def tidy(text: str) -> str:
    """Return ``text`` in plain characters, so that its look decides and not its encoding.

    Full-width characters become ordinary ones, every kind of dash becomes a hyphen, invisible
    characters go, and a run of blanks becomes one.
    """
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(character)
        if kind == "Pd" or character in _DASHES:
            kept.append("-")
        elif kind != "Cf":
            kept.append(" " if kind.startswith(("Z", "C")) else character)
    return " ".join("".join(kept).split())


def looks_like_number(tidied: str) -> bool:
    """Say whether a tidied text consists of what a telephone number is written with."""
    return _NUMBER.fullmatch(tidied) is not None and any(character.isdigit() for character in tidied)


def is_e164(number: str) -> bool:
    """Say whether a number is written as E.164 has it, such as ``+81312345678``; whether it exists is not asked."""
    return _E164.fullmatch(number) is not None


def digits_of(text: str) -> str:
    """Return the ASCII digits of ``text``."""
    return re.sub(r"[^0-9]", "", text)


def parse(tidied: str) -> phonenumbers.PhoneNumber | None:
    """Read a number as somebody in Japan would dial it; None when it is none."""
    try:
        return phonenumbers.parse(tidied, _HOME)
    except phonenumbers.NumberParseException:
        return None


def valid_numbers(tidied: str) -> list[str]:
    """Return what a text may mean as the digits of an international number, country code first.

    Without a plus it is read as a number of Japan and, when that can be, as one with its country
    code; both readings come back. None comes back when no such number can exist.
    """
    readings = [tidied] if tidied.startswith("+") else [tidied, f"+{digits_of(tidied)}"]
    found = [number for reading in readings if (number := parse(reading)) and phonenumbers.is_valid_number(number)]
    return list(dict.fromkeys(f"{n.country_code}{phonenumbers.national_significant_number(n)}" for n in found))


def to_call(number: str) -> tuple[str, str] | None:
    """Return a number as a telephone dials it and as people read it: ``+81312345678``, ``+81 3-1234-5678``.

    Without a plus it is read as somebody in Japan would dial it; ``None`` comes back when it cannot be dialled.
    """
    tidied = tidy(number)
    parsed = parse(tidied) if looks_like_number(tidied) else None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    dialled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    read = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return (dialled, read) if is_e164(dialled) else None


def stored_forms(number: str) -> list[str]:
    """Return the digits under which the number may be stored: as it is, and for Japan with the leading 0."""
    return [number, f"0{number[2:]}", f"810{number[2:]}"] if number.startswith("81") else [number]
