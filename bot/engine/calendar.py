"""Working days and business hours in the team's zone: Japanese holidays and the team's own closing days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import jpholiday

from bot.settings import Hours, Settings

_SATURDAY = 5
_NIGHT = time(3, 30)
_FAX = Hours(start=time(9), end=time(18))


@dataclass(frozen=True)
class Calendar:
    """When the team works, and when people may be called."""

    zone: ZoneInfo
    business: Hours
    quiet: Hours
    closing_days: frozenset[str]
    fax: Hours = _FAX

    @classmethod
    def of(cls, settings: Settings) -> "Calendar":
        """Make the calendar that the settings describe."""
        hours = settings.business_hours, settings.quiet_hours
        return cls(settings.zone, *hours, settings.closing_days, settings.fax_hours)

    def is_working(self, day: date) -> bool:
        """Say whether the team works on this local day."""
        return day.weekday() < _SATURDAY and not jpholiday.is_holiday(day) and day.isoformat() not in self.closing_days

    def working_day_from(self, day: date) -> date:
        """Return ``day`` when the team works then, else the next working day."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def is_business(self, now: datetime) -> bool:
        """Say whether the team is at work now."""
        local = now.astimezone(self.zone)
        return self.is_working(local.date()) and self.business.holds(local.time())

    def opening(self, day: date) -> datetime:
        """Return the start of business on this local day."""
        return datetime.combine(day, self.business.start, self.zone)

    def closing(self, day: date) -> datetime:
        """Return the end of business on this local day."""
        return datetime.combine(day, self.business.end, self.zone)

    def end_of_next_working_day(self, now: datetime) -> datetime:
        """Return the end of business of the first working day after today."""
        today = now.astimezone(self.zone).date()
        return self.closing(self.working_day_from(today + timedelta(days=1)))

    def is_quiet(self, now: datetime) -> bool:
        """Say whether only critical alerts may call people now (``QUIET_HOURS``)."""
        return self.quiet.holds(now.astimezone(self.zone).time())

    def end_of_quiet(self, now: datetime) -> datetime:
        """Return when the quiet hours that hold now end; ``now`` when they do not hold."""
        if not self.is_quiet(now):
            return now
        local = now.astimezone(self.zone)
        end = datetime.combine(local.date(), self.quiet.end, self.zone)
        return end if end > local else datetime.combine(local.date() + timedelta(days=1), self.quiet.end, self.zone)

    def night_after(self, now: datetime) -> datetime:
        """Return the next instant of nightly work: 03:30, local time."""
        local = now.astimezone(self.zone)
        tonight = datetime.combine(local.date(), _NIGHT, self.zone)
        return tonight if tonight > now else datetime.combine(local.date() + timedelta(days=1), _NIGHT, self.zone)

    def fax_time(self, now: datetime) -> datetime:
        """Return the first instant from ``now`` on at which a fax may go out, on any day (``FAX_HOURS``)."""
        local = now.astimezone(self.zone)
        if self.fax.holds(local.time()):
            return now
        start = datetime.combine(local.date(), self.fax.start, self.zone)
        return start if start > now else datetime.combine(local.date() + timedelta(days=1), self.fax.start, self.zone)

    def next_opening(self, now: datetime) -> datetime:
        """Return the next start of business after ``now``."""
        day = self.working_day_from(now.astimezone(self.zone).date())
        if self.opening(day) <= now:
            day = self.working_day_from(day + timedelta(days=1))
        return self.opening(day)

    def review_after(self, start: datetime, days: int) -> datetime:
        """Return the start of business ``days`` days after ``start``, or of the next working day."""
        day = start.astimezone(self.zone).date() + timedelta(days=days)
        return self.opening(self.working_day_from(day))
