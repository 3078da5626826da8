"""Masking: what is shown and recorded of a telephone number, or of text that nothing matched."""

import phonenumbers

from bot.base import telephone

_HIDDEN = "••••"
_SHOWN = 4
_ENOUGH = 8  # digits; of a shorter number its last four would be half of it


def mask_number(number: str) -> str:
    """Return ``number`` with its country and at most its last four digits, as ``+81 •••• 4821``.

    Short and odd numbers are hidden wholly.
    """
    tidied = telephone.tidy(number)
    if not telephone.looks_like_number(tidied):
        return _HIDDEN
    parsed = telephone.parse(tidied)
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        national = phonenumbers.national_significant_number(parsed)
        return f"+{parsed.country_code} {_HIDDEN} {national[-_SHOWN:]}" if len(national) >= _ENOUGH else _HIDDEN
    digits = telephone.digits_of(tidied)
    return f"{_HIDDEN} {digits[-_SHOWN:]}" if len(digits) >= _ENOUGH else _HIDDEN


def mask_typed(text: str) -> str:
    """Return what the audit keeps of typed text that matched nothing: its kind, never the text.

    A number is masked; of anything else only the kind and the length remain.
    """
    tidied = telephone.tidy(text)
    if telephone.looks_like_number(tidied):
        return mask_number(tidied)
    if "@" in tidied:
        return "a mail address"
    return f"text of {len(text)} characters"
