"""Rows of a trial's mail on their way into Faxi's tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.base.database import Connection

_METRICS: Final = "event_type user_id message_id occurred_at details"
_MESSAGES: Final = (
    "thread_id message_id from_address to_addresses subject body direction delivery_status sent_at created_at"
)
_COMPLAINTS: Final = "user_id message_id complained_at complaint_type"
_AUDIT: Final = "user_id event_type event_data created_at"

Row = tuple[Any, ...]


async def copy(connection: Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    """Copy rows into one of Faxi's tables; ``columns`` are separated by blanks."""
    await connection.copy_records_to_table(table, schema_name="public", records=rows, columns=columns.split())


@dataclass
class Rows:
    """Rows that belong together, in the order of their columns."""

    metrics: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    complaints: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)

    def metric(self, kind: str, user: UUID | None, message: str, at: datetime, details: object = None) -> None:
        """Add an event of ``email_metrics``."""
        self.metrics.append((kind, user, message, at, details))

    def take(self, start: datetime, end: datetime) -> "Rows":
        """Take out what happened in [start, end); what happened before is dropped, what comes later stays."""
        taken = Rows(complaints=self.complaints)
        self.complaints = []
        taken.metrics, self.metrics = _parted(self.metrics, 3, start, end)
        taken.messages, self.messages = _parted(self.messages, 8, start, end)
        taken.audit, self.audit = _parted(self.audit, 3, start, end)
        return taken

    async def write(self, connection: Connection) -> None:
        """Copy the rows into the tables, in the order of time."""
        self.messages.sort(key=lambda row: (row[8], row[1]))
        self.metrics.sort(key=lambda row: (row[3], row[2], row[0]))
        self.audit.sort(key=lambda row: (row[3], row[1]))
        await copy(connection, "email_messages", _MESSAGES, self.messages)
        await copy(connection, "email_metrics", _METRICS, self.metrics)
        await copy(connection, "user_complaints", _COMPLAINTS, self.complaints)
        await copy(connection, "audit_logs", _AUDIT, self.audit)


def _parted(rows: list[Row], column: int, start: datetime, end: datetime) -> tuple[list[Row], list[Row]]:
    """Part rows by the instant in this column: those in [start, end), and those later."""
    return [row for row in rows if start <= row[column] < end], [row for row in rows if row[column] >= end]
