"""How the workspace says no: to the bot as Slack does, to a person in a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

JSON = dict[str, Any]
"""A decoded JSON object."""


class SlackError(Exception):
    """A Web API call is refused; the message is Slack's own name of the error."""

    def __init__(self, error: str, messages: Sequence[str] = (), **extra: Any) -> None:
        """Keep the error's name, Slack's explanations and further fields of the answer."""
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.extra: Mapping[str, Any] = extra

    def body(self) -> JSON:
        """Return the answer as Slack words it."""
        body: JSON = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class RateLimitedError(SlackError):
    """Too many calls; the bot may come back after some seconds of machine time."""

    def __init__(self, retry_after: int) -> None:
        """Remember after how many seconds the call would be allowed."""
        super().__init__("ratelimited")
        self.retry_after = retry_after


class ControlError(Exception):
    """What a person wanted to do cannot be done; the message is a sentence that says why."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        """Keep the sentence and the HTTP status (4xx) it is answered with."""
        super().__init__(sentence)
        self.status = status
