"""The running bot's role and session, and a start that is refused in words."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
import yaml

import bot
from tests.support.databases import Database
from tests.support.restricting import OPERATIONS, assert_chain_is_whole, until
from tests.support.system import System, running_system

pytestmark = [pytest.mark.system, pytest.mark.database]
FAXI_BOT = Path(sys.executable).with_name("faxi-bot")
SECRET = "somebody-elses-token"
PROBE = """
CREATE TABLE public.probe (who text, session text, jit text, statement text, lock text, idle text, zone text);
GRANT INSERT ON public.probe TO faxi_bot;
CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    INSERT INTO public.probe VALUES (
        current_user, session_user, current_setting('jit'), current_setting('statement_timeout'),
        current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
        current_setting('timezone'));
    RETURN NEW;
END
$$;
CREATE TRIGGER look BEFORE INSERT ON chatops.interactions FOR EACH ROW EXECUTE FUNCTION public.look();
"""


async def test_the_running_bot_is_the_least_privileged_role_with_its_time_limits(database: Database) -> None:
    async with database.connect() as connection:
        await connection.execute(PROBE)
    async with running_system(database, pace=1000) as system:
        for number in (0, 1):
            via = await system.connection_of(number)
            assert (await system.command("op1", OPERATIONS, "/faxi-help", via=via))["answer"]
        seen = await system.fetch("SELECT * FROM public.probe")
        assert [tuple(row) for row in seen] == [("faxi_bot", "faxi_bot", "off", "5s", "1s", "10s", "UTC")] * 2
        others = await system.fetch(
            "SELECT usename, application_name FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND application_name <> 'test'"
        )
        assert {(row["usename"], row["application_name"]) for row in others} == {("faxi_bot", "faxi-bot")}
        assert len(others) <= 2 * 5
        await assert_chain_is_whole(system)


class Start:
    """Starts ``faxi-bot run`` with a system's settings, changed, and sees how it ends."""

    def __init__(self, system: System, folder: Path) -> None:
        """Start it in ``folder``."""
        self.system = system
        self._folder = folder

    def environment(self, transport: Literal["socket", "http"] = "socket") -> dict[str, str]:
        """Return settings with which it would run."""
        given = self.system.workspace.environment(transport=transport)
        return {**given, "DATABASE_URL": self.system.database.url, "HTTP_PORT": "0"}

    async def refused(self, environment: Mapping[str, str]) -> str:
        """Return the sentence of a refused start."""
        process = await asyncio.create_subprocess_exec(
            str(FAXI_BOT),
            "run",
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), 30)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = said.decode()
        assert process.returncode == 2, text
        assert "Traceback" not in text
        sentence = text[text.index("faxi-bot: ") :]
        assert SECRET not in text
        return sentence


@pytest.fixture
async def start(database: Database, tmp_path: Path) -> AsyncIterator[Start]:
    """Give a system in which no process runs yet."""
    async with running_system(database, replicas=1, start=False) as system:
        yield Start(system, tmp_path)
        assert not await system.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'faxi_bot'")
        assert not await system.value("SELECT count(*) FROM chatops.due")


@pytest.mark.parametrize("url", ["https://slack.com/api/", "http://192.0.2.1:8080/api/", None])
async def test_run_refuses_a_moved_clock_and_another_pace_unless_slack_is_on_this_machine(
    start: Start, tmp_path: Path, url: str | None
) -> None:
    environment = {**start.environment(), "FAXI_CLOCK": str(tmp_path / "clock"), "FAXI_PACE": "20"}
    del environment["SLACK_API_URL"]
    said = await start.refused({**environment, **({} if url is None else {"SLACK_API_URL": url})})
    assert "FAXI_CLOCK moves business time and is for trials: SLACK_API_URL must be loopback" in said
    assert "FAXI_PACE is for tests: SLACK_API_URL must be loopback" in said


async def test_run_names_the_migrations_that_are_missing_and_makes_none(start: Start) -> None:
    async with start.system.database.connect() as connection:
        await connection.execute("DELETE FROM chatops.migration WHERE number = 2")
    assert "The database lacks migration 0002: run `faxi-bot migrate` first." in await start.refused(
        start.environment()
    )
    assert await start.system.value("SELECT array_agg(number) FROM chatops.migration WHERE number <= 2") == [1]


async def test_run_names_each_setting_that_is_missing_wrong_or_a_placeholder(start: Start) -> None:
    environment = start.environment()
    del environment["GROUP_MANAGEMENT"], environment["DATABASE_URL"]
    environment |= {
        "SLACK_BOT_TOKEN": f"xoxb-your-token-{SECRET}",
        "SLACK_APP_TOKEN": "xapp-<token>",
        "GROUP_OPERATIONS": "the operations team",
        "TIMEZONE": "Tokio",
        "QUIET_HOURS": "at night",
        "HTTP_PORT": "many",
    }
    said = await start.refused(environment)
    for part in (
        "GROUP_MANAGEMENT is missing",
        "DATABASE_URL is missing",
        "SLACK_BOT_TOKEN still holds a placeholder",
        "SLACK_APP_TOKEN still holds a placeholder",
        "GROUP_OPERATIONS: give a user group",
        "TIMEZONE: 'Tokio' is not a time zone",
        "QUIET_HOURS: 'at night' is not a span of hours",
        "HTTP_PORT: ",
    ):
        assert part in said


