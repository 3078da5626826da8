"""A restriction that was our error is undone at once by one manager, who apologises and changes no figure."""

from datetime import timedelta

import pytest

from bot import wiring
from bot.base.database import Connection, Pool
from bot.engine import approvals, cases
from bot.engine.team import Team
from bot.mail import faxes, lift_outcomes, requests, restriction_errors, restriction_outcomes, restrictions
from bot.mail.restriction_errors import Holding, NotOurs, Over
from bot.slack.interactions import Say
from tests.support import lifting
from tests.support.databases import Database
from tests.support.lifting import BY_TELEPHONE, TEAM, Account
from tests.support.team import at

NOW = at("2026-11-26 10:20")
WHAT = "3 of the 5 complaints were about mails of another account."
KIND = restriction_errors.KIND


async def held(connection: Connection, case_id: int) -> Holding:
    """Return the restriction of a case as the form would find it."""
    restriction = await restrictions.of_case(connection, case_id)
    assert restriction is not None
    value = await restriction_errors.form_value(connection, restriction, NOW)
    found = await restriction_errors.of_form(connection, value)
    assert isinstance(found, Holding)
    return found


async def undo(pool: Pool, case_id: int, who: str = "U0MGR1", team: Team = TEAM) -> requests.Decision | Over:
    """Undo it as a manager does by the form."""
    async with pool.acquire() as connection, connection.transaction():
        found = await held(connection, case_id)
        return await restriction_errors.undo(connection, team, found, by=who, words=WHAT, now=NOW)


async def report(pool: Pool, case_id: int, who: str = "U0OP2") -> approvals.Approval:
    """Report it as somebody else does by the form."""
    async with pool.acquire() as connection, connection.transaction():
        found = await held(connection, case_id)
        asked = await restriction_errors.report(connection, TEAM, found, reporter=who, words=WHAT, now=NOW)
    assert isinstance(asked, restrictions.Asked)
    return asked.approval


async def restricted(pool: Pool, database: Database) -> tuple[Account, int]:
    """Make a restricted account; return it with the case."""
    account = await lifting.make_account(database)
    return account, await lifting.restrict(pool, account)


async def test_one_manager_undoes_it_though_they_approved_it_and_everything_follows(
    pool: Pool, database: Database
) -> None:
    account, case_id = await restricted(pool, database)
    subject = cases.subject(case_id)
    done = await undo(pool, case_id, "U0MGR1")
    assert isinstance(done, requests.Approved)
    async with database.connect() as connection:
        user = await connection.fetchrow(
            "SELECT email_restricted, email_restricted_at, email_restriction_reason FROM public.users WHERE id = $1",
            account.id,
        )
        event = await connection.fetchval(
            "SELECT event_data FROM public.audit_logs WHERE event_type = 'account.restriction_lifted'"
        )
        follow_up = await connection.fetchval(
            "SELECT cancelled_at FROM chatops.due WHERE kind = 'restriction.follow_up' AND subject = $1", subject
        )
    assert user is not None
    assert tuple(user) == (False, None, None)
    assert event == {
        "reason": "our error",
        "complaintCount": 5,
        "requestedBy": "U0MGR1",
        "approvedBy": "U0MGR1",
        "caseNumber": cases.number(case_id),
        "previous": done.previous,
        "timestamp": NOW.isoformat(),
    }
    assert follow_up == NOW
    async with pool.acquire() as connection:
        restriction = await restrictions.of_case(connection, case_id)
        told = {one.kind: one.state for one in await faxes.of_case(connection, case_id)}
        facts = await restrictions.facts_of(connection, account.id, NOW)
        case = await cases.load(connection, case_id)
    assert restriction is not None
    assert (restriction.lifted_as, restriction.lifted_by, restriction.lift_case) == ("error", "U0MGR1", case_id)
    assert told == {"restriction": "cancelled", "apology": "sending"}
    assert (facts.complaints, facts.earlier) == (5, 0), "what people complained about stays; our error is not held"
    assert case is not None
    steps = {step.name: (step.kind, step.state) for step in case.steps}
    assert steps["tell"] == ("act", "not_applicable")
    assert steps["call"] == ("confirm", "not_applicable")
    assert steps["apology"] == ("act", "todo")
    apology_call = case.step("apology_call")
    assert apology_call is not None
    assert not case.applies(apology_call), "somebody calls only when no fax can be delivered"
    assert await lifting.posts(pool, subject, "U0OP1") == ["restriction.approved", "restriction.undone"]
    assert "error.approved" not in await lifting.posts(pool, subject, TEAM.channels.management)


