"""Mail that a restricted account sends all the same: said once a day and account, to engineering too.

Source: faxi-system, section 4: nothing in Faxi stops a restricted account by itself. Days are the
team's, and a mail belongs to the day on which it was sent.
"""

from datetime import datetime, time
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, due, handles, outbox
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, metrics, restrictions

SQL = queries("watching")

SENT: Final = "watch.sent"
"""The due row that says it; its subject is Faxi's user id."""
POST: Final = "watch.sent"
CALL: Final = "watch.sent.call"
"""The due row that calls engineering after a night in which it was said; its subject is Faxi's user id."""
CALL_POST: Final = "watch.sent.call"
_ACCOUNT = "account:"


def account_of(subject: str) -> UUID | None:
    """Return the account that a post is about, where no case is."""
    return UUID(subject.removeprefix(_ACCOUNT)) if subject.startswith(_ACCOUNT) else None


async def find(connection: Connection, team: Team, since: datetime, now: datetime) -> None:
    """Look which restricted accounts sent mail in [``since``, ``now``), and have it said where it was not today."""
    for row in await connection.fetch(SQL["restricted_senders"], since, now):
        day = row["at"].astimezone(team.zone).date()
        if await connection.fetchval(SQL["tell_day"], row["user_id"], day, now) is not None:
            await due.add(connection, SENT, str(row["user_id"]), now)


async def tell(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Say that a restricted account sent mail: where its restriction is, and to engineering (a due row)."""
    user_id = UUID(row.subject)
    account = await accounts.load(connection, user_id)
    if account is None:
        return
    since = account.restricted_at or datetime.combine(now.astimezone(team.zone).date(), time(), team.zone)
    mails = await metrics.mails_since(connection, user_id, since, now)
    restriction = await restrictions.open_restriction(connection, user_id)
    subject = cases.subject(restriction.case_id) if restriction else f"{_ACCOUNT}{user_id}"
    head = await outbox.head_of(connection, subject) if restriction else None
    await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, now)
    known = account.restricted_at is not None
    quiet = team.calendar.is_quiet(now)
    said = {"mails": mails, "since_known": known, "quiet": quiet}
    if head is not None:
        await outbox.post(
            connection, POST, subject, head.destination, now, parent=head.id, parameters={**said, "thread": True}
        )
    else:
        await outbox.post(connection, POST, subject, team.channels.operations, now, parameters=said)
    await outbox.post(connection, POST, subject, team.channels.engineering, now, parameters=said)
    if quiet:
        await due.add(connection, CALL, row.subject, team.calendar.end_of_quiet(now))
    await anchoring.record_own(
        connection,
        "restriction:not_enforced",
        "told",
        now,
        interaction=f"due:{row.id}",
        case_id=restriction.case_id if restriction else None,
        subject=user_id,
        parameters={"mails": mails},
    )


async def call(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call engineering after the night to what was said in it, if the account still is restricted (a due row)."""
    account = await accounts.load(connection, UUID(row.subject))
    if account is None or not account.restricted:
        return
    if team.calendar.is_quiet(now):  # the bot was away for the whole day
        await due.add(connection, CALL, row.subject, team.calendar.end_of_quiet(now))
        return
    restriction = await restrictions.open_restriction(connection, account.id)
    subject = cases.subject(restriction.case_id) if restriction else f"{_ACCOUNT}{account.id}"
    await outbox.post(connection, CALL_POST, subject, team.channels.engineering, now)
