"""Checks about who acts and what is open: critical cases, all cases, who is on call, and the bot itself.

Sources: runbook "Morning Checklist 2", "End of Day Checklist 2 and 3", "On-Call Responsibilities".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import asyncpg

from bot.base.database import Connection, queries
from bot.duty import oncall, status
from bot.engine import roster
from bot.engine.checks import Asked, Check, Finding

SQL = queries("duty_checks")
_LISTED: Final = 5
"""How many case numbers a finding names."""


async def critical(connection: Connection, asked: Asked) -> Finding:
    """Count the critical cases that are open (runbook, Morning Checklist 2: address any critical issues)."""
    row = await _counted(connection, "critical", asked.now)
    facts = {"open": row["open"], "unowned": row["unowned"], "cases": list(row["numbers"])[:_LISTED]}
    return Finding("fail" if row["unowned"] else "warn" if row["open"] else "pass", facts)


async def open_cases(connection: Connection, asked: Asked) -> Finding:
    """Count the open cases, and those that nobody has or that are late (runbook, End of Day Checklist 2)."""
    row = await _counted(connection, "open", asked.now)
    facts = {"open": row["open"], "unowned": row["unowned"], "late": row["late"]}
    return Finding("fail" if row["late"] else "warn" if row["unowned"] else "pass", facts)


async def _counted(connection: Connection, name: str, now: datetime) -> asyncpg.Record:
    row = await connection.fetchrow(SQL[name], now)
    if row is None:
        message = "a query of counts gives a row"
        raise RuntimeError(message)
    return row


async def on_call(connection: Connection, _: Asked) -> Finding:
    """Look whether somebody is on call who still works here (runbook, On-Call Responsibilities)."""
    duty = await oncall.now_on_call(connection)
    if duty is None:
        return Finding("fail", {"somebody": False})
    here = await roster.works(connection, duty.person)
    return Finding("pass" if here else "fail", {"somebody": here, "since": duty.since.isoformat()})


async def health(connection: Connection, asked: Asked) -> Finding:
    """Look whether the bot sends, is on time, and whether all it said and faxed arrived."""
    work = await status.work_now(connection, asked.now)
    late, unanchored = work.late(asked.now), work.unanchored(asked.now)
    facts = {
        "sends": work.led,
        "overdue": work.overdue if late else 0,
        "unanchored": unanchored,
        "undelivered": work.undelivered,
        "in_doubt": work.in_doubt,
    }
    wrong = not work.led or late
    return Finding("fail" if wrong else "warn" if unanchored or work.undelivered or work.in_doubt else "pass", facts)


CHECKS: Final[Mapping[str, Check]] = {
    "cases.critical": critical,
    "cases.open": open_cases,
    "oncall.now": on_call,
    "bot.health": health,
}
"""The checks about duty, by the names that a runbook calls."""
