"""Each scenario of the demo happens for real, ends in the right state, and puts back what it switched."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.demo import Demo, open_folder, running_demo

pytestmark = [pytest.mark.system, pytest.mark.database]
MANAGEMENT = "#email-management"
NEWEST = """
    SELECT a.id, a.case_id, a.state, a.requester, a.decided_by, a.expires_at, m.ts, u.email_restricted,
        (SELECT count(*) FROM chatops.restrictions r WHERE r.approval_id = a.id) AS restrictions,
        (SELECT count(*) FROM public.audit_logs l WHERE l.user_id = a.subject AND l.event_type = 'account.restricted')
            AS of_faxi
    FROM chatops.approvals a
    JOIN public.users u ON u.id = a.subject
    JOIN chatops.live_messages m ON m.subject = 'case:' || a.case_id AND m.renderer = 'restriction.request'
    ORDER BY a.id DESC LIMIT 1
"""
CLICKS = """
    SELECT actor, result FROM chatops.audit
    WHERE case_id = $1 AND actor <> 'bot' AND action = 'restriction:approve' ORDER BY number
"""


@pytest.fixture(scope="module")
async def demo(test_folder: Path) -> AsyncIterator[Demo]:
    """Run one demo for all scenarios: they may be played in any order."""
    async with running_demo(open_folder(test_folder)) as running:
        yield running


async def _played(demo: Demo, name: str) -> str:
    """Press the button, press it again meanwhile, and wait until the scenario has ended; return what it says."""
    assert "has begun" in await demo.play(name)
    assert "is still being played" in await demo.play(name)
    said = await _ended(demo)
    assert "did not come to its end" not in said
    assert (await demo.control("faults"))["faults"] == []
    return said


async def _ended(demo: Demo) -> str:
    """Wait until what is being played has ended; return what it says."""
    async with asyncio.timeout(80):
        while (panel := await demo.panel())["running"]:
            await asyncio.sleep(0.1)
    return str(panel["said"])


async def _ask(demo: Demo, query: str, *values: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect((await demo.control("state"))["database_url"])
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


async def _decided(demo: Demo) -> asyncpg.Record:
    """Return the newest request; hold that it was approved once, and that Faxi knows it once."""
    (row,) = await _ask(demo, NEWEST)
    assert (row["state"], row["restrictions"], row["of_faxi"], row["email_restricted"]) == ("approved", 1, 1, True)
    return row


async def _clicks(demo: Demo, case_id: int) -> list[tuple[str, str]]:
    return [(row["actor"], row["result"]) for row in await _ask(demo, CLICKS, case_id)]


async def _thread(demo: Demo, ts: str) -> list[str]:
    """Return what stands in a request's thread; hold that it is in the order of time, and nothing twice."""
    asked = f"messages?as=mgr1&channel={MANAGEMENT[1:]}&thread={ts}"
    seen = [one for one in await demo.control(asked) if not one["ephemeral"]]
    words = [one["plain"] for one in seen]
    assert [one["ts"] for one in seen] == sorted(one["ts"] for one in seen)
    assert len(words) == len(set(words)), words
    live = {"Approve restriction", "Deny…", "Withdraw"}
    assert not live & {button["text"] for one in seen for button in one["buttons"]}, (
        "what is decided has no live buttons"
    )
    return words


async def test_two_managers_who_decide_at_once_make_one_decision(demo: Demo) -> None:
    await _played(demo, "two-managers")
    row = await _decided(demo)
    clicks = await _clicks(demo, row["case_id"])
    assert {actor for actor, _ in clicks} == {"U0MGR1", "U0MGR2"}
    assert sum(result == "approved" for _, result in clicks) == 1
    assert {result: actor for actor, result in clicks}["approved"] == row["decided_by"]
    pressed = [one for one in await demo.control("wire") if one["method"] == "block_actions"][-2:]
    assert len({one["connection"] for one in pressed}) == 2
    assert len(await _thread(demo, row["ts"])) == 3


