"""How a fax goes on once it was asked for: accepted, on its way, delivered, failed, or unknown; with its records.

Every function takes what :func:`hold` gave: the case is held until the transaction ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, effects, later_steps, outbox, roster
from bot.engine.team import Team
from bot.mail import faxes
from bot.mail.faxes import Told
from bot.services import telnyx

SQL = queries("faxes")
log = structlog.get_logger(__name__)
WAITS: Final = (timedelta(minutes=15), timedelta(hours=1))
"""How long after a failure that may pass the second and the third attempt are made."""
STRANGE: Final = "fax.strange"
"""The renderer of what is said when Telnyx has a fax that it should not have."""
_LOOKS: Final = (
    (timedelta(minutes=1), timedelta(seconds=10)),
    (timedelta(minutes=10), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=2)),
    (timedelta(hours=24), timedelta(minutes=15)),
)
"""How often Telnyx is asked about a fax, by the time since it took it; after a day nobody knows any more."""

# Telnyx may know a fax before we note that it was sent, or that its answer was lost.
_OPEN: Final[tuple[effects.State, ...]] = ("waiting", "attempting", "asking", "following", "unknown")


@dataclass(frozen=True)
class Held:
    """A fax with its notice and its effect; the case is held."""

    effect: effects.Effect
    notice: Told
    reference: str
    job: UUID | None
    storage_key: str | None
    pages: int | None
    telnyx_id: str | None
    status: str | None
    attempted_at: datetime | None
    accepted_at: datetime | None


@dataclass(frozen=True)
class Seen:
    """What Telnyx says of a fax."""

    id: str
    status: str
    failure_reason: str | None
    pages: int | None


async def hold(connection: Connection, effect_id: UUID) -> Held | None:
    """Hold the case that a fax belongs to, and return the fax as it stands then; ``None`` when there is none."""
    row = await connection.fetchrow(SQL["fax"], effect_id)
    if row is None or not await cases.lock(connection, row["case_id"]):
        return None
    row = await connection.fetchrow(SQL["fax"], effect_id)
    effect = await effects.load(connection, effect_id)
    if row is None or effect is None:
        return None
    return Held(
        effect=effect,
        notice=await faxes.load(connection, row["notice"]),
        reference=row["reference"],
        job=row["job"],
        storage_key=row["storage_key"],
        pages=row["pages"],
        telnyx_id=row["telnyx_id"],
        status=row["status"],
        attempted_at=row["attempted_at"],
        accepted_at=row["accepted_at"],
    )


async def by_telnyx(connection: Connection, telnyx_id: str) -> UUID | None:
    """Return the effect of the fax that Telnyx knows by this id."""
    found: UUID | None = await connection.fetchval(SQL["effect_of_telnyx"], telnyx_id)
    return found


def next_look(accepted_at: datetime, now: datetime) -> datetime | None:
    """Return when Telnyx is to be asked again, or ``None`` when a day has passed."""
    return next((now + every for age, every in _LOOKS if now - accepted_at < age), None)


async def progress(connection: Connection, team: Team, fax: Held, seen: Seen, from_number: str, now: datetime) -> bool:
    """Note what Telnyx says of a fax: that it has it, and how far it has come; forward only.

    Parameters:
        from_number: our own fax number, for Faxi's audit row.

    Returns:
        whether anything changed.
    """
    if fax.telnyx_id not in {None, seen.id}:
        await _say_strange(connection, team, fax, "two", now)
        log.error("Telnyx knows two faxes with the same id of ours", fax=fax.reference, effect=str(fax.effect.id))
        return False
    if fax.effect.state in {"done", "failed", "cancelled"}:
        if fax.telnyx_id is None:
            await _say_strange(connection, team, fax, "not_sent", now)
            log.error("Telnyx knows a fax that was not sent", fax=fax.reference, effect=str(fax.effect.id))
        return False
    new = fax.telnyx_id is None
    if not new and telnyx.RANK.get(seen.status, -1) <= telnyx.RANK.get(fax.status or "", -1):
        return False
    if new:
        await _accepted(connection, fax, seen, from_number, now)
    if seen.status == "delivered":
        await effects.move(connection, fax.effect.id, _OPEN, "done", now=now)
        await _delivered(connection, team, fax, seen.pages, now, new=new)
    elif seen.status == "failed":
        await effects.move(connection, fax.effect.id, _OPEN, "failed", now=now, error=seen.failure_reason)
        await fail(connection, team, fax, seen.failure_reason or "", now, new=new)
    else:
        look = next_look(fax.accepted_at or now, now) or now
        await effects.move(connection, fax.effect.id, _OPEN, "following", now=now, due_at=look)
        await faxes.end(connection, fax.notice, ["unknown"], "sending", None, now)
        await connection.execute(SQL["progressed"], fax.effect.id, seen.status, seen.pages)
        await outbox.raise_live(connection, cases.subject(fax.notice.case_id))
        if new:
            await record(connection, fax, "fax:accept", "accepted", now)
    return True


async def _say_strange(connection: Connection, team: Team, fax: Held, what: str, now: datetime) -> None:
    """Say in the case's thread, once, that Telnyx has a fax that it should not have: a person must see to it."""
    subject = cases.subject(fax.notice.case_id)
    head = await outbox.head_of(connection, subject)
    parameters = {"notice": fax.notice.id, "fax": fax.reference, "what": what}
    if head is None or await connection.fetchval(SQL["said"], subject, STRANGE, parameters):
        return
    parameters["quiet"] = team.calendar.is_quiet(now)
    await outbox.post(connection, STRANGE, subject, head.destination, now, parent=head.id, parameters=parameters)