async def test_a_manager_is_asked_no_criteria_and_the_message_shows_none(pool: Pool, database: Database) -> None:
    _, case_id = await restricted(pool, database)
    await undo(pool, case_id)
    shown = lifting.words(await lifting.drawn(pool, cases.subject(case_id), "restriction.request"))
    for line in (
        ":leftwards_arrow_with_hook: Undone: our error",
        "reason: our error.",
        WHAT,
        "Account free again",
        "Follow-up of Fri 25 Dec 2026 cancelled",
        "Fax taken back before it went out",
        "Apology by fax to the person: queued",
        "Asked by Aoi Tanaka",
        "approved by Kenji Ono",
    ):
        assert line in shown
    assert "criteria" not in shown
    assert "Our error…" not in shown


async def test_a_report_waits_for_one_manager_other_than_the_reporter(pool: Pool, database: Database) -> None:
    account, case_id = await restricted(pool, database)
    approval = await report(pool, case_id, "U0MGR2")
    async with pool.acquire() as connection, connection.transaction():
        own = await lifting.press(connection, KIND, approval, "U0MGR2", NOW)
        assert isinstance(own, requests.OwnRequest)
        again = await restriction_errors.report(
            connection, TEAM, await held(connection, case_id), reporter="U0OP1", words=WHAT, now=NOW
        )
        assert isinstance(again, restrictions.AlreadyAsked)
        alone = await restriction_errors.undo(
            connection, TEAM, await held(connection, case_id), by="U0MGR2", words=WHAT, now=NOW
        )
        assert isinstance(alone, requests.OwnRequest)
        wrong_button = await requests.approve(
            connection,
            TEAM,
            restriction_outcomes.KIND,
            await approvals.button_value(connection, approval),
            approver="U0MGR1",
            now=NOW,
        )
        assert isinstance(wrong_button, requests.Unknown)
        done = await lifting.press(connection, KIND, approval, "U0MGR1", NOW)
        assert isinstance(done, requests.Approved)
        user = await connection.fetchval("SELECT email_restricted FROM public.users WHERE id = $1", account.id)
        assert user is False
    subject = KIND.subject(approval)
    assert await lifting.posts(pool, subject, "U0MGR2") == ["error.approved"]
    assert await lifting.posts(pool, cases.subject(case_id), "U0OP1") == ["restriction.approved", "restriction.undone"]


async def test_a_manager_by_the_form_decides_the_report_that_waits(pool: Pool, database: Database) -> None:
    _, case_id = await restricted(pool, database)
    approval = await report(pool, case_id)
    done = await undo(pool, case_id)
    assert isinstance(done, requests.Approved)
    assert (done.approval.id, done.approval.requester, done.approval.decision_words) == (approval.id, "U0OP2", WHAT)


async def test_whoever_keeps_a_restriction_reads_that_it_stays(pool: Pool, database: Database) -> None:
    _, case_id = await restricted(pool, database)
    approval = await report(pool, case_id)
    one = wiring.catalogue().find("view", "restriction.error.deny")
    assert one is not None
    async with pool.acquire() as connection, connection.transaction():
        value = await approvals.button_value(connection, approval)
        words = {"reason": "They were its own mails."}
        pressed = lifting.call(
            connection, "U0MGR1", NOW, kind="view", name=one.name, text="", metadata=value, values=words
        )
        outcome = await one.run(pressed)
    assert isinstance(outcome.answer, Say)
    assert "*The restriction stays.* Nothing was changed for the person (OPS-0001)." in str(outcome.answer.message)


