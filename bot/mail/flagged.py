"""Three complaints in 30 days: a review is opened, and the warning fax is proposed, once for each crossing.

Source: runbook "Reviewing Flagged Account". The fax goes out only after somebody has read it. While a
review is open, a new rise belongs to it: of two, each would propose a warning to the same person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, handles, outbox, roster
from bot.engine.cases import Case
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import accounts, faxes, previews, restrictions, review_calls, thresholds
from bot.mail.crossings import FLAGGED
from bot.mail.faxes import Told
from bot.mail.restrictions import ACCOUNT, Facts

SQL: Final = queries("flagged")
PROCEDURE: Final = "flagged"
REACHED: Final = "complaints.review"
"""The due row that looks whether an account has crossed the limit; its subject is Faxi's user id."""
LIVE, OPENED = "flagged.review", "flagged.opened"
WARN: Final = "warn"
"""The step that is the warning fax."""
WITHIN: Final = timedelta(hours=24)
"""Business time for the review (runbook, Reviewing Flagged Account)."""
STEPS: Final = ("gather", WARN, "monitor")
"""The steps that the bot settles or draws by name."""


async def reached(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Open the review of an account that has crossed the limit, or call to the one that is open (a due row)."""
    user_id = UUID(row.subject)
    account = await accounts.load(connection, user_id, lock=True)
    if account is None or account.restricted:
        return
    facts = await restrictions.facts_of(connection, user_id, now)
    crossing = await thresholds.to_raise(connection, user_id, FLAGGED, now)
    if crossing is None or facts.complaints < FLAGGED:
        return
    case_id: int | None = await connection.fetchval(SQL["open_review"], user_id)
    covered = case_id is not None
    if case_id is None:
        case_id = await _open(connection, team, user_id, facts, now)
        await previews.want(
            connection,
            team,
            case_id=case_id,
            kind="warning",
            user_id=user_id,
            now=now,
            complaints=facts.complaints,
        )
    else:
        await review_calls.call_after_night(connection, team, case_id, now)
    subject = cases.subject(case_id)
    live = await outbox.live(connection, LIVE, subject, team.channels.operations, now)
    said = {"quiet": team.calendar.is_quiet(now), "again": covered}
    await outbox.post(connection, OPENED, subject, team.channels.operations, now, parent=live, parameters=said)
    await thresholds.note(
        connection, user_id, FLAGGED, crossing, "covered" if covered else "raised", now, case_id=case_id
    )
    await anchoring.record_own(
        connection,
        "flagged:open",
        "covered" if covered else "opened",
        now,
        interaction=f"due:{row.id}",
        case_id=case_id,
        subject=user_id,
        parameters={"complaints": facts.complaints},
    )


async def _open(connection: Connection, team: Team, user_id: UUID, facts: Facts, now: datetime) -> int:
    """Open a review, with what the bot has done of it; return its case."""
    case_id = await cases.open_case(
        connection,
        team.runbook,
        PROCEDURE,
        subject_user=user_id,
        opened_by=roster.BOT,
        owner=None,
        now=now,
        due_at=now + WITHIN,
    )
    await review_calls.plan(connection, team, case_id, now + WITHIN, now)
    for step, outcome in (("gather", str(facts)), ("monitor", "at 5 the bot asks for a restriction")):
        await cases.settle(connection, case_id, step, "done", who=roster.BOT, now=now, outcome=outcome)
    await handles.mint(connection, ACCOUNT, str(user_id), 1, now)
    return case_id


@dataclass(frozen=True)
class Refused:
    """No warning goes out; ``why`` is a code: ``closed``, ``told``, ``restricted``, ``gone``, ``none``."""

    why: str


def may_warn(case: Case) -> bool:
    """Say whether the warning fax of a review is still to be sent, by the bot."""
    step = case.step(WARN)
    return case.closed_at is None and step is not None and step.state == "todo" and step.kind == "act"


async def warning(connection: Connection, case_id: int, now: datetime, *, lock: bool = False) -> int | Refused:
    """Return how many complaints the warning of a review says, or why none goes out.

    Parameters:
        lock: hold the case and the account until the transaction ends.
    """
    if lock:
        await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    if case is None or case.subject is None:
        return Refused("gone")
    if any(one.step == WARN for one in await faxes.of_case(connection, case_id)):
        return Refused("told")
    if not may_warn(case):
        return Refused("closed" if case.closed_at is not None else "told")
    account = await accounts.load(connection, case.subject, lock=lock)
    if account is None:
        return Refused("gone")
    if account.restricted:
        return Refused("restricted")
    complaints = (await restrictions.facts_of(connection, case.subject, now)).complaints
    return complaints or Refused("none")


async def warn(connection: Connection, team: Team, case_id: int, *, by: str, now: datetime) -> Told | Refused:
    """Send the warning of a review by fax, in this transaction; once, whoever presses."""
    complaints = await warning(connection, case_id, now, lock=True)
    case = await cases.load(connection, case_id)
    if isinstance(complaints, Refused):
        return complaints
    if case is None or case.subject is None:
        return Refused("gone")
    await previews.drop(connection, case_id, now)
    return await faxes.want(
        connection,
        team,
        case_id=case_id,
        step=WARN,
        kind="warning",
        user_id=case.subject,
        wanted_by=by,
        now=now,
        complaints=complaints,
    )
