"""What the bot says of what it noticed by itself: limits that were crossed, and what it asks again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import cases
from bot.engine.team import Team
from bot.mail import thresholds, watching
from bot.slack import text
from bot.slack.blocks import Message, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import wording


async def _baseline(_connection: Connection, _subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say how many accounts stood at a limit before the bot began."""
    flagged, over = int(parameters["flagged"]), int(parameters["over"])
    stand = "1 account stands" if flagged == 1 else f"{flagged:,} accounts stand"
    said = md(
        ":eyes: *{stand} at 3 or more complaints* in 30 days, {over} of them at 5 or more, from before the bot began.\n"
        "Nothing was asked for. `/faxi-account` shows an account.",
        stand=stand,
        over=f"{over:,}",
    )
    return message(f"{stand} at 3 or more complaints, from before the bot began.", section(said))


async def _planned(_connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread of somebody's request that the bot asks, because the complaints stand."""
    at = datetime.fromisoformat(parameters["at"])
    number = cases.number(cases.id_of(subject))
    said = md("*The complaints still stand.* The bot asks on {at}.", at=text.deadline(at, team.zone))
    return message(f"The complaints still stand: the bot asks on {wording.until(at, team)} ({number}).", section(said))


async def _again(_connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say in the thread of the last request that the bot asked again, or why not."""
    number = cases.number(cases.id_of(subject))
    if "case" in parameters:
        new = cases.number(int(parameters["case"]))
        return message(f"Asked again: {new} ({number}).", section(md("*Asked again:* {new}.", new=new)))
    said = md("*Not asked again.* {why}", why=_why_not(str(parameters["why"])))
    return message(f"Not asked again, and nothing was changed ({number}).", section(said))


def _why_not(code: str) -> Mrkdwn:
    if code.startswith("complaints:"):
        now = int(code.partition(":")[2])
        return md("{count} in 30 days now, and 5 are the limit.", count=wording.count(now, "complaint", "complaints"))
    return {
        "already_restricted": md("The account is restricted."),
        "denied": md("It was denied meanwhile."),
    }.get(code, md("The account is gone."))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the posts about what the bot noticed."""
    drawn: Mapping[str, Callable[..., Any]] = {
        watching.BASELINE_POST: _baseline,
        thresholds.PLANNED_POST: _planned,
        thresholds.AGAIN_POST: _again,
    }
    return drawn
