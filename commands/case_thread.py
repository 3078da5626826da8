"""What is said in a case's thread: how it was opened, who has it, each step, each note, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import case_notes, cases, checks, roster
from bot.engine.access import Group
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, message, quote, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import case_words, wording

STEP: Final = "case.step"
ACKNOWLEDGED: Final = "case.acknowledged"
NOTED: Final = "case.noted"
HANDED: Final = "case.handed"
CLOSED: Final = "case.closed"
REOPENED: Final = "case.reopened"


async def opened(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Say who opened the case, from what, and what the bot's checks found."""
    case = await cases.of_subject(connection, subject)
    names = await roster.names(connection, [case.opened_by])
    lines = [md("*Opened* by {who}{origin}.", who=names[case.opened_by], origin=origin(case, team))]
    wanted = team.runbook.procedures.get(case.procedure)
    if wanted is not None and wanted.trigger:
        lines.append(md("When: {trigger}.", trigger=wanted.trigger.rstrip(".")))
    looked = [step for step in case.steps if step.verdict is not None]
    if looked:
        well = sum(step.verdict == "pass" for step in looked)
        lines.append(md("The bot looked: {well} of {all} in order.", well=well, all=len(looked)))
    return message(f"{case.number} was opened by {names[case.opened_by][:40]}.", section(text.join("\n", lines)))


def origin(case: Case, team: Team) -> Mrkdwn:
    """Say from what a case was opened: another case, or a message, by its link and never by its words."""
    if case.from_channel is not None and case.from_ts is not None:
        return md(" from <{link}|a message>", link=Mrkdwn(team.link(case.from_channel, case.from_ts)))
    if case.opened_from is not None:
        return md(" from {number}", number=cases.number(case.opened_from))
    return md("")


async def acknowledged(connection: Connection, subject: str, _: Mapping[str, Any], _team: Team) -> Message:
    """Say who has the case, and how long after it was opened."""
    case = await cases.of_subject(connection, subject)
    names = await roster.names(connection, [case.acknowledged_by])
    who = names[case.acknowledged_by or roster.BOT]
    after = case_words.answered(case, case.acknowledged_at or case.opened_at)
    step = next((step for step in case.steps if step.calls == cases.ACKNOWLEDGE), None)
    place = md("{n}. ", n=step.position) if step is not None else md("")
    said = md("*{place}{who} has it*, after {after}.", place=place, who=who, after=after)
    return message(f"{who[:40]} has it after {after} ({case.number}).", section(said))


async def step_answered(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Tell the thread how a step was answered."""
    case = await cases.of_subject(connection, subject)
    step = case.step(str(parameters["step"]))
    if step is None:
        reason = f"{subject} has no step {parameters['step']}"
        raise LookupError(reason)
    names = await roster.names(connection, [step.who])
    who, word = names[step.who or roster.BOT], case_words.state_of(step)
    said = md("*{n}. {title}*: {word}, by {who}.", n=step.position, title=step.title, word=word, who=who)
    blocks = [section(said)]
    if step.note:
        blocks.append(quote(step.note))
    return message(f"{who[:40]}: step {step.position} {word} ({case.number}).", *blocks)


async def noted(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Show what somebody wrote to the case."""
    case = await cases.of_subject(connection, subject)
    said, words = await _note(connection, parameters)
    return message(f"{said[:40]} wrote a note ({case.number}).", section(md("*{who}* writes:", who=said)), *words)


async def handed(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Call whoever the case was handed to, but not at night; somebody who takes it over calls nobody."""
    case = await cases.of_subject(connection, subject)
    before = parameters.get("before")
    names = await roster.names(connection, [parameters["by"], parameters["to"], before])
    _, words = await _note(connection, parameters)
    if parameters["by"] == parameters["to"]:
        who = names[parameters["by"]]
        had = md(" from {before}", before=names[before]) if before and before != roster.BOT else md("")
        said = md("*{who}* takes {number} over{had}.", who=who, number=case.number, had=had)
        return message(f"{who[:40]} takes {case.number} over.", section(said), *words)
    said = md(
        "{to}, {by} hands {number} over to you.",
        to=md("{who}", who=names[parameters["to"]]) if parameters.get("quiet") else text.user(parameters["to"]),
        by=names[parameters["by"]],
        number=case.number,
    )
    sentence = f"{names[parameters['by']][:40]} hands {case.number} over to {names[parameters['to']][:40]}."
    return message(sentence, section(said), *words)


async def closed(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say who closed the case, with the finding or decision and their words."""
    case = await cases.of_subject(connection, subject)
    names = await roster.names(connection, [parameters["by"]])
    who = names[parameters["by"]]
    found = finding(case)
    tail = md(", {found}", found=found) if found else md("")
    words: list[Block] = [quote(case.resolution)] if case.resolution else []
    return message(
        f"{who[:40]} closed {case.number}.", section(md("*Closed* by {who}{tail}.", who=who, tail=tail)), *words
    )


def finding(case: Case) -> str:
    """Return the words of the finding or decision that a case was closed with; empty without one."""
    return str((case.closing or {}).get("choices", {}).get(case.finding, case.finding or ""))


async def reopened(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say who opened the case again, and why."""
    case = await cases.of_subject(connection, subject)
    who, words = await _note(connection, parameters)
    return message(f"{who[:40]} opened {case.number} again.", section(md("*Opened again* by {who}:", who=who)), *words)


async def _note(connection: Connection, parameters: Mapping[str, Any]) -> tuple[str, list[Block]]:
    """Return who wrote the note that is named, and their words as a quote; nothing where none is."""
    note = await case_notes.load(connection, int(parameters["note"])) if parameters.get("note") else None
    if note is None:
        return "", []
    names = await roster.names(connection, [note.who])
    return names[note.who], [quote(note.words)]


async def review_opened(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call whoever asked for the restriction: its review is due."""
    case = await cases.load(connection, cases.id_of(subject))
    owner = wording.mention_group(team, Group.OPERATIONS)
    if case and case.owner and await roster.works(connection, case.owner):  # who asked a month ago may have left since
        owner = text.user(case.owner)
    number = cases.number(int(parameters["restriction_case"]))
    due_at = datetime.fromisoformat(parameters["due_at"]).astimezone(team.zone)
    late = case is not None and case.opened_at.astimezone(team.zone).date() > due_at.date()
    when = f"was due on {text.day(due_at, team.zone)}; the bot was away" if late else "is due today"
    return message(
        f"The review of {number} {when} ({cases.number(cases.id_of(subject))}).",
        section(md("{owner}, the review of {number} {when}.", owner=owner, number=number, when=when)),
    )


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the posts of a case's thread."""
    return {
        checks.OPENED: opened,
        ACKNOWLEDGED: acknowledged,
        STEP: step_answered,
        NOTED: noted,
        HANDED: handed,
        CLOSED: closed,
        REOPENED: reopened,
        "review.opened": review_opened,
    }
