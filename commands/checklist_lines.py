"""The words for a list and its items: how it stands, one line an item, who answered it and what was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.duty import checklist_answers, checklists
from bot.engine import roster
from bot.engine.cases import Case, Step
from bot.engine.procedures import NOT_CONNECTED, NOT_SET_UP
from bot.engine.team import Team
from bot.slack import limits, text
from bot.slack.blocks import Block, section
from bot.slack.text import Mrkdwn, md
from commands import findings, wording

LATE: Final = timedelta(minutes=1)
"""From when on a list says how late it came."""
WHOLE: Final = 2_900
"""Letters of one paragraph, a little below Slack's own limit."""
_ANSWERS: Final[Mapping[str, Mrkdwn]] = {
    "done": md(""),
    "skipped": md(" skipped"),
    "failed": md(" cannot be done"),
    "not_applicable": md(" does not apply"),
}
_SHOWN: Final = md("•")
"""What stands before an item that the bot only shows: the sign of what is in order would say that it looked."""
_SIGNS: Final = {"fail": md(":rotating_light:"), "warn": md(":warning:"), "unknown": md(":grey_question:")}


@dataclass(frozen=True)
class Standing:
    """How a list stands: its items sorted by what became of them.

    Attributes:
        left: open items that are a person's.
        looking: open items that the bot is at.
        troubles: what the bot answered and found not in order.
        in_order: what the bot answered and found in order, or showed.
        answered: what people answered.
        not_done: what nobody answered before the next list came.
    """

    case: Case
    items: tuple[Step, ...]
    left: tuple[Step, ...]
    looking: tuple[Step, ...]
    troubles: tuple[Step, ...]
    in_order: tuple[Step, ...]
    answered: tuple[Step, ...]
    not_done: tuple[Step, ...]

    @classmethod
    def of(cls, case: Case) -> "Standing":
        """Sort a list's items; one whose condition has not come true is nobody's."""
        items = tuple(step for step in case.steps if case.applies(step) or step.state != "todo")
        todo = [step for step in items if step.state == "todo" and case.closed_at is None]
        settled = [step for step in items if step.state != "todo"]
        own = [step for step in settled if step.who == roster.BOT and step.outcome != checklists.NOT_DONE]
        troubles = [step for step in own if step.verdict not in {None, "pass"}]
        return cls(
            case,
            items,
            tuple(step for step in todo if checklist_answers.is_persons(step)),
            tuple(step for step in todo if not checklist_answers.is_persons(step)),
            tuple(sorted(troubles, key=lambda step: (step.verdict != "fail", step.position))),
            tuple(step for step in own if step not in troubles),
            tuple(step for step in settled if step.who != roster.BOT),
            tuple(step for step in settled if step.outcome == checklists.NOT_DONE),
        )

    @property
    def looked(self) -> tuple[Step, ...]:
        """Return what the bot answered by looking."""
        return tuple(step for step in (*self.troubles, *self.in_order) if step.looked_at is not None)

    def done(self) -> int:
        """Count what is done: in order, or seen to by somebody."""
        return sum(step.state == "done" for step in self.items)

    def other(self) -> str:
        """Say how many were answered in another way: ``, 1 skipped``."""
        parts = []
        for state, word in (("skipped", "skipped"), ("failed", "cannot be done"), ("not_applicable", "not applicable")):
            count = sum(step.state == state and step.outcome != checklists.NOT_DONE for step in self.items)
            parts += [f", {count} {word}"] if count else []
        return "".join(parts) + (f", {len(self.not_done)} not done" if self.not_done else "")


