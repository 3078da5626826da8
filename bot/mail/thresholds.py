"""Five complaints in 30 days: the bot asks management to restrict the account, once for each crossing.

Source: runbook "Restricting Account". A request that waits already covers a crossing. What ends
without a decision is asked again at the next start of business, with the facts of then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, approvals, cases, due, outbox, roster
from bot.engine.approvals import Approval
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, crossings, metrics, restrictions
from bot.mail.accounts import Account
from bot.mail.crossings import RESTRICT, Counted
from bot.mail.restrictions import ACTION, REQUEST, Asked, ReasonDoesNotHold

SQL = queries("thresholds")

REACHED: Final = "complaints.restrict"
"""The due row that looks whether an account has crossed the limit; its subject is Faxi's user id."""
AGAIN: Final = "restriction.ask_again"
"""The due row that asks again; its subject is Faxi's user id."""
NOT_ASKED_POST, PLANNED_POST = "restriction.not_asked_again", "restriction.asks_itself"
ALL_BY_NAME: Final = 3
"""From so many requests on, every manager is called by name."""
_MOMENT = timedelta(seconds=1)
_WORDS = "5 complaints in 30 days are the runbook's limit for a restriction."
_WORDS_AGAIN = "5 complaints in 30 days are the runbook's limit. The last request ended without a decision."


@dataclass(frozen=True)
class Noted:
    """A crossing that was noted, and what it has led to."""

    message_id: str
    at: datetime
    state: Literal["baseline", "raised", "covered"]
    case_id: int | None
    asked: int
    noted_at: datetime


async def counted(connection: Connection, user_id: UUID, now: datetime) -> tuple[Counted, ...]:
    """Return the complaints of an account that count, since its last lift, however old."""
    lift = await restrictions.last_lift(connection, user_id)
    found = await metrics.complaints_of(connection, user_id, lift, now)
    return tuple(Counted(message, at) for message, at in found.items())


async def noted(connection: Connection, user_id: UUID, limit: int) -> tuple[Noted, ...]:
    """Return the crossings of a limit that were noted of an account, the newest first."""
    return tuple(Noted(**dict(row)) for row in await connection.fetch(SQL["noted"], user_id, limit))


async def to_raise(connection: Connection, user_id: UUID, limit: int, now: datetime) -> Counted | None:
    """Return the complaint because of which something is to be raised now; the account must be held."""
    known = [Counted(one.message_id, one.at) for one in await noted(connection, user_id, limit)]
    denied: datetime | None = await connection.fetchval(SQL["denied_at"], user_id) if limit == RESTRICT else None
    return crossings.to_raise(await counted(connection, user_id, now), limit, now, known, denied)


async def note(
    connection: Connection,
    user_id: UUID,
    limit: int,
    crossing: Counted,
    state: Literal["baseline", "raised", "covered"],
    now: datetime,
    *,
    case_id: int | None = None,
    asked: int = 0,
) -> None:
    """Note a crossing, so that it is raised once."""
    await connection.execute(SQL["note"], user_id, limit, crossing.message, crossing.at, state, now, case_id, asked)


async def _hold(connection: Connection, user_id: UUID) -> tuple[Account | None, Approval | None] | None:
    """Hold the case of the request that waits, then the account; ``None`` when one was made in this moment."""
    before = await approvals.waiting_for(connection, ACTION, user_id)
    if before is not None:
        await cases.lock(connection, before.case_id)
    account = await accounts.load(connection, user_id, lock=True)
    waiting = await approvals.waiting_for(connection, ACTION, user_id)
    if waiting is not None and (before is None or before.id != waiting.id):
        return None  # its case could not be held before the account: whoever decides holds them in that order
    return account, waiting


