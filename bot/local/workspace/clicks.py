"""What a person does with buttons and modals: click, choose, submit, close."""

import time
from typing import TYPE_CHECKING, Any

from . import payloads
from .api_chat import check_files
from .choosing import Place, chosen, point_at, values
from .deeds import Deed, acknowledgement, find_message
from .delivery import Envelope
from .limits import number
from .plaintext import Reader
from .refusals import JSON, ControlError, SlackError
from .state import View
from .validator import check_view

if TYPE_CHECKING:
    from .permits import Came


def _action(deed: Deed, place: Place, choose: Any, reader: Reader) -> tuple[JSON, JSON | None]:
    """Return the action that is sent, and what the element holds from now on (a button: nothing)."""
    block, element = place
    base: JSON = {"action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        if choose is not None:
            sentence = "A button is pressed; it has no options to choose from."
            raise ControlError(sentence)
        button: JSON = {**base, "type": "button", "text": element["text"]}
        button |= {name: element[name] for name in ("value", "style", "url") if name in element}
        return button, None
    if choose is None:
        sentence = f"Say with choose what is chosen: this is a {element['type']}."
        raise ControlError(sentence)
    held = chosen(element, choose, reader, deed.slack.state)
    return {**base, **held}, held


async def click_message(deed: Deed, channel_name: str, ts: str, name: str, choose: Any) -> JSON:
    """Press a button, or choose an option, in a message; a confirm dialog is answered with yes.

    Raises:
        ControlError: the person sees no such thing.
    """
    slack, person = deed.slack, deed.person
    channel, message = find_message(slack, person, channel_name, ts)
    reader = slack.shown.reader(person.id)
    place = point_at(message.blocks, name, reader)
    action, held = _action(deed, place, choose, reader)
    touched = message.chosen.setdefault(person.id, {})
    if held is not None and held["type"] != "overflow":
        touched.setdefault(place[0]["block_id"], {})[place[1]["action_id"]] = held
    started = time.monotonic()
    interaction = slack.permits.interaction(person.id)
    came: Came = "ephemeral" if message.viewer is not None else "message"
    pressed = payloads.Pressed(action, values(message.blocks, touched))
    handed = deed.handed(interaction, channel, came, message)
    body = payloads.action_on_message(slack.sent(person), channel, message, pressed, handed)
    outcome = await deed.hand_over(Envelope("interactive", body), f'"{name}"', channel)
    return await deed.answered(interaction, outcome, started)


async def click_view(deed: Deed, view_name: str | None, name: str, choose: Any, given: dict[str, Any]) -> JSON:
    """Press a button, or choose an option, in a modal or App Home.

    An element of an input block only holds what is chosen, unless its block dispatches. ``given`` is what was typed
    and chosen in the form until then: Slack sends it along with a press, in ``view.state.values``.

    Raises:
        ControlError: the person has no such view open, or sees no such thing in it.
    """
    slack, person = deed.slack, deed.person
    view = find_view(deed, view_name)
    reader = slack.shown.reader(person.id)
    place = point_at(view.body["blocks"], name, reader)
    action, held = _action(deed, place, choose, reader)
    _hold(deed, view, given)
    if held is not None and held["type"] != "overflow":
        view.values.setdefault(place[0]["block_id"], {})[place[1]["action_id"]] = held
    if place[0]["type"] == "input" and not place[0].get("dispatch_action"):
        return {"acknowledged": None, "ms": None, "error": None, "answer": None}
    view.values = values(view.body["blocks"], view.values)
    started = time.monotonic()
    interaction = slack.permits.interaction(person.id, at_home=view.body["type"] == "home")
    body = payloads.action_in_view(slack.sent(person), view, action, slack.permits.trigger(interaction))
    channel = slack.state.channels[person.direct]
    outcome = await deed.hand_over(Envelope("interactive", body), f'"{name}"', channel)
    return await deed.answered(interaction, outcome, started)


def find_view(deed: Deed, name: str | None) -> View:
    """Return the view this person means: by id, callback id or title; without a name the topmost modal.

    Raises:
        ControlError: they have no such view open.
    """
    person = deed.person
    stack = deed.slack.state.stacks.get(person.id) or []
    home = deed.slack.state.homes.get(person.id)
    if name is None and stack:
        return stack[-1]
    for view in [*reversed(stack), *([home] if home else [])]:
        if name in {view.id, view.body.get("callback_id"), view.title} or (name == "home" and view is home):
            return view
    there = ", ".join(f'{view.id} "{view.title}"' for view in stack) or "none"
    sentence = f"{person.handle} has no view {name or ''} open. Modals now: {there}."
    raise ControlError(sentence, 404)


def _top_modal(deed: Deed, name: str | None) -> View:
    view = find_view(deed, name)
    stack = deed.slack.state.stacks.get(deed.person.id) or []
    if not stack or stack[-1] is not view:
        sentence = f"View {view.id} is not the modal that lies on top."
        raise ControlError(sentence, 409)
    return view


def _hold(deed: Deed, view: View, given: dict[str, Any]) -> None:
    """Put what was typed into the view."""
    reader = deed.slack.shown.reader(deed.person.id)
    for name, wanted in given.items():
        inputs = [block for block in view.body["blocks"] if block["type"] == "input"]
        block, element = point_at(inputs, name, reader)
        held = chosen(element, wanted, reader, deed.slack.state)
        view.values.setdefault(block["block_id"], {})[element["action_id"]] = held
    view.values = values(view.body["blocks"], view.values)


def _typed(deed: Deed, view: View, given: dict[str, Any]) -> dict[str, str]:
    """Put what was typed into the view, and return what Slack's own form check says against it."""
    _hold(deed, view, given)
    errors: dict[str, str] = {}
    for block in view.body["blocks"]:
        if block["type"] == "input":
            held = view.values[block["block_id"]][block["element"]["action_id"]]
            fault = _form_fault(block, held)
            if fault:
                errors[block["block_id"]] = fault
    return errors


def _form_fault(block: JSON, held: JSON) -> str | None:
    """Return what the form itself, before the bot, has against a field."""
    value = next((value for name, value in held.items() if name != "type"), None)
    if value in (None, "", []):
        return None if block.get("optional") else "Please complete this required field."
    element = block["element"]
    if element["type"] == "plain_text_input":
        least = element.get("min_length", 0)
        most = element.get("max_length", number("plain_text_input.length"))
        if len(value) < least:
            return f"Please enter at least {least} characters."
        if len(value) > most:
            return f"Please enter at most {most} characters."
    return None


async def submit(deed: Deed, view_name: str | None, given: dict[str, Any]) -> JSON:
    """Submit a modal; answers with what became of it, and the view one sees then.

    Raises:
        ControlError: there is no such modal on top, no Submit in it, or a field is not in it.
    """
    slack, person = deed.slack, deed.person
    view = _top_modal(deed, view_name)
    if not view.body.get("submit"):
        sentence = f'The modal "{view.title}" has no Submit.'
        raise ControlError(sentence, 409)
    errors = _typed(deed, view, given)
    if errors:
        view.errors = errors
        return {"result": "errors", "errors": errors, "acknowledged": None, "ms": None, "error": None, "view": None}
    interaction = slack.permits.interaction(person.id)
    body = payloads.view_submission(slack.sent(person), view, slack.permits.trigger(interaction))
    outcome = await deed.hand_over(Envelope("interactive", body), f'"{view.title}"', None)
    slack.permits.give_up(interaction)
    answer: JSON = {"result": "errors", "errors": {}, **acknowledgement(outcome), "view": None}
    if not outcome.acknowledged:
        return answer
    try:
        answer |= _after_submit(deed, view, outcome.payload)
    except SlackError as error:
        answer["error"] = "; ".join([error.error, *error.messages])
    return answer


def _after_submit(deed: Deed, view: View, payload: Any) -> JSON:
    """Do what the acknowledgement of a submit asks: nothing means that the modal closes."""
    slack = deed.slack
    stack = slack.state.stacks.get(deed.person.id) or []
    action = payload.get("response_action") if isinstance(payload, dict) else None
    slack.state.changes += 1
    match action:
        case "errors":
            errors = payload.get("errors")
            inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
                raise SlackError("invalid_errors", [f"[ERROR] errors must name input blocks: {sorted(inputs)}"])
            view.errors = {str(name): str(text) for name, text in errors.items()}
            return {"result": "errors", "errors": view.errors}
        case "update":
            slack.state.fill(view, _acceptable(slack_view=payload.get("view"), deed=deed))
            return {"result": "updated", "view": slack.shown.view(view)}
        case "push":
            body = _acceptable(slack_view=payload.get("view"), deed=deed)
            if len(stack) >= number("view.stack"):
                raise SlackError("push_limit_reached")
            upper = slack.state.new_view(deed.person.id, body, below=view)
            stack.append(upper)
            return {"result": "pushed", "view": slack.shown.view(upper)}
        case "clear":
            stack.clear()
            return {"result": "closed"}
        case None:
            if view in stack:
                stack.remove(view)
            return {"result": "closed", "view": slack.shown.view(stack[-1]) if stack else None}
        case _:
            raise SlackError("invalid_response_action")


def _acceptable(*, slack_view: Any, deed: Deed) -> JSON:
    body = check_view(slack_view)
    if body["type"] != "modal":
        raise SlackError("invalid_arguments", ["[ERROR] must be a modal [json-pointer:/view/type]"])
    check_files(deed.slack, body["blocks"], "invalid_arguments", "/view/blocks")
    return body


async def close(deed: Deed, view_name: str | None) -> JSON:
    """Close the topmost modal; the bot hears of it when the view asked for that.

    Raises:
        ControlError: there is no such modal on top.
    """
    slack, person = deed.slack, deed.person
    view = _top_modal(deed, view_name)
    stack = slack.state.stacks[person.id]
    whole = bool(view.body.get("clear_on_close"))
    closing = list(reversed(stack)) if whole else [view]
    slack.state.stacks[person.id] = [] if whole else stack[:-1]
    slack.state.changes += 1
    answer: JSON = {"result": "closed", "errors": {}}
    for one in closing:
        if one.body.get("notify_on_close"):
            body = payloads.view_closed(slack.sent(person), one, cleared=whole)
            answer |= acknowledgement(await deed.hand_over(Envelope("interactive", body), "Close", None))
    return answer
