"""Finding the account that a form is about: by what was typed behind the command, in a modal, or by a button."""

import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from bot.base import masking, telephone
from bot.engine import handles
from bot.mail import accounts, restrictions
from bot.mail.accounts import Account, Malformed, Several
from bot.slack.blocks import View
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Keep, Outcome, Show
from bot.slack.text import Mrkdwn, md
from commands.finding_forms import Find, Typed

_STALE = md(":heavy_minus_sign: *This form is too old.* Please start again.")
_PAUSES = frozenset({",", ";", ":", "\u3001", "\u3002"})
"""What may stand directly behind a number, before the words about it."""
_LONGEST_NUMBER = 60
"""Letters within which a number ends, however it is spaced: more is not tried."""


def split_account(typed: str) -> list[tuple[str, str]]:
    """Split what was typed into the account and the words after it; the likeliest reading comes first.

    A number may be written with spaces, hyphens and full-width digits; words that begin with a digit
    ("2 new complaints", "3rd time") do not belong to it. Where a shorter beginning can be a number too,
    that is another reading. Anything else ends at the first space.
    """
    typed = typed.strip()
    end = next((at for at, letter in enumerate(typed) if not _of_a_number(letter)), len(typed))
    ends = [at for at, letter in enumerate(typed[:end]) if letter.isspace()]
    if end == len(typed) or unicodedata.normalize("NFKC", typed[end]) in _PAUSES:
        ends.append(end)
    if ends and any(letter.isdigit() for letter in typed[:end]):
        short = [at for at in ends if at <= _LONGEST_NUMBER][::-1]
        numbers = [at for at in short if telephone.valid_numbers(telephone.tidy(typed[:at]))]
        readings = [(typed[:at].strip(), _words(typed[at:])) for at in numbers or ends[-1:]]
        return list(dict.fromkeys(readings))
    account, *words = typed.split(maxsplit=1) or [""]
    return [(account, " ".join(words))]


def _words(rest: str) -> str:
    """Return the words after a number, without the comma between them."""
    return (rest[1:] if unicodedata.normalize("NFKC", rest[:1]) in _PAUSES else rest).strip()


def _of_a_number(letter: str) -> bool:
    """Say whether numbers are written with this character: digits, signs, brackets, dashes, spaces."""
    plain = unicodedata.normalize("NFKC", letter)
    dash = unicodedata.category(letter) == "Pd" or letter in {"\u30fc", "\u2212"}
    return plain.isdigit() or plain.isspace() or plain in {"+", "(", ")", "."} or dash


@dataclass(frozen=True)
class Finder:
    """The way from a command, a button or a modal to the form about one account.

    Attributes:
        form: asks which account.
        empty: what is said where nothing was written.
        looked: draws the form about the account, with the words that were typed.
    """

    form: Find
    empty: str
    looked: Callable[[Call, UUID, Typed], Awaitable[Outcome]]

    def opening(self, click: Click) -> View | None:
        """Open at once what does not have to be looked up, else say that it is."""
        return looking(self.form.title) if click.text or click.value else self.form.drawn()

    async def command(self, call: Call) -> Outcome:
        """Find the account that was typed; without one, ask."""
        if not call.click.text:
            return Outcome(Keep(self.form.drawn()), result="form")
        return await self._found(call, [(typed, Typed.of(words)) for typed, words in split_account(call.click.text)])

    async def button(self, call: Call) -> Outcome:
        """Open the form, with the account where the button names one."""
        if not call.click.value:
            return Outcome(Keep(self.form.drawn()), result="form")
        handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.value)
        if handle is None:
            return self.stale("refused:unknown_button")
        return await self.looked(call, UUID(handle.subject), Typed())

    async def submitted(self, call: Call) -> Outcome:
        """Find the account that was written into the modal."""
        typed = call.click.values.get("account", "").strip()
        if not typed:
            return Outcome(Errors({"account": self.empty}), "refused:empty", allowed=False)
        return await self._found(call, [(typed, Typed.unpacked(call.click.metadata))])

    def stale(self, result: str = "refused:stale_form") -> Outcome:
        """Ask again where the account that a form or button named is not known any more."""
        return Outcome(Show(self.form.drawn(_STALE)), result, allowed=False)

    def unknown(self, why: Mrkdwn, words: Typed | None = None) -> View:
        """Say why there is no such account, and ask again."""
        return self.form.drawn(md(":grey_question: {why}", why=why), words)

    def gone(self, user_id: UUID) -> Outcome:
        """Say that the account is no longer there."""
        view = self.unknown(md("*This account is gone.* Please check the number."))
        return Outcome(Show(view), "refused:gone", allowed=False, subject=user_id)

    async def _found(self, call: Call, readings: Sequence[tuple[str, Typed]]) -> Outcome:
        """Look for the account that the first reading which has one means; else say what the likeliest lacks."""
        answers = []
        for typed, words in readings:
            found = await accounts.find(call.connection, typed)
            if isinstance(found, Account):
                return await self.looked(call, found.id, words)
            answers.append(found)
        typed, words = readings[0]
        parameters = {"typed": masking.mask_typed(typed)}
        view = self.unknown(_why(answers[0]), words)
        return Outcome(Show(view), "refused:not_found", allowed=False, parameters=parameters)


def _why(found: object) -> Mrkdwn:
    if isinstance(found, Malformed):
        return md("*{reason}*", reason=found.reason)
    if isinstance(found, Several):
        return md("*More than one account fits.* Please give the whole number or the mail address.")
    return md("*No account has this number, address or id.* Please check it, the country code too.")
