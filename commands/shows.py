"""What a show step of a case shows in its thread: bounces, complaints with their true senders, how things are now.

Sources: runbook "Handling High Bounce Rate Alert 2 and 5", "Handling High Complaint Rate Alert 2, 3 and 6",
"Scheduled Maintenance 4". Addresses are never shown, and a domain only where mails of three people or more bounced.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.base.database import Connection
from bot.duty import duty_checks
from bot.engine import cases
from bot.engine.cases import Case, Step
from bot.engine.checks import Asked
from bot.engine.team import Team
from bot.mail import accounts, bounce_report, complaint_report, mail_checks
from bot.mail.metrics.bounces import bounces
from bot.mail.metrics.complaints import complaints
from bot.mail.metrics.events import DAY
from bot.mail.metrics.status import window
from bot.slack import text
from bot.slack.blocks import Message, context, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import bounce_words, findings, wording
from commands.complaint_messages import kinds_of
from commands.finding_words import rate_words

_HOUR = timedelta(hours=1)
_LISTED = 5
"""Domains that are listed with their figures; the others are counted."""
_SENDERS = 10
"""Senders that are listed; the others are counted."""


async def shown_step(
    connection: Connection, subject: str, parameters: Mapping[str, Any]
) -> tuple[Case, Step, datetime]:
    """Return the case, the step, and when somebody had it shown: the figures are of that instant."""
    case = await cases.load(connection, cases.id_of(subject))
    step = case.step(str(parameters["step"])) if case else None
    if case is None or step is None or step.at is None:
        reason = f"{subject} has no step {parameters['step']} that was shown"
        raise LookupError(reason)
    return case, step, step.at


async def bounces_recent(connection: Connection, subject: str, parameters: Mapping[str, Any], _: Team) -> Message:
    """Show the bounces of 24 hours, by domain and by reason."""
    case, step, at = await shown_step(connection, subject, parameters)
    found, before = await bounces(connection, at - DAY, at), await bounces(connection, at - 2 * DAY, at - DAY)
    report = bounce_report.report(found, before, bounce_report.nameable(found))
    count = bounce_words.count_of(report.kinds.total)
    if not found:
        said = section(md("*{n}. Nothing bounced in 24 hours*", n=step.position))
        return message(f"Nothing bounced in 24 hours ({case.number}).", said)
    return message(
        f"{count} of 24 hours ({case.number}).",
        section(md("*{n}. {count} of 24 hours*", n=step.position, count=count)),
        section(bounce_words.by_domain(report, report.places[:_LISTED], report.places[_LISTED:])),
        section(bounce_words.by_reason(report)),
        context(md("{kinds}. Addresses stay hidden.", kinds=bounce_words.by_kind(report.kinds))),
    )


async def complaints_recent(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show how many complaints there were in 24 hours, of which kinds, and of how many senders."""
    case, step, at = await shown_step(connection, subject, parameters)
    report = complaint_report.report(await complaints(connection, at - DAY, at))
    count = _complaints(report.counted)
    limits = team.runbook.thresholds.complaint_rate
    rate = (await window(connection, at - DAY, at)).complaint_rate
    lines = [
        md("*{n}. {count} of 24 hours*", n=step.position, count=count),
        md("{rate}", rate=rate_words(rate, 3, limits.warning, limits.critical)),
        *kinds_of(report),
        md("{senders}.", senders=wording.count(len(report.senders), "sender", "senders")),
    ]
    return message(f"{count} of 24 hours ({case.number}).", section(text.join("\n", lines)))


async def complaint_senders(connection: Connection, subject: str, parameters: Mapping[str, Any], _: Team) -> Message:
    """Show whose mails were complained about in 24 hours: the true senders, masked, most complaints first."""
    case, step, at = await shown_step(connection, subject, parameters)
    report = complaint_report.report(await complaints(connection, at - DAY, at))
    senders = [one for one in report.senders if one.counted]
    known = {one.id: one for one in await accounts.several(connection, [one.owner for one in senders])}
    lines = [md("*{n}. Whose mails they were, 24 hours*", n=step.position)]
    for one in senders[:_SENDERS]:
        account = known.get(one.owner)
        who = md("{masked}", masked=account.number_masked) if account else md("An account that is gone")
        restricted = md(", restricted") if account and account.restricted else md("")
        lines.append(md("{who}, {count}{restricted}", who=who, count=_complaints(one.counted), restricted=restricted))
    if len(senders) > _SENDERS:
        left = sum(one.counted for one in senders[_SENDERS:])
        more = wording.count(len(senders) - _SENDERS, "more sender", "more senders")
        lines.append(md("{more}, {count}", more=more, count=_complaints(left)))
    if report.unknown_owner:
        lines.append(md(":grey_question: Unknown owner, {count}", count=_complaints(report.unknown_owner)))
    if not report.counted:
        lines.append(md("Nobody complained in 24 hours."))
    whose = wording.count(len(senders), "sender", "senders")
    return message(
        f"Complaints of 24 hours are about mails of {whose} ({case.number}).",
        section(text.join("\n", lines)),
        context(md("`/faxi-complaints` shows them with their accounts.")),
    )


