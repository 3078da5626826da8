"""What the page draws for one person: the places they see, one place's newest messages, modals, App Home.

Nothing here grows with how much stands in a channel: messages are taken from the end, and a long
one is folded.
"""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from . import people
from .core import Slack
from .people import Person
from .refusals import JSON
from .state import Channel, Message

MOST = 1000
"""How many messages of one place are shown at most."""
AROUND = 50
"""How many messages are shown before and after one that a link leads to."""
FOLDED = 3_000
"""A message with more letters is shown folded, with this many."""
_LOOKED_AT = 200
"""Among how many of the newest messages unread ones are counted."""
_HUES = 8


@dataclass
class Marks:
    """Up to where each person has read each channel and thread."""

    _read: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def of(self, person: str, channel: str, thread: str | None = None) -> str:
        """Return the ts up to which this person has read; empty when nothing."""
        return self._read.get((person, channel, thread or ""), "")

    def note(self, person: str, channel: str, thread: str | None, ts: str) -> bool:
        """Remember that everything up to ``ts`` was read; say whether that is new."""
        if ts <= self.of(person, channel, thread):
            return False
        self._read[(person, channel, thread or "")] = ts
        return True


@dataclass(frozen=True)
class Look:
    """Where one looks: a place, perhaps a thread, how many messages, and the one a link leads to."""

    place: str = ""
    thread: str | None = None
    last: int = 100
    around: str | None = None


@dataclass(frozen=True)
class Screen:
    """Shows a workspace to people."""

    slack: Slack
    marks: Marks

    def shown(self, person: Person, look: Look) -> JSON:
        """Return all that this person's page draws, without the demo's own panel."""
        slack = self.slack
        mine = [one for one in slack.state.channels.values() if person.id in one.members]
        mine.sort(key=lambda one: one.direct is not None)
        here = next((one for one in mine if look.place in {one.id, one.name}), None)
        if here is None and look.place != "home":
            here = next((one for one in mine if one.name == "email-operations"), mine[0] if mine else None)
        look = _through_link(here, look)
        home = slack.state.homes.get(person.id)
        return {
            "revision": slack.state.changes,
            "now": slack.clock.now().isoformat(),
            "me": {"id": person.id, "zone": person.zone, **_described(person), "hue": self._hue(person)},
            "people": [{**_described(one), "hue": self._hue(one)} for one in slack.state.people.values()],
            "bot": {"id": people.BOT_USER, "handle": people.BOT_NAME, "name": people.BOT_NAME},
            "authors": self._authors(),
            "groups": {group_id: name for name, group_id in people.GROUP_IDS.items()},
            "my_groups": sorted(people.GROUP_IDS[name] for name in person.groups if name in people.GROUP_IDS),
            "channels": [self._place(one, person) for one in mine],
            "all_channels": [{"id": one.id, "name": one.name} for one in slack.state.channels.values()],
            "commands": [
                {"command": one.name, "description": one.description, "usage": one.usage}
                for one in slack.manifest.commands.values()
            ],
            "shortcuts": [
                {"name": one.name, "callback_id": one.callback_id, "on_message": one.on_message}
                for one in slack.manifest.shortcuts.values()
            ],
            "place": here.id if here else "home",
            "channel": self._channel(here, person, look) if here else None,
            "thread": self._thread(here, person, look.thread) if here and look.thread else None,
            "views": [self._view(one) for one in slack.state.stacks.get(person.id) or []],
            "home": self._view(home) if home else None,
        }

    def whole(self, person: Person, channel_id: str, ts: str) -> str | None:
        """Return the whole text of a message that was shown folded."""
        channel = self.slack.state.channels.get(channel_id)
        message = channel.find(ts, person.id) if channel and person.id in channel.members else None
        return message.text if message else None

    def _hue(self, person: Person) -> int:
        return list(self.slack.state.people).index(person.id) % _HUES

    def _authors(self) -> dict[str, JSON]:
        found = {
            one.handle: {
                "name": one.name,
                "role": role(one),
                "initials": "".join(word[0] for word in one.name.split()[:2]),
                "hue": self._hue(one),
                "app": False,
            }
            for one in self.slack.state.people.values()
        }
        found[people.BOT_NAME] = {"name": people.BOT_NAME, "role": "app", "initials": "fx", "hue": 0, "app": True}
        found["slackbot"] = {"name": "Slackbot", "role": "app", "initials": "Sb", "hue": 7, "app": True}
        return found

    def _view(self, view: Any) -> JSON:
        shown = self.slack.shown.view(view)
        return {**shown, "values": view.values}

    def _place(self, channel: Channel, person: Person) -> JSON:
        unread, mentions = False, 0
        for message in islice(channel.backwards(person.id), _LOOKED_AT):
            if message.author == person.id or message.ts <= self._read_up_to(channel, person, message):
                continue
            unread = unread or not _in_thread(message)
            mentions += _mentions(message, person)
        return {
            "id": channel.id,
            "name": channel.name,
            "private": channel.private,
            "direct": channel.direct is not None,
            "unread": unread,
            "mentions": mentions,
        }

    def _read_up_to(self, channel: Channel, person: Person, message: Message) -> str:
        return self.marks.of(person.id, channel.id, message.thread if _in_thread(message) else None)

    def _channel(self, channel: Channel, person: Person, look: Look) -> JSON:
        own = (one for one in channel.backwards(person.id) if not _in_thread(one))
        newest = next(iter(channel.backwards(person.id)), None)
        taken, later = (list(islice(own, min(look.last, MOST) + 1)), False) if not look.around else _near(own, look)
        keep = taken[: 2 * AROUND if look.around else look.last]
        return {
            **self._place(channel, person),
            "mark": self.marks.of(person.id, channel.id),
            "newest": newest.ts if newest else "",
            "earlier": len(taken) > len(keep),
            "later": later,
            "messages": [self._message(one, person, channel) for one in reversed(keep)],
        }

    def _thread(self, channel: Channel, person: Person, thread: str) -> JSON | None:
        found: list[Message] = []
        for one in channel.backwards(person.id):
            if one.ts < thread or len(found) >= MOST:
                break
            if thread in {one.ts, one.thread}:
                found.append(one)
        if not found or thread not in channel.messages:
            return None
        parent = channel.messages[thread]
        if found[-1] is not parent:
            found.append(parent)
        return {"ts": thread, "messages": [self._message(one, person, channel) for one in reversed(found)]}

    def _message(self, message: Message, person: Person, channel: Channel) -> JSON:
        latest = channel.latest_reply.get(message.ts, "")
        folded = len(message.text) > FOLDED and not message.blocks
        return {
            "ts": message.ts,
            "channel": channel.id,
            "from": self.slack.shown.author(message.author),
            "text": message.text[: 0 if message.blocks else FOLDED],
            "letters": len(message.text) if folded else None,
            "thread": message.thread,
            "replies": channel.replies[message.ts],
            "latest_reply": latest,
            "new_replies": latest > self.marks.of(person.id, channel.id, message.ts) if latest else False,
            "ephemeral": message.viewer is not None,
            "edited": message.edited,
            "files": self.slack.shown.files(message),
            "blocks": message.blocks,
            "values": message.chosen.get(person.id) or {},
        }


