"""What blocks and views may hold: the shapes of the safe blocks, as data.

Only what the bot's screens need is here; any other block, element or field is refused by name.
Lengths are named, not written: the numbers and their sources are in :mod:`.limits`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PLAIN = ("plain_text",)
EITHER = ("plain_text", "mrkdwn")


@dataclass(frozen=True)
class Text:
    """A text object of one of these types, with at least one character."""

    limit: str
    types: tuple[str, ...] = PLAIN


@dataclass(frozen=True)
class Str:
    """A string: its limit by name, its least length, or the words it may be."""

    limit: str | None = None
    least: int = 1
    words: frozenset[str] | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Bool:
    """True or false."""


@dataclass(frozen=True)
class Int:
    """A whole number; its bounds are included."""

    low: int
    limit: str | None = None


@dataclass(frozen=True)
class Many:
    """A list with at least ``least`` items, at most the named limit."""

    item: "Kind"
    limit: str | None = None
    least: int = 1


@dataclass(frozen=True)
class Shape:
    """An object: the fields it must have and those it may have, no others."""

    required: Mapping[str, "Kind"] = field(default_factory=dict)
    optional: Mapping[str, "Kind"] = field(default_factory=dict)


@dataclass(frozen=True)
class ByType:
    """An object whose ``type`` says which shape it has."""

    what: str
    shapes: Mapping[str, Shape]


Kind = Text | Str | Bool | Int | Many | Shape | ByType

_ACTION_ID = Str("action_id")
_DATE = Str(pattern=r"\d{4}-\d\d-\d\d")
_CLOCK = Str(pattern=r"([01]\d|2[0-3]):[0-5]\d")

CONFIRM = Shape(
    {"title": Text("confirm.title"), "text": Text("confirm.text", EITHER)},
    {
        "confirm": Text("confirm.confirm"),
        "deny": Text("confirm.deny"),
        "style": Str(words=frozenset({"primary", "danger"})),
    },
)
_ASKING: Mapping[str, Kind] = {"action_id": _ACTION_ID, "confirm": CONFIRM, "focus_on_load": Bool()}
_CHOOSING: Mapping[str, Kind] = {**_ASKING, "placeholder": Text("placeholder")}


def _option(types: tuple[str, ...], *, url: bool = False) -> Shape:
    optional: dict[str, Kind] = {"description": Text("option.description", types)}
    if url:
        optional["url"] = Str("option.url")
    return Shape({"text": Text("option.text", types), "value": Str("option.value")}, optional)


_PLAIN_OPTION = _option(PLAIN)
_OPTION = _option(EITHER)
_OPTION_GROUP = Shape(
    {"label": Text("option_group.label"), "options": Many(_PLAIN_OPTION, "select.options")},
)
_IMAGE_SOURCE: Mapping[str, Kind] = {
    "image_url": Str("image.url"),
    "slack_file": Shape({}, {"id": Str(), "url": Str("image.url")}),
}

BUTTON = Shape(
    {"text": Text("button.text")},
    {
        "action_id": _ACTION_ID,
        "value": Str("button.value"),
        "url": Str("button.url"),
        "style": Str(words=frozenset({"primary", "danger"})),
        "confirm": CONFIRM,
        "accessibility_label": Str("button.accessibility_label"),
    },
)
STATIC_SELECT = Shape(
    {},
    {
        **_CHOOSING,
        "options": Many(_PLAIN_OPTION, "select.options"),
        "option_groups": Many(_OPTION_GROUP, "select.option_groups"),
        "initial_option": _PLAIN_OPTION,
    },
)
RADIO_BUTTONS = Shape(
    {"options": Many(_OPTION, "choices.options")},
    {**_ASKING, "initial_option": _OPTION},
)
CHECKBOXES = Shape(
    {"options": Many(_OPTION, "choices.options")},
    {**_ASKING, "initial_options": Many(_OPTION, "choices.options")},
)
OVERFLOW = Shape(
    {"options": Many(_option(PLAIN, url=True), "overflow.options")},
    {"action_id": _ACTION_ID, "confirm": CONFIRM},
)
USERS_SELECT = Shape({}, {**_CHOOSING, "initial_user": Str()})
DATEPICKER = Shape({}, {**_CHOOSING, "initial_date": _DATE})
TIMEPICKER = Shape({}, {**_CHOOSING, "initial_time": _CLOCK, "timezone": Str()})
DATETIMEPICKER = Shape({}, {**_ASKING, "initial_date_time": Int(1_000_000_000)})
PLAIN_TEXT_INPUT = Shape(
    {},
    {
        "action_id": _ACTION_ID,
        "focus_on_load": Bool(),
        "placeholder": Text("placeholder"),
        "initial_value": Str("plain_text_input.length", least=0),
        "multiline": Bool(),
        "min_length": Int(0, "plain_text_input.length"),
        "max_length": Int(1, "plain_text_input.length"),
        "dispatch_action_config": Shape(
            {"trigger_actions_on": Many(Str(words=frozenset({"on_enter_pressed", "on_character_entered"})))}
        ),
    },
)
IMAGE_ELEMENT = Shape({"alt_text": Str("image.alt_text")}, _IMAGE_SOURCE)

_EVERYWHERE: Mapping[str, Shape] = {
    "static_select": STATIC_SELECT,
    "radio_buttons": RADIO_BUTTONS,
    "checkboxes": CHECKBOXES,
    "users_select": USERS_SELECT,
    "datepicker": DATEPICKER,
    "timepicker": TIMEPICKER,
}
IN_ACTIONS = ByType(
    "element", {**_EVERYWHERE, "button": BUTTON, "overflow": OVERFLOW, "datetimepicker": DATETIMEPICKER}
)
AS_ACCESSORY = ByType("element", {**_EVERYWHERE, "button": BUTTON, "overflow": OVERFLOW, "image": IMAGE_ELEMENT})
IN_INPUT = ByType("element", {**_EVERYWHERE, "plain_text_input": PLAIN_TEXT_INPUT, "datetimepicker": DATETIMEPICKER})
_TEXT_ELEMENT: Mapping[str, Kind] = {"text": Str("text")}
IN_CONTEXT = ByType(
    "element",
    {
        "image": IMAGE_ELEMENT,
        "mrkdwn": Shape(_TEXT_ELEMENT, {"verbatim": Bool()}),
        "plain_text": Shape(_TEXT_ELEMENT, {"emoji": Bool()}),
    },
)

_STYLE = Shape({}, {"bold": Bool(), "italic": Bool(), "strike": Bool(), "code": Bool(), "underline": Bool()})
RICH_INLINE = ByType(
    "rich text element",
    {
        "text": Shape({"text": Str()}, {"style": _STYLE}),
        "link": Shape({"url": Str("button.url")}, {"text": Str(), "style": _STYLE, "unsafe": Bool()}),
        "emoji": Shape({"name": Str()}, {"unicode": Str(), "style": _STYLE}),
        "user": Shape({"user_id": Str()}, {"style": _STYLE}),
        "usergroup": Shape({"usergroup_id": Str()}, {"style": _STYLE}),
        "channel": Shape({"channel_id": Str()}, {"style": _STYLE}),
        "date": Shape({"timestamp": Int(0), "format": Str()}, {"url": Str(), "fallback": Str(), "style": _STYLE}),
    },
)
_RICH_SECTION = Shape({"elements": Many(RICH_INLINE)}, {})
_RICH_BORDERED = Shape({"elements": Many(RICH_INLINE)}, {"border": Int(0)})
IN_RICH_TEXT = ByType(
    "rich text element",
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_quote": _RICH_BORDERED,
        "rich_text_preformatted": _RICH_BORDERED,
        "rich_text_list": Shape(
            {
                "style": Str(words=frozenset({"bullet", "ordered"})),
                "elements": Many(ByType("rich text element", {"rich_text_section": _RICH_SECTION})),
            },
            {"indent": Int(0), "offset": Int(0), "border": Int(0)},
        ),
    },
)

_ID: Mapping[str, Kind] = {"block_id": Str("block_id")}
BLOCK = ByType(
    "block",
    {
        "header": Shape({"text": Text("header.text")}, {**_ID, "level": Int(1, "header.level")}),
        "section": Shape(
            {},
            {
                **_ID,
                "text": Text("section.text", EITHER),
                "fields": Many(Text("section.field", EITHER), "section.fields"),
                "accessory": AS_ACCESSORY,
                "expand": Bool(),
            },
        ),
        "context": Shape({"elements": Many(IN_CONTEXT, "context.elements")}, _ID),
        "actions": Shape({"elements": Many(IN_ACTIONS, "actions.elements")}, _ID),
        "divider": Shape({}, _ID),
        "image": Shape({"alt_text": Str("image.alt_text")}, {**_ID, **_IMAGE_SOURCE, "title": Text("image.title")}),
        "rich_text": Shape({"elements": Many(IN_RICH_TEXT)}, _ID),
        "input": Shape(
            {"label": Text("input.label"), "element": IN_INPUT},
            {**_ID, "hint": Text("input.hint"), "optional": Bool(), "dispatch_action": Bool()},
        ),
    },
)
"""The eight safe blocks."""

_VIEW: Mapping[str, Kind] = {
    "callback_id": Str("view.callback_id"),
    "private_metadata": Str("view.private_metadata", least=0),
    "external_id": Str("view.external_id", least=0),
}
VIEW = ByType(
    "view",
    {
        "modal": Shape(
            {"title": Text("view.title"), "blocks": Many(BLOCK, "modal.blocks", least=0)},
            {
                **_VIEW,
                "submit": Text("view.submit"),
                "close": Text("view.close"),
                "clear_on_close": Bool(),
                "notify_on_close": Bool(),
            },
        ),
        "home": Shape({"blocks": Many(BLOCK, "home.blocks", least=0)}, _VIEW),
    },
)
"""Modals and App Home."""

MESSAGE_BLOCKS = Many(BLOCK, "message.blocks", least=0)
"""The blocks of a message."""
