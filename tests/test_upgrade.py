"""A database of the version before faxes, with what was under way in it, goes on after `faxi-bot migrate`."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bot import wiring
from bot.base.database import Pool, open_pool, shipped
from bot.base.migrations import migrate
from bot.engine import approvals, cases, due
from bot.engine.cases import Case
from bot.mail import faxes, lift_outcomes, lifts, requests, restriction_outcomes, restrictions, watching
from bot.mail.contacts import to_call
from tests.support.databases import Database
from tests.support.pressing import FAXING, NOW, TEAM, add_user, ask
from tests.support.team import CHANNELS, at

BEFORE = ("0001_audit.sql", "0002_engine.sql")
ASKED = at("2026-11-24 16:00")
RESTRICTED = at("2026-10-26 10:00")
FACTS = {"complaints": 5, "dated": [], "not_counted": 0, "mails": 86, "earlier": 0}
STEPS = ("verify", "restrict", "record", "tell", "alert", "ticket", "follow_up")
KINDS = ("check", "act", "act", "confirm", "act", "confirm", "act")


@dataclass(frozen=True)
class Clock:
    """Business time, as a test sets it."""

    time: datetime

    def now(self) -> datetime:
        """Return it."""
        return self.time


@dataclass(frozen=True)
class Upgraded:
    """A database after the upgrade: one account whose request waits (case 1), one that is restricted (case 2)."""

    pool: Pool
    asked: UUID
    restricted: UUID

    async def tick(self, now: datetime) -> None:
        """Do what is due."""
        while await due.run_ready(self.pool, wiring.due_handlers(FAXING), Clock(now)):
            pass
        assert await self.pool.fetch("SELECT kind, error FROM chatops.due WHERE error IS NOT NULL") == []

    async def case(self, case_id: int) -> Case:
        """Return a case."""
        async with self.pool.acquire() as connection:
            found = await cases.load(connection, case_id)
        assert found is not None
        return found

    async def approve(self, *, faxing: bool) -> None:
        """Press approve on the request that waited through the upgrade."""
        async with self.pool.acquire() as connection, connection.transaction():
            waiting = await approvals.waiting_for(connection, "restriction", self.asked)
            assert waiting is not None
            value = await approvals.button_value(connection, waiting)
            done = await requests.approve(
                connection, FAXING if faxing else TEAM, restriction_outcomes.KIND, value, approver="U0MGR1", now=NOW
            )
        assert isinstance(done, requests.Approved), done


async def _before(database: Database, folder: Path) -> tuple[UUID, UUID]:
    """Lay out the version before, with a request that waits and a restriction that holds."""
    folder.mkdir()
    for name in BEFORE:
        shutil.copy(shipped("sql") / "migrations" / name, folder / name)
    async with database.connect() as connection:
        await connection.execute("DROP SCHEMA chatops CASCADE")
        await connection.execute((shipped("sql") / "roles.sql").read_text(encoding="utf-8"))
    async with database.connect(database.admin_url) as owner:
        assert await migrate(owner, folder) == [1, 2]
    first, second = uuid4(), uuid4()
    async with database.connect() as connection:
        for number, user, restricted_at in ((1, first, None), (2, second, RESTRICTED)):
            await connection.execute(
                "INSERT INTO public.users (id, phone_number, email_address, email_restricted, email_restricted_at)"
                " VALUES ($1, $2, $3, $4, $5)",
                *(user, f"+81901234000{number}", f"8190123400{number}@me.faxi.jp", number == 2, restricted_at),
            )
            await connection.execute(
                "INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, owner,"
                " opened_by, opened_at)"
                " VALUES ('restriction', 'old', 'Restrict an account', $1, 'high', $2, 'U0OP1', 'U0OP1', $3)",
                *(user, "waiting" if number == 1 else "acknowledged", ASKED if number == 1 else RESTRICTED),
            )
            await connection.execute(
                "INSERT INTO chatops.steps (case_id, position, name, kind, title, state, who, at)"
                " SELECT $1, row_number() OVER (), s.name, s.kind, 'Step ' || s.name, s.state,"
                " CASE s.state WHEN 'done' THEN 'bot' END, CASE s.state WHEN 'done' THEN $2::timestamptz END"
                " FROM unnest($3::text[], $4::text[], $5::text[]) AS s (name, kind, state)",
                *(number, RESTRICTED, list(STEPS), list(KINDS)),
                ["done" if number == 2 or name == "verify" else "todo" for name in STEPS],
            )
            await connection.execute(
                "INSERT INTO chatops.approvals (case_id, action, subject, requester, requested_at, reason, words,"
                " state, asked_facts, facts, facts_version, facts_code, facts_at, expires_at, decided_by, decided_at)"
                " VALUES ($1, 'restriction', $2, 'U0OP1', $3, 'other', 'Ten angry calls.', $4, $5, $5, 1, 'K7', $3, $6,"
                " $7, $8)",
                *(number, user, ASKED, "waiting" if number == 1 else "approved", FACTS, ASKED + timedelta(days=3)),
                *((None, None) if number == 1 else ("U0MGR1", RESTRICTED)),
            )
            await connection.execute(
                "INSERT INTO chatops.handles (value, kind, subject, version, created_at)"
                " VALUES ('old_' || $1::int, $2, $1::int::text, 1, $5), ('ac_' || $1::int, $3, $4, 1, $5)",
                *(number, approvals.HANDLE, restrictions.ACCOUNT, str(user), ASKED),
            )
            for renderer, place in (("restriction.request", CHANNELS.management), ("restriction.direct", "U0OP1")):
                await connection.execute(
                    "INSERT INTO chatops.live_messages (renderer, subject, destination, channel, ts, wanted, shown,"
                    " attempts, maybe_twice, created_at) VALUES ($1, $2, $3, $3, $4, 1, 1, 0, false, $5)",
                    *(renderer, f"case:{number}", place, f"17{number}.{len(renderer)}", ASKED),
                )
        await connection.execute(
            "INSERT INTO chatops.restrictions (subject, case_id, approval_id, restricted_at, reason, requested_by,"
            " approved_by, previous, follow_up_at) VALUES ($1, 2, 2, $2, 'other', 'U0OP1', 'U0MGR1', '{}', $3)",
            *(second, RESTRICTED, at("2026-11-25 09:00")),
        )
        await connection.execute(
            "INSERT INTO chatops.due (kind, subject, due_at, attempts) VALUES ('restriction.expire', 'case:1', $1, 0),"
            " ('restriction.follow_up', 'case:2', $2, 0)",
            *(ASKED + timedelta(days=3), at("2026-11-25 09:00")),
        )
    return first, second


@pytest.fixture
async def upgraded(database: Database, tmp_path: Path) -> AsyncIterator[Upgraded]:
    """Give a database of the version before, migrated."""
    first, second = await _before(database, tmp_path / "before")
    async with database.connect(database.admin_url) as owner:
        assert (await migrate(owner))[0] == len(BEFORE) + 1
    async with await open_pool(database.url, size=3, application="faxi-bot tests") as pool:
        yield Upgraded(pool, first, second)


async def test_what_waited_and_what_holds_goes_on_after_the_upgrade(upgraded: Upgraded) -> None:
    async with upgraded.pool.acquire() as connection, connection.transaction():
        await watching.begin(connection, FAXING, NOW - timedelta(minutes=1))
    await upgraded.tick(NOW)
    review = await upgraded.pool.fetchval("SELECT review_case FROM chatops.restrictions")
    assert [step.name for step in (await upgraded.case(review)).steps] == ["look", "talk", "decide"]
    for row in await upgraded.pool.fetch("SELECT renderer, subject FROM chatops.live_messages"):
        async with upgraded.pool.acquire() as connection:
            drawn = await wiring.renderers(None)[row["renderer"]](connection, row["subject"], {}, FAXING)
        assert drawn.blocks
    async with upgraded.pool.acquire() as connection, connection.transaction():
        words = "The family called and explained it."
        asked = await lifts.ask(
            connection, FAXING, upgraded.restricted, requester="U0OP1", named={}, words=words, now=NOW
        )
        assert isinstance(asked, restrictions.Asked), asked
        value = await approvals.button_value(connection, asked.approval)
        done = await requests.approve(
            connection, FAXING, lift_outcomes.KIND, value, approver="U0MGR1", words=words, now=NOW
        )
    assert isinstance(done, requests.Approved), done
    assert (await upgraded.case(review)).state == "done"
    await upgraded.tick(NOW)


@pytest.mark.parametrize("verified", [True, False])
async def test_an_older_case_without_a_step_for_a_failed_fax_gets_one_and_does_not_close_before_it_is_done(
    upgraded: Upgraded, database: Database, *, verified: bool
) -> None:
    async with database.connect() as superuser:
        await superuser.execute("UPDATE public.users SET fax_number_verified = $1", verified)
    await upgraded.approve(faxing=True)
    async with upgraded.pool.acquire() as connection, connection.transaction():
        (told,) = await faxes.of_case(connection, 1)
        assert told.state == ("sending" if verified else "refused")
        if verified:
            await faxes.end(connection, told, ["sending"], "failed", "receiver_decline", NOW)
            await faxes.tell_team(connection, FAXING, told, "failed", "receiver_decline", NOW)
    case = await upgraded.case(1)
    assert case.closed_at is None
    step = to_call(case)
    assert step is not None
    assert (step.name, step.title, case.applies(step)) == ("call", "Tell the person by telephone", True)


async def test_without_faxes_the_person_is_told_by_the_step_that_was_there(upgraded: Upgraded) -> None:
    await upgraded.approve(faxing=False)
    case = await upgraded.case(1)
    step = to_call(case)
    assert step is not None
    assert (step.name, len(case.steps)) == ("tell", len(STEPS))


async def test_a_case_laid_out_for_a_fax_is_a_persons_when_faxes_are_not_set_up_any_more(
    database: Database, pool: Pool
) -> None:
    user = await add_user(database)
    async with pool.acquire() as connection, connection.transaction():
        approval = await ask(connection, user, team=FAXING)
        value = await approvals.button_value(connection, approval)
        done = await requests.approve(connection, TEAM, restriction_outcomes.KIND, value, approver="U0MGR1", now=NOW)
        assert isinstance(done, requests.Approved), done
        case = await cases.load(connection, approval.case_id)
        assert case is not None
        step = to_call(case)
    assert step is not None
    assert (step.name, step.kind, step.title) == ("tell", "confirm", "Tell the person by telephone")
