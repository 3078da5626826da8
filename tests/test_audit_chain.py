"""The audit chain shows what was changed, removed, exchanged or cut off."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from bot.base.database import Pool, open_pool
from bot.engine import audit, audit_cli
from bot.engine.audit import Head, Record
from tests.support.databases import Database

SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = audit.signing_key(SEED)
AT = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
RECORD = Record(
    at=AT,
    actor="U0MGR1",
    actor_team="T0FAXI",
    channel="C0MANAGEMENT",
    action="restriction:approve",
    interaction="v1:1234",
    case_id=42,
    subject=UUID("5f0c1a52-6f0b-4a7e-9a83-0d8f6f2f0a11"),
    parameters={"reason": "苦情が5件", "complaints": 5, "facts": {"codes": ["K7Q2", None, True]}},
    allowed=True,
    result="approved",
    milliseconds=12,
)


async def add(pool: Pool, count: int) -> list[Head]:
    """Append records one after another and return the head after each."""
    heads = []
    for number in range(count):
        async with pool.acquire() as connection:
            async with connection.transaction():
                await audit.append(
                    connection, replace(RECORD, at=AT + timedelta(seconds=number), interaction=f"k{number}")
                )
            head = await audit.head(connection)
            assert head is not None
            heads.append(head)
    return heads


@pytest.fixture
async def tamper(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give what an intruder with all rights has: a connection to a table without its triggers."""
    async with database.connect() as connection:
        await connection.execute("ALTER TABLE chatops.audit DISABLE TRIGGER USER")
        yield connection


async def verify(pool: Pool, *heads: Head, **options: Any) -> audit.Report:
    """Verify the chain against the anchors of ``heads``."""
    async with pool.acquire() as connection:
        return await audit.verify(connection, [audit.sign(head, KEY) for head in heads], **options)


