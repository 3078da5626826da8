"""The team that tests of the engine work for: its channels and groups, Tokyo's calendar, the shipped runbook."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot import wiring
from bot.engine import runbook
from bot.engine.access import Group
from bot.engine.calendar import Calendar
from bot.engine.team import Channels, Team
from bot.settings import Hours

ZONE = ZoneInfo("Asia/Tokyo")
CALENDAR = Calendar(ZONE, Hours(start=time(9), end=time(18)), Hours(start=time(22), end=time(8, 30)), frozenset())
CHANNELS = Channels(alerts="C0ALERTS", operations="C0OPS", engineering="C0ENG", management="C0MGMT")


def at(text: str) -> datetime:
    """Return an instant from Tokyo's wall time, such as ``2026-11-25 03:24``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def day(text: str) -> date:
    """Return a day, such as ``2026-11-25``."""
    return date.fromisoformat(text)


def make_team(channels: Channels = CHANNELS) -> Team:
    """Make a team with the runbook that comes with the bot."""
    return Team(
        channels=channels,
        groups={group: f"S0{group.upper()}" for group in Group},
        calendar=CALENDAR,
        runbook=runbook.load(None, wiring.KNOWN, wiring.REQUIRED),
        workspace_url="https://faxi.slack.example/",
        team_id="T0FAXI",
        bot_user="U0FAXIBOT",
        enforced=False,
    )
