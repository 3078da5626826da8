"""The Japanese words of the fax notices: short sentences, for a reader of 75 years.

Each notice says what happened, what it means, what to do and what still works. While Faxi does not
stop mail by itself, it asks and never says that something is impossible.
"""

# ruff: noqa: RUF001, RUF002 - full-width marks are right in Japanese.

import re
from datetime import date
from typing import Final

from bot.paper.forms import DAYS, LIMIT, Notice, Section, Words

_DAYS_OF_WEEK = "月火水木金土日"
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")

_GO_ON = Section(
    "今までどおりできること",
    ("メールの受け取りも、お買い物も、今までどおりできます。",),
)
_REVIEW = Section(
    "見直しを頼むには",
    (
        "下の番号に、お電話ください。",
        "受付番号（このページの下）をお伝えください。",
        "「見直してほしい」とお話しください。",
    ),
    numbered=True,
)
_FOLLOW_UP = ("もう一度よく調べて、お返事します。", f"お電話がなくても、{DAYS}日後に見直します。")
_CARE = (
    "知っている方にだけ、お送りください。",
    "「いらない」と言われた方には、送らないでください。",
    "同じメールを、何度も送らないでください。",
    "お名前とご用件を、はじめにお書きください。",
)


def day(of: date) -> str:
    """Write a day: ``2026年11月25日（水）``."""
    return f"{of.year}年{of.month}月{of.day}日（{_DAYS_OF_WEEK[of.weekday()]}）"


def hours(span: str) -> str:
    """Write ``09:00-18:00`` as it is said; another form stays as it is."""
    found = _HOURS.fullmatch(span)
    said = f"{_clock(found[1], found[2])}から{_clock(found[3], found[4])}まで" if found else span
    return f"{said}（土日・祝日はお休みのことがあります）"


def _clock(hour: str, minute: str) -> str:
    h, m = int(hour), int(minute)
    half = "午前" if h < 12 else "午後"  # noqa: PLR2004 - noon
    return f"{half}{h if half == '午前' else h - 12}時" + (f"{m}分" if m else "")


def call(notice: Notice) -> str:
    """Say what stands before the telephone number: only a restriction asks for a call."""
    return "お電話ください" if notice.kind == "restriction" else "ご質問はお電話で"


def title(notice: Notice) -> str:
    """Say the whole matter in one line."""
    if notice.kind == "restriction":
        return "メールの送信を止めました" if notice.enforced else "お話しするまで、メールをお控えください"
    if notice.kind == "lift":
        return "メールを、また送っていただけます"
    if notice.kind == "apology":
        return "おわび：こちらの間違いでした"
    return "メールについてのお願い"


def sections(notice: Notice) -> tuple[Section, ...]:
    """Say what happened, what it means and what to do."""
    if notice.kind == "restriction":
        return _restriction(notice)
    if notice.kind == "lift":
        return _lift(notice)
    if notice.kind == "apology":
        return _apology(notice)
    return _warning(notice)


def _complaints(count: int | None) -> tuple[str, ...]:
    return (
        f"この{DAYS}日間に、{count}件の苦情がありました。",
        "メールを受け取った方からの「迷惑だ」という届け出です。",
    )


def _reason(notice: Notice) -> tuple[str, ...]:
    if notice.reason == "complaints":
        return _complaints(notice.complaints)
    if notice.reason == "fraud":
        return (
            "お客様の番号から、詐欺かもしれないメールが出ていました。",
            "ほかの人が、お客様の番号を使ったのかもしれません。",
        )
    if notice.reason == "asked":
        return (
            "メールを止めてほしいと、ご本人かご家族から、ご希望がありました。",
            "心当たりがないときは、お電話ください。",
        )
    return ("お客様のメールのことで、お話ししたいことがあります。", "くわしいことは、お電話でご説明します。")


def _restriction(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        means = Section("今の状態", ("今は、メールを送ることができません。", "メールへの返信もできません。"))
    else:
        means = Section("お願い", ("お話しするまで、メールを送ることをお控えください。", "返信もお控えください。"))
    return (
        Section("理由", _reason(notice)),
        means,
        _GO_ON,
        _REVIEW,
        Section("これから", _FOLLOW_UP),
    )


def _lift(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        news = ("メールを、また送れるようになりました。", "返信もできます。")
    else:
        news = ("メールも返信も、また送っていただけます。", "もう、お控えいただかなくて大丈夫です。")
    return (
        Section("お知らせ", news),
        Section("気をつけていただきたいこと", _CARE, numbered=True),
        Section(
            "これから",
            (
                f"これから{DAYS}日間は、苦情がないか、こちらで見守ります。",
                "新しい苦情があれば、ご連絡することがあります。",
            ),
        ),
    )


def _apology(notice: Notice) -> tuple[Section, ...]:
    if notice.enforced:
        happened = ("お客様のメールの送信を、止めていました。", "これは、こちらの間違いでした。")
        now = (
            "メールも返信も、前と同じように送れます。",
            "止めていた間のメールは、届いていないかもしれません。もう一度、お送りください。",
        )
    else:
        happened = (
            "お客様に、メールをお控えいただくようお願いすると決めていました。",
            "これは、こちらの間違いでした。",
        )
        now = (
            "メールも返信も、前と同じようにお送りください。",
            "「メールをお控えください」というお知らせが届いていたら、どうぞお忘れください。",
        )
    return (
        Section("何があったか", happened),
        Section("おわび", ("まことに申し訳ございません。", "お客様に、悪いところは何もありません。")),
        Section("これから", now),
    )


def _warning(notice: Notice) -> tuple[Section, ...]:
    left = LIMIT - (notice.complaints or 0)
    far = f"あと{left}件で{LIMIT}件になります。{LIMIT}件になると、"
    if left <= 0:
        far = f"{LIMIT}件になりましたので、" if left == 0 else f"{LIMIT}件を超えましたので、"
    then = "メールの送信を止めることがあります。" if notice.enforced else "メールをお控えいただくことがあります。"
    return (
        Section("何があったか", _complaints(notice.complaints)),
        Section("どうなるか", ("今は、メールをお送りいただけます。", far + then)),
        Section("気をつけていただきたいこと", _CARE, numbered=True),
        Section("わからないとき", ("心当たりがないときも、どうぞお電話ください。",)),
    )


WORDS: Final = Words(
    sender="Faxi（ファクシ）サポート係",
    sample="見本",
    to="ファックスをお使いのお客様へ",
    call=call,
    email="ご家族の方は、メールでもどうぞ。",
    beware="この件で、お金や暗証番号をおたずねすることはありません。",
    reference="受付番号",
    phone="電話",
    more="次のページへ続きます",
    page="ページ",
    day=day,
    hours=hours,
    title=title,
    sections=sections,
)