def _through_link(channel: Channel | None, look: Look) -> Look:
    """Open the thread when a link leads to a reply, and stand at the message that began it."""
    linked = channel.messages.get(look.around or "") if channel else None
    if linked is None or linked.thread is None:
        return look
    return replace(look, thread=linked.thread, around=linked.thread)


def _near(own: Iterator[Message], look: Look) -> tuple[list[Message], bool]:
    """Return, newest first, the messages around the one a link leads to; whether there are later ones."""
    after: deque[Message] = deque(maxlen=AROUND)
    passed = 0
    before: list[Message] = []
    for one in own:
        if one.ts < (look.around or ""):
            before = [one, *islice(own, AROUND)]
            break
        passed += 1
        after.append(one)
    return [*after, *before], passed > len(after)


def _in_thread(message: Message) -> bool:
    return message.thread is not None and not message.broadcast


def _mentions(message: Message, person: Person) -> bool:
    called = [f"@{person.id}", "!channel", "!here", "!everyone"]
    called += [f"!subteam^{people.GROUP_IDS[name]}" for name in person.groups if name in people.GROUP_IDS]
    words = message.text + (json.dumps(message.blocks) if message.blocks else "")
    return any(f"<{one}" in words for one in called) or f'"user_id": "{person.id}"' in words


def role(person: Person) -> str:
    """Return what somebody is here, in words."""
    if person.team != people.TEAM:
        return "another workspace"
    if person.guest:
        return "guest"
    return ", ".join(sorted(person.groups)) or "no group"


def _described(person: Person) -> JSON:
    return {
        "id": person.id,
        "handle": person.handle,
        "name": person.name,
        "role": role(person),
        "deactivated": person.deactivated,
    }
