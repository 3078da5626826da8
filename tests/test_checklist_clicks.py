"""What people press on a list: each item once, each click answered, the last one ends the list and tells its result."""

from datetime import timedelta

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.duty import checklist_days, checklists, oncall
from bot.engine import cases, due
from bot.engine.access import Right
from bot.engine.checks import Finding
from bot.slack.interactions import Errors, Outcome, Say, Show
from tests.support import listing, pressing, screens
from tests.support.listing import PLANNED, a_list, a_team, check, confirm
from tests.support.team import at

pytestmark = pytest.mark.database
TEAM = a_team(
    morning=a_list(
        confirm("queue", "The queue"),
        confirm("plans", "Follow-up", asks="What is planned?"),
        check("rate", "Bounces", leads_to="flagged"),
    ),
    end_of_day=a_list(confirm("notes", "Notes"), title="End of day checklist"),
)
RED = {"rate": Finding("fail")}


async def begun(pool: Pool) -> int:
    case_id = await listing.begin(pool, TEAM)
    await listing.look(pool, TEAM, RED)
    return case_id


async def value(pool: Pool, case_id: int, item: str) -> str:
    async with pool.acquire() as connection:
        return await cases.step_value(connection, case_id, item)


def said(outcome: Outcome) -> str:
    assert isinstance(outcome.answer, Say), outcome
    return pressing.words(pressing.shown(outcome).blocks)


async def test_two_people_press_done_and_the_second_is_told_by_whom(pool: Pool) -> None:
    case_id = await begun(pool)
    item = await value(pool, case_id, "queue")
    first = await listing.press(pool, TEAM, "check.done", "U0OP1", value=item)
    assert "Saved: item 1, done." in said(first)
    assert "1 item is left" in said(first)
    second = await listing.press(pool, TEAM, "check.done", "U0OP2", value=item)
    assert (second.result, second.allowed) == ("refused:answered", False)
    assert "answered already by Aoi Tanaka* at <!date^1795564800^{time}|09:00 JST>. Nothing was changed." in said(
        second
    )
    again = await listing.press(pool, TEAM, "check.done", "U0OP1", value=item)
    assert "answered already by you" in said(again)
    step = (await listing.load(pool, case_id)).step("queue")
    assert step is not None
    assert (step.state, step.who) == ("done", "U0OP1")


async def test_the_last_item_completes_the_list_and_tells_its_result_once(pool: Pool) -> None:
    case_id = await begun(pool)
    await listing.press(pool, TEAM, "check.done", value=await value(pool, case_id, "queue"))
    item = await value(pool, case_id, "plans")
    done = {"answer": "done", "note": ""}
    last = await listing.press(pool, TEAM, "check.answer", kind="view", metadata=item, values=done)
    assert "It was the last one, and the list is complete." in said(last)
    case = await listing.load(pool, case_id)
    assert (case.state, case.closed_by) == ("done", "U0OP1")
    assert [renderer for renderer, _ in await listing.posts(pool, case_id)] == [checklists.RESULT]
    assert await listing.run_due(pool, TEAM, at("2026-11-25 18:00")) == []
    late = await listing.press(pool, TEAM, "check.done", value=await value(pool, case_id, "queue"))
    assert late.result == "refused:answered"
    other = await listing.press(
        pool, TEAM, "check.other", value=listing.value(await listing.drawn(pool, TEAM, case_id), "check.show")
    )
    assert "Nothing of" in said(other)


async def test_an_item_of_a_list_that_ended_is_not_answered_any_more(pool: Pool) -> None:
    case_id = await begun(pool)
    item = await value(pool, case_id, "queue")
    await listing.begin(pool, TEAM, planned_at=PLANNED + timedelta(days=1))
    late = await listing.press(pool, TEAM, "check.done", value=item)
    assert "ended as the next list came*. Nothing was changed. `/faxi-checklist` shows today's lists." in said(late)
    form = await listing.press(pool, TEAM, "check.answer", value=item)
    assert "ended as the next list came" in said(form)


