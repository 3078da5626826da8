"""Of a telephone number nobody sees more than its country and four last digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.base.masking import mask_number, mask_typed
from bot.base.telephone import digits_of


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+819012344821", "+81 •••• 4821"),
        ("+81-90-1234-4821", "+81 •••• 4821"),
        ("090-1234-4821", "+81 •••• 4821"),
        ("０９０ー１２３４ー４８２１", "+81 •••• 4821"),
        ("+81-0000-000-0001", "+81 •••• 0001"),
        ("+12125551234", "+1 •••• 1234"),
        ("+1-TEST-0001", "••••"),
        ("4821", "••••"),
        ("+81110", "••••"),
        ("", "••••"),
        ("demo", "••••"),
        ("1" * 30, "•••• 1111"),
    ],
)
def test_a_number_shows_its_country_and_its_last_four_digits(number: str, masked: str) -> None:
    """Short and odd ones show nothing."""
    assert mask_number(number) == masked


@given(st.text(max_size=60) | st.from_regex(r"\A\+?[0-9 ()\-]{1,30}\Z"))
def test_never_more_than_four_digits_after_the_country_are_shown(number: str) -> None:
    """Whatever stands in the column."""
    country, hidden, rest = mask_number(number).partition("••••")
    assert hidden
    assert len(digits_of(rest)) <= 4
    assert len(digits_of(country)) <= 3


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("090-1234-4821", "+81 •••• 4821"),
        ("819012344821@me.faxi.jp", "a mail address"),
        ("Grandmother Tanaka", "text of 18 characters"),
        ("12345", "••••"),
        ("", "text of 0 characters"),
    ],
)
def test_of_typed_text_only_its_kind_is_kept(text: str, kept: str) -> None:
    """What matched nothing may be anything."""
    assert mask_typed(text) == kept


@given(st.text(alphabet=st.characters(categories=["L", "P", "S", "Z", "C"]), min_size=6, max_size=60))
def test_no_part_of_typed_words_is_kept(text: str) -> None:
    """Only their length is."""
    assert mask_typed(text) in {f"text of {len(text)} characters", "a mail address"}
