"""What Slack hands out with an interaction: trigger ids, response URLs, and who waits for an answer."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from .limits import number
from .refusals import JSON, SlackError

Came = Literal["command", "message", "ephemeral"]
"""From what a response URL came: a slash command, a message of a channel, or an ephemeral one."""


@dataclass(eq=False)
class Interaction:
    """Something a person did; it is answered by the first message or view they get for it."""

    person: str
    at_home: bool = False  # done by opening App Home or in it, so that App Home may answer it
    answer: asyncio.Future[JSON] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, answer: JSON) -> None:
        """Note the answer, unless there was one already."""
        if not self.answer.done():
            self.answer.set_result(answer)


@dataclass(eq=False)
class Trigger:
    """A trigger id: good for one view, for three seconds of machine time."""

    id: str
    interaction: Interaction
    issued: float
    used: bool = False

    @property
    def person(self) -> str:
        """Whose screen it opens a view on."""
        return self.interaction.person


@dataclass(eq=False)
class ResponseUrl:
    """A response URL: five uses in thirty minutes of business time."""

    id: str
    interaction: Interaction
    channel: str
    came: Came
    issued: datetime
    message: str | None = None
    thread: str | None = None
    uses: int = 0


_KEPT = 10_000
"""How many trigger ids and response URLs are remembered; older ones are unknown."""
_T = TypeVar("_T")


def _forget(kept: dict[str, _T]) -> None:
    """Forget the oldest when there are too many; a dict remembers its order."""
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


class Permits:
    """Issues and takes back what an interaction carries."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin with none; ``now`` tells business time."""
        self._now = now
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._waiting: list[Interaction] = []

    def interaction(self, person: str, *, at_home: bool = False) -> Interaction:
        """Begin an interaction of this person, which waits for its answer."""
        self._waiting = [one for one in self._waiting if not one.answer.done()][-200:]
        interaction = Interaction(person, at_home)
        self._waiting.append(interaction)
        return interaction

    def give_up(self, interaction: Interaction) -> None:
        """Wait no longer for this one's answer."""
        if interaction in self._waiting:
            self._waiting.remove(interaction)

    def answered(self, person: str, answer: JSON, *, at_home: bool = False) -> None:
        """Take something this person got, that names no interaction, as the answer to their oldest one.

        App Home (``at_home``) also changes by itself: it answers only what was done there.
        """
        for interaction in self._waiting:
            fits = interaction.at_home or not at_home
            if fits and interaction.person == person and not interaction.answer.done():
                interaction.settle(answer)
                return

    def trigger(self, interaction: Interaction) -> str:
        """Issue a trigger id."""
        micros = int(self._now().timestamp() * 1_000_000)
        trigger = Trigger(f"{micros}.{secrets.token_hex(16)}", interaction, time.monotonic())
        self._triggers[trigger.id] = trigger
        _forget(self._triggers)
        return trigger.id

    def take(self, trigger_id: str) -> Trigger:
        """Use a trigger id up.

        Raises:
            SlackError: ``invalid_trigger_id``, ``exchanged_trigger_id`` or ``expired_trigger_id``.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.issued > number("trigger_id.seconds"):
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def url(
        self,
        interaction: Interaction,
        channel: str,
        came: Came,
        *,
        message: str | None = None,
        thread: str | None = None,
    ) -> str:
        """Issue a response URL and return its id."""
        url = ResponseUrl(secrets.token_hex(20), interaction, channel, came, self._now(), message, thread)
        self._urls[url.id] = url
        _forget(self._urls)
        return url.id

    def use(self, url_id: str) -> ResponseUrl:
        """Count one use of a response URL.

        Raises:
            SlackError: ``no_such_url``, ``expired_url`` or ``used_url``.
        """
        url = self._urls.get(url_id)
        if url is None:
            raise SlackError("no_such_url")
        if self._now() - url.issued > timedelta(minutes=number("response_url.minutes")):
            raise SlackError("expired_url")
        if url.uses >= number("response_url.uses"):
            raise SlackError("used_url")
        url.uses += 1
        return url
