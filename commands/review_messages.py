"""What is said in the thread of a review that is open: the call after the night, and the call when it is late."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import cases, roster
from bot.engine.access import Group
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import review_calls
from bot.slack import text
from bot.slack.blocks import Message, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import wording


async def _loaded(connection: Connection, subject: str, team: Team) -> tuple[Case, Mrkdwn, Mrkdwn]:
    """Return the review, who is called (whoever has it, if still of the team, else operations), and until when."""
    case = await cases.of_subject(connection, subject)
    who = wording.mention_group(team, Group.OPERATIONS)
    if case.owner is not None and case.owner != roster.BOT and await roster.works(connection, case.owner):
        who = text.user(case.owner)
    # Of one that was closed before this could be sent, the time is not kept.
    return case, who, text.deadline(case.due_at, team.zone) if case.due_at else md("now")


async def _morning(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    case, who, until = await _loaded(connection, subject, team)
    by = md("") if await review_calls.is_late(connection, case) else md(" by {until}", until=until)
    said = md("*This review waits since the night.* {who}, please review the account{by}.", who=who, by=by)
    return message(f"A review waits since the night: please see to it ({case.number}).", section(said))


async def _late(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    case, who, until = await _loaded(connection, subject, team)
    step = case.present
    do = md("step {n}: {title}", n=step.position, title=step.title) if step else md("it is closed by now")
    said = md(
        ":warning: *This review is late:* it was due by {until}. {who}, please go on with it ({do}).",
        until=until,
        who=who,
        do=do,
    )
    return message(f"A review is late: please go on with it ({case.number}).", section(said))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the calls for reviews."""
    return {review_calls.MORNING: _morning, review_calls.LATE: _late}
