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
MANAGEMENT, OPERATIONS = "#email-management", "#email-operations"
NEWEST = """
    SELECT a.id, a.case_id, a.state, a.requester, a.decided_by, a.expires_at, m.ts, u.email_restricted,
        (SELECT count(*) FROM chatops.restrictions r WHERE r.approval_id = a.id) AS restrictions,
        (SELECT count(*) FROM public.audit_logs l WHERE l.user_id = a.subject AND l.event_type = 'account.restricted')
            AS of_faxi
    FROM chatops.approvals a
    JOIN public.users u ON u.id = a.subject
    JOIN chatops.live_messages m ON m.subject = 'case:' || a.case_id AND m.renderer = 'restriction.request'
    WHERE a.requester = 'U0OP1'
    ORDER BY a.id DESC LIMIT 1
"""
NOTICES = """
    SELECT n.state, tell.state, call.state FROM chatops.notices n
    JOIN chatops.steps tell ON (tell.case_id, tell.name) = (n.case_id, n.step)
    JOIN chatops.steps call ON (call.case_id, call.name) = (n.case_id, 'call')
    WHERE n.case_id = $1
"""
HANDOFF = """
    SELECT h.state, h.outgoing, h.incoming, h.sent_at, h.raised_at, m.ts, o.person AS on_call,
        (SELECT count(*) FROM chatops.handoff_items i WHERE i.case_id = h.case_id AND i.state = 'open') AS open
    FROM chatops.handoffs h
    JOIN chatops.live_messages m ON m.subject = 'case:' || h.case_id AND m.renderer = 'handoff'
    JOIN chatops.oncall o ON o.role = 'primary'
    WHERE h.state <> 'accepted'
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


@pytest.fixture
async def new_demo(test_folder: Path) -> AsyncIterator[Demo]:
    """Run a demo in which nothing was played: after days, hundreds of messages follow a handoff at Slack's pace."""
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
    async with asyncio.timeout(400):  # a press that is answered by the message alone is waited for, 5 s each
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


async def _faxes(demo: Demo, case_id: int) -> list[dict[str, Any]]:
    """Return what Telnyx was sent about a case, oldest first."""
    every = await demo.control("faxes")
    return [one for one in every if (one["reference"] or "").startswith(f"OPS-{case_id:04}-F")]


async def _told(demo: Demo, case_id: int) -> list[tuple[str, str, str]]:
    """Return a case's notices: their state, that of their step, and that of telephoning."""
    return [tuple(row) for row in await _ask(demo, NOTICES, case_id)]


async def _jobs(demo: Demo, number: str) -> list[str]:
    """Return the states of a case's faxes in Faxi's own list."""
    query = "SELECT status FROM public.fax_jobs WHERE reference_id LIKE $1 || '-F%' ORDER BY reference_id"
    return [row["status"] for row in await _ask(demo, query, number)]


async def _thread(demo: Demo, ts: str) -> list[str]:
    """Return what stands in a request's thread but for the fax's delivery; hold its order, and nothing twice."""
    asked = f"messages?as=mgr1&channel={MANAGEMENT[1:]}&thread={ts}"
    seen = [one for one in await demo.control(asked) if not one["ephemeral"]]
    words = [one["plain"] for one in seen]
    assert [one["ts"] for one in seen] == sorted(one["ts"] for one in seen)
    assert len(words) == len(set(words)), words
    live = {"Approve restriction", "Deny…", "Withdraw"}
    assert not live & {button["text"] for one in seen for button in one["buttons"]}, (
        "what is decided has no live buttons"
    )
    return [one for one in words if "Fax delivered" not in one]  # which comes when it comes


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


@pytest.mark.long
async def test_a_request_that_no_manager_sees_expires_and_changes_nothing(demo: Demo) -> None:
    await _played(demo, "manager-away")
    (row,) = await _ask(demo, NEWEST)
    assert (row["state"], row["restrictions"], row["email_restricted"]) == ("expired", 0, False)
    moved = await demo.control("clock", advance="1s")
    assert moved["settled"], moved
    assert datetime.fromisoformat(moved["now"]) > row["expires_at"]
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


async def test_a_fax_that_cannot_arrive_leaves_a_task_to_call(demo: Demo) -> None:
    await _played(demo, "fax-fails")
    row = await _decided(demo)
    (fax,) = await _faxes(demo, row["case_id"])
    assert (fax["status"], fax["reason"]) == ("failed", "receiver_unallocated_number")
    assert await _told(demo, row["case_id"]) == [("failed", "failed", "todo")]
    (live,) = [
        one for one in await demo.control(f"messages?as=mgr1&channel={MANAGEMENT[1:]}") if one["ts"] == row["ts"]
    ]
    assert "Restricted, but not told yet" in live["plain"]
    assert any(button["text"] == "Record a contact…" for button in live["buttons"])
    assert "please try another number" in (await _thread(demo, row["ts"]))[-1]