async def reseal(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Compute the whole chain anew, as an intruder who knows how would."""
    previous = bytes(32)
    for row in await connection.fetch("SELECT number FROM chatops.audit ORDER BY number"):
        await connection.execute("UPDATE chatops.audit SET previous = $2 WHERE number = $1", row["number"], previous)
        previous = await connection.fetchval(
            "UPDATE chatops.audit a SET hash = chatops.audit_hash(a) WHERE number = $1 RETURNING hash", row["number"]
        )


async def test_records_are_numbered_from_one_and_each_continues_the_one_before(pool: Pool) -> None:
    """What was appended comes back as it was, and the chain verifies."""
    heads = await add(pool, 3)
    assert [head.number for head in heads] == [1, 2, 3]
    report = await verify(pool, *heads, key=KEY.public_key())
    assert (report.ok, report.records, report.head, report.notes) == (True, 3, heads[-1], ())
    row = await pool.fetchrow("SELECT * FROM chatops.audit WHERE number = 1")
    assert row is not None
    assert {name: row[name] for name in ("at", "actor", "subject", "parameters", "allowed", "result")} == {
        "at": RECORD.at,
        "actor": RECORD.actor,
        "subject": RECORD.subject,
        "parameters": RECORD.parameters,
        "allowed": True,
        "result": "approved",
    }
    assert row["previous"] == bytes(32)


async def test_an_empty_chain_is_not_wrong(pool: Pool) -> None:
    """Before the first record there is no head."""
    async with pool.acquire() as connection:
        assert await audit.head(connection) is None
    report = await verify(pool)
    assert (report.ok, report.records, report.head) == (True, 0, None)


async def test_the_hash_is_that_of_the_canonical_text_whatever_the_session_is_set_to(pool: Pool) -> None:
    """Anybody can compute it: SHA-256 of the text, which no setting changes."""
    await add(pool, 1)
    texts = []
    for settings in (
        "SELECT 1",
        "SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY'; SET bytea_output = 'escape'",
    ):
        async with pool.acquire() as connection:
            await connection.execute(settings)
            row = await connection.fetchrow("SELECT chatops.audit_text(a) AS text, a.hash FROM chatops.audit a")
        assert row is not None
        assert hashlib.sha256(row["text"].encode()).digest() == row["hash"]
        texts.append(row["text"])
    assert len(set(texts)) == 1
    assert json.loads(texts[0])["at"] == int(AT.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'U0OP1'",
        "actor_team = 'T0OTHER'",
        "channel = NULL",
        "action = 'restriction:deny'",
        "interaction = 'other'",
        "case_id = 43",
        "subject = NULL",
        "parameters = jsonb_set(parameters, '{complaints}', '4')",
        "allowed = false",
        "result = 'approvee'",
        "milliseconds = 13",
        "at = at + interval '1 microsecond'",
        "hash = set_byte(hash, 5, (get_byte(hash, 5) + 1) % 256)",
    ],
)
async def test_a_changed_byte_anywhere_is_seen(
    pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]", change: str
) -> None:
    """Every column is part of the text."""
    await add(pool, 4)
    await tamper.execute(f"UPDATE chatops.audit SET {change} WHERE number = 3")  # noqa: S608  (from the list above)
    report = await verify(pool)
    assert report.problems[0] == "record 3 was changed: its content does not give its hash"


async def test_a_changed_record_with_its_own_hash_mended_breaks_with_the_next(
    pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Mending one hash is not enough."""
    await add(pool, 4)
    await tamper.execute("UPDATE chatops.audit SET result = 'denied' WHERE number = 2")
    await tamper.execute("UPDATE chatops.audit a SET hash = chatops.audit_hash(a) WHERE number = 2")
    assert (await verify(pool)).problems == ("record 3 does not continue the record before it",)


async def test_a_removed_record_is_seen(pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]") -> None:
    """At the beginning as well as in the middle; the numbers are named."""
    await add(pool, 8)
    await tamper.execute("DELETE FROM chatops.audit WHERE number IN (1, 4, 5, 6)")
    assert (await verify(pool)).problems == ("record 1 is missing", "records 4 to 6 are missing")


async def test_a_removed_record_with_the_others_numbered_anew_is_seen(
    pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The number is part of the text."""
    await add(pool, 4)
    await tamper.execute("DELETE FROM chatops.audit WHERE number = 2")
    await tamper.execute("UPDATE chatops.audit SET number = 2 WHERE number = 3")
    await tamper.execute("UPDATE chatops.audit SET number = 3 WHERE number = 4")
    assert "record 2 does not continue the record before it" in (await verify(pool)).problems


async def test_two_exchanged_records_are_seen(pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Whether the contents or the numbers were exchanged."""
    await add(pool, 5)
    for number, becomes in ((2, 99), (3, 2), (99, 3)):
        await tamper.execute("UPDATE chatops.audit SET number = $2 WHERE number = $1", number, becomes)
    problems = (await verify(pool)).problems
    assert {f"record {number} was changed: its content does not give its hash" for number in (2, 3)} <= set(problems)


async def test_a_cut_off_tail_is_seen_with_anchors_and_said_to_be_invisible_without(
    pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The rest of the chain is whole, so only what was posted elsewhere shows it."""
    heads = await add(pool, 6)
    await tamper.execute("DELETE FROM chatops.audit WHERE number > 4")
    without = await verify(pool)
    assert without.ok
    assert "a cut-off tail cannot be seen" in without.notes[0]
    assert (await verify(pool, heads[1], heads[5])).problems == (
        "the tail was cut off: an anchor shows record 6, but the chain ends at 4",
    )


async def test_a_chain_computed_anew_as_a_whole_is_seen_with_anchors(
    pool: Pool, tamper: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Without anchors it is a good chain."""
    heads = await add(pool, 5)
    await tamper.execute("UPDATE chatops.audit SET actor = 'U0SOMEBODY' WHERE number = 2")
    await reseal(tamper)
    assert (await verify(pool)).ok
    report = await verify(pool, heads[0], heads[3])
    assert report.problems == ("record 4 is not the one that was anchored: the chain was computed anew",)


async def test_what_is_newer_than_the_last_anchor_is_said_to_be_unproven(pool: Pool) -> None:
    """An anchor proves what came before it."""
    heads = await add(pool, 5)
    report = await verify(pool, heads[2], key=KEY.public_key())
    assert report.ok
    assert report.notes == ("records 4 to 5 are newer than the last anchor: they are not proven by it",)


async def test_an_anchor_that_was_not_signed_with_our_key_is_seen(pool: Pool) -> None:
    """Nobody can make anchors for another chain."""
    heads = await add(pool, 1)
    other = audit.signing_key("A" * 43 + "=")
    async with pool.acquire() as connection:
        report = await audit.verify(connection, [audit.sign(heads[0], other)], key=KEY.public_key())
    assert report.problems == ("the anchor of record 1 has a wrong signature",)


def test_anchors_are_found_in_a_thread_copied_from_slack() -> None:
    """Among names, times and formatting; one that is not whole is refused, and so is none at all."""
    heads = [Head(number, hashlib.sha256(bytes([number])).hexdigest()) for number in (7, 12)]
    lines = [audit.anchor_line(head, KEY) for head in heads]
    text = f"faxi-bot  09:50\n> `{lines[0]}`\nMari: thanks\nfaxi-bot 10:05 {lines[1]}\n"
    assert audit.parse_anchors(text) == [audit.sign(head, KEY) for head in heads]
    with pytest.raises(ValueError, match="1 of 2 anchors are not whole"):
        audit.parse_anchors(text.replace(lines[1], lines[1][:-1]))
    with pytest.raises(ValueError, match="there is no anchor in it"):
        audit.parse_anchors("nothing here")


@pytest.mark.parametrize("text", ["", "short", "A" * 44, "A" * 42 + "==", "not base64!"])
def test_a_signing_key_of_another_form_is_refused_with_how_to_make_one(text: str) -> None:
    """The key itself is not in the message."""
    with pytest.raises(ValueError, match="openssl rand -base64 32") as caught:
        audit.signing_key(text)
    assert not text or text not in str(caught.value)


async def test_a_hundred_records_at_once_leave_no_gap_and_no_fork(database: Database, pool: Pool) -> None:
    """Through two pools, some of the transactions failing after their record."""

    async def one(number: int, through: Pool) -> int | None:
        async with through.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            appended = await audit.append(connection, replace(RECORD, interaction=f"k{number}"))
            if number % 10 == 0:
                await transaction.rollback()
                return None
            await transaction.commit()
            return appended

    async with await open_pool(database.url, size=12, application="faxi-bot tests") as other:
        numbers = await asyncio.gather(*(one(number, (pool, other)[number % 2]) for number in range(100)))
    assert sorted(number for number in numbers if number) == list(range(1, 91))
    report = await verify(pool)
    assert (report.ok, report.records) == (True, 90)


async def test_in_a_transaction_with_an_old_snapshot_the_record_is_refused_and_the_chain_does_not_fork(
    database: Database, pool: Pool
) -> None:
    """The number is a key: whoever did not see the head cannot write a second one."""
    async with database.connect(database.url) as connection:
        old = connection.transaction(isolation="repeatable_read")
        await old.start()
        await connection.fetch("SELECT FROM chatops.audit")
        await add(pool, 1)
        with pytest.raises(asyncpg.UniqueViolationError):
            await audit.append(connection, RECORD)
        await old.rollback()
    assert (await verify(pool)).records == 1


async def test_records_can_be_neither_changed_nor_removed_not_even_by_the_owner(database: Database, pool: Pool) -> None:
    """Triggers refuse it; the bot has no right to it either (test_roles)."""
    await add(pool, 1)
    for url in (database.admin_url, database.super_url):
        async with database.connect(url) as connection:
            for statement in (
                "UPDATE chatops.audit SET result = ''",
                "DELETE FROM chatops.audit",
                "TRUNCATE chatops.audit",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="neither changed nor removed"):
                    await connection.execute(statement)


async def test_characters_that_no_database_can_hold_do_not_lose_a_record(pool: Pool) -> None:
    """They are replaced: an audit record never fails because of what somebody typed."""
    hostile = replace(RECORD, actor="U\x00", channel="\ud800", parameters={"a\x00": ["\udfff", {"b": "\x00"}]})
    async with pool.acquire() as connection, connection.transaction():
        await audit.append(connection, hostile)
    assert (await verify(pool)).ok
    assert await pool.fetchval("SELECT parameters FROM chatops.audit") == {"a\N{REPLACEMENT CHARACTER}": [
        "\N{REPLACEMENT CHARACTER}", {"b": "\N{REPLACEMENT CHARACTER}"}]}  # fmt: skip


@pytest.mark.parametrize("parameters", [{"rate": 0.5}, {"at": AT}, {"list": [b"x"]}])
async def test_parameters_without_one_canonical_text_are_refused(pool: Pool, parameters: dict[str, Any]) -> None:
    """A float has several; an instant is written as text by who knows its meaning."""
    async with pool.acquire() as connection:
        with pytest.raises(TypeError, match="an audit parameter is text"):
            await audit.append(connection, replace(RECORD, parameters=parameters))
        with pytest.raises(ValueError, match="zone"):
            await audit.append(connection, replace(RECORD, at=AT.replace(tzinfo=None)))


async def test_the_command_says_what_is_wrong_and_ends_with_a_status(
    database: Database,
    pool: Pool,
    tamper: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 for a good chain, 1 for a wrong one, 2 when it cannot be checked."""
    heads = await add(pool, 3)
    anchors = tmp_path / "thread.txt"
    anchors.write_text(audit.anchor_line(heads[2], KEY))
    assert await audit_cli.verify_command(database.url, None) == 0
    assert "a cut-off tail cannot be seen" in capsys.readouterr().out
    assert await audit_cli.verify_command(database.url, anchors, signing_key=SEED) == 0
    assert capsys.readouterr().out.startswith("ok: 3 records and 1 anchor checked, the last is 3 with hash ")
    await tamper.execute("DELETE FROM chatops.audit WHERE number = 3")
    assert await audit_cli.verify_command(database.url, anchors, signing_key=SEED) == 1
    assert "WRONG: the tail was cut off" in capsys.readouterr().out
    anchors.write_text("nothing")
    assert await audit_cli.verify_command(database.url, anchors) == 2
    assert await audit_cli.verify_command("postgresql://faxi_bot@127.0.0.1:1/none", None) == 2
    assert "DATABASE_URL: the database at 127.0.0.1:1 cannot be reached" in capsys.readouterr().err


async def test_the_export_is_one_line_of_json_a_record(
    database: Database, pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To a new file or to standard output; a file that is there is not overwritten."""
    heads = await add(pool, 2)
    out = tmp_path / "audit.jsonl"
    assert await audit_cli.export_command(database.url, out) == 0
    assert await audit_cli.export_command(database.url, out) == 2
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["number"], line["hash"]) for line in lines] == [(head.number, head.hash) for head in heads]
    assert lines[0]["parameters"] == RECORD.parameters
    capsys.readouterr()
    assert await audit_cli.export_command(database.url, None) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
