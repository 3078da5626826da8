"""Items of lists that need more than a tap: sharing a report, the week's lessons, the drill of a restoration.

Sources: runbook "Monday Tasks" 1, "First Monday of Month" 1 (share), "Friday Tasks" 2 (lessons), "Mid-Month" 2
(restoration). What people write is kept with the item; the thread quotes it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.duty import checklist_answers
from bot.duty.checklist_answers import Refused
from bot.engine import cases, outbox
from bot.engine.access import Right
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import View, context, input_block, message, modal, option, radio, section, text_input
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.inputs import moment_input
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.text import md
from commands import acts, checklist_items, mail_report_messages
from commands.mail_report_messages import MONTH, WEEK

SHARES: Final = {"report.week.share": ("report.week", WEEK), "report.month.share": ("report.month", MONTH)}
"""The acts that share a report: what draws it, and its kind."""
_LEAST, _MOST = 5, 1000
_LONGEST: Final = timedelta(days=7)
_ENDED: Final[Mapping[str, str]] = {
    "restored": "Restored, and the data was right",
    "partly": "Restored in part",
    "failed": "Could not be restored",
}
_HINT: Final = "The team reads this. No names of users, no numbers, no words from mails."


async def item_of(call: Call, value: str | None, action: str) -> tuple[Case, Step] | Outcome:
    """Return the open item that a button or form is about, or what is said where there is none."""
    found = await cases.step_of(call.connection, value)
    item = await checklist_answers.open_item(call.connection, *found) if found else Refused("gone")
    if isinstance(item, Refused):
        return await checklist_items.refused(call, item)
    act = acts.of(item[1])
    return item if act is not None and act.action_id == action else checklist_items.old()


async def _share(call: Call) -> Outcome:
    """Post a report to management, and answer the item with it."""
    item = await item_of(call, call.click.value, acts.SHARE)
    if isinstance(item, Outcome):
        return item
    case, step = item
    renderer, kind = SHARES[step.calls or ""]
    if mail_report_messages.facts_in(case, kind) is None:
        words = "The figures are unknown, so nothing was shared."
        said = md(":grey_question: *Nothing was shared:* the figures are unknown. Please look again, then share.")
        refused = Say(message(words, section(said)))
        return Outcome(refused, "refused:unknown_figures", allowed=False, case_id=case.id)
    done = await checklist_answers.answer(
        call.connection, call.team, case.id, step.name, "done", who=call.person.id, now=call.now
    )
    if isinstance(done, Refused):
        return await checklist_items.refused(call, done)
    place = call.team.channels.management
    await outbox.post(call.connection, renderer, cases.subject(case.id), place, call.now)
    said = md(
        ":white_check_mark: *Shared.* The report comes in {channel}, and item {n} is done.",
        channel=text.channel(place),
        n=step.position,
    )
    answer = message(f"Shared with management: item {step.position} of {case.number} is done.", section(said))
    return Outcome(Say(answer), "shared", case_id=case.id, parameters={"item": step.name})


def _opening(_click: Click) -> View:
    return looking("Answer an item")


async def _lessons_form(call: Call) -> Outcome:
    item = await item_of(call, call.click.value, acts.LESSONS)
    if isinstance(item, Outcome):
        return item
    case, step = item
    learned = text_input("learned", multiline=True, least=_LEAST, most=_MOST)
    view = modal(
        acts.LESSONS,
        "Lessons learned",
        section(md("*{number}, item {n}: {title}*", number=case.number, n=step.position, title=step.title)),
        input_block("What did we learn this week?", learned, block_id="learned", hint=_HINT),
        context(md("Your name and the time are kept with it.")),
        submit="Save lessons",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id)


async def _lessons(call: Call) -> Outcome:
    words = call.click.values.get("learned", "").strip()
    wrong = _letters("learned", words)
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    return await _kept(call, acts.LESSONS, words)


def _letters(block: str, words: str) -> dict[str, str]:
    if len(words) < _LEAST:
        return {block: "Please write a sentence."}
    if len(words) > _MOST:
        return {block: f"Please write at most {_MOST:,} letters; these are {len(words):,}."}
    return {}


async def _kept(call: Call, action: str, note: str) -> Outcome:
    item = await item_of(call, call.click.metadata, action)
    if isinstance(item, Outcome):
        return item
    return await checklist_items.answered(call, item[0].id, item[1].name, "done", note)


async def _drill_form(call: Call) -> Outcome:
    item = await item_of(call, call.click.value, acts.DRILL)
    if isinstance(item, Outcome):
        return item
    case, step = item
    proof = text_input("proof", multiline=True, least=_LEAST, most=_MOST)
    choices = [option(words, key) for key, words in _ENDED.items()]
    view = modal(
        acts.DRILL,
        "Restoration drill",
        section(md("*{number}, item {n}: {title}*", number=case.number, n=step.position, title=step.title)),
        input_block("Which backup was restored?", moment_input("backup", initial=call.now), block_id="backup"),
        input_block("When did it begin?", moment_input("began", initial=call.now), block_id="began"),
        input_block("When did it end?", moment_input("ended", initial=call.now), block_id="ended"),
        input_block("How did it end?", radio("outcome", *choices), block_id="outcome"),
        input_block("How was it proven? Rows, or what was compared", proof, block_id="proof", hint=_HINT),
        context(md("Never restore over the running database. Your name is kept with it.")),
        submit="Record drill",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id)


def _instant(typed: str) -> datetime | None:
    """Read what Slack says of a day and time: seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(typed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


async def _drill(call: Call) -> Outcome:
    values = call.click.values
    times = {name: _instant(values.get(name, "")) for name in ("backup", "began", "ended")}
    backup, began, ended = times["backup"], times["began"], times["ended"]
    proof = values.get("proof", "").strip()
    wrong = {name: "Please give the day and the time." for name, at in times.items() if at is None}
    wrong |= _letters("proof", proof)
    if values.get("outcome") not in _ENDED:
        wrong["outcome"] = "Please choose one."
    if backup is None or began is None or ended is None:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    if ended > call.now:
        wrong["ended"] = "This is still to come. Please record the drill when it is over."
    elif ended <= began:
        wrong["ended"] = "It ended before it began. Please look at both times."
    elif ended - began > _LONGEST:
        wrong["ended"] = f"That is more than {_LONGEST.days} days. Please look at both times."
    if backup > began:
        wrong["backup"] = "The backup is younger than the drill. Please look at both times."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    return await _kept(call, acts.DRILL, drill_note(backup, began, ended, _ENDED[values["outcome"]], proof, call.team))


def drill_note(backup: datetime, began: datetime, ended: datetime, outcome: str, proof: str, team: Team) -> str:
    """Write a drill as the item keeps it: the backup and its age, the times, how long, how it ended, and the proof."""
    zone = team.zone
    return "\n".join(
        [
            f"{outcome}. Backup of {text.deadline(backup, zone)}, {_long(began - backup)} old when the drill began.",
            f"From {text.deadline(began, zone)} to {text.deadline(ended, zone)}: {_long(ended - began)}.",
            f"Proven by: {proof}",
        ]
    )


def _long(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def declarations() -> tuple[Interaction, ...]:
    """Return what people do with these items."""
    form = "checklist:answer_form"
    return (
        Interaction("action", acts.SHARE, "report:share", Right.WORK, _share),
        Interaction("action", acts.LESSONS, form, Right.WORK, _lessons_form, opening=_opening),
        Interaction("view", acts.LESSONS, "checklist:answer", Right.WORK, _lessons),
        Interaction("action", acts.DRILL, form, Right.WORK, _drill_form, opening=_opening),
        Interaction("view", acts.DRILL, "checklist:answer", Right.WORK, _drill),
    )