async def test_a_kept_restriction_can_be_reported_again_and_each_report_ends_in_its_own_time(
    pool: Pool, database: Database
) -> None:
    _, case_id = await restricted(pool, database)
    first = await report(pool, case_id)
    async with pool.acquire() as connection, connection.transaction():
        value = await approvals.button_value(connection, first)
        await requests.deny(connection, TEAM, KIND, value, by="U0MGR1", words="They were its own mails.", now=NOW)
        case = await cases.load(connection, case_id)
        assert case is not None
        assert case.closed_at is None, "the restriction's case goes on"
    assert "The restriction stays" in lifting.words(await lifting.drawn(pool, KIND.subject(first), "error.request"))
    second = await report(pool, case_id)
    assert second.expires_at == first.expires_at
    assert await lifting.run_due(pool, second.expires_at, "error.expire") == ["error.expire"]
    for renderer in ("error.request", "error.direct", "error.expired"):
        said = lifting.words(await lifting.drawn(pool, KIND.subject(second), renderer, quiet=False))
        assert "No decision in time" in said


async def test_a_lift_that_was_asked_for_is_void_then(pool: Pool, database: Database) -> None:
    account, case_id = await restricted(pool, database)
    lift = await lifting.ask(pool, account, NOW)
    assert isinstance(await undo(pool, case_id), requests.Approved)
    async with pool.acquire() as connection:
        ended = await approvals.load(connection, lift.id)
    assert ended is not None
    assert (ended.state, ended.decision_words) == ("void", "our_error")
    shown = lifting.words(await lifting.drawn(pool, lift_outcomes.KIND.subject(lift), "lift.request"))
    assert "The restriction was our error*, and it is undone." in shown


async def test_a_report_about_what_was_lifted_meanwhile_is_void(pool: Pool, database: Database) -> None:
    account, case_id = await restricted(pool, database)
    approval = await report(pool, case_id)
    lift = await lifting.ask(pool, account, NOW)
    await lifting.approve(pool, lift, "U0MGR1", NOW, words=lifting.WORDS)
    assert await lifting.run_due(pool, NOW, lift_outcomes.ENDED) == [lift_outcomes.ENDED]
    async with pool.acquire() as connection, connection.transaction():
        ended = await lifting.press(connection, KIND, approval, "U0MGR1", NOW)
        assert isinstance(ended, requests.AlreadyDecided)
        assert (ended.approval.state, ended.approval.decision_words) == ("void", "not_restricted")
        found = await restriction_errors.about(
            connection, await approvals.button_value(connection, await _request(connection, case_id))
        )
        assert isinstance(found, Over)


async def _request(connection: Connection, case_id: int) -> approvals.Approval:
    found = await approvals.of_case(connection, case_id, restrictions.ACTION)
    assert found is not None
    return found


async def test_where_no_fax_can_go_out_somebody_calls(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database, verified=False)
    case_id = await lifting.restrict(pool, account)
    await undo(pool, case_id)
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
    assert case is not None
    call = case.step("apology_call")
    assert call is not None
    assert case.applies(call)
    assert "Apology by telephone: not yet" in lifting.words(
        await lifting.drawn(pool, cases.subject(case_id), "restriction.request")
    )
    assert "somebody must apologise by telephone" in lifting.words(
        await lifting.drawn(pool, cases.subject(case_id), "restriction.undone", quiet=False)
    )


