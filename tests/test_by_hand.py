"""Restricting and lifting by hand, at the database: who is refused, and what one call leaves."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from bot.base.database import Connection, Pool
from bot.base.masking import mask_number
from bot.engine import audit
from bot.engine.audit import Record
from bot.mail import accounts, by_hand, restrictions
from tests.support import pressing
from tests.support.databases import Database
from tests.support.pressing import add_user
from tests.support.team import at

NIGHT = at("2026-11-25 03:24")
NUMBER = "+819012344821"
AOI, KENJI = "Aoi Tanaka", "Kenji Ono"


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Connection]:
    """Give the owner's connection, as psql with DATABASE_ADMIN_URL has it."""
    async with database.connect(database.admin_url) as connection:
        yield connection


async def act(owner: Connection, name: str, *values: Any, when: datetime = NIGHT) -> dict[str, Any]:
    """Call one of the two functions at a time, and return its one row."""
    await owner.execute("SELECT set_config('chatops.clock', $1, false)", when.isoformat())
    rows = await owner.fetch(f"SELECT * FROM chatops.{name}_by_hand($1, $2, $3, $4, $5)", *values, when)  # noqa: S608
    assert len(rows) == 1
    return dict(rows[0])


def wide(text: str) -> str:
    """Write in full-width characters, as Japanese keyboards do."""
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


async def columns(owner: Connection, user_id: UUID) -> tuple[Any, ...]:
    row = await owner.fetchrow(
        "SELECT email_restricted, email_restricted_at, email_restriction_reason FROM public.users WHERE id = $1",
        user_id,
    )
    assert row is not None
    return tuple(row)


async def faxis(database: Database) -> list[Any]:
    async with database.connect() as eyes:
        return list(await eyes.fetch("SELECT user_id, event_type, event_data, created_at FROM public.audit_logs"))


async def test_one_call_restricts_and_leaves_what_an_approval_leaves(database: Database, owner: Connection) -> None:
    user_id = await add_user(database)
    row = await act(owner, "restrict", NUMBER, "fraud", AOI, KENJI)
    assert row == {
        "done": "restricted",
        "number": "+81 •••• 4821",
        "case": "OPS-0001",
        "since": NIGHT,
        "why": "Fraud or scam mail",
        "asked_by": AOI,
        "approved_by": KENJI,
        "audit": 1,
        "next": "Please call the person: no fax was sent. The bot goes on with this case when it is back.",
    }
    assert await columns(owner, user_id) == (True, NIGHT, "Fraud or scam mail (OPS-0001)")
    ((whose, event, data, created),) = await faxis(database)
    assert (whose, event, created) == (user_id, "account.restricted", NIGHT)
    before = {"email_restricted": False, "email_restricted_at": None, "email_restriction_reason": None}
    assert data.pop("timestamp").startswith("2026-11-24T18:24:00")
    assert data == {
        "reason": "Fraud or scam mail",
        "complaintCount": None,
        "requestedBy": AOI,
        "approvedBy": KENJI,
        "caseNumber": "OPS-0001",
        "previous": before,
        "byHand": True,
    }
    kept = await owner.fetchrow("SELECT * FROM chatops.restrictions")
    assert kept is not None
    assert (kept["subject"], kept["case_id"], kept["approval_id"], kept["restricted_at"]) == (user_id, 1, None, NIGHT)
    assert (kept["reason"], kept["requested_by"], kept["approved_by"]) == ("fraud", AOI, KENJI)
    assert kept["previous"] == before
    record = await owner.fetchrow("SELECT * FROM chatops.audit")
    assert record is not None
    assert (record["actor"], record["action"], record["result"]) == ("by_hand", "restriction:by_hand", "restricted")
    assert (record["case_id"], record["subject"], record["at"], record["allowed"]) == (1, user_id, NIGHT, True)
    assert record["parameters"] == {
        "reason": "fraud",
        "requested_by": AOI,
        "approved_by": KENJI,
        "role": "chatops_owner",
        "previous": before,
    }
    due = await owner.fetch("SELECT kind, subject, due_at FROM chatops.due ORDER BY due_at")
    assert [tuple(one) for one in due] == [
        ("by_hand", "case:1", NIGHT),
        ("audit.anchor", "head", at("2026-11-25 03:30")),
    ]


