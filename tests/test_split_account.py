"""What is typed after /faxi-restrict is split into the account and the words about it."""

import pytest

from commands.finding import split_account


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
        ("(03) 5739-8927 3 complaints today", "(03) 5739-8927", "3 complaints today"),
        ("+81 3 5739 8927 5 times", "+81 3 5739 8927", "5 times"),
        ("090 3471 4821 3rd time", "090 3471 4821", "3rd time"),
        ("090 3471 4821 2x fraud", "090 3471 4821", "2x fraud"),
        ("090-3471-4821 (2 complaints)", "090-3471-4821", "(2 complaints)"),
        ("090 3471 4821, two complaints", "090 3471 4821", "two complaints"),
        ("090 3471 4821: 2 complaints", "090 3471 4821", "2 complaints"),
        ("+81 90 3471 4821\u30003\u56de", "+81 90 3471 4821", "3\u56de"),
        ("09034714821@docomo.ne.jp 2 complaints", "09034714821@docomo.ne.jp", "2 complaints"),
        ("5a0f4bfa-1111-4222-8333-9f94c9c6ad11 5 times", "5a0f4bfa-1111-4222-8333-9f94c9c6ad11", "5 times"),
        ("123 45 is no number", "123 45", "is no number"),
        ("someone@me.faxi.jp 2 complaints", "someone@me.faxi.jp", "2 complaints"),
        ("", "", ""),
    ],
)
def test_words_that_begin_with_a_digit_are_no_part_of_the_number(typed: str, account: str, words: str) -> None:
    assert split_account(typed)[0] == (account, words)


def test_where_a_shorter_number_can_exist_too_that_is_another_reading() -> None:
    assert split_account("+49 30 1234567 8 complaints") == [
        ("+49 30 1234567 8", "complaints"),
        ("+49 30 1234567", "8 complaints"),
    ]
    assert split_account("+81 3 5739 8927 5 times") == [("+81 3 5739 8927", "5 times")]


def test_a_number_is_sought_only_where_one_can_be() -> None:
    typed = "1 " * 20_000
    assert split_account(typed) == [(typed.strip(), "")]