async def test_what_cannot_be_done_is_told_to_whoever_is_on_call(pool: Pool) -> None:
    case_id = await begun(pool)
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, "U0OP2", PLANNED)
    values = {"answer": "blocked", "note": "The console does not open."}
    item = await value(pool, case_id, "plans")
    outcome = await listing.press(pool, TEAM, "check.answer", kind="view", metadata=item, values=values)
    assert outcome.result == "failed"
    ((renderer, parameters),) = await listing.posts(pool, case_id)
    post = await listing.drawn(pool, TEAM, case_id, renderer, **parameters)
    assert "<@U0OP2>, this cannot be done. Please have a look." in str(post.blocks)
    assert "The console does not open." in str(post.blocks)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"answer": "skip", "note": ""}, "note"),
        ({"answer": "na", "note": "  "}, "note"),
        ({"answer": "done", "note": "x" * 5000}, "note"),
        ({"answer": "perhaps", "note": "why"}, "answer"),
        ({}, "answer"),
    ],
    ids=["no note", "blank note", "5,000 letters", "no such answer", "nothing"],
)
async def test_a_form_that_does_not_fit_says_what_to_mend_and_changes_nothing(
    pool: Pool, values: dict[str, str], field: str
) -> None:
    case_id = await begun(pool)
    item = await value(pool, case_id, "plans")
    outcome = await listing.press(pool, TEAM, "check.answer", kind="view", metadata=item, values=values)
    assert isinstance(outcome.answer, Errors)
    assert field in outcome.answer.fields
    step = (await listing.load(pool, case_id)).step("plans")
    assert step is not None
    assert step.state == "todo"


async def test_a_chosen_item_is_skipped_or_gets_a_note_and_stays_open(pool: Pool) -> None:
    case_id = await begun(pool)
    shown = await listing.drawn(pool, TEAM, case_id)
    form = await listing.press(pool, TEAM, "check.other", value=listing.value(shown, "check.other"))
    assert isinstance(form.answer, Show)
    metadata = form.answer.view.metadata
    values = {"item": "plans", "answer": "note", "note": "We wait for the bank."}
    noted = await listing.press(pool, TEAM, "check.other", kind="view", metadata=metadata, values=values)
    assert (noted.result, "It stays open." in said(noted)) == ("noted", True)
    ((renderer, parameters),) = await listing.posts(pool, case_id)
    post = await listing.drawn(pool, TEAM, case_id, renderer, **parameters)
    assert "We wait for the bank." in str(post.blocks)
    values = {"item": "plans", "answer": "skip", "note": "The bank is closed."}
    skipped = await listing.press(pool, TEAM, "check.other", kind="view", metadata=metadata, values=values)
    assert skipped.result == "skipped"
    values["item"] = "rate"
    own = await listing.press(pool, TEAM, "check.other", kind="view", metadata=metadata, values=values)
    assert own.result == "refused:answered"
    values["item"] = "no_such"
    gone = await listing.press(pool, TEAM, "check.other", kind="view", metadata=metadata, values=values)
    assert gone.result == "refused:old_button"
    values["item"] = ""
    empty = await listing.press(pool, TEAM, "check.other", kind="view", metadata=metadata, values=values)
    assert isinstance(empty.answer, Errors)


@pytest.mark.parametrize("name", ["check.done", "check.answer", "check.other", "check.show", "checklist.start"])
async def test_a_button_of_no_list_is_answered(pool: Pool, name: str) -> None:
    outcome = await listing.press(pool, TEAM, name, value="cs_gone1234")
    assert (outcome.result, outcome.allowed) == ("refused:old_button", False)


