"""The Web API's chat methods: post, post for one person, edit."""

from typing import Any

from . import people
from .arguments import flag, text
from .core import Slack
from .limits import number
from .payloads import message_body
from .refusals import JSON, SlackError
from .state import Channel, Message, with_ids
from .validator import check_message_blocks


def channel_for_bot(slack: Slack, name: str) -> Channel:
    """Return the channel (by id, or by ``#name``) when the bot may write there.

    Raises:
        SlackError: ``channel_not_found`` or ``not_in_channel``.
    """
    channel = slack.state.channel_by_name(name)
    if channel is None and name in slack.state.people:
        channel = slack.state.channels[slack.state.people[name].direct]
    if channel is None:
        raise SlackError("channel_not_found")
    if people.BOT_USER not in channel.members:
        raise SlackError("channel_not_found" if channel.private else "not_in_channel")
    return channel


def content(slack: Slack, arguments: JSON) -> tuple[str, list[JSON]]:
    """Return text and blocks of a message when Slack would take them.

    Raises:
        SlackError: as the validator says, or ``no_text``.
    """
    if arguments.get("attachments"):
        raise SlackError("invalid_attachments", ["[ERROR] attachments do not exist in this workspace: use blocks"])
    words = arguments.get("text") or ""
    if not isinstance(words, str):
        raise SlackError("invalid_arguments", ["[ERROR] must provide a string [json-pointer:/text]"])
    given: Any = arguments.get("blocks")
    blocks = check_message_blocks(given) if given not in (None, "") else []
    check_files(slack, blocks, "invalid_blocks", "/blocks")
    if not words.strip() and not blocks:
        raise SlackError("no_text")
    return words, with_ids(blocks)


def check_files(slack: Slack, blocks: list[JSON], error: str, at: str) -> None:
    """See that pictures name files that were uploaded, are pictures, and have been processed.

    Raises:
        SlackError: ``error``, with the picture's place.
    """
    for index, block in enumerate(blocks):
        pictures = [block, block.get("accessory"), *(block.get("elements") or [])]
        for picture in pictures:
            wanted = picture.get("slack_file") if isinstance(picture, dict) else None
            if not isinstance(wanted, dict):
                continue
            file = slack.state.files.get(wanted.get("id") or str(wanted.get("url", "")).rsplit("/", 1)[-1])
            if file is None or not file.in_blocks:
                raise SlackError(error, [f"[ERROR] invalid slack file [json-pointer:{at}/{index}/slack_file]"])


def thread_of(channel: Channel, arguments: JSON) -> str | None:
    """Return the thread a message goes into.

    Raises:
        SlackError: ``cannot_reply_to_message`` when there is no such message to reply to.
    """
    ts = arguments.get("thread_ts")
    if ts is None or ts == "":
        return None
    parent = channel.messages.get(str(ts))
    if parent is None or parent.thread is not None:
        raise SlackError("cannot_reply_to_message")
    return str(ts)


async def post_message(slack: Slack, arguments: JSON) -> JSON:
    """Answer chat.postMessage: a new message that everybody in the channel sees."""
    channel = channel_for_bot(slack, text(arguments, "channel"))
    slack.rates.post(channel.id)
    words, blocks = content(slack, arguments)
    cut = words[: number("message.text")]
    message = slack.post(channel, people.BOT_USER, cut, blocks, thread=thread_of(channel, arguments))
    message.broadcast = flag(arguments, "reply_broadcast")
    if channel.direct is not None:
        slack.permits.answered(channel.direct, slack.message_answer(message, channel.direct))
    body: JSON = {"ok": True, "channel": channel.id, "ts": message.ts, "message": message_body(message)}
    if cut != words:
        body["response_metadata"] = {"warnings": ["message_truncated"]}
    return body


async def post_ephemeral(slack: Slack, arguments: JSON) -> JSON:
    """Answer chat.postEphemeral: one member of the channel sees it; in a thread, only when that has replies."""
    channel = channel_for_bot(slack, text(arguments, "channel"))
    user = text(arguments, "user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    words, blocks = content(slack, arguments)
    if len(words) > number("message.text"):
        raise SlackError("msg_too_long")
    thread = thread_of(channel, arguments)
    if thread is not None and not channel.replies[thread]:
        # Slack takes it, and shows it to nobody: the thread is not there before somebody replies.
        return {"ok": True, "message_ts": slack.state.stamp(channel)}
    message = slack.post(channel, people.BOT_USER, words, blocks, thread=thread, viewer=user)
    slack.permits.answered(user, slack.message_answer(message, user))
    return {"ok": True, "message_ts": message.ts}


async def update(slack: Slack, arguments: JSON) -> JSON:
    """Answer chat.update: edit a message of the bot's own; text alone takes its blocks away."""
    channel = channel_for_bot(slack, text(arguments, "channel"))
    message = channel.messages.get(text(arguments, "ts"))
    if message is None:
        raise SlackError("message_not_found")
    if not message.by_bot:
        raise SlackError("cant_update_message")
    words, blocks = content(slack, arguments)
    if len(words.encode()) > number("update.text_bytes"):
        raise SlackError("msg_too_long")
    edit(slack, message, words, blocks)
    shown = {"text": words, "user": people.BOT_USER, "blocks": blocks}
    return {"ok": True, "channel": channel.id, "ts": message.ts, "text": words, "message": shown}


def edit(slack: Slack, message: Message, words: str, blocks: list[JSON]) -> None:
    """Give a message a new content; it keeps its place and its ts."""
    message.text, message.blocks = words, blocks
    message.edited = f"{slack.clock.now().timestamp():.6f}"
    message.chosen = {}
    slack.state.changes += 1
