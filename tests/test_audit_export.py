"""An export of records reaches the person alone, whole, and is recorded."""

import csv
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import effects
from bot.engine.access import Group
from bot.local.postgres import Postgres
from bot.slack.interactions import Errors, Outcome, Show
from bot.slack.people import Directory
from commands import audit_export
from commands.audit_export import KIND, Exporter
from tests.support import faces, lifting, pressing, screens
from tests.support.databases import Database
from tests.support.faces import OPERATIONS
from tests.support.floor import Floor, running_floor
from tests.support.outside import SetClock
from tests.support.pressing import add_user, press, words
from tests.support.searching import NOW, record, search, story, value_of
from tests.support.system import JSON
from tests.support.team import at
from tests.support.workspace import eventually
from tests.test_screens import drawn, lines


@dataclass
class Desk:
    """What sends exports in a test: the local Slack, and people in their groups."""

    pool: Pool
    floor: Floor
    groups: dict[Group, str]

    async def send(self) -> str:
        """Bring the export that waits as far as it goes now; return its state."""
        async with self.pool.acquire() as connection:
            row = await connection.fetchval(
                "SELECT id FROM chatops.effects WHERE kind = $1 AND state = 'waiting'", KIND
            )
            effect = await effects.load(connection, row)
        assert effect is not None
        client = self.floor.client
        directory = Directory(client, self.groups, "T0FAXI")
        rights = {one.tag: one.right for one in wiring.catalogue()}
        clock = SetClock(NOW)
        await Exporter(self.pool, pressing.TEAM, clock, client, directory, rights, pace=1000)(effect, 1)
        async with self.pool.acquire() as connection:
            after = await effects.load(connection, effect.id)
        assert after is not None
        return after.state

    def files(self) -> dict[str, str]:
        """Return what Slack has, by name."""
        found = self.floor.workspace.slack.state.files.values()
        return {one.name: (one.content or b"").decode("utf-8-sig") for one in found if one.complete}

    async def records(self) -> list[tuple[str, str]]:
        """Return what was recorded of sending."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch("SELECT actor, result FROM chatops.audit WHERE action = 'audit:send'")
        return [(row["actor"], row["result"]) for row in rows]


@pytest.fixture
async def desk(pool: Pool, tmp_path: Path) -> AsyncIterator[Desk]:
    """Run a local Slack beside the database."""
    async with running_floor(tmp_path) as floor:
        yield Desk(pool, floor, {group: ",".join(sorted(people)) for group, people in pressing.GROUPS.items()})


async def export(pool: Pool, form: str, who: str = "U0MGR1", text: str = "") -> Outcome:
    """Search, press Export… and send the form."""
    value = value_of((await search(pool, text, who)).blocks)
    opened = await press(pool, "audit.export", who, now=NOW, value=value)
    assert isinstance(opened.answer, Show)
    view = opened.answer.view
    assert list(screens.problems("modal", view.payload())) == []
    values = {"form": form, "why": "case"}
    return await press(
        pool, "audit.export", who, kind="view", channel=None, now=NOW, metadata=view.metadata, values=values
    )


async def test_an_export_is_asked_for_as_drawn_and_recorded_with_its_number(pool: Pool) -> None:
    await story(pool, fill=36)
    value = value_of((await search(pool)).blocks)
    opened = await press(pool, "audit.export", "U0MGR1", now=NOW, value=value)
    assert isinstance(opened.answer, Show)
    view = opened.answer.view
    drawn_view = drawn("audit")["export"]["view"]
    assert (view.title, view.submit, view.close) == ("Export records", "Export records", "Cancel")
    said = "\n".join(lines(list(view.blocks)))
    # what it is for is chosen, for nothing typed goes into a record; accounts stand there by Faxi's id
    otherwise = ("Accounts by case number only", "can be verified", "yearly audit")
    missing = [one for one in lines(drawn_view["blocks"]) if one not in said]
    assert [one for one in missing if not any(word in one for word in otherwise)] == []
    assert "*47 records since yesterday*" in words(view.blocks)
    for values in ({"form": "jsonl"}, {"why": "case"}, {"form": "xml", "why": "fun"}):
        wrong = await press(
            pool, "audit.export", "U0MGR1", kind="view", channel=None, now=NOW, metadata=view.metadata, values=values
        )
        assert isinstance(wrong.answer, Errors)
    outcome = await export(pool, "jsonl")
    assert (outcome.result, outcome.parameters) == (
        "asked",
        {"first": "2026-11-24", "up_to": 47, "records": 47, "form": "jsonl", "why": "case"},
    )
    old = await press(pool, "audit.export", "U0MGR1", now=NOW, value="au_unknown1")
    assert old.result == "refused:unknown_button"


async def test_the_file_comes_in_a_message_to_the_person_alone_and_can_be_compared_with_the_chain(
    pool: Pool, desk: Desk
) -> None:
    await story(pool)
    await export(pool, "jsonl")
    await record(pool, NOW)
    assert await desk.send() == "done"
    (told,) = await desk.floor.calls("files.completeUploadExternal")
    (opened,) = await desk.floor.calls("conversations.open")
    assert told["body"]["channel_id"] == opened["response"]["channel"]["id"]
    assert told["body"]["initial_comment"] == "11 records, as you asked for. The export is recorded."
    rows = [json.loads(line) for line in desk.files()["records-1-11.jsonl"].splitlines()]
    async with pool.acquire() as connection:
        hashes = [row["hash"].hex() for row in await connection.fetch("SELECT hash FROM chatops.audit ORDER BY number")]
    assert [row["hash"] for row in rows] == hashes[:11]
    assert await desk.records() == [("bot", "delivered")]


async def test_a_spreadsheet_holds_sentences_without_numbers_and_no_formula(
    pool: Pool, database: Database, desk: Desk
) -> None:
    user_id = await add_user(database)
    await record(pool, at("2026-11-25 08:00"), "U0EVIL", "account:show", subject=user_id)
    await record(pool, at("2026-11-25 08:39"), "U0OP2", "restriction:approve", "refused:not_allowed", 53, allowed=False)
    async with database.connect() as connection:
        await connection.execute(
            "INSERT INTO chatops.people (id, name, seen_at) VALUES ('U0EVIL', '=HYPERLINK(1)', $1)", NOW
        )
    await export(pool, "csv")
    assert await desk.send() == "done"
    rows = list(csv.reader(desk.files()["records-1-2.csv"].splitlines()))
    assert rows == [
        ["number", "when", "who", "what", "result", "case", "tag"],
        [
            "1",
            "2026-11-25 08:00:00+09:00",
            "'=HYPERLINK(1)",
            "looked at an account",
            "shown, masked",
            "",
            "account:show",
        ],
        [
            "2",
            "2026-11-25 08:39:00+09:00",
            "Ren Mori",
            "tried to approve the restriction OPS-0053",
            "refused, only management may",
            "OPS-0053",
            "restriction:approve",
        ],
    ]


async def test_operations_export_their_own_records_also_with_a_value_of_managements(pool: Pool, desk: Desk) -> None:
    await story(pool)
    value = value_of((await search(pool)).blocks)
    values = {"form": "jsonl", "why": "person"}
    await press(pool, "audit.export", "U0OP2", kind="view", channel=None, now=NOW, metadata=value, values=values)
    assert await desk.send() == "done"
    (content,) = desk.files().values()
    assert [json.loads(line)["actor"] for line in content.splitlines()] == ["U0OP2", "U0OP2"]


async def test_whoever_left_management_meanwhile_gets_no_file(pool: Pool, desk: Desk) -> None:
    await story(pool)
    await export(pool, "jsonl")
    desk.groups[Group.MANAGEMENT] = "U0MGR2"
    assert await desk.send() == "cancelled"
    assert desk.files() == {}
    assert await desk.records() == [("bot", "not_allowed")]


async def test_a_file_that_cannot_be_sent_is_tried_again_and_in_the_end_the_person_is_told(
    pool: Pool, database: Database, desk: Desk
) -> None:
    await story(pool)
    await export(pool, "jsonl")
    await desk.floor.control("faults", kind="ratelimited", method="files.getUploadURLExternal", retry_after=1, count=1)
    async with database.connect() as connection:
        assert await desk.send() == "waiting"
        assert await connection.fetchval("SELECT attempts FROM chatops.effects") == 1
        await connection.execute("UPDATE chatops.effects SET attempts = 7")
        await desk.floor.control(
            "faults", kind="ratelimited", method="files.getUploadURLExternal", retry_after=1, count=1
        )
        assert await desk.send() == "failed"
        post = await connection.fetchrow("SELECT renderer, destination FROM chatops.posts")
    assert post is not None
    assert tuple(post) == ("audit.export_lost", "U0MGR1")
    said = await lifting.drawn(pool, "audit", "audit.export_lost")
    assert list(screens.problems("message", said.as_arguments())) == []
    assert await desk.records() == [("bot", "failed")]


async def test_more_than_fits_into_one_file_is_refused_before_it_is_asked_for(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story(pool)
    monkeypatch.setattr(audit_export, "MOST", 10)
    value = value_of((await search(pool)).blocks)
    outcome = await press(pool, "audit.export", "U0MGR1", now=NOW, value=value)
    assert (outcome.result, outcome.allowed) == ("refused:too_many", False)
    assert isinstance(outcome.answer, Show)
    assert "*Too many for one file:* 11 records, and 10 fit." in words(outcome.answer.view.blocks)


async def test_records_are_searched_and_exported_through_slack(template: Postgres) -> None:
    async with faces.running_faces(template) as system:
        await system.command("op1", OPERATIONS, "/faxi-oncall")
        before = await faces.head(system)
        said = (await system.command("mgr1", OPERATIONS, "/faxi-audit @op1 today"))["answer"]
        assert said["ephemeral"]
        assert "Records by Aoi Tanaka today, newest first\n1-1 of 1" in said["plain"]
        assert "Aoi Tanaka asked who is on call: shown." in said["plain"]
        await system.click("mgr1", "Export…", channel=OPERATIONS, ts=said["ts"])

        async def opened() -> list[JSON]:
            return [one for one in await system.views("mgr1") if one["callback_id"] == "audit.export"]

        (form,) = await eventually(opened)
        await system.submit("mgr1", form["id"], {"form": "csv", "why": "audit"})

        async def sent() -> list[str]:
            found = system.workspace.slack.state.files.values()
            return [(one.content or b"").decode("utf-8-sig") for one in found if one.complete]

        (content,) = await eventually(sent)
        assert "Aoi Tanaka,asked who is on call,shown,,oncall:show" in content
        told = await faces.message(system, "mgr1", faces.DIRECT, "1 record, as you asked for.")
        assert not told["ephemeral"]
        records = [(one["action"], one["result"]) for one in await faces.audit(system, before)]
        assert records == [("audit:search", "shown"), ("audit:form", "form"), ("audit:export", "asked")]
        (search_record, *_) = await faces.audit(system, before)
        assert search_record["parameters"]["who"] == ["U0OP1"]
