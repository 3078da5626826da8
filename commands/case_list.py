"""The list of open cases: one's own and the team's, each with what is next, in pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.base.database import Connection
from bot.engine import cases, handles, roster
from bot.engine.case_lists import Line, Page
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, context, header, message, section
from bot.slack.text import Mrkdwn, md
from commands import case_words, wording
from commands.turning import turns

_PAGES: Final = "pg"
_TOGETHER: Final = 10
"""Lines of one section: Slack takes 3,000 letters."""
_NEXT: Final = 40
"""Letters of the next step's title that a line shows."""


async def listed(connection: Connection, mine: Page, page: Page, offset: int, team: Team, now: datetime) -> Message:
    """Draw one's own open cases, then a page of the team's others, each list with its count."""
    names = await roster.names(connection, [line.owner for line in (*mine.lines, *page.lines)])
    total = page.total
    yours = wording.count(mine.total, "open case of yours", "open cases of yours")
    first = yours if mine.total else "No open case is yours"
    blocks: list[Block] = [header(first)]
    if mine.lines:
        blocks += _lines(mine, names, team, now)
        if mine.total > len(mine.lines):
            blocks.append(context(md("The oldest {shown} of {total}.", shown=len(mine.lines), total=mine.total)))
    if total:
        end = offset + len(page.lines)
        title = "The team's other open cases" if mine.lines else "The team's open cases"
        blocks.append(section(md("*{title}*, {a}-{b} of {total}", title=title, a=offset + 1, b=end, total=total)))
        blocks += _lines(page, names, team, now)

        async def value(offset: int) -> str:
            return await handles.mint(connection, _PAGES, "cases", offset, now)

        if steps := await turns("case.previous", "case.next", offset, total, value):
            blocks.append(actions(*steps))
        blocks.append(context(md("`/faxi-case OPS-0001` shows one, open or closed.")))
    else:
        other = "other " if mine.total else ""
        blocks.append(section(md(":white_check_mark: The team has no {other}open case.", other=other)))
    everybodys = wording.count(total + len(mine.lines), "open case", "open cases")
    return message(f"{first}; the team has {everybodys}.", *blocks)


async def page_offset(connection: Connection, value: str | None) -> int:
    """Return where the page begins that a button names; the first page's when it names none."""
    found = await handles.resolve(connection, _PAGES, value)
    return found.version if found else 0


def _lines(page: Page, names: Mapping[str, str], team: Team, now: datetime) -> list[Block]:
    lines = [_line(line, names, team, now) for line in page.lines]
    return [section(text.join("\n", lines[at : at + _TOGETHER])) for at in range(0, len(lines), _TOGETHER)]


def _line(line: Line, names: Mapping[str, str], team: Team, now: datetime) -> Mrkdwn:
    due = md("")
    if line.due_at is not None:
        word = "was due" if line.due_at <= now else "due"
        due = md(", {word} {at}", word=word, at=text.deadline(line.due_at, team.zone))
    next_step = md(", next: {step}", step=text.clip(line.next_step, _NEXT)) if line.next_step else md("")
    return md(
        "{sign} {number} {title}, {state}{due}, {owner}{next_step}",  # no time at the end: a sign begins the next line
        sign=case_words.sign(line.state),
        number=cases.number(line.id),
        title=line.title,
        state=case_words.STATES[line.state],
        next_step=next_step,
        owner=names[line.owner] if line.owner else "nobody yet",
        due=due,
    )
