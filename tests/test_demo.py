"""The demo's life: ready soon, two at once, data kept, and nothing left however it ends."""

import asyncio
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.local.demo import opening
from tests.support.demo import open_folder, running_demo

pytestmark = [pytest.mark.system, pytest.mark.database]


@pytest.fixture
def temporary(test_folder: Path) -> Path:
    """Give a short folder that every user may enter, for the demo's temporary files."""
    return open_folder(test_folder)


def test_business_time_starts_on_a_working_day_at_ten_to_ten_in_tokyo() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    for now in (datetime(2026, 12, 31, 3, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(60)):
        start = opening(now).astimezone(tokyo)
        assert (start.hour, start.minute) == (9, 50)
        assert start.weekday() < 5
        assert now <= start < now + timedelta(days=7)
    assert opening(datetime(2027, 1, 1, tzinfo=UTC)).astimezone(tokyo).day == 4


@pytest.mark.parametrize(
    "how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)], ids=lambda number: number.name
)
async def test_ended_by_a_signal_it_leaves_nothing(temporary: Path, how: signal.Signals) -> None:
    users = Path("/etc/passwd").read_bytes()
    async with running_demo(temporary) as demo:
        state = await demo.control("state")
        assert {connection["transport"] for connection in state["connections"]} == {"socket"}
        assert len({connection["process"] for connection in state["connections"]}) == 2
        assert await demo.end(how) == 0
    assert list(temporary.iterdir()) == []
    assert demo.left() == []
    assert Path("/etc/passwd").read_bytes() == users


@pytest.mark.long
async def test_killed_it_takes_its_processes_along_and_the_next_start_removes_its_folder(temporary: Path) -> None:
    async with running_demo(temporary) as demo:
        await demo.end(signal.SIGKILL)
        (abandoned,) = temporary.glob("faxi-demo-*")
        end = time.monotonic() + 10
        while demo.left() and time.monotonic() < end:
            await asyncio.sleep(0.05)
        assert demo.left() == []
    async with running_demo(temporary) as demo:
        assert not abandoned.exists()
        assert await demo.end(signal.SIGINT) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.long
async def test_two_run_at_once_one_by_signed_http(temporary: Path) -> None:
    async with running_demo(temporary) as one, running_demo(temporary, "--http", "--replicas", "1") as two:
        assert one.url != two.url
        for demo in (one, two):
            answer = await demo.control("command", **{"as": "op1", "channel": "email-operations", "text": "/faxi-help"})
            assert answer["acknowledged"], answer
            assert answer["answer"], answer
        assert {it["transport"] for it in (await two.control("state"))["connections"]} == {"http"}


@pytest.mark.long
async def test_data_that_is_kept_goes_on_the_next_time(temporary: Path) -> None:
    keep = temporary / "kept"
    async with running_demo(temporary, "--keep", str(keep)) as demo:
        await demo.control("command", **{"as": "op1", "channel": "email-operations", "text": "/faxi-oncall take"})
        assert "has begun" in await demo.play("fax-fails")
        while (await demo.panel())["running"]:
            await asyncio.sleep(0.1)
        sent = await demo.control("faxes")
        moved = await demo.control("clock", advance="2h")
        assert await demo.end(signal.SIGTERM) == 0
    async with running_demo(temporary, "--keep", str(keep)) as demo:
        state = await demo.control("state")
        assert datetime.fromisoformat(state["now"]) >= datetime.fromisoformat(moved["now"])
        shown = await demo.control("command", **{"as": "op2", "channel": "email-operations", "text": "/faxi-oncall"})
        assert state["people"][0]["name"] in str(shown["answer"]) or state["people"][0]["id"] in str(shown["answer"])
        end = time.monotonic() + 20
        while not (seen := await demo.control("messages?as=mgr1&channel=email-management")) and time.monotonic() < end:
            await asyncio.sleep(0.1)
        assert seen, "what stood in the channel is posted again in the new workspace"
        assert [one["status"] for one in sent] == ["failed"]
        assert await demo.control("faxes") == sent, "what Telnyx was sent is kept, with its pages"
        assert (await demo.read(sent[0]["pages"][0]["picture"][1:])).startswith(b"\x89PNG")
        assert await demo.end(signal.SIGTERM) == 0
    assert [entry.name for entry in temporary.iterdir()] == ["kept"]


@pytest.mark.long
async def test_the_given_port_is_used_and_a_process_that_dies_is_started_again(temporary: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with running_demo(temporary, "--port", str(port)) as demo:
        assert demo.url == f"http://127.0.0.1:{port}/"
        before = {it["process"] for it in (await demo.control("state"))["connections"]}
        os.kill(before.copy().pop(), signal.SIGKILL)
        end, after = time.monotonic() + 20, before
        while time.monotonic() < end:
            after = {it["process"] for it in (await demo.control("state"))["connections"]}
            if len(after) == 2 and after != before:
                break
            await asyncio.sleep(0.1)
        assert len(after) == 2
        assert after != before


def _other_users_can_run_this_python(user: int) -> bool:
    command = [sys.executable, "-c", "import bot"]
    try:
        return subprocess.run(command, user=user, cwd="/", check=False, capture_output=True).returncode == 0
    except PermissionError:
        return False


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_an_ordinary_user_can_run_it(temporary: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    if not _other_users_can_run_this_python(nobody):
        pytest.skip("this Python lies where other users cannot reach it")
    async with running_demo(temporary, user=nobody) as demo:
        assert await demo.end(signal.SIGTERM) == 0
    assert list(temporary.iterdir()) == []
