"""Each setting that is missing or wrong is named with what to do, and no secret is ever repeated."""

import re
import traceback
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Hours, Settings, SettingsError, alone, load

SECRETS = {
    "slack_bot_token": "xoxb-1234-very-secret",
    "slack_app_token": "xapp-1234-very-secret",
    "slack_signing_secret": "very-secret-signature",
    "database_url": "postgresql://faxi_bot:very-secret@127.0.0.1/faxi",
    "audit_signing_key": "very-secret-key",
}
GOOD: dict[str, Any] = {
    **SECRETS,
    "group_operations": "S0OPS",
    "group_engineering": "U0AAA,U0BBB",
    "group_management": "S0MGR",
}


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing of the machine's own settings in."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def refused(**changes: Any) -> str:
    """Return how settings are refused, after looking for secrets in all that could be shown."""
    with pytest.raises(SettingsError) as caught:
        load(**{name: value for name, value in {**GOOD, **changes}.items() if value is not None})
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "very-secret" not in shown
    return str(caught.value)


def test_good_settings_load_with_their_defaults() -> None:
    settings = load(**GOOD)
    assert (settings.timezone, settings.http_host, settings.http_port) == ("Asia/Tokyo", "127.0.0.1", 3000)
    assert settings.channel_management == "#email-management"
    assert settings.business_hours == Hours(start=time(9), end=time(18))
    assert settings.quiet_hours == Hours(start=time(22), end=time(8, 30))
    assert (settings.restriction_enforced, settings.closing_days, settings.group_auditors) == (False, frozenset(), "")
    assert settings.socket_mode
    assert not settings.slack_is_local


