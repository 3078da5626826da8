"""The open things about accounts beside cases: restrictions to be looked at again, and flagged accounts.

Flagged accounts that nobody reviews, or that nobody asks to restrict, are counted from the mail: where that
cannot be read, nobody knows them, and that is an open thing too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from bot.base.database import Connection, queries
from bot.duty.open_things import Kind, Thing, Unknown
from bot.engine import cases
from bot.engine.team import Team
from bot.mail import attention
from bot.mail.crossings import FLAGGED as LIMIT
from bot.mail.metrics.complaints import near_limits

SQL, ABOUT = queries("open_things"), queries("open_accounts")
SOON: Final = timedelta(days=7)
"""How long before its review a restriction is handed over."""


async def _restrictions(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    """Find restrictions whose review is due or comes soon; a case in which they are looked at stands for them."""
    found = []
    for row in await connection.fetch(SQL["restrictions"], now + SOON):
        above = tuple(cases.subject(one) for one in (row["review_case"], row["case_id"]) if one)
        late = row["follow_up_at"] <= now
        found.append(
            Thing(
                "restriction",
                f"restriction:{row['id']}",
                within=above,
                case=row["case_id"],
                account=row["subject"],
                due_at=row["follow_up_at"],
                worse=late,
                facts={"late": late},
            )
        )
    return found


RESTRICTIONS: Final = Kind("restriction", frozenset({"restrictions"}), _restrictions)


async def _flagged(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    """Find flagged accounts that wait for somebody to review them, or to ask; an open case about one stands for it.

    Raises:
        Unknown: the mail cannot be counted now.
    """
    try:
        async with connection.transaction():
            complaints = dict(await near_limits(connection, now))
            if max(complaints.values(), default=0) < LIMIT:
                return []
            listed = await attention.of(connection, complaints, now)
    except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError) as error:
        raise Unknown(Thing("flagged", "flagged-unknown", worse=True, facts={"unknown": True})) from error
    waiting = [row for row in listed.rows if row.flagged and _waits(row)]
    rows = await connection.fetch(ABOUT["cases_about"], [row.account.id for row in waiting])
    about = {row["subject"]: row["cases"] for row in rows}
    found = []
    for row in waiting:
        to_ask = row.need == "ask"
        due_at = None if to_ask else row.at
        found.append(
            Thing(
                "flagged",
                f"flagged:{row.account.id}",
                within=tuple(cases.subject(one) for one in about.get(row.account.id, ())),
                account=row.account.id,
                due_at=due_at,
                worse=True,
                facts={"complaints": row.complaints, "to_ask": to_ask, "late": row.need == "late"},
            )
        )
    return found


def _waits(row: attention.Attention) -> bool:
    """Say whether nobody has it in view: nobody asked, or nobody has begun its review."""
    return row.need in {"ask", "unseen"} or (row.need == "late" and row.case_id is None)


FLAGGED: Final = Kind("flagged", frozenset({"crossings"}), _flagged)
