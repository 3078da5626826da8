"""The pace of what is sent: a post a second a channel, forty edits a minute in all, and Slack's own waits."""

import time
from collections import deque

POST_SECONDS = 1.0
"""Machine time between two posts in one channel (Slack: about one a second a channel)."""
EDITS_A_MINUTE = 40
"""Edits a minute in all; Slack allows chat.update about fifty."""


class Pace:
    """What the sender may send now. Lives in the one process that holds the sender's lease."""

    def __init__(self, multiple: float = 1.0) -> None:
        """Begin carefully, as if something had just been sent.

        Parameters:
            multiple: how much faster than in production (``FAXI_PACE``).
        """
        self._gap = POST_SECONDS / multiple
        self._edits_most = max(1, int(EDITS_A_MINUTE * multiple))
        self._began = time.monotonic()
        self._posts: dict[str, float] = {}
        self._edits: deque[float] = deque()
        self._held: dict[str, float] = {}

    def may_post(self, channel: str) -> bool:
        """Say whether a post may go to this channel now."""
        now = time.monotonic()
        return now >= self._posts.get(channel, self._began) + self._gap and now >= self._held.get(
            f"post {channel}", 0.0
        )

    def take_edit(self) -> bool:
        """Take one of the minute's edits; say whether there was one to take."""
        now = time.monotonic()
        while self._edits and self._edits[0] <= now - 60:
            self._edits.popleft()
        if len(self._edits) >= self._edits_most or now < self._held.get("edit", 0.0):
            return False
        self._edits.append(now)
        return True

    def posted(self, channel: str) -> None:
        """Note that a post is on its way."""
        self._posts[channel] = time.monotonic()

    def hold(self, what: str, seconds: float) -> None:
        """Wait as Slack asks: ``post <channel>`` or ``edit``."""
        self._held[what] = time.monotonic() + seconds
