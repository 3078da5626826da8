"""Slack is away, slow or forgetful: what waits is said in its order, once or marked, and ends in the newest state."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
    Request,
    add_accounts,
    ask,
    assert_chain_is_whole,
    assert_restricted_once,
    results,
    until,
    words,
)
from tests.support.system import JSON, System, running_system

pytestmark = pytest.mark.system

AGAIN = "Sent again"
NOTE = "Done today, and written down."


@asynccontextmanager
async def asked(database: Database) -> AsyncIterator[tuple[System, Request]]:
    """Run one process and ask for a restriction."""
    async with running_system(database, replicas=1, pace=50) as system:
        (account,) = await add_accounts(database, 1)
        request = await ask(system, "op1", account)
        await system.settle()
        yield system, request


async def struck(system: System, method: str) -> int:
    """Return how often the faults of a method have struck."""
    found = await system.get("faults")
    return sum(one["hits"] for one in found["faults"] if one["method"] == method)


async def let_retries_come(system: System) -> None:
    """Do what waiting would do: end the waits between tries (seconds to minutes of machine time)."""
    for table in ("live_messages", "posts"):
        await system.fetch(f"UPDATE chatops.{table} SET retry_at = NULL WHERE retry_at IS NOT NULL")  # noqa: S608


async def answer_step(system: System, request: Request) -> None:
    """Answer the present step of the case, as a manager."""

    async def button() -> bool:
        (shown,) = [one for one in await system.messages("mgr2", MANAGEMENT) if one["ts"] == request.ts]
        return any(one["text"] == "Answer…" for one in shown["buttons"])

    await until(button, "the button for the next step")
    await system.click("mgr2", "Answer…", **request.where)

    async def form() -> JSON | None:
        return next((one for one in await system.views("mgr2") if one["callback_id"] == "case.answer"), None)

    page = await until(form, "the form for the step")
    sent = await system.submit("mgr2", page["id"], {"Note, or why not": NOTE})
    assert "Saved" in sent["view"]["plain"], sent
    await system.person("mgr2").close(sent["view"]["id"])


async def edited(system: System) -> bool:
    """Say whether every live message shows the newest state."""
    return not await system.fetch("SELECT FROM chatops.live_messages WHERE wanted > shown")


async def thread(system: System, request: Request) -> list[str]:
    """Return what stands in the thread of the request, oldest first."""
    seen = await system.messages("mgr1", MANAGEMENT, request.ts)
    return [str(one["plain"]) for one in seen if one["ts"] != request.ts and not one["ephemeral"]]


async def posted(system: System) -> dict[tuple[str, str], list[bool]]:
    """Return by channel and words which posts reached Slack, and for each whether it says "Sent again"."""
    said: dict[tuple[str, str], list[bool]] = {}
    for call in await system.get("wire"):
        lost = call["response"] == "fault: the answer was lost"
        if call["method"] == "chat.postMessage" and (call["status"] == 200 or lost):
            body = call["body"]
            said.setdefault((body["channel"], body["text"]), []).append(AGAIN in json.dumps(body["blocks"]))
    return said


@pytest.mark.parametrize("kind", ["server_error", "html", "ratelimited"])
async def test_what_waits_while_slack_is_away_comes_in_its_order_and_ends_in_the_newest_state(
    database: Database, kind: str
) -> None:
    async with asked(database) as (system, request):
        await system.post("faults", kind=kind, method="chat.postMessage")
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await answer_step(system, request)
        await until(lambda: edited(system), "an edit, for only posts are refused yet")
        await system.post("faults", kind=kind, method="chat.update")
        await answer_step(system, request)

        async def tried() -> bool:
            return await struck(system, "chat.postMessage") >= 3 and await struck(system, "chat.update") >= 1

        await until(tried, "calls that Slack refuses")
        assert len(await thread(system, request)) == 1  # only what was said before
        await system.post("faults")
        await let_retries_come(system)
        await system.settle()

        said = await thread(system, request)
        beginnings = ["Asked by", "Approved by", "4. Tell the person", "6. Document it"]
        assert [text[: len(beginning)] for text, beginning in zip(said, beginnings, strict=True)] == beginnings
        for place, marked in (await posted(system)).items():
            assert len(marked) == 1, place
        (shown,) = [one for one in await system.messages("mgr1", MANAGEMENT) if one["ts"] == request.ts]
        assert not [one for one in shown["buttons"] if one["text"] in {APPROVE, "Answer…"}]
        await assert_restricted_once(system, [request.account])
        await assert_chain_is_whole(system)


async def test_a_post_whose_answer_was_lost_stands_there_twice_and_says_so(database: Database) -> None:
    async with running_system(database, replicas=1, pace=50) as system:
        (account,) = await add_accounts(database, 1)
        await system.settle()
        await system.post("faults", kind="answer_lost", method="chat.postMessage", channel=MANAGEMENT, count=1)
        request = await ask(system, "op1", account)
        await system.settle()
        await system.post("faults", kind="answer_lost", method="chat.postMessage", channel="#email-alerts", count=1)
        copy, live = [one for one in await system.messages("mgr1", MANAGEMENT) if one["buttons"]]
        assert AGAIN not in copy["plain"]
        assert AGAIN in live["plain"]
        assert live["ts"] == request.ts
        # Somebody presses on the copy that the bot does not know: it counts, and the copy points on.
        assert "Approved" in words(await system.click("mgr1", APPROVE, channel=MANAGEMENT, ts=copy["ts"]))
        await system.settle()
        seen = {one["ts"]: one for one in await system.messages("mgr1", MANAGEMENT)}
        assert "stands here twice" in seen[copy["ts"]]["plain"]
        assert not [one for one in seen[copy["ts"]]["buttons"] if one["text"] == APPROVE]
        first, second = await system.messages("mgr1", "#email-alerts")
        assert AGAIN not in first["plain"]
        assert AGAIN in second["plain"]
        doubled = [place for place, marked in (await posted(system)).items() if len(marked) > 1]
        assert len(doubled) == 2, doubled
        await assert_restricted_once(system, [account])


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
async def test_a_click_while_slack_does_not_say_who_may_what_changes_nothing(database: Database, method: str) -> None:
    async with asked(database) as (system, request):
        await system.post("faults", kind="server_error", method=method)
        await system.terminate(0)  # who has just started remembers nobody
        await system.start(0)
        said = words(await system.click("mgr1", APPROVE, **request.where))
        for part in ("Your rights cannot be checked", "Nothing was changed", "press again"):
            assert part in said
        assert await system.value("SELECT state FROM chatops.approvals") == "waiting"
        refused = await system.fetch("SELECT allowed, result FROM chatops.audit WHERE action = 'restriction:approve'")
        assert [tuple(row.values()) for row in refused] == [(False, "refused:rights_unknown")]
        await system.post("faults")
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await system.settle()
        await assert_restricted_once(system, [request.account])


async def test_an_answer_that_the_response_url_does_not_take_comes_another_way(database: Database) -> None:
    async with asked(database) as (system, request):
        await system.post("faults", kind="server_error", method="response_url")
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await system.post("faults", kind="server_error", method="chat.postEphemeral")
        assert "Already approved" in words(await system.click("mgr2", APPROVE, **request.where))


@pytest.mark.long
async def test_a_message_that_slack_swallows_holds_up_none_beside_it_and_comes_again_marked(database: Database) -> None:
    async with asked(database) as (system, request):
        await system.post("faults", kind="timeout", method="chat.postMessage", channel="#email-alerts", count=1)
        await system.click("mgr1", APPROVE, **request.where)

        async def others() -> bool:
            return len(await thread(system, request)) == 2

        await until(others, "the post to management")

        async def lost() -> Any:
            return await system.fetch("SELECT error FROM chatops.posts WHERE error LIKE '%in time%'")

        assert not await lost()
        await until(lost, "the time-out")
        await let_retries_come(system)
        await system.settle()
        (alert,) = await system.messages("mgr1", "#email-alerts")
        assert AGAIN in alert["plain"]
        await assert_restricted_once(system, [request.account])


@pytest.mark.parametrize("kind", ["disconnect", pytest.param("half_open", marks=pytest.mark.long)])
async def test_a_lost_socket_comes_back_without_a_restart(database: Database, kind: str) -> None:
    async with asked(database) as (system, request):
        process = system.replicas[0].child.pid
        before = {one["id"] for one in (await system.state())["connections"]}
        await system.post("faults", kind=kind)

        async def new() -> bool:
            now = (await system.state())["connections"]
            return len({one["id"] for one in now} - before) == 2

        await until(new, "two new connections", within=40)
        assert "Approved" in words(await system.click("mgr1", APPROVE, **request.where))
        await system.settle()
        assert await results(system, request.account, "restriction:approve") == ["approved"]
        assert system.replicas[0].child.pid == process
