"""What a person does in a channel: commands, messages, shortcuts, opening App Home."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from . import payloads, people
from .core import Slack
from .delivery import Envelope, Outcome
from .manifest import Shortcut
from .people import Person
from .permits import Came, Interaction
from .refusals import JSON, ControlError, SlackError
from .replies import say
from .state import Channel, Message
from .typed import escape, marked_up

LONGEST = 40_000
"""How many letters somebody may post at once."""
ANSWER_WITHIN = 5.0
"""Seconds of machine time that a deed waits for the bot's answer to the person."""


@dataclass(frozen=True)
class Deed:
    """Somebody does something, perhaps by a connection of the test's choice."""

    slack: Slack
    person: Person
    via: str | None = None

    async def hand_over(self, envelope: Envelope, what: str, channel: Channel | None) -> Outcome:
        """Deliver an interaction; when it fails the person is told, in the channel when there is one."""
        outcome = await self.slack.delivery.deliver(envelope, self.via)
        if not outcome.acknowledged and channel is not None:
            words = f'{what} failed with the error "{outcome.error}"'
            self.slack.post(channel, people.SLACKBOT, escape(words), viewer=self.person.id)
        return outcome

    async def answered(self, interaction: Interaction, outcome: Outcome, started: float) -> JSON:
        """Wait for what the person gets, and return what the control interface answers."""
        answer: Any = None
        if outcome.acknowledged:
            left = max(0.0, started + ANSWER_WITHIN - time.monotonic())
            done, _ = await asyncio.wait([interaction.answer], timeout=left)
            answer = interaction.answer.result() if done else None
        self.slack.permits.give_up(interaction)
        return {**acknowledgement(outcome), "answer": answer}

    def handed(
        self, interaction: Interaction, channel: Channel, came: Came, message: Message | None = None
    ) -> payloads.Handed:
        """Issue what the bot may answer with: a response URL and a trigger id."""
        permits = self.slack.permits
        url = permits.url(interaction, channel.id, came, message=message.ts if message else None)
        return payloads.Handed(f"{self.slack.url}/respond/{url}", permits.trigger(interaction))


def acknowledgement(outcome: Outcome) -> JSON:
    """Return how a delivery went, as the control interface answers it."""
    return {"acknowledged": outcome.acknowledged, "ms": outcome.ms, "error": outcome.error}


def find_channel(slack: Slack, person: Person, name: str) -> Channel:
    """Return the channel this person means; ``@faxi-bot`` is their direct message with the bot.

    Raises:
        ControlError: there is none, or the person is not in it.
    """
    if name.removeprefix("@") in {people.BOT_NAME, "faxi", "bot", "dm"}:
        return slack.state.channels[person.direct]
    channel = slack.state.channel_by_name(name)
    if channel is None:
        names = ", ".join(f"#{one.name}" for one in slack.state.channels.values() if one.direct is None)
        message = f"There is no channel {name}. Channels: {names}, and @{people.BOT_NAME} for a direct message."
        raise ControlError(message, 404)
    if person.id not in channel.members:
        message = f"{person.handle} is not in #{channel.name}."
        raise ControlError(message, 403)
    return channel


def find_message(slack: Slack, person: Person, channel_name: str, ts: str) -> tuple[Channel, Message]:
    """Return the message this person sees there.

    Raises:
        ControlError: they see none.
    """
    channel = find_channel(slack, person, channel_name)
    message = channel.find(ts, person.id)
    if message is None:
        sentence = f"{person.handle} sees no message {ts} in {channel_name}."
        raise ControlError(sentence, 404)
    return channel, message


async def command(deed: Deed, channel_name: str, text: str) -> JSON:
    """Type a slash command.

    Raises:
        ControlError: it is not in the manifest, or the person cannot type it there.
    """
    slack, person = deed.slack, deed.person
    name, _, rest = text.strip().partition(" ")
    known = slack.manifest.commands.get(name)
    if known is None:
        names = ", ".join(sorted(slack.manifest.commands)) or "none"
        message = f"{name} is not a command of the manifest. Commands: {names}."
        raise ControlError(message)
    channel = find_channel(slack, person, channel_name)
    started = time.monotonic()
    interaction = slack.permits.interaction(person.id)
    words = marked_up(slack.state, rest.strip(), names=True) if known.escape else rest.strip()
    body = payloads.command(
        slack.sent(person), channel, payloads.Typed(name, words), deed.handed(interaction, channel, "command")
    )
    outcome = await deed.hand_over(Envelope("slash_commands", body), name, channel)
    _say_in_acknowledgement(slack, interaction, channel, outcome)
    return await deed.answered(interaction, outcome, started)


