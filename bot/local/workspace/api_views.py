"""The Web API's views methods: modals, and App Home."""

from .api_chat import check_files
from .arguments import text
from .core import Slack
from .limits import number
from .payloads import view_body
from .refusals import JSON, SlackError
from .state import View
from .validator import check_view


def checked(slack: Slack, arguments: JSON, *kinds: str) -> JSON:
    """Return the call's view when Slack would take it here.

    Raises:
        SlackError: as the validator says.
    """
    view = check_view(arguments.get("view"))
    if view["type"] not in kinds:
        raise SlackError("invalid_arguments", [f"[ERROR] unsupported type: {view['type']} [json-pointer:/view/type]"])
    check_files(slack, view["blocks"], "invalid_arguments", "/view/blocks")
    return view


def refuse_known(slack: Slack, body: JSON, but: View | None = None) -> None:
    """See that a view's external id is its own.

    Raises:
        SlackError: ``duplicate_external_id``.
    """
    wanted = body.get("external_id")
    if wanted and any(view.body.get("external_id") == wanted for view in slack.state.views() if view is not but):
        raise SlackError("duplicate_external_id")


async def open_view(slack: Slack, arguments: JSON) -> JSON:
    """Answer views.open: show a modal to whoever the trigger came from."""
    body = checked(slack, arguments, "modal")
    refuse_known(slack, body)
    trigger = slack.permits.take(text(arguments, "trigger_id"))
    view = slack.state.new_view(trigger.person, body)
    slack.state.stacks[trigger.person] = [view]
    trigger.interaction.settle(slack.view_answer(view))
    return {"ok": True, "view": view_body(view)}


async def push(slack: Slack, arguments: JSON) -> JSON:
    """Answer views.push: lay a modal upon the one that is open, at most three high."""
    body = checked(slack, arguments, "modal")
    refuse_known(slack, body)
    trigger = slack.permits.take(text(arguments, "trigger_id"))
    stack = slack.state.stacks.get(trigger.person)
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= number("view.stack"):
        raise SlackError("push_limit_reached")
    view = slack.state.new_view(trigger.person, body, below=stack[-1])
    stack.append(view)
    trigger.interaction.settle(slack.view_answer(view))
    return {"ok": True, "view": view_body(view)}


async def update(slack: Slack, arguments: JSON) -> JSON:
    """Answer views.update: fill an open view anew, if it is still the one that was meant."""
    body = checked(slack, arguments, "modal", "home")
    name = arguments.get("view_id") or arguments.get("external_id")
    if not isinstance(name, str) or not name:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"])
    view = slack.state.view(name)
    if view is None:
        raise SlackError("not_found")
    wanted = arguments.get("hash")
    if wanted and wanted != view.hash:
        raise SlackError("hash_conflict")
    if body["type"] != view.body["type"]:
        raise SlackError("invalid_arguments", ["[ERROR] the type of a view cannot change [json-pointer:/view/type]"])
    refuse_known(slack, body, but=view)
    slack.state.fill(view, body)
    slack.permits.answered(view.owner, slack.view_answer(view))
    return {"ok": True, "view": view_body(view)}


async def publish(slack: Slack, arguments: JSON) -> JSON:
    """Answer views.publish: fill somebody's App Home."""
    if not slack.manifest.home:
        raise SlackError("not_enabled")
    body = checked(slack, arguments, "home")
    user = text(arguments, "user_id")
    if user not in slack.state.people:
        raise SlackError("invalid_arguments", ["[ERROR] invalid user_id [json-pointer:/user_id]"])
    home = slack.state.homes.get(user)
    wanted = arguments.get("hash")
    if wanted and (home is None or wanted != home.hash):
        raise SlackError("hash_conflict")
    refuse_known(slack, body, but=home)
    if home is None:
        home = slack.state.homes[user] = slack.state.new_view(user, body)
    else:
        slack.state.fill(home, body)
    slack.permits.answered(user, slack.view_answer(home), at_home=True)
    return {"ok": True, "view": view_body(home)}
