"""At five complaints the bot asks management by itself, once for each crossing, and again while nobody decides."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database

HOUR = timedelta(hours=1)


@pytest.fixture
async def watch(database: Database, pool: Pool) -> Watch:
    """Give a bot that watches an empty mail since a minute ago."""
    made = Watch(database, pool)
    await made.begin()
    await made.tick(MINUTE)
    return made


async def test_the_fifth_complaint_makes_the_bot_ask_once(watch: Watch) -> None:
    user = await watch.account()
    *_, fifth = await watch.complain(user, 9 * DAY, 7 * DAY, 5 * DAY, DAY, HOUR)
    for _ in range(3):
        await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "waiting")]
    assert await watch.crossings(user) == [(fifth, "raised", 1)]
    assert await watch.records("restriction:ask") == [("asked", {"reason": "complaints", "asked": 1})]
    await watch.complain(user, HOUR / 2)
    await watch.tick(MINUTE)
    assert await watch.requests(user) == [("bot", "waiting")]


async def test_nothing_is_said_of_an_empty_mail(watch: Watch) -> None:
    await watch.tick(DAY)
    assert await watch.fetch("SELECT 1 FROM chatops.posts") == []
    assert await watch.fetch("SELECT 1 FROM chatops.audit") == []


async def test_the_third_complaint_opens_a_review_once(watch: Watch) -> None:
    user = await watch.account()
    await watch.complain(user, 9 * DAY, 7 * DAY)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == []
    third, _ = await watch.complain(user, HOUR, HOUR / 2)
    await watch.tick(MINUTE)
    await watch.tick(MINUTE)
    assert await watch.crossings(user, 3) == [(third, "raised", 0)]
    (case,) = await watch.fetch("SELECT id, procedure, severity, due_at, opened_at, owner FROM chatops.cases")
    assert (case["procedure"], case["severity"], case["owner"]) == ("flagged", "warning", None)
    assert case["due_at"] - case["opened_at"] == DAY
    assert await watch.records("flagged:open") == [("opened", {"complaints": 4})]
