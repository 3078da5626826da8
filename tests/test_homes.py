"""An opened Home is shown anew when what it shows changes: not otherwise, not too often, and not for ever."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import wiring
from bot.base.database import Pool, queries
from bot.duty import oncall
from bot.duty.status import Status
from bot.engine.access import Group
from bot.slack.homes import Homes
from bot.slack.people import Directory
from commands import home_view
from tests.support.databases import Database
from tests.support.listing import Standing
from tests.support.pressing import NOW, TEAM, add_user, ask, press
from tests.support.workspace import Hands, running

pytestmark = pytest.mark.database
OUTBOX = queries("outbox")
MEMBERS = {
    Group.OPERATIONS: "U0OP1,U0OP2",
    Group.ENGINEERING: "",
    Group.MANAGEMENT: "U0MGR1,U0MGR2",
    Group.AUDITORS: "U0AUD1",
}


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace without a bot."""
    async with running(tmp_path) as made:
        yield made


def homes(
    pool: Pool, client: AsyncWebClient, *, now: datetime = NOW, pace: float = 1e6, groups: Any = MEMBERS
) -> Homes:
    found = wiring.catalogue()
    directory = Directory(client, groups, TEAM.team_id)
    draw = home_view.drawer(lambda: found, Status())
    return Homes(pool, client, directory, draw, TEAM, Standing(now), pace=pace)


async def open_home(pool: Pool, who: str = "U0MGR1", now: datetime = NOW) -> None:
    """Open a Home of somebody who has used the bot before."""
    await press(pool, "/faxi-oncall", who, kind="command", now=now)
    await press(pool, "app_home_opened", who, kind="event", value="home", now=now, channel=None)


async def take_lease(pool: Pool) -> int:
    async with pool.acquire() as connection:
        return int(await connection.fetchval(OUTBOX["take_lease"], "test"))


async def change(pool: Pool, database: Database) -> None:
    """Have somebody ask management for something."""
    user = await add_user(database, complaints=1, mails=3)
    async with pool.acquire() as connection, connection.transaction():
        await ask(connection, user)


def plain(hands: Hands, who: str = "U0MGR1") -> str:
    """Return what a Home shows; nothing while it was never published."""
    slack = hands.workspace.slack
    return str(slack.shown.view(slack.state.homes[who])["plain"]) if who in slack.state.homes else ""


async def test_it_is_shown_anew_when_what_it_shows_changed_and_only_then(
    pool: Pool, database: Database, hands: Hands
) -> None:
    epoch = await take_lease(pool)
    follower = homes(pool, hands.client)
    await open_home(pool)
    assert await follower.follow(epoch) == 0
    await change(pool, database)
    fresh = homes(pool, hands.client)
    assert await fresh.follow(epoch) == 1
    assert plain(hands).startswith("1 decision waits for you\n")
    assert await fresh.follow(epoch) == 0
    assert await homes(pool, hands.client).follow(epoch) == 0, "another process knows what it shows"


async def test_it_is_drawn_anew_when_something_was_recorded_else_once_a_minute(
    pool: Pool, database: Database, hands: Hands
) -> None:
    epoch = await take_lease(pool)
    follower = homes(pool, hands.client)
    await open_home(pool)
    await follower.follow(epoch)
    await change(pool, database)
    assert await follower.follow(epoch) == 0, "nothing was recorded, as a click would have been"
    await press(pool, "oncall.take", "U0OP1")
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, "U0OP2", NOW)
    follower._clock = Standing(NOW + timedelta(minutes=1))  # noqa: SLF001 - the clock of this test
    assert await follower.follow(epoch) == 1


async def test_one_home_is_shown_at_most_once_in_a_few_seconds(pool: Pool, database: Database, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    await change(pool, database)
    assert await homes(pool, hands.client, pace=1.0).follow(epoch) == 0, "it was opened just now"
    assert await homes(pool, hands.client).follow(epoch) == 1


async def test_a_day_after_it_was_opened_it_is_let_be(pool: Pool, database: Database, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool, now=NOW - timedelta(hours=24))
    await change(pool, database)
    assert await homes(pool, hands.client).follow(epoch) == 0
    await open_home(pool, now=NOW - timedelta(hours=23))
    assert await homes(pool, hands.client, now=NOW + timedelta(minutes=30)).follow(epoch) == 0, "nothing changed since"


async def test_only_the_holder_of_the_lease_shows(pool: Pool, database: Database, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    await change(pool, database)
    assert await homes(pool, hands.client).follow(epoch + 1) == 0
    assert plain(hands) == ""


async def test_after_the_database_was_away_all_are_shown_again(pool: Pool, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    follower = homes(pool, hands.client)
    assert await follower.follow(epoch) == 0
    follower.doubt()
    assert await follower.follow(epoch) == 1
    assert plain(hands).startswith("Welcome: three commands\n")


async def test_who_left_all_groups_is_shown_nothing_more(pool: Pool, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    left = {**MEMBERS, Group.MANAGEMENT: "U0MGR2"}
    assert await homes(pool, hands.client, groups=left).follow(epoch) == 1
    assert plain(hands).startswith("Nothing here for you yet")


async def test_who_was_deactivated_is_forgotten(pool: Pool, database: Database, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    await change(pool, database)
    await hands.do("people", handle="mgr1", deactivated=True)
    assert await homes(pool, hands.client).follow(epoch) == 0
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM chatops.homes") == 0
    assert plain(hands) == ""


async def test_what_slack_did_not_take_is_shown_later(pool: Pool, database: Database, hands: Hands) -> None:
    epoch = await take_lease(pool)
    await open_home(pool)
    await change(pool, database)
    away = AsyncWebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/")
    follower = homes(pool, hands.client)
    follower._client = away  # noqa: SLF001 - Slack is away for this one call
    assert await follower.follow(epoch) == 0
    assert await homes(pool, hands.client).follow(epoch) == 1
