"""The bodies of the control interface: what may be in them, and nothing else."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    """A body with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class DeedBody(_Body):
    """Whatever a person does: who, and by which connection."""

    who: str = Field(alias="as")
    via: str | None = None


class CommandBody(DeedBody):
    """A slash command typed in a channel."""

    channel: str
    text: str


class MessageBody(CommandBody):
    """A message, perhaps a reply in a thread."""

    thread: str | None = None


class ClickBody(DeedBody):
    """A button pressed or an option chosen, in a message or a view; values are what else the form holds by then."""

    channel: str | None = None
    ts: str | None = None
    view: str | None = None
    button: str
    choose: Any = None
    values: dict[str, Any] = Field(default_factory=dict)


class SubmitBody(DeedBody):
    """A modal submitted; values by label or block id."""

    view: str | None = None
    values: dict[str, Any] = Field(default_factory=dict)


class CloseBody(DeedBody):
    """A modal closed."""

    view: str | None = None


class ShortcutBody(DeedBody):
    """A shortcut used, on a message or anywhere."""

    name: str
    channel: str | None = None
    ts: str | None = None


class PersonBody(_Body):
    """What changes about a person; what is absent stays."""

    handle: str
    groups: list[str] | None = None
    guest: bool | None = None
    deactivated: bool | None = None


class ClockBody(_Body):
    """How far business time moves; ``jump`` leaps there at once."""

    advance: str | None = None
    jump: bool | str = False
