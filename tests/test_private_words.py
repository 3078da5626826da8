"""Typed words that name a person's number or address are refused in every form; ordinary words pass."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import wiring
from bot.base.personal import found_in
from bot.slack import clicks, private_words
from bot.slack.interactions import Errors
from tests.support.team import at, make_team

OWN = ("0120-123-456", "support@faxi.example")
TEAM = replace(make_team(), support_phone=OWN[0], support_email=OWN[1])
FORMS = sorted({one.name for one in wiring.catalogue() if one.kind == "view"})
NOTE = "Call 090-3471-4821 and hanako@docomo.ne.jp about it"
_FULL = str.maketrans("0123456789-+@.", "０１２３４５６７８９ー＋＠．")  # noqa: RUF001
_KANJI = str.maketrans("0123456789-", "〇一二三四五六七八九ー")

ORDINARY = (
    "OPS-0042, OPS-0043 and OPS-0042-F1",
    "2026-11-24 18:42 - 2026-11-25 09:00",
    "2026-11-20/2026-11-24",
    "2026-11-24T18:42:11.123456+09:00",
    "2026/11/24(火) 09:30",
    "2026年11月24日18時42分に1,284通、3.2%",
    "24 Nov 2026 18:42",
    "09/11 10/11 11/11 12/11",
    "09:00-18:00 10:00〜19:00",
    "1,284 of 12,840 mails (3.24 %), 1,284,000 in all",
    "5000/12000 and 12000 / 50000",
    "3, 5, 10, 20, 30, 40, 50",
    "rates 0.05 0.12 0.233",
    "from 3.1% to 4.2% in 24 h, 99.95 % since 08:41:07",
    "192.168.100.200 10.0.0.12",
    "ask @ren.mori, checkout@v4, node@18.2.0",
    "write to operations@faxi.jp or support@faxi.example",
    "they call 0120-123-456, or +81 120 123 456",
    "https://faxi.slack.com/archives/C012/p1795768200123456?thread_ts=1795768200.123456&cid=C0",
    "https://graphs.example/d?from=1795768200000&to=1795768300000",
    "0100018f2a3b4c5d-6e7f8091-1234-5678-9abc-def012345678-000000",
    "The bot was restarted at 18:42; three jobs wait.",
    "",
)
PRIVATE = (
    NOTE,
    "０９０ー３４７１ー４８２１",
    "〇九〇ー三四七一ー四八二一",
    "090の3471の4821",
    "81(0)90.3471.4821",
    "tel:09034714821",
    "(212) 555-1234",
    "3 090 3471 4821 7",
    "18:00:090-3471-4821",
    "2026-11-24-090-3471-4821",
    "0\ufe0f\u20e39\ufe0f\u20e30\ufe0f\u20e334714821",
    "0120-123-4567",
    "https://x.example/u/09034714821",
    "https://x.example/?q=%2B819034714821",
    "hanako ＠ docomo.ne.jp",  # noqa: RUF001
    "hanako[at]docomo.ne.jp",
    "hanako@docomo。ne。jp",
    "ask hanako @docomo.ne.jp",
    "hanako@docomo",
    "hanakoアットマークdocomoドットneドットjp",
    "operations@faxi.jp.example.com",
    "xoperations@faxi.jp",
)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Write a number of Japan or of abroad, parted and in the letters that people use."""
    eight = [f"{draw(st.integers(0, 9999)):04}" for _ in range(2)]
    mobile, city = draw(st.sampled_from(["90", "80", "70", "50"])), draw(st.sampled_from(["3", "6"]))
    groups = draw(
        st.sampled_from(
            [
                ["0" + mobile, *eight],
                ["0" + city, *eight],
                ["0467", eight[0][:2], eight[1]],
                ["0120", eight[0][:3], eight[1][:3]],
                ["+81", mobile, *eight],
                ["+81", city, *eight],
                ["81", mobile, *eight],
                ["0081", mobile, *eight],
                ["+1", "212", eight[0][:3], eight[1]],
                ["+44", "20", *eight],
            ]
        )
    )
    number = draw(st.sampled_from(["", "-", " ", ".", " - ", "\u2010", "\u00a0", "\n"])).join(groups)
    return number.translate(draw(st.sampled_from([{}, _FULL, _KANJI])))


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Write a mail address."""
    local = draw(st.sampled_from(["hanako", "h", "hanako.sato", "sato-h_1", "h+fax", "09034714821"]))
    domain = draw(st.sampled_from(["docomo.ne.jp", "ezweb.ne.jp", "gmail.com", "me.faxi.jp", "x-y.co.uk"]))
    sign = draw(st.sampled_from(["@", " @ ", "(at)", "[at]"]))
    return f"{local}{sign}{domain}".translate(draw(st.sampled_from([{}, _FULL])))


@pytest.mark.parametrize("words", ORDINARY)
def test_ordinary_words_with_dates_times_cases_and_counts_pass(words: str) -> None:
    assert found_in(words, OWN) is None


@pytest.mark.parametrize("words", PRIVATE)
def test_a_number_or_address_is_found_however_it_is_written(words: str) -> None:
    assert found_in(words, OWN) is not None


@given(st.lists(st.sampled_from(ORDINARY[:3] + ORDINARY[5:7] + ORDINARY[9:11] + ORDINARY[16:18] + ORDINARY[21:])))
def test_ordinary_sentences_pass_in_any_order(parts: list[str]) -> None:
    assert found_in(". ".join(parts), OWN) is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no fault of the words
@given(
    st.lists(st.sampled_from(ORDINARY), max_size=3),
    numbers() | addresses(),
    st.lists(st.sampled_from(ORDINARY), max_size=3),
    st.sampled_from([" ", "\n", ", ", "。", "、"]),
)
def test_no_words_around_hide_a_number_or_an_address(
    before: list[str], canary: str, after: list[str], between: str
) -> None:
    assert found_in(between.join([*before, canary, *after]), OWN) is not None


def submitted(form: str, field: str, words: str) -> clicks.Click:
    """Read a form as Slack sends it: a field with words, a time and a choice whose value has many digits."""
    values = {
        field: {"field": {"type": "plain_text_input", "value": words}},
        "due": {"due": {"type": "datetimepicker", "selected_date_time": 1795768200}},
        "which": {"which": {"type": "static_select", "selected_option": {"value": "09034714821"}}},
    }
    view = {"id": "V1", "state": {"values": values}}
    return clicks.read("view", form, {"trigger_id": "1.2", "user": {"id": "U0OP1"}, "view": view}, at("2026-11-24"))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_refuses_a_note_with_a_number_in_its_field_and_takes_an_accounts_number(form: str) -> None:
    refused = private_words.refusal(submitted(form, "note", NOTE), TEAM)
    assert refused is not None
    assert (refused.result, refused.allowed) == ("refused:private_words", False)
    assert isinstance(refused.answer, Errors)
    assert list(refused.answer.fields) == ["note"]
    assert refused.answer.fields["note"].endswith("stands for it. Nothing was saved.")
    assert "3471" not in str(refused)
    assert private_words.refusal(submitted(form, "account", "090-3471-4821"), TEAM) is None
    assert private_words.refusal(submitted(form, "note", "All is well since 08:41"), TEAM) is None
