"""Finds what a person points at, and reads what they choose or type."""

from typing import TYPE_CHECKING, Any

from .plaintext import Reader
from .refusals import JSON, ControlError
from .state import State
from .validator import all_options, elements_of

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[JSON, JSON]
"""A block and one of its elements."""


def point_at(blocks: list[JSON], name: str, reader: Reader) -> Place:
    """Return the one element that ``name`` names: what one sees on it, its label, action id or value.

    A page, which knows the ids of all, says ``block_id/action_id``.

    Raises:
        ControlError: nothing is named so, or more than one thing is.
    """
    places = [(block, element) for block in blocks for element in elements_of(block)]
    ways: list[Callable[[Place], str | None]] = [
        lambda place: seen_on(place, reader),
        lambda place: place[1].get("accessibility_label"),
        lambda place: place[1].get("action_id"),
        lambda place: place[1].get("value"),
        lambda place: place[0].get("block_id"),
        lambda place: f"{place[0].get('block_id')}/{place[1].get('action_id')}",
    ]
    several: list[Place] = []
    for way in ways:
        found = [place for place in places if way(place) == name]
        if len(found) == 1:
            return found[0]
        several = several or found
    if several:
        listed = "; ".join(_described(place, reader) for place in several)
        sentence = f'"{name}" names {len(several)} things: {listed}.'
        raise ControlError(sentence, 409)
    listed = "; ".join(_described(place, reader) for place in places) or "nothing"
    sentence = f'Nothing here is named "{name}". One can use: {listed}.'
    raise ControlError(sentence, 404)


def seen_on(place: Place, reader: Reader) -> str | None:
    """Return the words one sees on an element."""
    block, element = place
    if element["type"] == "button":
        return reader.text(element["text"])
    if block["type"] == "input":
        return reader.text(block["label"])
    placeholder = element.get("placeholder")
    return reader.text(placeholder) if placeholder else None


def _described(place: Place, reader: Reader) -> str:
    block, element = place
    parts = {
        "text": seen_on(place, reader),
        "label": element.get("accessibility_label"),
        "action_id": element.get("action_id"),
        "value": element.get("value"),
        "block_id": block.get("block_id"),
    }
    return ", ".join(f"{name} {value!r}" for name, value in parts.items() if value)


def option(element: JSON, wanted: str, reader: Reader) -> JSON:
    """Return the option with this text or value.

    Raises:
        ControlError: there is none, or more than one.
    """
    options = all_options(element)
    by_text = [one for one in options if reader.text(one["text"]) == wanted]
    found = by_text if len(by_text) == 1 else [one for one in options if one["value"] == wanted] or by_text
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{reader.text(one['text'])!r}" for one in options)
    sentence = f'"{wanted}" is {"no option" if not found else "more than one option"}. Options: {listed}.'
    raise ControlError(sentence, 409 if found else 404)


_HOLDS = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
}
"""Under which name ``state.values`` shows what an element holds."""
_AT_FIRST = {
    "static_select": "initial_option",
    "radio_buttons": "initial_option",
    "checkboxes": "initial_options",
    "users_select": "initial_user",
    "datepicker": "initial_date",
    "timepicker": "initial_time",
    "datetimepicker": "initial_date_time",
    "plain_text_input": "initial_value",
}
"""Which field of an element says what it holds at first."""


def chosen(element: JSON, wanted: Any, reader: Reader, state: State) -> JSON:
    """Return what an element holds when this is chosen or typed, as ``state.values`` shows it.

    Nothing, an empty text or an empty list empties the element.

    Raises:
        ControlError: the element cannot take it.
    """
    of = element["type"]
    if of not in _HOLDS:
        sentence = f"A {of} takes no choice."
        raise ControlError(sentence)
    held: Any = None
    if of == "checkboxes":
        held = [option(element, str(one), reader) for one in _listed(wanted)]
    elif wanted not in (None, "", []):
        held = _one(element, wanted, reader, state)
    return {"type": of, _HOLDS[of]: held}


def _listed(wanted: Any) -> list[Any]:
    if wanted in (None, ""):
        return []
    return wanted if isinstance(wanted, list) else [wanted]


def _one(element: JSON, wanted: Any, reader: Reader, state: State) -> Any:
    of = element["type"]
    if _HOLDS[of] == "selected_option":
        return option(element, str(wanted), reader)
    if of == "users_select":
        person = state.person_by_handle(str(wanted))
        if person is None:
            sentence = f"There is nobody called {wanted}."
            raise ControlError(sentence, 404)
        return person.id
    if of == "datetimepicker":
        if not str(wanted).isdigit():
            sentence = f"{wanted!r} is not an instant: give seconds since 1970."
            raise ControlError(sentence)
        return int(wanted)
    return str(wanted)


def initial(element: JSON) -> JSON | None:
    """Return what an element holds before anybody has touched it; a button or a menu holds nothing."""
    of = element["type"]
    if of not in _AT_FIRST:
        return None
    return {"type": of, _HOLDS[of]: element.get(_AT_FIRST[of]) or ([] if of == "checkboxes" else None)}


def values(blocks: list[JSON], touched: JSON) -> JSON:
    """Return ``state.values`` of these blocks: what was touched, else what stood there at first."""
    state: JSON = {}
    for block in blocks:
        for element in elements_of(block):
            first = initial(element)
            if first is not None:
                held = touched.get(block["block_id"], {}).get(element["action_id"], first)
                state.setdefault(block["block_id"], {})[element["action_id"]] = held
    return state
