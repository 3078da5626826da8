"""The command line: quick help, and what is missing or wrong said in one sentence."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.databases import Database

FAXI_BOT = Path(sys.executable).with_name("faxi-bot")
SECRET = "somebody-elses-password"


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


COMMANDS = [
    (["migrate"], "DATABASE_ADMIN_URL", 1),
    (["audit", "verify"], "DATABASE_URL", 2),
    (["audit", "export"], "DATABASE_URL", 2),
]


@pytest.mark.parametrize(("arguments", "setting", "code"), COMMANDS)
def test_a_database_that_cannot_be_reached_is_said_with_the_setting_and_what_to_do(
    tmp_path: Path, arguments: list[str], setting: str, code: int
) -> None:
    refused = faxi_bot(*arguments, folder=tmp_path, **{setting: f"postgresql://role:{SECRET}@127.0.0.1:1/faxi"})
    assert refused.stderr == (
        f"faxi-bot: {setting}: the database at 127.0.0.1:1 cannot be reached (nothing listens there): "
        "start it, or correct the address\n"
    )
    assert refused.returncode == code


def test_a_database_that_never_answers_is_said_with_the_setting_and_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor() as together:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        url = f"postgresql://role:{SECRET}@{where}/faxi"
        asked = [
            together.submit(faxi_bot, *arguments, folder=tmp_path, **{setting: url})
            for arguments, setting, _ in COMMANDS[:2]
        ]
        for one, (_, setting, code) in zip(asked, COMMANDS, strict=False):
            refused = one.result()
            assert refused.stderr == (
                f"faxi-bot: {setting}: the database at {where} cannot be reached (it did not answer in time): "
                "start it, or correct the address\n"
            )
            assert refused.returncode == code


@pytest.mark.parametrize(("arguments", "setting"), [one[:2] for one in COMMANDS])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"postgresql://<role>:{SECRET}@db/faxi", "still holds a placeholder: put in the real value"),
        (SECRET, "is no address of a database: write it like postgresql://user:password@host:5432/faxi"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused_without_repeating_it(
    tmp_path: Path, arguments: list[str], setting: str, value: str, words: str
) -> None:
    refused = faxi_bot(*arguments, folder=tmp_path, **{setting: value})
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"faxi-bot: {setting} {words}")
    assert SECRET not in refused.stderr


def test_a_role_or_database_that_the_server_refuses_is_said_with_what_to_correct(
    tmp_path: Path, database: Database
) -> None:
    parts = urlsplit(database.admin_url)
    where = f"127.0.0.1:{database.server.port}"
    for url, said in (
        (f"postgresql://chatops_owner:{SECRET}@{where}{parts.path}", "password authentication failed"),
        (parts._replace(path="/nowhere").geturl(), 'database "nowhere" does not exist'),
    ):
        refused = faxi_bot("migrate", folder=tmp_path, DATABASE_ADMIN_URL=url)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"faxi-bot: DATABASE_ADMIN_URL: {where} refuses ({said}")
        assert "correct the role, the password and the database's name" in refused.stderr
        assert SECRET not in refused.stderr
        assert (parts.password or SECRET) not in refused.stderr


def test_an_audit_without_the_bots_tables_is_told_to_migrate(tmp_path: Path, database: Database) -> None:
    url = urlsplit(database.url)._replace(path="/postgres").geturl()
    refused = faxi_bot("audit", "verify", folder=tmp_path, DATABASE_URL=url)
    assert refused.returncode == 2
    assert "run `faxi-bot migrate` first" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "--anchors", "none.txt"], "--anchors none.txt: No such file or directory"),
        (
            ["export", "--out", "none/audit.jsonl"],
            "--out none/audit.jsonl cannot be written: No such file or directory",
        ),
    ],
)
def test_a_file_of_the_audit_that_cannot_be_used_is_named(
    tmp_path: Path, database: Database, arguments: list[str], words: str
) -> None:
    refused = faxi_bot("audit", *arguments, folder=tmp_path, DATABASE_URL=database.url)
    assert (refused.returncode, refused.stderr) == (2, f"faxi-bot: {words}\n")


def test_a_key_that_is_none_is_not_blamed_on_the_file_of_anchors(tmp_path: Path, database: Database) -> None:
    (tmp_path / "thread.txt").write_text("")
    given = {"DATABASE_URL": database.url, "AUDIT_SIGNING_KEY": SECRET}
    refused = faxi_bot("audit", "verify", "--anchors", "thread.txt", folder=tmp_path, **given)
    assert refused.returncode == 2
    assert refused.stderr.startswith("faxi-bot: AUDIT_SIGNING_KEY is the base64 of 32 random bytes")


def test_the_command_has_nothing_to_load_before_it_can_end_quietly() -> None:
    script = (
        "import re, sys; before = set(sys.modules); import bot.__main__; "
        "print(*sorted(set(sys.modules) - before - {'__future__'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["bot", "bot.__main__"]


@pytest.mark.parametrize("module", ["argparse", "asyncio", "bot.local.demo"])
def test_a_demo_that_is_interrupted_while_it_loads_ends_quietly(tmp_path: Path, module: str) -> None:
    """The signal comes as ``module`` is looked for: always in the same place, however fast the machine is."""
    script = (
        "import os, signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from bot.__main__ import main\n"
        "main(['demo'])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


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