def test_no_secret_is_in_what_is_printed_of_settings() -> None:
    settings = load(**GOOD)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert "very-secret" not in shown


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("http_port", "70000", "HTTP_PORT: Input should be less than or equal to 65535"),
        ("http_port", "web", "HTTP_PORT: Input should be a valid integer"),
        ("business_hours", "9-18", "BUSINESS_HOURS: '9-18' is not a span of hours: write it like 09:00-18:00"),
        ("quiet_hours", "22:00", "QUIET_HOURS: '22:00' is not a span of hours"),
        ("quiet_hours", "25:00-26:00", "QUIET_HOURS: '25:00-26:00' is not a span of hours"),
        ("business_hours", "22:00-06:00", "BUSINESS_HOURS: '22:00-06:00' must end on the day it begins"),
        ("business_hours", "09:00-09:00", "BUSINESS_HOURS: '09:00-09:00' must end on the day it begins"),
        ("closing_days", "29.12.2026", "CLOSING_DAYS: '29.12.2026' is not a day: write it like 2026-12-29"),
        ("closing_days", "2026-12-29,2026-13-01", "CLOSING_DAYS: '2026-13-01' is not a day"),
        ("timezone", "Tokyo", "TIMEZONE: 'Tokyo' is not a time zone: write it like Asia/Tokyo"),
        ("log_level", "LOUD", "LOG_LEVEL: write DEBUG, INFO, WARNING or ERROR"),
        ("group_operations", "operations", "GROUP_OPERATIONS: give a user group (S...)"),
        ("group_management", "S0MGR,U0AAA", "GROUP_MANAGEMENT: give a user group (S...)"),
        ("group_auditors", "@auditors", "GROUP_AUDITORS: give a user group (S...)"),
        ("restriction_enforced", "perhaps", "RESTRICTION_ENFORCED: Input should be a valid boolean"),
        ("faxi_pace", "0", "FAXI_PACE: Input should be greater than 0"),
        ("faxi_pace", "20", "FAXI_PACE is for tests: SLACK_API_URL must be loopback"),
        ("faxi_clock", "clock", "FAXI_CLOCK moves business time and is for trials"),
        ("slack_bot_token", "xoxp-very-secret", "SLACK_BOT_TOKEN must be the bot token"),
        ("slack_app_token", "xoxb-very-secret", "SLACK_APP_TOKEN must be the app-level token"),
        ("slack_bot_token", "xoxb-", "SLACK_BOT_TOKEN must be the bot token of the Slack app, whole"),
        ("slack_app_token", "xapp- ", "SLACK_APP_TOKEN must be the app-level token"),
        ("slack_api_url", "bogus", "SLACK_API_URL: write the address of Slack's Web API like https://slack.com/api/"),
        ("slack_api_url", "slack.com/api/", "SLACK_API_URL: write the address of Slack's Web API"),
        ("slack_api_url", "ftp://slack.com/api/", "SLACK_API_URL: write the address of Slack's Web API"),
        ("slack_api_url", "https:///api/", "SLACK_API_URL: write the address of Slack's Web API"),
        ("slack_api_url", "https://slack.com", "SLACK_API_URL: write the address of Slack's Web API"),
        ("slack_api_url", "https://slack.com/api/?a=b/api/", "SLACK_API_URL: write the address of Slack's Web API"),
        ("slack_api_url", "http://127.0.0.1:port/api/", "SLACK_API_URL: write the address of Slack's Web API"),
        ("database_url", "very-secret", "DATABASE_URL is no address of a database: write it like postgresql://"),
        ("database_url", "http://bot:very-secret@db/faxi", "DATABASE_URL is no address of a database"),
        ("database_url", "postgresql://", "DATABASE_URL is no address of a database"),
        ("database_url", "postgresql:///faxi", "DATABASE_URL is no address of a database"),
        ("database_url", "postgresql://bot@db:very-secret/faxi", "DATABASE_URL is no address of a database"),
        ("database_url", "postgresql://bot:very-secret/1@db/faxi", "DATABASE_URL is no address of a database"),
        ("database_url", "postgresql://bot:very-secret@db:70000/faxi", "DATABASE_URL is no address of a database"),
        ("slack_bot_token", None, "SLACK_BOT_TOKEN is missing"),
        ("database_url", None, "DATABASE_URL is missing"),
        ("group_operations", None, "GROUP_OPERATIONS is missing"),
        ("database_url", "<your very-secret url>", "DATABASE_URL still holds a placeholder: put in the real value"),
        ("slack_bot_token", "xoxb-your-token", "SLACK_BOT_TOKEN still holds a placeholder"),
        ("slack_signing_secret", "changeme", "SLACK_SIGNING_SECRET still holds a placeholder"),
        ("group_management", "Sxxxx...", "GROUP_MANAGEMENT still holds a placeholder"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(name: str, value: str | None, words: str) -> None:
    assert f"- {words}" in refused(**{name: value})


def test_every_wrong_setting_is_named_at_once() -> None:
    said = refused(http_port="web", timezone="Tokyo", database_url=None, slack_bot_token="xoxb-your-token")
    assert re.findall(r"- ([A-Z_]+)", said) == ["SLACK_BOT_TOKEN", "HTTP_PORT", "DATABASE_URL", "TIMEZONE"]


NEEDED = ("slack_bot_token", "database_url", "group_operations", "group_engineering", "group_management")


@pytest.mark.parametrize("empty", ["", "  "])
def test_what_is_needed_and_empty_is_missing(empty: str) -> None:
    said = refused(**dict.fromkeys(NEEDED, empty))
    assert [line for line in said.splitlines() if "is missing" in line] == [
        f"  - {name.upper()} is missing" for name in NEEDED
    ]


@pytest.mark.parametrize("empty", ["", "  "])
def test_what_is_optional_and_empty_has_its_default(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    optional = [name for name in Settings.model_fields if name not in {*NEEDED, "slack_app_token"}]
    for name in optional:
        monkeypatch.setenv(name.upper(), empty)
    settings = load(**{name: GOOD[name] for name in (*NEEDED, "slack_app_token")})
    for name in optional:
        assert getattr(settings, name) == Settings.model_fields[name].default, name


def test_an_empty_variable_does_not_hide_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SLACK_TEAM_ID=T0FAXI\nCHANNEL_ALERTS=\n")
    monkeypatch.setenv("SLACK_TEAM_ID", "")
    settings = load(**GOOD)
    assert (settings.slack_team_id, settings.channel_alerts) == ("T0FAXI", "#email-alerts")


def test_an_empty_signing_secret_is_none_by_http() -> None:
    said = refused(slack_app_token="", slack_signing_secret="")
    assert "give SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://faxi_bot@db/faxi",
        "postgres://faxi_bot:very%2Fsecret@10.0.0.1:5432/faxi?sslmode=require",
        "postgresql://faxi_bot@[::1]:5432/faxi",
        "postgresql://faxi_bot@db1:5432,db2:5433/faxi",
        "postgresql:///faxi?host=/run/postgresql&user=faxi_bot",
    ],
)
def test_every_form_of_a_databases_address_is_taken(url: str) -> None:
    assert load(**{**GOOD, "database_url": url}).database_url.get_secret_value() == url


