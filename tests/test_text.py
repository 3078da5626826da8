"""Text from people reaches Slack without acting there."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text
from bot.slack.text import Mrkdwn, clean, clip, join, md, plain, sentence

TOKYO = ZoneInfo("Asia/Tokyo")
BREAKFAST = datetime(2026, 11, 24, 23, 41, tzinfo=UTC)

HOSTILE = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [
                *"<>&*_~`:|@#!^/\\\n\r\t {}",
                "<!channel>",
                "<!here|x>",
                "<@U0123ABCD>",
                "<http://evil.example|Faxi>",
                "https://evil.example",
                "mailto:a@b.example",
                ":x:",
                ":white_check_mark:",
                "*bold*",
                "```",
                "> quote",
                "&lt;!channel&gt;",
                "@channel",
                "@everyone",
                "\u202eevil\u202c",
                "\u2066",
                "\u200f",
                "\u0000",
                "\ud800",
                "\u2028",
                "12:00",
                "{name}",
                "%s",
                "日本語",
                "👩\u200d👧",
            ]
        ),
        max_size=30,
    ).map("".join),
)
HIDDEN = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)


@given(HOSTILE)
def test_foreign_text_in_markup_cannot_format_link_call_or_show_an_emoji(foreign: str) -> None:
    shown = md("{words}", words=foreign)
    assert not re.search(r"[<>*_~`:]", shown)
    assert re.sub(r"&(amp|lt|gt);", "", shown).count("&") == 0
    assert not shown.startswith("&gt;")
    assert not re.search(r"@(channel|here|everyone|group)", shown, re.IGNORECASE)
    assert not HIDDEN.search(shown)
    json.dumps(shown).encode("ascii")
    shown.encode()


@given(HOSTILE, HOSTILE)
def test_two_foreign_parts_cannot_act_together(first: str, second: str) -> None:
    assert not re.search(r"[<>*_~`:]", md("{first}{second}", first=first, second=second))


@given(HOSTILE)
def test_foreign_text_cannot_end_our_own_formatting(foreign: str) -> None:
    shown = md("*{name}* says `{name}`", name=foreign)
    assert shown.count("*") == 2
    assert shown.count("`") == 2


@given(HOSTILE)
def test_foreign_plain_text_has_no_emoji_name_and_nothing_invisible(foreign: str) -> None:
    shown = plain(foreign)
    assert ":" not in shown
    assert not HIDDEN.search(shown.replace("\n", ""))


@given(HOSTILE)
def test_a_fallback_sentence_has_no_markup_and_is_one_line(foreign: str) -> None:
    shown = sentence(foreign)
    assert not re.search(r"[<>*_~`\n]|://|:[a-z]+:", shown)
    assert len(shown) <= len(foreign)


@given(HOSTILE)
def test_cleaning_keeps_every_visible_character(foreign: str) -> None:
    kept = [one for one in foreign if unicodedata.category(one)[0] in "LNPS"]
    assert [one for one in clean(foreign) if unicodedata.category(one)[0] in "LNPS"] == kept


@given(HOSTILE, st.integers(min_value=0, max_value=50))
def test_a_cut_is_never_longer_than_asked_and_says_that_it_cut(foreign: str, most: int) -> None:
    cut = clip(foreign, most)
    assert len(cut) <= most
    assert cut == foreign or most == 0 or cut.endswith("…")


def test_a_cut_does_not_part_an_emoji_of_several_characters() -> None:
    assert clip("ab👩\u200d👧\u200d👦c", 6) == "ab…"


def test_a_long_foreign_part_is_cut() -> None:
    assert len(md("{words}", words="x" * 10_000)) == text.PART


def test_markup_cannot_be_cut() -> None:
    with pytest.raises(TypeError):
        clip(md("*bold*"), 3)


def test_adding_to_markup_gives_a_foreign_string_again() -> None:
    assert not isinstance(md("*a*") + "<!channel>", Mrkdwn)
    assert md("{part}", part=md("*a*") + "<b>") == "\u2217a\u2217&lt;b&gt;"


def test_markup_goes_into_markup_as_it_is() -> None:
    line = md("{who} at {when}", who=text.user("U0AOI"), when=text.instant(BREAKFAST, TOKYO))
    assert line == "<@U0AOI> at <!date^1795563660^{time}|08:41 JST>"
    assert join("\n", [line, md("*x*")]).endswith("\n*x*")


@pytest.mark.parametrize("forged", ["U1>", "<!channel>", "u0lower", "", "U" * 99])
def test_a_forged_id_cannot_be_mentioned(forged: str) -> None:
    for mention in (text.user, text.channel, text.subteam):
        with pytest.raises(ValueError, match="not a Slack id"):
            mention(forged)


def test_times_are_written_in_the_teams_zone_and_in_english() -> None:
    assert text.day(BREAKFAST, TOKYO) == "Wed 25 Nov 2026"
    assert text.deadline(BREAKFAST, TOKYO) == "Wed 25 Nov 08:41"
    assert text.clock_time(BREAKFAST, TOKYO) == "08:41"
    assert text.instant(BREAKFAST, TOKYO, "date_time") == (
        "<!date^1795563660^{date_short_pretty} {time}|Wed 25 Nov 08:41 JST>"
    )


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        text.day(BREAKFAST.replace(tzinfo=None), TOKYO)
