"""Checks of the weekly and monthly lists: figures of weeks and months, restrictions, bounces that come again.

Sources: runbook "Monday Tasks", "Wednesday Tasks", "First Monday of Month". Each finding holds counts and instants
only, and domains at which mails of three people or more bounced.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import cases
from bot.engine.cases import Verdict
from bot.engine.checks import Asked, Check, Finding
from bot.engine.handbook import Thresholds
from bot.mail import blocklists, bounce_report, lift_review, mail_reports, restriction_list
from bot.mail.lifts import DAYS
from bot.mail.mail_checks import over, under, worst
from bot.mail.mail_reports import RATES, Report, rates_of
from bot.mail.metrics.bounces import bounces
from bot.mail.metrics.periods import Period, together

WEEK: Final = timedelta(weeks=1)
_LISTED: Final = 5
"""How many domains a finding names."""


async def day_of(connection: Connection, asked: Asked) -> datetime:
    """Return when the list of the case came: its figures are of the time before that, whenever one looks."""
    case = await cases.load(connection, asked.case)
    return asked.now if case is None else case.planned_at or case.opened_at


def facts_of(one: Period) -> Mapping[str, Any]:
    """Return the figures of a span as a finding keeps them."""
    window, delivery = one.window, one.delivery
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "sent": window.sent,
        "bounced": window.bounced,
        "permanent": window.permanent,
        "transient": window.transient,
        "undetermined": window.undetermined,
        "complaints": window.complaints,
        "settled": delivery.sent,
        "delivered": delivery.delivered,
    }


def verdict_of(one: Period, limits: Thresholds) -> Verdict:
    """Say how the worst of the three rates lies to its limits; nothing sent is unknown."""
    return worst(
        under(one.delivery.rate, limits.delivery_rate),
        over(one.window.bounce_rate, limits.bounce_rate),
        over(one.window.complaint_rate, limits.complaint_rate),
    )


def _figures(report: Report, asked: Asked) -> Finding:
    accounts = report.accounts
    facts = {
        "periods": [facts_of(one) for one in report.periods],
        "changes": report.changes(),
        "accounts": {
            "flagged": accounts.flagged,
            "restricted": accounts.restricted,
            "lifted": accounts.lifted,
            "restricted_now": accounts.restricted_now,
            "all": accounts.all,
        },
    }
    return Finding(verdict_of(report.periods[0], asked.team.runbook.thresholds), facts)


async def _last_week(connection: Connection, asked: Asked) -> Report:
    at = await day_of(connection, asked)
    return await mail_reports.of_spans(connection, mail_reports.weeks_before(at, asked.team.zone))


async def _last_month(connection: Connection, asked: Asked) -> Report:
    at = await day_of(connection, asked)
    return await mail_reports.of_spans(connection, mail_reports.months_before(at, asked.team.zone))


async def week_figures(connection: Connection, asked: Asked) -> Finding:
    """Compute last week's figures, and those of the four weeks before (runbook, Monday Tasks 1)."""
    return _figures(await _last_week(connection, asked), asked)


async def month_figures(connection: Connection, asked: Asked) -> Finding:
    """Compute last month's figures, and those of the three months before (runbook, First Monday of Month 1)."""
    return _figures(await _last_month(connection, asked), asked)


async def week_trends(connection: Connection, asked: Asked) -> Finding:
    """Look whether last week differs from the four weeks before by more than chance (runbook, Monday Tasks 1)."""
    return _trends((await _last_week(connection, asked)).periods)


async def month_trends(connection: Connection, asked: Asked) -> Finding:
    """Look whether last month differs from the three before by more than chance (runbook, First Monday of Month 1)."""
    return _trends((await _last_month(connection, asked)).periods)


def _trends(periods: Sequence[Period]) -> Finding:
    """Compare the newest span with the others together; what got worse by more than chance asks a person."""
    now, *before = [rates_of(one) for one in periods]
    facts: dict[str, Any] = {"spans": len(before)}
    changes = {}
    for name in RATES:
        earlier = together([one[name] for one in before])
        facts[name] = {"now": [now[name].part, now[name].whole], "before": [earlier.part, earlier.whole]}
        way = mail_reports.clear_change(now[name], earlier)
        if way is not None:
            changes[name] = way
        if not now[name].whole or not earlier.whole:
            return Finding("unknown", facts)
    worse = any(way == ("down" if name == "delivered" else "up") for name, way in changes.items())
    return Finding("warn" if worse else "pass", {**facts, "changes": changes})


async def week_so_far(connection: Connection, asked: Asked) -> Finding:
    """Compute the figures of the week so far, and of the same days a week before (runbook, Wednesday Tasks 1)."""
    span = mail_reports.first_half(await day_of(connection, asked), asked.now, asked.team.zone)
    now, before = await mail_reports.so_far(connection, span, asked.now)
    verdict: Verdict = "pass" if now.window.sent else "unknown"
    return Finding(verdict, {"now": facts_of(now), "before": facts_of(before)})


