"""The lines of the status: each rate with its fraction, its limit and a word, then open work and the bot itself."""

from datetime import datetime, timedelta

from bot.duty.status import Accounts, Figures, Work
from bot.engine.handbook import Least, Pair, Thresholds
from bot.engine.team import Team
from bot.mail.crossings import RESTRICT
from bot.mail.metrics.limits import Limit
from bot.mail.metrics.status import Delivery, MailFigures, Rate, Window
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import wording
from commands.report_rows import fraction, in_percent, percent

_SIGNS = {
    "rotating_light": md(":rotating_light:"),
    "warning": md(":warning:"),
    "white_check_mark": md(":white_check_mark:"),
}
_CLOSE = timedelta(hours=24)
_SETTLED = "the last hour is not counted yet"


def rates(figures: Figures, team: Team) -> Mrkdwn:
    """Draw the three rates of mail; while they are unknown, since when, and what was known last."""
    mail = figures.mail.now
    if mail is None:
        part = figures.mail
        since = moment(part.unknown_since or figures.at, figures.at, team)
        lines = [md("*Last 24 hours*"), md(":grey_question: *Mail* unknown since {since}", since=since)]
        if part.value is not None and part.at is not None:
            known = part.value.figures
            lines += [
                md("Last known, {at}", at=moment(part.at, figures.at, team)),
                *last(known, team),
            ]
        return text.join("\n", lines)
    return text.join("\n", [md("*Last 24 hours*"), *_rates(mail.figures, team.runbook.thresholds)])


def _rates(known: MailFigures, limits: Thresholds) -> list[Mrkdwn]:
    today, before = known.today, known.before
    return [
        *_over("Complaints", today.complaint_rate, before.complaint_rate, 3, limits.complaint_rate, _uncounted(today)),
        *_over("Bounces", today.bounce_rate, before.bounce_rate, 2, limits.bounce_rate, _kinds(today)),
        *_delivered(known.delivery, known.delivery_before, limits.delivery_rate),
    ]


def _over(name: str, rate: Rate, before: Rate, decimals: int, both: Pair, parts: str) -> list[Mrkdwn]:
    warn, critical = both.warning, both.critical
    day_before = f"day before {_written(before, decimals, warn, critical)}"
    if not rate.whole:
        counted = f"{parts}, for older mail" if rate.part and parts else fraction(rate) + " sent"
        return [
            md(":grey_question: *{name}* no rate: {counted}", name=name, counted=counted),
            md("{before}", before=day_before),
        ]
    if rate.over(*critical):
        sign, limit = "rotating_light", f"over {in_percent(critical)}"
    elif rate.over(*warn):
        sign, limit = "warning", f"over {in_percent(warn)}, limit {in_percent(critical)}"
    else:
        sign, limit = "white_check_mark", f"limit {in_percent(critical)}"
    return [
        md(
            "{sign} *{name} {percent}* ({fraction})",
            sign=_SIGNS[sign],
            name=name,
            percent=percent(rate, decimals, warn, critical),
            fraction=fraction(rate),
        ),
        md(
            "{parts}{limit}, {before}",
            parts=md("{parts}; ", parts=parts) if parts else md(""),
            limit=limit,
            before=day_before,
        ),
    ]


def _delivered(now: Delivery, before: Delivery, limit: Least) -> list[Mrkdwn]:
    day_before = f"day before {_written(before.rate, 2, limit.critical)}"
    if not now.sent:
        counted = f"{fraction(now.rate)} sent; {_SETTLED}"
        return [
            md(":grey_question: *Delivered* no rate: {counted}", counted=counted),
            md("{before}", before=day_before),
        ]
    under = now.rate.under(*limit.critical)
    least = in_percent(limit.critical)
    return [
        md(
            "{sign} *Delivered {percent}* ({fraction}; {settled})",
            sign=_SIGNS["rotating_light" if under else "white_check_mark"],
            percent=percent(now.rate, 2, limit.critical),
            fraction=fraction(now.rate),
            settled=_SETTLED,
        ),
        md("{limit}, {before}", limit=f"under {least}" if under else f"at least {least}", before=day_before),
    ]


def last(known: MailFigures, team: Team) -> list[Mrkdwn]:
    """Draw the rates as they were known last, without a sign: nobody knows what they are now."""
    limits = team.runbook.thresholds
    today, more = known.today, "; the last hour was not counted yet"
    split = md(": {kinds}", kinds=kinds) if (kinds := _kinds(today)) else md("")
    return [
        md("Complaints {rate}", rate=_written(today.complaint_rate, 3, *_both(limits.complaint_rate))),
        md("Bounces {rate}{split}", rate=_written(today.bounce_rate, 2, *_both(limits.bounce_rate)), split=split),
        md("Delivered {rate}", rate=_written(known.delivery.rate, 2, limits.delivery_rate.critical, more=more)),
    ]


def _both(limits: Pair) -> tuple[Limit, Limit]:
    return limits.warning, limits.critical


def _written(rate: Rate, decimals: int, *marks: Limit, more: str = "") -> str:
    return f"{percent(rate, decimals, *marks)} ({fraction(rate)}{more})"


def _kinds(window: Window) -> str:
    """Say of what kinds the bounces are; kinds that did not occur are left out."""
    kinds = {"permanent": window.permanent, "temporary": window.transient, "unclear": window.undetermined}
    return ", ".join(f"{number:,} {word}" for word, number in kinds.items() if number)


