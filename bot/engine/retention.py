"""What is kept for how long: interactions and done messages for 30 days; each night says how many went."""

from datetime import datetime, timedelta

from bot.base.database import Connection, queries
from bot.engine import anchoring, due
from bot.engine.due import Due
from bot.engine.team import Team

SQL = queries("retention")
KIND, NIGHTLY = "retention.run", "nightly"
KEPT = timedelta(days=30)
"""How long interactions, messages that went out, done due rows and effects that ended are kept."""
LOOKS_KEPT = timedelta(days=1)
"""How long due rows that only looked are kept."""


async def begin(connection: Connection, team: Team, now: datetime) -> None:
    """Want the nightly run; harmless when it is wanted already."""
    if await due.pending(connection, KIND, NIGHTLY) is None:
        await due.add(connection, KIND, NIGHTLY, team.calendar.night_after(now))


async def run(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Delete what is too old, and record how many rows went, if any did (a due row)."""
    await due.add(connection, KIND, NIGHTLY, team.calendar.night_after(now))
    before = now - KEPT
    counts = {
        "interactions": await connection.fetchval(SQL["forget_interactions"], before),
        "posts": await connection.fetchval(SQL["forget_posts"], before),
        "due": await connection.fetchval(SQL["forget_due"], before),
        "effects": await connection.fetchval(SQL["forget_effects"], before),
    }
    await connection.execute(SQL["forget_looks"], now - LOOKS_KEPT)
    if any(counts.values()):
        await anchoring.record_own(
            connection, "retention:run", "deleted", now, interaction=f"due:{row.id}", parameters=counts
        )
