"""Every setting of faxi-bot, its default and its check.

Settings come from the environment or a ``.env`` file, by the names of the fields in capitals.
A placeholder is refused; what is missing and optional leaves its part "not set up". What is empty
is not given.
"""

import re
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PLACEHOLDER = re.compile(
    r"change.?me|your[-_ ]|<[^>]*>|\bxxx+\b|\.\.\.|replace.?me|placeholder|example-token", re.IGNORECASE
)
_EXAMPLES = frozenset({"+1234567890", "+18005551234", "+81-3-1234-5678"})
"""Numbers that stand in Faxi's own code as examples: nobody answers there."""
_ITEM = "\n  - "
_GROUP = re.compile(r"S[A-Z0-9]{2,}|U[A-Z0-9]{2,}(,U[A-Z0-9]{2,})*|W[A-Z0-9]{2,}(,W[A-Z0-9]{2,})*")
_SECRET_FORMS = {
    "slack_bot_token": ("xoxb-", "the bot token of the Slack app, whole (it begins with xoxb-)"),
    "slack_app_token": ("xapp-", "the app-level token with connections:write, whole (it begins with xapp-)"),
}
_DATABASE_FORM = (
    "is no address of a database: write it like postgresql://user:password@host:5432/faxi, "
    "and in a password %2F for /, %40 for @, %25 for %"
)


class SettingsError(Exception):
    """Settings are missing or wrong; the message names each one and says what to do."""


class _SentenceError(ValueError):
    """A setting cannot be right; the message goes on after its name."""


