"""The team as the bot works for it: its channels, groups, calendar and runbook, fixed while a process runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.engine.access import Group
from bot.engine.calendar import Calendar
from bot.engine.runbook import Runbook


@dataclass(frozen=True)
class Channels:
    """The ids of the four channels in which the bot works."""

    alerts: str
    operations: str
    engineering: str
    management: str

    @property
    def all(self) -> frozenset[str]:
        """Every channel in which commands work."""
        return frozenset({self.alerts, self.operations, self.engineering, self.management})


@dataclass(frozen=True)
class Team:
    """Whom and where the bot works for."""

    channels: Channels
    groups: Mapping[Group, str]
    calendar: Calendar
    runbook: Runbook
    workspace_url: str
    team_id: str
    bot_user: str
    enforced: bool
    faxes: bool = False
    """Whether faxes are set up; else people are told by telephone."""
    support_phone: str = ""
    support_email: str | None = None
    """Whom a fax says that one may call, or write to."""

    @property
    def support_hours(self) -> str:
        """When one may call, as a fax says it: ``09:00-18:00``."""
        hours = self.calendar.business
        return f"{hours.start:%H:%M}-{hours.end:%H:%M}"

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return self.calendar.zone

    def link(self, channel: str, ts: str) -> str:
        """Return the address of a message in Slack."""
        return f"{self.workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