async def test_open_items_are_called_for_at_half_time_and_at_the_end_and_then_the_result_is_told(pool: Pool) -> None:
    case_id = await begun(pool)
    assert await listing.run_due(pool, TEAM, at("2026-11-25 09:30")) == [checklists.HALF]
    await listing.press(pool, TEAM, "check.done", "U0OP2", value=await value(pool, case_id, "queue"))
    assert await listing.run_due(pool, TEAM, at("2026-11-25 18:00")) == [checklists.END]
    posts = await listing.posts(pool, case_id)
    assert [renderer for renderer, _ in posts] == [checklists.HALF, checklists.END, checklists.RESULT]
    assert [one.get("call") for _, one in posts] == ["operations", "U0OP2", None], (
        "whoever works on it, once somebody does"
    )
    drawn = [await listing.drawn(pool, TEAM, case_id, renderer, **one) for renderer, one in posts]
    assert "2 items are still open at half time" in str(drawn[0].blocks)
    assert "<@U0OP2>, 1 item is open at the end of the day." in str(drawn[1].blocks)
    assert "1 of 3 still open" in str(drawn[2].blocks)
    await listing.press(pool, TEAM, "check.done", value=await value(pool, case_id, "plans"))
    assert len(await listing.posts(pool, case_id)) == 3, "the day's result was told"


async def test_nobody_is_called_in_the_night_after_an_outage(pool: Pool) -> None:
    case_id = await begun(pool)
    assert await listing.run_due(pool, TEAM, at("2026-11-25 23:30")) == [checklists.HALF, checklists.END]
    assert await listing.posts(pool, case_id) == []
    async with pool.acquire() as connection:
        planned = await due.pending(connection, checklists.END, cases.subject(case_id))
    assert planned == at("2026-11-26 08:30")
    await listing.run_due(pool, TEAM, at("2026-11-26 08:30"))
    assert [one for one, _ in await listing.posts(pool, case_id)] == [checklists.END, checklists.RESULT]


async def test_a_list_whose_checks_are_all_in_order_is_complete_by_itself(pool: Pool) -> None:
    team = a_team(morning=a_list(check("rate", "Bounces")))
    case_id = await listing.begin(pool, team)
    await listing.look(pool, team, {"rate": Finding("pass")})
    case = await listing.load(pool, case_id)
    assert (case.state, case.closed_by) == ("done", "bot")
    assert [one for one, _ in await listing.posts(pool, case_id)] == [checklists.RESULT]
    assert "*1 of 1 done.*" in str((await listing.drawn(pool, team, case_id)).blocks)


async def test_what_could_not_be_looked_at_is_a_persons_and_never_in_order(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM)
    await listing.look(pool, TEAM, {"rate": Finding("unknown")})
    shown = await listing.drawn(pool, TEAM, case_id)
    assert "0 of 3 answered by the bot. 3 left for you." in str(shown.blocks)
    assert "Please look yourself." in str(shown.blocks)
    assert ":white_check_mark: 3." not in str(shown.blocks)
    again = await listing.press(pool, TEAM, "case.look", value=listing.value(shown, "case.look"))
    assert "The bot looks at step 3 of" in said(again)
    await listing.look(pool, TEAM, {"rate": Finding("pass")})
    after = str((await listing.drawn(pool, TEAM, case_id)).blocks)
    assert "case.look" not in after
    assert "*1 of 3 answered by the bot. 2 left for you.*" in after


async def test_a_list_of_which_nothing_could_be_looked_at_is_drawn_and_each_item_is_looked_at_again(pool: Pool) -> None:
    names = [f"rate_{n}" for n in range(1, 25)]
    team = a_team(morning=a_list(*(check(name) for name in names)))
    case_id = await listing.begin(pool, team)
    await listing.look(pool, team, dict.fromkeys(names, Finding("unknown")))
    assert "24 left for you" in str((await listing.drawn(pool, team, case_id)).blocks), "too many for a button each"
    team = a_team(morning=a_list(*(check(name) for name in names[:6])))
    case_id = await listing.begin(pool, team, planned_at=PLANNED + timedelta(days=1))
    await listing.look(pool, team, dict.fromkeys(names[:6], Finding("unknown")))
    shown = await listing.drawn(pool, team, case_id)
    assert len({listing.value(shown, "case.look", n) for n in range(6)}) == 6


