"""What Slack says a person did, read once from its payload into one small shape."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.slack.text import typed

Kind = Literal["command", "action", "view", "view_closed", "shortcut", "event"]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class MalformedPayload(ValueError):
    """Slack's payload lacks what every payload of its kind has."""


@dataclass(frozen=True)
class Click:
    """One interaction of one person.

    Attributes:
        key: unique to this interaction, the same for each redelivery of it.
        received: machine time (monotonic) of its arrival.
        now: business time of its arrival.
        marked: the typed text as Slack marks it up, which alone says who is mentioned.
        typed: the fields of a form that were typed into; in all others something was chosen.
    """

    kind: Kind
    name: str
    key: str
    user: str
    user_team: str | None
    channel: str | None
    received: float
    now: datetime
    text: str = ""
    marked: str = ""
    value: str | None = None
    block_id: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None
    ephemeral: bool = False
    view_id: str | None = None
    view_hash: str | None = None
    view_type: str | None = None
    metadata: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    typed: frozenset[str] = frozenset()
    trigger_id: str | None = None
    response_url: str | None = None

    @property
    def reference(self) -> str:
        """A short word that the person's answer and the log both carry, such as ``F-7Q2M``."""
        number = int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:4], "big")
        letters = []
        for _ in range(4):
            number, rest = divmod(number, len(_LETTERS))
            letters.append(_LETTERS[rest])
        return "F-" + "".join(letters)

    @property
    def in_direct_message(self) -> bool:
        """Whether it was done in a direct message, which may be one between two colleagues."""
        return (self.channel or "").startswith("D")

    @property
    def milliseconds(self) -> int:
        """Machine time since its arrival."""
        return int((time.monotonic() - self.received) * 1000)


def read(kind: Kind, name: str, body: Mapping[str, Any], now: datetime) -> Click:
    """Read Slack's payload.

    Raises:
        MalformedPayload: something that every such payload has is missing or of another type.
    """
    try:
        return _READERS[kind](name, _storable(body), time.monotonic(), now)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        message = f"a {kind} without a usable {error}"
        raise MalformedPayload(message) from error


def _storable(part: Any) -> Any:
    """Return the payload without the characters that no database text can hold: NUL, and halves of pairs."""
    if isinstance(part, str):
        return part.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(part, Mapping):
        return {name: _storable(inner) for name, inner in part.items()}
    return [_storable(one) for one in part] if isinstance(part, list) else part


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        message = "text"
        raise TypeError(message)
    return value


