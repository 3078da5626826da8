"""A handoff through the whole program on a moved clock: it comes by itself, is read, taken, asked about, accepted."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces, raw
from tests.support.databases import clone
from tests.support.faces import OPERATIONS
from tests.support.system import JSON, System, running_system

WORDS = "I watch the stuck job, and call Sora when it grows."


@pytest.fixture
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this test."""
    async with faces.running_faces(template) as running:
        yield running


async def stands(system: System, words: str) -> JSON:
    """Return the handoff's message as it stands."""
    await system.settle()
    return await faces.message(system, "op1", OPERATIONS, words)


async def test_the_weekend_handoff_comes_by_itself_and_passes_on_call_when_it_is_accepted(system: System) -> None:
    await system.command("op1", OPERATIONS, "/faxi-oncall take")
    said = await system.message("op3", OPERATIONS, "The export job hangs since noon")
    shortcut = {"as": "op1", "name": "Add to handoff", "channel": OPERATIONS, "ts": said["ts"]}
    await system.post("shortcut", **shortcut)
    view = (await faces.looked(system, "op1"))["id"]
    added = await system.submit("op1", view, {"words": "Watch the stuck job", "if_so": "Call Sora"})
    assert added["result"] != "errors", added
    await faces.until_day(system, 4, "17:30")
    draft = await stands(system, "is anything missing?")
    assert "Draft: Aoi hands over" in draft["plain"]
    assert "Note of Aoi Tanaka" in draft["plain"]
    await system.click("op1", "Send to…", channel=OPERATIONS, ts=draft["ts"])
    view = (await faces.looked(system, "op1"))["id"]
    ren = next(one["id"] for one in (await system.state())["people"] if one["handle"] == "op2")
    me = next(one["id"] for one in (await system.state())["people"] if one["handle"] == "op1")
    refused = await system.submit("op1", view, {"person": me})
    assert "You cannot hand over to yourself." in refused["errors"]["person"]
    assert (await system.submit("op1", view, {"person": ren}))["result"] != "errors"
    sent = await stands(system, "Aoi hands over to Ren")
    assert "stays on call until Ren accepts" in sent["plain"]
    await system.advance("46m")
    late = await stands(system, "Not accepted: Aoi stays")
    shown = await system.click("op2", "handoff.show", channel=OPERATIONS, ts=late["ts"])
    page = shown["answer"]
    for button in [one for one in page["buttons"] if one["text"] == "I have it"]:
        await system.click("op2", button["label"], channel=OPERATIONS, ts=page["ts"])
    taken = await stands(system, "One thing left: accept.")
    await system.click("op2", "Ask Aoi…", channel=OPERATIONS, ts=taken["ts"])
    view = (await faces.looked(system, "op2"))["id"]
    await system.submit("op2", view, {"item": "All of it", "words": "Is Sora there tomorrow?"})
    await faces.close_all(system, "op2")
    await system.click("op2", "Accept handoff…", channel=OPERATIONS, ts=taken["ts"])
    await system.submit("op2", (await faces.looked(system, "op2"))["id"], {"readback": WORDS})
    done = await stands(system, "Ren is on call")
    assert WORDS in done["plain"]
    thread = "\n".join(one["plain"] for one in await system.messages("op1", OPERATIONS, done["ts"]))
    for words in ("hands over", "has not accepted", "Ren asks", "accepted. You are free."):
        assert words in thread, words
    assert "Ren Mori, since" in (await system.command("op3", OPERATIONS, "/faxi-oncall"))["answer"]["plain"]
    past = (await system.command("aud1", OPERATIONS, "/faxi-handoff last"))["answer"]["plain"]
    assert WORDS in past


async def test_a_click_through_each_of_two_replicas_accepts_once(template: Postgres) -> None:
    async with clone(template) as database, running_system(database, pace=500) as system:
        ways = [await system.connection_of(number) for number in range(2)]
        await system.command("op1", OPERATIONS, "/faxi-oncall take", via=ways[0])
        await system.command("op1", OPERATIONS, "/faxi-handoff @op2", via=ways[1])
        draft = await stands(system, "is anything missing?")
        await system.click("op1", "Send to Ren", channel=OPERATIONS, ts=draft["ts"])
        sent = await stands(system, "Aoi hands over to Ren")
        for button in [one for one in sent["buttons"] if one["text"] == "I have it"]:
            await system.click("op2", button["label"], channel=OPERATIONS, ts=sent["ts"])
        taken = await stands(system, "One thing left: accept.")
        value = next(one["value"] for one in taken["buttons"] if one["text"] == "Accept handoff…")
        forms = [raw.submission(system, "op2", "handoff.accept", {"readback": WORDS}, value) for _ in ways]
        both = [raw.hand_over(system, "interactive", form, way) for form, way in zip(forms, ways, strict=True)]
        assert all(one.acknowledged for one in await asyncio.gather(*both))
        await stands(system, "Ren is on call")
        results = await system.fetch("SELECT result FROM chatops.audit WHERE action = 'handoff:accept' ORDER BY result")
        assert [row["result"] for row in results] == ["accepted", "refused:accepted"]
        assert await system.value("SELECT count(*) FROM chatops.posts WHERE renderer = 'handoff.accepted'") == 1
