"""A restriction is lifted by four criteria and one approval, once, with the old values kept and a watch after it."""

import asyncio
from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.engine import approvals, cases
from bot.engine.team import Team
from bot.mail import contacts, faxes, lift_outcomes, lifts, requests, restrictions
from bot.mail.lifts import Criteria
from tests.support import lifting
from tests.support.databases import Database
from tests.support.lifting import BY_TELEPHONE, RESTRICTED, TEAM
from tests.support.team import ZONE, at

CALLED = at("2026-12-14 14:10")
ASKED = at("2026-12-25 10:05")
APPROVED = at("2026-12-25 11:20")
BOTH = ("understands", "promises")


def test_days_are_those_of_the_calendar_in_the_teams_zone() -> None:
    assert lifts.days_since(at("2026-11-25 23:59"), at("2026-12-25 00:01"), ZONE) == 30
    assert lifts.days_since(at("2026-11-25 08:41"), at("2026-12-24 23:59"), ZONE) == 29


async def test_the_bot_counts_days_and_new_complaints_of_the_account_that_sent_the_mail(
    pool: Pool, database: Database
) -> None:
    account, other = await lifting.make_account(database), await lifting.make_account(database)
    await lifting.restrict(pool, account)
    await lifting.send(database, account, RESTRICTED + timedelta(days=1), 3, first=200)
    await lifting.complain(database, account, RESTRICTED + timedelta(days=2), 200, 201)
    await lifting.complain(database, account, RESTRICTED + timedelta(days=3), 200)  # once is enough
    await lifting.complain(database, account, RESTRICTED + timedelta(days=3), 202, kind="not-spam")
    await lifting.complain(database, other, RESTRICTED + timedelta(days=2), 70, 71)
    async with pool.acquire() as connection:
        found = await lifts.look(connection, TEAM, account.id, ASKED)
    assert isinstance(found, lifts.Candidate)
    assert found.counted == Criteria(RESTRICTED, 30, 2, 3)
    assert found.counted.answers == (True, False, False, False)


async def test_only_contacts_since_the_restriction_in_which_the_person_said_so_answer_the_rest(
    pool: Pool, database: Database
) -> None:
    account = await lifting.make_account(database)
    await lifting.talk(pool, account, RESTRICTED - timedelta(days=1), *BOTH)
    await lifting.restrict(pool, account)
    await lifting.talk(pool, account, CALLED, outcome="nobody")
    async with pool.acquire() as connection:
        found = await lifts.look(connection, TEAM, account.id, ASKED)
    assert isinstance(found, lifts.Candidate)
    assert (found.talks, found.contacted) == ((), True)
    first = await lifting.talk(pool, account, CALLED, "understands")
    second = await lifting.talk(pool, account, CALLED + timedelta(days=1), *BOTH)
    async with pool.acquire() as connection, connection.transaction():
        found = await lifts.look(connection, TEAM, account.id, ASKED)
        assert isinstance(found, lifts.Candidate)
        assert [one.id for one in found.saying("understands")] == [second.id, first.id]
        assert [one.id for one in found.saying("promises")] == [second.id]
        wrong = await lifts.ask(
            connection,
            TEAM,
            account.id,
            requester="U0OP1",
            named={"understands": first.id, "promises": first.id},
            words=lifting.WORDS,
            now=ASKED,
        )
        assert wrong == lifts.NoSuchTalk("promises")
        assert await connection.fetchval("SELECT count(*) FROM chatops.cases WHERE procedure = 'lift'") == 0


