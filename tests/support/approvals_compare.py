"""Lays out Faxi's side for requests to restrict, and compares the database with the plain model."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from bot.engine.audit import Record
from tests.support.approvals_model import Account, Mail, Request, World
from tests.support.team import at

KINDS = ("restriction.expire", "restriction.remind", "restriction.tell", "restriction.follow_up")
ENTRY = Record(
    at=at("2026-11-25 09:50"),
    actor="U0OP1",
    actor_team=None,
    channel=None,
    action="",
    interaction=None,
    case_id=None,
    subject=None,
    parameters={},
    allowed=True,
    result="done",
    milliseconds=1,
)
"""What the door would record of a click, without its particulars."""
_EMPTIED = (
    "chatops.audit, chatops.anchors, chatops.due, chatops.posts, chatops.strays, chatops.live_messages, "
    "chatops.restrictions, chatops.approvals, chatops.steps, chatops.cases, chatops.handles, chatops.memberships, "
    "chatops.group_readings, public.email_metrics, public.audit_logs"
)
_APPROVALS = """
SELECT a.*, c.state AS case_state, c.closed_by, c.closed_at, c.resolution, c.due_at, c.owner,
    (SELECT count(*) FROM chatops.steps AS s WHERE s.case_id = c.id AND s.state = 'done') AS steps
FROM chatops.approvals AS a JOIN chatops.cases AS c ON c.id = a.case_id ORDER BY a.id
"""
_LIVE = "SELECT subject, array_agg(DISTINCT wanted) AS wanted, count(*) AS lives FROM chatops.live_messages GROUP BY 1"
_POSTS = "SELECT subject, renderer, count(*) AS posts FROM chatops.posts GROUP BY 1, 2"
_DUE = """
SELECT subject, kind, due_at FROM chatops.due
WHERE done_at IS NULL AND cancelled_at IS NULL AND kind = ANY ($1::text[])
"""
_USERS = "SELECT id, email_restricted, email_restricted_at, email_restriction_reason FROM public.users"
_RESTRICTIONS = "SELECT * FROM chatops.restrictions ORDER BY restricted_at, id"
_LOGS = "SELECT user_id, event_data, created_at FROM public.audit_logs ORDER BY created_at"
_REVIEWS = "SELECT subject, owner, count(*) AS cases FROM chatops.cases WHERE procedure = 'review' GROUP BY 1, 2"


async def lay_out(connection: "asyncpg.Connection[asyncpg.Record]", accounts: Sequence[UUID]) -> None:
    """Empty the database, whatever guards its rows, and put the accounts there."""
    await connection.execute(f"SET session_replication_role = replica; TRUNCATE {_EMPTIED} CASCADE")
    await connection.execute("DELETE FROM public.users")
    await connection.execute("SET session_replication_role = origin")
    for number, account in enumerate(accounts):
        await connection.execute(
            "INSERT INTO public.users (id, phone_number, email_address) VALUES ($1, $2, $3)",
            *(account, f"+8190000000{number:02}", f"a{number}@me.faxi.jp"),
        )


async def complain(connection: "asyncpg.Connection[asyncpg.Record]", account: Account, mail: Mail, number: int) -> None:
    """Write what Faxi writes of a mail that is complained about; its message id begins with the account's."""
    rows = (("sent", mail.sent_at, None), ("complained", mail.complained_at, {"complaintType": mail.kind}))
    for event, when, details in rows:
        await connection.execute(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details) "
            "VALUES ($1, $2, $3, $4, $5)",
            *(event, account.id, f"{account.id}:{number}", when, details),
        )


async def differences(
    connection: "asyncpg.Connection[asyncpg.Record]", world: World, accounts: list[Account]
) -> list[str]:
    """Return in words what differs; nothing when all is as it must be."""
    rows = await connection.fetch(_APPROVALS)
    seen = {
        "requests": [_approval(row) for row in rows],
        "restrictions": [_restriction(row) for row in await connection.fetch(_RESTRICTIONS)],
        "users": {row[0]: tuple(row)[1:] for row in await connection.fetch(_USERS)},
        "due": {tuple(row) for row in await connection.fetch(_DUE, list(KINDS))},
        "Faxi's records": [_log(row) for row in await connection.fetch(_LOGS)],
        "reviews": Counter({(row[0], row[1]): row[2] for row in await connection.fetch(_REVIEWS)}),
        "messages": {row[0]: (tuple(row[1]), row[2]) for row in await connection.fetch(_LIVE) if _ours(row[0], world)},
        "posts": _posts(await connection.fetch(_POSTS), world),
    }
    expected = _expected(world, accounts)
    found = [_words(name, seen[name], expected[name]) for name in expected if seen[name] != expected[name]]
    waiting = Counter(row["subject"] for row in rows if row["state"] == "waiting")
    return found + [f"{subject} has {count} requests that wait" for subject, count in waiting.items() if count > 1]


