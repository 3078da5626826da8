"""How a fax goes on once it was asked for: accepted, on its way, delivered, failed, or unknown; with its records.

Every function takes what :func:`hold` gave: the case is held until the transaction ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bot.base.database import Connection, queries
from bot.engine import anchoring, cases, effects, outbox
from bot.engine.team import Team
from bot.mail import faxes
from bot.mail.faxes import Told
from bot.services import telnyx

SQL = queries("faxes")
WAITS: Final = (timedelta(minutes=15), timedelta(hours=1))
"""How long after a failure that may pass the second and the third attempt are made."""
_LOOKS: Final = (
    (timedelta(minutes=1), timedelta(seconds=10)),
    (timedelta(minutes=10), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=2)),
    (timedelta(hours=24), timedelta(minutes=15)),
)
"""How often Telnyx is asked about a fax, by the time since it took it; after a day nobody knows any more."""


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
    if fax.telnyx_id is None:
        await _accepted(connection, fax, seen, from_number, now)
    elif fax.telnyx_id != seen.id:
        return False
    if fax.effect.state in {"done", "failed", "cancelled"}:
        return False
    rank = telnyx.RANK.get(seen.status, -1)
    if fax.telnyx_id is not None and rank <= telnyx.RANK.get(fax.status or "", -1):
        return False
    open_states: tuple[effects.State, ...] = ("attempting", "asking", "following", "unknown")
    if seen.status == "delivered":
        await effects.move(connection, fax.effect.id, open_states, "done", now=now)
        await _delivered(connection, team, fax, seen.pages, now)
    elif seen.status == "failed":
        await effects.move(connection, fax.effect.id, open_states, "failed", now=now, error=seen.failure_reason)
        await fail(connection, team, fax, seen.failure_reason or "", now)
    else:
        look = next_look(fax.accepted_at or now, now) or now
        await effects.move(connection, fax.effect.id, open_states, "following", now=now, due_at=look)
        await faxes.end(connection, fax.notice, ["unknown"], "sending", None, now)
        await connection.execute(SQL["progressed"], fax.effect.id, seen.status, seen.pages)
        await outbox.raise_live(connection, cases.subject(fax.notice.case_id))
    return True


async def _accepted(connection: Connection, fax: Held, seen: Seen, from_number: str, now: datetime) -> None:
    """Note that Telnyx has the fax: its id, Faxi's own rows and our record, together."""
    if await connection.fetchval(SQL["accepted"], fax.effect.id, seen.id, seen.status, now) is None:
        return
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
    await record(connection, fax, "fax:accept", "accepted", now)


async def _delivered(connection: Connection, team: Team, fax: Held, pages: int | None, now: datetime) -> None:
    await connection.execute(SQL["progressed"], fax.effect.id, "delivered", pages)
    await connection.execute(SQL["ended"], fax.effect.id, "delivered", None, now)
    await faxes.fate(connection, fax.effect.id, "delivered", now, pages=pages)
    await record(connection, fax, "fax:deliver", "delivered", now)
    newest = fax.notice.newest
    if newest is not None and newest.effect != fax.effect.id:
        # An earlier one arrived after all: what a person wanted sent again need not go out any more.
        await effects.move(connection, newest.effect, ["waiting"], "cancelled", now=now)
    if await faxes.end(connection, fax.notice, ["sending", "unknown", "failed"], "told", None, now):
        await faxes.tell_team(connection, team, fax.notice, "told", None, now)


async def fail(
    connection: Connection, team: Team, fax: Held, reason: str, now: datetime, *, passing: bool = False
) -> None:
    """End a fax that did not arrive: another attempt where that may help, else a person calls.

    The effect itself has been moved by the caller.

    Parameters:
        reason: Telnyx's reason, or a code of ours.
        passing: whether it may pass, where Telnyx's groups do not say it.
    """
    await connection.execute(SQL["ended"], fax.effect.id, "failed", reason, now)
    await faxes.fate(connection, fax.effect.id, "failed", now, why=reason)
    await record(connection, fax, "fax:fail", "failed", now, reason=reason)
    told = fax.notice
    newest = told.newest
    if told.state not in {"sending", "unknown"} or newest is None or newest.effect != fax.effect.id:
        return  # a person sent it again meanwhile, or it arrived: this attempt decides nothing any more
    if (passing or telnyx.group(reason) == "later") and told.tries <= len(WAITS):
        await faxes.end(connection, told, ["unknown"], "sending", None, now)
        await faxes.add_attempt(connection, told, team.calendar.fax_time(now + WAITS[told.tries - 1]), now)
        await outbox.raise_live(connection, cases.subject(told.case_id))
    elif await faxes.end(connection, told, ["sending", "unknown"], "failed", reason, now):
        await faxes.tell_team(connection, team, told, "failed", reason, now)


async def unknown(connection: Connection, team: Team, fax: Held, reason: str, now: datetime) -> None:
    """Leave a fax of which nobody knows whether it went out to a person's decision."""
    await record(connection, fax, "fax:unknown", "unknown", now, reason=reason)
    if await faxes.end(connection, fax.notice, ["sending"], "unknown", reason, now):
        await faxes.tell_team(connection, team, fax.notice, "unknown", reason, now)


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
