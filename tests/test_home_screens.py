"""App Home says what was drawn, in each of its states; what differs is listed with its reason."""

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Connection, Pool
from bot.duty import case_opening, checklists, oncall
from bot.duty.status import Status
from bot.engine import anchoring, cases, roster
from bot.engine.access import Membership
from bot.engine.audit import Record
from bot.engine.procedures import Step
from bot.engine.team import Team
from bot.slack.blocks import Block, View
from bot.slack.clicks import Click
from bot.slack.interactions import Call, ShowHome
from commands import home_view
from tests.support import pressing, screens
from tests.support.databases import Database
from tests.support.listing import a_list, a_team, confirm
from tests.support.mailing import Mail
from tests.support.pressing import GROUPS, NOW, add_user, press
from tests.test_screens import drawn, general

pytestmark = pytest.mark.database
LATER = (
    # the rota comes later: who is backup, and until when
    ", backup",
    # reports come later
    "Weekly report",
)
OTHERWISE: Mapping[str, str] = {
    # on call since when; until when is for the rota
    "NAME, backup you, until DAY": "NAME, since DAY",
    "NAME, backup NAME, until DAY": "NAME, since DAY",
    "NAME, backup NAME (list of DAY)": "NAME (list of DAY)",
    # every link begins with Open
    "Read and decide": "Open the request",
    # the draft is made at once: no form opens
    "Hand over…": "Hand over",
}
"""What was drawn, and what stands in its place for the reason above it."""


def steps() -> tuple[Step, ...]:
    """Return sixteen items, the last two of which are asked about and tapped."""
    many = [confirm(f"item_{n}") for n in range(1, 15)]
    return (
        *many,
        confirm("follow_up", "Follow-up for 2 accounts", asks="What is planned?"),
        confirm("jobs", "Failed jobs"),
    )


def team() -> Team:
    """Return a team with the morning's and the evening's list."""
    evening = a_list(confirm("words"), title="End of day checklist")
    schedule = evening.schedule.model_copy(update={"at": "closing", "ahead": 60})
    made = a_team(morning=a_list(*steps()), evening=evening.model_copy(update={"schedule": schedule}))
    return replace(made, runbook=made.runbook.without(wiring.BY_FAX))


TEAM = team()


async def home(pool: Pool, who: str, *, groups: Any = GROUPS, now: datetime = NOW) -> View:
    """Return somebody's Home as it stands, within the rules."""
    outcome = await press(
        pool, "app_home_opened", who, kind="event", value="home", channel=None, team=TEAM, groups=groups, now=now
    )
    assert isinstance(outcome.answer, ShowHome)
    view = outcome.answer.view
    assert list(screens.problems("home", view.payload(), ["+819012344821"])) == []
    return view


def said(blocks: Collection[Block]) -> list[str]:
    """Return every line and every button's words, without what differs from story to story."""
    found = []
    for block in blocks:
        for text in screens.plain_of([block]):
            found += [_plain(line) for line in general(text).split("\n")]
    return found


def _plain(line: str) -> str:
    line = re.sub(r"[\dN,.]+%", "N%", line)
    return re.sub(r"Aoi Tanaka|Yui Kato|Sora Abe", "NAME", line)


def missing(state: str, view: View, but: Collection[str] = ()) -> list[str]:
    """Return what was drawn and is not to be seen."""
    seen, lacks = said(view.blocks), []
    for line in said(drawn("home")[state]["view"]["blocks"]):
        wanted = line
        for was, now in OTHERWISE.items():
            wanted = wanted.replace(was, now)
        if wanted not in seen and not any(word in wanted for word in (*LATER, *but)):
            lacks.append(wanted)
    return lacks


async def used(connection: Connection, *people: str) -> None:
    """Have people used the bot before."""
    for person in people:
        entry = Record(
            at=NOW,
            actor=person,
            actor_team=None,
            channel=None,
            action="status:show",
            interaction=None,
            case_id=None,
            subject=None,
            parameters={},
            allowed=True,
            result="shown",
            milliseconds=5,
        )
        await anchoring.record(connection, entry)


async def on_call(connection: Connection) -> None:
    await oncall.take(connection, TEAM, "U0OP2", NOW)


async def morning(connection: Connection, *, left: int) -> None:
    """Open the morning's list, with so many items left."""
    planned = NOW.replace(hour=9, minute=0)
    case_id = await checklists.open_list(
        connection, TEAM, "morning", planned_at=planned, now=planned, opened_by=roster.BOT
    )
    for step in steps()[: 16 - left]:
        await cases.settle(connection, case_id, step.name, "done", who="U0OP1", now=planned)
    if not left:
        await cases.close(connection, case_id, "done", by="U0OP1", now=planned, resolution="every item is answered")
    live = "UPDATE chatops.live_messages SET channel = 'C0OPS', ts = '1795564800.000300' WHERE subject = $1"
    await connection.execute(live, cases.subject(case_id))


