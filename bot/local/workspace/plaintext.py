"""Turns messages and views into the text that a person reads, in that person's time zone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .people import GROUP_IDS, Person
from .refusals import JSON
from .state import State

_SPECIAL = re.compile(r"<([^<>]*)>")
_FORMAT = re.compile(r"\{([a-z_]+)\}")
_MARKS = re.compile(r"(?<![\w*_~`])([*_~`]{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])")
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_PRETTY = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}


def _day_long(day: datetime) -> str:
    return f"{day:%B} {day.day}{_ORDINALS.get(day.day, 'th')}, {day.year}"


def _pretty(shown: Callable[[datetime], str]) -> Callable[[datetime, datetime], str]:
    return lambda at, now: _PRETTY.get((at.date() - now.date()) // timedelta(days=1)) or shown(at)


def _plainly(shown: Callable[[datetime], str]) -> Callable[[datetime, datetime], str]:
    return lambda at, _now: shown(at)


_FORMATS: dict[str, Callable[[datetime, datetime], str]] = {
    "date_num": _plainly(lambda at: f"{at:%Y-%m-%d}"),
    "date": _plainly(_day_long),
    "date_short": _plainly(lambda at: f"{at:%b} {at.day}, {at.year}"),
    "date_long": _plainly(lambda at: f"{at:%A}, {_day_long(at)}"),
    "date_pretty": _pretty(_day_long),
    "date_short_pretty": _pretty(lambda at: f"{at:%b} {at.day}, {at.year}"),
    "date_long_pretty": _pretty(lambda at: f"{at:%A}, {_day_long(at)}"),
    "time": _plainly(lambda at: f"{at:%H:%M}"),
    "time_secs": _plainly(lambda at: f"{at:%H:%M:%S}"),
}


@dataclass(frozen=True)
class Reader:
    """Reads on behalf of one person."""

    state: State
    person: Person

    def mrkdwn(self, text: str) -> str:
        """Return mrkdwn as it is read: names for ids, this person's clock, no marks."""
        parts: list[str] = []
        end = 0
        for found in _SPECIAL.finditer(text):
            parts += [_bare(text[end : found.start()]), self._special(found[1])]
            end = found.end()
        return "".join([*parts, _bare(text[end:])])

    def _special(self, inner: str) -> str:
        name, _, label = inner.partition("|")
        label = _unescaped(label)
        if name.startswith("@"):
            return self.person_name(name[1:])
        if name.startswith("#"):
            return self._channel_name(name[1:])
        if name.startswith("!subteam^"):
            return self._group_name(name.removeprefix("!subteam^"))
        if name.startswith("!date^"):
            return self._date(name, label)
        if name.startswith("!"):
            return f"@{label or name[1:]}"
        return label or _unescaped(name).removeprefix("mailto:").removeprefix("tel:")

    def person_name(self, user_id: str) -> str:
        """Return ``@handle Name`` of a person, as a mention is read."""
        person = self.state.people.get(user_id)
        return f"@{person.handle} {person.name}" if person else f"@{user_id}"

    def _channel_name(self, channel_id: str) -> str:
        channel = self.state.channels.get(channel_id)
        seen = channel is not None and (not channel.private or self.person.id in channel.members)
        return f"#{channel.name}" if channel is not None and seen else "#private-channel"

    def _group_name(self, group_id: str) -> str:
        return next((f"@{name}" for name, one in GROUP_IDS.items() if one == group_id), f"@{group_id}")

    def _date(self, name: str, fallback: str) -> str:
        _, stamp, form, *_ = [*name.split("^"), ""]
        if not stamp.isdigit() or not form:
            return fallback
        zone = ZoneInfo(self.person.zone)
        at = datetime.fromtimestamp(int(stamp), UTC).astimezone(zone)
        now = self.state.now().astimezone(zone)

        def shown(found: re.Match[str]) -> str:
            known = _FORMATS.get(found[1])
            return known(at, now) if known else found[0]

        return _FORMAT.sub(shown, form)

    def text(self, text: JSON | None) -> str:
        """Return a text object as it is read."""
        if not text:
            return ""
        return self.mrkdwn(text["text"]) if text["type"] == "mrkdwn" else str(text["text"])

    def blocks(self, blocks: list[JSON]) -> str:
        """Return blocks as they are read, one line for each part; buttons are not among them."""
        return "\n".join(line for block in blocks for line in self._block(block) if line)

    def _block(self, block: JSON) -> Iterator[str]:
        match block["type"]:
            case "header":
                yield self.text(block["text"])
            case "section":
                yield self.text(block.get("text"))
                for one in block.get("fields") or []:
                    yield self.text(one)
            case "context":
                for element in block["elements"]:
                    yield element["alt_text"] if element["type"] == "image" else self.text(element)
            case "image":
                yield self.text(block.get("title"))
                yield block["alt_text"]
            case "rich_text":
                yield from (self._rich(element) for element in block["elements"])
            case "input":
                yield self.text(block["label"])
                yield self.text(block.get("hint"))
            case "divider":
                yield "---"

    def _rich(self, element: JSON) -> str:
        inner = [self._rich(item) for item in element.get("elements") or []]
        match element["type"]:
            case "rich_text_list":
                return "\n".join(f"- {item}" for item in inner)
            case "rich_text_quote":
                return "\n".join(f"> {line}" for line in "".join(inner).split("\n"))
            case "rich_text_section" | "rich_text_preformatted":
                return "".join(inner)
            case _:
                return self._rich_word(element)

    def _rich_word(self, element: JSON) -> str:
        words: dict[str, Callable[[JSON], str]] = {
            "text": lambda one: str(one["text"]),
            "link": lambda one: str(one.get("text") or one["url"]),
            "emoji": lambda one: f":{one['name']}:",
            "user": lambda one: self.person_name(one["user_id"]),
            "usergroup": lambda one: self._group_name(one["usergroup_id"]),
            "channel": lambda one: self._channel_name(one["channel_id"]),
            "date": lambda one: self._date(f"!date^{one['timestamp']}^{one['format']}", one.get("fallback", "")),
        }
        return words[element["type"]](element)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _bare(text: str) -> str:
    """Take the marks of bold, italic, struck and code away, and decode what was escaped."""
    for _ in range(2):
        text = _MARKS.sub(r"\2", text)
    return _unescaped(re.sub(r"^&gt; ?", "> ", text, flags=re.MULTILINE))
