"""``faxi-bot runbook check``: a runbook file held against what this version knows, without database and Slack."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import wiring
from bot.engine import runbook, runbook_words
from bot.engine.calendar import Calendar
from bot.settings import Hours, SettingsError
from commands import shows


class _Given(BaseSettings):
    """The few settings that a check of a file looks at; all of them have defaults."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    runbook_file: Path | None = None
    timezone: str = "Asia/Tokyo"
    business_hours: str = "09:00-18:00"
    closing_days: str = ""

    def calendar(self) -> Calendar:
        """Return the team's calendar, as far as schedules need it.

        Raises:
            SettingsError: a setting cannot be right.
        """
        if self.timezone not in available_timezones():
            message = f"TIMEZONE: {self.timezone!r} is not a time zone: write it like Asia/Tokyo"
            raise SettingsError(message)
        try:
            hours = Hours.parse(self.business_hours)
        except ValueError as error:
            message = f"BUSINESS_HOURS: {error}"
            raise SettingsError(message) from None
        days = frozenset(day.strip() for day in self.closing_days.split(",") if day.strip())
        return Calendar(ZoneInfo(self.timezone), hours, Hours.parse("22:00-08:30"), days)


def check(file: Path | None) -> int:
    """Say what each step of a file does and what it calls; return the exit code.

    Parameters:
        file: which; ``None``: ``RUNBOOK_FILE``, or the file that comes with the bot.

    Returns:
        0 when it is right, 1 when it is wrong (in words, each with its line), 2 when there is no such file.

    Raises:
        SettingsError: a setting cannot be right.
    """
    given = _Given()
    path = file or given.runbook_file
    if path is not None and not path.is_file():
        sys.stderr.write(f"faxi-bot: {path} is no file: give the runbook that is to be checked\n")
        return 2
    now = datetime.now(UTC)
    try:
        found = runbook.load(path, wiring.KNOWN, wiring.REQUIRED, calendar=given.calendar(), now=now)
    except runbook.RunbookError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in runbook_words.lines(found, _described()))
    return 0


def _described() -> dict[str, str]:
    """Return what each check and show does, in the words of its own first line."""
    named = {**wiring.CHECKS, **shows.SHOWS}
    return {name: (one.__doc__ or "").partition("\n")[0].rstrip(".") for name, one in named.items()}
