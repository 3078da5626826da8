"""People, groups and channels are as Slack says, and unknown when Slack does not say."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.engine.access import Group, Right, RightsUnknown
from bot.slack import people
from bot.slack.client import Away
from bot.slack.people import ChannelsError, Directory, channel_ids
from tests.support.floor import Floor, running_floor

CONFIGURED = ["#email-alerts", "email-operations", "#engineering", "#email-management"]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    """Run a workspace for one test."""
    async with running_floor(tmp_path) as running:
        yield running


class Watch:
    """Machine time that a test can move."""

    ahead = 0.0

    def __call__(self) -> float:
        """Return the moved time in seconds."""
        return time.monotonic() + self.ahead


def directory(floor: Floor, patience: float = 2.5, watch: Watch | None = None, **groups: str) -> Directory:
    """Make a directory with the workspace's groups, or others."""
    chosen = {group: groups.get(group, getattr(floor.settings, f"group_{group}")) for group in Group}
    return Directory(
        floor.client, chosen, floor.workspace.team_id, patience=patience, monotonic=watch or time.monotonic
    )


async def test_a_person_is_who_slack_says(floor: Floor) -> None:
    person = await directory(floor).person("U0OP1")
    assert (person.name, person.zone, person.team, person.outsider) == ("Aoi Tanaka", "Asia/Tokyo", "T0FAXI", False)


async def test_guests_bots_people_of_elsewhere_and_those_who_left_are_outsiders(floor: Floor) -> None:
    await floor.control("people", handle="op2", deactivated=True)
    asked = directory(floor)
    assert (await asked.person("U0GUEST1")).guest
    assert (await asked.person("U0EXT1")).foreign
    assert (await asked.person("U0OP2")).deactivated
    assert (await asked.person("U0FAXIBOT")).bot
    assert (await asked.person("USLACKBOT")).outsider
    assert (await asked.person("U0NOBODY")).foreign


async def test_groups_are_read_together_from_user_groups_and_lists_of_people(floor: Floor) -> None:
    members = await directory(floor, operations="U0OP1, U0OP3", auditors="").members()
    assert members.groups[Group.OPERATIONS] == {"U0OP1", "U0OP3"}
    assert members.groups[Group.MANAGEMENT] == {"U0MGR1", "U0MGR2"}
    assert members.groups[Group.AUDITORS] == frozenset()
    assert members.holds("U0MGR1", Right.APPROVE_RESTRICTION)
    assert members.fresh


async def test_many_who_ask_at_once_share_one_request_and_its_answer_is_kept(floor: Floor) -> None:
    asked = directory(floor)
    await asyncio.gather(*(asked.members() for _ in range(50)), *(asked.person("U0OP1") for _ in range(50)))
    await asked.members()
    assert len(await floor.calls("usergroups.users.list")) == 4
    assert len(await floor.calls("users.info")) == 1


async def test_one_who_stops_waiting_does_not_take_the_answer_from_others(floor: Floor) -> None:
    asked = directory(floor)
    first, second = (asyncio.create_task(asked.members()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert Group.OPERATIONS in (await second).groups


@pytest.mark.parametrize("kind", ["ratelimited", "server_error", "html", "error", "answer_lost"])
async def test_when_slack_does_not_say_nothing_is_known(floor: Floor, kind: str) -> None:
    await floor.control("faults", kind=kind)
    asked = directory(floor)
    with pytest.raises(RightsUnknown):
        await asked.members()
    with pytest.raises(RightsUnknown):
        await asked.person("U0OP1")


async def test_an_answer_that_does_not_come_is_not_waited_for(floor: Floor) -> None:
    await floor.control("faults", kind="timeout")
    with pytest.raises(RightsUnknown):
        await directory(floor, patience=0.05).members()


async def test_a_group_that_slack_does_not_know_makes_all_rights_unknown(floor: Floor) -> None:
    with pytest.raises(RightsUnknown):
        await directory(floor, management="S0GONE").members()


async def test_after_being_told_to_slow_down_slack_is_not_asked_again_at_once(floor: Floor) -> None:
    await floor.control("faults", kind="ratelimited", retry_after=30)
    asked = directory(floor)
    for _ in range(3):
        with pytest.raises(RightsUnknown):
            await asked.person("U0OP1")
    assert len(await floor.calls("users.info")) == 1


async def test_a_reading_still_young_enough_serves_while_slack_is_away(floor: Floor) -> None:
    watch = Watch()
    asked = directory(floor, watch=watch)
    before = await asked.members()
    await floor.control("faults", kind="server_error")
    watch.ahead = 50
    assert await asked.members() == before
    watch.ahead = 61
    with pytest.raises(RightsUnknown):
        await asked.members()


async def test_a_change_of_a_group_is_seen_when_the_reading_is_renewed(floor: Floor) -> None:
    watch = Watch()
    asked = directory(floor, watch=watch)
    await asked.members()
    await floor.control("people", handle="mgr1", groups=[])
    watch.ahead = 46
    assert (await asked.members()).groups[Group.MANAGEMENT] == {"U0MGR2"}


async def test_channels_are_found_by_name_with_and_without_sign_and_by_id(floor: Floor) -> None:
    found = await channel_ids(floor.client, [*CONFIGURED, "C0ALERTS"])
    assert found == {
        "#email-alerts": "C0ALERTS",
        "email-operations": "C0OPERATIONS",
        "#engineering": "C0ENGINEERING",
        "#email-management": "C0MANAGEMENT",
        "C0ALERTS": "C0ALERTS",
    }


async def test_every_channel_that_is_missing_or_without_the_bot_is_named(floor: Floor) -> None:
    with pytest.raises(ChannelsError) as caught:
        await channel_ids(floor.client, ["#email-alerts", "#nowhere", "#general", "#gone"])
    assert "#nowhere is not there" in str(caught.value)
    assert "#gone is not there" in str(caught.value)
    assert "not in #general: invite it" in str(caught.value)
    assert "email-alerts" not in str(caught.value)


@pytest.mark.parametrize("shared", ["is_ext_shared", "is_pending_ext_shared"])
async def test_a_channel_that_another_organization_reads_is_none_of_the_teams(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    ask = people._list_channels  # noqa: SLF001  # Slack Connect is what the workspace of tests does not have

    async def answer(client: AsyncWebClient, cursor: str) -> Mapping[str, Any]:
        page = await ask(client, cursor)
        found = [{**one, shared: one["name"] == "engineering"} for one in page["channels"]]
        return {**page, "channels": found}

    monkeypatch.setattr(people, "_list_channels", answer)
    with pytest.raises(ChannelsError) as caught:
        await channel_ids(floor.client, CONFIGURED)
    assert "#engineering is shared with another organization" in str(caught.value)
    assert "operations" not in str(caught.value)


async def test_channels_are_found_on_later_pages(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_PAGE", 2)
    assert (await channel_ids(floor.client, CONFIGURED))["#email-management"] == "C0MANAGEMENT"
    assert len(await floor.calls("conversations.list")) > 1


async def test_channels_wait_where_slack_wants_fewer_questions(floor: Floor) -> None:
    await floor.control("faults", kind="ratelimited", retry_after=0, count=2)
    assert (await channel_ids(floor.client, CONFIGURED))["#engineering"] == "C0ENGINEERING"


async def test_without_slack_the_channels_are_not_guessed(floor: Floor) -> None:
    await floor.control("faults", kind="html")
    with pytest.raises(Away):
        await channel_ids(floor.client, CONFIGURED)
