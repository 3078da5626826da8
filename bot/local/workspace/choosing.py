"""Finds what a person points at, and reads what they choose or type."""

from collections.abc import Callable, Iterable
from typing import Any

from .plaintext import Reader
from .refusals import JSON, ControlError
from .state import State
from .validator import all_options, elements_of

Place = tuple[JSON, JSON]
"""A block and one of its elements."""


def point_at(blocks: list[JSON], name: str, reader: Reader) -> Place:
    """Return the one element that ``name`` names: what one sees on it, its label, action id or value.

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


def _options(element: JSON, wanted: Any, reader: Reader) -> list[JSON]:
    many: Iterable[Any] = wanted if isinstance(wanted, list) else [wanted]
    return [option(element, str(one), reader) for one in many]


def chosen(element: JSON, wanted: Any, reader: Reader, state: State) -> JSON:
    """Return what an element holds when this is chosen or typed, as ``state.values`` shows it.

    Raises:
        ControlError: the element cannot take it.
    """
    of = element["type"]
    match of:
        case "static_select" | "radio_buttons":
            return {"type": of, "selected_option": option(element, str(wanted), reader) if wanted else None}
        case "overflow":
            return {"type": of, "selected_option": option(element, str(wanted), reader)}
        case "checkboxes":
            return {"type": of, "selected_options": _options(element, wanted or [], reader)}
        case "users_select":
            person = state.person_by_handle(str(wanted))
            if person is None:
                sentence = f"There is nobody called {wanted}."
                raise ControlError(sentence, 404)
            return {"type": of, "selected_user": person.id}
        case "datepicker":
            return {"type": of, "selected_date": str(wanted)}
        case "timepicker":
            return {"type": of, "selected_time": str(wanted)}
        case "datetimepicker":
            return {"type": of, "selected_date_time": int(wanted)}
        case "plain_text_input":
            return {"type": of, "value": str(wanted) if wanted not in (None, "") else None}
        case _:
            sentence = f"A {of} takes no choice."
            raise ControlError(sentence)


def initial(element: JSON) -> JSON | None:
    """Return what an element holds before anybody has touched it; a button holds nothing."""
    of = element["type"]
    match of:
        case "static_select" | "radio_buttons":
            return {"type": of, "selected_option": element.get("initial_option")}
        case "checkboxes":
            return {"type": of, "selected_options": element.get("initial_options") or []}
        case "users_select":
            return {"type": of, "selected_user": element.get("initial_user")}
        case "datepicker":
            return {"type": of, "selected_date": element.get("initial_date")}
        case "timepicker":
            return {"type": of, "selected_time": element.get("initial_time")}
        case "datetimepicker":
            return {"type": of, "selected_date_time": element.get("initial_date_time")}
        case "plain_text_input":
            return {"type": of, "value": element.get("initial_value") or None}
        case _:
            return None


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
