"""People, groups and channels as Slack knows them, asked rarely and never guessed.

What is cached goes by the monotonic clock. When Slack does not say, the answer is
:class:`bot.engine.access.RightsUnknown`: nothing is permitted on a guess.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.engine.access import MAX_AGE, Group, Membership, Person, RightsUnknown
from bot.slack.client import Refused, SlackCallError, Throttled, failures

T = TypeVar("T")
log = structlog.get_logger(__name__)

_RENEW = 45.0
# Renewed before it is too old, so that what is handed out is still fresh when a transaction looks.
_PATIENCE = 2.5
_MOST_PEOPLE = 2000
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_SLACKBOT = "USLACKBOT"
_PAGE = 200
_WAITS = 3
_LONGEST_WAIT = 60.0


class Directory:
    """Slack's people and groups, cached at most 60 s; many who ask at once share one request."""

    def __init__(
        self,
        client: AsyncWebClient,
        groups: Mapping[Group, str],
        team_id: str,
        *,
        patience: float = _PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without having asked anything.

        Args:
            client: the shared client.
            groups: for each group a user group's id (``S...``), people (``U...,U...``) or nothing.
            team_id: our workspace; people of another are foreign.
            patience: seconds that one who asks waits for Slack.
            monotonic: machine time in seconds, which the age of what is cached goes by.
        """
        self._client = client
        self._groups = groups
        self._team_id = team_id
        self._patience = patience
        self._monotonic = monotonic
        self._members = _Cached(self._read_members, patience, monotonic)
        self._people: dict[str, _Cached[Person]] = {}
        self._direct: dict[str, str] = {}
        self._asked_direct: dict[str, _Cached[str]] = {}

    async def person(self, user_id: str) -> Person:
        """Say who somebody is; one whom Slack does not show us counts as of another workspace.

        Raises:
            RightsUnknown: Slack does not answer in time.
        """
        if user_id not in self._people:
            self._forget_the_stale()
            self._people[user_id] = _Cached(lambda: self._read_person(user_id), self._patience, self._monotonic)
        return await self._people[user_id].get()

    async def direct(self, user_id: str) -> str:
        """Return the id of somebody's direct message with the bot, which never changes.

        Raises:
            RightsUnknown: Slack does not answer in time, or does not open one.
        """
        if user_id not in self._direct:
            asked = _Cached(lambda: self._read_direct(user_id), self._patience, self._monotonic)
            # Dropped once it is known: only its id is worth keeping.
            self._direct[user_id] = await self._asked_direct.setdefault(user_id, asked).get()
            self._asked_direct.pop(user_id, None)
        return self._direct[user_id]

    async def members(self) -> Membership:
        """Return who is in which group, all read together.

        Raises:
            RightsUnknown: Slack does not answer in time, or does not know a group.
        """
        return await self._members.get()

    def _forget_the_stale(self) -> None:
        if len(self._people) >= _MOST_PEOPLE:
            self._people = {user_id: one for user_id, one in self._people.items() if one.usable}

    async def _read_person(self, user_id: str) -> Person:
        try:
            with failures():
                answer = await self._client.users_info(user=user_id)
        except Refused as refused:
            if refused.error not in _NOBODY:
                raise
            return Person(id=user_id, name=user_id, team="", foreign=True)
        return _person(user_id, answer["user"], self._team_id)

    async def _read_direct(self, user_id: str) -> str:
        with failures():
            answer = await self._client.conversations_open(users=user_id)
        return str(answer["channel"]["id"])

    async def _read_members(self) -> Membership:
        # The age counts from before the first request: what changes meanwhile may be missed.
        read_at = self._monotonic()
        groups = list(self._groups)
        found = await asyncio.gather(*(self._read_group(self._groups[group]) for group in groups))
        return Membership(groups=dict(zip(groups, found, strict=True)), read_at=read_at)

    async def _read_group(self, setting: str) -> frozenset[str]:
        if not setting.startswith("S"):
            return frozenset(part.strip() for part in setting.split(",") if part.strip())
        with failures():
            answer = await self._client.usergroups_users_list(usergroup=setting)
        return frozenset(str(one) for one in answer["users"])


class _Cached(Generic[T]):
    """One thing that Slack is asked for: read at most once at a time, kept at most 60 s."""

    def __init__(self, read: Callable[[], Awaitable[T]], patience: float, monotonic: Callable[[], float]) -> None:
        self._read = read
        self._monotonic = monotonic
        self._patience = patience
        self._value: T | None = None
        self._read_at = -MAX_AGE * 2
        self._task: asyncio.Task[None] | None = None
        self._not_before = 0.0

    @property
    def usable(self) -> bool:
        """Whether there is a value that is not too old."""
        return self._value is not None and self._monotonic() - self._read_at < MAX_AGE

    async def get(self) -> T:
        now = self._monotonic()
        if self._value is not None and now - self._read_at < _RENEW:
            return self._value
        if now >= self._not_before:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._renew(), name="ask Slack who may what")
            # Shielded: the request goes on for others when one of those who wait is cancelled.
            await asyncio.wait({self._task}, timeout=self._patience)
        if self._value is not None and self.usable:
            return self._value
        raise RightsUnknown("Slack did not say who may what")

    async def _renew(self) -> None:
        started = self._monotonic()
        try:
            value = await self._read()
        except Throttled as slower:
            self._not_before = self._monotonic() + min(slower.retry_after, MAX_AGE)
            log.warning("Slack wants fewer questions about people", retry_after=slower.retry_after)
        except SlackCallError as failure:
            log.warning("Slack did not say who may what", failure=str(failure))
        except (KeyError, TypeError, AttributeError, ValueError) as shape:
            log.warning("Slack's answer about people lacks something", missing=repr(shape))
        else:
            self._value, self._read_at = value, started


def _person(user_id: str, user: Mapping[str, Any], team_id: str) -> Person:
    profile = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    team = str(user.get("team_id") or "")
    on_the_grid = (user.get("enterprise_user") or {}).get("teams") or []
    return Person(
        id=user_id,
        name=next((str(name) for name in names if name), user_id),
        team=team,
        zone=str(user.get("tz") or "Asia/Tokyo"),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        bot=bool(user.get("is_bot") or user.get("is_workflow_bot") or user_id == _SLACKBOT),
        deactivated=bool(user.get("deleted")),
        foreign=bool(user.get("is_stranger")) or (team != team_id and team_id not in on_the_grid),
    )


class ChannelsError(Exception):
    """Configured channels are not there for the bot; the message names each and what to do."""


async def channel_ids(client: AsyncWebClient, names: Iterable[str]) -> dict[str, str]:
    """Find the ids of configured channels, each a name (with or without ``#``) or an id.

    Returns:
        the id of each name as it was given.

    Raises:
        ChannelsError: one is missing, or the bot is not in it, or people of another organization read it.
        SlackCallError: Slack does not answer.
    """
    wanted = list(dict.fromkeys(names))
    found: dict[str, Mapping[str, Any]] = {}
    cursor = ""
    while True:
        page = await _channel_page(client, cursor)
        for channel in page.get("channels") or []:
            found.setdefault(str(channel["id"]), channel)
            found.setdefault(str(channel["name"]), channel)
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor or all(name.removeprefix("#") in found for name in wanted):
            break
    problems = []
    for name in wanted:
        channel = found.get(name.removeprefix("#"), {})
        if not channel:
            problems.append(
                f"{name} is not there, or it is private and the bot is not in it: make it, or invite the bot"
            )
        elif not channel.get("is_member"):
            problems.append(f"the bot is not in {name}: invite it there")
        elif channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
            problems.append(
                f"{name} is shared with another organization, who would read of Faxi's accounts: end that, "
                "or name another channel"
            )
    if problems:
        raise ChannelsError("Channels are not ready:\n" + "\n".join(f"  - {problem}" for problem in problems))
    return {name: str(found[name.removeprefix("#")]["id"]) for name in wanted}


async def _channel_page(client: AsyncWebClient, cursor: str) -> Mapping[str, Any]:
    """Read one page, waiting where Slack asks for it (it allows about 20 a minute)."""
    for _ in range(_WAITS):
        try:
            return await _list_channels(client, cursor)
        except Throttled as slower:
            await asyncio.sleep(min(slower.retry_after, _LONGEST_WAIT))
    return await _list_channels(client, cursor)


async def _list_channels(client: AsyncWebClient, cursor: str) -> Mapping[str, Any]:
    with failures():
        answer = await client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=_PAGE, cursor=cursor or None
        )
    data = answer.data
    return data if isinstance(data, dict) else {}