async def test_a_lift_keeps_the_old_values_and_takes_the_mark_away_together(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    restriction = await lifting.restrict(pool, account)
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    approval = await lifting.ask(pool, account, ASKED, call)
    decision = await lifting.approve(pool, approval, "U0MGR1", APPROVED)
    assert isinstance(decision, requests.Approved)
    number = cases.number(approval.case_id)
    async with database.connect() as connection:
        user = await connection.fetchrow(
            "SELECT email_restricted, email_restricted_at, email_restriction_reason FROM public.users WHERE id = $1",
            account.id,
        )
        event = await connection.fetchval(
            "SELECT event_data FROM public.audit_logs WHERE user_id = $1 AND event_type = 'account.restriction_lifted'",
            account.id,
        )
        kept = await connection.fetchrow("SELECT * FROM chatops.restrictions WHERE subject = $1", account.id)
        follow_up = await connection.fetchval(
            "SELECT cancelled_at FROM chatops.due WHERE kind = 'restriction.follow_up' AND subject = $1",
            cases.subject(restriction),
        )
        notice = await connection.fetchrow(
            "SELECT state, wanted_by FROM chatops.notices WHERE kind = 'lift' AND subject = $1", account.id
        )
    assert user is not None
    assert tuple(user) == (False, None, None)
    previous = {
        "email_restricted": True,
        "email_restricted_at": decision.previous["email_restricted_at"],
        "email_restriction_reason": f"5 complaints in 30 days ({cases.number(restriction)})",
    }
    assert decision.previous == previous
    assert event == {
        "reason": "all criteria are met",
        "complaintCount": 0,
        "requestedBy": "U0OP1",
        "approvedBy": "U0MGR1",
        "caseNumber": number,
        "previous": previous,
        "timestamp": APPROVED.isoformat(),
    }
    assert kept is not None
    assert (kept["lifted_at"], kept["lifted_by"], kept["lifted_as"]) == (APPROVED, "U0MGR1", "lift")
    assert (kept["lift_case"], kept["watch_until"]) == (approval.case_id, APPROVED + timedelta(days=30))
    assert follow_up == APPROVED
    assert notice is not None
    assert tuple(notice) == ("sending", "U0MGR1")
    async with pool.acquire() as connection:
        case = await cases.load(connection, approval.case_id)
        assert case is not None
        assert (case.state, case.due_at) == ("acknowledged", APPROVED + timedelta(days=30))
        states = {step.name: step.state for step in case.steps}
        facts = await restrictions.facts_of(connection, account.id, APPROVED + timedelta(minutes=1))
    assert states == {
        "verify": "done",
        "update": "done",
        "record": "done",
        "tell": "todo",
        "call": "todo",
        "document": "done",
        "watch": "todo",
    }
    assert (facts.complaints, facts.earlier) == (0, 1), "complaints are counted anew, the restriction is not forgotten"
    assert await lifting.posts(pool, cases.subject(approval.case_id), TEAM.channels.management) == [
        "lift.asked",
        "lift.approved",
    ]
    assert await lifting.posts(pool, cases.subject(approval.case_id), "U0OP1") == ["lift.approved"]


async def test_a_criterion_that_is_not_met_needs_words_which_are_kept(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    early = at("2026-12-14 15:30")
    call = await lifting.talk(pool, account, CALLED, "understands")
    approval = await lifting.ask(pool, account, early, call)
    assert Criteria.of(approval.facts).answers == (False, True, True, False)
    refused = await lifting.approve(pool, approval, "U0MGR1", early)
    assert isinstance(refused, requests.WhyMissing)
    why = "The family asks for it, and the list is gone."
    done = await lifting.approve(pool, approval, "U0MGR1", early, words=why)
    assert isinstance(done, requests.Approved)
    assert done.approval.decision_words == why
    async with database.connect() as connection:
        event = await connection.fetchval(
            "SELECT event_data FROM public.audit_logs WHERE event_type = 'account.restriction_lifted'"
        )
    assert event["reason"] == "2 of 4 criteria are met", "people's words stay with the request"
    drawn = lifting.words(await lifting.drawn(pool, cases.subject(approval.case_id), "lift.request"))
    assert "2 of 4 criteria were met." in drawn
    assert why in drawn


async def test_a_complaint_since_it_was_shown_decides_nothing(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    approval = await lifting.ask(pool, account, ASKED, call)
    await lifting.complain(database, account, ASKED, 0)  # its first complaint was before the restriction
    await lifting.complain(database, account, ASKED - timedelta(hours=79), 80)
    moved = await lifting.approve(pool, approval, "U0MGR1", APPROVED)
    assert isinstance(moved, requests.FactsMoved)
    assert Criteria.of(moved.approval.facts).complaints == 1
    stale = await lifting.approve(pool, approval, "U0MGR1", APPROVED, words="It is right all the same, I think.")
    assert isinstance(stale, requests.FactsMoved), "an old button decides nothing, whatever is written"
    drawn = lifting.words(await lifting.drawn(pool, cases.subject(approval.case_id), "lift.request"))
    assert "3 of 4 criteria are met" in drawn
    assert ":no_entry_sign: 1 new complaint since then (0 mails sent)" in drawn
    assert f"in place of {approval.facts_code}" in drawn


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            "UPDATE public.users SET email_restricted = false, email_restricted_at = NULL WHERE id = $1",
            "not_restricted",
        ),
        ("UPDATE public.users SET email_restricted_at = now() WHERE id = $1", "restricted_anew"),
        ("DELETE FROM public.users WHERE id = $1", "account_gone"),
    ],
)
async def test_a_request_whose_restriction_is_gone_is_void(
    pool: Pool, database: Database, change: str, why: str
) -> None:
    account = await lifting.make_account(database, mails=0, complaints=0)
    await lifting.restrict(pool, account)
    approval = await lifting.ask(pool, account, ASKED)
    async with database.connect() as connection:
        await connection.execute(change, account.id)
    ended = await lifting.approve(pool, approval, "U0MGR1", APPROVED, words=lifting.WORDS)
    assert isinstance(ended, requests.Voided)
    assert ended.approval.decision_words == why
    drawn = lifting.words(await lifting.drawn(pool, cases.subject(approval.case_id), "lift.request"))
    assert "Void: the facts changed" in drawn
    assert ("Ask again…" in drawn) is (why == "restricted_anew")
    for renderer in ("lift.direct", "lift.void"):
        assert "Void" in lifting.words(
            await lifting.drawn(pool, cases.subject(approval.case_id), renderer, quiet=False)
        )


