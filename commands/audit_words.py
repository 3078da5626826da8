"""What somebody types after /faxi-audit: people, words, cases, accounts and days, read into one query.

An account is typed as a number or address, and only looked for: nothing that was typed is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from bot.base import telephone
from bot.engine import roster
from bot.engine.audit_search import Query
from bot.slack import text
from commands import audit_days, which_case
from commands.audit_sentences import SENTENCES
from commands.which_case import FEWEST_DIGITS

REFUSED = "refused"
_MARK = re.compile(r"<[^<>]*>|[^\s<>]+|[<>]")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)

_ALIASES: Mapping[str, frozenset[str]] = {
    # what it is about
    "restrict": frozenset({"restriction"}),
    "error": frozenset({"error"}),
    "flag": frozenset({"flagged"}),
    # what was done
    "look": frozenset({"look", "show", "list", "read", "search", "see_fax", "history", "activity"}),
    "send": frozenset({"send", "again", "warn", "accept", "deliver", "fail", "unknown"}),
    "hand": frozenset({"by_hand", "take_up"}),
    "number": frozenset({"reveal"}),
}
"""Words beside the parts of the tags themselves."""
_FORMS: Mapping[str, str] = {
    "withdrawn": "withdraw",
    "withdrew": "withdraw",
    "denied": "deny",
    "sent": "send",
    "faxes": "fax",
    "searches": "search",
    "on-call": "oncall",
    "by-hand": "hand",
    "undid": "undo",
    "undone": "undo",
}
"""Forms that no ending explains."""
_PARTS = tuple(frozenset(tag.split(":")[place] for tag in SENTENCES) for place in (0, 1))
"""What records are about, and what was done, as the tags have it."""
SHOWN = ("restrict", "lift", "error", "fax", "account", "contact", "number", "case", "oncall", "audit")
DONE = ("ask", "approve", "deny", "withdraw", "expire", "look", "send", "answer", "hand")
"""The words that are listed where one was not known."""
_KNOWN = frozenset(_ALIASES) | _PARTS[0] | _PARTS[1]
_DAYS = ("today", "yesterday", "since", "all", "7d")
_OTHERS = (REFUSED, "me", "bot", *_DAYS)


def meant(word: str) -> str | None:
    """Return the word of ours that somebody means (``approved`` is ``approve``), or ``None``."""
    for one in (
        word,
        word.removesuffix("s"),
        word.removesuffix("d"),
        word.removesuffix("ed"),
        word.removesuffix("ing"),
    ):
        if one in _KNOWN:
            return one
    return _FORMS.get(word)


def actions(words: tuple[str, ...]) -> list[str] | None:
    """Return the tags that these words stand for, ``None`` where there are no words.

    Words about the same side widen each other, words about both sides narrow: ``restrict lift approve``
    is the approval of either.
    """
    if not words:
        return None
    sides = [set[str](), set[str]()]
    for word in words:
        parts = _ALIASES.get(word, frozenset({word}))
        side = 0 if parts & _PARTS[0] else 1
        sides[side] |= parts
    return sorted(
        tag
        for tag in SENTENCES
        if all(not side or part in side for side, part in zip(sides, tag.split(":"), strict=True))
    )


@dataclass(frozen=True)
class Typed:
    """What was understood.

    Attributes:
        query: without an account, which is still to be found.
        account: a number, address or id as it was typed.
        names: of people who were not mentioned but written after an @.
        unknown: what was not understood.
        days: whether days were typed, also "all".
        no_day: whether something was written as a day that there is not.
    """

    query: Query
    account: str | None = None
    names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    days: bool = False
    no_day: bool = False


def read(marked: str, *, reader: str, bot: str, today: date) -> Typed:
    """Read what was typed, in any order.

    Parameters:
        marked: the text as Slack marks it up.
        reader: who asks, for "me".
        bot: the bot's own Slack id, by which it may be mentioned.
        today: the day in the team's zone, which days are counted from.
    """
    return _Reader(marked, reader, bot, today).read()


def nearest(word: str) -> str | None:
    """Return the word that was most likely meant, if one is near."""
    near = get_close_matches(word.lower(), [*SHOWN, *DONE, *_OTHERS], n=1, cutoff=0.7)
    return near[0] if near else None


class _Reader:
    def __init__(self, marked: str, reader: str, bot: str, today: date) -> None:
        # A mention stays as Slack marks it; numbers and addresses lose the link that Slack made of them.
        parts = (one if _PERSON.fullmatch(one) else text.typed(one) for one in _MARK.findall(marked))
        self._tokens = [
            piece for part in parts for piece in (part if part[:2] == "<@" else telephone.tidy(part)).split()
        ]
        self._reader, self._bot, self._today = reader, bot, today
        self._who: list[str] = []
        self._words: list[str] = []
        self._names: list[str] = []
        self._unknown: list[str] = []
        self._days: list[tuple[date | None, date | None]] = []
        self._typed = Typed(Query())

    def read(self) -> Typed:
        place = 0
        while place < len(self._tokens):
            place += self._take(place)
        firsts, lasts = [first for first, _ in self._days], [last for _, last in self._days]
        query = replace(
            self._typed.query,
            who=tuple(dict.fromkeys(self._who)),
            words=tuple(dict.fromkeys(self._words)),
            first=min((one for one in firsts if one), default=None) if None not in firsts else None,
            last=max((one for one in lasts if one), default=None) if None not in lasts else None,
        )
        return replace(
            self._typed,
            query=query,
            names=tuple(self._names),
            unknown=tuple(self._unknown),
            days=bool(self._days),
        )

    def _take(self, place: int) -> int:
        """Read what begins here; return how many words it has."""
        for one in (self._person, self._day, self._case, self._account, self._word):
            if used := one(place):
                return used
        self._unknown.append(self._tokens[place])
        return 1

    def _person(self, place: int) -> int:
        token = self._tokens[place]
        if mention := _PERSON.fullmatch(token):
            self._who.append(roster.BOT if mention[1] == self._bot else mention[1])
        elif token.lower() in {"me", "my", "mine"}:
            self._who.append(self._reader)
        elif token.lower().lstrip("@") in {"bot", "faxi-bot"}:
            self._who.append(roster.BOT)
        elif token.startswith("@") and len(token) > 1:
            self._names.append(token[1:])
        else:
            return 0
        return 1

    def _day(self, place: int) -> int:
        since = self._tokens[place].lower() == "since"
        found = audit_days.read(self._tokens, place + since, self._today)
        if found is None and (none := audit_days.no_day(self._tokens, place + since)):
            self._typed = replace(self._typed, no_day=True)
            return none + since
        if found is None:
            return 0
        used, first, last = found
        self._days.append((first, None if since else last))
        return used + since

    def _case(self, place: int) -> int:
        token, after = self._tokens[place], self._tokens[place + 1 : place + 2]
        if token.lower() in {"ops", "case"} and after and (number := which_case.named(after[0])):
            used = 2
        elif number := which_case.named(token):
            used = 1
        else:
            return 0
        if token.isdigit() and self._digits(place) >= FEWEST_DIGITS:
            return 0  # the beginning of a number that is written with blanks
        self._typed = replace(self._typed, query=replace(self._typed.query, case_id=number))
        return used

    def _numbers_from(self, place: int) -> list[str]:
        run = []
        for at, token in enumerate(self._tokens[place:], start=place):
            if not telephone.looks_like_number(token) or audit_days.read(self._tokens, at, self._today):
                break
            run.append(token)
        return run

    def _digits(self, place: int) -> int:
        return len(telephone.digits_of("".join(self._numbers_from(place))))

    def _account(self, place: int) -> int:
        token = self._tokens[place]
        if "@" in token[1:] or _UUID.fullmatch(token):
            self._typed = replace(self._typed, account=token)
            return 1
        run = self._numbers_from(place)
        if len(telephone.digits_of("".join(run))) < FEWEST_DIGITS:
            return 0
        self._typed = replace(self._typed, account=" ".join(run))
        return len(run)

    def _word(self, place: int) -> int:
        token = self._tokens[place].lower()
        if token == REFUSED:
            self._typed = replace(self._typed, query=replace(self._typed.query, refused=True))
        elif word := meant(token):
            self._words.append(word)
        else:
            return 0
        return 1
