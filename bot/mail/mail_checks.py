"""Checks about mail: rates against the runbook's limits, flagged accounts, complaints to read, reviews that wait.

Sources: runbook "Morning Checklist", "End of Day Checklist", "Alert Response Times", "Reviewing Flagged Account".
Each finding holds counts and instants only; what they mean in words is the business of what shows them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Final

from bot.base.database import Connection, queries
from bot.engine.calendar import Calendar
from bot.engine.cases import Verdict
from bot.engine.checks import Asked, Check, Finding
from bot.engine.handbook import Least, Pair
from bot.mail import attention, bounce_report
from bot.mail.crossings import FLAGGED
from bot.mail.metrics.bounces import bounces
from bot.mail.metrics.complaints import near_limits
from bot.mail.metrics.events import DAY
from bot.mail.metrics.status import Rate, Window, mail_figures, window

SQL = queries("mail_checks")
WEEK: Final = timedelta(days=7)
_CLEAR: Final = 3.0
"""Standard deviations from which on a change is no chance."""


def over(rate: Rate, limits: Pair) -> Verdict:
    """Say how a rate lies to its limits; without anything sent there is no rate, and nobody knows."""
    if not rate.whole:
        return "unknown"
    return "fail" if rate.over(*limits.critical) else "warn" if rate.over(*limits.warning) else "pass"


def under(rate: Rate, limit: Least) -> Verdict:
    """Say whether a rate is high enough; without anything sent nobody knows."""
    if not rate.whole:
        return "unknown"
    return "fail" if rate.under(*limit.critical) else "pass"


def worst(*verdicts: Verdict) -> Verdict:
    """Return the worst verdict: what is known to be wrong comes before what nobody knows."""
    order: tuple[Verdict, ...] = ("fail", "unknown", "warn", "pass")
    return min(verdicts, key=order.index)


def _bounces(found: Window) -> Mapping[str, int]:
    return {
        "sent": found.sent,
        "bounced": found.bounced,
        "permanent": found.permanent,
        "transient": found.transient,
        "undetermined": found.undetermined,
    }


async def bounces_and_delivery(connection: Connection, asked: Asked) -> Finding:
    """Look at bounces and deliveries of 24 hours (runbook, Morning Checklist 1)."""
    found = await mail_figures(connection, asked.now)
    delivery = found.delivery
    limits = asked.team.runbook.thresholds
    delivered = under(delivery.rate, limits.delivery_rate)
    bounced = over(found.today.bounce_rate, limits.bounce_rate)
    facts = {
        **_bounces(found.today),
        "settled": delivery.sent,
        "delivered": delivery.delivered,
        "bounces": bounced,
        "delivery": delivered,
        "newest": found.newest.isoformat() if found.newest else None,
    }
    return Finding(worst(bounced, delivered), facts)


async def complaints(connection: Connection, asked: Asked) -> Finding:
    """Look at complaints of 24 hours (runbook, Morning Checklist 1)."""
    found = await window(connection, asked.now - DAY, asked.now)
    verdict = over(found.complaint_rate, asked.team.runbook.thresholds.complaint_rate)
    return Finding(verdict, {"sent": found.sent, "complaints": found.complaints, "not_counted": found.not_counted})


async def compared(connection: Connection, asked: Asked) -> Finding:
    """Compare the figures of 24 hours to those of the 24 hours before (runbook, End of Day Checklist 1)."""
    found = await mail_figures(connection, asked.now)
    today, delivery = found.today, found.delivery
    limits = asked.team.runbook.thresholds
    verdict = worst(
        over(today.bounce_rate, limits.bounce_rate),
        over(today.complaint_rate, limits.complaint_rate),
        under(delivery.rate, limits.delivery_rate),
    )
    facts = {
        "today": {**_of(today), "settled": delivery.sent, "delivered": delivery.delivered},
        "before": {
            **_of(found.before),
            "settled": found.delivery_before.sent,
            "delivered": found.delivery_before.delivered,
        },
    }
    return Finding(verdict, facts)


def _of(found: Window) -> Mapping[str, int]:
    return {"sent": found.sent, "bounced": found.bounced, "complaints": found.complaints}


async def trends(connection: Connection, asked: Asked) -> Finding:
    """Look whether the last 24 hours differ from the 7 days before by more than chance."""
    start = asked.now - DAY
    today, week = await window(connection, start, asked.now), await window(connection, start - WEEK, start)
    facts: dict[str, Any] = {"today": _of(today), "week": _of(week)}
    if not today.sent or not week.sent:
        return Finding("unknown", facts)
    pairs = {
        "bounces": (today.bounce_rate, week.bounce_rate),
        "complaints": (today.complaint_rate, week.complaint_rate),
    }
    changes = {name: direction for name, pair in pairs.items() if (direction := change(*pair)) is not None}
    return Finding("warn" if "up" in changes.values() else "pass", {**facts, "changes": changes})


def change(now: Rate, before: Rate) -> str | None:
    """Say whether a rate went ``up`` or ``down`` by more than chance; ``None`` when it may be chance, or is no rate."""
    if not now.whole or not before.whole:
        return None
    both = min(1.0, (now.part + before.part) / (now.whole + before.whole))
    deviation = sqrt(both * (1 - both) * (1 / now.whole + 1 / before.whole))
    difference = now.part / now.whole - before.part / before.whole
    if abs(difference) <= _CLEAR * deviation:
        return None
    return "up" if difference > 0 else "down"


async def pattern(connection: Connection, asked: Asked) -> Finding:
    """Look what the bounces of 24 hours have in common (runbook, Handling High Bounce Rate Alert 3).

    A domain is named only where mails of three people or more bounced; a person never is.
    """
    start = asked.now - DAY
    found, before = await bounces(connection, start, asked.now), await bounces(connection, start - DAY, start)
    report = bounce_report.report(found, before, bounce_report.nameable(found))
    facts: dict[str, Any] = {
        "bounced": report.kinds.total,
        "permanent": report.kinds.permanent,
        "senders": len(report.senders),
    }
    if report.pattern is not None:
        facts |= {
            "what": report.pattern.what,
            "part": report.pattern.part,
            "place": report.pattern.place,
            "reason": report.pattern.reason,
        }
    return Finding("warn" if report.kinds.total else "pass", facts)


async def flagged_new(connection: Connection, asked: Asked) -> Finding:
    """Count the flagged accounts, and those that were not at the last start of business."""
    found = await attention.listed(connection, asked.now)
    since = last_opening(asked.team.calendar, asked.now)
    before = {account for account, count in await near_limits(connection, since) if count >= FLAGGED}
    flagged = [one for one in found.rows if one.flagged]
    facts = {
        "flagged": len(flagged),
        "new": sum(one.account.id not in before for one in flagged),
        "unasked": found.count("ask"),
        "since": since.isoformat(),
    }
    return Finding("fail" if found.count("ask") else "pass", facts)


def last_opening(calendar: Calendar, now: datetime) -> datetime:
    """Return the start of business of the last working day before today, in the team's zone."""
    day = now.astimezone(calendar.zone).date() - timedelta(days=1)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return calendar.opening(day)