async def test_ten_managers_lift_once_and_whoever_asked_does_not(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    approval = await lifting.ask(pool, account, ASKED, call, who="U0MGR1")
    own = await lifting.approve(pool, approval, "U0MGR1", APPROVED)
    assert isinstance(own, requests.OwnRequest)
    came = await asyncio.gather(*(lifting.approve(pool, approval, f"U0M{n}", APPROVED) for n in range(10)))
    assert sum(isinstance(one, requests.Approved) for one in came) == 1
    assert sum(isinstance(one, requests.AlreadyDecided) for one in came) == 9
    async with database.connect() as connection:
        logged = "SELECT count(*) FROM public.audit_logs WHERE event_type = 'account.restriction_lifted'"
        assert await connection.fetchval(logged) == 1
        assert await connection.fetchval("SELECT count(*) FROM chatops.notices WHERE kind = 'lift'") == 1


async def test_denied_withdrawn_and_expired_requests_leave_the_restriction(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database, mails=0, complaints=0)
    await lifting.restrict(pool, account)
    endings = {}
    for ending in ("denied", "withdrawn", "expired"):
        approval = await lifting.ask(pool, account, ASKED)
        subject = cases.subject(approval.case_id)
        async with pool.acquire() as connection, connection.transaction():
            value = await approvals.button_value(connection, approval)
            if ending == "denied":
                await requests.deny(
                    connection, TEAM, lift_outcomes.KIND, value, by="U0MGR1", words="Please call first.", now=APPROVED
                )
            elif ending == "withdrawn":
                await requests.withdraw(connection, TEAM, lift_outcomes.KIND, value, by="U0OP1", now=APPROVED)
        if ending == "expired":
            assert await lifting.run_due(pool, approval.expires_at, "lift.expire") == ["lift.expire"]
        for renderer in ("lift.request", "lift.direct", f"lift.{ending}"):
            said = lifting.words(await lifting.drawn(pool, subject, renderer, quiet=False))
            endings[ending, renderer] = said
            assert {"denied": "Denied", "withdrawn": "Withdrawn", "expired": "No decision in time"}[ending] in said
        async with pool.acquire() as connection:
            case = await cases.load(connection, approval.case_id)
            assert case is not None
            assert (case.state, case.resolution) == ("cancelled", ending)
    assert "The restriction stays. Follow-up on Fri 25 Dec 2026, Aoi Tanaka." in endings["denied", "lift.request"]
    async with pool.acquire() as connection:
        assert await restrictions.open_restriction(connection, account.id) is not None
        assert await connection.fetchval("SELECT email_restricted FROM public.users WHERE id = $1", account.id)


async def test_at_night_management_is_called_after_it_with_the_facts_of_then(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    night = at("2026-12-25 02:00")
    approval = await lifting.ask(pool, account, night, call)
    subject = cases.subject(approval.case_id)
    await lifting.complain(database, account, night - timedelta(hours=79), 80)
    assert await lifting.run_due(pool, at("2026-12-25 08:31"), "lift.remind") == ["lift.remind"]
    assert await lifting.posts(pool, subject, TEAM.channels.management) == ["lift.asked", "lift.reminder"]
    assert "3 of 4 criteria are met" in lifting.words(await lifting.drawn(pool, subject, "lift.request"))


@pytest.mark.parametrize("since", [RESTRICTED, None])
async def test_a_restriction_that_the_bot_did_not_make_can_be_lifted(
    pool: Pool, database: Database, since: object
) -> None:
    account = await lifting.make_account(database)
    async with database.connect() as connection:
        await connection.execute(
            "UPDATE public.users SET email_restricted = true, email_restricted_at = $2 WHERE id = $1", account.id, since
        )
    approval = await lifting.ask(pool, account, ASKED)
    subject = cases.subject(approval.case_id)
    waiting = lifting.words(await lifting.drawn(pool, subject, "lift.request"))
    known = since is not None
    assert Criteria.of(approval.facts).answers == ((True, True, False, False) if known else (False,) * 4)
    assert ("30 days are over: 30 since Wed 25 Nov" in waiting) is known
    assert ("30 days: unknown, since when is not recorded" in waiting) is not known
    assert "not by this bot" in waiting
    assert isinstance(await lifting.approve(pool, approval, "U0MGR1", APPROVED, words=lifting.WORDS), requests.Approved)
    assert "not by this bot" in lifting.words(await lifting.drawn(pool, subject, "lift.request"))
    async with pool.acquire() as connection:
        facts = await restrictions.facts_of(connection, account.id, APPROVED)
    assert (facts.complaints, facts.earlier) == (0, 1)


async def test_the_watch_ends_in_business_hours_and_closes_the_case(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account, team=BY_TELEPHONE)
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    approval = await lifting.ask(pool, account, ASKED, call, team=BY_TELEPHONE)
    await lifting.approve(pool, approval, "U0MGR1", APPROVED, team=BY_TELEPHONE)
    subject = cases.subject(approval.case_id)
    assert "Lifted, but not told yet" in lifting.words(await lifting.drawn(pool, subject, "lift.request", BY_TELEPHONE))
    async with pool.acquire() as connection, connection.transaction():
        told = await contacts.record(
            connection,
            subject=account.id,
            case_id=approval.case_id,
            how="call",
            who="U0OP2",
            at=APPROVED,
            outcome="talked",
            said=(),
            by="U0OP2",
            now=APPROVED,
        )
        assert isinstance(told, contacts.Contact)
        assert await contacts.settle_call(connection, told, APPROVED) is not None
    assert "Lifted, person told" in lifting.words(await lifting.drawn(pool, subject, "lift.request", BY_TELEPHONE))
    await lifting.complain(database, account, APPROVED - timedelta(hours=70), 80)
    assert await lifting.run_due(pool, at("2027-01-24 18:00"), "lift.watched", team=BY_TELEPHONE) == []
    monday = at("2027-01-25 09:00")  # the 24th is a Sunday
    assert await lifting.run_due(pool, monday, "lift.watched", team=BY_TELEPHONE) == ["lift.watched"]
    async with pool.acquire() as connection:
        case = await cases.load(connection, approval.case_id)
    assert case is not None
    assert (case.state, case.resolution) == ("done", "watched for 30 days: 1 new complaint")
    assert "Watched until Sun 24 Jan 2027: 1 new complaint" in lifting.words(
        await lifting.drawn(pool, subject, "lift.request", BY_TELEPHONE)
    )


async def test_a_lift_ends_the_review_that_is_open_and_no_other_comes(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    restriction = await lifting.restrict(pool, account)
    monday = at("2026-12-28 10:00")
    assert await lifting.run_due(pool, monday, "restriction.follow_up") == ["restriction.follow_up"]
    call = await lifting.talk(pool, account, CALLED, *BOTH)
    approval = await lifting.ask(pool, account, monday, call)
    await lifting.approve(pool, approval, "U0MGR1", monday)
    async with pool.acquire() as connection, connection.transaction():
        held = await restrictions.of_case(connection, restriction)
        assert held is not None
        review = await cases.load(connection, held.review_case or 0)
        assert review is not None
        assert (review.state, review.resolution) == (
            "done",
            f"the restriction ended in {cases.number(approval.case_id)}",
        )
        await connection.execute(
            "UPDATE chatops.due SET done_at = NULL, cancelled_at = NULL WHERE kind = 'restriction.follow_up'"
        )
    assert await lifting.run_due(pool, monday, "restriction.follow_up") == ["restriction.follow_up"]
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM chatops.cases WHERE procedure = 'review'") == 1


@pytest.mark.parametrize("team", [TEAM, BY_TELEPHONE], ids=["by fax", "by telephone"])
async def test_nobody_is_told_of_a_restriction_that_is_lifted(pool: Pool, database: Database, team: Team) -> None:
    account = await lifting.make_account(database)
    night = at("2026-11-25 03:24")  # the fax waits until 09:00
    restriction = await lifting.restrict(pool, account, now=night, team=team)
    approval = await lifting.ask(pool, account, night, team=team)
    await lifting.approve(pool, approval, "U0MGR1", night, words=lifting.WORDS, team=team)
    assert await lifting.run_due(pool, night, lift_outcomes.ENDED, team=team) == [lift_outcomes.ENDED]
    async with pool.acquire() as connection:
        case = await cases.load(connection, restriction)
        told = [(one.kind, one.state) for one in await faxes.of_case(connection, restriction)]
    assert told == ([("restriction", "cancelled")] if team.faxes else [])
    assert case is not None
    assert case.present is not None
    assert case.present.name == "ticket"
    shown = lifting.words(await lifting.drawn(pool, cases.subject(restriction), "restriction.request", team))
    assert "Was restricted, lifted" in shown
    assert "Please call" not in shown
