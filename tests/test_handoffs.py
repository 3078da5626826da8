"""A shift handoff holds every open thing once, passes on call with its acceptance, and calls when nobody accepts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.base.database import Connection, Pool
from bot.duty import handoff_calls, handoff_notes, handoff_steps, handoffs, oncall
from bot.duty.handoff_steps import Refused
from bot.duty.handoffs import Handoff
from bot.engine import cases, due
from bot.engine.due import Due
from bot.engine.team import Team
from bot.settings import Hours
from commands import handoff_thread
from tests.support import screens
from tests.support.team import at, make_team

TEAM = make_team()
DRAFTED, CLOSING = at("2026-11-27 17:30"), at("2026-11-27 18:00")
AOI, REN, YUI = "U0OP1", "U0OP2", "U0OP3"
WORDS = "I watch the restricted account and call the person on Saturday."


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """Give a connection of the bot's own; Aoi is on call."""
    async with pool.acquire() as found, found.transaction():
        await oncall.take(found, TEAM, AOI, DRAFTED - timedelta(days=7))
        yield found


async def drafted(connection: Connection, now: datetime = DRAFTED) -> int:
    """Let the draft of Friday come by itself."""
    await handoff_calls.draft(connection, TEAM, Due(1, handoff_calls.DRAFT, handoff_calls.SUBJECT, DRAFTED), now)
    found = await handoffs.under_way(connection)
    assert found is not None
    return found


async def known(connection: Connection, case_id: int) -> Handoff:
    """Return the handoff as it stands."""
    found = await handoffs.load(connection, case_id)
    assert found is not None
    return found


async def sent(connection: Connection, case_id: int, to: str = REN) -> Handoff:
    """Let Aoi hand over."""
    found = await handoff_steps.send(connection, TEAM, case_id, to=to, by=AOI, manager=False, now=DRAFTED)
    assert isinstance(found, Handoff)
    return found


async def take_all(connection: Connection, case_id: int, by: str = REN, now: datetime = DRAFTED) -> Handoff:
    """Let the receiver have all items."""
    for item in (await known(connection, case_id)).open:
        took = await handoff_steps.take(connection, TEAM, (case_id, item.n, item.version), by=by, now=now)
        assert isinstance(took, Handoff)
    return await known(connection, case_id)


async def accept(
    connection: Connection, handoff: Handoff, by: str = REN, words: str = WORDS, now: datetime = DRAFTED
) -> Handoff | Refused:
    """Accept what was seen."""
    return await handoff_steps.accept(
        connection, TEAM, handoff.case_id, by=by, version=handoff.version, words=words, now=now
    )


async def on_call(connection: Connection) -> str | None:
    """Return who is on call."""
    found = await oncall.now_on_call(connection)
    return found.person if found else None


def why(found: Handoff | Refused) -> str:
    """Return why it was refused."""
    assert isinstance(found, Refused)
    return found.why


async def note(connection: Connection, words: str = "Leave the stuck job to Sora", now: datetime = DRAFTED) -> int:
    """Write a note for the next handoff."""
    return await handoff_notes.add(connection, who=AOI, words=words, now=now)


async def case(connection: Connection, owner: str | None = None) -> int:
    """Open a case."""
    return await cases.open_case(
        connection, TEAM.runbook, "review", subject_user=None, opened_by=AOI, owner=owner, now=DRAFTED
    )


async def test_on_call_passes_with_the_acceptance_and_the_outgoing_persons_cases_with_it(
    connection: Connection,
) -> None:
    mine, others = await case(connection, AOI), await case(connection, YUI)
    written = await note(connection)
    case_id = await drafted(connection)
    await sent(connection, case_id)
    handoff = await take_all(connection, case_id)
    assert [one.key for one in handoff.items] == [f"case:{mine}", f"case:{others}", f"note:{written}"]
    assert await on_call(connection) == AOI
    accepted = await accept(connection, handoff)
    assert isinstance(accepted, Handoff)
    assert (accepted.state, accepted.accepted_by, accepted.readback) == ("accepted", REN, WORDS)
    assert await on_call(connection) == REN
    owners = [(await cases.load(connection, one)) for one in (mine, others)]
    assert [one.owner for one in owners if one] == [REN, YUI]
    assert await handoffs.under_way(connection) is None
    (again, new) = await handoffs.open_handoff(
        connection, TEAM, incoming=None, opened_by=REN, planned_at=None, now=DRAFTED
    )
    assert new
    assert [one.key for one in (await known(connection, again)).items] == [f"case:{mine}", f"case:{others}"]


