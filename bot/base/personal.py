"""Personal data in typed words: finds telephone numbers and mail addresses, however they are written."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final, Literal

from bot.base import telephone

Found = Literal["telephone number", "mail address"]
OWN_ADDRESS: Final = "operations@faxi.jp"
"""Our own public address, which may stand in words: the runbook's contacts name it."""
_LEAST, _MOST = 9, 16  # digits of a number with its country; the longest begins with 0081 or 00 and a country
_GAP_MOST = 3  # " - " between two groups of digits
_GROUP_MOST = 4  # digits of a group, in a number that begins like none
_LAST_LEAST = 3
_KANJI = str.maketrans("〇零一二三四五六七八九", "00123456789")
_GAP = r"[ \-./()\[\]・･_:,、*~'\u2019の]"
_RUN = re.compile(rf"[0-9]+(?:{_GAP}{{0,{_GAP_MOST}}}[0-9]+)*")
# What has many digits and is no number of a person, taken out first; its neighbours must not make it part of one.
_ORDINARY = tuple(
    re.compile(one, re.IGNORECASE)
    for one in (
        # A message's or an account's id: letters among its digits.
        r"\b(?=[0-9-]*[a-f])[0-9a-f]{8,16}(?:-[0-9a-f]{8})?(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-[0-9]{6})?\b",
        r"\bOPS-?[0-9]{1,6}(?:-F[0-9]{1,2})?(?![0-9])(?!-[0-9])",
        r"(?<![0-9+\-./()])(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?![0-9])(?!\1[0-9])",
        r"(?<![0-9:+])(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?![0-9:])",
        r"(?<![0-9,.+\-])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])(?!-[0-9])",
        r"(?<![0-9+\-./])[0-9]{1,3}(?:\.[0-9]{1,4})? ?%",
        r"(?<![0-9+\-./])(?!81\.)(?:0|[1-9][0-9]{0,3})\.[0-9]{1,3}(?![0-9])(?![.\-][0-9])",
        r"(?<![0-9/+\-.])[0-9]{1,2}/[0-9]{1,2}(?![0-9])(?![/\-.][0-9])",
        r"(?<![0-9+\-.])(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|(?![0-9]))){4}(?![0-9.])",
    )
)
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LINK_RUN = re.compile(r"\+?[0-9]+(?:[\-._/()]{1,2}[0-9]+)*")
_LINK_TIME = re.compile(r"thread_ts=[0-9]{10}\.[0-9]{6}", re.IGNORECASE)
_AT = r"(?:@|[\[(<{] ?(?:at|@) ?[\])>}]|アットマーク|あっとまーく|アット)"
_DOT = r"(?: ?(?:\.|。|[\[({] ?(?:dot|\.) ?[\])}]|ドット) ?)"
_ADDRESS = re.compile(
    rf"[\w\".+%'-](?P<before> ?){_AT}(?P<after> ?)(?P<domain>[\w-]+(?:{_DOT}[\w-]+)*{_DOT}(?P<top>[^\W\d_]{{2,}}))",
    re.IGNORECASE,
)
# With a blank before the sign alone it may call a colleague (ask @ren.mori), save where the end is a domain's.
_TOPS = frozenset(("jp", "com", "net", "org", "info", "biz", "me", "io", "us", "uk", "cn", "kr", "tw", "de", "fr"))
_CARRIER = re.compile(
    rf"[\w\".+%'-] ?{_AT} ?(?:docomo|ezweb|softbank|au|gmail|yahoo|icloud|hotmail|outlook)\b", re.IGNORECASE
)


