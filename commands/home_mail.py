"""The three rates of mail in three lines, for Home: each with its fraction, its limit once crossed, and a sign."""

from bot.duty.status import Figures
from bot.engine.team import Team
from bot.mail.metrics.limits import Limit
from bot.mail.metrics.status import Rate, Window
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import status_lines
from commands.report_rows import fraction, in_percent, percent

_OVER, _NEAR, _FINE, _UNKNOWN = (
    md(":rotating_light:"),
    md(":warning:"),
    md(":white_check_mark:"),
    md(":grey_question:"),
)


def rates(figures: Figures, team: Team) -> Mrkdwn:
    """Draw the rates of the last 24 hours; while they are unknown, since when."""
    mail, limits = figures.mail.now, team.runbook.thresholds
    if mail is None:
        since = status_lines.moment(figures.mail.unknown_since or figures.at, figures.at, team)
        return md("*Mail, last 24 hours*\n:grey_question: Unknown since {since}", since=since)
    today, delivery = mail.figures.today, mail.figures.delivery.rate
    lines = [
        md("*Mail, last 24 hours*"),
        _high("Complaints", today.complaint_rate, 3, limits.complaint_rate.warning, limits.complaint_rate.critical),
        _high("Bounces", today.bounce_rate, 2, limits.bounce_rate.warning, limits.bounce_rate.critical, _kinds(today)),
        _delivered(delivery, limits.delivery_rate.critical),
    ]
    return text.join("\n", lines)


def _high(name: str, rate: Rate, decimals: int, warn: Limit, critical: Limit, kinds: str = "") -> Mrkdwn:
    """Draw a rate that is to be low."""
    if not rate.whole:
        return md("{sign} {name} no rate ({fraction})", sign=_UNKNOWN, name=name, fraction=fraction(rate))
    over = critical if rate.over(*critical) else warn if rate.over(*warn) else None
    sign = _FINE if over is None else _OVER if over is critical else _NEAR
    return md(
        "{sign} {name} {percent} ({fraction}){over}{kinds}",
        sign=sign,
        name=name,
        percent=percent(rate, decimals, warn, critical),
        fraction=fraction(rate),
        over=f", over {in_percent(over)}" if over is not None else "",
        kinds=md(": {kinds}", kinds=kinds) if kinds and over is None else md(""),
    )


def _delivered(rate: Rate, least: Limit) -> Mrkdwn:
    more = "the last hour is not counted yet"
    if not rate.whole:
        return md("{sign} Delivered no rate ({fraction}; {more})", sign=_UNKNOWN, fraction=fraction(rate), more=more)
    under = rate.under(*least)
    return md(
        "{sign} Delivered {percent} ({fraction}; {more}){under}",
        sign=_OVER if under else _FINE,
        percent=percent(rate, 2, least),
        fraction=fraction(rate),
        more=more,
        under=f", under {in_percent(least)}" if under else "",
    )


def _kinds(window: Window) -> str:
    kinds = {"permanent": window.permanent, "temporary": window.transient, "unclear": window.undetermined}
    return ", ".join(f"{number:,} {word}" for word, number in kinds.items() if number)
