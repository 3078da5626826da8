"""Files of the local workspace: shown when they were processed, and as pictures only; gone when they were deleted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.local.workspace.limits import number
from tests.support.workspace import Hands, opened_trigger, running

JSON = dict[str, Any]


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace."""
    async with running(tmp_path) as made:
        yield made


async def upload(hands: Hands, name: str = "page.png", content: bytes = b"a page") -> str:
    """Upload a file, to nobody."""
    announced = await hands.client.files_getUploadURLExternal(filename=name, length=len(content))
    async with hands.session.post(announced["upload_url"], data=content) as response:
        assert response.status == 200
    await hands.client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "A page"}])
    return str(announced["file_id"])


def showing(file: str) -> JSON:
    """Return a modal that shows a file."""
    image = {"type": "image", "alt_text": "A page", "slack_file": {"id": file}}
    return {"type": "modal", "title": {"type": "plain_text", "text": "The fax"}, "blocks": [image]}


async def refused(call: Any) -> tuple[str, str]:
    """Return the error with which Slack refuses this call, and its first message."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer = caught.value.response
    return str(answer["error"]), str((answer.get("response_metadata") or {}).get("messages", [""])[0])


async def opens(hands: Hands, file: str) -> Any:
    """Open a modal that shows a file."""
    return await hands.client.views_open(trigger_id=opened_trigger(hands, "mgr1"), view=showing(file))


async def test_a_picture_that_is_not_processed_yet_is_refused_in_views_and_messages(hands: Hands) -> None:
    await hands.do("faults", kind="slow_files", seconds=3600, count=1)
    slow, quick = await upload(hands), await upload(hands)
    fault = ("invalid_arguments", "[ERROR] invalid slack file [json-pointer:/view/blocks/0/slack_file]")
    assert await refused(opens(hands, slow)) == fault
    blocks = showing(slow)["blocks"]
    error, _ = await refused(hands.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=blocks))
    assert error == "invalid_blocks"
    assert (await opens(hands, quick))["ok"]


async def test_processing_takes_slacks_moments_unless_the_workspace_is_hurried(tmp_path: Path) -> None:
    async with running(tmp_path, pace=1.0) as hands:
        file = hands.workspace.slack.state.files[await upload(hands)]
        assert not file.in_blocks
        file.processed_at -= number("file.processing_seconds")
        assert file.in_blocks


@pytest.mark.parametrize("name", ["F0NOWHERE1", "page.pdf"])
async def test_a_view_names_pictures_that_are_there(hands: Hands, name: str) -> None:
    file = await upload(hands, name) if "." in name else name
    assert (await refused(opens(hands, file)))[0] == "invalid_arguments"


async def test_a_deleted_file_is_shown_no_more_and_is_deleted_once(hands: Hands) -> None:
    file = await upload(hands)
    assert (await opens(hands, file))["ok"]
    shared = await hands.client.files_upload_v2(channel="C0ALERTS", filename="chart.png", content=b"x")
    for one in (file, shared["files"][0]["id"]):
        assert (await hands.client.files_delete(file=one))["ok"]
    async with hands.session.get(f"{hands.workspace.url}/files/{file}") as response:
        assert response.status == 404
    assert (await refused(opens(hands, file)))[0] == "invalid_arguments"
    [message] = await hands.see("messages", who="op1", channel="#email-alerts")
    assert message["files"] == []
    assert (await refused(hands.client.files_delete(file=file)))[0] == "file_deleted"


async def test_what_never_became_a_file_cannot_be_deleted(hands: Hands) -> None:
    assert (await refused(hands.client.files_delete(file="F0NOWHERE1")))[0] == "file_not_found"
    announced = await hands.client.files_getUploadURLExternal(filename="x.png", length=3)
    assert (await refused(hands.client.files_delete(file=announced["file_id"])))[0] == "file_not_found"


async def test_the_words_of_a_picture_have_a_limit(hands: Hands) -> None:
    most = number("file.alt_text")
    announce = hands.client.files_getUploadURLExternal
    assert (await announce(filename="x.png", length=1, alt_txt="x" * most))["ok"]
    assert (await refused(announce(filename="x.png", length=1, alt_txt="x" * (most + 1))))[0] == "alt_txt_too_large"