@pytest.mark.long
async def test_a_line_that_is_busy_twice_is_tried_a_third_time_and_the_fax_arrives(demo: Demo) -> None:
    before = datetime.fromisoformat((await demo.control("state"))["now"])
    await _played(demo, "fax-busy")
    row = await _decided(demo)
    number = f"OPS-{row['case_id']:04}"
    sent = await _faxes(demo, row["case_id"])
    assert [one["reference"] for one in sent] == [f"{number}-F{turn}" for turn in (1, 2, 3)]
    assert [(one["status"], one["reason"]) for one in sent] == [("failed", "user_busy")] * 2 + [("delivered", None)]
    first, second, third = (datetime.fromisoformat(one["created_at"]) for one in sent)
    assert second - first >= timedelta(minutes=15)
    assert third - second >= timedelta(hours=1)
    assert third - before < timedelta(days=2)
    assert {9 <= (one + timedelta(hours=9)).hour < 18 for one in (first, second, third)} == {True}, "hours of Tokyo"
    assert await _told(demo, row["case_id"]) == [("told", "done", "todo")]
    assert await _jobs(demo, number) == ["failed", "failed", "delivered"]


@pytest.mark.long
async def test_a_fax_whose_answer_was_lost_is_found_by_asking_and_sent_once(demo: Demo) -> None:
    said = await _played(demo, "answer-lost")
    assert "found by asking" in said
    row = await _decided(demo)
    (fax,) = await _faxes(demo, row["case_id"])
    assert fax["status"] == "delivered"
    assert await _told(demo, row["case_id"]) == [("told", "done", "todo")]
    assert await _jobs(demo, f"OPS-{row['case_id']:04}") == ["delivered"]
    picture = fax["pages"][0]["picture"]
    assert (await demo.read(picture[1:])).startswith(b"\x89PNG")


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


async def test_the_way_to_the_next_working_day_leads_to_nine_in_the_morning_and_its_list(demo: Demo) -> None:
    (advance,) = [one["advance"] for one in (await demo.panel())["jumps"] if "working day" in one["title"]]
    moved = await demo.control("clock", advance=advance)
    assert moved["settled"], moved
    assert moved["now"][11:16] == "00:00", "09:00 in Tokyo"
    last = [one["plain"] for one in await demo.control(f"messages?as=op1&channel={OPERATIONS[1:]}")][-1]
    assert "Morning checklist" in last


@pytest.mark.long
async def test_a_bot_that_was_down_at_nine_brings_the_list_late_once_and_says_how_late(demo: Demo) -> None:
    before = {one["process"] for one in (await demo.control("state"))["connections"]}
    said = await _played(demo, "bot-down")
    assert "09:37" in said
    newest = (
        "SELECT state, planned_at, at FROM chatops.runs WHERE schedule = 'morning' ORDER BY planned_at DESC LIMIT 2"
    )
    row = (await _ask(demo, newest))[0]
    assert row["state"] == "late"
    assert timedelta(minutes=37) <= row["at"] - row["planned_at"] < timedelta(minutes=40)
    lists = [
        one["plain"]
        for one in await demo.control(f"messages?as=op1&channel={OPERATIONS[1:]}")
        if "minutes late" in one["plain"]
    ]
    assert len(lists) == 1, "one list, and it says so"
    after = {one["process"] for one in (await demo.control("state"))["connections"]}
    assert len(after) == 2
    assert not before & after, "all processes were stopped"


async def test_the_first_start_has_missed_no_list(demo: Demo) -> None:
    assert await _ask(demo, "SELECT 1 FROM chatops.runs WHERE state = 'missed'") == []


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_an_item_that_nobody_wants_calls_management_and_leaves_who_is_on_call_there(new_demo: Demo) -> None:
    for _ in range(2):  # the second time, the first one is ended before
        await _played(new_demo, "unwanted-item")
        (row,) = await _ask(new_demo, HANDOFF)
        assert (row["state"], row["outgoing"], row["incoming"], row["on_call"]) == (
            "handed_over",
            "U0OP1",
            "U0OP2",
            "U0OP1",
        )
        assert row["raised_at"] - row["sent_at"] >= timedelta(minutes=30)
        assert row["open"] >= 1
        asked = f"messages?as=op1&channel={OPERATIONS[1:]}"
        (live,) = [one["plain"] for one in await new_demo.control(asked) if one["ts"] == row["ts"]]
        assert "Not accepted: Aoi stays" in live
        thread = [one["plain"] for one in await new_demo.control(f"{asked}&thread={row['ts']}")]
        called = [one for one in thread if "has not accepted" in one]
        assert len(called) == 2, thread
        assert "management" in called[1].lower()
