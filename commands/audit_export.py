"""Exporting the records that a search found: asked for in a form, written into a file, sent to the person alone."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import asyncpg
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.engine import anchoring, audit_search, cases, effects, outbox, roster
from bot.engine.access import Right, RightsUnknown
from bot.engine.audit_cli import line
from bot.engine.audit_search import Entry, Query
from bot.engine.effects import Effect
from bot.engine.team import Team
from bot.slack import files, refusals
from bot.slack.blocks import Message, View, message, modal, section
from bot.slack.clicks import Click
from bot.slack.client import SlackCallError
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Say, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands import audit_forms, audit_messages, audit_sentences, audit_words, wording

KIND: Final = "audit.export"
LOST: Final = "audit.export_lost"
MOST: Final = 20_000
"""Records in one file: more is for ``faxi-bot audit export``, which writes all."""
TRIES: Final = 8
"""How often sending is tried, in about four minutes; then the person is told."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_HEAD: Final = ("number", "when", "who", "what", "result", "case", "tag")
log = structlog.get_logger(__name__)


def _looking(_click: Click) -> View:
    return looking("Export records")


async def _form(call: Call) -> Outcome:
    kept = await audit_search.kept(call.connection, call.click.value)
    if kept is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    query = _own(call, kept[0])
    total = await _count(call, query)
    if total > MOST:
        said = section(
            md(
                ":no_entry_sign: *Too many for one file:* {total} records, and {most} fit. Nothing was exported.\n"
                "Choose fewer days. `faxi-bot audit export` writes all, on the server.",
                total=f"{total:,}",
                most=f"{MOST:,}",
            )
        )
        return Outcome(Show(modal("audit.records", "Export records", said)), "refused:too_many", allowed=False)
    names = await roster.names(call.connection, query.who)
    title = audit_messages.title(query, total, names, audit_messages.today(call), own=query.who == (call.person.id,))
    value = await audit_search.keep(call.connection, query, 0, call.now)
    return Outcome(Show(audit_forms.export_form(value, title)), "form")


async def _submit(call: Call) -> Outcome:
    kept = await audit_search.kept(call.connection, call.click.metadata)
    if kept is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    form, why = call.click.values.get("form", ""), call.click.values.get("why", "")
    wrong = {}
    if form not in audit_forms.FORMS:
        wrong["form"] = "Please choose one."
    if why not in audit_forms.PURPOSES:
        wrong["why"] = "Please say what it is for."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    query = _own(call, kept[0])
    total = await _count(call, query)
    value = await audit_search.keep(call.connection, query, 0, call.now)
    await effects.want(call.connection, KIND, f"{form}:{call.person.id}:{value}", call.now, call.now)
    said = section(
        md(
            ":hourglass_flowing_sand: *The file is being made.* {count}; I send it to you in a message.",
            count=wording.count(total, "record", "records"),
        )
    )
    told = audit_search.told(replace(query, case_id=None, subject=None)) | {"records": total, "form": form, "why": why}
    return Outcome(
        Show(modal("audit.records", "Export records", said)),
        "asked",
        case_id=query.case_id,
        subject=query.subject,
        parameters=told,
    )


def _own(call: Call, query: Query) -> Query:
    """Return the query, narrowed to whoever sees their own records only."""
    return query if audit_messages.sees_all(call) else replace(query, who=(call.person.id,))


async def _count(call: Call, query: Query) -> int:
    actions = audit_words.actions(query.words)
    return (await audit_search.find(call.connection, query, actions, call.team.zone, 0)).total


def declarations() -> tuple[Interaction, ...]:
    """Return how one exports records."""
    own = Right.SEARCH_OWN
    return (
        Interaction("action", audit_messages.EXPORT, "audit:form", own, _form, opening=_looking),
        Interaction("view", audit_messages.EXPORT, "audit:export", own, _submit),
    )


async def lost(_connection: Connection, _subject: str, _parameters: Mapping[str, Any], _team: Team) -> Message:
    """Tell the person that there is no file."""
    said = md(
        ":no_entry_sign: *The file with the records could not be sent.* Nothing was changed.\n"
        "Please export again: `/faxi-audit`."
    )
    return message("The file with the records could not be sent, please export again.", section(said))


