"""What the bot says of lists that came too late to be begun: all of them at once, each with its times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.duty import list_runs
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Message, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import wording


async def _missed(_connection: Connection, _subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say which lists did not come, because the bot was down until it was too late for them."""
    lists = parameters["lists"]
    times = sum(int(one["times"]) for one in lists)
    what = wording.count(times, "list was", "lists were")
    lines = [md(":warning: *{what} missed: the bot was down.* It is too late to begin them now.", what=what)]
    if times == 1:
        lines = [md(":warning: *{what} missed: the bot was down.* It is too late to begin it now.", what=what)]
    lines += [_line(one, team) for one in lists]
    lines.append(md("`/faxi-checklist` with a list's name begins it all the same."))
    return message(f"{what[:1].upper()}{what[1:]} missed: the bot was down.", section(text.join("\n", lines)))


def _line(one: Mapping[str, Any], team: Team) -> Mrkdwn:
    """Write a list's title, how often it did not come, and from when to when."""
    known = team.runbook.checklists.get(one["name"])
    title = known.title if known else one["name"]
    first, last = (text.deadline(datetime.fromisoformat(one[which]), team.zone) for which in ("first", "last"))
    if int(one["times"]) == 1:
        return md("• {title}, {at}", title=title, at=first)
    return md(
        "• {title}, {times} times, {first} to {last}", title=title, times=f"{one['times']:,}", first=first, last=last
    )


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the post about missed lists."""
    return {list_runs.MISSED: _missed}
