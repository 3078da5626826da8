"""Who cannot take over a handoff, two clicks at once, pages of items and of earlier handoffs, and ways from a list."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.base.database import Pool
from bot.duty import checklists, handoff_notes, handoff_steps, handoffs, oncall
from bot.duty.handoffs import Handoff
from bot.engine import cases
from bot.engine.access import Group, Person
from bot.slack.blocks import Message
from bot.slack.interactions import Errors, Outcome, Show
from commands import handoff_messages
from tests.support import pressing, screens
from tests.support.listing import value
from tests.support.pressing import NOW, TEAM, press, shown, words

pytestmark = pytest.mark.database
AOI, REN = "U0OP1", "U0OP2"
PERSON = Person("U0X", "Emi Sakurai", "T0FAXI")
UNFIT = {
    "deactivated": (replace(PERSON, deactivated=True), "Emi Sakurai has left, and their account is closed."),
    "guest": (replace(PERSON, guest=True), "Emi Sakurai is a guest here."),
    "foreign": (replace(PERSON, foreign=True, team="T0OTHER"), "Emi Sakurai belongs to another workspace."),
    "bot": (replace(PERSON, bot=True), "Emi Sakurai is a program, which nobody can call."),
    "in_no_group": (PERSON, "Emi Sakurai is not in"),
    "oneself": (Person(AOI, "Aoi Tanaka", "T0FAXI"), "You cannot hand over to yourself."),
}
WITH_EMI = {**pressing.GROUPS, Group.OPERATIONS: frozenset({AOI, REN, PERSON.id})}
READBACK = "I watch what is open, and call management when it grows."


async def opened(pool: Pool, notes: int = 0, *, sent: bool = False) -> Handoff:
    """Draft a handoff from Aoi with so many notes; sent: to Ren, who has taken all of it."""
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, AOI, NOW)
        for n in range(notes):
            await handoff_notes.add(connection, who=AOI, words=f"Look at thing {n + 1}", now=NOW)
        case_id, new = await handoffs.open_handoff(
            connection, TEAM, incoming=None, opened_by=AOI, planned_at=None, now=NOW
        )
        assert new
        if sent:
            await handoff_steps.send(connection, TEAM, case_id, to=REN, by=AOI, manager=False, now=NOW)
            for n in range(notes):
                await handoff_steps.take(connection, TEAM, (case_id, n + 1, 1), by=REN, now=NOW)
        found = await handoffs.load(connection, case_id)
    assert found is not None
    return found


async def button(pool: Pool, handoff: Handoff) -> str:
    """Return the value of the handoff's buttons."""
    async with pool.acquire() as connection:
        return await handoffs.value(connection, handoff)


async def accept(pool: Pool, handoff: Handoff) -> Outcome:
    """Accept as Ren."""
    metadata = await button(pool, handoff)
    form: dict[str, Any] = {"metadata": metadata, "values": {"readback": READBACK}}
    return await press(pool, "handoff.accept", REN, kind="view", **form)


async def test_a_word_that_is_not_known_is_answered_with_the_commands_that_are(pool: Pool) -> None:
    outcome = await press(pool, "/faxi-handoff", AOI, kind="command", text="banana", marked="banana")
    assert "`/faxi-handoff @person` and `/faxi-handoff last` are known." in words(shown(outcome).blocks)


@pytest.mark.parametrize("who", UNFIT)
async def test_who_cannot_take_over_is_refused_in_the_command_and_in_the_form(pool: Pool, who: str) -> None:
    person, said = UNFIT[who]
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, AOI, NOW)
    text = f"<@{person.id}>"
    refused = await press(pool, "/faxi-handoff", AOI, kind="command", text=text, marked=text, prepared=person)
    assert (refused.result, refused.allowed) == ("refused:receiver", False)
    assert said in words(shown(refused).blocks)
    async with pool.acquire() as connection:
        assert await handoffs.under_way(connection) is None
    handoff = await opened(pool)
    chosen: dict[str, Any] = {"metadata": await button(pool, handoff), "values": {"person": person.id}}
    form = await press(pool, "handoff.give", AOI, kind="view", prepared=person, **chosen)
    assert isinstance(form.answer, Errors)
    assert said in form.answer.fields["person"]
    async with pool.acquire() as connection:
        after = await handoffs.load(connection, handoff.case_id)
    assert after is not None
    assert (after.state, after.incoming) == ("draft", None)


async def test_of_two_clicks_at_once_one_accepts_and_the_other_changes_nothing(pool: Pool) -> None:
    handoff = await opened(pool, 2, sent=True)
    both = await asyncio.gather(accept(pool, handoff), accept(pool, handoff))
    assert sorted(one.result for one in both) == ["accepted", "refused:accepted"]
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM chatops.posts WHERE renderer = 'handoff.accepted'") == 1
        duty = await oncall.now_on_call(connection)
    assert duty is not None
    assert duty.person == REN


def ids(message: Message) -> list[str]:
    """Return the buttons of a message by what they do."""
    return [one["action_id"] for block in message.blocks for one in screens.elements(block)]