async def test_what_is_new_since_it_was_read_is_looked_at_before_it_is_accepted(connection: Connection) -> None:
    await case(connection)
    case_id = await drafted(connection)
    await sent(connection, case_id)
    seen = await take_all(connection, case_id)
    await note(connection)
    assert why(await accept(connection, seen)) == "changed"
    now = await known(connection, case_id)
    assert [one.n for one in now.open] == [2]
    assert why(await accept(connection, now)) == "open_items"
    posts = await connection.fetch("SELECT parameters FROM chatops.posts WHERE renderer = 'handoff.changed'")
    assert [row["parameters"] for row in posts] == [{"new": [2], "changed": [], "quiet": False}]
    assert isinstance(await accept(connection, await take_all(connection, case_id)), Handoff)


async def test_a_taken_thing_that_becomes_another_is_open_again_and_what_is_closed_drops_out(
    connection: Connection,
) -> None:
    first, second = await case(connection), await case(connection)
    case_id = await drafted(connection)
    await sent(connection, case_id)
    old = (await take_all(connection, case_id)).items[0]
    await cases.set_state(connection, first, "open", CLOSING)
    await cases.close(connection, second, "done", by=AOI, now=DRAFTED, resolution="done")
    news = await handoffs.refresh(connection, TEAM, case_id, DRAFTED)
    assert (news.new, news.changed, news.gone) == ((), (1,), (2,))
    now = await known(connection, case_id)
    assert [(one.n, one.state) for one in now.every] == [(1, "open"), (2, "gone")]
    stale = (case_id, old.n, old.version)
    assert why(await handoff_steps.take(connection, TEAM, stale, by=REN, now=DRAFTED)) == "changed"
    await cases.reopen(connection, second, None)
    assert (await handoffs.refresh(connection, TEAM, case_id, DRAFTED)).changed == (2,)


async def test_only_the_receiver_takes_and_accepts_once_and_with_enough_words(connection: Connection) -> None:
    await case(connection)
    case_id = await drafted(connection)
    item = (await known(connection, case_id)).items[0]
    button = (case_id, item.n, item.version)
    assert why(await handoff_steps.take(connection, TEAM, button, by=REN, now=DRAFTED)) == "not_sent"
    refused = await handoff_steps.send(connection, TEAM, case_id, to=AOI, by=AOI, manager=False, now=DRAFTED)
    assert why(refused) == "self"
    refused = await handoff_steps.send(connection, TEAM, case_id, to=REN, by=YUI, manager=False, now=DRAFTED)
    assert why(refused) == "not_yours"
    await sent(connection, case_id)
    assert why(await handoff_steps.take(connection, TEAM, button, by=YUI, now=DRAFTED)) == "not_yours"
    handoff = await take_all(connection, case_id)
    assert why(await handoff_steps.take(connection, TEAM, button, by=REN, now=DRAFTED)) == "taken"
    assert why(await accept(connection, handoff, by=AOI)) == "not_yours"
    assert why(await accept(connection, handoff, words="x" * 19)) == "words"
    assert why(await accept(connection, handoff, words="x" * 501)) == "words"
    assert isinstance(await accept(connection, handoff), Handoff)
    assert why(await accept(connection, handoff)) == "accepted"
    assert await connection.fetchval("SELECT count(*) FROM chatops.posts WHERE renderer = 'handoff.accepted'") == 1


async def test_what_was_written_to_an_item_stays_where_the_next_change_leaves_it_empty(connection: Connection) -> None:
    case_id = await drafted(connection)
    await note(connection)
    await handoffs.refresh(connection, TEAM, case_id, DRAFTED)
    n = (await known(connection, case_id)).items[0].n
    for todo, if_so in (("Call the person", None), (None, "Call Sora"), (None, None)):
        done = await handoff_steps.change(
            connection, TEAM, case_id, by=AOI, manager=False, n=n, todo=todo, if_so=if_so, mood=None, now=DRAFTED
        )
        assert isinstance(done, Handoff)
    item = next(one for one in (await known(connection, case_id)).items if one.n == n)
    assert (item.todo, item.if_so) == ("Call the person", "Call Sora")


async def test_another_receiver_takes_each_item_anew(connection: Connection) -> None:
    await case(connection)
    case_id = await drafted(connection)
    await sent(connection, case_id)
    await take_all(connection, case_id)
    given = await handoff_steps.send(connection, TEAM, case_id, to=YUI, by=REN, manager=False, now=DRAFTED)
    assert isinstance(given, Handoff)
    assert [one.state for one in given.items] == ["open"]
    assert isinstance(await accept(connection, await take_all(connection, case_id, YUI), YUI), Handoff)
    assert await on_call(connection) == YUI


async def test_nobody_on_call_is_handed_to_whoever_takes_it_who_is_on_call_at_once(connection: Connection) -> None:
    await connection.execute("SET LOCAL ROLE NONE")
    case_id = await drafted_without_duty(connection)
    handoff = await known(connection, case_id)
    assert handoff.outgoing is None
    claimed = await handoff_steps.claim(connection, TEAM, case_id, by=YUI, now=DRAFTED)
    assert isinstance(claimed, Handoff)
    assert await on_call(connection) == YUI
    assert why(await handoff_steps.claim(connection, TEAM, case_id, by=REN, now=DRAFTED)) == "taken"
    assert isinstance(await accept(connection, claimed, YUI), Handoff)


