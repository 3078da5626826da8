"""A button's value is opaque, stays for its version, and is another after every change of version."""

import re

import pytest

from bot.base.database import Pool
from bot.engine import handles
from tests.support.team import at

NOW = at("2026-11-25 09:50")


async def test_a_value_is_made_once_for_each_version_and_old_ones_still_resolve(pool: Pool) -> None:
    async with pool.acquire() as connection:
        first = await handles.mint(connection, "rq", "17", 1, NOW)
        assert await handles.mint(connection, "rq", "17", 1, NOW) == first
        second = await handles.mint(connection, "rq", "17", 2, NOW)
        assert second != first
        assert [await handles.resolve(connection, "rq", value) for value in (first, second)] == [
            handles.Handle("rq", "17", 1),
            handles.Handle("rq", "17", 2),
        ]
        assert await handles.value_of(connection, "rq", "17", 2) == second


async def test_a_value_says_nothing_of_its_subject(pool: Pool) -> None:
    async with pool.acquire() as connection:
        value = await handles.mint(connection, "ac", "00000000-0000-4000-8000-000000000007", 1, NOW)
    assert re.fullmatch(r"ac_[A-Za-z2-9]{8}", value)


async def test_what_is_unknown_or_of_another_kind_stands_for_nothing(pool: Pool) -> None:
    async with pool.acquire() as connection:
        value = await handles.mint(connection, "rq", "17", 1, NOW)
        for kind, asked in (("cs", value), ("rq", "rq_aaaaaaaa"), ("rq", ""), ("rq", None), ("rq", "r" * 65)):
            assert await handles.resolve(connection, kind, asked) is None
        assert await handles.resolve(connection, "rq", value[:-1] + "\N{CYRILLIC SMALL LETTER A}") is None
        with pytest.raises(LookupError, match="rq 17 version 2"):
            await handles.value_of(connection, "rq", "17", 2)


def test_random_words_leave_out_letters_that_look_alike() -> None:
    words = "".join(handles.random_word(50) for _ in range(40))
    assert not set("Il1O0o") & set(words) - {"o"}
    assert len({handles.random_word(8) for _ in range(200)}) == 200