async def test_without_faxes_the_apology_is_by_telephone(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    case_id = await lifting.restrict(pool, account, team=BY_TELEPHONE)
    await undo(pool, case_id, team=BY_TELEPHONE)
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
        told = await faxes.of_case(connection, case_id)
    assert case is not None
    assert told == ()
    tell, apology = case.step("tell"), case.step("apology")
    assert tell is not None
    assert apology is not None
    assert (tell.state, apology.kind, apology.state) == ("not_applicable", "confirm", "todo")


async def test_at_night_who_asked_for_it_is_told_after_the_night(pool: Pool, database: Database) -> None:
    _, case_id = await restricted(pool, database)
    subject, night = cases.subject(case_id), at("2026-11-27 02:00")
    async with pool.acquire() as connection, connection.transaction():
        found = await held(connection, case_id)
        await restriction_errors.undo(connection, TEAM, found, by="U0MGR2", words=WHAT, now=night)
    assert "restriction.undone" not in await lifting.posts(pool, subject, "U0OP1")
    said = await lifting.drawn(pool, subject, "restriction.undone", quiet=True)
    assert "<@U0OP1>" not in lifting.words(said)
    assert await lifting.run_due(pool, at("2026-11-27 08:30"), "restriction.undone") == ["restriction.undone"]
    assert (await lifting.posts(pool, subject, "U0OP1"))[-1] == "restriction.undone"


async def test_what_is_not_ours_is_not_undone_as_our_error(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    async with pool.acquire() as connection, connection.transaction():
        value = await lifting.account_value(connection, account)
        assert isinstance(await restriction_errors.about(connection, value), Over)
        assert await restriction_errors.about(connection, "ac_nothing1") is None
        assert await restriction_errors.of_form(connection, value) is None
    async with database.connect() as owner:
        await owner.execute("UPDATE public.users SET email_restricted = true WHERE id = $1", account.id)
    async with pool.acquire() as connection:
        assert isinstance(await restriction_errors.about(connection, value), NotOurs)


async def test_of_a_fax_that_is_unknown_nobody_has_to_decide_after_the_end(pool: Pool, database: Database) -> None:
    _, case_id = await restricted(pool, database)
    async with pool.acquire() as connection, connection.transaction():
        (told,) = await faxes.of_case(connection, case_id)
        await faxes.end(connection, told, ["sending"], "unknown", "no_end", NOW)
    async with database.connect() as superuser:
        await superuser.execute("UPDATE chatops.effects SET state = 'unknown' WHERE kind = 'fax'")
        await superuser.execute("UPDATE chatops.steps SET state = 'done' WHERE name IN ('alert', 'ticket')")
        await superuser.execute("UPDATE public.users SET fax_number_verified = false")
    await undo(pool, case_id)
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
    assert case is not None
    assert {step.name for step in case.steps if step.state == "todo" and case.applies(step)} == {"apology_call"}


@pytest.mark.parametrize("which", [0, 1])
async def test_our_error_is_one_restriction_also_where_older_ones_were_never_lifted_here(
    pool: Pool, database: Database, which: int
) -> None:
    """Somebody took the first mark away without the bot, and it was restricted again; one of the two is undone."""
    account, first = await restricted(pool, database)
    async with database.connect() as owner:
        await owner.execute("UPDATE public.users SET email_restricted = false WHERE id = $1", account.id)
    second = await lifting.restrict(pool, account, now=lifting.RESTRICTED + timedelta(minutes=20))
    wrong, other = (first, second) if which == 0 else (second, first)
    assert isinstance(await undo(pool, wrong, "U0MGR2"), requests.Approved)
    async with pool.acquire() as connection:
        undone, past = [await restrictions.of_case(connection, case) for case in (wrong, other)]
        facts = await restrictions.facts_of(connection, account.id, NOW)
        assert await restrictions.last_lift(connection, account.id) is None
    assert undone is not None
    assert past is not None
    assert (undone.lifted_as, undone.lifted_by) == ("error", "U0MGR2")
    assert (past.lifted_as, past.lifted_by, past.lift_case) == ("elsewhere", "unknown", wrong)
    assert (facts.complaints, facts.earlier) == (5, 1)
