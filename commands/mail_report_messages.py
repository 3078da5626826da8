"""How the report of a week or a month looks: the verdict, the three rates with what was before, and the accounts.

It has no personal data, so that it may go to management and on from there. The figures are those that the list's
check found, so that all who read it read the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import cases
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail.bounce_report import Kinds
from bot.mail.mail_checks import over, under
from bot.mail.mail_reports import clear_change
from bot.mail.metrics.status import Rate
from bot.slack import text
from bot.slack.blocks import Message, context, header, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import bounce_words, checklist_lines, wording
from commands.finding_words import Facts
from commands.report_rows import fraction, in_percent, percent
from commands.weekly_findings import DECIMALS, TITLES, days_of, limits_of, month_of, rates_of

_SIGNS: Final[Mapping[str, Mrkdwn]] = {
    "pass": md(":white_check_mark:"),
    "warn": md(":warning:"),
    "fail": md(":rotating_light:"),
    "unknown": md(":grey_question:"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of report.

    Attributes:
        check: the check whose figures it has.
        name: as its first sentence names it.
        span: a word for one of its spans.
        called: how a span is called in full.
    """

    check: str
    name: str
    span: str
    called: Callable[[Facts, Team], str]


WEEK: Final = Kind("week.figures", "Weekly mail report", "week", days_of)
MONTH: Final = Kind("month.figures", "Monthly mail report", "month", month_of)


def facts_in(case: Case, kind: Kind) -> Facts | None:
    """Return the figures that the check of a list found; ``None`` while it could not look."""
    step = next((one for one in case.steps if one.calls == kind.check), None)
    return step.facts if step is not None and step.facts and "periods" in step.facts else None


