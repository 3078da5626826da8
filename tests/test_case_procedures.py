"""A procedure from opening to closing: what its message asks and offers, what its thread tells, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.duty import case_opening
from bot.duty.case_opening import Opened, Refused
from bot.engine import cases, outbox, roster
from bot.engine.access import Person
from bot.engine.cases import Case, Origin
from bot.engine.checks import Finding
from bot.engine.procedures import Closing, Procedure, Step, When
from bot.engine.runbook import Runbook
from bot.slack.blocks import Message
from bot.slack.interactions import Errors, Outcome, Show
from commands import acts, case_buttons, case_thread
from tests.support import listing, pressing, screens
from tests.support.databases import Database
from tests.support.pressing import NOW, labels, press, shown, words

LINK = "https://status.example.jp/"
MINUTE = timedelta(minutes=1)


def _step(name: str, title: str, kind: Any = "confirm", **more: Any) -> Step:
    why = "a conversation is between people" if kind == "confirm" else None
    return Step(name=name, kind=kind, title=title, source="Feedback", why_by_hand=why, **more)


BOUNCES = Procedure(
    title="Many bounces",
    source="Handling High Bounce Rate Alert",
    severity="critical",
    trigger="Bounce rate > 5%",
    closing=Closing(asks="finding", choices={"domain": "One domain", "sender": "One sender"}),
    steps=(
        _step("had", "Acknowledge the alert", "act", calls=acts.ACKNOWLEDGE),
        _step("recent", "Look at the bounces", "show", calls="bounces.recent"),
        _step("pattern", "Find the pattern", "check", calls="pattern", asks="What do they have in common?", link=LINK),
        _step("well", "The rest is well", "check", calls="well", leads_to="talk"),
        _step("call", "Call AWS"),
        _step("else", "Ask somebody else", when=When(step="call", state="failed")),
    ),
)
TALK = Procedure(
    title="Talk", source="Feedback", severity="routine", about_account=True, steps=(_step("talk", "Talk"),)
)
GENERAL = Procedure(title="Something", source="Feedback", severity="warning", steps=(_step("look", "Look into it"),))
OTHERS = {"bounces": BOUNCES, "talk": GENERAL.model_copy(update={"title": "Talk"}), "general": GENERAL, "person": TALK}
TEAM = replace(pressing.TEAM, runbook=Runbook({**pressing.TEAM.runbook.procedures, **OTHERS}, "hash"))
FOUND = {"pattern": Finding("warn", {}), "well": Finding("fail", {})}


async def opened(pool: Pool, name: str = "bounces", by: str = roster.BOT, **more: Any) -> int:
    """Open a case, and let the bot look at its checks."""
    async with pool.acquire() as connection, connection.transaction():
        made = await case_opening.open_procedure(connection, TEAM, name, by=by, now=NOW, **more)
    assert isinstance(made, Opened)
    return made.case_id


async def looked(pool: Pool, **found: Finding) -> None:
    """Let the bot look at what waits for it."""
    await listing.look(pool, TEAM, {**FOUND, **found}, NOW)


async def load(pool: Pool, case_id: int) -> Case:
    """Return the case as it stands."""
    return await listing.load(pool, case_id)


async def drawn(pool: Pool, case_id: int, renderer: str = "case", **parameters: Any) -> Message:
    """Draw a message about a case; it keeps the rules of screens."""
    return await listing.drawn(pool, TEAM, case_id, renderer, **parameters)


async def pressed(
    pool: Pool, case_id: int, name: str, step: str, who: str = "U0OP1", form: dict[str, str] | None = None, **more: Any
) -> Outcome:
    """Press a button about a step, or submit its form."""
    async with pool.acquire() as connection:
        value = await cases.step_value(connection, case_id, step)
    if form is None:
        return await press(pool, name, who, team=TEAM, value=value, **more)
    return await press(pool, name, who, kind="view", team=TEAM, metadata=value, values=form, **more)


async def story(pool: Pool, case_id: int) -> list[str]:
    """Return what the thread of a case tells, post by post."""
    rows = await pool.fetch(
        "SELECT renderer, parameters FROM chatops.posts WHERE subject = $1 ORDER BY id", cases.subject(case_id)
    )
    return [(await drawn(pool, case_id, row["renderer"], **row["parameters"])).text for row in rows]


def _leads_on(late: Outcome) -> bool:
    return '"Open again…" in it opens it.' in words(shown(late).blocks)


async def test_a_procedure_is_worked_off_from_opening_to_closing_and_opened_again(pool: Pool) -> None:
    case_id = await opened(pool)
    assert await _live(pool, case_id) is None, "it appears when the bot has looked"
    await looked(pool)
    first = await drawn(pool, case_id)
    number = cases.number(case_id)
    assert first.text == f"{number} Many bounces: step 1 of 6 waits."
    title, asked, state = words(first.blocks).split("\n")[:3]
    assert (title, asked) == (f":rotating_light: {number} Many bounces", "*Step 1 of 6: Acknowledge the alert*")
    assert state.startswith(":white_large_square: Open, nobody has it")
    assert labels(first.blocks)[:1] == ["I have it"]

    had = await pressed(pool, case_id, acts.ACKNOWLEDGE, "had", now=NOW + 8 * MINUTE)
    assert "You have" in words(shown(had).blocks)
    assert "after 8 minutes" in words(shown(had).blocks)
    late = await pressed(pool, case_id, acts.ACKNOWLEDGE, "had", "U0OP2", now=NOW + 9 * MINUTE)
    assert (late.result, late.allowed) == ("refused:had", False)
    assert "You are free." in words(shown(late).blocks)

    second = await drawn(pool, case_id)
    assert labels(second.blocks)[:2] == ["Show it", "Answer…"]
    ran = await pressed(pool, case_id, case_buttons.RUN, "recent")
    assert (ran.result, ran.parameters["step"]) == ("shown", "recent")
    again = await pressed(pool, case_id, case_buttons.RUN, "recent", "U0OP2")
    assert again.result == "refused:answered"

    third = await drawn(pool, case_id)
    assert "*Step 3 of 6: What do they have in common?*" in words(third.blocks)
    assert labels(third.blocks)[:3] == ["Look now", "Answer…", "Open the page"]
    await pressed(pool, case_id, case_buttons.LOOK, "pattern")
    await looked(pool, pattern=Finding("pass", {}))
    assert _state(await load(pool, case_id), "pattern") == ("done", "bot")

    note = {"answer": "failed", "note": "AWS does not answer."}
    refused = await pressed(
        pool, case_id, case_buttons.CLOSE, "call", form={"words": "All is well.", "finding": "domain"}
    )
    assert refused.result == "refused:not_now"
    assert (await pressed(pool, case_id, case_buttons.ANSWER, "call", form=note)).result == "failed"
    assert "*6. Ask somebody else*, now" in words((await drawn(pool, case_id)).blocks), "what waits for a failure opens"
    last = await pressed(pool, case_id, case_buttons.ANSWER, "else", form=note | {"answer": "done"})
    assert (labels(shown(last).blocks), "done. It was the last" in words(shown(last).blocks)) == (["Close…"], True)

    form = await pressed(pool, case_id, case_buttons.CLOSE, "else")
    assert isinstance(form.answer, Show)
    for wrong in (
        {"words": "All is well."},
        {"words": "no", "finding": "domain"},
        {"words": "n" * 5000, "finding": "x"},
    ):
        assert isinstance((await pressed(pool, case_id, case_buttons.CLOSE, "else", form=wrong)).answer, Errors)
    whole = {"words": "One outside domain was away.", "finding": "domain"}
    assert (await pressed(pool, case_id, case_buttons.CLOSE, "else", form=whole)).result == "closed"
    for name in (case_buttons.ANSWER, case_buttons.NOTE, case_buttons.HANDOVER, case_buttons.LOOK, acts.ACKNOWLEDGE):
        late = await pressed(pool, case_id, name, "pattern", "U0OP2")
        assert (late.result, late.allowed, _leads_on(late)) == ("refused:closed", False, True), name
    closed = await drawn(pool, case_id)
    assert closed.text == f"{number} Many bounces: closed."
    assert "*One domain.* Aoi Tanaka writes:\nOne outside domain was away." in words(closed.blocks)
    assert labels(closed.blocks) == ["Show the record", "Open again…"]

    assert await story(pool, case_id) == [
        f"{number} was opened by faxi-bot.",
        f"Aoi Tanaka has it after 8 minutes ({number}).",
        f"Aoi Tanaka: step 2 done ({number}).",
        f"Nothing bounced in 24 hours ({number}).",
        f"Aoi Tanaka: step 5 could not be done ({number}).",
        f"Aoi Tanaka: step 6 done ({number}).",
        f"Aoi Tanaka closed {number}.",
    ]
    back = await pressed(pool, case_id, case_buttons.REOPEN, "else", "U0OP2", form={"note": "It comes back."})
    assert back.result == "reopened"
    assert "*7. See to what opened it again*, now" in words((await drawn(pool, case_id)).blocks)


async def _live(pool: Pool, case_id: int) -> Any:
    async with pool.acquire() as connection:
        return await outbox.head_of(connection, cases.subject(case_id))


def _state(case: Case, name: str) -> tuple[str, str | None]:
    step = case.step(name)
    assert step is not None
    return step.state, step.who


async def test_a_check_whose_source_is_away_is_unknown_and_never_in_order(pool: Pool) -> None:
    case_id = await opened(pool)
    await looked(pool, well=Finding("unknown", {"why": "away"}), pattern=Finding("unknown", {"why": "away"}))
    case = await load(pool, case_id)
    assert [_state(case, one)[0] for one in ("pattern", "well")] == ["todo", "todo"]
    for step in ("had", "recent"):
        async with pool.acquire() as connection:
            await cases.settle(connection, case_id, step, "done", who="U0OP1", now=NOW)
    said = words((await drawn(pool, case_id)).blocks)
    assert ":grey_question: *Unknown* since" in said
    assert ":white_check_mark: 3." not in said
    assert ":white_check_mark: 4." not in said


async def test_a_check_that_fails_starts_what_fits_once_and_shows_it_then(pool: Pool) -> None:
    case_id = await opened(pool)
    await looked(pool)
    before = await drawn(pool, case_id)
    assert "Start the procedure" in labels(before.blocks)
    assert ":no_entry_sign: 4. The rest is well" in words(before.blocks), "answered by the bot, and not in order"
    first = await pressed(pool, case_id, case_buttons.PROPOSE, "well")
    second = await pressed(pool, case_id, case_buttons.PROPOSE, "well", "U0OP2")
    assert (first.result, first.tag, second.result) == ("opened", "case:open", "there")
    assert first.case_id == second.case_id
    assert first.case_id is not None
    child = await load(pool, first.case_id)
    assert (child.opened_from, child.owner, child.procedure) == (case_id, "U0OP1", "talk")
    after = await drawn(pool, case_id)
    assert "Show the procedure" in labels(after.blocks)
    assert f"Opened from this: {child.number} Talk." in words(after.blocks)
    assert f"from {cases.number(case_id)}" in words((await drawn(pool, child.id)).blocks)
    await pressed(pool, case_id, case_buttons.LOOK, "well")
    await looked(pool, well=Finding("pass", {}))
    assert "Show the procedure" not in labels((await drawn(pool, case_id)).blocks)


async def test_of_one_procedure_about_the_same_no_second_case_is_opened_unasked(pool: Pool, database: Database) -> None:
    account = await pressing.add_user(database)
    first = await opened(pool, "person", "U0OP1", account=account)
    assert await opened(pool, "person", "U0OP2", account=account) == first
    assert await opened(pool, "person", "U0OP2", account=account, another=True) != first
    assert await opened(pool, "person", "U0OP2", account=await _another_user(database)) != first
    message = Origin(channel="C0OPS", ts="1.2")
    general = await opened(pool, "general", "U0OP1", origin=message)
    assert await opened(pool, "general", "U0OP2", origin=message) == general
    assert await opened(pool, "general", "U0OP2") != general, "each is about something else"
    async with pool.acquire() as connection, connection.transaction():
        for name, why in (("none", "no_procedure"), ("restriction", "by_command"), ("person", "no_account")):
            refused = await case_opening.open_procedure(connection, TEAM, name, by="U0OP1", now=NOW)
            assert refused == Refused(why)  # type: ignore[arg-type]
    said = await drawn(pool, general)
    assert "p12|a message>" in words(said.blocks)


async def _another_user(database: Database) -> UUID:
    made = UUID(int=77, version=4)
    async with database.connect() as connection:
        await connection.execute(
            "INSERT INTO public.users (id, phone_number, email_address)"
            " VALUES ($1, '+819012340077', '819012340077@me.faxi.jp')",
            made,
        )
    return made


async def test_what_the_bot_opens_by_itself_is_recorded_and_called_nobodys(pool: Pool) -> None:
    case_id = await opened(pool, "general", interaction="due:1")
    row = await pool.fetchrow("SELECT action, actor, result FROM chatops.audit WHERE case_id = $1", case_id)
    assert row is not None
    assert tuple(row) == ("case:open", "bot", "opened")
    assert "nobody has it yet" in words((await drawn(pool, case_id)).blocks)


@pytest.mark.parametrize(
    ("person", "works", "why"),
    [
        (Person("U0GUEST", "Guest", "T0FAXI", guest=True), True, "is a guest here"),
        (Person("U0GONE", "Gone", "T0FAXI", deactivated=True), True, "is deactivated"),
        (Person("U0BOT", "Bot", "T0FAXI", bot=True), True, "That is a bot."),
        (Person("U0EXT", "Ext", "T0OTHER", foreign=True), True, "of another workspace"),
        (Person("U0AUD1", "Sora Abe", "T0FAXI"), False, "in none of the groups that work on cases. Please choose"),
    ],
    ids=lambda one: one.id if isinstance(one, Person) else str(one)[:12],
)
async def test_a_case_is_handed_only_to_somebody_who_works_here(
    pool: Pool,
    person: Person,
    works: bool,  # noqa: FBT001
    why: str,
) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    prepared = (person, works)
    outcome = await pressed(pool, case_id, case_buttons.HANDOVER, "look", form={"person": person.id}, prepared=prepared)
    assert isinstance(outcome.answer, Errors)
    assert why in outcome.answer.fields["person"]
    assert (await load(pool, case_id)).owner == "U0OP1"


async def test_whoever_gets_a_case_is_called_in_its_thread_with_the_words_for_them(pool: Pool) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    to = (Person("U0OP2", "Ren Mori", "T0FAXI"), True)
    form = {"person": "U0OP2", "note": "I am away from noon."}
    assert (await pressed(pool, case_id, case_buttons.HANDOVER, "look", form=form, prepared=to)).result == "handed_over"
    assert (await load(pool, case_id)).owner == "U0OP2"
    row = await pool.fetchrow("SELECT parameters FROM chatops.posts WHERE renderer = $1", case_thread.HANDED)
    assert row is not None
    said = await drawn(pool, case_id, case_thread.HANDED, **row["parameters"])
    assert "<@U0OP2>, Aoi Tanaka hands" in str(said.blocks)
    assert "I am away from noon." in words(said.blocks)


async def test_a_case_is_taken_over_from_whoever_is_away(pool: Pool) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    me = (Person("U0OP2", "Ren Mori", "T0FAXI"), True)

    async def take() -> Outcome:
        form = {"person": "U0OP2"}
        return await pressed(pool, case_id, case_buttons.HANDOVER, "look", "U0OP2", form=form, prepared=me)

    assert "You have OPS-" in words(shown(await take()).blocks)
    assert (await load(pool, case_id)).owner == "U0OP2"
    row = await pool.fetchrow("SELECT parameters FROM chatops.posts WHERE renderer = $1", case_thread.HANDED)
    assert row is not None
    said = await drawn(pool, case_id, case_thread.HANDED, **row["parameters"])
    assert "*Ren Mori* takes" in str(said.blocks)
    assert "over from Aoi Tanaka." in str(said.blocks)
    assert "Ren Mori takes" in said.text
    assert (await take()).result == "refused:had"


async def test_whoever_takes_over_what_nobody_has_answered_answers_it(pool: Pool) -> None:
    case_id = await opened(pool, "general")
    me = (Person("U0OP2", "Ren Mori", "T0FAXI"), True)
    form = {"person": "U0OP2"}
    await pressed(pool, case_id, case_buttons.HANDOVER, "look", "U0OP2", form=form, prepared=me)
    case = await load(pool, case_id)
    assert (case.owner, case.acknowledged_by, case.state) == ("U0OP2", "U0OP2", "acknowledged")


async def test_the_record_shows_all_that_happened_in_pages(pool: Pool) -> None:
    case_id = await opened(pool, "general", "U0OP1")
    for place in range(9):
        form = {"note": f"Note {place} " + "n" * 950}
        assert (await pressed(pool, case_id, case_buttons.NOTE, "look", form=form, now=NOW + place * MINUTE)).allowed
    page = await pressed(pool, case_id, case_buttons.RECORD, "look", "U0AUD1")
    assert isinstance(page.answer, Show)
    assert "1-6 of 11" in words(page.answer.view.blocks)
    assert list(screens.problems("views.open", page.answer.view.payload())) == []
    following = next(
        one for block in page.answer.view.blocks for one in screens.elements(block) if one["text"]["text"] == "Next"
    )
    rest = await press(pool, "case.record_after", "U0AUD1", team=TEAM, value=following["value"])
    assert isinstance(rest.answer, Show)
    assert "7-11 of 11" in words(rest.answer.view.blocks)
    assert "Note 8" in words(rest.answer.view.blocks)


async def test_the_list_says_of_each_case_what_is_next(pool: Pool) -> None:
    await opened(pool, "general", "U0OP1")
    listed = await press(pool, "/faxi-case", kind="command", team=TEAM, text="list")
    assert "OPS-0001 Something, somebody has it, Aoi Tanaka, next: Look into it" in words(shown(listed).blocks)


async def test_the_shortcut_makes_a_case_of_a_message_and_keeps_no_word_of_it(pool: Pool, database: Database) -> None:
    account = await pressing.add_user(database)
    form = await press(pool, "case.open", kind="shortcut", team=TEAM, channel="C0OPS", message_ts="1764.000100")
    assert isinstance(form.answer, Show)
    view = form.answer.view
    assert "p1764000100" in str(view.blocks)

    async def submit(procedure: str, number: str = "") -> Outcome:
        values = {"procedure": procedure, "account": number}
        return await press(pool, "case.open", kind="view", team=TEAM, metadata=view.metadata, values=values)

    assert isinstance((await submit("restriction")).answer, Errors), "a command of its own opens it"
    assert isinstance((await submit("person")).answer, Errors), "it is about an account"
    assert isinstance((await submit("person", "+81 90 0000 0000")).answer, Errors)
    about = await submit("person", "+81 90 1234 4821")
    assert (about.result, about.subject) == ("opened", account)
    made = await submit("general")
    assert made.case_id is not None
    case = await load(pool, made.case_id)
    assert (case.from_channel, case.from_ts, case.owner) == ("C0OPS", "1764.000100", "U0OP1")
    again = await submit("general")
    assert (again.result, again.case_id) == ("there", made.case_id)
    value = next(
        one["value"]
        for block in shown(again).blocks
        for one in screens.elements(block)
        if one["text"]["text"] == "Open another one"
    )
    other = await press(pool, "case.another", team=TEAM, value=value)
    assert other.result == "opened"
    assert other.case_id != made.case_id
    twice = await press(pool, "case.another", team=TEAM, value=value)
    assert (twice.result, twice.case_id) == ("there", other.case_id), "a second press opens no third one"


def test_the_acts_that_people_start_are_those_that_hold_up_a_case() -> None:
    assert set(acts.ACTS) == cases.STARTED_BY_PEOPLE
    declared = {one.name for one in wiring.catalogue() if one.kind == "action"}
    assert {act.action_id for act in acts.ACTS.values()} <= declared
