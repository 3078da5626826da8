"""A list's messages and forms say what was drawn, and keep the rules of screens."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.duty import checklist_answers
from bot.engine import cases
from bot.engine.checks import Finding
from bot.slack.interactions import Errors, Say, Show
from tests.support import listing, screens
from tests.support.listing import PLANNED, a_list, a_team, check, confirm
from tests.support.system import JSON
from tests.support.team import at
from tests.test_lift_screens import lines
from tests.test_screens import drawn, general

pytestmark = pytest.mark.database
SCREEN = drawn("morning-checklist")
TEAM = a_team(
    morning=a_list(
        check("bounces", "Bounces"),
        check("alerts", "Alerts"),
        check("complaints", "Complaints over 0.1%"),
        check("fine_4"),
        check("fine_5", "PagerDuty"),
        check("critical", "Critical issues", asks="Is it dealt with?"),
        *(check(f"fine_{n}") for n in (7, 8, 9)),
        confirm("aws", "AWS service health", why="not set up", link="https://health.aws.amazon.com"),
        check("flagged", "Flagged accounts"),
        check("details", "Complaints", asks="Have you read the details?"),
        check("follow_up", "Follow-up", asks="What is planned?"),
        *(check(f"fine_{n}") for n in (14, 15)),
        check("failed_jobs", "Failed jobs", asks="Have you read the errors?"),
    )
)
FOUND = {
    **{step.name: Finding("pass") for step in TEAM.runbook.procedures["morning"].steps},
    "complaints": Finding("fail"),
    "critical": Finding("fail"),
    "details": Finding("warn"),
    "follow_up": Finding("warn"),
    "failed_jobs": Finding("warn"),
}
OURS = {
    # what a check found is F's to say, tried in its own tests; one line an item, so that a number names one item
    ":rotating_light: *N. Complaints over N.N%:* N.N% (N of N)": ":rotating_light: *N. Complaints over N.N%:* ",
    "*N. Critical issues, N*": "*N. Critical issues*",
    "*N. Complaints of N accounts*": "*N. Complaints*",
    "*N. Follow-up for them*": "*N. Follow-up*",
    "*N. Follow-up for N accounts*": "*N. Follow-up*",
    "*N. Failed jobs, N of N*": "*N. Failed jobs*",
    "NAME has it, case OPS-N.": "",
    ":white_check_mark: N. Bounces N.N% (N of N): N permanent, N temporary": ":white_check_mark: N. Bounces: ",
    ":white_check_mark: N. Delivered N.N% (N of N; the last hour is not counted yet)": "",
    ":white_check_mark: N, N. Alerts: N last night, acknowledged": ":white_check_mark: N. Alerts: ",
    ":white_check_mark: N. PagerDuty: N open incidents": ":white_check_mark: N. PagerDuty: ",
    ":white_check_mark: N, N, N. SES: sending, not in sandbox": "",
    ":white_check_mark: N. Flagged accounts: N, N of them new": ":white_check_mark: N. Flagged accounts: ",
    ":white_check_mark: N, N. Queue runs, N stuck": "",
    # the item's whole title
    ":heavy_minus_sign: N. AWS health skipped, NAME": ":heavy_minus_sign: N. AWS service health skipped, NAME",
    # how late it is stands first; the count follows it
    "*N minutes late: the bot was down at DAY.*": "*N minutes late: the bot was down at DAY.*",
    "From the runbook: plan follow-up actions.": "From the runbook: Morning Checklist N.N.",
    "*Follow-up for N accounts*": "*N. Follow-up*",
    "N accounts have N or more complaints in N days:": "",
    "• ACCOUNT, N complaints, request OPS-N": "",
    "• ACCOUNT, N complaints, not reviewed": "",
    # one hint and one example serve all answers; what lacks is said below the field
    "What is planned, by whom, by when": "What is planned, by whom, by when; or why it is skipped",
    "Needed for all answers but Done.": "Needed for all answers but Done. No names of users, no numbers",
}


def as_built(line: str) -> str:
    """Return what is to be seen in place of a line that was drawn."""
    for was, now in OURS.items():
        if line.startswith(was):
            return now if line == was else line.replace(was, now)
    return line


def lacking(blocks: list[JSON], wanted: JSON) -> list[str]:
    """Return the drawn lines that are not shown."""
    said = "\n".join(lines(blocks))
    parts = wanted.get("view") or wanted
    return [line for line in map(as_built, lines(parts["blocks"])) if line not in said]


async def begun(pool: Pool, late: int = 0) -> int:
    now = PLANNED + timedelta(minutes=late)
    case_id = await listing.begin(pool, TEAM, now=now)
    await listing.look(pool, TEAM, FOUND, now)
    return case_id


async def answer(pool: Pool, case_id: int, name: str, who: str, minutes: int, **more: str) -> None:
    state, note = more.get("state", "done"), more.get("note")
    async with pool.acquire() as connection, connection.transaction():
        done = await checklist_answers.answer(
            connection,
            TEAM,
            case_id,
            name,
            state,  # type: ignore[arg-type]  # of a test's own
            who=who,
            now=PLANNED + timedelta(minutes=minutes),
            note=note,
        )
    assert isinstance(done, checklist_answers.Answered)


async def test_a_list_is_posted_worked_off_and_complete_as_drawn(pool: Pool) -> None:
    case_id = await begun(pool)
    posted = await listing.drawn(pool, TEAM, case_id)
    assert lacking(list(posted.blocks), SCREEN["posted"]) == []
    assert general(posted.text) == general(SCREEN["posted"]["text"])
    texts = [text for block in posted.blocks for _, _, text in screens.texts(block)]
    trouble = next(n for n, text in enumerate(texts) if "Complaints over" in text)
    assert trouble < next(n for n, text in enumerate(texts) if "Critical issues" in text), "what failed comes first"

    await answer(pool, case_id, "critical", "U0OP1", 6, note="In hand, see OPS-0052.")
    await answer(pool, case_id, "aws", "U0OP2", 8, state="skipped", note="Not today.")
    await answer(pool, case_id, "details", "U0OP2", 11)
    under_way = await listing.drawn(pool, TEAM, case_id)
    assert lacking(list(under_way.blocks), SCREEN["in_progress"]) == []
    assert general(under_way.text) == general(SCREEN["in_progress"]["text"])

    await answer(pool, case_id, "follow_up", "U0OP2", 20)
    await answer(pool, case_id, "failed_jobs", "U0OP2", 24)
    complete = await listing.drawn(pool, TEAM, case_id)
    assert lacking(list(complete.blocks), SCREEN["complete"]) == []
    assert general(complete.text) == general(SCREEN["complete"]["text"])
    assert "Count fine" not in str(complete.blocks), "what was in order is under its button"


async def test_a_late_list_says_so_first_as_drawn(pool: Pool) -> None:
    case_id = await begun(pool, late=37)
    late = await listing.drawn(pool, TEAM, case_id)
    assert lacking(list(late.blocks), SCREEN["posted_late"]) == []
    assert general(late.text) == general(SCREEN["posted_late"]["text"])
    assert "*37 minutes late: the bot was down at" in str(late.blocks)
    assert "Complaints over 0.1%" in str(late.blocks), "what failed is always visible"
    await answer(pool, case_id, "critical", "U0OP1", 40)
    assert "came 37 minutes late" in str((await listing.drawn(pool, TEAM, case_id)).blocks)


async def test_the_form_of_an_item_and_what_the_thread_is_told_are_as_drawn(pool: Pool) -> None:
    case_id = await begun(pool)
    async with pool.acquire() as connection:
        item = await cases.step_value(connection, case_id, "follow_up")
        aws = await cases.step_value(connection, case_id, "aws")
    form = await listing.press(pool, TEAM, "check.answer", value=item)
    assert isinstance(form.answer, Show)
    view = form.answer.view.payload()
    assert (view["title"]["text"], form.answer.view.metadata) == ("Item 13 of 16", item)
    assert lacking(view["blocks"], SCREEN["item"]) == []
    assert list(screens.problems("modal", view)) == []
    missing = await listing.press(
        pool, TEAM, "check.answer", kind="view", metadata=aws, values={"answer": "skip", "note": " "}
    )
    assert missing.answer == Errors({"note": "Please say why, in a few words."})
    values = {"answer": "done", "note": "Complaint alert in hand."}
    async with pool.acquire() as connection:
        critical = await cases.step_value(connection, case_id, "critical")
    saved = await listing.press(pool, TEAM, "check.answer", kind="view", metadata=critical, values=values)
    assert isinstance(saved.answer, Say)
    ((renderer, parameters),) = await listing.posts(pool, case_id)
    note = await listing.drawn(pool, TEAM, case_id, renderer, **parameters)
    assert lacking(list(note.blocks), SCREEN["thread_note"]) == []
    assert general(note.text) == general(SCREEN["thread_note"]["text"])


async def test_a_long_list_goes_on_in_its_thread_and_nothing_is_cut(pool: Pool) -> None:
    steps = [confirm(f"item_{n}", f"Item {n} with a title of some length, as a runbook has it") for n in range(1, 61)]
    team = a_team(morning=a_list(*steps))
    case_id = await listing.begin(pool, team)
    async with pool.acquire() as connection:
        renderers = [
            row["renderer"]
            for row in await connection.fetch(
                "SELECT renderer FROM chatops.live_messages WHERE subject = $1 ORDER BY id", cases.subject(case_id)
            )
        ]
    assert renderers == ["checklist", "checklist.2", "checklist.3"]
    shown = [await listing.drawn(pool, team, case_id, one) for one in renderers]
    said = "\n".join(str(one.blocks) for one in shown)
    assert all(f"*{n}. Item {n} with" in said for n in range(1, 61))
    assert "Items 25 to 60 are in the thread, 36 of them open." in str(shown[0].blocks)
    assert "60 items for you" in shown[0].text
    first = await listing.press(pool, team, "check.show", value=listing.value(shown[0], "check.other"))
    assert isinstance(first.answer, Say)
    assert "Items 1-15 of 60" in str(first.answer.message.blocks)
    last = await listing.press(
        pool, team, "check.next", value=listing.value(first.answer.message, "check.next"), ephemeral=True
    )
    assert isinstance(last.answer, Say)
    assert "Items 16-30 of 60" in str(last.answer.message.blocks)
    assert list(screens.problems("message", last.answer.message.as_arguments())) == []


async def test_the_result_and_the_calls_keep_the_rules(pool: Pool) -> None:
    case_id = await begun(pool)
    assert await listing.run_due(pool, TEAM, at("2026-11-25 18:00")) == ["checklist.half", "checklist.end"]
    for renderer, parameters in await listing.posts(pool, case_id):
        said = await listing.drawn(pool, TEAM, case_id, renderer, **parameters)
        assert "5 " in str(said.blocks)
    await listing.begin(pool, TEAM, planned_at=PLANNED + timedelta(days=1))
    ended = await listing.drawn(pool, TEAM, case_id, "checklist.ended")
    assert "5 items not done" in str(ended.blocks)
    closed = await listing.drawn(pool, TEAM, case_id)
    assert "*11 of 16 done, 5 not done.*" in str(closed.blocks)
    assert "*Not done: 5*" in str(closed.blocks)
