"""Whoever is to tell a person is called where they are, since management's channel is not theirs; and not at night."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool, queries
from bot.engine import approvals, cases, roster
from bot.engine.access import Group, Membership
from bot.mail import after_lift, contacts, faxes, flagged, restriction_outcomes
from tests.support import lifting, pressing, screens
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database
from tests.support.pressing import FAXING, NOW, add_user, labels, words
from tests.support.team import CHANNELS, ZONE, at

HOUR = timedelta(hours=1)
NIGHT = at("2026-11-25 23:00")
FAX = ("fax.failed", "fax.refused", "fax.unknown")


async def said(pool: Pool, *renderers: str) -> list[tuple[str, str, list[str], bool]]:
    """Return what was said: where, its words, its buttons, and whether it stands under another message."""
    rows = await pool.fetch(
        "SELECT renderer, subject, parameters, destination, parent FROM chatops.posts WHERE renderer = ANY ($1::text[])"
        " ORDER BY id",
        list(renderers),
    )
    found = []
    for row in rows:
        async with pool.acquire() as connection:
            drawn = await wiring.renderers(None)[row["renderer"]](connection, row["subject"], row["parameters"], FAXING)
        assert list(screens.problems("message", drawn.as_arguments(), ["+819012344821"])) == []
        found.append((row["destination"], words(drawn.blocks), labels(drawn.blocks), row["parent"] is not None))
    return found


async def read_groups(pool: Pool, *operations: str) -> None:
    """Note who is in operations, as read from Slack."""
    async with pool.acquire() as connection, connection.transaction():
        groups = {Group.OPERATIONS: frozenset(operations), Group.MANAGEMENT: frozenset({"U0MGR1"})}
        await roster.record(connection, Membership(groups, 0.0), NOW)


async def test_who_asked_gets_the_call_in_a_direct_message_with_what_it_takes(database: Database, pool: Pool) -> None:
    await pressing.restrict(pool, await add_user(database, verified=False), team=FAXING)
    thread, direct = await said(pool, *FAX)
    assert (thread[0], thread[2], thread[3]) == (CHANNELS.management, [], True)
    where, text, buttons, under = direct
    assert (where, under) == ("U0OP1", True)
    assert "<@U0OP1>, please call the person" in text
    assert "*+81 •••• 4821* · OPS-0001" in text
    assert buttons == ["Record a contact…", "Show account"]


async def test_what_was_approved_is_said_before_that_no_fax_can_go_out_and_the_call_is_asked_for_once(
    database: Database, pool: Pool
) -> None:
    await pressing.restrict(pool, await add_user(database, verified=False), team=FAXING)
    told = await said(pool, "restriction.approved", "fax.refused")
    for place in (CHANNELS.management, "U0OP1"):
        first, second = [text for where, text, _, _ in told if where == place]
        assert "*Approved* by" in first
        assert first.endswith("the account is marked. No fax can go out, see below.")
        assert "*No fax can go out:* the fax number is not verified." in second
        assert "please call the person" in second


@pytest.mark.parametrize("state", ["failed", "unknown"])
async def test_one_that_failed_or_is_unknown_can_be_sent_again_from_there(
    database: Database, pool: Pool, state: Any
) -> None:
    await pressing.restrict(pool, await add_user(database), team=FAXING)
    async with pool.acquire() as connection, connection.transaction():
        (told,) = await faxes.of_case(connection, 1)
        await faxes.end(connection, told, ["sending"], state, "no_end", NOW)
        await faxes.tell_team(connection, FAXING, told, state, "no_end", NOW)
    _, (where, text, buttons, _) = await said(pool, *FAX)
    assert (where, " above" in text) == ("U0OP1", False)
    assert buttons == ["Record a contact…", "Send the fax again", "Show account"]


async def test_who_has_left_the_team_is_not_called_but_operations_where_they_are(
    database: Database, pool: Pool
) -> None:
    await read_groups(pool, "U0OP2")
    await pressing.restrict(pool, await add_user(database, verified=False), team=FAXING)
    _, (where, text, _, under) = await said(pool, *FAX)
    assert (where, under) == (CHANNELS.operations, False)
    assert "<!subteam^S0OPERATIONS>, please call the person" in text


async def test_operations_are_called_by_name_instead_of_who_cannot_be_reached(database: Database, pool: Pool) -> None:
    """As the sender puts it into their channel when Slack refuses the direct message."""
    await pressing.restrict(pool, await add_user(database, verified=False), team=FAXING)
    sent = queries("outbox")["call_elsewhere"]
    post = await pool.fetchval("SELECT id FROM chatops.posts WHERE renderer = 'fax.refused' AND destination = 'U0OP1'")
    for _ in range(2):
        await pool.execute(sent, post, None, CHANNELS.operations, "user_disabled", NOW)
    *_, (where, text, buttons, under) = told = await said(pool, *FAX)
    assert (len(told), where, under) == (3, CHANNELS.operations, False)
    assert "<!subteam^S0OPERATIONS>, please call the person" in text
    assert buttons == ["Record a contact…", "Show account"]


async def test_after_the_night_whoever_is_to_call_is_called_once(database: Database, pool: Pool) -> None:
    watch = Watch(database, pool, time=NIGHT)
    await pressing.restrict(pool, await add_user(database, verified=False), team=FAXING, now=NIGHT)
    ((_, text, _, _),) = await said(pool, *FAX)
    assert "<" not in text, "at night nobody is called"
    await watch.until("2026-11-26 08:29")
    assert len(await said(pool, *FAX)) == 1
    await watch.until("2026-11-26 12:00")
    _, (where, text, _, _) = await said(pool, *FAX)
    assert (where, "<@U0OP1>, please call" in text) == ("U0OP1", True)


async def test_after_the_night_nobody_is_called_when_somebody_has_called(database: Database, pool: Pool) -> None:
    user = await add_user(database, verified=False)
    await pressing.restrict(pool, user, team=FAXING, now=NIGHT)
    async with pool.acquire() as connection, connection.transaction():
        kept = await contacts.record(
            connection,
            subject=user,
            case_id=1,
            how="call",
            who="U0OP2",
            at=NIGHT + HOUR / 2,
            outcome="talked",
            said=[],
            by="U0OP2",
            now=NIGHT + HOUR,
        )
        assert isinstance(kept, contacts.Contact), kept
        assert await contacts.settle_call(connection, kept, NIGHT + HOUR) is not None
    await Watch(database, pool, time=NIGHT).until("2026-11-26 12:00")
    assert len(await said(pool, *FAX)) == 1


async def _restricted_by_the_bot(watch: Watch, when: str) -> UUID:
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account()
    await watch.fetch("UPDATE public.users SET fax_number_verified = false WHERE id = $1", user)
    await watch.complain(user, 9 * DAY, 7 * DAY, 5 * DAY, DAY, HOUR)
    await watch.tick(MINUTE)
    await watch.until(when)
    async with watch.pool.acquire() as connection, connection.transaction():
        waiting = await approvals.waiting_for(connection, "restriction", user)
        assert waiting is not None
        await lifting.press(connection, restriction_outcomes.KIND, waiting, "U0MGR1", watch.time, team=watch.team)
    return user


@pytest.mark.parametrize("when", ["2026-11-25 11:00", "2026-11-25 23:00"])
async def test_where_the_bot_asked_operations_is_called_in_its_own_channel(
    database: Database, pool: Pool, when: str
) -> None:
    watch = Watch(database, pool)
    await _restricted_by_the_bot(watch, when)
    await watch.until("2026-11-26 12:00")
    called = [one for one in await said(pool, *FAX) if one[0] == CHANNELS.operations]
    ((_, text, buttons, _),) = called
    assert "<!subteam^S0OPERATIONS>, please call the person" in text
    assert buttons == ["Record a contact…", "Show account"]


async def test_what_is_told_in_operations_channel_is_said_there_once_and_again_after_the_night(
    database: Database, pool: Pool
) -> None:
    watch = Watch(database, pool)
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account()
    await watch.fetch("UPDATE public.users SET fax_number_verified = false WHERE id = $1", user)
    await watch.complain(user, 5 * DAY, DAY, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-25 23:00")
    async with pool.acquire() as connection, connection.transaction():
        told = await flagged.warn(connection, FAXING, 1, by="U0OP1", now=watch.time)
    assert isinstance(told, faxes.Told)
    assert told.state == "refused"
    await watch.until("2026-11-26 12:00")
    quiet, loud = await said(pool, *FAX)
    for where, _, buttons, under in (quiet, loud):
        assert (where, buttons, under) == (CHANNELS.operations, [], True)
    assert ("<!subteam" in quiet[1], "<!subteam" in loud[1]) == (False, True)


@pytest.mark.parametrize(("when", "called_at"), [("2026-11-26 11:00", "11:00"), ("2026-11-26 23:00", "08:30")])
async def test_a_complaint_after_a_lift_calls_whoever_asked_for_it_directly_but_not_at_night(
    database: Database, pool: Pool, when: str, called_at: str
) -> None:
    watch = Watch(database, pool)
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account(restricted_at=watch.time - 40 * DAY)
    await watch.lift(user)
    await watch.until(when)
    await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    await watch.until("2026-11-27 12:00")
    thread, direct = await said(pool, "lift.complaint")
    assert thread[0] == CHANNELS.management
    assert direct[0] == "U0OP2"
    assert "*1 new complaint* since the lift. <@U0OP2>, please call the person." in direct[1]
    assert "*+81 •••• 0001* · OPS-0001" in direct[1]
    assert direct[2] == ["Record a contact…", "Show account"]
    at_ = await pool.fetchval("SELECT max(created_at) FROM chatops.posts WHERE renderer = 'lift.complaint'")
    assert at_.astimezone(ZONE).strftime("%H:%M").startswith(called_at[:2])


async def test_a_complaint_at_night_calls_nobody_in_the_morning_when_the_person_was_called_meanwhile(
    database: Database, pool: Pool
) -> None:
    watch = Watch(database, pool)
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account(restricted_at=watch.time - 40 * DAY)
    await watch.lift(user)
    await watch.until("2026-11-26 23:00")
    await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    async with pool.acquire() as connection, connection.transaction():
        (case, *_) = await contacts.open_cases(connection, user)
        await cases.settle(connection, case.id, after_lift.CALL, "done", who="U0OP2", now=watch.time)
    await watch.until("2026-11-27 12:00")
    assert [where for where, *_ in await said(pool, "lift.complaint")] == [CHANNELS.management]


async def test_the_review_of_what_the_bot_asked_for_calls_operations(database: Database, pool: Pool) -> None:
    watch = Watch(database, pool)
    await _restricted_by_the_bot(watch, "2026-11-25 11:00")
    await watch.until("2026-12-25 12:00")
    ((where, text, _, _),) = await said(pool, "review.opened")
    assert where == CHANNELS.operations
    assert "<!subteam^S0OPERATIONS>, the review of OPS-0002 is due today." in text


async def test_the_review_that_somebody_who_left_asked_for_calls_operations(database: Database, pool: Pool) -> None:
    await pressing.restrict(pool, await add_user(database), team=FAXING)
    await read_groups(pool, "U0OP2")
    await Watch(database, pool, time=NOW).until("2026-12-25 12:00")
    ((_, text, _, _),) = await said(pool, "review.opened")
    assert "<!subteam^S0OPERATIONS>, the review of OPS-0001 is due today." in text


async def test_a_call_after_a_complaint_does_its_step_and_one_before_it_does_not(
    database: Database, pool: Pool
) -> None:
    watch = Watch(database, pool)
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account(restricted_at=watch.time - 40 * DAY)
    await watch.lift(user)
    await watch.tick(DAY)
    await watch.complain(user, HOUR)
    await watch.tick(MINUTE)
    settled = []
    async with pool.acquire() as connection, connection.transaction():
        (case, *_) = await contacts.open_cases(connection, user)
        for ago in (HOUR / 2, timedelta()):
            kept = await contacts.record(
                connection,
                subject=user,
                case_id=case.id,
                how="call",
                who="U0OP2",
                at=watch.time - ago,
                outcome="talked",
                said=[],
                by="U0OP2",
                now=watch.time,
            )
            assert isinstance(kept, contacts.Contact), kept
            settled.append(await contacts.settle_call(connection, kept, watch.time))
    assert settled[0] is None
    assert settled[1] is not None
    assert settled[1].step.name == after_lift.CALL


async def test_a_review_whose_day_the_bot_missed_waits_for_business_hours_and_says_so(
    database: Database, pool: Pool
) -> None:
    await pressing.restrict(pool, await add_user(database), team=FAXING)
    watch = Watch(database, pool, time=at("2026-12-25 23:00"))
    await watch.tick()
    assert await said(pool, "review.opened") == []
    await watch.until("2026-12-28 08:59")  # Monday
    assert await said(pool, "review.opened") == []
    await watch.until("2026-12-28 09:00")
    ((_, text, _, _),) = await said(pool, "review.opened")
    assert "<@U0OP1>, the review of OPS-0001 was due on Fri 25 Dec 2026; the bot was away." in text
