"""Days as people write them: today, 7d, 2026-11-20, 20 Nov."""

import re
from datetime import date, timedelta

from bot.base import telephone

MONTHS = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_SHORTEST_MONTH = 3
_MOST_DAYS = 3_660
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_YEAR, _NUMBER = re.compile(r"20[0-9]{2}"), re.compile(r"[0-9]{1,2}")
_BACK = re.compile(r"([0-9]{1,4})d")


def one_day(typed: str, today: date) -> date | None:
    """Read one day, such as ``2026-11-20`` or ``20 Nov``; ``None`` when it is none."""
    tokens = telephone.tidy(typed).split()
    found = read(tokens, 0, today) if tokens else None
    return found[1] if found and found[0] == len(tokens) and found[1] == found[2] else None


def read(tokens: list[str], place: int, today: date) -> tuple[int, date | None, date | None] | None:
    """Read a day or days that begin here: how many words it has, the first day and the last (``None``: open)."""
    near = [token.lower().rstrip(",") for token in tokens[place : place + 3]]
    if not near:
        return None
    fixed = {"today": today, "yesterday": today - timedelta(days=1)}
    if near[0] in fixed:
        return 1, fixed[near[0]], fixed[near[0]]
    if near[0] in {"all", "ever"}:
        return 1, None, None
    if (back := _BACK.fullmatch(near[0])) and int(back[1]) <= _MOST_DAYS:
        return 1, today - timedelta(days=int(back[1])), None
    if iso := _ISO.fullmatch(near[0]):
        found = _date(*(int(part) for part in iso.groups()))
        return None if found is None else (1, found, found)
    return _written(near, today)


def no_day(tokens: list[str], place: int) -> int:
    """Return how many words here are written as a day that no calendar has, such as ``31 Feb``; 0 when none are."""
    near = [token.lower().rstrip(",") for token in tokens[place : place + 3]]
    if near and (iso := _ISO.fullmatch(near[0])):
        # Else it may be the beginning of a telephone number.
        return int(_YEAR.fullmatch(iso[1]) is not None and _date(*(int(part) for part in iso.groups())) is None)
    if len(near) < 2 or _number_and_month(near) is None or _written(near, date.max) is not None:  # noqa: PLR2004
        return 0
    return 3 if len(near) > 2 and _YEAR.fullmatch(near[2]) else 2  # noqa: PLR2004


def _number_and_month(near: list[str]) -> tuple[int, int] | None:
    """Read ``20 Nov`` or ``Nov 20``, whether there is such a day or not."""
    number, name = (near[0], near[1]) if near[0].isdecimal() else (near[1], near[0])
    month = _month(name)
    return None if month is None or not _NUMBER.fullmatch(number) else (int(number), month)


def _written(near: list[str], today: date) -> tuple[int, date, date] | None:
    """Read ``20 Nov``, ``Nov 20``, either with a year after it; without one it is the last such day."""
    if len(near) < 2:  # noqa: PLR2004  # a number and a month
        return None
    read_as = _number_and_month(near)
    if read_as is None:
        return None
    number, month = read_as
    if len(near) > 2 and _YEAR.fullmatch(near[2]):  # noqa: PLR2004
        found = _date(int(near[2]), month, number)
        return None if found is None else (3, found, found)
    # Eight years back, since 29 Feb needs a year that has one.
    days = (_date(year, month, number) for year in range(today.year, today.year - 9, -1))
    last = next((one for one in days if one is not None and one <= today), None)
    return None if last is None else (2, last, last)


def _month(name: str) -> int | None:
    if len(name) < _SHORTEST_MONTH:
        return None
    return next((place for place, month in enumerate(MONTHS, start=1) if month.startswith(name)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
