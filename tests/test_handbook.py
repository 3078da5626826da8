"""A runbook file that contradicts itself, lacks a limit, or is read otherwise than it looks is refused in words."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import wiring
from bot.engine import runbook
from bot.engine.calendar import Calendar
from bot.engine.handbook import Limit
from bot.engine.runbook import RunbookError
from bot.settings import Hours
from tests.test_command_line import faxi_bot

TEXT = files("bot").joinpath("runbook.yml").read_text("utf-8")
CALENDAR = Calendar(ZoneInfo("Asia/Tokyo"), Hours.parse("09:00-18:00"), Hours.parse("22:00-08:30"), frozenset())
LESSER = "    severity: warning\n"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the shipped file with one change."""
    assert old in TEXT
    path = folder / "own.yml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return path


def line_with(path: Path, words: str) -> int:
    """Return the line, from 1, on which words stand first."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        (
            "    warning: 3%\n    critical: 5%\n  complaint",
            "    warning: 6%\n    critical: 5%\n  complaint",
            "  bounce_rate:",
            "the warning comes before the critical limit",
        ),
        ("    critical: 95%\n", "    critical: 0.95\n", "critical: 0.95", 'write it in quotes, such as "0.05%"'),
        ("    critical: 95%\n", "    critical: 101%\n", "critical: 101%", "it lies between 0% and 100%"),
        ("  delivery_rate:\n    critical: 95%\n", "", "thresholds:", "Field required"),
        ("Bounce rate over 5%", "Bounce rate over 6%", "over 6%", "it says 6%, and the limit in thresholds is another"),
        ("Bounce rate > 5%", "Bounce rate > 4%", "> 4%", "it says 4%, and the limit in thresholds is another"),
        (
            f"{LESSER}    respond_in: 240\n    action: Monitor and investigate\n    limit:\n      rate: bounce_rate",
            f"{LESSER}    respond_in: 20\n    action: Monitor and investigate\n    limit:\n      rate: bounce_rate",
            "respond_in: 20",
            "warning is to be answered in 20 minutes, sooner than critical in 30",
        ),
        ("    respond_in: 15\n", "    respond_in: 10:00\n", "10:00", "10:00 is read as the number 600: write it in"),
        ('date: "2025-01-15"', "date: 2025-01-15", "date: 2025-01-15", "is read as the date 2025-01-15"),
        ('      "on": working_day', "      on: working_day", "on: working_day", "on is read as a yes or no, True"),
        ("    procedure: review\n", "    procedure: reviews\n", "procedure: reviews", "no procedure 'reviews'"),
        ("  - level: 2\n", "  - level: 3\n", "escalation:", "the levels are 1, 2, 3 and so on"),
        ("    command: /faxi-status\n", "", "  status:", "names the command that answers it, or why_by_hand"),
        ("leads_to: high_bounce_rate", "leads_to: high_bounce", "leads_to: high_bounce", "there is no procedure"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, at: str, words: str
) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(RunbookError) as caught:
        runbook.load(path, wiring.KNOWN, wiring.REQUIRED)
    said = str(caught.value)
    assert words in said
    near = [line_with(path, at) + one for one in (0, 1)]  # a part without a line of its own is named by its first
    assert any(f"own.yml:{line}: " in said for line in near), said


def test_a_schedule_that_would_never_come_is_refused() -> None:
    closed = Calendar(
        CALENDAR.zone,
        CALENDAR.business,
        CALENDAR.quiet,
        frozenset(datetime.fromordinal(NOW.toordinal() + n).date().isoformat() for n in range(-3, 800)),
    )
    runbook.load(None, wiring.KNOWN, wiring.REQUIRED, calendar=CALENDAR, now=NOW)
    with pytest.raises(RunbookError, match="it would never come: in the two years after 2026-11-25") as caught:
        runbook.load(None, wiring.KNOWN, wiring.REQUIRED, calendar=closed, now=NOW)
    line = next(n for n, one in enumerate(TEXT.splitlines(), 1) if '"on": working_day' in one)
    assert f"runbook.yml:{line}: " in str(caught.value)


def test_another_teams_limits_take_effect(tmp_path: Path) -> None:
    path = changed(tmp_path, "  bounce_rate:\n    warning: 3%", "  bounce_rate:\n    warning: 2.5%")
    path.write_text(path.read_text("utf-8").replace("Bounce rate over 3%", "Bounce rate over 2.5%"), encoding="utf-8")
    found = runbook.load(path, wiring.KNOWN, wiring.REQUIRED)
    assert found.thresholds.bounce_rate.warning == Limit(25, 1000)
    assert found.without(frozenset({"faxes.send"})).thresholds == found.thresholds


def test_the_command_says_what_each_step_does_and_what_is_wrong(tmp_path: Path) -> None:
    right = faxi_bot("runbook", "check", folder=tmp_path)
    assert (right.returncode, right.stderr) == (0, "")
    said = right.stdout
    assert (
        "morning: Morning checklist (runbook: Morning Checklist), comes working day, opening, to be done in 60" in said
    )
    assert "Bounces and delivery: the bot looks (mail.bounces_and_delivery): Look at bounces and deliveries" in said
    assert "when it fails, proposes high_bounce_rate" in said
    assert "PagerDuty incidents: a person does it; by hand: not connected" in said
    path = changed(tmp_path, "calls: mail.trends", "calls: mail.trend")
    wrong = faxi_bot("runbook", "check", str(path), folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "nothing is called 'mail.trend'; known are " in wrong.stderr
    none = faxi_bot("runbook", "check", "none.yml", folder=tmp_path)
    assert (none.returncode, none.stderr) == (
        2,
        "faxi-bot: none.yml is no file: give the runbook that is to be checked\n",
    )
