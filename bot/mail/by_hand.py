"""What was done by hand at the database while Slack or the bot was away: the bot takes it up when it is back.

``chatops.restrict_by_hand`` and ``chatops.lift_by_hand`` (sql/migrations/0005_by_hand.sql) leave the change
with both audit records, a case that has only its number, and a due row. From here on it goes as
after an approval, except that no fax goes out by itself: a manager reads and sends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, approvals, cases, due, outbox, roster
from bot.engine.due import Due
from bot.engine.team import Team
from bot.mail import (
    accounts,
    faxes,
    lift_outcomes,
    lifts,
    previews,
    requests,
    restriction_errors,
    restriction_outcomes,
    restrictions,
)
from bot.mail.faxes import Told
from bot.mail.request_kinds import Gone, Kind

SQL = queries("by_hand")

TAKE_UP: Final = "by_hand"
"""The due row that the functions leave."""
CALL: Final = "by_hand.call"
"""The due row that calls management after the night."""
CASE, TAKEN, ALERT = "by_hand.case", "by_hand.taken", "by_hand.alert"
"""The renderers of the live message, of the call in its thread, and of the post for the administrators."""
LIFT_REASONS: Mapping[str, str] = {
    "error": "It was our error",
    "criteria": "The four criteria are met",
    "other": "Something else",
}
"""The reasons that one may give for a lift by hand, and their words; for a restriction they are the usual ones."""
_ENDED_BY_A_RESTRICTION = (restriction_outcomes.KIND,)
_ENDED_BY_A_LIFT = (lift_outcomes.KIND, restriction_errors.KIND)
_TELL = "tell"
_SINCE = "changed again since"


@dataclass(frozen=True)
class Act:
    """One restriction or lift that somebody made by hand; the names are as they were typed."""

    case_id: int
    record: int
    at: datetime
    lifting: bool
    subject: UUID
    reason: str
    requested_by: str
    approved_by: str
    role: str

    @property
    def words(self) -> str:
        """Say the reason in words."""
        return (LIFT_REASONS if self.lifting else restrictions.REASONS)[self.reason]

    @property
    def notice(self) -> faxes.Kind:
        """The kind of notice that tells the person of it."""
        if not self.lifting:
            return "restriction"
        return "apology" if self.reason == "error" else "lift"


async def of_case(connection: Connection, case_id: int) -> Act | None:
    """Return what was done by hand under a case's number, or ``None`` when it is a case like any other."""
    row = await connection.fetchrow(SQL["act"], case_id)
    if row is None:
        return None
    typed = row["parameters"]
    return Act(
        case_id=case_id,
        record=row["number"],
        at=row["at"],
        lifting=row["action"].startswith("lift:"),
        subject=row["subject"],
        reason=typed["reason"],
        requested_by=typed["requested_by"],
        approved_by=typed["approved_by"],
        role=typed["role"],
    )


async def stands(connection: Connection, act: Act) -> bool:
    """Say whether the account still is as it was left by hand."""
    if not act.lifting:
        return bool(await connection.fetchval(SQL["holds"], act.case_id))
    account = await accounts.load(connection, act.subject)
    return account is not None and not account.restricted


