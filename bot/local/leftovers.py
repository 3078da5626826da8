"""What Faxi's own troubles left behind: faxes that never end, alerts that reached nobody, mails without an account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.base.database import Connection
from bot.local.everyday import Person, chance_of, message_id
from bot.local.mail_rows import Row, Rows, copy

_STUCK: Final = 8
_ALERTS: Final = 6
_CONTACTS: Final = 7
_FAX_NUMBER: Final = "+81501234567"
_FAXES: Final = (
    "fax_id reference_id user_id direction from_number to_number status webhook_payload created_at updated_at"
)
_LOGS: Final = "level message context metadata created_at"
_CAUSES: Final = ("socket hang up", "Telnyx: 503 Service Unavailable", "duplicate key value violates unique constraint")


def _stuck_faxes(rows: Rows, people: Sequence[Person], start: datetime, span: timedelta) -> list[Row]:
    """Make mails that should have become faxes: the first attempt failed, the retries met its row."""
    faxes: list[Row] = []
    for number in range(1, _STUCK + 1):
        person, at = people[number * 17 % len(people)], start + span * number / (_STUCK + 1)
        sent = {"from": "kazoku@docomo.ne.jp", "subject": "写真", "receivedAt": at.isoformat()}
        payload = {"type": "email_to_fax", "originalEmail": sent}
        to = f"+{person.address.partition('@')[0]}"
        reference = f"FX-{at.year}-{number:06}"
        faxes.append(
            (f"email-{number}", reference, person.id, "outbound", _FAX_NUMBER, to, "processing", payload, at, at)
        )
        for attempt, after in enumerate((0, 2, 6)):
            cause = _CAUSES[number % 2] if attempt == 0 else _CAUSES[2]
            told = {
                "errorType": "email_to_fax_processing_error",
                "errorMessage": cause,
                "context": {"jobId": str(number)},
                "timestamp": (at + timedelta(seconds=after)).isoformat(),
            }
            rows.audit.append((None, "system.error", told, at + timedelta(seconds=after)))
    return faxes


def _alerts(start: datetime, span: timedelta) -> list[Row]:
    """Make alerts of the backend, which only its log has, once for each of its two processes."""
    logs: list[Row] = []
    for number in range(1, _ALERTS + 1):
        at = start + span * number / (_ALERTS + 1)
        for process in (1, 2):
            told = {
                "ruleId": "email-high-complaint-rate",
                "alertId": f"alert-{process}-{number}",
                "severity": "critical",
                "metadata": {"alertType": "complaint_rate", "threshold": 0.001, "actual": 0.0014},
            }
            when = at + timedelta(seconds=process * 7)
            logs.append(("error", "Alert triggered: High Complaint Rate", {"source": "alerting"}, told, when))
    return logs


async def write_leftovers(connection: Connection, people: Sequence[Person], start: datetime, now: datetime) -> None:
    """Write all of it, spread over [start, now).

    Params:
        connection: as the owner of Faxi's tables.
        people: whose faxes they are, in an order that is always the same.
    """
    rows, span = Rows(), now - start
    faxes = _stuck_faxes(rows, people, start, span)
    for number in range(1, _CONTACTS + 1):  # mails of the contact form are delivered, and nobody noted them as sent
        at = start + span * number / (_CONTACTS + 1)
        message = message_id(at, chance_of("contact", number))
        told = {"messageId": message, "to": "sasaki@nifty.com", "from": "contact@faxi.jp", "attempt": 1}
        rows.audit.append((None, "email.sent_via_ses", told, at))
        rows.metric("delivered", None, message, at + timedelta(seconds=3))
    await rows.write(connection)
    await copy(connection, "fax_jobs", _FAXES, faxes)
    await copy(connection, "application_logs", _LOGS, _alerts(start, span))
