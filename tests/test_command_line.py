"""The command line: quick help, and what is missing or wrong said in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import Database

FAXI_BOT = Path(sys.executable).with_name("faxi-bot")


def faxi_bot(*arguments: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the installed command in a folder without ``.env``, with these variables only."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = [str(FAXI_BOT), *arguments]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def test_help_names_every_command_and_loads_none_of_them(tmp_path: Path) -> None:
    shown = faxi_bot("--help", folder=tmp_path)
    assert shown.returncode == 0
    for command in ("demo", "run", "workspace", "migrate", "manifest", "audit"):
        assert command in shown.stdout
    heavy = {"aiohttp", "asyncpg", "pydantic", "slack_bolt", "rich", "structlog"}
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, bot.__main__ as m; m.parser().format_help(); print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.isdisjoint(loaded.stdout.split())


def test_an_unknown_command_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    refused = faxi_bot("restart", folder=tmp_path)
    assert refused.returncode == 2
    assert "invalid choice: 'restart'" in refused.stderr


def test_run_names_every_setting_that_is_missing(tmp_path: Path) -> None:
    refused = faxi_bot("run", folder=tmp_path)
    assert refused.returncode == 2
    for name in ("SLACK_BOT_TOKEN", "DATABASE_URL", "GROUP_OPERATIONS", "GROUP_ENGINEERING", "GROUP_MANAGEMENT"):
        assert f"{name} is missing" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_run_refuses_a_placeholder_and_does_not_repeat_the_value(tmp_path: Path) -> None:
    refused = faxi_bot("run", folder=tmp_path, SLACK_BOT_TOKEN="xoxb-" + "your-token-here")
    assert refused.returncode == 2
    assert "SLACK_BOT_TOKEN still holds a placeholder" in refused.stderr
    assert "your-token-here" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "setting"),
    [(["migrate"], "DATABASE_ADMIN_URL"), (["audit", "verify"], "DATABASE_URL"), (["audit", "export"], "DATABASE_URL")],
)
def test_what_needs_a_database_says_which_address_is_missing(
    tmp_path: Path, arguments: list[str], setting: str
) -> None:
    refused = faxi_bot(*arguments, folder=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"faxi-bot: {setting} is missing")


def test_a_database_that_cannot_be_reached_is_said_in_words(tmp_path: Path) -> None:
    refused = faxi_bot("migrate", folder=tmp_path, DATABASE_ADMIN_URL="postgresql://chatops_owner@127.0.0.1:1/faxi")
    assert refused.returncode == 1
    assert refused.stderr.startswith("faxi-bot: ")
    assert "Traceback" not in refused.stderr


def test_migrate_says_that_there_is_nothing_to_do(tmp_path: Path, database: Database) -> None:
    done = faxi_bot("migrate", folder=tmp_path, DATABASE_ADMIN_URL=database.admin_url)
    assert (done.returncode, done.stdout) == (0, "Nothing to do.\n")


def test_migrate_as_the_bots_own_role_is_refused_with_the_role_to_take(tmp_path: Path, database: Database) -> None:
    refused = faxi_bot("migrate", folder=tmp_path, DATABASE_ADMIN_URL=database.url)
    assert refused.returncode == 1
    assert "connect as chatops_owner" in refused.stderr


def test_a_setting_may_stand_in_a_file_of_the_folder(tmp_path: Path, database: Database) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_ADMIN_URL={database.admin_url}\n")
    assert faxi_bot("migrate", folder=tmp_path).returncode == 0


def test_the_manifest_that_is_shipped_is_the_one_that_the_declarations_make(tmp_path: Path) -> None:
    printed = faxi_bot("manifest", folder=tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout == Path(__file__).parent.with_name("manifest.yml").read_text()


def test_the_demo_says_that_a_port_is_taken_and_starts_nothing(tmp_path: Path, database: Database) -> None:
    refused = faxi_bot("demo", "--port", str(database.server.port), folder=tmp_path)
    assert refused.returncode == 2
    assert f"Port {database.server.port} is in use, perhaps by another demo: choose another" in refused.stderr
    assert refused.stdout == ""
