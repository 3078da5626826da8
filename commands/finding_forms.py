"""The modal that asks which account is meant, and the words that go along to the form behind it."""

from dataclasses import dataclass

from bot.slack import text
from bot.slack.blocks import Block, View, context, input_block, modal, section, text_input
from bot.slack.text import Mrkdwn, md
from commands.decisions import WORDS_MOST

WORDS_LEAST = 20
_UNCHANGED = md("Nothing was changed.")


@dataclass(frozen=True)
class Typed:
    """The words that were typed behind the command: as many as the form takes, and how many there were."""

    words: str = ""
    length: int = 0

    @classmethod
    def of(cls, words: str) -> "Typed":
        """Cut the words to what the form takes."""
        return cls(words[:WORDS_MOST], len(words))

    @classmethod
    def unpacked(cls, metadata: str) -> "Typed":
        """Return what :meth:`packed` made; nothing where it is something else."""
        length, _, words = metadata.partition(" ")
        return cls(words[:WORDS_MOST], int(length)) if length.isascii() and length.isdigit() else cls()

    def packed(self) -> str:
        """Return them as a form carries them to the next page."""
        return f"{self.length} {self.words}" if self.words else ""


@dataclass(frozen=True)
class Find:
    """How one command asks which account is meant.

    Attributes:
        callback: the modal's id.
        title: of this modal and of those behind it.
        label: what one may write.
        placeholder: how it looks.
        next_page: what comes then.
    """

    callback: str
    title: str
    label: str
    placeholder: str
    next_page: str

    def drawn(self, notice: Mrkdwn | None = None, words: Typed | None = None) -> View:
        """Ask which account; ``notice`` says why the last answer did not do, ``words`` go along to the next page."""
        blocks: list[Block] = [] if notice is None else [section(notice)]
        last = md("{next_page}", next_page=self.next_page) if notice is None else _UNCHANGED
        if words is not None and words.words:
            last = text.join(" ", [last, md("Your words are kept for the next page.")])
        return modal(
            self.callback,
            self.title,
            *blocks,
            input_block(
                self.label,
                text_input("number", placeholder=self.placeholder, most=255),
                block_id="account",
                hint="With country code or as dialled in Japan. Shown masked from here on.",
            ),
            context(last),
            submit="Find account",
            close="Cancel",
            metadata=words.packed() if words is not None else "",
        )


def in_your_words(words: Typed, placeholder: str) -> list[Block]:
    """Ask for the words management reads, with those that were typed already; says how much of them is there."""
    field = input_block(
        "In your words",
        text_input(
            "why",
            multiline=True,
            placeholder=placeholder,
            initial=words.words or None,
            least=WORDS_LEAST,
            most=WORDS_MOST,
        ),
        block_id="why",
        hint="Management reads this. No names, no words from mails.",
    )
    if words.length <= len(words.words):
        return [field]
    most, all_of_them = f"{len(words.words):,}", f"{words.length:,}"
    cut = md("Of your words, the first {most} of {all} letters are here.", most=most, all=all_of_them)
    return [field, context(cut)]