async def test_items_beyond_six_stand_on_further_pages_and_are_taken_there(pool: Pool) -> None:
    handoff = await opened(pool, 14)
    async with pool.acquire() as connection, connection.transaction():
        await handoff_steps.send(connection, TEAM, handoff.case_id, to=REN, by=AOI, manager=False, now=NOW)
    first = shown(await press(pool, "handoff.show", REN, value=await button(pool, handoff)))
    assert "1-6 of 14" in words(first.blocks)
    second = shown(await press(pool, "handoff.next", REN, value=value(first, "handoff.next"), ephemeral=True))
    assert "7-12 of 14" in words(second.blocks)
    assert "*7. Note of Aoi Tanaka*" in words(second.blocks)
    last = shown(await press(pool, "handoff.next", REN, value=value(second, "handoff.next"), ephemeral=True))
    assert "13-14 of 14" in words(last.blocks)
    assert "handoff.next" not in ids(last)
    back = shown(await press(pool, "handoff.previous", REN, value=value(last, "handoff.previous"), ephemeral=True))
    assert "7-12 of 14" in words(back.blocks)
    taken = await press(pool, "handoff.take", REN, value=value(back, "handoff.take", 1), ephemeral=True)
    assert (taken.result, taken.parameters) == ("taken", {"item": 8})
    assert "7-12 of 14" in words(shown(taken).blocks), "whoever takes an item stays on its page"
    seen = shown(await press(pool, "handoff.show", AOI, value=await button(pool, handoff)))
    assert "handoff.take" not in ids(seen), "only the receiver takes"


async def test_earlier_handoffs_come_in_pages_the_newest_first(pool: Pool) -> None:
    for _ in range(7):
        assert (await accept(pool, await opened(pool, sent=True))).result == "accepted"
    first = shown(await press(pool, "/faxi-handoff", "U0AUD1", kind="command", text="last"))
    assert "1-5 of 7" in words(first.blocks)
    assert words(first.blocks).count(READBACK) == 5
    second = shown(
        await press(pool, "handoff.earlier", "U0AUD1", value=value(first, "handoff.earlier"), ephemeral=True)
    )
    assert "6-7 of 7" in words(second.blocks)
    assert "*OPS-0001*" in words(second.blocks)
    assert "handoff.earlier" not in ids(second)
    back = shown(await press(pool, "handoff.later", "U0AUD1", value=value(second, "handoff.later"), ephemeral=True))
    assert words(back.blocks) == words(first.blocks)


async def evening(pool: Pool) -> int:
    """Open the end-of-day list of the shipped runbook."""
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, AOI, NOW)
        return await checklists.open_list(connection, TEAM, "end_of_day", planned_at=None, now=NOW, opened_by=AOI)


async def item(pool: Pool, case_id: int, name: str) -> tuple[str, str, str | None]:
    """Return the value of an item's buttons, how it stands, and who answered it."""
    async with pool.acquire() as connection:
        case, found = await cases.load(connection, case_id), await cases.step_value(connection, case_id, name)
    step = case.step(name) if case else None
    assert step is not None
    return found, step.state, step.who


async def test_the_end_of_day_list_leads_to_the_handoff_and_to_a_note_for_it_which_answers_the_items(
    pool: Pool,
) -> None:
    case_id = await evening(pool)
    start, _, _ = await item(pool, case_id, "ongoing")
    drafted = await press(pool, "handoff.start", AOI, value=start)
    assert drafted.result == "drafted"
    assert (await item(pool, case_id, "ongoing"))[1:] == ("done", AOI)
    again = await press(pool, "handoff.start", REN, value=start)
    assert (again.result, again.allowed) == ("refused:answered", False)
    note, _, _ = await item(pool, case_id, "next_day")
    form = await press(pool, "handoff.add", REN, value=note)
    assert isinstance(form.answer, Show)
    filled: dict[str, Any] = {"metadata": form.answer.view.metadata, "values": {"words": "Call Sora about the queue"}}
    added = await press(pool, "handoff.note", REN, kind="view", **filled)
    assert (added.result, added.case_id) == ("added", drafted.case_id)
    assert (await item(pool, case_id, "next_day"))[1:] == ("done", REN)
    assert drafted.case_id is not None
    async with pool.acquire() as connection:
        handoff = await handoffs.load(connection, drafted.case_id)
    assert handoff is not None
    assert "note" in {one.kind for one in handoff.items}


async def test_a_list_that_leads_to_a_handoff_under_way_shows_it(pool: Pool) -> None:
    handoff, case_id = await opened(pool), await evening(pool)
    start, _, _ = await item(pool, case_id, "ongoing")
    found = await press(pool, "handoff.start", REN, value=start, now=NOW + timedelta(minutes=5))
    assert (found.result, found.case_id) == ("shown", handoff.case_id)
    assert f"{handoff.number} is drafted" in words(shown(found).blocks)
    assert (await item(pool, case_id, "ongoing"))[1:] == ("done", REN)
    assert pressing.labels(shown(found).blocks) == []


@pytest.mark.parametrize("who", ["deactivated", "guest", "foreign", "bot"])
async def test_a_receiver_who_cannot_take_over_any_more_when_it_is_sent_is_refused(pool: Pool, who: str) -> None:
    handoff = await opened(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE chatops.handoffs SET incoming = $1", PERSON.id)
    person, said = UNFIT[who]
    click: dict[str, Any] = {"value": await button(pool, handoff), "groups": WITH_EMI}
    refused = await press(pool, "handoff.send", AOI, prepared=person, **click)
    assert (refused.result, refused.allowed) == ("refused:receiver", False)
    assert said in words(shown(refused).blocks)
    stale = await press(pool, "handoff.send", AOI, prepared=Person(REN, "Ren Mori", "T0FAXI"), **click)
    assert stale.result == "refused:unknown_button", "the draft is for somebody else by now"
    assert (await press(pool, "handoff.send", AOI, prepared=PERSON, **click)).result == "sent"


async def test_the_button_that_sends_a_draft_names_its_receiver_so_that_slack_is_asked_about_them(pool: Pool) -> None:
    handoff = await opened(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE chatops.handoffs SET incoming = $1", REN)
        made = await handoff_messages.live(connection, cases.subject(handoff.case_id), {}, TEAM)
    row = next(one for one in made.blocks if "handoff.send" in str(one))
    assert row["block_id"] == f"to-{REN}"