def _say_in_acknowledgement(slack: Slack, interaction: Interaction, channel: Channel, outcome: Outcome) -> None:
    """Show the message that an acknowledgement of a command may carry."""
    payload = {"text": outcome.payload} if isinstance(outcome.payload, str) else outcome.payload
    if not outcome.acknowledged or not isinstance(payload, dict) or not payload:
        return
    url = slack.permits.use(slack.permits.url(interaction, channel.id, "command"))
    try:
        say(slack, url, payload)
    except SlackError as error:
        words = f'The answer was refused: "{error.error}"'
        slack.post(channel, people.SLACKBOT, words, viewer=interaction.person)


async def message(deed: Deed, channel_name: str, text: str, thread: str | None) -> JSON:
    """Post a message; the bot hears of it when it is mentioned, or in a direct message.

    Raises:
        ControlError: the person is not there, there is nothing to reply to, or the text is too long.
    """
    slack, person = deed.slack, deed.person
    channel = find_channel(slack, person, channel_name)
    if thread is not None and (thread not in channel.messages or channel.messages[thread].thread is not None):
        sentence = f"There is no message {thread} in {channel_name} that has a thread."
        raise ControlError(sentence, 404)
    if len(text) > LONGEST:
        sentence = f"A message has at most {LONGEST:,} letters; this one has {len(text):,}. Please shorten it."
        raise ControlError(sentence, 413)
    words = marked_up(slack.state, text, names=False)
    posted = slack.post(channel, person.id, words, thread=thread)
    inner: JSON = {
        "user": person.id,
        "text": words,
        "ts": posted.ts,
        "channel": channel.id,
        "event_ts": posted.ts,
        "team": person.team,
    }
    if thread is not None:
        inner["thread_ts"] = thread
    heard: list[JSON] = []
    if channel.direct is not None:
        heard.append({"type": "message", "channel_type": "im", **inner})
    elif f"<@{people.BOT_USER}>" in words and people.BOT_USER in channel.members:
        heard.append({"type": "app_mention", **inner})
    answer: JSON = {"channel": channel.id, "ts": posted.ts, "acknowledged": None, "ms": None, "error": None}
    for one in heard:
        subscribed = "message.im" if one["type"] == "message" else one["type"]
        if subscribed in slack.manifest.events:
            outcome = await slack.delivery.event(payloads.event(slack.sent(person), one), deed.via)
            answer |= acknowledgement(outcome)
    return answer


async def shortcut(deed: Deed, name: str, channel_name: str | None, ts: str | None) -> JSON:
    """Use a shortcut, on a message or anywhere.

    Raises:
        ControlError: it is not in the manifest, or the message it needs is not there.
    """
    slack, person = deed.slack, deed.person
    known = _shortcut(slack, name)
    started = time.monotonic()
    interaction = slack.permits.interaction(person.id)
    if known.on_message:
        if channel_name is None or ts is None:
            sentence = f'"{known.name}" is used on a message: give channel and ts.'
            raise ControlError(sentence)
        channel, on = find_message(slack, person, channel_name, ts)
        handed = deed.handed(interaction, channel, "command")
        body = payloads.message_action(slack.sent(person), channel, on, known.callback_id, handed)
    else:
        channel = slack.state.channels[person.direct]
        body = payloads.shortcut(slack.sent(person), known.callback_id, slack.permits.trigger(interaction))
    outcome = await deed.hand_over(Envelope("interactive", body), f'"{known.name}"', channel)
    return await deed.answered(interaction, outcome, started)


def _shortcut(slack: Slack, name: str) -> Shortcut:
    for known in slack.manifest.shortcuts.values():
        if name in {known.name, known.callback_id}:
            return known
    names = ", ".join(sorted(slack.manifest.shortcuts)) or "none"
    message = f'"{name}" is not a shortcut of the manifest. Shortcuts: {names}.'
    raise ControlError(message)


async def home(deed: Deed) -> JSON:
    """Open App Home and return it as it looks when the bot has published it, or after 5 s.

    The answer is the view itself with how the event went; ``view`` is the view alone, or None.

    Raises:
        ControlError: the manifest has no App Home.
    """
    slack, person = deed.slack, deed.person
    if not slack.manifest.home:
        message = "The manifest has no App Home."
        raise ControlError(message)
    started = time.monotonic()
    interaction = slack.permits.interaction(person.id, at_home=True)
    stamp = slack.sent(person).at
    inner: JSON = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": person.direct,
        "tab": "home",
        "event_ts": stamp,
    }
    before = slack.state.homes.get(person.id)
    if before is not None:
        inner["view"] = payloads.view_body(before)
    outcome = Outcome(acknowledged=False, ms=0, error="not_subscribed")
    if "app_home_opened" in slack.manifest.events:
        outcome = await slack.delivery.event(payloads.event(slack.sent(person), inner), deed.via)
    await deed.answered(interaction, outcome, started)
    now = slack.state.homes.get(person.id)
    view = slack.shown.view(now) if now is not None else None
    return {**(view or {}), **acknowledgement(outcome), "view": view}