async def test_a_request_that_no_manager_sees_expires_and_changes_nothing(demo: Demo) -> None:
    await _played(demo, "manager-away")
    (row,) = await _ask(demo, NEWEST)
    assert (row["state"], row["restrictions"], row["email_restricted"]) == ("expired", 0, False)
    state = await demo.control("state")
    assert state["settled"]
    assert datetime.fromisoformat(state["now"]) > row["expires_at"]
    await _thread(demo, row["ts"])
    told = await demo.control("messages?as=op1&channel=@faxi-bot")
    assert "expired" in json.dumps(told[-3:])


@pytest.mark.long
async def test_what_slack_throttles_comes_later_in_its_order_and_once(demo: Demo) -> None:
    await _played(demo, "throttled")
    row = await _decided(demo)
    assert await _clicks(demo, row["case_id"]) == [("U0MGR1", "approved")]
    refused = [one for one in await demo.control("wire") if one["status"] == 429]
    assert len(refused) >= 4
    request, asked, decided = await _thread(demo, row["ts"])
    assert "approved" in request.lower()
    assert "approved" not in asked.lower()
    assert "approved" in decided.lower()


@pytest.mark.long
async def test_clicks_are_answered_while_the_database_is_away_and_count_when_it_is_back(demo: Demo) -> None:
    said = await _played(demo, "database-away")
    assert "database does not answer" in said
    row = await _decided(demo)
    assert ("U0MGR1", "approved") in await _clicks(demo, row["case_id"])
    own = await demo.control(f"messages?as=mgr1&channel={MANAGEMENT[1:]}&thread={row['ts']}")
    everything = json.dumps([*own, *await demo.control(f"messages?as=mgr1&channel={MANAGEMENT[1:]}")])
    assert "database does not answer" in everything
    await _thread(demo, row["ts"])


@pytest.mark.long
async def test_a_killed_process_comes_back_and_nothing_is_said_twice(demo: Demo) -> None:
    before = {one["process"] for one in (await demo.control("state"))["connections"]}
    await _played(demo, "bot-killed")
    row = await _decided(demo)
    assert await _clicks(demo, row["case_id"]) == [("U0MGR1", "approved")]
    assert len(await _thread(demo, row["ts"])) == 3
    after = {one["process"] for one in (await demo.control("state"))["connections"]}
    assert len(before) == len(after) == 2
    assert len(before & after) == 1


async def test_a_scenario_that_there_is_not_is_said(demo: Demo) -> None:
    assert "There is no scenario 'nothing'" in await demo.play("nothing")
    assert (await demo.panel())["running"] is None


async def test_a_scenario_that_cannot_go_on_says_so_and_puts_back_what_it_switched(demo: Demo) -> None:
    await demo.control("people", handle="op1", deactivated=True)
    try:
        await demo.play("throttled")
        assert "This did not come to its end: op1 cannot act" in await _ended(demo)
    finally:
        await demo.control("people", handle="op1", deactivated=False)
    assert (await demo.control("faults"))["faults"] == []


async def test_time_that_two_people_move_at_once_moves_for_both(demo: Demo) -> None:
    before = datetime.fromisoformat((await demo.control("state"))["now"])
    moved = await asyncio.gather(*(demo.control("clock", advance="1h") for _ in range(2)))
    assert all(one["settled"] for one in moved)
    after = max(datetime.fromisoformat(one["now"]) for one in moved)
    assert timedelta(hours=2) <= after - before < timedelta(hours=3)


async def test_the_way_to_tomorrow_leads_to_nine_in_the_morning(demo: Demo) -> None:
    moved = await demo.control("clock", advance=(await demo.panel())["to_tomorrow"])
    assert moved["settled"], moved
    assert moved["now"][11:16] == "00:00", "09:00 in Tokyo"
