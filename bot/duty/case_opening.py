"""Opening a case of a procedure from anywhere: a command, an item of a list, a check that failed, a message.

The case comes with its checks wanted, its live message in the operations channel (with the checks done,
where it has some), and the first line of its story. Of a procedure about the same account no second case
is opened unless somebody says that they want another one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, checks, handles, roster
from bot.engine.cases import Origin
from bot.engine.handbook import Severity
from bot.engine.procedures import Checklist
from bot.engine.team import Team
from bot.mail import accounts, restrictions

SQL = queries("case_opening")
RENDERER: Final = "case"
"""What draws the live message of a procedure's case."""
GENERAL: Final = "general"
"""The procedure for what no other one fits."""
FEEDBACK: Final = "feedback"
"""The procedure of what people say about the runbook and the bot."""
_MANY: Final = frozenset({GENERAL, FEEDBACK})
"""Procedures of which several cases stand beside each other: each is about something else."""
_TWICE: Final = timedelta(minutes=1)
"""How long after a case of those a person's second one, from nothing either, is taken for a second click."""


@dataclass(frozen=True)
class Opened:
    """The case; ``new`` says whether this call opened it, or it was there."""

    case_id: int
    new: bool


@dataclass(frozen=True)
class Refused:
    """No case was opened: nothing is called so, a command of its own opens it, or it needs an account."""

    why: Literal["no_procedure", "by_command", "no_account"]


@dataclass(frozen=True)
class Child:
    """A case that was opened from another one."""

    id: int
    title: str
    procedure: str

    @property
    def number(self) -> str:
        """The case's number, as people write it."""
        return cases.number(self.id)


async def open_procedure(
    connection: Connection,
    team: Team,
    name: str,
    *,
    by: str,
    now: datetime,
    account: UUID | None = None,
    origin: Origin | None = None,
    another: bool = False,
    beside: int | None = None,
    has_it: bool = True,
    interaction: str | None = None,
    severity: Severity | None = None,
) -> Opened | Refused:
    """Open a case, in the caller's transaction, unless one about the same is open.

    A click's own record says that it opened the case; when the bot opens one by itself, the record is
    written here, as the last thing before the commit.

    Parameters:
        name: of a procedure of the runbook; a list is opened by :func:`bot.duty.checklists.open_list`.
        by: whoever opens it, a person or the bot.
        now: when it is opened, business time.
        account: Faxi's user id, for a procedure about an account.
        origin: the case or the message from which it is opened.
        another: open it also where one about the same is open.
        beside: the case about the same beside which another one is wanted; where a newer one stands already, as
            after a second press, that one is returned.
        has_it: whether the person who opens it has it from the start.
        interaction: for the bot's record, what it came from, such as ``due:12``.
        severity: of the alert or check that led to it, by which it is to be answered; its procedure's own without it.
    """
    wanted = team.runbook.procedures.get(name)
    if wanted is None or isinstance(wanted, Checklist):
        return Refused("no_procedure")
    if wanted.starts == "by_command":
        return Refused("by_command")
    if wanted.about_account and (account is None or await accounts.load(connection, account) is None):
        return Refused("no_account")
    subject = account if wanted.about_account else None
    await connection.execute(SQL["one_at_a_time"], f"{name} {subject}")
    there = None if another else await _there(connection, name, subject, origin, by, now)
    if there is not None and there != beside:
        return Opened(there, new=False)
    within = team.runbook.handbook.respond_in(name, severity or wanted.severity)
    case_id = await cases.open_case(
        connection,
        team.runbook,
        name,
        subject_user=subject,
        opened_by=by,
        owner=None,
        now=now,
        origin=origin,
        answer_by=None if within is None else now + within,
    )
    if by != roster.BOT and has_it:
        await cases.acknowledge(connection, case_id, by, now)
    if subject is not None:
        await handles.mint(connection, restrictions.ACCOUNT, str(subject), 1, now)
    if any(step.kind == "check" for step in wanted.steps):
        await checks.want(connection, case_id, now)
    else:
        await checks.appear(connection, team, RENDERER, case_id, now)
    if by == roster.BOT:
        await anchoring.record_own(
            connection,
            "case:open",
            "opened",
            now,
            interaction=interaction,
            case_id=case_id,
            subject=subject,
            parameters={"procedure": name},
        )
    return Opened(case_id, new=True)


async def _there(
    connection: Connection, name: str, subject: UUID | None, origin: Origin | None, by: str, now: datetime
) -> int | None:
    """Return the case that stands for the same: of the same place, about the same, or of the same two clicks."""
    found: int | None = None
    if origin is not None and origin.case is not None:
        found = await connection.fetchval(SQL["of_case"], origin.case, name)
    if found is None and origin is not None and origin.ts is not None:
        found = await connection.fetchval(SQL["of_message"], name, origin.channel, origin.ts)
    if found is None and name not in _MANY:
        found = await connection.fetchval(SQL["open_one"], name, subject)
    if found is None and name in _MANY and origin is None and by != roster.BOT:
        found = await connection.fetchval(SQL["of_first_click"], name, by, now - _TWICE)
    return found


async def opened_from(connection: Connection, case_id: int) -> tuple[Child, ...]:
    """Return the cases of procedures that were opened from a case."""
    return tuple(Child(**dict(row)) for row in await connection.fetch(SQL["opened_from"], case_id))
