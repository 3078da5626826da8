"""What the workspace holds: people, channels, messages, views and files, in memory."""

import copy
import heapq
import secrets
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from . import people
from .people import Person
from .refusals import JSON
from .validator import elements_of

_LETTERS = string.ascii_uppercase + string.digits
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "pdf": "application/pdf",
}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})  # what the slack file object takes


def fresh(prefix: str, length: int = 10) -> str:
    """Return a new id such as Slack makes them, for example ``V`` and ten letters."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def with_ids(blocks: list[JSON]) -> list[JSON]:
    """Return a copy of the blocks in which each block and element has its id, as Slack fills them in."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


@dataclass
class Message:
    """A message in a channel; with ``viewer`` it is ephemeral and seen by that person alone."""

    ts: str
    channel: str
    author: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    thread: str | None = None
    broadcast: bool = False
    """A reply in a thread that the channel shows too."""
    viewer: str | None = None
    edited: str | None = None
    files: list[str] = field(default_factory=list)
    chosen: dict[str, JSON] = field(default_factory=dict)
    """What each person chose in its elements: user id to ``state.values``."""

    @property
    def by_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.author == people.BOT_USER


@dataclass
class Channel:
    """A channel, or (with ``direct``) somebody's direct message with the bot."""

    id: str
    name: str
    members: set[str]
    private: bool = False
    direct: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    ephemeral: dict[str, Message] = field(default_factory=dict)
    replies: Counter[str] = field(default_factory=Counter)
    latest_reply: dict[str, str] = field(default_factory=dict)
    """The ts of the newest reply of each thread."""
    last: int = 0

    def find(self, ts: str, viewer: str) -> Message | None:
        """Return the message that this person sees under ``ts``."""
        message = self.messages.get(ts) or self.ephemeral.get(ts)
        return message if message is not None and message.viewer in {None, viewer} else None

    def seen_by(self, viewer: str) -> list[Message]:
        """Return everything that this person sees here, oldest first."""
        own = [message for message in self.ephemeral.values() if message.viewer == viewer]
        return sorted([*self.messages.values(), *own], key=lambda message: message.ts)

    def backwards(self, viewer: str) -> Iterator[Message]:
        """Go through what this person sees here, newest first, as far as the caller likes."""
        own = (message for message in reversed(self.ephemeral.values()) if message.viewer == viewer)
        both = (reversed(self.messages.values()), own)  # each grows at its end, by ts
        return heapq.merge(*both, key=lambda message: message.ts, reverse=True)


@dataclass
class View:
    """A modal that somebody has open, or somebody's App Home."""

    id: str
    owner: str
    body: JSON
    hash: str
    root: str
    previous: str | None = None
    values: JSON = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What stands in the modal's title; App Home has none."""
        return str((self.body.get("title") or {}).get("text", ""))


@dataclass
class File:
    """Something that was uploaded: bytes arrive after it was announced, sharing comes last."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    complete: bool = False
    deleted: bool = False
    processed_at: float = 0.0
    """Machine time (monotonic) from which on it can be shown in blocks, once it is complete."""

    @property
    def mimetype(self) -> str:
        """What kind of file it is, by its name."""
        return _TYPES.get(self.name.rsplit(".", 1)[-1].lower(), "application/octet-stream")

    @property
    def in_blocks(self) -> bool:
        """Whether an image block may name it: a picture that is complete, was processed, and is still there."""
        there = self.complete and not self.deleted and time.monotonic() >= self.processed_at
        return there and self.mimetype in _PICTURES


class State:
    """Everything the workspace knows; one per running workspace."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin with the starting people and channels; ``now`` tells business time."""
        self.now = now
        self.people = {person.id: person for person in people.starting_people()}
        handles = {person.handle: person.id for person in self.people.values()}
        self.channels: dict[str, Channel] = {}
        for room in people.starting_rooms():
            members = {handles[handle] for handle in room.members}
            if room.bot:
                members.add(people.BOT_USER)
            self.channels[room.id] = Channel(room.id, room.name, members, private=room.private)
        for person in self.people.values():
            self.channels[person.direct] = Channel(
                person.direct, people.BOT_NAME, {person.id, people.BOT_USER}, private=True, direct=person.id
            )
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.changes = 0
        """Grows with everything that people can see; a page asks by it whether to look again."""

    def stamp(self, channel: Channel) -> str:
        """Return a new ts: business time in seconds with six decimals, unique and growing in its channel."""
        micros = int(self.now().timestamp() * 1_000_000)
        channel.last = max(micros, channel.last + 1)
        self.changes += 1
        return f"{channel.last // 1_000_000}.{channel.last % 1_000_000:06d}"

    def add(self, channel: Channel, message: Message) -> Message:
        """Put a message into its channel."""
        where = channel.messages if message.viewer is None else channel.ephemeral
        where[message.ts] = message
        if message.thread is not None and message.viewer is None:
            channel.replies[message.thread] += 1
            channel.latest_reply[message.thread] = message.ts
        return message

    def group_members(self, group: str) -> list[str]:
        """Return the ids of everybody in this group who has not left."""
        return [person.id for person in self.people.values() if group in person.groups and not person.deactivated]

    def person_by_handle(self, handle: str) -> Person | None:
        """Find a person by handle (with or without @) or by id."""
        wanted = handle.removeprefix("@")
        return next((one for one in self.people.values() if wanted in {one.handle, one.id}), None)

    def channel_by_name(self, name: str) -> Channel | None:
        """Find a channel by name (with or without #) or by id; direct messages by id alone."""
        if name in self.channels:
            return self.channels[name]
        wanted = name.removeprefix("#")
        return next((one for one in self.channels.values() if one.direct is None and one.name == wanted), None)

    def views(self) -> Iterator[View]:
        """Go through all views that are open, App Homes included."""
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def view(self, view_id: str) -> View | None:
        """Find an open view by its id or external id."""
        return next((v for v in self.views() if view_id in {v.id, v.body.get("external_id") or v.id}), None)

    def new_view(self, owner: str, body: JSON, *, below: View | None = None) -> View:
        """Make a view of a checked body; ``below`` is the one it is pushed upon."""
        view_id = fresh("V")
        root = below.root if below else view_id
        view = View(view_id, owner, {}, "", root, below.id if below else None)
        self.fill(view, body)
        return view

    def fill(self, view: View, body: JSON) -> None:
        """Give a view a new body and a new hash; what was typed stays where block and action are the same."""
        view.body = {**body, "blocks": with_ids(body.get("blocks") or [])}
        view.hash = f"{int(self.now().timestamp())}.{secrets.token_hex(4)}"
        view.errors = {}
        kept: JSON = {}
        for block in view.body["blocks"]:
            for element in elements_of(block):
                old = view.values.get(block["block_id"], {}).get(element["action_id"])
                if old is not None and old.get("type") == element["type"]:
                    kept.setdefault(block["block_id"], {})[element["action_id"]] = old
        view.values = kept
        self.changes += 1