def _words(name: str, seen: Any, expected: Any) -> str:
    """Say what differs: of a list, its first entry that does."""
    if isinstance(seen, list) and len(seen) == len(expected):
        seen, expected = next((a, b) for a, b in zip(seen, expected, strict=True) if a != b)
    return f"{name}:\n  {seen}\nmust be\n  {expected}"


def _ours(subject: str, world: World) -> bool:
    return subject in {f"case:{one.case_id}" for one in world.requests}


def _posts(rows: list[asyncpg.Record], world: World) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if _ours(row["subject"], world):
            found[row["subject"]][row["renderer"]] = row["posts"]
    return dict(found)


def _approval(row: asyncpg.Record) -> tuple[Any, ...]:
    """Return what must agree of a request and its case."""
    return (
        *(row[name] for name in ("case_id", "subject", "requester", "reason", "state", "expires_at")),
        *(row[name] for name in ("decided_by", "decided_at", "decision_words", "decider_joined_at", "facts_version")),
        tuple(row["facts"][name] for name in ("complaints", "not_counted", "mails", "earlier")),
        *(row[name] for name in ("case_state", "closed_by", "closed_at", "resolution", "due_at", "owner", "steps")),
    )


def _restriction(row: asyncpg.Record) -> tuple[Any, ...]:
    return (
        *(row[name] for name in ("case_id", "subject", "restricted_at", "reason", "requested_by", "approved_by")),
        tuple(row["previous"].values()),
    )


def _log(row: asyncpg.Record) -> tuple[Any, ...]:
    data = row["event_data"]
    return row["user_id"], data["caseNumber"], data["requestedBy"], data["approvedBy"], data["complaintCount"]


def _expected(world: World, accounts: list[Account]) -> dict[str, Any]:
    approved = sorted((one for one in world.requests if one.state == "approved"), key=lambda one: one.decided_at or 0)
    return {
        "requests": [_request(one) for one in world.requests],
        "restrictions": [
            (one.case_id, one.account.id, one.decided_at, one.reason, one.requester, one.decided_by, _before(one))
            for one in approved
        ],
        "users": {one.id: (one.restricted, one.restricted_at, one.why) for one in accounts if not one.gone},
        "due": {(f"case:{one.case_id}", kind, when) for one in world.requests for kind, when in one.due.items()},
        "Faxi's records": [
            (one.account.id, f"OPS-{one.case_id:04d}", one.requester, one.decided_by, one.complaints)
            for one in approved
        ],
        "reviews": Counter(
            {key: count for key, count in _reviews(world).items() if count},
        ),
        "messages": {f"case:{one.case_id}": ((one.wanted,), 2) for one in world.requests},
        "posts": {f"case:{one.case_id}": dict(one.posts) for one in world.requests},
    }


def _reviews(world: World) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for one in world.requests:
        found[one.account.id, one.requester] += one.reviews
    return found


def _before(request: Request) -> tuple[Any, ...]:
    assert request.before is not None
    return tuple(one.astimezone(UTC).isoformat() if isinstance(one, datetime) else one for one in request.before)


def _request(one: Request) -> tuple[Any, ...]:
    case: tuple[Any, ...]
    if one.state == "waiting":
        case = ("waiting", None, None, None, one.expires_at, one.requester, 1)
    elif one.state == "approved":
        case = (
            "acknowledged",
            None,
            None,
            None,
            None,
            one.requester,
            4,
        )  # the administrators are told when Slack has the alert
    else:
        case = ("cancelled", one.decided_by, one.decided_at, one.state, None, one.requester, 1)
    complaints, _, not_counted, mails, earlier = one.facts
    return (
        *(one.case_id, one.account.id, one.requester, one.reason, one.state, one.expires_at),
        *(one.decided_by, one.decided_at, one.words, one.joined, one.version),
        (complaints, not_counted, mails, earlier),
        *case,
    )