async def test_a_lift_keeps_the_old_values_and_watches_unless_it_was_our_error(
    database: Database, owner: Connection
) -> None:
    user_id = await add_user(database)
    await act(owner, "restrict", NUMBER, "other", AOI, KENJI)
    later = NIGHT + timedelta(days=31)
    row = await act(owner, "lift", NUMBER, "criteria", AOI, KENJI, when=later)
    assert (row["done"], row["case"], row["audit"]) == ("lifted", "OPS-0002", 2)
    assert await columns(owner, user_id) == (False, None, None)
    data = (await faxis(database))[1]["event_data"]
    assert data["previous"] == {
        "email_restricted": True,
        "email_restricted_at": "2026-11-24T18:24:00.000000+00:00",
        "email_restriction_reason": "Something else (OPS-0001)",
    }
    lifted = "SELECT lifted_at, lifted_by, lifted_as, lift_case, watch_until FROM chatops.restrictions ORDER BY id"
    assert [tuple(one) for one in await owner.fetch(lifted)] == [
        (later, KENJI, "by_hand", 2, later + timedelta(days=30))
    ]
    await act(owner, "restrict", NUMBER, "other", AOI, KENJI, when=later)
    await act(owner, "lift", NUMBER, "error", AOI, KENJI, when=later)
    assert tuple((await owner.fetch(lifted))[1]) == (later, KENJI, "error", 4, None)
    async with database.connect(database.url) as bots:
        assert await restrictions.last_lift(bots, user_id) == later
        found = await audit.verify(bots)
    assert (found.ok, found.records) == (True, 4)


async def test_only_the_newest_of_several_open_restrictions_was_our_error(
    database: Database, owner: Connection
) -> None:
    user_id = await add_user(database)
    await act(owner, "restrict", NUMBER, "other", AOI, KENJI)
    await owner.execute("UPDATE public.users SET email_restricted = false")  # without anybody's record
    later = NIGHT + timedelta(days=1)
    await act(owner, "restrict", NUMBER, "fraud", AOI, KENJI, when=later)
    await act(owner, "lift", NUMBER, "error", AOI, KENJI, when=later)
    lifted = "SELECT lifted_as, lifted_by, lift_case, watch_until FROM chatops.restrictions ORDER BY id"
    assert [tuple(one) for one in await owner.fetch(lifted)] == [
        ("elsewhere", "unknown", 3, None), ("error", KENJI, 3, None)
    ]  # fmt: skip
    async with database.connect(database.url) as bots:
        assert (await restrictions.facts_of(bots, user_id, later)).earlier == 1


async def test_what_was_restricted_elsewhere_can_be_lifted_and_is_kept(database: Database, owner: Connection) -> None:
    user_id = await add_user(database, restricted_at=NIGHT - timedelta(days=40))
    await act(owner, "lift", str(user_id), "other", AOI, KENJI)
    kept = await owner.fetchrow("SELECT restricted_at, requested_by, lifted_at, lift_case FROM chatops.restrictions")
    assert kept is not None
    assert tuple(kept) == (NIGHT - timedelta(days=40), "unknown", NIGHT, 1)


async def test_the_chain_goes_on_from_the_bots_records_and_the_bots_from_those(
    database: Database, owner: Connection
) -> None:
    await add_user(database)
    entry = Record(
        at=NIGHT, actor="bot", actor_team=None, channel=None, action="a:b", interaction=None, case_id=None,
        subject=None, parameters={}, allowed=True, result="done", milliseconds=None,
    )  # fmt: skip
    async with database.connect(database.url) as bots:
        for number in (1, 3):
            async with bots.transaction():
                assert await audit.append(bots, entry) == number
            if number == 1:
                assert (await act(owner, "restrict", NUMBER, "asked", AOI, KENJI))["audit"] == 2
        found = await audit.verify(bots)
    assert (found.ok, found.records) == (True, 3)


@pytest.mark.parametrize(
    "written",
    [
        "+819012344821",
        "819012344821",
        "090-1234-4821",
        wide("090(1234)4821"),
        " +81 90 1234 4821 ",
        "819012344821@ME.faxi.jp",
    ],
)
async def test_an_account_is_found_by_number_or_address(database: Database, owner: Connection, written: str) -> None:
    user_id = await add_user(database)
    assert await owner.fetchval("SELECT chatops.by_hand_account($1)", written) == user_id