async def test_run_refuses_a_token_that_slack_refuses(start: Start) -> None:
    said = await start.refused({**start.environment(), "SLACK_BOT_TOKEN": f"xoxb-{SECRET}"})
    assert "Slack refuses SLACK_BOT_TOKEN (invalid_auth): put in the bot token of the installed app." in said


async def test_run_refuses_a_token_of_another_workspace(start: Start) -> None:
    said = await start.refused({**start.environment(), "SLACK_TEAM_ID": "T0PARTNER"})
    assert "SLACK_BOT_TOKEN is of another workspace than SLACK_TEAM_ID" in said


async def test_run_names_each_channel_that_the_bot_is_not_in(start: Start) -> None:
    said = await start.refused({**start.environment(), "CHANNEL_ALERTS": "#general", "CHANNEL_ENGINEERING": "#nowhere"})
    assert "the bot is not in #general: invite it there" in said
    assert "#nowhere is not there, or it is private and the bot is not in it: make it, or invite the bot" in said


async def test_run_refuses_an_app_token_that_slack_refuses(start: Start) -> None:
    said = await start.refused({**start.environment(), "SLACK_APP_TOKEN": f"xapp-{SECRET}"})
    assert "Slack refuses SLACK_APP_TOKEN (invalid_auth): put in one with the scope connections:write." in said


async def test_run_refuses_a_key_for_the_audit_that_is_none(start: Start) -> None:
    said = await start.refused({**start.environment(), "AUDIT_SIGNING_KEY": SECRET})
    assert "AUDIT_SIGNING_KEY is the base64 of 32 random bytes" in said


async def test_run_refuses_addresses_that_cannot_be_right_before_it_asks_anybody(start: Start) -> None:
    wrong = {"DATABASE_URL": SECRET, "SLACK_API_URL": "bogus", "GROUP_OPERATIONS": "", "SLACK_BOT_TOKEN": "xoxb-"}
    said = await start.refused({**start.environment(), **wrong})
    assert "DATABASE_URL is no address of a database" in said
    assert "SLACK_API_URL: write the address of Slack's Web API" in said
    assert "GROUP_OPERATIONS is missing" in said
    wrong = {"DATABASE_URL": "", "CHANNEL_ALERTS": "", "SLACK_TEAM_ID": ""}
    said = await start.refused({**start.environment(), **wrong})
    assert [line.strip() for line in said.splitlines()[1:]] == ["- DATABASE_URL is missing"]


async def test_run_says_what_the_database_refuses_and_does_not_wait(start: Start) -> None:
    url = urlsplit(start.system.database.url)
    for wrong, words in (
        (url._replace(netloc=f"faxi_bot:{SECRET}@{url.hostname}:{url.port}"), "password authentication failed"),
        (url._replace(path="/nowhere"), 'database "nowhere" does not exist'),
        (url._replace(query="sslmode=bogus"), "`sslmode` parameter must be one of"),
    ):
        said = await start.refused({**start.environment(), "DATABASE_URL": wrong.geturl()})
        assert said.startswith("faxi-bot: DATABASE_URL")
        assert words in said
        assert (url.password or SECRET) not in said


async def test_a_runbook_that_cannot_be_used_is_said_before_slack_is_asked(start: Start, tmp_path: Path) -> None:
    asked = {**start.environment(), "SLACK_API_URL": "http://127.0.0.1:1/api/"}
    said = await start.refused({**asked, "RUNBOOK_FILE": "none.yml"})
    assert "RUNBOOK_FILE cannot be used:\nnone.yml cannot be read" in said
    shipped = yaml.safe_load((Path(bot.__file__).parent / "runbook.yml").read_text())
    del shipped["procedures"]["review"]
    shipped["procedures"]["restriction"]["steps"] = shipped["procedures"]["restriction"]["steps"][:3]
    (tmp_path / "own.yml").write_text(yaml.safe_dump(shipped))
    said = await start.refused({**asked, "RUNBOOK_FILE": "own.yml"})
    assert "the procedure 'review' is missing" in said
    for step in ("tell", "alert", "follow_up"):
        assert f"the procedure 'restriction' lacks the step '{step}'" in said


async def test_a_start_without_slack_waits_and_goes_on_when_slack_is_there(database: Database) -> None:
    async with running_system(database, replicas=1, start=False, pace=1000) as system:
        await system.post("faults", kind="server_error", method="auth.test")
        await system.replicas[0].start()

        async def asked() -> bool:
            return bool((await system.get("faults"))["faults"][0]["hits"])

        await until(asked, "the process asks Slack who it is")
        system.replicas[0].child.raise_if_ended()
        await system.post("faults", clear=True)
        await system.replicas[0].ready()
        assert (await system.command("op1", OPERATIONS, "/faxi-help"))["answer"]
        await assert_chain_is_whole(system)
