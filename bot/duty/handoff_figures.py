"""What happened in a shift, in figures: kept with the handoff when it is drafted."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import asyncpg

from bot.base.database import Connection, queries
from bot.engine.team import Team
from bot.mail.metrics.status import Delivery, MailFigures, Window, mail_figures

SQL = queries("handoffs")


async def figures(connection: Connection, team: Team, now: datetime, *, weekend: bool) -> Mapping[str, Any]:
    """Count what happened today, or this week at its end, and the mail of 24 hours; mail that is slow is unknown.

    Weeks begin on Monday, in the team's zone (the definition of :mod:`bot.mail.metrics`).
    """
    day = now.astimezone(team.zone).date()
    first = day - timedelta(days=day.weekday()) if weekend else day
    row = await connection.fetchrow(SQL["happened"], datetime.combine(first, time(0), team.zone), now)
    found: dict[str, Any] = {"week": weekend, "at": now.isoformat(), **(dict(row) if row else {})}
    try:
        async with connection.transaction():
            found["mail"] = _kept(await mail_figures(connection, now))
    except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError):
        found["mail"] = None
    return found


def _kept(mail: MailFigures) -> Mapping[str, int]:
    today, delivery = mail.today, mail.delivery
    return {
        "sent": today.sent,
        "permanent": today.permanent,
        "transient": today.transient,
        "undetermined": today.undetermined,
        "complaints": today.complaints,
        "not_counted": today.not_counted,
        "settled": delivery.sent,
        "delivered": delivery.delivered,
    }


def mail_of(kept: Mapping[str, Any]) -> tuple[Window, Delivery] | None:
    """Return the figures of mail that were kept with a handoff; ``None`` where they were not known."""
    mail = kept.get("mail")
    if mail is None:
        return None
    at = datetime.fromisoformat(kept["at"])
    start, lag = at - timedelta(hours=24), timedelta(hours=1)
    counts = (mail[name] for name in ("sent", "permanent", "transient", "undetermined", "complaints", "not_counted"))
    return Window(start, at, *counts), Delivery(start - lag, at - lag, mail["settled"], mail["delivered"])