class Hours(BaseModel, frozen=True):
    """A span of local wall time, such as ``09:00-18:00``; it may pass midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Read ``HH:MM-HH:MM``.

        Raises:
            ValueError: the text has another form.
        """
        found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text.strip())
        if not found:
            message = f"{text!r} is not a span of hours: write it like 09:00-18:00"
            raise ValueError(message)
        a, b, c, d = map(int, found.groups())
        return cls(start=time(a, b), end=time(c, d))

    def holds(self, at: time) -> bool:
        """Say whether local wall time ``at`` lies in the span (the end is outside)."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def _given(value: Any) -> bool:
    """Say whether a setting was given: an empty text is what a line left blank in ``.env`` gives."""
    return not isinstance(value, str) or bool(value.strip())


def _check_placeholder(text: str) -> None:
    if _PLACEHOLDER.search(text):
        raise _SentenceError("still holds a placeholder: put in the real value")


def _check_database(text: str) -> None:
    """Refuse what no database can be reached by, without repeating any of it."""
    try:
        parts = urlsplit(text)
        right = parts.scheme in {"postgresql", "postgres"}
        hosts = [urlsplit(f"//{one}") for one in parts.netloc.rpartition("@")[2].split(",")]
        reachable = all(one.hostname and (one.port or 1) for one in hosts) or "host" in parse_qs(parts.query)
    except ValueError:
        right = reachable = False
    if not (right and reachable):
        raise _SentenceError(_DATABASE_FORM)


class Settings(BaseSettings):
    """The settings of one process, checked."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_team_id: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=3000, ge=0, le=65535)
    database_url: SecretStr
    channel_alerts: str = "#email-alerts"
    channel_operations: str = "#email-operations"
    channel_engineering: str = "#engineering"
    channel_management: str = "#email-management"
    group_operations: str
    group_engineering: str
    group_management: str
    group_auditors: str = ""
    timezone: str = "Asia/Tokyo"
    business_hours: Annotated[Hours, NoDecode] = Hours(start=time(9), end=time(18))
    quiet_hours: Annotated[Hours, NoDecode] = Hours(start=time(22), end=time(8, 30))
    fax_hours: Annotated[Hours, NoDecode] = Hours(start=time(9), end=time(18))
    closing_days: Annotated[frozenset[str], NoDecode] = frozenset()
    restriction_enforced: bool = False
    support_phone: str | None = None
    support_email: str | None = None
    aws_region: str | None = None
    aws_endpoint_url: str | None = None
    fax_media_bucket: str | None = None
    telnyx_api_key: SecretStr | None = None
    telnyx_connection_id: str | None = None
    telnyx_fax_number: str | None = None
    telnyx_public_key: str | None = None
    telnyx_api_url: str = "https://api.telnyx.com/v2"
    telnyx_webhook_url: str | None = None
    font_dir: Path | None = None
    runbook_file: Path | None = None
    audit_signing_key: SecretStr | None = None
    log_level: str = "INFO"
    faxi_clock: Path | None = None
    faxi_pace: float = Field(default=1.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_given(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if _given(value)} if isinstance(data, dict) else data

    @field_validator("slack_api_url")
    @classmethod
    def _slack(cls, value: str) -> str:
        url = value.strip()
        url += "" if url.endswith("/") else "/"
        try:
            parts = urlsplit(url)
            reachable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
            good = reachable and parts.path.endswith("/api/") and not (parts.query or parts.fragment)
        except ValueError:
            good = False
        if not good:
            message = "write the address of Slack's Web API like https://slack.com/api/, or leave it out"
            raise ValueError(message)
        return url

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        _check_database(value.get_secret_value())
        return value

    @field_validator("business_hours", "quiet_hours", "fax_hours", mode="before")
    @classmethod
    def _hours(cls, value: Any) -> Any:
        return Hours.parse(value) if isinstance(value, str) else value

    @field_validator("business_hours", "fax_hours")
    @classmethod
    def _within_a_day(cls, value: Hours) -> Hours:
        if value.start >= value.end:
            message = f"'{value.start:%H:%M}-{value.end:%H:%M}' must end on the day it begins, after it begins"
            raise ValueError(message)
        return value

    @field_validator("telnyx_fax_number")
    @classmethod
    def _fax_number(cls, value: str | None) -> str | None:
        if value is not None and (not re.fullmatch(r"\+[1-9]\d{6,14}", value) or value in _EXAMPLES):
            message = "write the number that faxes come from like +81312345678; an example number is refused"
            raise ValueError(message)
        return value

    @field_validator("support_phone")
    @classmethod
    def _support_phone(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"\+?[0-9][0-9 ()-]{6,20}", value.strip()) or value.strip() in _EXAMPLES:
            message = "write the number that people call as it is printed, like 0120-123-456"
            raise ValueError(message)
        return value.strip()

    @field_validator("support_email")
    @classmethod
    def _support_email(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s]{1,40}@[^@\s]{1,50}\.[^@\s.]{2,8}", value.strip()):
            message = "write a mail address, at most 100 letters, like support@example.jp"
            raise ValueError(message)
        return None if value is None else value.strip()

    @field_validator("telnyx_api_url", "telnyx_webhook_url", "aws_endpoint_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value.strip())
            local = (parts.hostname or "") in LOOPBACK
            secure = parts.scheme == "https" or (local and parts.scheme == "http")
            good = bool(parts.hostname) and parts.port != 0 and secure
        except ValueError:
            good = False
        if not good:
            message = "write an address that begins with https:// (http:// only on this machine)"
            raise ValueError(message)
        return value.strip().rstrip("/")

    @field_validator("closing_days", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        days = frozenset(part.strip() for part in value.split(",") if part.strip())
        for day in days:
            try:
                wrong = date.fromisoformat(day).isoformat() != day
            except ValueError:
                wrong = True
            if wrong:
                message = f"{day!r} is not a day: write it like 2026-12-29, with commas between days"
                raise ValueError(message)
        return days

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            message = f"{value!r} is not a time zone: write it like Asia/Tokyo"
            raise ValueError(message)
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            message = "write DEBUG, INFO, WARNING or ERROR"
            raise ValueError(message)
        return value.upper()

    @field_validator("group_operations", "group_engineering", "group_management", "group_auditors")
    @classmethod
    def _group(cls, value: str) -> str:
        clean = value.replace(" ", "")
        if clean and not _GROUP.fullmatch(clean):
            message = "give a user group (S...) or people with commas between them (U...,U...)"
            raise ValueError(message)
        return clean

    @field_validator("*", mode="before")
    @classmethod
    def _no_placeholder(cls, value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str):
            _check_placeholder(text)
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        wrong = []
        for name, (prefix, what) in _SECRET_FORMS.items():
            secret = getattr(self, name)
            if secret is not None and not re.fullmatch(rf"{prefix}\S+", secret.get_secret_value()):
                wrong.append(f"{name.upper()} must be {what}")
        if self.slack_app_token is None and self.slack_signing_secret is None:
            wrong.append("give SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
        if not self.slack_is_local:
            if self.faxi_clock is not None:
                wrong.append("FAXI_CLOCK moves business time and is for trials: SLACK_API_URL must be loopback")
            if self.faxi_pace != 1.0:
                wrong.append("FAXI_PACE is for tests: SLACK_API_URL must be loopback")
        if wrong:
            raise ValueError(_ITEM.join(wrong))
        return self

    @property
    def slack_is_local(self) -> bool:
        """Whether Slack is a workspace on this machine."""
        return (urlsplit(self.slack_api_url).hostname or "") in LOOPBACK

    @cached_property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def lacking_for_faxes(self) -> tuple[str, ...]:
        """The settings that are missing for faxes to be sent; none when they are set up."""
        needed = (
            "aws_region",
            "fax_media_bucket",
            "support_phone",
            "telnyx_api_key",
            "telnyx_connection_id",
            "telnyx_fax_number",
        )
        return tuple(name.upper() for name in needed if getattr(self, name) is None)

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached by Socket Mode (else signed HTTP)."""
        return self.slack_app_token is not None


def load(**overrides: Any) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsError: names every setting that is missing or wrong, without its value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for detail in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in detail["loc"]).upper()
            reason = "is missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
            whole = detail["type"] == "missing" or isinstance(detail.get("ctx", {}).get("error"), _SentenceError)
            lines.append(f"{name} {reason}" if whole else f"{name}: {reason}" if name else reason)
        message = "The settings are not complete:" + "".join(_ITEM + line for line in lines)
        raise SettingsError(message) from None


class _Alone(BaseSettings):
    """What commands need that need no other setting; checked when it is asked for."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr | None = None
    database_admin_url: SecretStr | None = None
    audit_signing_key: SecretStr | None = None


def alone(name: str) -> str | None:
    """Read one setting, for a command that needs no other; ``None`` when it is not given.

    Params:
        name: DATABASE_URL, DATABASE_ADMIN_URL or AUDIT_SIGNING_KEY.

    Raises:
        SettingsError: it cannot be right; the message does not repeat it.
    """
    secret: SecretStr | None = getattr(_Alone(), name.lower())
    text = secret.get_secret_value() if secret else ""
    if not _given(text):
        return None
    try:
        _check_placeholder(text)
        if name.startswith("DATABASE"):
            _check_database(text)
    except ValueError as error:
        message = f"{name} {error}"
        raise SettingsError(message) from None
    return text
