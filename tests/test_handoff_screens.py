"""A handoff looks as it was drawn in each of its states; what differs is listed with its reason."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.duty import handoff_calls, handoffs, oncall
from bot.duty.handoffs import Handoff
from bot.engine import cases
from bot.engine.access import Person
from bot.engine.due import Due
from bot.slack.blocks import Message
from bot.slack.interactions import Errors, Outcome, Show
from bot.slack.surfaces import View
from tests.support import pressing, screens
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.listing import value
from tests.support.mailing import FULL, Mail
from tests.support.pressing import TEAM
from tests.support.system import JSON
from tests.support.team import at
from tests.test_lift_screens import lines
from tests.test_screens import drawn, general

pytestmark = pytest.mark.database
SCREEN = drawn("handoff")
BEGUN, DRAFTED, CLOSING = at("2026-11-27 17:20"), at("2026-11-27 17:30"), at("2026-11-27 18:00")
REN = Person("U0OP2", "Ren Mori", "T0FAXI")
READBACK = "I look for mail from the restricted account each morning, and leave the stuck job to Sora."
OTHERWISE: Mapping[str, str] = {
    # alerts come later; what is counted until then are cases
    "This week: N critical alert, closed. N restriction.": "This week: N restriction. N cases opened, N closed.",
    # whether mail still goes out is looked at when the review is due, and management answers for it
    "Daily: does mail still go out?": "OPS-N: look on DAY whether it can be lifted.",
    "If yes: call Sora Ito.": "If mail still goes out: tell management.",
    # the review comes first, and says whether the person is called
    "Call the person by DAY.": "Review it, by DAY. `/faxi-flagged` leads there.",
    # the queue and maintenance are not connected: people write what they know of them
    "*N. N job stuck* since DAY": "*N. Note of NAME*",
    "*N. Maintenance on DAY*": "*N. Note of NAME*",
    "N. N job stuck": "N. Note of NAME",
    "N. Maintenance on DAY": "N. Note of NAME",
    "item N, N alert fired": "item N, Note of NAME",
    # the rota comes later: who is backup, and until when
    " Backup NAME, until DAY.": "",
    "NAME is called next.": "Management is called next.",
}
"""What was drawn, and what stands in its place for the reason above it."""
TYPED = ("Sora Ito has it", "If more than N: call Sora Ito", "Announce it by", "If not by")
"""Lines of drawn items that people now write themselves, in a quote."""


def as_built(line: str) -> str:
    """Return what is to be seen in place of a line that was drawn."""
    for was, now in OTHERWISE.items():
        line = line.replace(was, now)
    return line


def lacking(shown: Message | View, wanted: JSON) -> list[str]:
    """Return the drawn lines that are not shown, and what breaks the rules."""
    surface: Mapping[str, Any] = shown.as_arguments() if isinstance(shown, Message) else shown.payload()
    said = "\n".join(lines(surface["blocks"]))
    parts = wanted.get("view") or wanted
    missing = [
        line for line in map(as_built, lines(parts["blocks"])) if not line.startswith(TYPED) and line not in said
    ]
    if isinstance(shown, Message) and general(wanted["text"]) != general(shown.text):
        missing.append(f"{wanted['text']} but {shown.text}")
    kind = "message" if isinstance(shown, Message) else "modal"
    return missing + list(screens.problems(kind, surface, ["+8190123"]))


class Story:
    """Friday's handoff from Aoi to Ren, step by step."""

    def __init__(self, pool: Pool, case_id: int) -> None:
        """Tell of this handoff."""
        self.pool, self.case_id, self.now = pool, case_id, DRAFTED

    async def handoff(self) -> Handoff:
        """Return it as it stands."""
        async with self.pool.acquire() as connection:
            found = await handoffs.load(connection, self.case_id)
        assert found is not None
        return found

    async def shown(self, renderer: str = handoffs.RENDERER, **parameters: Any) -> Message:
        """Draw its message, or one in its thread."""
        async with self.pool.acquire() as connection:
            return await wiring.renderers(None)[renderer](connection, cases.subject(self.case_id), parameters, TEAM)

    async def press(self, who: str, name: str, **more: Any) -> Outcome:
        """Press a button of the message."""
        shown = await self.shown()
        return await pressing.press(
            self.pool, name, who, now=self.now, value=value(shown, name, more.pop("n", 0)), **more
        )

    async def fill(self, who: str, form: Outcome, **values: str) -> Outcome:
        """Submit the form that was opened."""
        assert isinstance(form.answer, Show)
        view = form.answer.view
        done = await pressing.press(
            self.pool, view.callback_id, who, kind="view", now=self.now, metadata=view.metadata, values=values
        )
        assert not isinstance(done.answer, Errors), done
        return done


