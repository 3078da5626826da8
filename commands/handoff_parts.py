"""The parts of a handoff's message: how it is, what happened, each item, and who has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.base.database import Connection
from bot.duty import handoff_calls, handoff_figures, handoffs, oncall
from bot.duty.handoffs import Handoff, Item
from bot.engine import cases, due, roster
from bot.engine.team import Team
from bot.mail.metrics.status import Rate
from bot.slack import text
from bot.slack.blocks import Block, actions, button, divider, quote, section
from bot.slack.text import Mrkdwn, md
from commands import handoff_words, wording
from commands.handoff_words import Words, first_name, short
from commands.report_rows import fraction, percent

MOST: Final = 15
"""Items that the message shows; the others are under the button that shows all."""
_LETTERS = 4_500
_QUOTED = 200


@dataclass(frozen=True)
class Seen:
    """A handoff with all that is needed to draw it.

    Attributes:
        next_call: when management is called, where nobody accepts until then.
    """

    handoff: Handoff
    names: Mapping[str, str]
    words: Mapping[int, Words]
    value: str
    values: Mapping[int, str]
    duty: str | None
    next_call: datetime | None
    team: Team

    @property
    def outgoing(self) -> str:
        """What the outgoing person is called."""
        return first_name(self.names[self.handoff.outgoing]) if self.handoff.outgoing else "Nobody"

    @property
    def incoming(self) -> str:
        """What the receiver is called."""
        return first_name(self.names[self.handoff.incoming]) if self.handoff.incoming else "whom?"


async def seen(connection: Connection, case_id: int, team: Team) -> Seen:
    """Read a handoff to draw it.

    Raises:
        LookupError: there is none.
    """
    handoff = await handoffs.load(connection, case_id)
    if handoff is None:
        reason = f"handoff {case_id} is gone"
        raise LookupError(reason)
    duty = await oncall.now_on_call(connection)
    people = [handoff.outgoing, handoff.incoming, handoff.accepted_by, duty.person if duty else None]
    return Seen(
        handoff,
        await roster.names(connection, people),
        await handoff_words.told(connection, handoff.items, team),
        await handoffs.value(connection, handoff),
        {one.n: await handoffs.item_value(connection, one) for one in handoff.items},
        duty.person if duty else None,
        await due.pending(connection, handoff_calls.RAISE, cases.subject(case_id)),
        team,
    )


def body(it: Seen, *, buttons: bool) -> list[Block]:
    """Draw all items below how it is and what happened."""
    return [*mood(it), happened(it), divider(), *listed(it, it.handoff.items, buttons=buttons)]


def mood(it: Seen) -> list[Block]:
    """Say how it is: calm, to be watched, or unstable."""
    handoff = it.handoff
    worse = sum(one.can_worsen for one in handoff.items)
    all_ = len(handoff.items)
    of = md("{n} of {all} can get worse.", n=worse, all=short(all_))
    if handoff.feels == "unstable":
        return [section(md(":rotating_light: *Unstable:* {of}", of=of))]
    if handoff.feels == "watch":
        return [section(md(":warning: *Keep watching:* {of}", of=of))]
    calm = of if worse else md("nothing is open.") if not all_ else md("nothing is expected to get worse.")
    return [section(md(":white_check_mark: *Calm:* {of}", of=calm))]


def happened(it: Seen) -> Block:
    """Say what happened, in figures as of the draft."""
    kept = it.handoff.figures
    parts = [
        *([wording.count(kept["critical"], "critical case", "critical cases")] if kept.get("critical") else []),
        *([wording.count(kept["restrictions"], "restriction", "restrictions")] if kept.get("restrictions") else []),
        *([wording.count(kept["lifts"], "lift", "lifts")] if kept.get("lifts") else []),
        f"{wording.count(kept.get('opened', 0), 'case', 'cases')} opened, {kept.get('closed', 0):,} closed",
    ]
    when = "This week" if kept.get("week") else "Today"
    lines = [md("{when}: {parts}.", when=when, parts=". ".join(parts))]
    mail = handoff_figures.mail_of(kept)
    if mail is None:
        return section(text.join("\n", [*lines, md(":grey_question: *24 hours* The mail could not be counted.")]))
    window, delivery = mail
    kinds = {"permanent": window.permanent, "temporary": window.transient, "unclear": window.undetermined}
    split = ", ".join(f"{n:,} {word}" for word, n in kinds.items() if n)
    lines += [
        md("*24 hours* Complaints {rate}", rate=_rate(window.complaint_rate, 3)),
        md(
            "Bounces {rate}{split}",
            rate=_rate(window.bounce_rate, 2),
            split=md(": {kinds}", kinds=split) if split else md(""),
        ),
        md("Delivered {rate}; the last hour is not counted yet)", rate=_rate(delivery.rate, 2)[:-1]),
    ]
    return section(text.join("\n", lines))


def _rate(rate: Rate, decimals: int) -> str:
    return f"{percent(rate, decimals)} ({fraction(rate)})"


def listed(it: Seen, items: Sequence[Item], *, buttons: bool) -> list[Block]:
    """Draw items, each with its button; what finds no room is counted, and shown by a button."""
    blocks: list[Block] = []
    letters, shown = 0, 0
    for item in items:
        drawn = item_blocks(it, item, take=buttons)
        size = sum(len(str(block)) // 2 for block in drawn)
        if shown >= MOST or letters + size > _LETTERS or len(blocks) + len(drawn) > MOST + 8:
            break
        blocks += drawn
        letters, shown = letters + size, shown + 1
    if shown < len(items):
        rest = len(items) - shown
        blocks.append(section(md("{rest} more: press *Show the items*.", rest=short(rest))))
        if it.handoff.state == "draft":
            blocks.append(actions(button("Show the items", "handoff.show", it.value), block_id="all_items"))
    return blocks


def item_blocks(it: Seen, item: Item, *, take: bool) -> list[Block]:
    """Draw one item: its title, what to do by when and what if, and what people wrote to it.

    Parameters:
        take: with the button by which the receiver takes it.
    """
    words = it.words[item.n]
    lines = text.join("\n", [md("*{n}. {title}*", n=item.n, title=words.title), *words.lines])
    take_over = None
    if take:
        take_over = button("I have it", "handoff.take", it.values[item.n], label=f"I have it: item {item.n}")
    blocks = [section(lines, take_over, block_id=f"item_{item.n}")]
    for before, quoted in words.quoted:
        if before:
            blocks.append(section(Mrkdwn(before)))
        blocks.append(quote(quoted if len(quoted) <= _QUOTED else _cut(quoted)))
    return blocks


def _cut(words: str) -> str:
    return f"{text.clip(text.clean(words), _QUOTED)} ({len(words):,} letters in all)"


def taken(it: Seen, *, when: bool) -> list[Block]:
    """Draw the items that the receiver has, a line each."""
    lines = [line(it, one, mark=True, when=when) for one in it.handoff.items if one.state == "taken"]
    return short_lines(lines)


def short_lines(lines: Sequence[Mrkdwn]) -> list[Block]:
    """Draw lines, as many as find room, and how many more there are."""
    if not lines:
        return []
    shown = list(lines[:MOST])
    if len(lines) > MOST:
        shown.append(md("and {rest} more", rest=len(lines) - MOST))
    return [section(text.join("\n", shown))]


def line(it: Seen, item: Item, *, mark: bool, when: bool = False) -> Mrkdwn:
    """Write an item in one line."""
    title = text.clip(it.words[item.n].title, 80)
    sign = md(":white_check_mark: ") if mark else md("")
    if item.state != "taken" or it.handoff.state == "accepted":
        return md("{sign}{n}. {title}", sign=sign, n=item.n, title=title)
    at = md(" {at}", at=text.instant(item.taken_at, it.team.zone)) if when and item.taken_at else md("")
    return md("{sign}{n}. {title}, {who}{at}", sign=sign, n=item.n, title=title, who=it.incoming, at=at)
