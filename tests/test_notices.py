"""The fax notices: words that are true and whole on the page, pages that fit, bytes that are equal."""

import dataclasses
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from typst import TypstWarning

from bot.mail import crossings, restrictions
from bot.paper import fonts, forms
from bot.paper.notices import Notice, Press, PressError, Support, gist, wording
from bot.paper.phrases import phrases
from tests.support.notices import MADE_AT, PAGES, SUPPORT, drawn, every_notice, notice
from tests.support.pages import Picture, pictures, texts

EVERY = every_notice()
# What may not begin a line of Japanese (JIS X 4051), and what may not end one.
NEVER_FIRST = set("、。，．・：；？！ー）」』】〉》〕｝ぁぃぅぇぉっゃゅょァィゥェォッャュョヶ々〜～％")  # noqa: RUF001
NEVER_LAST = set("（「『【〈《〔｛")  # noqa: RUF001
IMPOSSIBLE = re.compile(
    r"できません|送れません|られません|送れるように|止めました|止めていました|止めること|停止|制限|禁止"
    r"|cannot|can't|can not|unable|stopped|stop your|blocked|restrict|forbid|no longer",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def press() -> Press:
    """Give a press with the installed fonts."""
    return Press(None)


@pytest.fixture(scope="module")
def printed(press: Press) -> list[tuple[Notice, bytes, int]]:
    """Give every notice as it is printed, with the number of its pages."""
    made = [(one, press.pdf(one, made_at=MADE_AT)) for one in EVERY]
    return [(one, pages.pdf, pages.count) for one, pages in made]


def squeezed(text: str) -> str:
    """Return text without blanks and line ends: where lines end is another test's matter."""
    return "".join(text.split())


def expected(one: Notice) -> Iterator[str]:
    """Give all words of a page of a notice, in their order."""
    words = wording(one)
    yield from (words.sender, words.day, words.to, words.sample or "", words.title)
    for section in words.sections:
        yield f"■{section.heading}"
        for number, paragraph in enumerate(section.paragraphs, start=1):
            yield f"{number}.{paragraph}" if section.numbered else paragraph
    yield from (words.call, words.phone, words.hours, *(words.email or ()), words.beware)
    yield from (*words.reference, words.phone_short, words.phone)
    yield f"1/1{words.page}" if one.language == "ja" else f"{words.page}1/1"


def test_every_notice_is_one_page_that_holds_its_words_and_nothing_else(
    printed: list[tuple[Notice, bytes, int]],
) -> None:
    for one, pdf, count in printed:
        (text,) = texts(pdf)
        assert count == 1, one
        assert squeezed(text) == squeezed("".join(expected(one))), one


def test_reference_telephone_and_page_number_stand_on_each_page_also_when_there_are_two(press: Press) -> None:
    crowded = Support("+1 800 555 0199 ext 1234", "x" * 60 + "@" + "y" * 30 + ".example", "some hours of most days")
    languages: tuple[tuple[forms.Language, str], ...] = (("ja", "{}/{}ページ"), ("en", "Page{}/{}"))
    for language, mark in languages:
        one = notice("restriction", language, reason="fraud", support=crowded, reference=None)
        pages = texts(press.pdf(one, made_at=MADE_AT).pdf)
        assert len(pages) == 2
        for number, text in enumerate(pages, start=1):
            assert mark.format(number, len(pages)) in squeezed(text)
            assert "OPS-…" in text
            assert crowded.phone in text
            assert (wording(one).more in text) == (number < len(pages))


def test_no_line_of_japanese_begins_or_ends_with_a_mark_that_may_not_and_none_ends_within_a_phrase(
    printed: list[tuple[Notice, bytes, int]],
) -> None:
    for one, pdf, _ in printed:
        if one.language == "en":
            continue
        starts = {squeezed(phrase) for line in wording(one).text().splitlines() for phrase in phrases(line)}
        for line in texts(pdf)[0].splitlines():
            assert line[0] not in NEVER_FIRST, line
            assert line.rstrip()[-1] not in NEVER_LAST, line
            body = squeezed(line)
            if body in squeezed(wording(one).text()) and not body.isascii():
                assert any(body.startswith(phrase) for phrase in starts if phrase), line


def test_a_phrase_is_never_too_long_for_a_line() -> None:
    texts_of_all = (wording(one).text() for one in EVERY if one.language == "ja")
    assert max(len(phrase) for text in texts_of_all for line in text.splitlines() for phrase in phrases(line)) <= 24


def test_while_faxi_stops_nothing_no_notice_says_that_it_does() -> None:
    for one in EVERY:
        said = f"{wording(one).text()} {gist(one)}".replace(wording(one).beware, "")
        said = said.replace("asked us to stop your mail", "")  # the family's wish, not what was done
        assert one.enforced or not IMPOSSIBLE.search(said), said


def test_a_restriction_asks_until_it_is_enforced_and_then_says_what_is_so() -> None:
    asking = wording(notice("restriction")).text()
    assert "お話しするまで、メールを送ることをお控えください。" in asking
    assert "Please send no mail until we have talked." in wording(notice("restriction", "en")).text()
    holding = wording(notice("restriction", enforced=True)).text()
    assert "今は、メールを送ることができません。" in holding
    assert "You cannot reply to mail now." in wording(notice("restriction", "en", enforced=True)).text()
    for text in (asking, holding):
        assert "メールの受け取りも、お買い物も、今までどおりできます。" in text
        assert "見直しを頼むには" in text


def test_each_reason_has_words_of_its_own_and_only_complaints_a_count() -> None:
    said = {
        reason: wording(notice("restriction", "en", reason=reason, complaints=6)).sections[0].paragraphs
        for reason in sorted(restrictions.REASONS)
    }
    assert len(set(said.values())) == len(restrictions.REASONS)
    assert {reason for reason, words in said.items() if "6" in " ".join(words)} == {"complaints"}


def test_a_warning_says_how_many_complaints_are_left() -> None:
    def left(count: int, language: forms.Language) -> str:
        return wording(notice("warning", language, complaints=count)).sections[1].paragraphs[1]

    assert "あと2件で5件になります" in left(3, "ja")
    assert "1 more complaint would make 5" in left(4, "en")
    assert left(5, "ja").startswith("5件になりましたので")
    assert left(12, "ja").startswith("5件を超えましたので")
    assert left(12, "en") == "At 5, we may ask you to send no mail for a time."
    assert wording(notice("warning", "en", complaints=1)).sections[0].paragraphs[0].endswith("1 complaint.")


def test_an_apology_does_not_say_that_an_earlier_fax_arrived() -> None:
    said = wording(notice("apology", "en")).text()
    assert "If a notice from us asked you to send no mail, please forget it." in said
    assert not re.search(r"\bwe (sent|asked|told)\b|our (last|earlier) (fax|notice)", said, re.IGNORECASE)
    assert "届いていたら" in wording(notice("apology", "ja")).text()


def test_a_preview_is_marked_and_differs_in_nothing_but_mark_and_reference(press: Press) -> None:
    for one in EVERY:
        shown, sent = (wording(dataclasses.replace(one, reference=number)) for number in (None, "OPS-0042-F1"))
        assert (shown.sample, sent.sample) == ("見本" if one.language == "ja" else "SAMPLE", None)
        assert dataclasses.replace(shown, sample=None, reference=sent.reference) == sent
    (text,) = texts(press.pdf(notice("lift", "en", reference=None), made_at=MADE_AT).pdf)
    assert "SAMPLE" in text
    assert "OPS-…" in text
    (picture,) = press.preview(notice("lift", reference=None))
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 827  # A4 at 100 pixels an inch


def test_the_gist_is_two_to_four_short_sentences_of_english() -> None:
    for one in EVERY:
        said = gist(one)
        assert said.isascii()
        assert 2 <= len(re.findall(r"[.](?= |$)", said)) <= 5
        assert len(said) <= 200
    assert gist(notice("restriction")) == (
        "Please send no mail until we have talked. You can still receive mail and shop. "
        "Reason: 5 complaints from people who got your mails. To ask for a review, call us."
    )


def test_equal_notices_are_equal_bytes_from_any_press_and_any_thread(press: Press) -> None:
    some = EVERY[::3]
    first = [press.pdf(one, made_at=MADE_AT) for one in some]
    with ThreadPoolExecutor(4) as threads:
        again = list(threads.map(lambda one: press.pdf(one, made_at=MADE_AT), some))
    assert first == again
    assert Press(None).pdf(some[0], made_at=MADE_AT) == first[0]
    later = press.pdf(some[0], made_at=MADE_AT + timedelta(days=1))
    assert b"20261125" in first[0].pdf
    assert later.pdf != first[0].pdf
    assert pictures(later.pdf, 50) == pictures(first[0].pdf, 50)


def test_pages_look_as_they_did_when_somebody_looked_at_them(press: Press, tmp_path: Path) -> None:
    shown = dict(drawn(press))
    kept = {path.stem: Picture.read(path) for path in PAGES.glob("*.png")}
    other = sorted(name for name in shown.keys() | kept.keys() if shown.get(name) != kept.get(name))
    for name in other:
        if name in shown:
            (tmp_path / f"{name}.png").write_bytes(shown[name].png())
    assert not other, f"look at {tmp_path}; if they are right: python -m tests.support.notices"


def test_text_from_outside_is_printed_as_it_is_and_never_read_as_a_template(press: Press) -> None:
    hostile = Support(" #panic()\u202e\x00 ", '"]; #read("/x")\ud800*b*@\U00020bb7\U0001f600', "～$x^2$ \u2069【平日】")  # noqa: RUF001
    one = notice("lift", support=hostile)
    words = wording(one)
    assert words.phone == "#panic()"
    assert words.email is not None
    assert words.email[1] == '"]; #read("/x")*b*@〓〓'
    assert words.hours.startswith("〜$x^2$ 【平日】")
    (text,) = texts(press.pdf(one, made_at=MADE_AT).pdf)
    for part in (words.phone, words.email[1], "〜$x^2$ 【平日】"):
        assert squeezed(part) in squeezed(text)


def test_a_number_of_japan_is_written_as_one_dials_it_and_hours_as_they_are_said() -> None:
    def said(phone: str, hours: str, language: forms.Language) -> tuple[str, str]:
        words = wording(notice("lift", language, support=Support(phone, None, hours)))
        assert words.email is None
        return words.phone, words.hours

    assert said("+81312345678", "08:30-12:00", "ja")[0] == "03-1234-5678"
    assert said("0120-444-444", "08:30-12:00", "ja")[1].startswith("午前8時30分から午後0時まで")
    assert said("+1 800 555 0199", "00:00-17:45", "en") == (
        "+1 800 555 0199",
        "12 a.m. to 5:45 p.m. (may be closed on weekends and holidays)",
    )


def test_a_notice_that_could_not_be_true_is_refused() -> None:
    for wrong in (
        {"kind": "restriction", "reason": None},
        {"kind": "restriction", "reason": "spite"},
        {"kind": "restriction", "reason": "complaints", "complaints": None},
        {"kind": "warning", "complaints": 0},
        {"reference": "FX-2026-000001"},
        {"reference": "OPS-0042-F1-and-much-more"},
        {"reference": "OPS 42"},
    ):
        with pytest.raises(ValueError, match=r"restriction|complaints|reference"):
            dataclasses.replace(notice("lift"), **wrong)
    with pytest.raises(ValueError, match="phone has 25 characters; a page has room for 24"):
        dataclasses.replace(SUPPORT, phone="1" * 25)


def test_limit_days_and_reasons_are_those_of_the_restrictions() -> None:
    assert forms.LIMIT == crossings.RESTRICT
    assert forms.DAYS == restrictions.FOLLOW_UP_DAYS
    assert set(restrictions.REASONS) == forms.REASONS


def test_a_folder_of_fonts_is_used_and_one_without_a_japanese_face_is_refused(press: Press, tmp_path: Path) -> None:
    with pytest.raises(PressError, match="is no folder that can be read"):
        Press(tmp_path / "none")
    (tmp_path / "broken.otf").write_bytes(b"no font")
    with pytest.raises(PressError, match=r"must hold the bold face of BIZ UDGothic or .*: found no font"):
        Press(tmp_path)
    bold, regular = fonts.installed()
    (tmp_path / "regular.otf").symlink_to(next(regular.glob("*.otf")))
    with pytest.raises(PressError, match="found Noto Sans CJK JP 400"):
        Press(tmp_path)
    shutil.copyfile(next(bold.glob("*.otf")), tmp_path / "bold.otf")
    one = notice("warning")
    assert Press(tmp_path).pdf(one, made_at=MADE_AT) == press.pdf(one, made_at=MADE_AT)


def test_of_several_faces_the_clearest_comes_first_and_latin_has_its_own() -> None:
    assert fonts.choose(["Noto Sans CJK JP", "BIZ UDPGothic", "BIZ UDGothic"]) == fonts.Faces(
        ("BIZ UDGothic", "Noto Sans CJK JP"), "BIZ UDPGothic"
    )
    assert fonts.choose(["Noto Sans CJK JP"]) == fonts.Faces(("Noto Sans CJK JP",), None)
    assert fonts.choose(["BIZ UDPGothic", "DejaVu Sans"]) is None


def test_a_warning_of_typst_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = fonts.load(None)[0]
    monkeypatch.setattr(fonts, "load", lambda _: (loaded, fonts.Faces(("No Such Face",), None)))
    with pytest.raises(PressError, match="typst warned: unknown font family") as refused:
        Press(None).pdf(notice("lift"), made_at=MADE_AT)
    assert not isinstance(refused.value, TypstWarning)


def test_help_and_the_words_load_neither_typst_nor_a_font() -> None:
    program = (
        "import sys, bot.__main__, bot.paper.notices; print([n for n in sys.modules if n[:5] in ('typst', 'noto_')])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "[]\n"
