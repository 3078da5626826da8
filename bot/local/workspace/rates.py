"""How often the bot may call: Slack's tiers, and one post a second in a channel."""

import math
import time
from collections import deque

from .limits import METHODS, number
from .refusals import RateLimitedError

_MINUTE = 60.0


class Rates:
    """Counts calls by machine time; ``pace`` multiplies every limit."""

    def __init__(self, pace: float = 1.0) -> None:
        """Begin with nothing counted."""
        self.pace = pace
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, tuple[float, float]] = {}

    def check(self, method: str) -> None:
        """Count a call of this method.

        Raises:
            RateLimitedError: it is one too many, and is not counted.
        """
        now = time.monotonic()
        window = _MINUTE / self.pace
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= METHODS[method].a_minute:
            raise RateLimitedError(max(1, math.ceil(calls[0] + window - now)))
        calls.append(now)

    def post(self, channel: str) -> None:
        """Count a post into this channel: a few are saved up, then one comes each second.

        Raises:
            RateLimitedError: it is one too many, and is not counted.
        """
        now = time.monotonic()
        rate = number("post.channel_a_second") * self.pace
        burst = float(number("post.channel_burst"))
        saved, at = self._posts.get(channel, (burst, now))
        saved = min(burst, saved + (now - at) * rate)
        if saved < 1:
            self._posts[channel] = (saved, now)
            raise RateLimitedError(max(1, math.ceil((1 - saved) / rate)))
        self._posts[channel] = (saved - 1, now)
