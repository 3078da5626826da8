"""The door asks who may, when clicking and when executing, and permits nothing on what is old or unknown."""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog

from bot import wiring
from bot.base.clock import SystemClock
from bot.base.database import Pool
from bot.base.tasks import Inflight
from bot.engine import approvals
from bot.engine.access import Group
from bot.engine.team import Channels
from bot.mail import restrictions
from bot.slack.answers import Answers, with_reference
from bot.slack.door import Door
from bot.slack.interactions import Errors
from bot.slack.people import Directory
from tests.support.databases import Database
from tests.support.floor import Floor, running_floor
from tests.support.team import make_team

ACCOUNT = UUID(int=7, version=4)
_KEYS = itertools.count(1)


@dataclass
class Watch:
    """Machine time as the directory sees it: ``ahead`` seconds off the real one."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Return the moved time."""
        return time.monotonic() + self.ahead


@dataclass
class House:
    """A door with everything behind it, and a request that waits."""

    floor: Floor
    door: Door
    pool: Pool
    inflight: Inflight
    watch: Watch
    directory: Directory
    channels: Mapping[str, str]
    value: str = ""
    clicks: list[str] = field(default_factory=list)

    async def send(self, who: str, action: str = "restriction.approve", **changes: Any) -> None:
        """Let a person press a button of the request, without waiting for what comes of it."""
        key = f"1.2.{next(_KEYS)}"
        self.clicks.append(f"action:{key}:1")
        body = {
            "type": "block_actions",
            "team": {"id": self.floor.workspace.team_id},
            "user": {"id": who, "team_id": self.floor.workspace.team_id},
            "channel": {"id": self.channels["email-management"]},
            "container": {"message_ts": "1.000001"},
            "actions": [{"action_id": action, "block_id": "b", "value": self.value, "action_ts": "1"}],
            "trigger_id": key,
            **changes,
        }
        assert await self.door.dispatch("action", action, body, {}) is None

    async def press(self, who: str, action: str = "restriction.approve", **changes: Any) -> tuple[str, bool]:
        """Let a person press a button; return result and permission as they are recorded."""
        await self.send(who, action, **changes)
        return await self.result()

    async def result(self) -> tuple[str, bool]:
        """Wait for what is under way; return what was recorded of the last click, exactly once."""
        assert await self.inflight.drain(20) == 0
        query = "SELECT result, allowed FROM chatops.audit WHERE interaction = $1"
        (row,) = await self.pool.fetch(query, self.clicks[-1])
        return row["result"], row["allowed"]

    async def restricted(self) -> bool:
        """Say whether the account is restricted."""
        return bool(await self.pool.fetchval("SELECT email_restricted FROM public.users WHERE id = $1", ACCOUNT))

    async def told(self, handle: str) -> str:
        """Return the last answer that only this person sees in the management channel."""
        return str([one for one in await self._seen(handle, "#email-management") if one["ephemeral"]][-1]["plain"])

    async def written(self, handle: str) -> str:
        """Return the last message in this person's direct message with the bot."""
        return str((await self._seen(handle, "@faxi-bot"))[-1]["plain"])

    async def _seen(self, handle: str, channel: str) -> list[Any]:
        url = f"{self.floor.workspace.url}/control/messages"
        async with self.floor.session.get(url, params={"as": handle, "channel": channel}) as answer:
            found = await answer.json()
        return list(found["messages"] if isinstance(found, dict) else found)


@pytest.fixture
async def house(tmp_path: Path, database: Database, pool: Pool) -> AsyncIterator[House]:
    """Open a door between a workspace and this test's database; op1 has asked for a restriction."""
    async with running_floor(tmp_path) as floor:
        state = await floor.state()
        channels = {one["name"]: one["id"] for one in state["channels"]}
        names = ("email-alerts", "email-operations", "engineering", "email-management")
        team = replace(
            make_team(Channels(*(channels[name] for name in names))),
            groups={group: getattr(floor.settings, f"group_{group}") for group in Group},
            team_id=floor.workspace.team_id,
        )
        watch, inflight = Watch(), Inflight()
        directory = Directory(floor.client, team.groups, team.team_id, monotonic=watch)
        door = Door(
            wiring.catalogue(),
            pool=pool,
            directory=directory,
            answers=Answers(floor.client, floor.session),
            team=team,
            clock=SystemClock(),
            inflight=inflight,
        )
        async with database.connect() as eyes:
            await eyes.execute(
                "INSERT INTO public.users (id, phone_number, email_address) VALUES ($1, $2, 'x@me.faxi.jp')",
                *(ACCOUNT, "+819000000007"),
            )
        opened = House(floor, door, pool, inflight, watch, directory, channels)
        async with pool.acquire() as connection, connection.transaction():
            asked = await restrictions.ask(
                connection,
                team,
                ACCOUNT,
                requester="U0OP1",
                reason="fraud",
                words="Fraud was reported twice.",
                now=SystemClock().now(),
            )
            assert isinstance(asked, restrictions.Asked)
            opened.value = await approvals.button_value(connection, asked.approval)
        yield opened


async def test_a_manager_who_did_not_ask_approves(house: House) -> None:
    assert await house.press("U0MGR1") == ("approved", True)
    assert await house.restricted()
    assert "Approved" in await house.told("mgr1")


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0OP2", "refused:not_allowed"),
        ("U0ENG1", "refused:not_allowed"),
        ("U0AUD1", "refused:not_allowed"),
        ("U0GUEST1", "refused:outsider"),
        ("U0EXT1", "refused:outsider"),
        ("U0NOBODY", "refused:outsider"),
    ],
)
async def test_whoever_may_not_approve_is_refused_and_recorded_and_nothing_changes(
    house: House, user: str, why: str
) -> None:
    assert await house.press(user) == (why, False)
    assert not await house.restricted()


