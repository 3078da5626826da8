"""Text that Slack may be given: ours with its markup, and everybody else's made harmless.

Text with markup is :class:`Mrkdwn` and comes only from the functions here. Any other string is
foreign: :func:`md` puts it in so that it neither formats, links, calls nor shows an emoji.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, LiteralString
from zoneinfo import ZoneInfo

PART = 300
"""Letters of one foreign part of :func:`md`; what is longer is cut. Long words belong in a quote."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JOINERS = "\u200c\u200d"
_BREAKS = dict.fromkeys((0x0A, 0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n")
_COLON = "\u2236"
# Slack has no escape for its own formatting characters, so each becomes one that looks like it.
_LOOK_ALIKE = {
    ord("*"): "\u2217",
    ord("_"): "\u02cd",
    ord("~"): "\u223c",
    ord("`"): "\u02cb",
    ord(":"): _COLON,
}
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_BROADCAST = re.compile(r"@(?=channel|here|everyone|group)", re.IGNORECASE)
_ID = re.compile(r"[A-Z0-9]{2,40}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Mrkdwn(str):
    """Text in Slack's markup that is safe to show; adding or cutting gives a foreign string again."""

    __slots__ = ()


def clean(text: str) -> str:
    """Return foreign text without control, direction and other invisible characters.

    Line breaks of every kind become a line feed, tabs a space. Joiners within emoji stay.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS).replace("\t", " ")
    return "".join(letter for letter in text if letter == "\n" or letter in _JOINERS or _visible(letter))


def _visible(letter: str) -> bool:
    """Say whether a character may reach Slack; emoji newer than this Python are kept."""
    code = ord(letter)
    never_a_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004
    return not never_a_character and unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}


def clip(text: str, most: int) -> str:
    """Cut foreign text to at most ``most`` letters, the ellipsis counted.

    Raises:
        TypeError: the text has markup, which a cut could break.
    """
    if isinstance(text, Mrkdwn):
        message = "cut the words before they are put into markup"
        raise TypeError(message)
    if len(text) <= most:
        return text
    end = max(most - 1, 0)
    while end > 0 and (_continues(text[end]) or text[end - 1] in _JOINERS):
        end -= 1
    return text[:end].rstrip() + "\u2026" if most > 0 else ""


def _continues(letter: str) -> bool:
    """Say whether this character belongs to the one before it, so that no cut may part them."""
    return letter in _JOINERS or unicodedata.category(letter) in {"Mn", "Me"}


def typed(text: str) -> str:
    """Return what somebody typed as they typed it: Slack escapes it, and marks up names, links and addresses."""
    plain_again = _MARKED.sub(_as_typed, text)
    return plain_again.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _as_typed(found: re.Match[str]) -> str:
    sign, inner, label = found[1], found[2], found[3]
    if sign == "!":
        return label or "@" + inner.partition("^")[0]
    if sign:
        return sign + (label or inner).removeprefix(sign)
    return label or inner.removeprefix("mailto:").removeprefix("tel:")


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def plain(text: str) -> str:
    """Return foreign text for a plain_text object: visible characters, and no emoji by its name.

    Its words are kept; only colons become look-alikes, since ``:x:`` would turn into an emoji.
    """
    return clean(text).replace(":", _COLON)


def sentence(text: str) -> str:
    """Return text for a message's fallback: one line without markup, links, calls or emoji names.

    Brackets are not escaped but replaced, so the length stays; ``&`` is for the payload to escape.
    """
    text = _BROADCAST.sub("\uff20", _one_line(text)).replace("://", _COLON + "//")
    text = re.sub(r":(?=[\w+'-]+:)", _COLON, text)
    return text.translate({**_LOOK_ALIKE, ord(":"): ":", ord("<"): "\u2039", ord(">"): "\u203a"})


def _foreign(text: str) -> str:
    text = _BROADCAST.sub("\uff20", clip(_one_line(text), PART)).translate(_LOOK_ALIKE)
    # An escaped bracket at the start of a line is still a quotation to Slack.
    if text.startswith(">"):
        text = "\u203a" + text[1:]
    return text.translate(_ESCAPES)


def md(template: LiteralString, /, **parts: str | Mrkdwn | int) -> Mrkdwn:
    """Fill the ``{names}`` of our own template.

    Parts that are :class:`Mrkdwn` go in as they are. Every other part is foreign: it becomes one
    line of at most :data:`PART` letters and cannot format, link, call anybody or show an emoji.

    Raises:
        KeyError: the template names a part that was not given.
    """
    ready = {name: part if isinstance(part, Mrkdwn) else _foreign(str(part)) for name, part in parts.items()}
    return Mrkdwn(template.format_map(ready))


def join(separator: LiteralString, texts: Iterable[Mrkdwn]) -> Mrkdwn:
    r"""Join texts with markup, for instance by ``"\n"`` into lines."""
    return Mrkdwn(separator.join(texts))


def _checked(slack_id: str) -> str:
    if not _ID.fullmatch(slack_id):
        message = f"{clip(slack_id, 60)!r} is not a Slack id"
        raise ValueError(message)
    return slack_id


def user(user_id: str) -> Mrkdwn:
    """Mention a person by Slack id, which calls them where the message is new.

    Raises:
        ValueError: it is no id.
    """
    return Mrkdwn(f"<@{_checked(user_id)}>")


def channel(channel_id: str) -> Mrkdwn:
    """Link a channel by its id.

    Raises:
        ValueError: it is no id.
    """
    return Mrkdwn(f"<#{_checked(channel_id)}>")


def subteam(group_id: str) -> Mrkdwn:
    """Mention a user group by its id, which calls everybody in it where the message is new.

    Raises:
        ValueError: it is no id.
    """
    return Mrkdwn(f"<!subteam^{_checked(group_id)}>")


def telephone(number: str, shown: str) -> Mrkdwn:
    """Link a telephone number, so that pressing it calls.

    Args:
        number: as E.164 has it, such as ``+81312345678``.
        shown: what is read instead.

    Raises:
        ValueError: it is not written so.
    """
    if not _E164.fullmatch(number):
        message = "that is no telephone number as E.164 has it"
        raise ValueError(message)
    return Mrkdwn(f"<tel:{number}|{_foreign(shown)}>")


def code(foreign: str) -> Mrkdwn:
    """Show a foreign word letter by letter, so that it can be copied: in code nothing is markup."""
    return Mrkdwn("`" + clip(_one_line(foreign), PART).replace("`", "\u02cb").translate(_ESCAPES) + "`")


def instant(at: datetime, zone: ZoneInfo, style: Literal["time", "date_time"] = "time") -> Mrkdwn:
    """Show an aware instant in the reader's own zone; ``zone`` is for where Slack cannot.

    Args:
        at: an aware instant.
        zone: the team's zone.
        style: ``time`` for one of today, ``date_time`` for any other.
    """
    there = _in_zone(at, zone)
    # Letters, digits and signs only: a zone's name comes from its file.
    name = re.sub(r"[^A-Za-z0-9+-]", "", there.tzname() or "")
    if style == "time":
        return Mrkdwn(f"<!date^{int(at.timestamp())}^{{time}}|{there:%H:%M} {name}>")
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{_date(there)} {there:%H:%M} {name}>")


def day(at: datetime, zone: ZoneInfo) -> Mrkdwn:
    """Write an aware instant's day in ``zone``, such as ``Fri 25 Dec 2026``."""
    there = _in_zone(at, zone)
    return Mrkdwn(f"{_date(there)} {there.year}")


def deadline(at: datetime, zone: ZoneInfo) -> Mrkdwn:
    """Write an aware instant in ``zone`` as a deadline, such as ``Thu 26 Nov 18:00``."""
    there = _in_zone(at, zone)
    return Mrkdwn(f"{_date(there)} {there:%H:%M}")


def clock_time(at: datetime, zone: ZoneInfo) -> Mrkdwn:
    """Write an aware instant's time in ``zone``, such as ``08:41``."""
    return Mrkdwn(f"{_in_zone(at, zone):%H:%M}")


def _in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    if at.tzinfo is None:
        message = "an instant without its zone cannot be shown"
        raise ValueError(message)
    return at.astimezone(zone)


def _date(there: datetime) -> str:
    """Write weekday, day and month in English, whatever the machine's language."""
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}"
