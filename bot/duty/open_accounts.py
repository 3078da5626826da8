"""The open things about accounts beside cases: restrictions that are looked at again soon, or that are late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection, queries
from bot.duty.open_things import Kind, Thing
from bot.engine import cases
from bot.engine.team import Team

SQL = queries("open_things")
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
