"""The bot comes back: what was done by hand becomes a case, is posted, and is told to the person by a manager's fax."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import audit, cases, due, handles
from bot.engine.team import Team
from bot.mail import by_hand, faxes, lifts, restriction_errors, restrictions
from bot.slack.blocks import Message
from bot.slack.interactions import Outcome, Show
from tests.support import pressing, screens
from tests.support.databases import Database
from tests.support.pressing import FAXING, NOW, TEAM, add_user, labels, shown, words
from tests.support.team import CHANNELS, at

NUMBER = "+819012344821"
NIGHT = at("2026-11-25 03:24")
MORNING = at("2026-11-25 08:30")


@dataclass
class Clock:
    """Business time, as a test sets it."""

    time: datetime

    def now(self) -> datetime:
        """Return it."""
        return self.time


async def act(database: Database, name: str, reason: str, *, when: datetime = NIGHT) -> None:
    """Restrict or lift by hand."""
    async with database.connect(database.admin_url) as owner:
        await owner.execute("SELECT set_config('chatops.clock', $1, false)", when.isoformat())
        await owner.execute(
            f"SELECT chatops.{name}_by_hand($1, $2, 'Aoi Tanaka', 'Kenji Ono', $3)",
            NUMBER,
            reason,
            when,
        )


async def come_back(pool: Pool, team: Team = FAXING, *, now: datetime = NOW) -> None:
    """Let the bot do what is due."""
    while await due.run_ready(pool, wiring.due_handlers(team), Clock(now)):
        pass
    assert await pool.fetchval("SELECT count(*) FROM chatops.due WHERE error IS NOT NULL") == 0


async def case_of(pool: Pool, case_id: int) -> cases.Case:
    async with pool.acquire() as connection:
        case = await cases.load(connection, case_id)
    assert case is not None
    return case


def states(case: cases.Case) -> Mapping[str, str]:
    return {step.name: step.state for step in case.steps}


async def posts(pool: Pool) -> list[tuple[str, Message]]:
    """Return what is posted about things by hand: where, and the message, which keeps the rules."""
    query = (
        "SELECT renderer, subject, parameters, destination FROM chatops.posts WHERE renderer ^@ 'by_hand.' ORDER BY id"
    )
    rows = await pool.fetch(query)
    return [(row["destination"], await drawn(pool, FAXING, *list(row)[:3])) for row in rows]


async def drawn(pool: Pool, team: Team, renderer: str, subject: str, parameters: Mapping[str, Any]) -> Message:
    async with pool.acquire() as connection:
        made = await wiring.renderers(None)[renderer](connection, subject, parameters, team)
    assert list(screens.problems("message", made.as_arguments(), [NUMBER])) == []
    return made


async def live(pool: Pool, case_id: int, team: Team = FAXING) -> Message:
    query = "SELECT destination FROM chatops.live_messages WHERE subject = $1 AND renderer = $2"
    assert await pool.fetchval(query, cases.subject(case_id), by_hand.CASE) == CHANNELS.management
    return await drawn(pool, team, by_hand.CASE, cases.subject(case_id), {})


async def pending(pool: Pool, kind: str, case_id: int) -> datetime | None:
    async with pool.acquire() as connection:
        return await due.pending(connection, kind, cases.subject(case_id))


async def value(pool: Pool, case_id: int) -> str:
    async with pool.acquire() as connection:
        return await cases.step_value(connection, case_id, "tell")


async def press(pool: Pool, kind: Any, team: Team = FAXING, **click: Any) -> Outcome:
    return await pressing.press(pool, "by_hand.fax", "U0MGR1", kind=kind, team=team, **click)


async def restricted(database: Database, pool: Pool, team: Team = FAXING, **user: Any) -> UUID:
    """Restrict by hand at night, and let the bot come back in the morning."""
    user_id = await add_user(database, **user)
    await act(database, "restrict", "complaints")
    await come_back(pool, team)
    return user_id


async def test_a_restriction_by_hand_becomes_a_case_with_all_that_follows_except_the_fax(
    database: Database, pool: Pool
) -> None:
    await restricted(database, pool, complaints=5, mails=12)
    case = await case_of(pool, 1)
    assert (case.title, case.state, case.opened_by) == ("Restrict an account", "acknowledged", "Aoi Tanaka")
    assert states(case) == {
        "verify": "done",
        "restrict": "done",
        "record": "done",
        "tell": "todo",
        "call": "todo",
        "alert": "todo",  # done when Slack has the post
        "ticket": "todo",
        "follow_up": "done",
    }
    assert await pending(pool, "restriction.follow_up", 1) == at("2026-12-25 09:00")
    assert await pool.fetchval("SELECT follow_up_at FROM chatops.restrictions") == at("2026-12-25 09:00")
    assert await pool.fetchval("SELECT count(*) FROM chatops.notices") == 0
    (where, called), (alerts, alert) = await posts(pool)
    assert (where, alerts) == (CHANNELS.management, CHANNELS.alerts)
    assert "*Restricted by hand*, because Slack or the bot was away." in words(called.blocks)
    assert "Asked by Aoi Tanaka, approved by Kenji Ono" in words(called.blocks)
    assert "<!subteam^S0MANAGEMENT>, please read this" in words(called.blocks)
    assert "Account restricted by hand" in words(alert.blocks)
    made = await live(pool, 1)
    assert made.text == "Restricted by hand while Slack or the bot was away: please see what is left (OPS-0001)."
    assert labels(made.blocks) == ["Read the fax…"]
    for line in ("*+81 •••• 4821* · OPS-0001", "*Why*: 5 or more complaints", "*The person was not told yet.*"):
        assert line in words(made.blocks)
    (record,) = await pool.fetch("SELECT * FROM chatops.audit WHERE action = 'restriction:take_up'")
    assert (record["actor"], record["case_id"], record["parameters"]) == ("bot", 1, {"record": 1, "still": True})
    async with pool.acquire() as connection:
        assert (await audit.verify(connection)).ok


async def test_two_replicas_that_come_back_at_once_do_it_once(database: Database, pool: Pool) -> None:
    await add_user(database)
    await act(database, "restrict", "fraud")
    said = shown(await pressing.press(pool, "/faxi-case", kind="command", text="OPS-0001"))
    assert ":warning: OPS-0001 Restrict an account" in words(said.blocks), "before anybody takes it up"
    await asyncio.gather(come_back(pool), come_back(pool), come_back(pool))
    assert len(await posts(pool)) == 2
    assert await pool.fetchval("SELECT count(*) FROM chatops.audit WHERE action = 'restriction:take_up'") == 1


async def test_a_manager_reads_the_fax_and_sends_it_once(database: Database, pool: Pool) -> None:
    await restricted(database, pool, complaints=5, mails=12, preferences={"language": "en"})
    button = await value(pool, 1)
    form = (await press(pool, "action", value=button)).answer
    assert isinstance(form, Show)
    assert list(screens.problems("modal", form.view.payload(), [NUMBER])) == []
    plain = words(form.view.blocks)
    for said in ("5 complaints", "Please send no mail until we have talked.", "+81 •••• 4821"):
        assert said in plain, plain
    assert await pool.fetchval("SELECT count(*) FROM chatops.notices") == 0
    sent = await press(pool, "view", metadata=form.view.metadata)
    assert (sent.result, sent.case_id, sent.parameters) == ("wanted", 1, {"notice": "restriction"})
    row = await pool.fetchrow("SELECT kind, step, state, wanted_by, facts FROM chatops.notices")
    assert row is not None
    assert tuple(row)[:4] == ("restriction", "tell", "sending", "U0MGR1")
    assert row["facts"] == {"enforced": False, "reason": "complaints", "complaints": 5}
    again = await press(pool, "view", metadata=form.view.metadata)
    assert (again.result, again.allowed) == ("refused:state", False)
    assert (await press(pool, "action", value=button)).result == "refused:state"
    assert "Read the fax…" not in labels((await live(pool, 1)).blocks)
    assert await pool.fetchval("SELECT count(*) FROM chatops.faxes") == 1


async def test_the_page_is_shown_to_the_manager_once_it_is_drawn_and_deleted_when_it_is_sent(
    database: Database, pool: Pool
) -> None:
    await restricted(database, pool, complaints=5)
    async with database.connect() as superuser:
        await superuser.execute("UPDATE chatops.previews SET files = '{F1}'")
        await superuser.execute("UPDATE chatops.effects SET state = 'done', ended_at = $1 WHERE kind = 'preview'", NOW)
    read = await press(pool, "action", value=await value(pool, 1))
    assert isinstance(read.answer, Show)
    assert read.answer.pictured is not None
    made = read.answer.pictured.payload()
    assert [block["slack_file"] for block in made["blocks"] if block["type"] == "image"] == [{"id": "F1"}]
    assert made["submit"]["text"] == "Send the fax"
    assert (await press(pool, "view", metadata=await value(pool, 1))).result == "wanted"
    assert await pool.fetchval("SELECT count(*) FROM chatops.previews") == 0
    assert await pool.fetchval("SELECT subject FROM chatops.effects WHERE kind = 'preview.delete'") == "file:F1"


@pytest.mark.parametrize("reason", ["error", "criteria"])
async def test_a_lift_by_hand_takes_back_what_was_to_come_and_begins_the_watch(
    database: Database, pool: Pool, reason: str
) -> None:
    user_id = await add_user(database)
    await pressing.restrict(pool, user_id, team=TEAM)
    later = NOW + timedelta(days=31)
    await come_back(pool, TEAM, now=at("2026-12-25 09:00"))
    review = await pool.fetchval("SELECT review_case FROM chatops.restrictions")
    await act(database, "lift", reason, when=later)
    await come_back(pool, now=later)
    case_id = await pool.fetchval("SELECT lift_case FROM chatops.restrictions")
    assert (await case_of(pool, review)).closed_at == later
    assert await pending(pool, "restriction.follow_up", 1) is None
    step = states(await case_of(pool, case_id))
    assert (step["update"], step["record"], step["document"], step["tell"]) == ("done", "done", "done", "todo")
    watch = await pending(pool, "lift.watched", case_id)
    if reason == "error":
        assert (step["verify"], step["watch"], watch) == ("not_applicable", "not_applicable", None)
    else:
        assert (step["verify"], step["watch"], watch) == ("done", "todo", at("2027-01-25 09:50"))
    ((where, called),) = await posts(pool)
    assert where == CHANNELS.management
    assert "*Lifted by hand*" in words(called.blocks)
    assert labels((await live(pool, case_id)).blocks) == ["Read the fax…"]
    await press(pool, "view", metadata=await value(pool, case_id), now=later)
    kind = "apology" if reason == "error" else "lift"
    assert await pool.fetchval("SELECT kind FROM chatops.notices WHERE state = 'sending'") == kind
    before = words((await drawn(pool, FAXING, "restriction.request", "case:1", {})).blocks)
    assert "Was restricted, lifted" in before, "also where it was our error: nobody decided that here"
    assert cases.number(case_id) in before


async def test_the_follow_up_of_a_restriction_by_hand_opens_its_review(database: Database, pool: Pool) -> None:
    user_id = await restricted(database, pool)
    await come_back(pool, now=at("2026-12-25 09:00"))
    review = await case_of(pool, await pool.fetchval("SELECT review_case FROM chatops.restrictions"))
    assert (review.subject, review.owner) == (user_id, None)


async def test_an_open_request_for_the_account_becomes_void(database: Database, pool: Pool) -> None:
    user_id = await add_user(database)
    async with pool.acquire() as connection, connection.transaction():
        asked = await pressing.ask(connection, user_id)
    await act(database, "restrict", "fraud", when=NOW)
    await come_back(pool)
    row = await pool.fetchrow("SELECT state, decision_words FROM chatops.approvals WHERE id = $1", asked.id)
    assert row is not None
    assert tuple(row) == ("void", "already_restricted")


async def test_requests_to_lift_and_to_undo_become_void_by_a_lift(database: Database, pool: Pool) -> None:
    user_id = await add_user(database)
    await pressing.restrict(pool, user_id, team=TEAM)
    said = "The daughter called and explained it."
    async with pool.acquire() as connection, connection.transaction():
        await lifts.ask(connection, TEAM, user_id, requester="U0OP1", named={}, words=said, now=NOW)
        account = await handles.value_of(connection, restrictions.ACCOUNT, str(user_id), 1)
        holding = await restriction_errors.about(connection, account)
        assert isinstance(holding, restriction_errors.Holding)
        await restriction_errors.report(connection, TEAM, holding, reporter="U0OP2", words=said, now=NOW)
    await act(database, "lift", "other", when=NOW)
    await come_back(pool, TEAM)
    rows = await pool.fetch("SELECT action, state, decision_words FROM chatops.approvals ORDER BY id")
    assert [tuple(row) for row in rows[1:]] == [
        ("lift", "void", "not_restricted"),
        ("error", "void", "not_restricted"),
    ]


async def test_what_was_changed_again_meanwhile_is_posted_and_nobody_is_told(database: Database, pool: Pool) -> None:
    await add_user(database)
    await act(database, "restrict", "fraud")
    await act(database, "lift", "error", when=NIGHT + timedelta(hours=1))
    await come_back(pool)
    first, second = await case_of(pool, 1), await case_of(pool, 2)
    assert (first.state, first.resolution) == ("done", "changed again since")
    assert states(first)["tell"] == "not_applicable"
    assert await pending(pool, "restriction.follow_up", 1) is None
    made = await live(pool, 1)
    assert labels(made.blocks) == []
    assert "It was changed again since." in words(made.blocks)
    assert states(second)["tell"] == "todo"


async def test_where_no_fax_can_go_out_somebody_has_to_call(database: Database, pool: Pool) -> None:
    await restricted(database, pool, verified=False)
    case = await case_of(pool, 1)
    assert (states(case)["tell"], case.present and case.present.name) == ("failed", "call")
    async with pool.acquire() as connection:
        (told,) = await faxes.of_case(connection, 1)
    assert (told.state, told.reason) == ("refused", "not_verified")
    assert labels((await live(pool, 1)).blocks) == ["Answer…"]


async def test_without_faxes_somebody_tells_the_person_by_telephone(database: Database, pool: Pool) -> None:
    await restricted(database, pool, TEAM)
    made = await live(pool, 1, TEAM)
    assert labels(made.blocks) == ["Answer…"]
    assert "Tell the person by telephone" in words(made.blocks)
    assert (await press(pool, "action", TEAM, value=await value(pool, 1))).result == "refused:state"


async def test_when_faxes_are_switched_off_after_it_whoever_wants_to_read_the_fax_gets_a_step_to_answer(
    database: Database, pool: Pool
) -> None:
    await restricted(database, pool)
    assert labels((await live(pool, 1, TEAM)).blocks) == ["Read the fax…"]
    done = await press(pool, "action", TEAM, value=await value(pool, 1))
    assert done.result == "refused:unfit"
    assert "none can go out, faxes are not set up" in words(shown(done).blocks)
    made = await live(pool, 1, TEAM)
    assert labels(made.blocks) == ["Answer…"]
    assert "Tell the person by telephone" in words(made.blocks)
    assert await pool.fetchval("SELECT wanted > 1 FROM chatops.live_messages WHERE subject = 'case:1'")
    assert (await press(pool, "action", TEAM, value=await value(pool, 1))).result == "refused:state"


async def test_at_night_nobody_is_called_before_the_morning(database: Database, pool: Pool) -> None:
    await add_user(database)
    await act(database, "restrict", "fraud")
    await come_back(pool, now=NIGHT + timedelta(minutes=1))
    (_, said), _ = await posts(pool)
    assert "<!subteam" not in str(said.blocks)
    await come_back(pool, now=MORNING - timedelta(minutes=1))
    assert len(await posts(pool)) == 2
    await come_back(pool, now=MORNING)
    assert "<!subteam^S0MANAGEMENT>" in str((await posts(pool))[2][1].blocks)


async def test_values_of_other_cases_send_nothing(database: Database, pool: Pool) -> None:
    await pressing.restrict(pool, await add_user(database), team=TEAM)
    for one in (await value(pool, 1), "cs_unknown0", ""):
        assert (await press(pool, "action", value=one)).result == "refused:unknown_button"
        assert (await press(pool, "view", metadata=one)).result == "refused:unknown_button"
    assert await pool.fetchval("SELECT count(*) FROM chatops.notices") == 0
