"""The Web API refuses what Slack refuses: tokens, scopes, membership, strange ts, unknown methods."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.limits import METHODS
from bot.local.workspace.web_api import ANSWERS
from tests.support.workspace import Hands, running

JSON = dict[str, Any]
SHARED = Path(__file__).parents[2] / "shared" / "slack" / "slack_methods.json"
TRANSPORT = {"unknown_method", "not_authed", "invalid_auth", "not_allowed_token_type", "missing_scope", "ratelimited"}
"""Errors that every method has, so that the list by method leaves them out."""


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace."""
    async with running(tmp_path) as made:
        yield made


async def refused(call: Any) -> str:
    """Return the error's name with which Slack refuses this call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_every_method_of_the_table_is_answered_and_no_other(hands: Hands) -> None:
    assert set(ANSWERS) == set(METHODS)
    assert await refused(hands.client.chat_delete(channel="C0ALERTS", ts="1.1")) == "unknown_method"
    assert await refused(hands.client.conversations_history(channel="C0ALERTS")) == "unknown_method"
    assert "chat.delete" in hands.workspace.methods_called


async def test_the_called_methods_are_written_to_the_log_that_is_named(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "methods.log"
    monkeypatch.setenv("FAXI_METHODS_LOG", str(log))
    for _ in range(2):
        await hands.client.auth_test()
    await hands.client.users_info(user="U0OP1")
    assert log.read_text(encoding="utf-8").splitlines() == ["auth.test", "users.info"]


async def test_a_wrong_a_missing_and_another_kind_of_token_are_refused(hands: Hands) -> None:
    base = f"{hands.workspace.url}/api/"
    wrong = AsyncWebClient(token="xoxb-wrong", base_url=base)
    assert await refused(wrong.auth_test()) == "invalid_auth"
    assert await refused(AsyncWebClient(base_url=base).auth_test()) == "not_authed"
    app = AsyncWebClient(token=hands.workspace.app_token, base_url=base)
    assert await refused(app.auth_test()) == "not_allowed_token_type"
    assert await refused(app.apps_connections_open(app_token=hands.workspace.bot_token)) == "not_allowed_token_type"


async def test_auth_test_says_whose_token_it_is(hands: Hands) -> None:
    answer = await hands.client.auth_test()
    assert answer["url"] == f"{hands.workspace.url}/"
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0FAXI", "U0FAXIBOT", "B0FAXIBOT")


async def test_a_scope_that_the_manifest_lacks_is_named(tmp_path: Path) -> None:
    def change(manifest: JSON) -> None:
        manifest["oauth_config"]["scopes"]["bot"] = ["channels:read", "commands"]

    async with running(tmp_path, change=change) as hands:
        client = hands.client
        calls: list[tuple[Any, str]] = [
            (client.chat_postMessage(channel="C0ALERTS", text="x"), "chat:write"),
            (client.users_info(user="U0OP1"), "users:read"),
            (client.usergroups_users_list(usergroup="S0OPERATIONS"), "usergroups:read"),
            (client.conversations_list(types="private_channel"), "groups:read"),
            (client.files_getUploadURLExternal(filename="x.png", length=1), "files:write"),
        ]
        for call, needed in calls:
            with pytest.raises(SlackApiError) as caught:
                await call
            answer = caught.value.response
            assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
            assert answer["provided"] == "channels:read,commands"


async def test_the_bot_posts_only_where_it_is_a_member(hands: Hands) -> None:
    assert await refused(hands.client.chat_postMessage(channel="C0GENERAL", text="x")) == "not_in_channel"
    assert await refused(hands.client.chat_postMessage(channel="C0NONE", text="x")) == "channel_not_found"
    hands.workspace.slack.state.channels["C0MANAGEMENT"].members.discard("U0FAXIBOT")
    assert await refused(hands.client.chat_postMessage(channel="C0MANAGEMENT", text="x")) == "channel_not_found"


async def test_only_a_member_of_the_channel_gets_an_ephemeral_message(hands: Hands) -> None:
    call = hands.client.chat_postEphemeral(channel="C0MANAGEMENT", user="U0OP1", text="x")
    assert await refused(call) == "user_not_in_channel"


async def test_only_the_bots_own_messages_can_be_edited(hands: Hands) -> None:
    said = await hands.do("message", who="op1", channel="#email-alerts", text="mine")
    edit = hands.client.chat_update
    assert await refused(edit(channel="C0ALERTS", ts=said["ts"], text="x")) == "cant_update_message"
    assert await refused(edit(channel="C0ALERTS", ts="1700000000.000001", text="x")) == "message_not_found"
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="x")
    assert await refused(edit(channel="C0OPERATIONS", ts=posted["ts"], text="x")) == "message_not_found"


async def test_an_ephemeral_reply_is_shown_only_in_a_thread_that_has_replies(hands: Hands) -> None:
    parent = (await hands.do("message", who="op2", channel="email-alerts", text="What is this?"))["ts"]
    whisper = {"channel": "C0ALERTS", "user": "U0OP1", "text": "psst", "thread_ts": parent}
    thread = {"who": "op1", "channel": "email-alerts", "thread": parent}
    assert (await hands.client.chat_postEphemeral(**whisper))["message_ts"]
    assert "psst" not in str(await hands.see("messages", **thread))
    await hands.client.chat_postMessage(channel="C0ALERTS", text="A reply.", thread_ts=parent)
    await hands.client.chat_postEphemeral(**whisper)
    assert str(await hands.see("messages", **thread)).count("'text': 'psst'") == 1


async def test_an_ephemeral_message_cannot_be_edited(hands: Hands) -> None:
    whisper = await hands.client.chat_postEphemeral(channel="C0ALERTS", user="U0OP1", text="x")
    call = hands.client.chat_update(channel="C0ALERTS", ts=whisper["message_ts"], text="y")
    assert await refused(call) == "message_not_found"


async def test_an_edit_with_text_alone_takes_the_blocks_away(hands: Hands) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "in a block"}}
    posted = await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=[block])
    await hands.client.chat_update(channel="C0ALERTS", ts=posted["ts"], text="only text")
    [seen] = await hands.see("messages", who="op1", channel="#email-alerts")
    assert (seen["plain"], seen["blocks"], seen["edited"]) == ("only text", [], True)


async def test_a_reply_needs_a_message_to_reply_to(hands: Hands) -> None:
    post = hands.client.chat_postMessage
    parent = await post(channel="C0ALERTS", text="parent")
    reply = await post(channel="C0ALERTS", text="reply", thread_ts=parent["ts"])
    for wrong in ("1700000000.000001", reply["ts"]):
        assert await refused(post(channel="C0ALERTS", text="x", thread_ts=wrong)) == "cannot_reply_to_message"
    in_channel = await hands.see("messages", who="op1", channel="#email-alerts")
    assert [(one["plain"], one["replies"]) for one in in_channel] == [("parent", 1)]
    in_thread = await hands.see("messages", who="op1", channel="#email-alerts", thread=parent["ts"])
    assert [one["plain"] for one in in_thread] == ["parent", "reply"]


async def test_every_ts_of_a_channel_is_new_and_later(hands: Hands) -> None:
    posts = [hands.client.chat_postMessage(channel="C0ALERTS", text="x") for _ in range(20)]
    stamps = [answer["ts"] for answer in await asyncio.gather(*posts)]
    assert len(set(stamps)) == len(stamps)
    seen = [one["ts"] for one in await hands.see("messages", who="op1", channel="#email-alerts")]
    assert seen == sorted(stamps)


async def test_channels_come_in_pages(hands: Hands) -> None:
    names: list[str] = []
    cursor = None
    for _ in range(10):
        page = await hands.client.conversations_list(types="public_channel,private_channel", limit=2, cursor=cursor)
        assert len(page["channels"]) <= 2
        names += [one["name"] for one in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert sorted(names) == ["email-alerts", "email-management", "email-operations", "engineering", "general"]
    assert await refused(hands.client.conversations_list(cursor="nonsense!")) == "invalid_cursor"
    assert await refused(hands.client.conversations_list(types="secret")) == "invalid_types"
    assert await refused(hands.client.conversations_list(limit=1001)) == "invalid_limit"


async def test_a_channel_says_whether_the_bot_is_in_it(hands: Hands) -> None:
    page = await hands.client.conversations_list()
    members = {one["name"]: one["is_member"] for one in page["channels"]}
    assert members["email-alerts"] is True
    assert members["general"] is False
    assert "email-management" not in members


async def test_a_direct_message_is_opened_with_one_person(hands: Hands) -> None:
    opened = await hands.client.conversations_open(users="U0OP1")
    await hands.client.chat_postMessage(channel=opened["channel"]["id"], text="for you")
    [seen] = await hands.see("messages", who="op1", channel="@faxi-bot")
    assert seen["plain"] == "for you"
    assert await refused(hands.client.conversations_open(users="U0NONE")) == "user_not_found"
    await hands.do("people", handle="op2", deactivated=True)
    assert await refused(hands.client.conversations_open(users="U0OP2")) == "user_disabled"


async def test_users_info_tells_standing_and_zone(hands: Hands) -> None:
    person = (await hands.client.users_info(user="U0OP1"))["user"]
    assert (person["tz"], person["tz_offset"], person["is_restricted"]) == ("Asia/Tokyo", 32_400, False)
    assert person["real_name"] == "Aoi Tanaka"
    assert (await hands.client.users_info(user="U0GUEST1"))["user"]["is_restricted"] is True
    outside = (await hands.client.users_info(user="U0EXT1"))["user"]
    assert outside["team_id"] != hands.workspace.team_id
    assert outside["is_stranger"] is True
    assert (await hands.client.users_info(user="U0FAXIBOT"))["user"]["is_bot"] is True
    await hands.do("people", handle="op3", deactivated=True)
    assert (await hands.client.users_info(user="U0OP3"))["user"]["deleted"] is True
    assert await refused(hands.client.users_info(user="U0NONE")) == "user_not_found"


async def test_a_group_lists_its_people_as_they_are_now(hands: Hands) -> None:
    groups = hands.client.usergroups_users_list
    assert (await groups(usergroup="S0MANAGEMENT"))["users"] == ["U0MGR1", "U0MGR2"]
    await hands.do("people", handle="mgr2", groups=[])
    await hands.do("people", handle="op1", groups=["operations", "management"])
    assert (await groups(usergroup="S0MANAGEMENT"))["users"] == ["U0OP1", "U0MGR1"]
    assert await refused(groups(usergroup="S0NONE")) == "no_such_subteam"


async def test_a_file_is_uploaded_shared_and_shown_in_a_block(hands: Hands) -> None:
    content = b"\x89PNG not really"
    done = await hands.client.files_upload_v2(
        channel="C0ALERTS", filename="chart.png", content=content, title="Chart", initial_comment="Look"
    )
    [message] = await hands.see("messages", who="op1", channel="#email-alerts")
    [file] = message["files"]
    assert (message["plain"], file["title"], file["size"]) == ("Look", "Chart", len(content))
    async with hands.session.get(file["url"]) as response:
        assert (await response.read(), response.content_type) == (content, "image/png")
    block = {"type": "image", "alt_text": "A chart", "slack_file": {"id": done["files"][0]["id"]}}
    assert (await hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=[block]))["ok"]


async def test_a_file_that_never_arrived_cannot_be_completed(hands: Hands) -> None:
    announced = await hands.client.files_getUploadURLExternal(filename="x.png", length=3)
    async with hands.session.post(announced["upload_url"], data=b"four") as response:
        assert response.status == 400
    call = hands.client.files_completeUploadExternal(files=[{"id": announced["file_id"]}])
    assert await refused(call) == "file_not_found"


async def test_arguments_may_come_as_query_form_or_json(hands: Hands) -> None:
    url = f"{hands.workspace.url}/api/users.info"
    headers = {"Authorization": f"Bearer {hands.workspace.bot_token}"}
    given = {"user": "U0OP1"}
    calls = [
        hands.session.get(url, headers=headers, params=given),
        hands.session.post(url, headers=headers, params=given),
        hands.session.post(url, headers=headers, data=given),
        hands.session.post(url, headers=headers, json=given),
    ]
    for call in calls:
        async with call as response:
            assert (await response.json())["user"]["name"] == "op1"


def test_methods_and_scopes_are_those_that_slack_lists() -> None:
    if not SHARED.exists():
        pytest.skip("SLACK'S LIST OF METHODS IS NOT HERE: method names and scopes were not compared with it")
    listed = json.loads(SHARED.read_text(encoding="utf-8"))["methods"]
    tiers = {"t2": 20, "t3": 50, "t4": 100, "t5": 300}
    for name, method in METHODS.items():
        assert sorted(method.scopes) == sorted(listed[name]["bot_scopes_any_of"]), name
        assert method.a_minute == tiers[listed[name]["tier"]], name


@pytest.mark.parametrize(
    ("method", "errors"),
    [
        (
            "chat.postMessage",
            {
                "channel_not_found",
                "not_in_channel",
                "no_text",
                "invalid_blocks",
                "invalid_blocks_format",
                "msg_blocks_too_long",
                "cannot_reply_to_message",
            },
        ),
        ("chat.postEphemeral", {"user_not_in_channel", "msg_too_long", "channel_not_found", "invalid_blocks"}),
        ("chat.update", {"message_not_found", "cant_update_message", "msg_too_long", "no_text", "invalid_blocks"}),
        ("conversations.list", {"invalid_cursor", "invalid_limit", "invalid_types", "missing_scope"}),
        ("conversations.open", {"user_not_found", "user_disabled", "users_list_not_supplied", "channel_not_found"}),
        ("users.info", {"user_not_found"}),
        ("usergroups.users.list", {"no_such_subteam"}),
        (
            "views.open",
            {
                "exchanged_trigger_id",
                "expired_trigger_id",
                "invalid_trigger_id",
                "view_too_large",
                "duplicate_external_id",
            },
        ),
        ("views.push", {"push_limit_reached", "not_found", "view_too_large"}),
        ("views.update", {"hash_conflict", "not_found", "view_too_large"}),
        ("views.publish", {"hash_conflict", "not_enabled", "view_too_large"}),
        ("files.completeUploadExternal", {"file_not_found"}),
        ("files.delete", {"file_not_found", "file_deleted"}),
        ("files.getUploadURLExternal", {"alt_txt_too_large"}),
    ],
)
def test_the_errors_used_here_are_those_that_slack_lists(method: str, errors: set[str]) -> None:
    if not SHARED.exists():
        pytest.skip("SLACK'S LIST OF METHODS IS NOT HERE: names of errors were not compared with it")
    listed = json.loads(SHARED.read_text(encoding="utf-8"))["methods"][method]["errors"]
    assert errors - TRANSPORT <= {*listed, "missing_scope"}