def _uncounted(window: Window) -> str:
    return f"{wording.count(window.not_counted, 'report', 'reports')} not counted" if window.not_counted else ""


def rest(figures: Figures, team: Team) -> Mrkdwn:
    """Draw who is on call, what is open, what is not set up, and how the bot itself is."""
    work, accounts = figures.work.now, figures.accounts.now
    lines = [*_on_call(work, figures, team), _open(work, accounts)]
    if work is not None:
        lines += _messages(work)
    lines += not_set_up()
    if work is not None:
        lines += _health(work, figures.at, team)
    return text.join("\n", lines)


def _on_call(work: Work | None, figures: Figures, team: Team) -> list[Mrkdwn]:
    if work is None:
        return [md(":grey_question: *On call* unknown")]
    if work.duty is None:
        return [md(":warning: *On call* nobody")]
    since = moment(work.duty.since, figures.at, team)
    return [md("*On call* {who}, since {since}", who=work.on_call or "somebody", since=since)]


def _open(work: Work | None, accounts: Accounts | None) -> Mrkdwn:
    parts = []
    if accounts is not None:
        if accounts.flagged:
            parts.append(wording.count(accounts.flagged, "flagged account", "flagged accounts"))
        if accounts.at_limit:
            parts.append(f"{accounts.at_limit:,} of them at {RESTRICT} complaints or more")
        if accounts.restricted:
            parts.append(wording.count(accounts.restricted, "restricted account", "restricted accounts"))
    else:
        parts.append("flagged and restricted accounts unknown")
    parts.append("cases unknown" if work is None else wording.count(work.cases, "open case", "open cases"))
    if work is None or accounts is None:
        return md(":grey_question: *Open* {parts}", parts=", ".join(parts))
    return md("*Open* {parts}", parts=", ".join(parts))


def _messages(work: Work) -> list[Mrkdwn]:
    lines = []
    if work.waiting:
        waiting = wording.count(work.waiting, "message", "messages")
        lines.append(md(":hourglass_flowing_sand: *Slack* {waiting} waiting", waiting=waiting))
    if work.undelivered:
        refused = wording.count(work.undelivered, "message", "messages")
        lines.append(md(":warning: *Slack* refused {refused} in 24 hours", refused=refused))
    if work.in_doubt:
        doubt = wording.count(work.in_doubt, "fax", "faxes")
        lines.append(md(":grey_question: *Faxes* nobody knows of {doubt} whether it went out", doubt=doubt))
    return lines


def not_set_up() -> list[Mrkdwn]:
    """Say what is not connected: neither an error nor an all-clear."""
    return [
        md(":heavy_minus_sign: *Queue* not set up"),
        md(":heavy_minus_sign: *SES* not set up"),
        md(":heavy_minus_sign: *AWS service health* not set up"),
    ]


def _health(work: Work, now: datetime, team: Team) -> list[Mrkdwn]:
    lines = []
    if not work.led:
        lines.append(md(":warning: *The bot* sends nothing: no process holds the sender's place"))
    if work.late(now) and work.due_since is not None:
        count = wording.count(work.overdue, "thing waits", "things wait")
        at = moment(work.due_since, now, team)
        lines.append(md(":warning: *The bot* is late: {count}, the oldest since {at}", count=count, at=at))
    if work.led and not work.late(now):
        lines.append(md(":white_check_mark: *The bot* sends, and nothing is late"))
    if work.record is None or work.recorded_at is None:
        return [*lines, md(":heavy_minus_sign: *Records* none yet")]
    last = md("{number}, {at}", number=f"{work.record:,}", at=moment(work.recorded_at, now, team))
    if work.anchor is None or work.anchored_at is None:
        anchor = md("none anchored yet")
    else:
        at = moment(work.anchored_at, now, team)
        anchor = md("anchored up to {number}, {at}", number=f"{work.anchor:,}", at=at)
    sign = _SIGNS["warning" if work.unanchored(now) else "white_check_mark"]
    return [*lines, md("{sign} *Records* the last is {last}; {anchor}", sign=sign, last=last, anchor=anchor)]


def counted(figures: Figures, team: Team) -> Mrkdwn:
    """Say as of when all this is, and how old the newest event is."""
    at = text.instant(figures.at, team.zone)
    mail = figures.mail.now
    if mail is None:
        return md("Counted at {at}. This look is recorded.", at=at)
    if mail.figures.newest is None:
        return md("Counted at {at}. No event of any mail has come yet.", at=at)
    newest = mail.figures.newest
    return md(
        "Counted at {at}, newest event {newest}, {ago}.",
        at=at,
        newest=moment(newest, figures.at, team),
        ago=_ago(figures.at - newest),
    )


def _ago(age: timedelta) -> str:
    """Write an age as people say it: in minutes, hours or days, rounded down."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute ago"
    hours = minutes // 60
    if hours < 1:
        return f"{wording.count(minutes, 'minute', 'minutes')} ago"
    if hours < 48:  # noqa: PLR2004 - from two days on nobody counts hours
        return f"{wording.count(hours, 'hour', 'hours')} ago"
    return f"{wording.count(hours // 24, 'day', 'days')} ago"


def moment(at: datetime, now: datetime, team: Team) -> Mrkdwn:
    """Show an instant as a time, and with its day when it is not within a day."""
    return text.instant(at, team.zone, "time" if abs(now - at) < _CLOSE else "date_time")
