"""The runbook file against the written runbook: every numbered step and bullet is in it, and nothing is invented."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from bot import wiring
from bot.engine import runbook
from bot.engine.handbook import STANDARD
from bot.engine.procedures import NOT_CONNECTED, NOT_SET_UP, Step

SHIPPED = runbook.load(None, wiring.KNOWN, wiring.REQUIRED)
SECTIONS: Mapping[str, Sequence[Sequence[str]]] = {
    "Morning Checklist": (
        ("Review 24-hour metrics", "Check for alerts", "Verify all metrics within acceptable range"),
        ("Check Slack #email-alerts channel", "Review PagerDuty incidents", "Address any critical issues"),
        (
            "Visit AWS SES console",
            "Check sending statistics",
            "Verify account is not in sandbox mode",
            "Check for any AWS service issues",
        ),
        (
            "Check for newly flagged accounts (3+ complaints)",
            "Review complaint details",
            "Plan follow-up actions",
        ),
        ("Verify email-to-fax queue is processing", "Check for stuck jobs", "Review error rates"),
    ),
    "End of Day Checklist": (
        ("Compare to previous day", "Note any trends", "Document any issues"),
        (
            "Review accounts awaiting manual review",
            "Update status of ongoing investigations",
            "Document decisions",
        ),
        ("Document any ongoing issues", "Note items for next day", "Update on-call engineer"),
    ),
    "Handling High Bounce Rate Alert": (
        (),
        (),
        (
            "Same domain bouncing?",
            "Same user sending to invalid addresses?",
            "Specific error codes?",
        ),
        (
            "If domain issue: Check DNS configuration",
            "If user issue: Contact user, provide guidance",
            "If AWS issue: Contact AWS support",
        ),
        (),
        (),
    ),
    "Handling High Complaint Rate Alert": (
        (),
        (),
        (),
        (),
        ("Contact users immediately", "Consider temporary restrictions", "Provide email etiquette education"),
        (),
        (),
        (),
    ),
    "Reviewing Flagged Account": (
        (),
        (),
        (
            "Are complaints legitimate?",
            "Is user aware of email etiquette?",
            "Is this a pattern or isolated incidents?",
        ),
        ("Send educational fax", "Explain complaints", "Provide guidance"),
        (),
        (),
    ),
    "Restricting Account": ((), (), (), (), (), (), ()),
    "Lifting Account Restriction": (
        (
            "Sufficient time passed (30+ days)",
            "User demonstrated understanding",
            "No new complaints",
            "User committed to guidelines",
        ),
        (),
        (),
        (),
        (),
        (),
    ),
    "Handling AWS SES Issues": (
        ("Visit https://status.aws.amazon.com/", "Check SES service status"),
        ("Review sending statistics", "Check for account issues", "Verify configuration"),
        ("Verify not exceeding sending quota", "Check for throttling errors"),
        ("Implement backoff strategy", "Consider requesting limit increase"),
        (
            "Monitor AWS status page",
            "Consider fallback provider if critical",
            "Communicate with users if needed",
        ),
        (),
        (),
    ),
    "Scheduled Maintenance": (
        (),
        (),
        (
            "Database maintenance",
            "Index optimization",
            "Log rotation",
            "Backup verification",
            "Configuration updates",
        ),
        (),
        (),
        (),
    ),
    "Emergency Maintenance": ((), (), (), (), (), (), ()),
}
"""Each section with its numbered steps, and the bullets under each; maintenance's activities stand with its step 3."""
WEEKLY_AND_MONTHLY: Mapping[str, Sequence[Sequence[str]]] = {
    "Monday Tasks": (
        (
            "Calculate metrics for previous week",
            "Compare to previous weeks",
            "Identify trends",
            "Share with management",
        ),
        (
            "Check all restricted accounts",
            "Determine if any can be lifted",
            "Contact users if needed",
            "Document decisions",
        ),
        ("Review users with large blocklists", "Check for patterns", "Provide guidance if needed"),
    ),
    "Wednesday Tasks": (
        ("Review metrics for first half of week", "Compare to targets", "Adjust if needed"),
        ("Check for recurring bounce issues", "Identify problematic domains", "Plan remediation"),
    ),
    "Friday Tasks": (
        ("Document any ongoing issues", "Brief on-call engineer", "Ensure contact information is current"),
        ("Summarize actions taken", "Document lessons learned", "Plan improvements"),
    ),
    "First Monday of Month": (
        (
            "Calculate metrics for previous month",
            "Compare to previous months",
            "Identify long-term trends",
            "Share with stakeholders",
        ),
        ("Check AWS billing", "Verify costs are within budget", "Identify optimization opportunities"),
        ("Review all restricted accounts", "Check restriction durations", "Plan follow-ups"),
    ),
    "Mid-Month": (
        ("Update runbooks if needed", "Document new procedures", "Share updates with team"),
        ("Verify backups are working", "Test restoration procedures", "Document any issues"),
    ),
}
UNNUMBERED = {"On-Call Responsibilities", "Feedback"}
"""Sections without numbered steps, from which two procedures take theirs: the general one, and that for feedback."""


def steps() -> Iterator[Step]:
    """Go through every step of the file."""
    for one in SHIPPED.procedures.values():
        yield from one.steps


def wanted(section: str, numbered: Sequence[Sequence[str]]) -> set[str]:
    """Return the sources that a section's steps may have."""
    names = {f"{section} {number}" for number in range(1, len(numbered) + 1)}
    return names | {f"{section} {n}.{m}" for n, points in enumerate(numbered, 1) for m in range(1, len(points) + 1)}


