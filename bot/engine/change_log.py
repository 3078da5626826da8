"""The runbook's change log: what a file holds, entry by entry, and what another one added, changed, took away.

At the first start with another file it is said once in the operations channel, whichever replica is the
first; a bot that never had one only records it. Source: runbook "Change Log".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from bot.base.database import Connection, queries
from bot.engine import anchoring, outbox
from bot.engine.procedures import Checklist
from bot.engine.runbook import Runbook
from bot.engine.team import Team

SQL = queries("change_log")
CHANGED: Final = "runbook.changed"
"""The post that says what changed; its parameter is the row of the new file."""
Entries = Mapping[str, Mapping[str, str]]
"""Each entry of a file by where it stands: its title, and what its content hashes to."""


@dataclass(frozen=True)
class Noted:
    """A file that the bot was started with; ``before`` holds the entries of the one before it, if there was one."""

    id: int
    at: datetime
    entries: Entries
    before: Entries | None


@dataclass(frozen=True)
class Changes:
    """What is different, each as where it stands in the file and its title, in the file's order."""

    added: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """How many entries differ."""
        return len(self.added) + len(self.changed) + len(self.removed)


def entries(runbook: Runbook) -> dict[str, dict[str, str]]:
    """Return what a runbook holds, entry by entry: procedures, lists, their steps, and the parts for reference."""
    found: dict[str, dict[str, str]] = {}
    for name, procedure in (runbook.written or runbook.procedures).items():
        place = f"{'lists' if isinstance(procedure, Checklist) else 'procedures'}/{name}"
        head = _values(procedure, but="steps")
        order = [step.name for step in procedure.steps]
        found[place] = _entry(procedure.title, {**head, "order": order})
        for step in procedure.steps:
            found[f"{place}/{step.name}"] = _entry(step.title, _values(step))
    book = runbook.handbook
    found["reference/limits"] = _entry("The limits of rates", _values(book.thresholds))
    parts: Mapping[str, Mapping[str, BaseModel]] = {
        "alerts": book.alerts,
        "on_call": book.on_call,
        "maintenance": book.maintenance,
        "queries": book.queries,
        "inside": book.contacts.internal,
        "outside": book.contacts.external,
        "escalation": {str(one.level): one for one in book.escalation},
        "documentation": {one.title: one for one in book.documentation},
    }
    for part, holds in parts.items():
        for name, one in holds.items():
            values = _values(one)
            title = values.get("title") or values.get("name") or f"Level {name}, {values.get('who')}"
            found[f"{part}/{name}"] = _entry(str(title), values)
    if book.feedback is not None:
        found["reference/feedback"] = _entry("Where feedback goes", _values(book.feedback))
    return found


def _values(one: BaseModel, but: str = "") -> dict[str, Any]:
    # A limit is read into a fraction of ours, of which pydantic would warn.
    return one.model_dump(mode="json", exclude={but}, warnings=False)


def _entry(title: str, values: Mapping[str, Any]) -> dict[str, str]:
    written = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return {"title": title, "hash": hashlib.sha256(written.encode()).hexdigest()[:16]}


def compare(before: Entries, after: Entries) -> Changes:
    """Say what is different; the steps of what is new or gone as a whole are not named one by one."""
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    changed = [name for name in after if name in before and after[name]["hash"] != before[name]["hash"]]
    return Changes(
        tuple((name, after[name]["title"]) for name in _wholes(added)),
        tuple((name, after[name]["title"]) for name in changed if not _only_steps(name, before, after)),
        tuple((name, before[name]["title"]) for name in _wholes(removed)),
    )


def _wholes(names: Iterable[str]) -> list[str]:
    listed = list(names)
    whole = set(listed)
    return [name for name in listed if name.rpartition("/")[0] not in whole]


def _only_steps(name: str, before: Entries, after: Entries) -> bool:
    """Say whether an entry is another only since a step of it came or went, which is told by itself."""
    steps = {one for one in before if one.startswith(f"{name}/")} ^ {one for one in after if one.startswith(f"{name}/")}
    return bool(steps) and before[name]["title"] == after[name]["title"]


async def begin(connection: Connection, team: Team, now: datetime) -> bool:
    """Note the file that this process was started with, and tell once what changed since the last one.

    Returns:
        whether it was told.
    """
    runbook = team.runbook
    await connection.execute(SQL["one_at_a_time"])
    last = await connection.fetchrow(SQL["last"])
    if last is not None and last["hash"] == runbook.hash:
        return False
    now_there = entries(runbook)
    row = int(await connection.fetchval(SQL["note"], runbook.hash, now_there, now))
    if last is None:
        return False
    changes = compare(last["entries"], now_there)
    if changes.total:
        await outbox.post(connection, CHANGED, "runbook", team.channels.operations, now, parameters={"row": row})
    counts = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
    await anchoring.record_own(connection, "runbook:change", "read", now, parameters=counts)
    return bool(changes.total)


async def noted(connection: Connection, row: int) -> Noted | None:
    """Return a file that was noted, with the one before it."""
    found = await connection.fetchrow(SQL["noted"], row)
    return None if found is None else Noted(**dict(found))


async def newest(connection: Connection, most: int) -> tuple[Noted, ...]:
    """Return the files that were noted last, the newest first."""
    return tuple(Noted(**dict(row)) for row in await connection.fetch(SQL["newest"], most))