async def reached(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Ask for a restriction when an account has crossed the limit (a due row)."""
    user_id = UUID(row.subject)
    held = await _hold(connection, user_id)
    if held is None:
        await due.add(connection, REACHED, row.subject, now + _MOMENT)
        return
    account, waiting = held
    if account is None or account.restricted:
        return
    crossing = await to_raise(connection, user_id, RESTRICT, now)
    if crossing is None:
        return
    if waiting is not None:
        await note(connection, user_id, RESTRICT, crossing, "covered", now, case_id=waiting.case_id)
        await _redraw(connection, user_id)
        await _record(connection, row, "covered", waiting.case_id, now)
        return
    answer = await _ask(connection, team, user_id, _WORDS, 1, now)
    if isinstance(answer, Asked):
        await due.cancel(connection, AGAIN, row.subject, now)
        case_id = answer.approval.case_id
        await note(connection, user_id, RESTRICT, crossing, "raised", now, case_id=case_id, asked=1)
        await _redraw(connection, user_id)
        await _record(connection, row, "asked", case_id, now, asked=1)


async def _ask(connection: Connection, team: Team, user_id: UUID, words: str, asked: int, now: datetime) -> Any:
    return await restrictions.ask(
        connection, team, user_id, requester=roster.BOT, reason="complaints", words=words, now=now, asked=asked
    )


async def _record(
    connection: Connection, row: Due, result: str, case_id: int | None, now: datetime, **parameters: Any
) -> None:
    await anchoring.record_own(
        connection,
        "restriction:ask",
        result,
        now,
        interaction=f"due:{row.id}",
        case_id=case_id,
        subject=UUID(row.subject),
        parameters={"reason": "complaints", **parameters},
    )


async def ended(
    connection: Connection, team: Team, approval: Approval, outcome: approvals.Outcome, now: datetime
) -> None:
    """Plan to ask again when a request that was about a crossing ends without anybody's decision about it.

    The bot's own is asked again when its time is over; another's also when it was withdrawn or
    became void, while the count stands.
    """
    own = approval.requester == roster.BOT
    if outcome not in ({"expired"} if own else {"expired", "withdrawn", "void"}):
        return
    if not await connection.fetchval(SQL["of_case"], approval.case_id):
        return
    if not own and (await restrictions.facts_of(connection, approval.subject, now)).complaints < RESTRICT:
        return
    at = team.calendar.next_opening(now)
    await due.add(connection, AGAIN, str(approval.subject), at)
    if not own:
        await _say(connection, team, approval.case_id, PLANNED_POST, {"at": at.isoformat()}, now)


async def _say(
    connection: Connection, team: Team, case_id: int, renderer: str, parameters: dict[str, Any], now: datetime
) -> None:
    """Say something in the thread of a request."""
    subject = cases.subject(case_id)
    request = await outbox.live_of(connection, subject, REQUEST)
    parent = request.id if request else None
    await outbox.post(
        connection, renderer, subject, team.channels.management, now, parent=parent, parameters=parameters
    )


async def again(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Ask again for what nobody decided, if its reason still holds; record it when it does not (a due row)."""
    user_id = UUID(row.subject)
    held = await _hold(connection, user_id)
    if held is None:
        await due.add(connection, AGAIN, row.subject, now + _MOMENT)
        return
    account, waiting = held
    last = next((one for one in await noted(connection, user_id, RESTRICT) if one.case_id is not None), None)
    if last is None or last.case_id is None:
        return
    await _redraw(connection, user_id)
    why = await _why_not(connection, account, last.case_id)
    if why is None and waiting is not None:
        await _note_again(connection, user_id, last, "covered", waiting.case_id, last.asked)
        await _record(connection, row, "covered", waiting.case_id, now)
        return
    if why is None:
        answer = await _ask(connection, team, user_id, _WORDS_AGAIN, last.asked + 1, now)
        if isinstance(answer, Asked):
            case_id = answer.approval.case_id
            await _note_again(connection, user_id, last, "raised", case_id, last.asked + 1)
            await _record(connection, row, "asked", case_id, now, asked=last.asked + 1)
            return
        why = f"complaints:{answer.facts.complaints}" if isinstance(answer, ReasonDoesNotHold) else "account_gone"
    await _say(connection, team, last.case_id, NOT_ASKED_POST, {"why": why}, now)
    await _record(connection, row, "not_asked", last.case_id, now, why=why)


async def _why_not(connection: Connection, account: Account | None, case_id: int) -> str | None:
    """Say as a code why nothing is asked again, whatever the count is."""
    if account is None:
        return "account_gone"
    if account.restricted:
        return "already_restricted"
    before = await approvals.of_case(connection, case_id, ACTION)
    denied: datetime | None = await connection.fetchval(SQL["denied_at"], account.id)
    decided = before.decided_at if before else None
    return "denied" if denied is not None and decided is not None and denied >= decided else None


async def _redraw(connection: Connection, user_id: UUID) -> None:
    """Want the newest state of the requests about an account's crossings: they say whether the bot asks again."""
    for one in await noted(connection, user_id, RESTRICT):
        if one.case_id is not None:
            await outbox.raise_live(connection, cases.subject(one.case_id))


async def asks_again(connection: Connection, user_id: UUID, case_id: int) -> datetime | int | None:
    """Say what became of a request of the bot's own that nobody decided in time.

    Returns:
        when the bot asks again; the case in which it was asked since; ``None`` when it was not asked again.
    """
    led_to = [one.case_id for one in await noted(connection, user_id, RESTRICT) if one.case_id is not None]
    if led_to and led_to[0] != case_id:
        return led_to[0]
    return await due.pending(connection, AGAIN, str(user_id))


async def _note_again(connection: Connection, user_id: UUID, last: Noted, state: str, case_id: int, asked: int) -> None:
    await connection.execute(SQL["note_again"], user_id, RESTRICT, last.message_id, state, case_id, asked)


async def baseline(connection: Connection, users: Sequence[UUID], now: datetime) -> tuple[int, int]:
    """Note what stood at a limit before the bot began, so that it raises nothing by itself.

    Returns:
        how many accounts, not restricted, stand at 3 or more, and how many of them at 5 or more.
    """
    flagged = over = 0
    for user_id in users:
        account = await accounts.load(connection, user_id)
        complaints = await counted(connection, user_id, now)
        for limit in (crossings.FLAGGED, RESTRICT):
            crossing = crossings.rise(complaints, limit, now)
            if crossing is None or account is None:
                continue
            await note(connection, user_id, limit, crossing, "baseline", now)
            flagged += limit != RESTRICT and not account.restricted
            over += limit == RESTRICT and not account.restricted
    return flagged, over