def missing(section: str, numbered: Sequence[Sequence[str]]) -> list[str]:
    """Return the numbered steps and bullets of a section for which the file has no step."""
    found: dict[str, set[str]] = {}
    for step in steps():
        points_of = found.setdefault(step.source, set())
        points_of.update(step.points or ({"any"} if step.source.count(".") else ()))  # its source names one bullet
    lacking = []
    for number, points in enumerate(numbered, 1):
        whole = f"{section} {number}"
        if not points and whole not in found:
            lacking.append(whole)
        lacking += [
            f"{whole}.{place}: {point}"
            for place, point in enumerate(points, 1)
            if not {point, "any"} & (found.get(whole, set()) | found.get(f"{whole}.{place}", set()))
        ]
    return lacking


@pytest.mark.parametrize("section", [*SECTIONS, *WEEKLY_AND_MONTHLY])
def test_every_numbered_step_and_bullet_of_a_section_is_in_the_file(section: str) -> None:
    assert missing(section, {**SECTIONS, **WEEKLY_AND_MONTHLY}[section]) == []


def test_no_step_is_invented() -> None:
    known = set(UNNUMBERED)
    for section, numbered in {**SECTIONS, **WEEKLY_AND_MONTHLY}.items():
        known |= wanted(section, numbered)
    assert {step.source for step in steps()} <= known


def test_a_list_of_the_day_numbers_its_items_as_the_runbook_has_its_bullets() -> None:
    for name, section in (("morning", "Morning Checklist"), ("end_of_day", "End of Day Checklist")):
        bullets = [point for points in SECTIONS[section] for point in points]
        assert [step.points for step in SHIPPED.procedures[name].steps] == [(one,) for one in bullets]


def by_hand(name: str) -> list[str]:
    """Return the steps of a procedure that a person does although all that comes later were there."""
    return [
        step.name
        for step in SHIPPED.procedures[name].steps
        if step.kind == "confirm" and step.why_by_hand not in {NOT_CONNECTED, NOT_SET_UP}
    ]


def test_few_steps_are_done_by_hand_for_good() -> None:
    assert by_hand("morning") == []
    assert by_hand("high_bounce_rate") == ["guide", "aws", "document"]
    asks = [step.name for step in SHIPPED.procedures["morning"].steps if step.asks]
    assert asks == ["critical", "complaint_details", "follow_up"]
    assert len(by_hand("morning")) + len(asks) <= 5


def test_the_seven_alerts_have_the_runbooks_severities_and_response_times() -> None:
    found = [(one.title, one.severity, one.respond_in, one.action) for one in SHIPPED.handbook.alerts.values()]
    assert found == [
        ("Complaint rate over 0.1%", "critical", 15, "Immediate investigation"),
        ("Bounce rate over 5%", "critical", 30, "Investigate and remediate"),
        ("Delivery rate under 95%", "critical", 30, "Investigate and remediate"),
        ("Account restricted", "high", 60, "Review and document"),
        ("Complaint rate over 0.05%", "warning", 240, "Monitor and investigate"),
        ("Bounce rate over 3%", "warning", 240, "Monitor and investigate"),
        ("Queue backlog", "warning", 60, "Check queue health"),
    ]
    assert SHIPPED.thresholds == STANDARD


def test_levels_roles_queries_contacts_and_links_are_all_there() -> None:
    book = SHIPPED.handbook
    assert [(one.level, one.who, len(one.does)) for one in book.escalation] == [
        (1, "Operations Team", 3),
        (2, "Engineering Team", 3),
        (3, "Management", 3),
        (4, "AWS Support", 3),
    ]
    assert [(one.title, len(one.duties)) for one in book.on_call.values()] == [
        ("Primary On-Call", 4),
        ("Secondary On-Call", 4),
    ]
    assert [(one.title, one.command) for one in book.queries.values()] == [
        ("Current System Status", "/faxi-status"),
        ("Accounts Requiring Attention", "/faxi-flagged"),
        ("Recent Bounces", "/faxi-bounces"),
        ("Recent Complaints", "/faxi-complaints 7d"),
        ("Queue Health", None),
        ("User Email Activity", "/faxi-account"),
    ]
    commands = {one.name for one in wiring.catalogue().commands}
    assert {one.command.split()[0] for one in book.queries.values() if one.command} <= commands
    assert [one.email for one in book.contacts.internal.values()] == [
        "operations@faxi.jp",
        "engineering@faxi.jp",
        "management@faxi.jp",
    ]
    assert [(one.name, one.not_recorded) for one in book.contacts.external.values()] == [
        ("AWS Support", ("phone", "account_id")),
        ("Telnyx Support", ("phone",)),
    ]
    assert [one.path for one in book.documentation] == [
        "./EMAIL_ABUSE_PREVENTION.md",
        "./EMAIL_BLOCKLIST.md",
        "./EMAIL_ACCOUNT_REVIEW.md",
        "./EMAIL_METRICS.md",
        "./EMAIL_TROUBLESHOOTING.md",
        "../AWS_SES_SETUP.md",
    ]
    assert [(one.date, one.by) for one in book.change_log] == [("2025-01-15", "Operations Team")]
    assert book.feedback is not None
    assert len(book.feedback.ways) == 3
    assert list(book.maintenance) == ["scheduled", "emergency"]
    assert len(book.maintenance["scheduled"].activities) == 5