async def test_a_failed_check_offers_what_fits_and_then_names_who_has_it(pool: Pool) -> None:
    team = a_team(morning=a_list(check("rate", "Bounces", leads_to="high"), confirm("queue")))
    high = team.runbook.procedures["review"].model_copy(
        update={"title": "High bounce rate", "starts": "by_hand", "about_account": False}
    )
    team.runbook.procedures["high"] = high  # type: ignore[index]  # a dictionary of this test's own
    case_id = await listing.begin(pool, team)
    await listing.look(pool, team, RED)
    shown = await listing.drawn(pool, team, case_id)
    assert "What fits: High bounce rate." in str(shown.blocks)
    opened = await listing.press(pool, team, "case.propose", value=listing.value(shown, "case.propose"))
    assert opened.allowed, opened
    shown = await listing.drawn(pool, team, case_id)
    assert "Aoi Tanaka has it, case OPS-" in str(shown.blocks)
    async with pool.acquire() as connection:
        found = await connection.fetchval("SELECT opened_from FROM chatops.cases WHERE procedure = 'high'")
    assert found == case_id


async def test_done_on_a_private_page_shows_the_page_anew(pool: Pool) -> None:
    case_id = await begun(pool)
    shown = await listing.drawn(pool, TEAM, case_id)
    page = await listing.press(pool, TEAM, "check.show", value=listing.value(shown, "check.other"))
    item = listing.value(pressing.shown(page), "check.done")
    after = await listing.press(pool, TEAM, "check.done", value=item, ephemeral=True)
    assert "Saved: item 1, done." in said(after)
    assert pressing.labels(pressing.shown(after).blocks) == ["Answer…"]


async def test_the_command_shows_todays_list_and_starts_one_that_is_not_there(pool: Pool) -> None:
    case_id = await begun(pool)
    shown = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="Morning")
    assert (shown.case_id, shown.result) == (case_id, "shown")
    started = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="end of day")
    assert (started.result, started.tag) == ("started", "checklist:start")
    again = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="end_of_day")
    assert (again.result, again.case_id) == ("shown", started.case_id)
    overview = await listing.press(pool, TEAM, "/faxi-checklist", kind="command")
    assert "Morning checklist, Wed 25 Nov*\n2 items left" in said(overview)
    picked = await listing.press(
        pool, TEAM, "checklist.show", value=listing.value(pressing.shown(overview), "checklist.show", 1)
    )
    assert picked.case_id == started.case_id


async def test_starting_by_hand_takes_the_place_of_the_one_that_is_still_to_come(pool: Pool) -> None:
    early = at("2026-11-25 08:35")
    started = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="morning", now=early)
    assert "It takes the place of the one planned for 09:00." in said(started)
    assert await listing.begin(pool, TEAM) == started.case_id


async def test_an_auditor_reads_lists_and_starts_none(pool: Pool) -> None:
    refused = await listing.press(pool, TEAM, "/faxi-checklist", "U0AUD1", kind="command", text="morning")
    assert (refused.result, refused.allowed) == ("refused:not_allowed", False)
    case_id = await begun(pool)
    shown = await listing.press(pool, TEAM, "/faxi-checklist", "U0AUD1", kind="command", text="morning")
    assert shown.case_id == case_id
    one = [each for each in wiring.catalogue() if each.name in {"check.done", "check.answer", "check.other"}]
    assert {each.right for each in one} == {Right.WORK}


@pytest.mark.parametrize(
    ("typed", "label"), [("mornin", "Show the list morning"), ("yesterdy", "Show yesterday's lists")]
)
async def test_a_word_that_is_not_known_gets_the_nearest_as_a_button(pool: Pool, typed: str, label: str) -> None:
    outcome = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text=typed)
    assert outcome.result == "refused:unknown_option"
    assert label in pressing.labels(pressing.shown(outcome).blocks)


async def test_yesterdays_list_and_the_next_two_weeks_are_shown(pool: Pool) -> None:
    none = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="yesterday")
    assert "No earlier list is kept." in said(none)
    case_id = await begun(pool)
    later = PLANNED + timedelta(days=1)
    shown = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="yesterday", now=later)
    assert shown.case_id == case_id
    await listing.begin(pool, TEAM, "end_of_day")
    both = await listing.press(pool, TEAM, "checklist.yesterday", now=later)
    assert pressing.labels(pressing.shown(both).blocks) == ["Show list", "Show list"]
    plan = await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="schedule", now=PLANNED)
    assert "Thu 26 Nov 09:00 End of day checklist, 09:00 Morning checklist" in said(plan).replace("*", "")


