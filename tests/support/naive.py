"""How to find each fault of Faxi's data, and which figures the runbook's own queries get wrong by them."""

JOINED = """
    FROM email_metrics e JOIN email_metrics s ON s.message_id = e.message_id AND s.event_type = 'sent'
"""
_REPEATED = """
    SELECT count(*) FROM (
        SELECT FROM email_metrics WHERE event_type = '{}' GROUP BY message_id HAVING count(*) > 1) x
"""

FAULTS = {
    "wrong owner": f"""
        SELECT count(*) {JOINED} WHERE e.event_type IN ('bounced', 'complained') AND e.user_id <> s.user_id
    """,
    "repeated delivery": _REPEATED.format("delivered"),
    "repeated bounce": _REPEATED.format("bounced"),
    "repeated complaint": _REPEATED.format("complained"),
    "delivery dated back": f"""
        SELECT count(*) {JOINED} WHERE e.event_type = 'delivered' AND e.occurred_at < s.occurred_at
    """,
    "unknown delivery": """
        SELECT count(*) FROM email_metrics e WHERE event_type = 'delivered'
        AND NOT EXISTS (SELECT FROM email_metrics s WHERE s.message_id = e.message_id AND s.event_type = 'sent')
        AND NOT EXISTS (SELECT FROM email_messages m WHERE m.message_id = e.message_id)
    """,
    "undetermined bounce": """
        SELECT count(*) FROM email_metrics WHERE details ->> 'bounceType' = 'Undetermined'
    """,
    "subject over 500 without a message": """
        SELECT count(*) FROM audit_logs a JOIN email_metrics s ON s.message_id = a.event_data ->> 'messageId'
        WHERE a.event_type = 'email.sent' AND length(a.event_data ->> 'subject') > 500 AND s.event_type = 'sent'
        AND NOT EXISTS (SELECT FROM email_messages m WHERE m.message_id = s.message_id)
    """,
    "no flag at all": "SELECT count(*) FROM users WHERE email_restricted IS NULL",
    "number with hyphens": "SELECT count(*) FROM users WHERE phone_number LIKE '%-%'",
    "sent by nobody": "SELECT count(*) FROM email_metrics WHERE event_type = 'sent' AND user_id IS NULL",
    "bounced and yet delivered": """
        SELECT count(*) FROM email_messages m WHERE delivery_status = 'delivered'
        AND EXISTS (SELECT FROM email_metrics e WHERE e.message_id = m.message_id AND e.event_type = 'bounced')
    """,
    "complaint that is none": """
        SELECT count(*) FROM email_metrics
        WHERE event_type = 'complained' AND details ->> 'complaintType' IN ('not-spam', 'auth-failure')
    """,
    "handler that failed": """
        SELECT count(*) FROM audit_logs WHERE event_data ->> 'errorType' = 'sns_processing_error'
    """,
    "restriction that stops nothing": """
        SELECT count(*) FROM email_metrics s JOIN users u ON u.id = s.user_id
        WHERE s.event_type = 'sent' AND s.occurred_at > u.email_restricted_at
    """,
    "fax that never ends": "SELECT count(*) FROM fax_jobs WHERE fax_id LIKE 'email-%' AND status = 'processing'",
    "alert that reached nobody": "SELECT count(*) FROM application_logs WHERE message LIKE 'Alert triggered: %'",
    "mail of the contact form": "SELECT count(*) FROM audit_logs WHERE event_type = 'email.sent_via_ses'",
}
"""What each fault is called, and how many rows of the trial's data have it."""

FIGURES = {
    "bounces": (
        "SELECT count(*) FROM email_metrics WHERE event_type = 'bounced' AND occurred_at > $1",
        "SELECT count(DISTINCT message_id) FROM email_metrics WHERE event_type = 'bounced' AND occurred_at >= $1",
    ),
    "complaints": (
        "SELECT count(*) FROM email_metrics WHERE event_type = 'complained' AND occurred_at > $1",
        """
        SELECT count(DISTINCT message_id) FROM email_metrics WHERE event_type = 'complained' AND occurred_at >= $1
        AND details ->> 'complaintType' NOT IN ('not-spam', 'auth-failure')
        """,
    ),
    "mails delivered": (
        "SELECT count(*) FROM email_metrics WHERE event_type = 'delivered' AND occurred_at > $1",
        f"SELECT count(DISTINCT s.message_id) {JOINED} WHERE e.event_type = 'delivered' AND s.occurred_at >= $1",
    ),
    "recipients of bounces": (
        "SELECT count(details ->> 'to') FROM email_metrics WHERE event_type = 'bounced' AND occurred_at > $1",
        """
        SELECT count(DISTINCT r) FROM email_metrics, jsonb_array_elements_text(details -> 'bouncedRecipients') r
        WHERE event_type = 'bounced' AND occurred_at >= $1
        """,
    ),
    "senders of bounces": (
        """
        SELECT string_agg(DISTINCT user_id::text, ' ') FROM email_metrics
        WHERE event_type = 'bounced' AND occurred_at > $1
        """,
        f"""
        SELECT string_agg(DISTINCT s.user_id::text, ' ') {JOINED}
        WHERE e.event_type = 'bounced' AND e.occurred_at >= $1
        """,
    ),
}
"""Figures since an instant: as the runbook's query counts, and as it is."""

OF_ACCOUNT = {
    "complaints filed": "SELECT count(*) FROM user_complaints WHERE user_id = $1 AND complained_at > $2",
    "complaints by name": """
        SELECT count(*) FROM email_metrics WHERE event_type = 'complained' AND user_id = $1 AND occurred_at > $2
    """,
    "mails delivered": """
        SELECT count(*) FROM email_metrics WHERE event_type = 'delivered' AND user_id = $1 AND occurred_at > $2
    """,
}
"""What the runbook's queries say of one account."""

FLAGGED = """
    SELECT count(*) FROM (
        SELECT FROM user_complaints WHERE complained_at > $1 GROUP BY user_id HAVING count(*) >= 3) x
"""
"""How many accounts need attention, says the runbook's query."""

COMPLAINED = f"SELECT DISTINCT s.user_id {JOINED} WHERE e.event_type = 'complained' AND s.user_id IS NOT NULL"
"""The accounts that anybody ever complained about."""
