"""What may follow /faxi-bounces and /faxi-complaints: a time, then an account or a place; odd words get a guess."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Final
from uuid import UUID

from bot.base import masking, telephone
from bot.mail.accounts import Malformed, Several
from bot.mail.metrics.carriers import domain_of
from bot.slack.blocks import Block, actions, button, context, message, section
from bot.slack.interactions import Outcome, Say
from bot.slack.text import Mrkdwn, join, md
from commands.which_case import FEWEST_DIGITS

PERIODS: Final[Mapping[str, timedelta]] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
USUAL: Final = "24h"
WORDS: Final[Mapping[str, str]] = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}
_HOURS: Final[Mapping[str, int]] = {"": 1, "h": 1, "d": 24, "w": 168, "m": 720}
_SPAN: Final = re.compile(r"(\d{1,4}) ?(|h|d|w|m)(?:rs?|ours?|ays?|eeks?|onths?)?")
_NUMBERED: Final = re.compile(r"(\d{1,4}) ?[a-z]{1,8}")
_SPOKEN: Final = {"day": "24h", "today": "24h", "week": "7d", "month": "30d"}
_MAY_BE_REPEATED: Final = re.compile(r"[a-z!.-]{1,24}|\d{1,3} ?[a-z]{0,6}")
_PARTS: Final = 3
SUMMARY: Final = "summary"


@dataclass(frozen=True)
class View:
    """What of a report is asked for; a button's value names it."""

    period: str = USUAL
    part: str = SUMMARY
    place: str = ""
    """A carrier's name, or a domain."""
    owner: UUID | None = None
    offset: int = 0

    @property
    def subject(self) -> str:
        """The view as a value names it, without its page."""
        about = f"of {self.owner}" if self.owner else f"at {self.place}" if self.place else "all"
        return f"{self.period} {self.part} {about}"

    @property
    def length(self) -> timedelta:
        """The length of the window."""
        return PERIODS[self.period]

    @property
    def within(self) -> str:
        """The length in words: ``24 hours``."""
        return WORDS[self.period]

    def of(self, part: str, offset: int = 0) -> "View":
        """Return another part, or another page, of the same."""
        return replace(self, part=part, offset=offset)


def view_of(subject: str, offset: int) -> View | None:
    """Read what a value names; ``None`` when it is not of this form."""
    period, part, about, *rest = [*subject.split(" ", _PARTS), "", "", ""]
    if period not in PERIODS:
        return None
    if about == "of":
        return View(period, part, owner=UUID(rest[0]), offset=offset)
    return View(period, part, place=rest[0] if about == "at" else "", offset=offset)


def split(text: str) -> tuple[str, str]:
    """Split what was typed into the period, first or last, and what else there is."""
    words = telephone.tidy(text).split()
    for at in (0, -1):
        if words and words[at].lower() in PERIODS:
            return words.pop(at).lower(), " ".join(words)
    return USUAL, " ".join(words)


def is_account(words: str) -> bool:
    """Say whether words can mean an account: a number, a mail address or an id."""
    if telephone.looks_like_number(words):
        return words.startswith("+") or len(telephone.digits_of(words)) >= FEWEST_DIGITS
    return (domain_of(words) is not None and not words.startswith("@")) or _is_id(words)


def _is_id(words: str) -> bool:
    try:
        UUID(words)
    except ValueError:
        return False
    return True


def guessed(words: str, others: Collection[str] = ()) -> str | None:
    """Return the option that was probably meant: a period, or one of the other words; ``None`` when none is near."""
    said = words.lower()
    if (found := _SPAN.fullmatch(said)) is not None:
        hours = int(found[1]) * _HOURS[found[2]]
        if not found[2]:  # a number alone: hours, or days
            return _by_number(found[1])
        return next((name for name, span in PERIODS.items() if span >= timedelta(hours=hours)), "30d")
    known = {**_SPOKEN, **{name: name for name in PERIODS}, **{name.lower(): name for name in others}}
    near = get_close_matches(said, known, n=1)
    if near:
        return known[near[0]]
    found = _NUMBERED.fullmatch(said)
    return _by_number(found[1]) if found else None


def _by_number(number: str) -> str | None:
    return next((name for name in PERIODS if name[:-1] == number), None)


def not_known(command: str, words: str, usage: Collection[tuple[str, str]], guess: tuple[str, Block] | None) -> Outcome:
    """Answer an option that there is not: the nearest guess as a button, then the list.

    Params:
        command: its name.
        words: what is not known; repeated only where it can be nothing of a person.
        usage: what may be typed, and what it does.
        guess: the option to type instead, or another command, and the button that does it.
    """
    what = md("“{words}”", words=words) if _MAY_BE_REPEATED.fullmatch(words.lower()) else md("that word")
    first = md(":grey_question: `{command}` does not know {what}.", command=Mrkdwn(command), what=what)
    blocks: list[Block] = [section(first)]
    if guess is not None:
        other = guess[0].startswith("/")
        whole = Mrkdwn(guess[0]) if other else md("{command} {guess}", command=Mrkdwn(command), guess=guess[0])
        hint = md("Did you mean `{whole}`?", whole=whole)
        blocks = [section(join("\n", [first, hint])), actions(guess[1])]
    blocks.append(
        section(join("\n", [md("`{typed}` {does}", typed=Mrkdwn(typed), does=does) for typed, does in usage]))
    )
    answer = message(f"{command} does not know that word, so nothing was looked up.", *blocks)
    parameters = {"typed": masking.mask_typed(words)}
    return Outcome(Say(answer), "refused:unknown_option", allowed=False, parameters=parameters)


def why_none(found: object) -> tuple[Mrkdwn, str]:
    """Say why what was typed names no one account: in a message, and in its notification, which names nothing typed."""
    if isinstance(found, Malformed):
        return md("{reason}", reason=found.reason), "This can be no account."
    sentence = (
        "More than one account fits." if isinstance(found, Several) else "No account has this number, address or id."
    )
    return md("{sentence}", sentence=sentence), sentence


def not_found(command: str, found: object, words: str) -> Outcome:
    """Answer a number, address or id that no account has, or several."""
    why, sentence = why_none(found)
    how = md("Give it with country code: `{command} +81…`.", command=Mrkdwn(command))
    said = section(md(":grey_question: *{why}*\n{how}", why=why, how=how))
    parameters = {"typed": masking.mask_typed(words)}
    return Outcome(Say(message(sentence, said)), "refused:not_found", allowed=False, parameters=parameters)


def gone(owner: UUID) -> Outcome:
    """Answer that an account is no longer there."""
    said = section(md(":grey_question: *This account is gone.* Faxi has none of this id any more."))
    return Outcome(Say(message("This account is gone.", said)), "refused:gone", allowed=False, subject=owner)


def with_warning(outcome: Outcome) -> Outcome:
    """Add that everybody can read what was written to the bot, unlike the answer."""
    if not isinstance(outcome.answer, Say):
        return outcome
    shown = outcome.answer.message
    last = context(md("Only you see this. If your own message holds the number, please delete it."))
    return replace(outcome, answer=Say(replace(shown, blocks=(*shown.blocks, last))))


def guess_button(label: str, action: str, value: str) -> Block:
    """Make the button that does what was probably meant."""
    return button(label, action, value, style="primary")
