"""The words for a case and its steps: their states, one line a step, what a check found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.engine import roster
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import findings, wording

STATES: Final[Mapping[str, str]] = {
    "open": "open",
    "acknowledged": "somebody has it",
    "waiting": "waiting",
    "done": "done",
    "cancelled": "ended",
}
STEP_STATES: Final[Mapping[str, str]] = {
    "todo": "to do",
    "done": "done",
    "failed": "failed",
    "not_applicable": "not applicable",
    "skipped": "skipped",
}
_STEP_SIGNS: Final = {"done": md(":white_check_mark:"), "failed": md(":no_entry_sign:")}
_VERDICT_SIGNS: Final = {
    "pass": md(":white_check_mark:"),
    "warn": md(":warning:"),
    "fail": md(":no_entry_sign:"),
    "unknown": md(":grey_question:"),
}


def sign(state: str) -> Mrkdwn:
    """Return the sign of a case's state."""
    signs = {
        "open": md(":white_large_square:"),
        "acknowledged": md(":eyes:"),
        "waiting": md(":hourglass_flowing_sand:"),
        "done": md(":white_check_mark:"),
        "cancelled": md(":heavy_minus_sign:"),
    }
    return signs[state]


def state_of(step: Step) -> str:
    """Return the word of what became of a step; what a person could not do has not failed by itself."""
    if step.state == "failed" and step.kind == "confirm" and step.who != roster.BOT:
        return "could not be done"
    return STEP_STATES[step.state]


def when(at: datetime | None, team: Team) -> Mrkdwn:
    """Return an instant with its day; nothing where there is none."""
    return md("") if at is None else text.instant(at, team.zone, "date_time")


def lasted(begin: datetime, end: datetime) -> str:
    """Say how long something took: ``8 minutes``, ``3 hours``, ``2 days``."""
    minutes = max(0, int((end - begin).total_seconds()) // 60)
    if minutes < 120:  # noqa: PLR2004  # an hour is still best said in minutes
        return wording.count(minutes, "minute", "minutes")
    hours = minutes // 60
    return wording.count(hours, "hour", "hours") if hours < 48 else wording.count(hours // 24, "day", "days")  # noqa: PLR2004


def answered(case: Case, at: datetime) -> str:
    """Say after how long somebody had the case, and of how long where that is set: ``8 of 30 minutes``."""
    if case.answer_by is None:
        return lasted(case.opened_at, at)
    after = max(0, int((at - case.opened_at).total_seconds()) // 60)
    of = int((case.answer_by - case.opened_at).total_seconds()) // 60
    return f"{after} of {of} minutes"


def finding(step: Step, team: Team) -> Mrkdwn:
    """Say what a check found, and when; what could not be looked at is unknown, and never in order."""
    if step.looked_at is None or step.verdict is None:
        return md(":hourglass_flowing_sand: The bot is looking.")
    at = text.instant(step.looked_at, team.zone, "date_time")
    if step.verdict == "unknown":
        return md(":grey_question: *Unknown* since {at}. {words}.", at=at, words=findings.words(step, team))
    return md(
        "{sign} {words}\nThe bot looked {at}.",
        sign=_VERDICT_SIGNS[step.verdict],
        words=findings.words(step, team),
        at=at,
    )


def step_line(step: Step, case: Case, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Write one step: its sign, its number and title, and who settled it when, with what outcome."""
    present = case.present
    if present is not None and present.name == step.name:
        return md(":arrow_forward: *{n}. {title}*, now", n=step.position, title=step.title)
    if step.state == "todo" and not case.applies(step):
        return _not_now(step, case)
    if step.state == "todo":
        after = md("to do") if case.closed_at is None else md("not done")
        return md(":white_large_square: {n}. {title}, {after}", n=step.position, title=step.title, after=after)
    mark = _STEP_SIGNS.get(step.state, md(":heavy_minus_sign:"))
    if step.state == "done" and step.who == roster.BOT and step.verdict is not None:
        mark = _VERDICT_SIGNS[step.verdict]  # answered is not yet in order
    who = md("{who} {at}", who=names[step.who or roster.BOT], at=when(step.at, team))
    outcome = md(" ({outcome})", outcome=step.outcome) if step.outcome else md("")
    word = md("") if step.state == "done" else md(", {word}", word=state_of(step))
    return md(
        "{sign} {n}. {title}{word}{outcome}, {who}",
        sign=mark,
        n=step.position,
        title=findings.title(step, team),
        word=word,
        outcome=outcome,
        who=who,
    )


def _not_now(step: Step, case: Case) -> Mrkdwn:
    """Write a step that is to be done only if an earlier one ends in a way in which it has not ended."""
    earlier = case.step(step.when_step or "")
    ends = "fails" if step.when_state == "failed" else f"is {STEP_STATES[step.when_state or 'done']}"
    return md(
        ":heavy_minus_sign: {n}. {title}, only if step {m} {ends}",
        n=step.position,
        title=step.title,
        m=earlier.position if earlier else 0,
        ends=ends,
    )