def headline(stand: Standing, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say how many items are answered, and how many are left."""
    case, total = stand.case, len(stand.items)
    left, looking = len(stand.left), len(stand.looking)
    if case.closed_at is not None:
        first = md("*{done} of {all} done{other}.*", done=stand.done(), all=total, other=stand.other())
        people = sorted({names[step.who] for step in stand.answered if step.who}, key=str.casefold)
        who = _together(people) if people else "faxi-bot"
        ended = "finished" if case.state == "done" else "ended as the next list came"
        at = text.instant(case.closed_at, team.zone, "time" if same_day(case, team) else "date_time")
        return md("{first}\n{who}, {ended} {at}.", first=first, who=who, ended=ended, at=at)
    bots = f" The bot looks at {looking} more." if looking else ""
    if stand.answered:
        return md("*{done} of {all} done{other}. {n} left.*{bots}", done=stand.done(), all=total, other=stand.other(),
                  n=left, bots=bots)  # fmt: skip
    answered = total - left - looking
    return md("*{n} of {all} answered by the bot. {left} left for you.*{bots}", n=answered, all=total, left=left,
              bots=bots)  # fmt: skip


def same_day(case: Case, team: Team) -> bool:
    """Say whether a list was closed on the team's day on which it was opened."""
    closed = case.closed_at or case.opened_at
    return closed.astimezone(team.zone).date() == case.opened_at.astimezone(team.zone).date()


def _together(people: Sequence[str]) -> str:
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"


def day_of(case: Case, team: Team) -> str:
    """Return the day that a list is of: ``Wed 25 Nov``."""
    return wording.short_day(case.planned_at or case.opened_at, team)


def title(case: Case, team: Team) -> str:
    """Name a list with its day: ``Morning checklist, Wed 25 Nov``."""
    return f"{case.title}, {day_of(case, team)}"


def heading(case: Case, team: Team, before: str = "") -> str:
    """Return a list's name with its day for a header, shorter where it would take two lines."""
    short = case.title.removesuffix(" checklist").removesuffix(" list")
    name = f"{before}{short[:1].lower()}{short[1:]}" if before else case.title
    day = day_of(case, team)
    tries = [f"{name}, {day}", name] if before else [f"{name}, {day}", f"{short}, {day}", name]
    return next((one for one in tries if len(one) <= limits.HEADER_WORDS), text.clip(name, limits.HEADER_WORDS))


def lateness(case: Case) -> str | None:
    """Say how late a list came: ``37 minutes late``; ``None`` when it was in time, or somebody began it."""
    if case.planned_at is None or case.opened_at - case.planned_at < LATE:
        return None
    minutes = int((case.opened_at - case.planned_at).total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{wording.count(minutes, 'minute', 'minutes')} late"
    tail = f" {wording.count(rest, 'minute', 'minutes')}" if rest else ""
    return f"{wording.count(hours, 'hour', 'hours')}{tail} late"


def last(stand: Standing, team: Team, late: str | None) -> Mrkdwn:
    """Write what one needs later: the number, until when, and how late it came."""
    case = stand.case
    parts = [md("{number}", number=case.number)]
    if case.closed_at is not None:
        if any(step.note for step in case.steps):
            parts.append(md("notes are in the thread"))
    elif case.due_at is not None:
        today = case.due_at.astimezone(team.zone).date() == case.opened_at.astimezone(team.zone).date()
        due = text.clock_time(case.due_at, team.zone) if today else text.deadline(case.due_at, team.zone)
        parts.append(md("due {at}", at=due))
    if late:
        parts.append(md("came {late}", late=late))
    return text.join(" · ", parts)


def name_of(step: Step) -> Mrkdwn:
    """Name an item by its number, which never changes, and its title."""
    return md("{n}. {title}", n=step.position, title=step.title)


def open_item(step: Step, team: Team, *, short: bool = False) -> Mrkdwn:
    """Write an open item: what it is, what the bot found, and what is asked."""
    title = findings.title(step, team)
    lines = [md("*{n}. {title}*", n=step.position, title=title)]
    if not short:
        lines += findings.of(step, team).lines
    if step.asks:
        lines.append(md("{asks}", asks=step.asks))
    elif step.verdict == "unknown":
        lines.append(md("Please look yourself."))
    page = md(" <{link}|Look at the page>.", link=Mrkdwn(step.link)) if step.link else md("")
    if not step.asks and step.why_by_hand == NOT_SET_UP:
        lines.append(md("Not set up.{page}", page=page))
    elif not step.asks and step.why_by_hand == NOT_CONNECTED:
        lines.append(md("Not connected yet.{page}", page=page))
    elif step.link:
        lines.append(md("<{link}|Look at the page>.", link=Mrkdwn(step.link)))
    return text.join("\n", lines)


def trouble(step: Step, team: Team) -> Mrkdwn:
    """Write what the bot found not in order."""
    return md(
        "{sign} *{n}. {title}:* {what}",
        sign=_SIGNS[step.verdict or "unknown"],
        n=step.position,
        title=findings.title(step, team),
        what=findings.words(step, team),
    )


def answered(step: Step, names: Mapping[str, str], team: Team, *, timed: bool) -> Mrkdwn:
    """Write what a person answered: who, and while the list is open when."""
    sign = md(":white_check_mark:") if step.state == "done" else md(":heavy_minus_sign:")
    if step.state == "failed":
        sign = md(":no_entry_sign:")
    at = md(" {at}", at=text.instant(step.at, team.zone)) if timed and step.at else md("")
    word = _ANSWERS[step.state]
    who = names[step.who or roster.BOT]
    return md("{sign} {name}{word}, {who}{at}", sign=sign, name=name_of(step), word=word, who=who, at=at)


def in_order(step: Step, team: Team, *, short: bool = False) -> Mrkdwn:
    """Write what the bot found in order, one sign an item, or has shown in the thread, which nobody has looked at."""
    lines = findings.of(step, team).lines
    sign = _SHOWN if step.kind == "show" else md(":white_check_mark:")
    if short or not lines:
        tail = md(", shown in the thread") if step.kind == "show" else md("")
        return md("{sign} {name}{tail}", sign=sign, name=name_of(step), tail=tail)
    if step.calls not in findings.FINDINGS:
        return md("{sign} {name}: {what}", sign=sign, name=name_of(step), what=text.join(", ", lines))
    # Most figures begin with what they are of; a bare number says nothing without the item's title.
    named = lines[0].startswith(step.title.split()[0])
    name = md("{n}.", n=step.position) if named else md("{name}:", name=name_of(step))
    return text.join("\n", [md("{sign} {name} {line}", sign=sign, name=name, line=lines[0]), *lines[1:]])


def any_item(step: Step, case: Case, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Write an item whatever became of it, for the page with all of them."""
    if step.outcome == checklists.NOT_DONE:
        return md(":heavy_minus_sign: {name}, not done", name=name_of(step))
    if step.state == "todo":
        if not case.applies(step):
            return md(":heavy_minus_sign: {name}, not now", name=name_of(step))
        if not checklist_answers.is_persons(step):
            return md(":hourglass_flowing_sand: {name}, the bot looks", name=name_of(step))
        return open_item(step, team)
    if step.who == roster.BOT:
        return in_order(step, team) if step.verdict in {None, "pass"} else trouble(step, team)
    return answered(step, names, team, timed=same_day(case, team))


def paragraphs(head: Mrkdwn, lines: Iterable[Mrkdwn]) -> list[Block]:
    """Set lines under a heading, in as many paragraphs as they take; none of them is cut."""
    parts: list[list[Mrkdwn]] = [[head]]
    for line in lines:
        if sum(len(one) + 1 for one in parts[-1]) + len(line) > WHOLE:
            parts.append([])
        parts[-1].append(line)
    return [section(text.join("\n", part)) for part in parts]
