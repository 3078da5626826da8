"""What becomes of the text that people type: mentions, links and addresses as Slack marks them up."""

import re

from . import people
from .state import State

_URL = re.compile(r"\bhttps?://[^\s<>|]+")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TELEPHONE = re.compile(r"(?<![\w+])\+\d[\d-]{7,16}\d(?![\w-])")
_MENTION = re.compile(r"(?<![\w@.])@([\w-]+)")
_CHANNEL = re.compile(r"(?<![\w#&])#([\w-]+)")
_ANY = re.compile("|".join(f"(?:{one.pattern})" for one in (_URL, _MAIL, _TELEPHONE, _MENTION, _CHANNEL)))
_EVERYBODY = frozenset({"channel", "here", "everyone"})


def escape(text: str) -> str:
    """Return the text with ``&``, ``<`` and ``>`` as Slack sends them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked_up(state: State, text: str, *, names: bool) -> str:
    """Return typed text as the bot gets it.

    Args:
        state: knows people and channels.
        text: what was typed.
        names: whether the readable name stands beside the id (in commands it does).
    """
    return _ANY.sub(lambda found: _mark(state, found[0], names=names), escape(text))


def _mark(state: State, word: str, *, names: bool) -> str:
    if word.startswith("@"):
        return _person(state, word[1:], names=names) or word
    if word.startswith("#"):
        channel = state.channel_by_name(word[1:])
        return f"<#{channel.id}|{channel.name}>" if channel is not None and channel.direct is None else word
    if word.startswith("+"):
        return f"<tel:{word.replace('-', '')}|{word}>"
    if _MAIL.fullmatch(word):
        return f"<mailto:{word}|{word}>"
    return f"<{word}>"


def _person(state: State, handle: str, *, names: bool) -> str | None:
    if handle in _EVERYBODY:
        return f"<!{handle}>"
    if handle in people.GROUP_IDS:
        return f"<!subteam^{people.GROUP_IDS[handle]}>"
    if handle in {people.BOT_NAME, "faxi"}:
        user_id, name = people.BOT_USER, people.BOT_NAME
    else:
        person = state.person_by_handle(handle)
        if person is None:
            return None
        user_id, name = person.id, person.handle
    return f"<@{user_id}|{name}>" if names else f"<@{user_id}>"