async def drafted_without_duty(connection: Connection) -> int:
    """Draft while the row of who is on call is another role's, so that nobody is on call first."""
    await connection.execute("UPDATE chatops.oncall SET role = 'secondary'")
    return await drafted(connection)


async def test_the_draft_follows_whoever_takes_on_call_meanwhile(connection: Connection) -> None:
    case_id = await drafted(connection)
    await oncall.take(connection, TEAM, YUI, DRAFTED)
    await handoffs.refresh(connection, TEAM, case_id, DRAFTED)
    assert (await known(connection, case_id)).outgoing == YUI


async def test_the_receiver_is_called_after_15_minutes_and_management_after_30_and_nobody_when_it_was_accepted(
    connection: Connection,
) -> None:
    case_id = await drafted(connection)
    await sent(connection, case_id)
    subject = cases.subject(case_id)
    assert await due.pending(connection, handoff_calls.REMIND, subject) == CLOSING + timedelta(minutes=15)
    assert await due.pending(connection, handoff_calls.RAISE, subject) == CLOSING + timedelta(minutes=30)
    now = CLOSING + timedelta(minutes=15)
    await handoff_calls.remind(connection, TEAM, Due(2, handoff_calls.REMIND, subject, now), now)
    assert (await known(connection, case_id)).reminded_at == now
    now = CLOSING + timedelta(minutes=30)
    await handoff_calls.raise_(connection, TEAM, Due(3, handoff_calls.RAISE, subject, now), now)
    await connection.execute("UPDATE chatops.due SET done_at = due_at WHERE due_at <= $1", now)  # as the ticker does
    await handoffs.refresh(connection, TEAM, case_id, now)
    assert isinstance(await accept(connection, await take_all(connection, case_id, now=now), now=now), Handoff)
    await handoff_calls.raise_(connection, TEAM, Due(4, handoff_calls.RAISE, subject, now), now)
    said = await connection.fetch(
        "SELECT renderer, count(*) FROM chatops.posts WHERE renderer IN ('handoff.remind', 'handoff.raise')"
        " GROUP BY renderer"
    )
    assert {row["renderer"]: row["count"] for row in said} == {"handoff.remind": 1, "handoff.raise": 1}


async def test_nobody_is_called_at_night(connection: Connection) -> None:
    late = at("2026-11-27 21:50")
    case_id, _ = await handoffs.open_handoff(connection, TEAM, incoming=None, opened_by=AOI, planned_at=None, now=late)
    await handoff_steps.send(connection, TEAM, case_id, to=REN, by=AOI, manager=False, now=late)
    morning = at("2026-11-28 08:30")
    subject = cases.subject(case_id)
    assert await due.pending(connection, handoff_calls.REMIND, subject) == morning
    assert await due.pending(connection, handoff_calls.RAISE, subject) == morning + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("now", "next_at"),
    [
        ("2026-11-27 09:00", "2026-11-27 17:30"),
        ("2026-11-27 17:30", "2026-11-30 17:30"),
        ("2026-11-28 12:00", "2026-11-30 17:30"),
        ("2026-11-20 18:00", "2026-11-24 17:30"),  # Monday the 23rd is a holiday
        ("2026-12-31 17:29", "2026-12-31 17:30"),
    ],
)
def test_the_next_draft_comes_half_an_hour_before_the_end_of_a_working_day(now: str, next_at: str) -> None:
    assert handoff_calls.next_draft(TEAM, at(now)) == at(next_at)


@pytest.mark.parametrize(
    ("day", "weekend"),
    [("2026-11-26", False), ("2026-11-27", True), ("2026-11-28", False), ("2027-04-28", False), ("2027-04-30", True)],
)
def test_the_last_working_day_of_the_week_has_the_weekend_handoff(day: str, weekend: bool) -> None:  # noqa: FBT001
    assert handoffs.is_weekend(TEAM, at(f"{day} 18:00")) is weekend


async def test_a_late_draft_says_so_and_one_that_is_too_late_is_recorded_as_missed(connection: Connection) -> None:
    row = Due(1, handoff_calls.DRAFT, handoff_calls.SUBJECT, DRAFTED)
    await handoff_calls.draft(connection, TEAM, row, at("2026-11-28 09:00"))
    assert await handoffs.under_way(connection) is None
    assert await connection.fetchval("SELECT state FROM chatops.runs WHERE schedule = 'handoff'") == "missed"
    await drafted(connection, at("2026-11-27 19:10"))
    results = await connection.fetch("SELECT result FROM chatops.audit WHERE action = 'handoff:draft' ORDER BY number")
    assert [one["result"] for one in results] == ["missed", "late"]