def _maybe(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _command(name: str, body: Mapping[str, Any], received: float, now: datetime) -> Click:
    return Click(
        kind="command",
        name=name,
        key=f"command:{_text(body['trigger_id'])}",
        user=_text(body["user_id"]),
        user_team=_maybe(body.get("team_id")),
        channel=_text(body["channel_id"]),
        received=received,
        now=now,
        text=typed(str(body.get("text") or "")).strip(),
        marked=str(body.get("text") or "").strip(),
        trigger_id=_maybe(body.get("trigger_id")),
        response_url=_maybe(body.get("response_url")),
    )


def _action(name: str, body: Mapping[str, Any], received: float, now: datetime) -> Click:
    action = body["actions"][0]
    container = body.get("container") or {}
    message = body.get("message") or {}
    view = body.get("view") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    chosen = action.get("selected_option") or {}
    return Click(
        kind="action",
        name=name,
        key=f"action:{_text(body['trigger_id'])}:{action.get('action_ts', '')}",
        user=_text(body["user"]["id"]),
        user_team=_maybe(body["user"].get("team_id")) or _maybe((body.get("team") or {}).get("id")),
        channel=_maybe(channel),
        received=received,
        now=now,
        value=_maybe(action.get("value")) or _maybe(chosen.get("value")),
        block_id=_maybe(action.get("block_id")),
        message_ts=_maybe(container.get("message_ts")),
        thread_ts=_maybe(container.get("thread_ts")) or _maybe(message.get("thread_ts")),
        ephemeral=container.get("is_ephemeral") is True,
        view_id=_maybe(view.get("id")),
        view_hash=_maybe(view.get("hash")),
        view_type=_maybe(view.get("type")),
        metadata=str(view.get("private_metadata") or ""),
        values=_values(view.get("state")),
        trigger_id=_maybe(body.get("trigger_id")),
        response_url=_maybe(body.get("response_url")),
    )


def _view(name: str, body: Mapping[str, Any], received: float, now: datetime) -> Click:
    view = body["view"]
    closed = body.get("type") == "view_closed"
    # Closing carries no trigger; a view is closed once, so its id is enough.
    key = f"closed:{_text(view['id'])}" if closed else f"view:{_text(body['trigger_id'])}"
    return Click(
        kind="view_closed" if closed else "view",
        name=name,
        key=key,
        user=_text(body["user"]["id"]),
        user_team=_maybe(body["user"].get("team_id")) or _maybe((body.get("team") or {}).get("id")),
        channel=None,
        received=received,
        now=now,
        view_id=_text(view["id"]),
        view_hash=_maybe(view.get("hash")),
        view_type=_maybe(view.get("type")),
        metadata=str(view.get("private_metadata") or ""),
        values=_values(view.get("state")),
        typed=_typed(view.get("state")),
        trigger_id=_maybe(body.get("trigger_id")),
    )


def _shortcut(name: str, body: Mapping[str, Any], received: float, now: datetime) -> Click:
    return Click(
        kind="shortcut",
        name=name,
        key=f"shortcut:{_text(body['trigger_id'])}",
        user=_text(body["user"]["id"]),
        user_team=_maybe(body["user"].get("team_id")) or _maybe((body.get("team") or {}).get("id")),
        channel=_maybe((body.get("channel") or {}).get("id")),
        received=received,
        now=now,
        message_ts=_maybe(body.get("message_ts")),
        thread_ts=_maybe((body.get("message") or {}).get("thread_ts")),
        trigger_id=_maybe(body.get("trigger_id")),
        response_url=_maybe(body.get("response_url")),
    )


def _event(name: str, body: Mapping[str, Any], received: float, now: datetime) -> Click:
    event = body["event"]
    return Click(
        kind="event",
        name=name,
        key=f"event:{_text(body['event_id'])}",
        user=_text(event["user"]),
        user_team=_maybe(event.get("user_team")) or _maybe(event.get("team")) or _maybe(body.get("team_id")),
        channel=_maybe(event.get("channel")),
        received=received,
        now=now,
        text=str(event.get("text") or "").strip(),
        value=_maybe(event.get("tab")),
        message_ts=_maybe(event.get("ts")),
        # Never its own ts: Slack shows an ephemeral answer only in a thread that has replies already.
        thread_ts=_maybe(event.get("thread_ts")),
    )


def _typed(state: object) -> frozenset[str]:
    """Return the fields of a form that hold typed words: all that hold a value which is not a choice's."""
    blocks = state.get("values") if isinstance(state, Mapping) else None
    found = ((str(name), one) for name, elements in (blocks or {}).items() for one in elements.values())
    return frozenset(name for name, one in found if isinstance(one.get("value"), str))


def _values(state: object) -> dict[str, str]:
    """Flatten a form's state: block id to what was typed or chosen; several choices lie side by side, with commas."""
    found: dict[str, str] = {}
    blocks = state.get("values") if isinstance(state, Mapping) else None
    for block_id, elements in (blocks or {}).items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            value = element.get("value") or chosen.get("value") or element.get("selected_user")
            if ticked := element.get("selected_options"):
                value = ",".join(str(one["value"]) for one in ticked)
            elif isinstance(instant := element.get("selected_date_time"), int):
                value = str(instant)
            if isinstance(value, str):
                found[str(block_id)] = value
    return found


_READERS = {
    "command": _command,
    "action": _action,
    "view": _view,
    "view_closed": _view,
    "shortcut": _shortcut,
    "event": _event,
}