def drawn(kind: Kind) -> Renderer:
    """Return what draws a report of this kind from the list that it belongs to."""

    async def report(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
        case = await cases.of_subject(connection, subject)
        facts = facts_in(case, kind)
        if facts is None:
            said = md(":grey_question: *The figures are unknown:* the bot could not look. Look again in the list.")
            return message(f"{kind.name}: the figures are unknown ({case.number}).", section(said))
        return _report(kind, facts, case.number, team)

    return report


def _verdicts(period: Facts, team: Team) -> Mapping[str, str]:
    limits, rates = team.runbook.thresholds, rates_of(period)
    return {
        "delivered": under(rates["delivered"], limits.delivery_rate),
        "bounces": over(rates["bounces"], limits.bounce_rate),
        "complaints": over(rates["complaints"], limits.complaint_rate),
    }


def _report(kind: Kind, facts: Facts, number: str, team: Team) -> Message:
    period, *earlier = facts["periods"]
    called = kind.called(period, team)
    zone = team.zone.key.rpartition("/")[2].replace("_", " ")
    last = md("{span} in {zone} time. No personal data. {number}", span=kind.span.capitalize(), zone=zone,
              number=number)  # fmt: skip
    if not period["sent"]:
        said = md('Nothing was sent, so there are no rates. That is not "all well".')
        head = header(f":grey_question: {called}: no mail sent")
        return message(f"{kind.name}, {called}: no mail was sent.", head, section(said), context(last))
    verdicts = _verdicts(period, team)
    failed = [name for name, verdict in verdicts.items() if verdict == "fail"]
    warned = [name for name, verdict in verdicts.items() if verdict == "warn"]
    first = header(_heading(called, failed, warned))
    before = earlier[0] if earlier else None
    lines = [_rate(name, period, before, verdicts[name], kind, team) for name in TITLES]
    blocks = [first, section(text.join("\n", [_clear(facts, kind, len(earlier)), *lines]))]
    if len(earlier) > 1:
        title = md("*The {span}s before*", span=kind.span)
        blocks += checklist_lines.paragraphs(title, [_earlier(one, kind, team) for one in earlier])
    blocks += [section(_accounts(facts["accounts"], kind.span)), context(_counted(period, last))]
    return message(_sentence(kind, called, failed, warned), *blocks)


def _heading(called: str, failed: Sequence[str], warned: Sequence[str]) -> str:
    if failed:
        return f":rotating_light: {called}: over a limit"
    return f":warning: {called}: look at it" if warned else f":white_check_mark: {called}: within limits"


def _sentence(kind: Kind, called: str, failed: Sequence[str], warned: Sequence[str]) -> str:
    if failed:
        count = wording.count(len(failed), "rate is", "rates are")
        return f"{kind.name}, {called}: {count} not within the limit."
    if warned:
        count = wording.count(len(warned), "rate is", "rates are")
        return f"{kind.name}, {called}: {count} over the warning limit."
    return f"{kind.name}, {called}: all three rates within their limits."


def _clear(facts: Facts, kind: Kind, spans: int) -> Mrkdwn:
    """Say which rates changed by more than chance against all the spans before."""
    before = f"the {spans} {kind.span}s before"
    changes = facts["changes"]
    if not changes:
        return md("*No clear change* against {before} together.", before=before)
    said = ", ".join(f"{title} {changes[name]}" for name, title in TITLES.items() if name in changes)
    return md("*Clear change* against {before} together: {said}.", before=before, said=said)


def _rate(name: str, period: Facts, before: Facts | None, verdict: str, kind: Kind, team: Team) -> Mrkdwn:
    """Write a rate in two lines: the figure, then its limit and the span before."""
    limits, rate = team.runbook.thresholds, rates_of(period)[name]
    marks = limits_of(name, limits)
    parts = []
    if name == "bounces":
        kinds = bounce_words.by_kind(Kinds(period["permanent"], period["transient"], period["undetermined"]))
        parts.append(md("{kinds};", kinds=kinds) if kinds else md(""))
    if name == "delivered":
        least = in_percent(marks[0])
        parts.append(md("under {limit}", limit=least) if verdict == "fail" else md("at least {limit}", limit=least))
    elif verdict == "warn":
        parts.append(md("over {low}, limit {limit}", low=in_percent(marks[0]), limit=in_percent(marks[1])))
    else:
        word = md("over") if verdict == "fail" else md("limit")
        parts.append(md("{word} {limit}", word=word, limit=in_percent(marks[1])))
    tail = text.join(" ", [one for one in parts if one])
    if before is not None:
        tail = md("{tail}, {was}", tail=tail, was=_was(name, rate, rates_of(before)[name], kind.span, marks))
    return md(
        "{sign} *{name} {percent}* ({fraction})\n{tail}",
        sign=_SIGNS[verdict],
        name=TITLES[name],
        percent=percent(rate, DECIMALS[name], *marks),
        fraction=fraction(rate),
        tail=tail,
    )


def _was(name: str, rate: Rate, before: Rate, span: str, marks: tuple[Any, ...]) -> Mrkdwn:
    chance = md(", no clear change") if before.whole and clear_change(rate, before) is None else md("")
    figure = percent(before, DECIMALS[name], *marks)
    return md("{span} before {figure} ({fraction}){chance}", span=span, figure=figure, fraction=fraction(before),
              chance=chance)  # fmt: skip


def _earlier(period: Facts, kind: Kind, team: Team) -> Mrkdwn:
    limits = team.runbook.thresholds
    rates = ", ".join(
        f"{TITLES[name].lower()} {percent(rate, DECIMALS[name], *limits_of(name, limits))} ({fraction(rate)})"
        for name, rate in rates_of(period).items()
    )
    return md("{called}: {rates}", called=kind.called(period, team), rates=rates)


def _accounts(accounts: Facts, span: str) -> Mrkdwn:
    return md(
        "*Accounts* {flagged} flagged, {restricted} restricted, {lifted} lifted this {span}. "
        "Restricted now: {now} of {all}",
        flagged=f"{accounts['flagged']:,}",
        restricted=f"{accounts['restricted']:,}",
        lifted=f"{accounts['lifted']:,}",
        span=span,
        now=f"{accounts['restricted_now']:,}",
        all=f"{accounts['all']:,}",
    )


def _counted(period: Facts, last: Mrkdwn) -> Mrkdwn:
    all_hours = md("Delivered: all hours are counted.") if period["settled"] == period["sent"] else md("")
    return text.join(" ", [one for one in (all_hours, last) if one])