def test_slacks_address_may_lack_its_last_stroke() -> None:
    assert load(**GOOD, slack_api_url="https://slack-gov.com/api").slack_api_url == "https://slack-gov.com/api/"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("postgresql://chatops_owner:<very-secret>@db/faxi", "DATABASE_ADMIN_URL still holds a placeholder"),
        ("very-secret", "DATABASE_ADMIN_URL is no address of a database: write it like postgresql://"),
    ],
)
def test_a_setting_that_is_read_alone_is_checked_too(value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ADMIN_URL", value)
    with pytest.raises(SettingsError) as caught:
        alone("DATABASE_ADMIN_URL")
    assert words in str(caught.value)
    assert "very-secret" not in "".join(traceback.format_exception(caught.value))
    assert alone("DATABASE_URL") is None


def test_without_app_token_the_signing_secret_is_needed() -> None:
    assert not load(**{**GOOD, "slack_app_token": None}).socket_mode
    said = refused(slack_app_token=None, slack_signing_secret=None)
    assert "give SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)" in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/", "http://localhost/api/", "http://[::1]:9/api/"])
def test_clock_and_pace_may_be_moved_when_slack_is_on_this_machine(url: str) -> None:
    settings = load(**GOOD, slack_api_url=url, faxi_pace=20, faxi_clock="clock")
    assert (settings.faxi_pace, settings.faxi_clock) == (20, Path("clock"))


@pytest.mark.parametrize(
    "url", ["https://slack.com/api/", "http://127.0.0.1.example/api/", "http://127.0.0.1@slack.com/api/"]
)
def test_an_address_that_only_looks_local_is_not(url: str) -> None:
    assert "FAXI_PACE is for tests" in refused(slack_api_url=url, faxi_pace=20)


def test_spaces_do_not_matter_in_groups_days_and_hours() -> None:
    settings = load(
        **{**GOOD, "group_operations": "U0AAA, U0BBB"},
        closing_days="2026-12-29, 2026-12-30 ,",
        business_hours=" 10:00-17:30 ",
    )
    assert settings.group_operations == "U0AAA,U0BBB"
    assert settings.closing_days == {"2026-12-29", "2026-12-30"}
    assert settings.business_hours == Hours(start=time(10), end=time(17, 30))


def test_settings_come_from_the_environment_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TIMEZONE=Europe/Berlin\nLOG_LEVEL=debug\nUNKNOWN=1\n")
    monkeypatch.setenv("TIMEZONE", "Asia/Seoul")
    settings = load(**GOOD)
    assert (settings.timezone, settings.log_level) == ("Asia/Seoul", "DEBUG")


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("09:00-18:00", ["09:00", "17:59"], ["08:59", "18:00", "00:00"]),
        ("22:00-08:30", ["22:00", "23:59", "00:00", "08:29"], ["21:59", "08:30", "12:00"]),
        ("00:00-00:00", [], ["00:00", "12:00"]),
    ],
)
def test_a_span_holds_its_start_and_not_its_end(span: str, inside: list[str], outside: list[str]) -> None:
    hours = Hours.parse(span)
    assert all(hours.holds(time.fromisoformat(one)) for one in inside)
    assert not any(hours.holds(time.fromisoformat(one)) for one in outside)