class Exporter:
    """Writes records into a file and sends it; the handler of the effects of kind ``audit.export``.

    When Slack's answer is lost, or the process dies before it is noted, the person gets the file a
    second time, which does no harm.
    """

    def __init__(
        self,
        pool: Pool,
        team: Team,
        clock: Clock,
        client: AsyncWebClient,
        directory: Directory,
        rights: Mapping[str, Right],
        *,
        pace: float = 1.0,
    ) -> None:
        """Send with this client.

        Args:
            pool: the bot's.
            team: whom the bot works for.
            clock: business time.
            client: Slack.
            directory: says, when the file is made, whether the person may still have it.
            rights: by tag, for records that tell of a refusal.
            pace: how many times quicker than usual it is tried again (``FAXI_PACE``).
        """
        self._pool = pool
        self._team = team
        self._clock = clock
        self._client = client
        self._directory = directory
        self._rights = rights
        self._pace = pace

    async def __call__(self, effect: Effect, _epoch: int) -> None:
        """Send the file; what does not succeed is tried again, a few times."""
        if effect.state != "waiting":
            return
        form, person, value = effect.subject.split(":", 2)
        async with self._pool.acquire() as connection:
            kept = await audit_search.kept(connection, value)
        try:
            if kept is None or not await self._may(person, kept[0]):
                await self._end(effect, person, "cancelled", "not_allowed", 0)
                return
            rows = await self._rows(kept[0])
            content = jsonl(rows) if form == "jsonl" else await self._csv(rows)
            first, last = (rows[0]["number"], rows[-1]["number"]) if rows else (0, 0)
            name = f"records-{first}-{last}.{form}"
            words = f"{wording.count(len(rows), 'record', 'records')}, as you asked for. The export is recorded."
            channel = await self._directory.direct(person)
            await files.send(self._client, channel, name, content, name, words)
        except (SlackCallError, RightsUnknown) as error:
            await self._again(effect, person, error)
        else:
            await self._end(effect, person, "done", "delivered", len(rows))

    async def _may(self, person: str, query: Query) -> bool:
        members = await self._directory.members()
        right = Right.SEARCH_OWN if query.who == (person,) else Right.SEARCH_AUDIT
        return members.holds(person, right)

    async def _rows(self, query: Query) -> list[asyncpg.Record]:
        actions = audit_words.actions(query.words)
        async with self._pool.acquire() as connection:
            return await audit_search.whole(connection, query, actions, self._team.zone, MOST)

    async def _csv(self, rows: Sequence[asyncpg.Record]) -> bytes:
        async with self._pool.acquire() as connection:
            names = await roster.names(connection, [row["actor"] for row in rows])
        return spreadsheet(rows, names, self._rights, self._team)

    async def _again(self, effect: Effect, person: str, error: Exception) -> None:
        if effect.attempts + 1 >= TRIES:
            await self._end(effect, person, "failed", "failed", 0)
            return
        log.warning("records not sent yet", effect=str(effect.id), error=str(error))
        at_least = error.retry_after if isinstance(error, SlackCallError) else 0.0
        await effects.later(self._pool, effect, error, pace=self._pace, at_least=at_least)

    async def _end(self, effect: Effect, person: str, state: effects.State, result: str, count: int) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            if not await effects.move(connection, effect.id, ["waiting"], state, now=now):
                return
            if state != "done":
                await outbox.post(connection, LOST, "audit", person, now)
            parameters = {"to": person, "records": count, "effect": str(effect.id)}
            await anchoring.record_own(connection, "audit:send", result, now, parameters=parameters)


def jsonl(rows: Sequence[asyncpg.Record]) -> bytes:
    """Return records as lines of JSON, as ``faxi-bot audit export`` writes them."""
    return "".join(f"{line(row)}\n" for row in rows).encode()


def spreadsheet(
    rows: Sequence[asyncpg.Record], names: Mapping[str, str], rights: Mapping[str, Right], team: Team
) -> bytes:
    """Return records as a table that a spreadsheet opens, in the team's time, with nothing of an account."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(_HEAD)
    for row in rows:
        entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        who, what, end = audit_sentences.said(entry, names, {}, rights, plain=True)
        case = "" if entry.case_id is None else cases.number(entry.case_id)
        at = entry.at.astimezone(team.zone).isoformat(sep=" ", timespec="seconds")
        table.writerow([_harmless(str(one)) for one in (entry.number, at, who, what, end, case, entry.action)])
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: somebody may have called themselves one."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
