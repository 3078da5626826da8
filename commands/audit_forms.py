"""The forms of a search of the records: one case, one person, other days, and what an export is for."""

from collections.abc import Mapping
from datetime import date, timedelta

from bot.slack.blocks import View, context, input_block, modal, option, radio, section, text_input, users_select
from bot.slack.text import md

DAYS: Mapping[str, str] = {
    "today": "Today",
    "yesterday": "Since yesterday",
    "7d": "The last 7 days",
    "30d": "The last 30 days",
    "all": "All days",
}
"""The choices of days in their form."""


def first_of(choice: str, today: date) -> date | None:
    """Return the first day of a choice of days; ``None`` for all days."""
    back = {"today": 0, "yesterday": 1, "7d": 7, "30d": 30}.get(choice)
    return None if back is None else today - timedelta(days=back)


def case_form(value: str) -> View:
    """Ask for one case."""
    field = text_input("case", placeholder="OPS-0042", most=20)
    return modal(
        "audit.case",
        "One case",
        input_block("Case", field, block_id="case", hint="Its records of all days."),
        submit="Show records",
        close="Cancel",
        metadata=value,
    )


def person_form(value: str) -> View:
    """Ask for one person."""
    return modal(
        "audit.person",
        "One person",
        input_block("Who did it?", users_select("person"), block_id="person", hint="Choose faxi-bot for its own."),
        submit="Show records",
        close="Cancel",
        metadata=value,
    )


def days_form(value: str) -> View:
    """Ask for other days."""
    choice = radio("days", *(option(words, key) for key, words in DAYS.items()), initial="7d")
    day = text_input("day", placeholder="20 Nov, or 2026-11-20", most=20)
    return modal(
        "audit.days",
        "Other days",
        input_block("Days", choice, block_id="days"),
        input_block("Or one day", day, block_id="day", optional=True),
        submit="Show records",
        close="Cancel",
        metadata=value,
    )


FORMS: Mapping[str, str] = {"jsonl": "One record a line (JSONL), with its hash", "csv": "Spreadsheet (CSV)"}
"""The forms of an export."""
PURPOSES: Mapping[str, str] = {
    "audit": "Yearly audit",
    "case": "A case",
    "person": "Somebody asks about their own data",
    "authority": "An authority or a court asks",
    "other": "Something else",
}
"""What an export may be for: a choice, since nothing that is typed goes into a record."""


def export_form(value: str, title: str) -> View:
    """Ask for the form of an export and what it is for.

    Parameters:
        title: which records, such as ``47 records since yesterday``.
    """
    forms = (option(words, key) for key, words in FORMS.items())
    purposes = (option(words, key) for key, words in PURPOSES.items())
    return modal(
        "audit.export",
        "Export records",
        section(md("*{title}*\nNo telephone numbers. The export is recorded with its number.", title=title)),
        input_block("Form", radio("form", *forms, initial="jsonl"), block_id="form"),
        input_block("What for?", radio("why", *purposes), block_id="why"),
        context(md("You get the file in a message to you, never in a channel.")),
        submit="Export records",
        close="Cancel",
        metadata=value,
    )