async def take_up(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Go on with what was done by hand (a due row); once, however many replicas come back."""
    case_id = cases.id_of(row.subject)
    act = await of_case(connection, case_id)
    if act is None:
        return
    ended = await connection.fetch(SQL["lifted"], case_id)
    waiting = [
        (kind, found)
        for kind in (_ENDED_BY_A_LIFT if act.lifting else _ENDED_BY_A_RESTRICTION)
        if (found := await approvals.waiting_for(connection, kind.action, act.subject)) is not None
    ]
    # All cases before the account, as everywhere, and those in one order.
    for one in sorted({case_id, *(it["case_id"] for it in ended), *(found.case_id for _, found in waiting)}):
        await cases.lock(connection, one)
    case = await cases.load(connection, case_id)
    if case is None or case.steps:
        return
    procedure = team.runbook.procedures[case.procedure]
    await cases.lay_out_steps(connection, case_id, procedure.steps, now)
    await connection.execute(SQL["lay_out"], case_id, team.runbook.hash, procedure.title, procedure.severity)
    live = await outbox.live(connection, CASE, row.subject, team.channels.management, now)
    still = await stands(connection, act)
    for kind, found in waiting:
        await _void(connection, team, kind, found.id, now)
    if act.lifting:
        await _lifted(connection, act)
        for one in ended:
            await faxes.cancel(connection, case_id=one["case_id"], kind="restriction", now=now)
        await lift_outcomes.end_what_follows(connection, ended, case_id, by=act.approved_by, now=now)
    else:
        await _restricted(connection, act, now)
    quiet = team.calendar.is_quiet(now)
    await _say(connection, team, row.subject, live, now, quiet=quiet)
    if quiet:
        await due.add(connection, CALL, row.subject, team.calendar.end_of_quiet(now))
    if still:
        await _go_on(connection, team, act, now)
    else:
        await _let_rest(connection, case_id, [step.name for step in procedure.steps], now)
    await anchoring.record_own(
        connection,
        f"{'lift' if act.lifting else 'restriction'}:take_up",
        "opened",
        now,
        interaction=f"due:{row.id}",
        case_id=case_id,
        subject=act.subject,
        parameters={"record": act.record, "still": still},
    )


async def _restricted(connection: Connection, act: Act, now: datetime) -> None:
    facts = await restrictions.facts_of(connection, act.subject, now)
    await _settle(connection, act.case_id, "verify", now, f"{facts}, as counted when the bot was back")
    await _settle(connection, act.case_id, "restrict", act.at, "marked by hand", who=act.requested_by)
    await _settle(connection, act.case_id, "record", act.at, "recorded by hand", who=act.requested_by)


async def _lifted(connection: Connection, act: Act) -> None:
    verified: cases.StepState = "done" if act.reason == "criteria" else "not_applicable"
    await cases.settle(connection, act.case_id, "verify", verified, who=act.requested_by, now=act.at, outcome=act.words)
    for step, outcome in (
        ("update", "mark taken away by hand"),
        ("record", "recorded by hand"),
        ("document", "kept in both audits"),
    ):
        await _settle(connection, act.case_id, step, act.at, outcome, who=act.requested_by)


async def _settle(
    connection: Connection, case_id: int, step: str, now: datetime, outcome: str, *, who: str = roster.BOT
) -> None:
    await cases.settle(connection, case_id, step, "done", who=who, now=now, outcome=outcome)


async def _go_on(connection: Connection, team: Team, act: Act, now: datetime) -> None:
    """Do what follows, except the fax, which a manager sends; where none can go out, somebody has to call."""
    subject = cases.subject(act.case_id)
    if not act.lifting:
        follow_up = team.calendar.review_after(act.at, restrictions.FOLLOW_UP_DAYS)
        await connection.execute(SQL["follow_up"], act.case_id, follow_up)
        await _settle(connection, act.case_id, "follow_up", now, follow_up.date().isoformat())
        await due.add(connection, restrictions.FOLLOW_UP, subject, follow_up)
        await outbox.post(connection, ALERT, subject, team.channels.alerts, now, settles="alert")
    elif act.reason == "error":
        await cases.settle(
            connection, act.case_id, "watch", "not_applicable", who=roster.BOT, now=now, outcome=act.words
        )
    else:
        watch_until = lift_outcomes.watch_end(act.at)
        await cases.set_state(connection, act.case_id, "acknowledged", watch_until)
        await due.add(connection, lifts.WATCHED, subject, lift_outcomes.end_of_watch(team.calendar, watch_until))
    if team.faxes and await faxes.unfit(connection, act.subject) is not None:
        await _want(connection, team, act, by=roster.BOT, now=now)
    else:
        reason, complaints = await said(connection, act, now)
        await previews.want(
            connection,
            team,
            case_id=act.case_id,
            kind=act.notice,
            user_id=act.subject,
            now=now,
            reason=reason,
            complaints=complaints,
        )


async def _let_rest(connection: Connection, case_id: int, steps: Sequence[str], now: datetime) -> None:
    """End a case about what was changed again before the bot came back: nobody is told of it any more."""
    for step in steps:
        await cases.settle(connection, case_id, step, "not_applicable", who=roster.BOT, now=now, outcome=_SINCE)
    await cases.close(connection, case_id, "done", by=roster.BOT, now=now, resolution=_SINCE)


async def _void(connection: Connection, team: Team, kind: Kind, request: int, now: datetime) -> None:
    """End a request that an act by hand has made needless; its case is held."""
    held = await approvals.load(connection, request)
    if held is not None and held.waiting:
        looked = await kind.look(connection, team, held, now)
        if isinstance(looked, Gone):
            await requests.void(connection, team, kind, held, looked.why, now)


async def proposed(connection: Connection, case_id: int) -> Act | None:
    """Return what the person is to be told of by a fax that waits for a manager; ``None`` when none does.

    Also while faxes are not set up any more: whoever wants to send it then gets a step for a person (:func:`send`).
    """
    act, case = await of_case(connection, case_id), await cases.load(connection, case_id)
    step = case.step(_TELL) if case else None
    if act is None or step is None or step.kind != "act" or step.state != "todo":
        return None
    if await faxes.of_case(connection, case_id) or not await stands(connection, act):
        return None
    return act


async def said(connection: Connection, act: Act, now: datetime) -> tuple[str | None, int | None]:
    """Return the reason and the count that the fax names: of complaints only where there are some."""
    if act.lifting:
        return None, None
    if act.reason != "complaints":
        return act.reason, None
    count = (await restrictions.facts_of(connection, act.subject, now)).complaints
    return ("complaints", count) if count else ("other", None)


async def _want(connection: Connection, team: Team, act: Act, *, by: str, now: datetime) -> Told:
    reason, complaints = await said(connection, act, now)
    return await faxes.want(
        connection,
        team,
        case_id=act.case_id,
        step=_TELL,
        kind=act.notice,
        user_id=act.subject,
        wanted_by=by,
        now=now,
        reason=reason,
        complaints=complaints,
    )


async def send(connection: Connection, team: Team, case_id: int, *, by: str, now: datetime) -> Told | None:
    """Send the fax that waits for a manager.

    Returns:
        the notice, or ``None`` when nothing waits to be sent: somebody was quicker, or things changed. Where
        faxes are not set up any more it is refused, and the step is left to a person.
    """
    if not await cases.lock(connection, case_id):
        return None
    act = await proposed(connection, case_id)
    if act is None:
        return None
    told = await _want(connection, team, act, by=by, now=now)
    await previews.drop(connection, case_id, now)
    await outbox.raise_live(connection, cases.subject(case_id))
    return told


async def call(connection: Connection, team: Team, row: Due, now: datetime) -> None:
    """Call management after the night, if there still is something to do (a due row)."""
    case_id = cases.id_of(row.subject)
    await cases.lock(connection, case_id)
    case = await cases.load(connection, case_id)
    live = await outbox.live_of(connection, row.subject, CASE)
    if case is not None and case.present is not None and live is not None:
        await _say(connection, team, row.subject, live.id, now, quiet=False)


async def _say(connection: Connection, team: Team, subject: str, live: int, now: datetime, *, quiet: bool) -> None:
    await outbox.post(
        connection, TAKEN, subject, team.channels.management, now, parent=live, parameters={"quiet": quiet}
    )