async def a_case(connection: Connection, name: str, *, owner: str, due_at: datetime | None = None) -> None:
    opened = await case_opening.open_procedure(connection, TEAM, name, by=owner, now=NOW, another=True)
    assert isinstance(opened, case_opening.Opened)
    if due_at is not None:
        await cases.set_state(connection, opened.case_id, "waiting", due_at)


async def test_an_operators(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0OP1")
        await on_call(connection)
        await morning(connection, left=2)
        await a_case(connection, "high_complaint_rate", owner="U0OP2")
        await a_case(connection, "general", owner="U0OP2", due_at=NOW + timedelta(days=30))
    view = await home(pool, "U0OP1")
    but = ("Complaint rate", "Restriction, follow-up", "item N", "Failed jobs")
    assert missing("operator", view, but) == []
    lines = said(view.blocks)
    assert "Morning checklist, item N" in lines
    assert ":rotating_light: OPS-N High complaint rate, NAME" in lines
    assert ":hourglass_flowing_sand: OPS-N Something to look into, follow-up DAY" in lines
    first = next(one for block in view.blocks for one in screens.elements(block))
    assert (first["action_id"], first["style"], first["text"]["text"]) == ("check.answer", "primary", "Answer…")
    assert [one["text"]["text"] for one in view.blocks[-2]["elements"]] == [
        "Status",
        "Find account…",
        "Start a procedure…",
        "Restrict…",
        "Hand over",
    ]


async def test_a_managers_with_a_decision(pool: Pool, database: Database) -> None:
    user = await add_user(database, complaints=5, mails=40)
    mail = Mail()
    for kind in ("Permanent", "Permanent", "Transient"):
        mail.bounced(user, kind=kind)
    for _ in range(120):
        mail.sent(user)
    await mail.write(database)
    async with database.connect() as admin:
        await admin.execute(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at)"
            " SELECT 'delivered', user_id, message_id, occurred_at + interval '1 minute' FROM public.email_metrics"
            " WHERE event_type = 'sent' AND message_id <> 'm3'"
        )
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0MGR1")
        await on_call(connection)
        await pressing.ask(connection, user, team=TEAM)
        await connection.execute(
            "UPDATE chatops.live_messages SET channel = 'C0MGMT', ts = '1795544640.000200' WHERE destination = 'C0MGMT'"
        )
    view = await home(pool, "U0MGR1")
    # the story's figures and cases are others
    but = ("Complaint rate",)
    assert missing("manager", view, but) == []


async def test_when_nothing_waits(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0OP1")
        await on_call(connection)
        await morning(connection, left=0)
    assert missing("nothing_waits", await home(pool, "U0OP1")) == []


async def test_the_first_time(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await on_call(connection)
    view = await home(pool, "U0OP1")
    assert missing("first_time", view) == []
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0OP1")
    assert missing("first_time", await home(pool, "U0OP1")) != []


async def test_without_access(pool: Pool) -> None:
    nobody = {group: frozenset[str]() for group in GROUPS}
    membership = Membership(nobody, time.monotonic())
    click = Click("event", "app_home_opened", "home", "U0OP1", None, None, 0.0, NOW, value="home")
    async with pool.acquire() as connection, connection.transaction():
        call = Call(click, pressing.somebody("U0OP1"), membership, connection, NOW, TEAM)
        view = await home_view.drawer(wiring.catalogue, Status())(call)
    assert missing("no_access", view) == []
    assert list(screens.problems("home", view.payload())) == []


async def test_while_the_database_is_away(pool: Pool) -> None:
    catalogue = wiring.catalogue()
    opened = catalogue.find("event", "app_home_opened")
    assert opened is not None
    assert opened.away is not None
    unknown = View("home", "home", opened.away(NOW, TEAM).blocks)
    assert missing("database_away", unknown, ("list of",)) == []
    async with pool.acquire() as connection, connection.transaction():
        await on_call(connection)
    await press(pool, "app_home_opened", kind="event", value="home", channel=None, team=TEAM, run=opened)
    known = View("home", "home", opened.away(NOW, TEAM).blocks)
    assert missing("database_away", known) == []
    assert list(screens.problems("home", known.payload())) == []


async def test_what_is_more_than_fits_is_counted(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0OP1")
        await morning(connection, left=16)
        for _ in range(8):
            await a_case(connection, "general", owner="U0OP1")
    view = await home(pool, "U0OP1")
    lines = "\n".join(screens.plain_of(view.blocks))
    assert lines.startswith("24 things wait for you")
    for line in (
        "10 more items are open: `/faxi-checklist`",
        "5 more cases are yours: `/faxi-case`",
        "And 3 more: `/faxi-case`",
    ):
        assert line in lines


async def test_a_late_follow_up_is_said_to_have_been_due(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await used(connection, "U0OP1")
        await a_case(connection, "general", owner="U0OP2", due_at=NOW - timedelta(days=2))
    lines = said((await home(pool, "U0OP1")).blocks)
    assert ":hourglass_flowing_sand: OPS-N Something to look into, was due DAY" in lines