async def week_targets(connection: Connection, asked: Asked) -> Finding:
    """Hold the week so far against the runbook's limits (runbook, Wednesday Tasks 1: compare to targets)."""
    span = mail_reports.first_half(await day_of(connection, asked), asked.now, asked.team.zone)
    now, _ = await mail_reports.so_far(connection, span, asked.now)
    return Finding(verdict_of(now, asked.team.runbook.thresholds), {"now": facts_of(now)})


async def restricted(connection: Connection, asked: Asked) -> Finding:
    """Count the restricted accounts and what they need (runbook, Monday Tasks 2 and First Monday of Month 3)."""
    found = await restriction_list.listed(connection, asked.now)
    needs: Mapping[str, int] = {need: found.count(need) for need in restriction_list.URGENCY}
    facts = {"restricted": len(found.rows), **needs}
    wrong = facts["late"] or facts["call"]
    return Finding("fail" if wrong else "warn" if facts["unplanned"] else "pass", facts)


async def planned(connection: Connection, asked: Asked) -> Finding:
    """Look whether something with a date is planned for each restricted account (runbook, First Monday of Month 3)."""
    found = await restriction_list.listed(connection, asked.now)
    facts = {"restricted": len(found.rows), "unplanned": found.count("unplanned"), "late": found.count("late")}
    return Finding("warn" if facts["unplanned"] or facts["late"] else "pass", facts)


async def untalked(connection: Connection, asked: Asked) -> Finding:
    """Count accounts that lack nothing for a lift but a talk with the person (runbook, Monday Tasks 2)."""
    found = await lift_review.answers(connection, asked.team, asked.now)
    waiting = [one for one in found if all(one.criteria.answers[:2]) and not one.may_be_lifted and not one.asked]
    facts = {"restricted": len(found), "to_contact": len(waiting), "days": DAYS}
    return Finding("warn" if waiting else "pass", facts)


async def recurring(connection: Connection, asked: Asked) -> Finding:
    """Look what bounced in the last 7 days and in the 7 days before, too (runbook, Wednesday Tasks 2)."""
    start = asked.now - WEEK
    found, before = await bounces(connection, start, asked.now), await bounces(connection, start - WEEK, start)
    report = bounce_report.report(found, before, bounce_report.nameable(found))
    facts = {
        "bounced": report.kinds.total,
        "before": len(before),
        "places": report.place_repeats.all,
        "places_again": report.place_repeats.again,
        "senders": report.sender_repeats.all,
        "senders_again": report.sender_repeats.again,
    }
    return Finding("warn" if report.place_repeats.again or report.sender_repeats.again else "pass", facts)


async def places(connection: Connection, asked: Asked) -> Finding:
    """Name the domains with the most bounces of 7 days, those with many first (runbook, Wednesday Tasks 2)."""
    start = asked.now - WEEK
    found, before = await bounces(connection, start, asked.now), await bounces(connection, start - WEEK, start)
    report = bounce_report.report(found, before, bounce_report.nameable(found))
    many = [one for one in report.places if one.kinds.total >= bounce_report.MANY]
    facts = {
        "bounced": report.kinds.total,
        "many": len(many),
        "places": [[one.name.text, one.kinds.total, one.again] for one in many[:_LISTED]],
        "others": report.other_places,
        "others_bounced": report.other_bounces,
    }
    return Finding("warn" if many else "pass", facts)


async def blocklists_large(connection: Connection, asked: Asked) -> Finding:
    """Count the large blocklists, and how all of them grew (runbook, Monday Tasks 3)."""
    if not await blocklists.may_read(connection):
        return Finding("unknown", {"why": "not_granted"})
    found = await blocklists.all_of_them(connection, asked.now)
    facts = {
        "large": len(found.rows),
        "users": found.users,
        "entries": found.entries,
        "grown": found.grown[0],
        "grown_before": found.grown[1],
        "days": blocklists.GROWTH.days,
        "limit": blocklists.LARGE,
    }
    return Finding("warn" if found.rows else "pass", facts)


async def blocklists_growing(connection: Connection, asked: Asked) -> Finding:
    """Count whom to guide: large blocklists that grew in 30 days (runbook, Monday Tasks 3)."""
    if not await blocklists.may_read(connection):
        return Finding("unknown", {"why": "not_granted"})
    found = await blocklists.all_of_them(connection, asked.now)
    facts = {"large": len(found.rows), "to_guide": found.to_guide, "by": blocklists.GUIDE}
    return Finding("warn" if found.to_guide else "pass", {**facts, "days": blocklists.GROWTH.days})


CHECKS: Final[Mapping[str, Check]] = {
    "week.figures": week_figures,
    "week.trends": week_trends,
    "week.so_far": week_so_far,
    "week.targets": week_targets,
    "month.figures": month_figures,
    "month.trends": month_trends,
    "restrictions.all": restricted,
    "restrictions.planned": planned,
    "restrictions.untalked": untalked,
    "bounces.recurring": recurring,
    "bounces.places": places,
    "blocklists.large": blocklists_large,
    "blocklists.growing": blocklists_growing,
}
"""The checks of weekly and monthly lists, by the names that a runbook calls."""