async def test_somebody_who_left_is_refused(house: House) -> None:
    await house.floor.control("people", handle="mgr1", deactivated=True)
    assert await house.press("U0MGR1") == ("refused:outsider", False)
    assert not await house.restricted()


async def test_somebody_who_was_taken_out_of_management_is_refused_within_a_minute(house: House) -> None:
    assert await house.press("U0MGR1", "restriction.withdraw") == ("refused:not_yours", False)
    await house.floor.control("people", handle="mgr1", groups=["operations"])
    house.watch.ahead = 46.0
    assert await house.press("U0MGR1") == ("refused:not_allowed", False)
    assert not await house.restricted()


async def test_a_click_that_slack_says_is_of_another_workspace_is_refused(house: House) -> None:
    assert await house.press("U0MGR1", user={"id": "U0MGR1", "team_id": "T0OTHER"}) == ("refused:outsider", False)


async def test_in_another_channel_the_person_hears_where_it_works(house: House) -> None:
    elsewhere = {"id": house.channels["general"]}
    assert await house.press("U0MGR1", channel=elsewhere) == ("refused:not_here", False)
    assert not await house.restricted()
    assert "Nothing was shown or changed.\nPeople who are not of the team can read it." in await house.written("mgr1")


async def test_a_direct_message_with_the_bot_is_a_place_where_it_works(house: House) -> None:
    assert await house.press("U0MGR1", channel={"id": "D0MGR1"}) == ("approved", True)


async def test_a_direct_message_between_two_colleagues_is_another_channel(house: House) -> None:
    assert await house.press("U0MGR1", channel={"id": "D0MGR2"}) == ("refused:not_here", False)
    assert await house.press("U0MGR1", channel={"id": "D0ELSEWHERE"}) == ("refused:not_here", False)
    assert not await house.restricted()
    assert len(await house.floor.calls("conversations.open")) == 1 + 2, "asked once, beside the two answers"


async def test_when_slack_does_not_say_whose_direct_message_it_is_nothing_is_permitted(house: House) -> None:
    await house.floor.control("faults", kind="server_error", method="conversations.open")
    assert await house.press("U0MGR1", channel={"id": "D0MGR1"}) == ("refused:rights_unknown", False)
    assert not await house.restricted()


async def test_the_last_way_to_answer_waits_once_when_slack_wants_it_slower(house: House) -> None:
    await house.floor.control("faults", kind="ratelimited", method="chat.postMessage", retry_after=1, count=1)
    assert await house.press("U0MGR1", channel={"id": house.channels["general"]}) == ("refused:not_here", False)
    assert len(await house.floor.calls("chat.postMessage")) == 2
    assert "Not in this channel" in await house.written("mgr1")


async def test_the_last_way_to_answer_gives_up_when_slack_wants_a_long_wait_or_says_no_twice(house: House) -> None:
    await house.floor.control("faults", kind="ratelimited", method="chat.postMessage", retry_after=60, count=1)
    assert await house.press("U0MGR1", channel={"id": house.channels["general"]}) == ("refused:not_here", False)
    assert len(await house.floor.calls("chat.postMessage")) == 1
    await house.floor.control("faults", kind="ratelimited", method="chat.postMessage", retry_after=0, count=2)
    assert await house.press("U0MGR1", channel={"id": house.channels["general"]}) == ("refused:not_here", False)
    assert len(await house.floor.calls("chat.postMessage")) == 3


async def test_a_payload_that_lacks_something_leaves_a_reference_in_the_log(house: House) -> None:
    with structlog.testing.capture_logs() as logged:
        assert await house.door.dispatch("action", "restriction.approve", {"actions": []}, {}) is None
    (line,) = logged
    assert line["event"] == "interaction not understood"
    assert re.fullmatch(r"[0-9a-f]{8}", line["reference"])


def test_the_reference_of_a_refused_form_stands_below_its_first_field() -> None:
    refused = with_reference(Errors({"reason": "Please choose a reason.", "why": "Too short."}), "F-7Q2M")
    assert refused == Errors({"reason": "Please choose a reason. (F-7Q2M)", "why": "Too short."})
    assert with_reference(Errors({}), "F-7Q2M") == Errors({})


async def test_members_that_went_stale_between_click_and_execution_are_read_anew(house: House) -> None:
    """Fresh when clicking; then the click waits for a connection until they are older than 60 s."""
    house.watch.ahead = -59.5  # what is read now counts as 59.5 s old
    held = [await house.pool.acquire() for _ in range(house.pool.get_max_size())]
    await house.send("U0MGR1")
    while (await house.directory.members()).fresh:
        await asyncio.sleep(0.05)
    await house.floor.control("people", handle="mgr1", groups=["operations"])
    house.watch.ahead = 0.0
    for connection in held:
        await house.pool.release(connection)
    assert await house.result() == ("refused:not_allowed", False)
    assert not await house.restricted()


async def test_members_that_are_always_too_old_permit_nothing_and_the_person_is_told(house: House) -> None:
    house.watch.ahead = -61.0
    assert await house.press("U0MGR1") == ("refused:rights_unknown", False)
    assert not await house.restricted()
    assert "Nothing was changed" in await house.told("mgr1")


async def test_when_slack_does_not_say_who_may_nothing_is_permitted(house: House) -> None:
    await house.floor.control("faults", kind="server_error", method="usergroups.users.list")
    assert await house.press("U0MGR1") == ("refused:rights_unknown", False)
    assert not await house.restricted()
