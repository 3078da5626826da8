"""The pages of a fax as pictures in Slack, for whoever decides or sends it: drawn when it is proposed, then deleted.

They carry neither number nor name. :mod:`bot.mail.preview_drawing` draws and deletes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from bot.base.database import Connection, queries
from bot.engine import cases, effects
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import faxes
from bot.paper.notices import Language, Notice, Support, gist

SQL = queries("previews")

KIND: Final = "preview"
"""The kind of effect that draws pages and uploads them."""
DELETE: Final = "preview.delete"
"""The kind of effect that deletes one page."""
NOTICES: Final[Mapping[str, faxes.Kind]] = {"restriction": "restriction", "lift": "lift", "error": "apology"}
"""What the person gets when a request for this action is approved."""
_FILE: Final = "file:"
LANGUAGES: Final[Mapping[str, str]] = {"ja": "Japanese", "en": "English"}
"""The languages of faxes, as people of the team call them."""


@dataclass(frozen=True)
class Sample:
    """What a notice would say if it went out now; ``facts`` are those of :func:`bot.mail.faxes.want`."""

    kind: faxes.Kind
    language: Language
    facts: Mapping[str, Any]

    def notice(self, support: Support, day: date) -> Notice:
        """Return the notice without the person: no number, no name, no reference.

        Raises:
            ValueError: it would say a count that there is not.
        """
        return Notice(
            kind=self.kind,
            language=self.language,
            reference=None,
            day=day,
            enforced=bool(self.facts["enforced"]),
            reason=self.facts["reason"],
            complaints=self.facts["complaints"],
            support=support,
        )


def counts(kind: faxes.Kind, reason: str | None) -> bool:
    """Say whether a notice says how many complaints there were."""
    return kind == "warning" or (kind == "restriction" and reason == "complaints")


def support_of(team: Team) -> Support:
    """Return whom a fax says that one may call, or write to."""
    return Support(phone=team.support_phone, email=team.support_email, hours=team.support_hours)


async def sample(
    connection: Connection,
    team: Team,
    *,
    kind: faxes.Kind,
    user_id: UUID,
    reason: str | None = None,
    complaints: int | None = None,
) -> Sample:
    """Return what the person would be told by fax now; facts that the notice does not say are left out."""
    language = await faxes.language_of(connection, user_id)
    reason = reason if kind == "restriction" else None
    counted = complaints if counts(kind, reason) else None
    return Sample(kind, language, {"enforced": team.enforced, "reason": reason, "complaints": counted})


def alt(notice: Notice, page: int, pages: int) -> str:
    """Say what a page shows, for who cannot see it."""
    which = f"Page {page} of {pages} of the fax" if pages > 1 else "Fax page"
    return f"{which} in {LANGUAGES[notice.language]}. It says: {gist(notice)}"


async def want(
    connection: Connection,
    team: Team,
    *,
    case_id: int,
    kind: faxes.Kind,
    user_id: UUID,
    now: datetime,
    reason: str | None = None,
    complaints: int | None = None,
) -> bool:
    """Want the pages drawn of what a person gets when a request is approved; the case must be held.

    Once a case, kind and facts: where the facts changed, the pages of the older ones are deleted.

    Params:
        reason: why an account is to be restricted (a key of ``restrictions.REASONS``).
        complaints: how many there are in 30 days; it matters only where the notice says it.

    Returns:
        whether pages are wanted; ``False`` where no fax can go out.
    """
    if not team.faxes:
        return False
    shown = await sample(connection, team, kind=kind, user_id=user_id, reason=reason, complaints=complaints)
    old = await connection.fetchrow(SQL["preview"], case_id, kind)
    drawable = not counts(kind, reason) or (complaints or 0) > 0
    if not drawable or await faxes.unfit(connection, user_id) is not None:
        if old is not None:
            await _remove(connection, old["effect"], now)
        return False
    if old is not None:
        if old["state"] != "failed" and _shows(old, shown):
            return True
        await _remove(connection, old["effect"], now)
    effect = await effects.want(connection, KIND, cases.subject(case_id), now, now)
    await connection.execute(SQL["add"], effect, case_id, kind, shown.language, dict(shown.facts))
    return True


def _shows(row: asyncpg.Record, shown: Sample) -> bool:
    return bool(row["language"] == shown.language and row["facts"] == dict(shown.facts))


async def want_for(connection: Connection, team: Team, approval: Approval, now: datetime) -> bool:
    """Want the pages drawn of what the person gets when this request is approved, with the facts that it has now."""
    kind = NOTICES.get(approval.action)
    return kind is not None and await want(
        connection,
        team,
        case_id=approval.case_id,
        kind=kind,
        user_id=approval.subject,
        now=now,
        reason=approval.reason,
        complaints=approval.facts.get("complaints"),
    )


async def drop(connection: Connection, case_id: int, now: datetime) -> int:
    """Delete what was drawn for a case when its request is decided or ended, or the fax is sent; return how many."""
    found = await connection.fetch(SQL["of_case"], case_id)
    for row in found:
        await _remove(connection, row["effect"], now)
    return len(found)


async def drop_of_closed(connection: Connection, now: datetime) -> None:
    """Delete what was drawn for cases that ended before anybody sent it."""
    for row in await connection.fetch(SQL["of_closed"]):
        await drop(connection, row["case_id"], now)


async def _remove(connection: Connection, effect: UUID, now: datetime) -> None:
    pages = await connection.fetchval(SQL["remove"], effect)
    await effects.move(connection, effect, ["waiting"], "cancelled", now=now)
    await delete_later(connection, pages or (), now)


async def delete_later(connection: Connection, pages: Sequence[str], now: datetime) -> None:
    """Want pages deleted that nobody is to see any more."""
    for page in pages:
        await effects.want(connection, DELETE, f"{_FILE}{page}", now, now)


async def pages_of(connection: Connection, case_id: int, shown: Sample) -> tuple[str, ...]:
    """Return Slack's ids of the pages that show exactly this; none when there are no such pages (yet)."""
    row = await connection.fetchrow(SQL["preview"], case_id, shown.kind)
    if row is None or row["state"] != "done" or not _shows(row, shown):
        return ()
    return tuple(row["files"] or ())


def page_of(effect: effects.Effect) -> str:
    """Return Slack's id of the page that an effect of kind :data:`DELETE` deletes."""
    return effect.subject.removeprefix(_FILE)
