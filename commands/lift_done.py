"""The live message of a restriction that is lifted."""

from collections.abc import Mapping

from bot.base.database import Connection
from bot.engine import cases, roster
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import after_lift, faxes
from bot.mail.faxes import Told
from bot.mail.lift_outcomes import Lifted
from bot.mail.lifts import CRITERIA
from bot.slack import text
from bot.slack.blocks import Message, actions, button, context, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import fax_messages, wording
from commands.lift_wording import Drawn
from commands.restriction_messages import moment

_FACES: Mapping[str, tuple[str, str]] = {
    "told": (":white_check_mark: Lifted, fax delivered", "the person has the fax"),
    "sending": (":hourglass_flowing_sand: Lifted, fax on its way", "the fax is on its way"),
    "unknown": (":grey_question: Lifted, fax unknown", "nobody knows whether the fax went out"),
    "called": (":white_check_mark: Lifted, person told", "the person was told"),
    "skipped": (":heavy_minus_sign: Lifted, telling skipped", "telling the person was skipped"),
    "not_told": (":warning: Lifted, but not told yet", "the person has not been told yet"),
}


def _told_as(case: Case, told: Told | None) -> str:
    """Return the key of :data:`_FACES` for how far telling the person has come."""
    tell, call = case.step("tell"), case.step("call")
    if told is not None and told.state in {"told", "sending", "unknown"}:
        return told.state
    step = call if tell is not None and tell.state == "failed" else tell
    if step is None or step.state == "done":
        return "called"
    return "skipped" if step.state in {"skipped", "not_applicable"} else "not_told"


async def lifted(connection: Connection, drawn: Drawn, done: Lifted, team: Team) -> Message:
    """Draw the message of a restriction that is lifted: how the person hears of it, and the watch."""
    approval, case = drawn.approval, drawn.case
    told = next((one for one in await faxes.of_case(connection, case.id) if one.kind == "lift"), None)
    sign, verdict = _FACES[_told_as(case, told)]
    watch = text.day(done.watch_until or done.lifted_at, team.zone)
    lines = [md(":white_check_mark: Mark taken away, {at}", at=moment(done.lifted_at, team))]
    if told is not None:
        lines.append(fax_messages.line(told, team))
    lines += [await _by_telephone(connection, step, team) for step in _telephone(case)]
    lines += await _after_complaint(connection, case, team)
    watched = case.step("watch")
    over = watched is not None and watched.state == "done"
    if watched is not None and over:
        lines.append(md(":white_check_mark: Watched until {day}: {outcome}", day=watch, outcome=watched.outcome or ""))
    else:
        lines.append(md(":hourglass_flowing_sand: Watched until {day}, complaints counted anew", day=watch))
    buttons = [drawn.show]
    present = case.present
    if present is not None and present.kind == "confirm":
        value = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        buttons.insert(0, button("Answer…", "case.answer", value, style="primary", label=label))
    approved = md(
        "Approved by {who}, {at}. {met} of {all} criteria were met.",
        who=drawn.names[approval.decided_by or roster.BOT],
        at=moment(approval.decided_at, team),
        met=drawn.criteria.met,
        all=CRITERIA,
    )
    why = [] if approval.decision_words is None else [quote(approval.decision_words)]
    return message(
        f"Lifted: {verdict}, and the account {'was' if over else 'is'} watched until {watch} ({case.number}).",
        header(sign),
        drawn.head(approved),
        *why,
        section(text.join("\n", lines)),
        actions(*buttons),
        context(
            md(
                "{asked}. {was}",
                asked=wording.asked_by(approval, drawn.names, team),
                was=_was_restricted(drawn, done, team),
            )
        ),
    )


def _was_restricted(drawn: Drawn, done: Lifted, team: Team) -> Mrkdwn:
    start = drawn.criteria.since
    since = text.deadline(start, team.zone) if start else "a time that is not recorded"
    if done.case_id == drawn.case.id:
        return md("Was restricted from {since}, not by this bot.", since=since)
    return md(
        "Was restricted from {since}, approved by {who} ({number}).",
        since=since,
        who=drawn.names[done.approved_by],
        number=cases.number(done.case_id),
    )


def _telephone(case: Case) -> list[cases.Step]:
    """Return the step by which somebody tells the person by telephone, where it is to be done or was."""
    steps = [step for name in ("tell", "call") if (step := case.step(name)) and step.kind == "confirm"]
    return [step for step in steps if case.applies(step)]


async def _after_complaint(connection: Connection, case: Case, team: Team) -> list[Mrkdwn]:
    """Say whether somebody called the person because of a complaint that came since; nothing where none came."""
    step = case.step(after_lift.CALL)
    if step is None:
        return []
    if step.state == "todo":
        return [md(":warning: New complaint since the lift: person not called yet")]
    names = await roster.names(connection, [step.who])
    who, at = names[step.who or roster.BOT], moment(step.at, team)
    if step.state == "done":
        return [md(":white_check_mark: Person called after a new complaint, {who} {at}", who=who, at=at)]
    return [md(":heavy_minus_sign: Call after a new complaint skipped, {who} {at}", who=who, at=at)]


async def _by_telephone(connection: Connection, step: cases.Step, team: Team) -> Mrkdwn:
    if step.state == "todo":
        return md(":white_large_square: Person not told by telephone yet")
    names = await roster.names(connection, [step.who])
    who, at = names[step.who or roster.BOT], moment(step.at, team)
    if step.state == "done":
        return md(":white_check_mark: Person told by telephone, {who} {at}", who=who, at=at)
    return md(":heavy_minus_sign: Telling by telephone skipped, {who} {at}", who=who, at=at)