GOOD = (NUMBER, "fraud", AOI, KENJI)
REFUSED = {
    "no account": (("", *GOOD[1:]), "no whole telephone number", "Give its number like"),
    "half a number": (("4821", *GOOD[1:]), "no whole telephone number", "its mail address, or its id"),
    "a name": (("grandmother", *GOOD[1:]), "no whole telephone number", "Give its number like"),
    "an unknown number": (("+819012344822", *GOOD[1:]), "No account has this number", "digit by digit"),
    "an unknown id": ((str(UUID(int=7)), *GOOD[1:]), "No account has this number", "digit by digit"),
    "another reason": ((NUMBER, "spam", AOI, KENJI), "'complaints', 'fraud', 'asked', 'other'", "fraud: Fraud or scam"),
    "no reason": ((NUMBER, None, AOI, KENJI), "one of these words", "other: Something else"),
    "nobody who asks": ((NUMBER, "fraud", " ", KENJI), "name who asks for it", "like 'Aoi Tanaka'"),
    "nobody who approved": ((NUMBER, "fraud", AOI, None), "name who approved it", "like 'Aoi Tanaka'"),
    "a number for a name": ((NUMBER, "fraud", AOI, "12345"), "name who approved it", "like 'Aoi Tanaka'"),
    "one for both": (
        (NUMBER, "fraud", AOI, f"{wide('AOI')} tanaka "),
        "Who asks cannot approve",
        "call somebody of management",
    ),
    "Faxi's demo user": ((str(accounts.DEMO), *GOOD[1:]), "demo user", "digit by digit"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_right_is_refused_in_a_sentence_with_what_to_do(
    database: Database, owner: Connection, case: str
) -> None:
    values, words, hint = REFUSED[case]
    user_id = await add_user(database)
    with pytest.raises(asyncpg.RaiseError, match=re.escape(words)) as refused:
        await act(owner, "restrict", *values)
    assert hint in (refused.value.hint or "")
    assert "Nothing was changed." in str(refused.value)
    assert NUMBER not in f"{refused.value}{refused.value.hint}"
    assert await columns(owner, user_id) == (False, None, None)
    assert await owner.fetchval("SELECT count(*) FROM chatops.audit") == 0


async def test_a_time_that_is_to_come_or_long_before_the_newest_record_is_refused(
    database: Database, owner: Connection
) -> None:
    user_id = await add_user(database)
    await owner.execute("SELECT set_config('chatops.clock', $1, false)", NIGHT.isoformat())
    query = "SELECT since FROM chatops.restrict_by_hand($1, $2, $3, $4, $5)"
    for late in (timedelta(minutes=6), timedelta(days=365)):
        with pytest.raises(asyncpg.RaiseError, match=r"still to come: 202\d.* Nothing was changed\.") as refused:
            await owner.fetchval(query, *GOOD, NIGHT + late)
        assert "Please leave the time out" in (refused.value.hint or "")
    assert await columns(owner, user_id) == (False, None, None)
    at_once = NIGHT + timedelta(minutes=5)
    assert await owner.fetchval(query, *GOOD, at_once) == at_once
    lift = "SELECT since FROM chatops.lift_by_hand($1, 'error', $2, $3, $4)"
    with pytest.raises(asyncpg.RaiseError, match="more than a day before the newest record") as refused:
        await owner.fetchval(lift, NUMBER, AOI, KENJI, at_once - timedelta(days=1, minutes=1))
    assert "The newest record is of 2026-11-2" in (refused.value.hint or "")
    assert (await columns(owner, user_id))[0] is True
    assert await owner.fetchval(lift, NUMBER, AOI, KENJI, None) == NIGHT, "a trial's session says what time it is"
    assert await owner.fetchval("SELECT count(*) FROM chatops.audit") == 2


async def test_what_is_so_already_and_what_fits_two_accounts_is_refused(database: Database, owner: Connection) -> None:
    user_id = await add_user(database)
    with pytest.raises(asyncpg.RaiseError, match="The account is not restricted") as refused:
        await act(owner, "lift", NUMBER, "error", AOI, KENJI)
    assert "by_hand_list()" in (refused.value.hint or "")
    with pytest.raises(asyncpg.RaiseError, match="'error', 'criteria', 'other'"):
        await act(owner, "lift", NUMBER, "fraud", AOI, KENJI)
    await act(owner, "restrict", *GOOD)
    before = await columns(owner, user_id)
    with pytest.raises(asyncpg.RaiseError, match=r"restricted already, since 2026-11-2\d \d\d:24"):
        await act(owner, "restrict", *GOOD, when=NIGHT + timedelta(days=1))
    assert await columns(owner, user_id) == before
    async with database.connect() as faxi:
        await faxi.execute("INSERT INTO public.users (phone_number, email_address) VALUES ('09012344821', 'x@y.jp')")
    with pytest.raises(asyncpg.RaiseError, match="That fits 2 accounts") as refused:
        await act(owner, "lift", NUMBER, "error", AOI, KENJI)
    assert "address or the id" in (refused.value.hint or "")
    assert await owner.fetchval("SELECT count(*) FROM chatops.audit") == 1


async def test_of_many_calls_at_once_one_does_it(database: Database) -> None:
    await add_user(database)

    async def call() -> str:
        async with database.connect(database.admin_url) as connection:
            try:
                return str((await act(connection, "restrict", *GOOD))["done"])
            except asyncpg.RaiseError as refused:
                return str(refused)

    answers = sorted(await asyncio.gather(*(call() for _ in range(6))))
    assert answers[-1] == "restricted"
    assert all("restricted already" in one for one in answers[:-1])
    assert len(await faxis(database)) == 1


async def test_the_list_shows_what_is_restricted_by_whom_and_the_last_acts(
    database: Database, pool: Pool, owner: Connection
) -> None:
    user_id = await add_user(database)
    await pressing.restrict(pool, user_id, now=pressing.NOW)
    await pressing.press(pool, "/faxi-case", kind="command")  # whoever was seen has a name
    (row,) = await owner.fetch("SELECT * FROM chatops.by_hand_list()")
    assert (row["what"], row["number"]) == ("restricted now", "+81 •••• 4821")
    assert tuple(row)[3:] == ("Fraud or scam mail (OPS-0001)", AOI, KENJI, "OPS-0001", user_id)
    await act(owner, "lift", NUMBER, "error", "Ren Mori", KENJI)
    (row,) = await owner.fetch("SELECT * FROM chatops.by_hand_list()")
    assert tuple(row) == ("lifted by hand", "+81 •••• 4821", NIGHT, "error", "Ren Mori", KENJI, "OPS-0002", user_id)


async def test_the_bots_role_can_call_none_of_it(pool: Pool) -> None:
    for call in (
        "restrict_by_hand('+819012344821', 'fraud', 'A A', 'B B')",
        "lift_by_hand('+819012344821', 'error', 'A A', 'B B')",
        "by_hand_list()",
        "by_hand_account('+819012344821')",
        "by_hand_record(NULL)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for function"):
            await pool.execute(f"SELECT * FROM chatops.{call}")  # noqa: S608


async def test_the_readmes_lines_do_what_it_says(database: Database, owner: Connection) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    lines = [line.rstrip(";").removesuffix("\\gx") for line in readme.splitlines() if line.startswith("SELECT * FROM")]
    async with database.connect() as faxi:
        await faxi.execute("INSERT INTO public.users (phone_number, email_address) VALUES ('+819034714821', 'x@y.jp')")
    assert [await owner.fetch(line) for line in lines if "list" in line] == [[]]
    for name, done in (("restrict", "restricted"), ("lift", "lifted")):
        (line,) = [line for line in lines if name in line]
        assert [row["done"] for row in await owner.fetch(line)] == [done]


async def test_reasons_and_masks_are_those_of_the_bot(database: Database, owner: Connection) -> None:
    await add_user(database)
    for name, reasons in (("restrict", restrictions.REASONS), ("lift", by_hand.LIFT_REASONS)):
        with pytest.raises(asyncpg.RaiseError) as refused:
            await act(owner, name, NUMBER, "?", AOI, KENJI)
        assert refused.value.hint == "; ".join(f"{key}: {words}" for key, words in reasons.items())
    for number in ("+819012344821", "819012344821", "+81312345678", "+81-0000-000-0001", "1234567", ""):
        masked = await owner.fetchval("SELECT chatops.by_hand_masked($1)", number)
        assert masked in {mask_number(number), "•••• 0001"}, number