async def told(pool: Pool, database: Database) -> Story:
    """Let a restriction and a flagged account be open, write two notes, and draft the handoff to Ren."""
    mail = Mail()
    sender = mail.person()
    for n in range(200):
        mail.sent(sender, DRAFTED - timedelta(hours=3, seconds=n))
    mail.bounced(sender, at=DRAFTED - timedelta(hours=4), kind="Transient", reason=FULL)
    mail.bounced(sender, at=DRAFTED - timedelta(hours=5))
    mail.rows += [("delivered", sender, f"m{n}", DRAFTED - timedelta(hours=3), None) for n in range(1, 150)]
    await mail.write(database)
    async with database.connect() as eyes:
        office = Office(eyes)
        next(office.numbers)
        restricted = await office.account(restricted=True, since=at("2026-11-25 09:00"))
        await office.restriction(restricted, at=at("2026-11-25 09:00"), follow_up_at=at("2026-12-02 09:00"))
        await eyes.execute(
            "UPDATE chatops.cases SET state = 'done', closed_at = $1, closed_by = 'U0MGR1'", DRAFTED - DAY
        )
        flagged = await office.account()
        for n in range(3):
            await office.complained(flagged, DRAFTED - 2 * DAY + n * timedelta(hours=1))
        await office.crossed(flagged, DRAFTED - timedelta(hours=2), limit=3)
    maintenance = {"words": "Maintenance on Sun 6 Dec: announce it.", "if_so": "It moves."}
    for note in ({"words": "1 job is stuck."}, maintenance):
        await pressing.press(pool, "handoff.note", kind="view", now=BEGUN, metadata="", values=note)
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, "U0OP1", DRAFTED - 7 * DAY)
    text = "<@U0OP2>"
    opened = await pressing.press(
        pool, "/faxi-handoff", kind="command", now=BEGUN, text=text, marked=text, prepared=REN
    )
    assert opened.case_id is not None
    async with database.connect() as eyes:
        await eyes.execute("UPDATE chatops.due SET done_at = due_at")  # as the ticker does, so that nothing is late
    async with pool.acquire() as connection, connection.transaction():
        row = Due(1, handoff_calls.DRAFT, handoff_calls.SUBJECT, DRAFTED)
        await handoff_calls.draft(connection, TEAM, row, DRAFTED)
    return Story(pool, opened.case_id)


async def test_a_handoff_is_drafted_taken_over_and_accepted_as_drawn(pool: Pool, database: Database) -> None:
    story = await told(pool, database)
    assert lacking(await story.shown(), SCREEN["draft"]) == []
    await story.press("U0OP1", "handoff.send", prepared=REN)
    assert lacking(await story.shown(), SCREEN["handed_over"]) == []
    await story.press("U0OP2", "handoff.take")
    await story.press("U0OP2", "handoff.take", n=1)
    assert lacking(await story.shown(), SCREEN["half_taken"]) == []
    question = await story.press("U0OP2", "handoff.ask")
    async with pool.acquire() as connection:
        second = await handoffs.item_value(connection, (await story.handoff()).items[1])
    await story.fill("U0OP2", question, item=second, words="Which hours are good for a call?")
    asked = await story.shown("handoff.question", question=1, quiet=False)
    assert lacking(asked, SCREEN["thread_question"]) == []
    for _ in range(2):
        await story.press("U0OP2", "handoff.take")
    assert lacking(await story.shown(), SCREEN["all_taken"]) == []
    form = await story.press("U0OP2", "handoff.accept")
    assert isinstance(form.answer, Show)
    assert lacking(form.answer.view, SCREEN["accept"]) == []
    assert (await story.fill("U0OP2", form, readback=READBACK)).result == "accepted"
    accepted = await story.shown()
    assert lacking(accepted, SCREEN["accepted"]) == []
    assert READBACK in str(accepted.blocks)


async def test_what_is_new_is_said_and_a_handoff_that_is_not_accepted_says_who_stays_as_drawn(
    pool: Pool, database: Database
) -> None:
    story = await told(pool, database)
    await story.press("U0OP1", "handoff.send", prepared=REN)
    for _ in range(2):
        await story.press("U0OP2", "handoff.take")
    story.now = CLOSING + timedelta(minutes=15)
    async with pool.acquire() as connection, connection.transaction():
        row = Due(2, handoff_calls.REMIND, cases.subject(story.case_id), story.now)
        await handoff_calls.remind(connection, TEAM, row, story.now)
    assert lacking(await story.shown(), SCREEN["not_accepted"]) == []
    await pressing.press(
        pool, "handoff.note", "U0OP1", kind="view", now=story.now, metadata="", values={"words": "An alert fired."}
    )
    news = await story.shown("handoff.changed", new=[5], changed=[], quiet=False)
    assert lacking(news, SCREEN["thread_changed"]) == []
