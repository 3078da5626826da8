"""Payloads that no visible button or form makes, handed to the bot as Slack would hand them."""

from collections.abc import Mapping

from bot.local.workspace import payloads
from bot.local.workspace.delivery import Envelope, Outcome
from tests.support.faces import OPERATIONS
from tests.support.system import JSON, System


async def hand_over(system: System, kind: str, body: JSON, via: str | None = None) -> Outcome:
    """Give the bot a payload that no visible button makes, as Slack would, by a certain connection if one is named."""
    return await system.workspace.slack.delivery.deliver(Envelope(kind, body), via)  # type: ignore[arg-type]


def click(system: System, who: str, action_id: str, value: str | None, channel: str = OPERATIONS) -> JSON:
    """Write the payload of a button that nobody sees, with an honest trigger id and response URL."""
    slack = system.workspace.slack
    person = slack.state.person_by_handle(who)
    place = slack.state.channel_by_name(channel)
    assert person is not None
    if place is None:
        place = slack.state.channels[person.direct]
    interaction = slack.permits.interaction(person.id)
    stamp = slack.state.stamp(place)
    url = slack.permits.url(interaction, place.id, "message", message=stamp)
    action: JSON = {"type": "button", "action_id": action_id, "block_id": "b", "action_ts": stamp}
    if value is not None:
        action["value"] = value
    return {
        **slack.sent(person).common("block_actions"),
        "container": {"type": "message", "message_ts": stamp, "channel_id": place.id, "is_ephemeral": False},
        "trigger_id": slack.permits.trigger(interaction),
        "channel": {"id": place.id, "name": place.name},
        "response_url": f"{slack.url}/respond/{url}",
        "actions": [action],
    }


def submission(system: System, who: str, callback_id: str, values: Mapping[str, str], metadata: str = "") -> JSON:
    """Write the payload of a submitted form, past the limits that the form itself has."""
    slack = system.workspace.slack
    person = slack.state.person_by_handle(who)
    assert person is not None
    body = {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": "Form"},
        "blocks": [],
    }
    view = slack.state.new_view(person.id, body)
    slack.state.stacks.setdefault(person.id, []).append(view)
    view.values = {name: {"field": {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    trigger = slack.permits.trigger(slack.permits.interaction(person.id))
    return payloads.view_submission(slack.sent(person), view, trigger)


async def submit(system: System, who: str, callback_id: str, values: Mapping[str, str], metadata: str = "") -> JSON:
    """Submit a form past its own limits; return what the acknowledgement carries."""
    outcome = await hand_over(system, "interactive", submission(system, who, callback_id, values, metadata))
    assert outcome.acknowledged, outcome
    await system.settle()
    return dict(outcome.payload or {})