async def test_after_some_days_away_the_last_draft_comes_and_the_others_are_said_to_be_missed(
    connection: Connection,
) -> None:
    wednesday = Due(1, handoff_calls.DRAFT, handoff_calls.SUBJECT, at("2026-11-25 17:30"))
    await handoff_calls.draft(connection, TEAM, wednesday, DRAFTED)
    found = await handoffs.under_way(connection)
    assert found is not None
    assert (await known(connection, found)).planned_at == CLOSING
    missed = await connection.fetch(
        "SELECT planned_at FROM chatops.runs WHERE schedule = 'handoff' ORDER BY planned_at"
    )
    assert [one["planned_at"] for one in missed] == [at("2026-11-25 18:00"), at("2026-11-26 18:00")]
    assert await due.pending(connection, handoff_calls.DRAFT, handoff_calls.SUBJECT) == at("2026-11-30 17:30")


async def test_a_handoff_under_way_serves_the_next_end_of_a_day(connection: Connection) -> None:
    case_id, _ = await handoffs.open_handoff(
        connection, TEAM, incoming=REN, opened_by=AOI, planned_at=None, now=at("2026-11-27 12:00")
    )
    assert await drafted(connection) == case_id
    assert (await known(connection, case_id)).planned_at == CLOSING
    assert await connection.fetchval("SELECT count(*) FROM chatops.handoffs") == 1


async def next_planned(connection: Connection) -> datetime | None:
    """Return when the next draft comes."""
    return await due.pending(connection, handoff_calls.DRAFT, handoff_calls.SUBJECT)


def with_calendar(**other: Any) -> Team:
    """Return the team with another calendar."""
    return replace(TEAM, calendar=replace(TEAM.calendar, **other))


async def test_a_draft_is_planned_anew_when_the_calendar_changes_and_again_when_it_changes_back(
    connection: Connection,
) -> None:
    morning = DRAFTED - timedelta(hours=8)
    closed = with_calendar(closing_days=frozenset({"2026-11-27"}))
    longer = with_calendar(business=Hours.parse("09:00-19:00"))
    expected = [
        (TEAM, "2026-11-27 17:30"),
        (closed, "2026-11-30 17:30"),
        (TEAM, "2026-11-27 17:30"),
        (longer, "2026-11-27 18:30"),
        (TEAM, "2026-11-27 17:30"),
    ]
    for team, when in expected:
        await handoff_calls.begin(connection, team, morning)
        assert await next_planned(connection) == at(when)
    await handoff_calls.begin(connection, TEAM, DRAFTED + timedelta(hours=1))
    assert await next_planned(connection) == DRAFTED, "what is overdue stays, to come late"
    await connection.execute("UPDATE chatops.due SET done_at = due_at WHERE due_at = $1", DRAFTED)  # as the ticker does
    await drafted(connection)
    assert await next_planned(connection) == at("2026-11-30 17:30"), "it was taken back before, and comes again"


async def test_a_day_that_had_its_draft_gets_no_second_one_when_business_hours_change(connection: Connection) -> None:
    await drafted(connection)
    longer = with_calendar(business=Hours.parse("09:00-19:00"))
    await handoff_calls.begin(connection, longer, DRAFTED + timedelta(minutes=10))
    assert await next_planned(connection) == at("2026-11-30 18:30")


async def called(connection: Connection, case_id: int) -> list[str]:
    """Return what the calls say, in order."""
    rows = await connection.fetch(
        "SELECT renderer, parameters FROM chatops.posts WHERE renderer LIKE 'handoff.r%' ORDER BY id"
    )
    subject = cases.subject(case_id)
    renderers = handoff_thread.renderers()
    made = [await renderers[row["renderer"]](connection, subject, row["parameters"], TEAM) for row in rows]
    return ["\n".join(screens.plain_of(one.blocks)) for one in made]


async def test_the_first_call_says_when_management_is_called_and_that_it_is_called_too_when_both_come_at_once(
    connection: Connection,
) -> None:
    case_id = await drafted(connection)
    await sent(connection, case_id)
    subject = cases.subject(case_id)
    first = CLOSING + timedelta(minutes=15)
    await handoff_calls.remind(connection, TEAM, Due(2, handoff_calls.REMIND, subject, first), first)
    (said,) = await called(connection, case_id)
    assert "Management is called <!date^" in said
    assert "18:30" in said
    back = CLOSING + timedelta(hours=1)
    await handoff_calls.raise_(connection, TEAM, Due(3, handoff_calls.RAISE, subject, first), back)
    said, _ = await called(connection, case_id)
    assert "Management is called too." in said
    assert "18:30" not in said