async def bounces_lately(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show the bounces of the last hour: the 24-hour rate stays high long after they have ended."""
    case, step, at = await shown_step(connection, subject, parameters)
    limits = team.runbook.thresholds.bounce_rate
    hour, day = await window(connection, at - _HOUR, at), await window(connection, at - DAY, at)
    marks = (limits.warning, limits.critical)
    latest, whole = hour.bounce_rate, rate_words(day.bounce_rate, 2, *marks)
    better = latest.over(*limits.critical) is False
    lines = [
        md(
            "*{n}. Look at {at}:* last hour {rate}.{better}",
            n=step.position,
            at=text.instant(at, team.zone),
            rate=rate_words(latest, 2, *marks),
            better=" Better." if better and day.bounce_rate.over(*limits.critical) else "",
        ),
        md("24 hours {rate}: old bounces count for 24 hours.", rate=whole),
    ]
    said = f"Bounces of the last hour: {latest.part:,} of {latest.whole:,} ({case.number})."
    return message(said, section(text.join("\n", lines)))


async def complaints_lately(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show the complaints since the case was opened, and those of 24 hours."""
    case, step, at = await shown_step(connection, subject, parameters)
    limits = team.runbook.thresholds.complaint_rate
    since, day = await window(connection, case.opened_at, at), await window(connection, at - DAY, at)
    lines = [
        md(
            "*{n}. Look at {at}:* {count} since the case was opened.",
            n=step.position,
            at=text.instant(at, team.zone),
            count=_complaints(since.complaints),
        ),
        md("24 hours {rate}", rate=rate_words(day.complaint_rate, 3, limits.warning, limits.critical)),
    ]
    said = f"{_complaints(since.complaints)} since the case was opened ({case.number})."
    return message(said, section(text.join("\n", lines)))


async def system_now(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show how mail and the bot are at this instant."""
    case, step, at = await shown_step(connection, subject, parameters)
    asked = Asked(team, at, case.subject, case.id)
    lines: list[Mrkdwn] = [md("*{n}. Looked at {at}*", n=step.position, at=text.instant(at, team.zone))]
    verdicts = []
    for name, check in {**mail_checks.CHECKS, **duty_checks.CHECKS}.items():
        if name in _NOW:
            found = await check(connection, asked)
            verdicts.append(found.verdict)
            lines += [
                md("{sign} {line}", sign=_SIGNS[found.verdict], line=line)
                for line in findings.FINDINGS[name](found.facts, team).lines
            ]
    wrong = sum(verdict != "pass" for verdict in verdicts)
    said = "The bot sees nothing wrong" if not wrong else f"{wrong} of {len(verdicts)} looks are not in order"
    return message(f"{said} ({case.number}).", section(text.join("\n", lines)))


_NOW: Final = frozenset({"mail.bounces_and_delivery", "mail.complaints", "bot.health"})
_SIGNS: Final[Mapping[str, Mrkdwn]] = {
    "pass": md(":white_check_mark:"),
    "warn": md(":warning:"),
    "fail": md(":rotating_light:"),
    "unknown": md(":grey_question:"),
}


def _complaints(count: int) -> str:
    return wording.count(count, "complaint", "complaints")


SHOWS: Final[Mapping[str, Renderer]] = {
    "bounces.recent": bounces_recent,
    "bounces.lately": bounces_lately,
    "complaints.recent": complaints_recent,
    "complaints.senders": complaint_senders,
    "complaints.lately": complaints_lately,
    "system.now": system_now,
}
"""What draws the post of each show step, by the name that a runbook calls, which is the renderer's too."""