async def flagged_details(connection: Connection, asked: Asked) -> Finding:
    """Count the flagged accounts whose complaints a person is to read (runbook, Morning Checklist 4)."""
    found = await attention.listed(connection, asked.now)
    flagged = [one for one in found.rows if one.flagged]
    complained = sum(one.complaints for one in flagged)
    return Finding("warn" if flagged else "pass", {"flagged": len(flagged), "complaints": complained})


async def flagged_plans(connection: Connection, asked: Asked) -> Finding:
    """Look whether something is planned for each flagged account (runbook, Morning Checklist 4)."""
    found = await attention.listed(connection, asked.now)
    flagged = [one for one in found.rows if one.flagged]
    unplanned = sum(one.need in {"ask", "late", "unseen"} for one in flagged)
    return Finding("warn" if unplanned else "pass", {"flagged": len(flagged), "unplanned": unplanned})


async def reviews(connection: Connection, asked: Asked) -> Finding:
    """Count the accounts that wait for a review, and the reviews that are late (runbook, End of Day Checklist 2)."""
    row = await connection.fetchrow(SQL["reviews"], asked.now)
    if row is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    rows = (await attention.listed(connection, asked.now)).rows
    unopened = [one.need for one in rows if one.work is None and one.need in {"late", "unseen"}]
    late = row["late"] + unopened.count("late")
    facts = {"waiting": row["waiting"] + len(unopened), "late": late, "unseen": len(unopened)}
    return Finding("fail" if late else "warn" if facts["waiting"] else "pass", facts)


CHECKS: Final[Mapping[str, Check]] = {
    "mail.bounces_and_delivery": bounces_and_delivery,
    "mail.complaints": complaints,
    "mail.compared": compared,
    "mail.trends": trends,
    "bounces.pattern": pattern,
    "flagged.new": flagged_new,
    "flagged.details": flagged_details,
    "flagged.plans": flagged_plans,
    "flagged.reviews": reviews,
}
"""The checks about mail, by the names that a runbook calls."""
