"""Reading the number of a case, however people write it."""

import re
import unicodedata

# What telephones and Japanese keyboards write for a hyphen.
_DASHES = "\u2010-\u2015\u2212\u30fc"
_OF_FAX = rf"[\s_{_DASHES}-]*f\d{{1,3}}"
"""What follows the number of a case in the reference of a fax: ``-F1``, of its first try."""


def parse(text: str) -> int | None:
    """Read a case number however it is written (``ops-42``, ``OPS 0042``, ``42``); ``None`` when it is none.

    ``OPS-0042-F1`` is read too: it stands on a fax as its reference, and the person reads it out on the telephone.
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(rf"(?:ops[\s_{_DASHES}-]*)?0*(\d{{1,9}})(?:{_OF_FAX})?", clean, re.IGNORECASE | re.ASCII)
    return int(found.group(1)) if found and int(found.group(1)) > 0 else None