async def _accepted(connection: Connection, fax: Held, seen: Seen, from_number: str, now: datetime) -> None:
    """Note that Telnyx has the fax: its id and Faxi's own rows, together; our record comes last."""
    await connection.execute(SQL["accepted"], fax.effect.id, seen.id, seen.status, now)
    await faxes.fate(connection, fax.effect.id, "sending", now, telnyx_id=seen.id)
    data = {
        "fromNumber": from_number,
        "toNumber": await faxes.number_of(connection, fax.notice.subject),
        "referenceId": fax.reference,
        "status": "queued",
        "attempt": 1,
        "telnyxFaxId": seen.id,
        "timestamp": now.isoformat(),
    }
    await connection.execute(SQL["transmitted"], fax.notice.subject, fax.job, data, now)


async def _delivered(
    connection: Connection, team: Team, fax: Held, pages: int | None, now: datetime, *, new: bool
) -> None:
    await connection.execute(SQL["progressed"], fax.effect.id, "delivered", pages)
    await connection.execute(SQL["ended"], fax.effect.id, "delivered", None, now)
    await faxes.fate(connection, fax.effect.id, "delivered", now, pages=pages)
    told = fax.notice
    if told.newest is not None and told.newest.effect != fax.effect.id:
        # An earlier one arrived after all: what was to be sent again need not go out any more.
        await faxes.withdraw(connection, told.newest.effect, now)
    if await faxes.end(connection, told, ["sending", "unknown", "failed"], "told", None, now):
        if told.state == "failed":
            await later_steps.add(connection, told.case_id, told.step, "act", "Send the fax", now)
        await faxes.tell_team(connection, team, told, "told", None, now)
    if new:
        await record(connection, fax, "fax:accept", "accepted", now)
    await record(connection, fax, "fax:deliver", "delivered", now)


async def fail(
    connection: Connection,
    team: Team,
    fax: Held,
    reason: str,
    now: datetime,
    *,
    passing: bool = False,
    new: bool = False,
) -> None:
    """End a fax that did not arrive: another attempt where that may help, else a person calls.

    The effect itself has been moved by the caller.

    Parameters:
        reason: Telnyx's reason, or a code of ours.
        passing: whether it may pass, where Telnyx's groups do not say it.
        new: whether that Telnyx had it was found out with this.
    """
    await connection.execute(SQL["ended"], fax.effect.id, "failed", reason, now)
    await faxes.fate(connection, fax.effect.id, "failed", now, why=reason)
    told = fax.notice
    # Else a person sent it again meanwhile, or it arrived: this attempt decides nothing any more.
    if told.state in {"sending", "unknown"} and told.newest is not None and told.newest.effect == fax.effect.id:
        await faxes.end(connection, told, ["unknown"], "sending", None, now)
        untrue = await faxes.untrue(connection, told)
        if untrue is not None:  # nobody has to hear it any more, by fax or by telephone
            await _take_back(connection, told, untrue, now)
        elif (passing or telnyx.group(reason) == "later") and told.tries <= len(WAITS):
            await faxes.add_attempt(connection, told, team.calendar.fax_time(now + WAITS[told.tries - 1]), now)
            await outbox.raise_live(connection, cases.subject(told.case_id))
        elif await faxes.end(connection, told, ["sending"], "failed", reason, now):
            await faxes.tell_team(connection, team, told, "failed", reason, now)
    if new:
        await record(connection, fax, "fax:accept", "accepted", now)
    await record(connection, fax, "fax:fail", "failed", now, reason=reason)


async def take_back(connection: Connection, fax: Held, reason: str, now: datetime) -> None:
    """End a notice that is not true any more before its fax goes out."""
    if await faxes.withdraw(connection, fax.effect.id, now):
        await _take_back(connection, fax.notice, reason, now)
        await record(connection, fax, "fax:cancel", "cancelled", now, reason=reason)


async def _take_back(connection: Connection, told: Told, reason: str, now: datetime) -> None:
    await faxes.take_back(connection, told, reason, now)
    await cases.close_when_finished(
        connection, told.case_id, by=roster.BOT, now=now, resolution="every step is answered"
    )


async def unknown(connection: Connection, team: Team, fax: Held, reason: str, now: datetime) -> None:
    """Leave a fax of which nobody knows whether it went out to a person's decision."""
    newest = fax.notice.newest  # of an earlier one nobody has to decide: a person did, and sent another
    ours = newest is not None and newest.effect == fax.effect.id
    if ours and await faxes.end(connection, fax.notice, ["sending"], "unknown", reason, now):
        await faxes.tell_team(connection, team, fax.notice, "unknown", reason, now)
    await record(connection, fax, "fax:unknown", "unknown", now, reason=reason)


async def record(
    connection: Connection, fax: Held, action: str, result: str, now: datetime, *, reason: str | None = None
) -> None:
    """Append the record of what became of a fax."""
    parameters: dict[str, Any] = {"fax": fax.reference, "notice": fax.notice.kind}
    await anchoring.record_own(
        connection,
        action,
        result,
        now,
        case_id=fax.notice.case_id,
        subject=fax.notice.subject,
        parameters=parameters | ({"reason": reason} if reason else {}),
    )