def found_in(words: str, own: Collection[str] = ()) -> Found | None:
    """Return what of a person stands in typed words, or ``None``: a telephone number of 9 or more digits, an address.

    Full-width letters, every dash and the digits of other scripts are read as plain ones. The number of a
    case, a date, a time, a count, a rate and a link are none of these (design, section 5).

    Parameters:
        own: telephone numbers and addresses of ours that are public and may stand.
    """
    plain = _plain(words)
    for one in (OWN_ADDRESS, *own):
        plain = _without(plain, telephone.tidy(one).lower())
    if _has_address(plain):
        return "mail address"
    return "telephone number" if _has_number(plain) else None


def _plain(words: str) -> str:
    """Return words in plain lower-case characters; marks such as those of a key's emoji go."""
    kept = []
    for letter in telephone.tidy(words).translate(_KANJI):
        if letter.isdecimal():
            kept.append(str(unicodedata.decimal(letter)))
        elif unicodedata.category(letter) not in {"Mn", "Me"}:
            kept.append(letter)
    return "".join(kept).lower()


def _without(plain: str, own: str) -> str:
    if "@" in own:
        return re.sub(rf"(?<![a-z0-9.+_%'\"-]){re.escape(own)}(?![a-z0-9-]|\.[a-z0-9])", " x ", plain)
    if not telephone.looks_like_number(own):
        return plain
    forms = {telephone.digits_of(own)}
    for number in telephone.valid_numbers(own):
        forms.update(telephone.stored_forms(number))
    for digits in sorted((one for one in forms if one), key=len, reverse=True):
        spread = r"[ \-.()]{0,2}".join(digits)
        plain = re.sub(rf"(?<![0-9+])(?<![0-9][\- .])\+?{spread}(?![0-9])(?![\- .][0-9])", " x ", plain)
    return plain


def _has_address(plain: str) -> bool:
    if _CARRIER.search(plain):
        return True
    return any(not one["before"] or one["after"] or one["top"] in _TOPS for one in _ADDRESS.finditer(plain))


def _has_number(plain: str) -> bool:
    if any(_links_number(one[0]) for one in _LINK.finditer(plain)):
        return True
    plain = _LINK.sub(" x ", plain)
    for ordinary in _ORDINARY:
        plain = ordinary.sub(" x ", plain)
    return any(_holds_number(one[0], plain[max(0, one.start() - 2) : one.start()]) for one in _RUN.finditer(plain))


def _links_number(link: str) -> bool:
    """Say whether a link holds a number: there long digits are mostly times and ids, so only a real one counts."""
    plain = _LINK_TIME.sub("x", link.replace("%2b", "+"))
    for one in _LINK_RUN.finditer(plain):
        digits = telephone.digits_of(one[0])
        if _LEAST <= len(digits) <= _MOST and (one[0][0] in "+0" or telephone.valid_numbers(digits)):
            return True
    return False


def _holds_number(run: str, before: str) -> bool:
    """Say whether groups of digits, some of those beside one another, make a telephone number."""
    groups = re.findall("[0-9]+", run)
    gaps = re.findall("[^0-9]+", run)
    if any(len(one) >= _LEAST for one in groups):
        return True
    for first, head in enumerate(groups):
        lead = gaps[first - 1] if first else before
        strong = "+" in lead or (head[0] == "0" and len(head) > 1) or head.startswith("81")
        count = len(head)
        for last in range(first + 1, len(groups)):
            count += len(groups[last])
            if count > _MOST:
                break
            if count >= _LEAST and (strong or _even(groups[first : last + 1], gaps[first:last])):
                return True
    return False


def _even(groups: list[str], gaps: list[str]) -> bool:
    """Say whether groups that begin like no number are parted as those of one: 90-1234-5678, (212) 555 1234."""
    same = len(set(gaps)) == 1 and gaps[0].strip(" ") in {"", "-", ".", "の", "・"}
    sized = all(2 <= len(one) <= _GROUP_MOST for one in groups)  # noqa: PLR2004  # a lone digit is a count
    return (same or gaps[0].strip() == ")") and sized and len(groups) > 2 and len(groups[-1]) >= _LAST_LEAST  # noqa: PLR2004