async def test_items_that_are_skipped_again_and_again_are_found(pool: Pool) -> None:
    for day in range(3):
        now = PLANNED - timedelta(days=day)
        case_id = await listing.begin(pool, TEAM, planned_at=now)
        await listing.look(pool, TEAM, RED, now)
        values = {"answer": "skip", "note": "No time today."}
        item = await value(pool, case_id, "queue")
        await listing.press(pool, TEAM, "check.answer", kind="view", metadata=item, values=values, now=now)
    async with pool.acquire() as connection:
        found = await checklist_days.repeated_skips(
            connection, PLANNED - timedelta(days=30), PLANNED + timedelta(days=1)
        )
    assert [(one.list, one.name, one.title, one.skipped, one.not_done) for one in found] == [
        ("morning", "queue", "The queue", 3, 0)
    ]


async def test_a_lists_number_shows_the_list(pool: Pool) -> None:
    case_id = await begun(pool)
    shown = await listing.press(pool, TEAM, "/faxi-case", kind="command", text=cases.number(case_id))
    assert "2 left for you" in said(shown)
    assert pressing.labels(pressing.shown(shown).blocks) == ["Done", "Answer…"]


async def test_what_the_bot_could_not_look_at_is_looked_at_again_from_the_private_page_too(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM)
    await listing.look(pool, TEAM, {"rate": Finding("unknown", {"why": "away"})})
    live = await listing.drawn(pool, TEAM, case_id)
    page = pressing.shown(await listing.press(pool, TEAM, "/faxi-checklist", kind="command", text="morning"))
    again = "Look again at 3"
    assert pressing.labels(live.blocks).count(again) == 1
    assert pressing.labels(page.blocks).count(again) == 1
    outcome = await listing.press(pool, TEAM, "case.look", value=listing.value(page, "case.look"), ephemeral=True)
    assert outcome.result == "asked_to_look"


async def test_flagged_accounts_that_are_not_in_order_are_shown_by_a_button(pool: Pool) -> None:
    flagged = check("flagged", "Flagged accounts").model_copy(update={"calls": "flagged.new"})
    team = a_team(morning=a_list(flagged, confirm("queue")))
    case_id = await listing.begin(pool, team)
    await listing.look(pool, team, {"flagged.new": Finding("fail", {"flagged": 2, "new": 1, "unasked": 1})})
    buttons = [one for block in (await listing.drawn(pool, team, case_id)).blocks for one in screens.elements(block)]
    assert "flagged.show" in [one.get("action_id") for one in buttons]


async def test_the_first_list_of_a_morning_names_the_other_one_in_its_thread(pool: Pool) -> None:
    first = await begun(pool)
    assert "Also in this thread" not in str((await listing.drawn(pool, TEAM, first)).blocks)
    versions = "SELECT max(wanted) FROM chatops.live_messages WHERE subject = $1"
    before = await pool.fetchval(versions, cases.subject(first))
    second = await listing.begin(pool, TEAM, "end_of_day", parent=first)
    assert await pool.fetchval(versions, cases.subject(first)) > before
    named = f"Also in this thread: End of day checklist ({cases.number(second)})."
    assert named in str((await listing.drawn(pool, TEAM, first)).blocks)
    assert "Also in this thread" not in str((await listing.drawn(pool, TEAM, second)).blocks)


async def test_a_list_that_ends_by_itself_with_a_check_that_is_not_in_order_says_so(pool: Pool) -> None:
    team = a_team(morning=a_list(check("rate", "Bounces")))
    case_id = await listing.begin(pool, team)
    await listing.look(pool, team, RED)
    assert (await listing.load(pool, case_id)).resolution == "everything was looked at, 1 not in order"
    ((renderer, parameters),) = await listing.posts(pool, case_id)
    result = await listing.drawn(pool, team, case_id, renderer, **parameters)
    assert pressing.words(result.blocks).startswith(
        ":warning: *Morning checklist, Wed 25 Nov: complete, 1 not in order.*"
    )
