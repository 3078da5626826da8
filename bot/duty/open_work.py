"""The open things of the engine: cases, lists with items left, requests, effects, messages, and the bot itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from bot.base.database import Connection, queries
from bot.duty import status
from bot.duty.open_things import Kind, Thing
from bot.engine import cases
from bot.engine.team import Team

SQL = queries("open_things")
SKIPPED_FOR: Final = timedelta(days=4)
"""How long what was skipped on a list is spoken of: over a weekend with a holiday."""
FAILED_FOR: Final = status.UNDELIVERED
"""How long what failed for good is spoken of, as the status does."""


async def _cases(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    return [_case(row, now) for row in await connection.fetch(SQL["cases"])]


def _case(row: asyncpg.Record, now: datetime) -> Thing:
    due_at = row["decide_by"] or row["due_at"]
    late = due_at is not None and due_at <= now
    facts = {
        "title": row["title"],
        "severity": row["severity"],
        "waits": row["decide_by"] is not None,
        "late": late,
        "step": row["step"],
        "position": row["position"],
    }
    return Thing(
        "case",
        cases.subject(row["id"]),
        case=row["id"],
        account=row["subject"],
        due_at=due_at,
        worse=row["severity"] in {"critical", "high"} or late,
        unstable=row["severity"] == "critical" and row["state"] == "open",
        owner=row["owner"],
        facts=facts,
    )


async def _lists(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    found = []
    for row in await connection.fetch(SQL["lists"], now - SKIPPED_FOR):
        left, skipped = row["open"] or [], row["skipped"] or []
        if row["closed_at"] is not None:
            left = []
        facts = {"title": row["title"], "open": left, "skipped": skipped, "titles": row["titles"]}
        due_at = row["due_at"] if left else None
        found.append(Thing("list", cases.subject(row["id"]), case=row["id"], due_at=due_at, facts=facts))
    return found


async def _approvals(connection: Connection, _team: Team, _now: datetime) -> Sequence[Thing]:
    return [
        Thing(
            "approval",
            f"approval:{row['id']}",
            within=(cases.subject(row["case_id"]),),
            case=row["case_id"],
            account=row["subject"],
            due_at=row["expires_at"],
            facts={"action": row["action"]},
        )
        for row in await connection.fetch(SQL["approvals"])
    ]


async def _effects(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    return [
        Thing(
            "effect",
            f"effect:{row['id']}",
            within=tuple(cases.subject(one) for one in (row["notice_case"], row["subject_case"]) if one),
            case=row["notice_case"] or row["subject_case"],
            worse=row["state"] == "unknown",
            facts={"kind": row["kind"], "state": row["state"]},
        )
        for row in await connection.fetch(SQL["effects"], now - FAILED_FOR)
    ]


async def _messages(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    posts = [_message("post", row) for row in await connection.fetch(SQL["posts"], now - FAILED_FOR)]
    return [*posts, *(_message("live", row) for row in await connection.fetch(SQL["live"]))]


def _message(sort: str, row: asyncpg.Record) -> Thing:
    about = row["subject"] if row["subject"].startswith("case:") else None
    # Slack's word only: what it says beside it may quote what a message or a person wrote.
    error = (row["error"] or "unknown").partition(" (")[0]
    facts = {"channel": row["destination"], "error": error}
    within = (about,) if about else ()
    case = cases.id_of(about) if about else None
    return Thing("message", f"{sort}:{row['id']}", within=within, case=case, facts=facts)


async def _health(connection: Connection, _team: Team, now: datetime) -> Sequence[Thing]:
    work = await status.work_now(connection, now)
    found = []
    if work.late(now):
        found.append("late")
    if work.unanchored(now):
        found.append("records")
    return [Thing("health", f"health:{one}", worse=True, unstable=True, facts={"what": one}) for one in found]


CASES: Final = Kind("case", frozenset({"cases", "steps", "notices", "faxes", "case_notes"}), _cases)
LISTS: Final = Kind("list", frozenset({"cases", "steps"}), _lists)
APPROVALS: Final = Kind("approval", frozenset({"approvals"}), _approvals)
EFFECTS: Final = Kind("effect", frozenset({"effects", "faxes"}), _effects)
MESSAGES: Final = Kind("message", frozenset({"posts", "live_messages"}), _messages)
HEALTH: Final = Kind("health", frozenset({"due", "audit", "anchors"}), _health)
