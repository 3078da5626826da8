"""What is typed after /faxi-restrict is split into the account and the words about it."""

import pytest

from commands.restrictions import split_account


def _wide(text: str) -> str:
    """Return the text in full-width letters, as a Japanese keyboard writes it."""
    return "".join("\u3000" if one == " " else chr(ord(one) + 0xFEE0) for one in text)


@pytest.mark.parametrize(
    ("typed", "account", "words"),
    [
        ("090-3471-4821 two complaints", "090-3471-4821", "two complaints"),
        ("090-3471-4821 2 new complaints", "090-3471-4821", "2 new complaints"),
        ("090 3471 4821 2 new complaints", "090 3471 4821", "2 new complaints"),
        ("+81 90 3471 4821 24 Nov: fraud", "+81 90 3471 4821", "24 Nov: fraud"),
        ("03-1234-5678 5", "03-1234-5678", "5"),
        (_wide("090 3471 4821 2 x"), _wide("090 3471 4821"), _wide("2 x")),
        ("090 3471 4821", "090 3471 4821", ""),
        ("123 45 is no number", "123 45", "is no number"),
        ("someone@me.faxi.jp 2 complaints", "someone@me.faxi.jp", "2 complaints"),
        ("", "", ""),
    ],
)
def test_words_that_begin_with_a_digit_are_no_part_of_the_number(typed: str, account: str, words: str) -> None:
    assert split_account(typed) == (account, words)
