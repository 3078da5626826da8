"""Files with Slack: pictures for the bot's own blocks, deleted in the end, and files that one person is sent."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import Away, Refused, Throttled, failures, retry_after

GONE = frozenset({"file_not_found", "file_deleted"})
"""Slack's words for a file that need not be deleted any more."""
_ALT_TEXT = 1_000
_SLACK = ".slack.com"
_OK, _TOO_MANY, _SERVER = 200, 429, 500
_TIMEOUT = aiohttp.ClientTimeout(total=30)

Announced = Callable[[str], Awaitable[None]]
"""Is told a file's id before anything of it is with Slack, so that whoever wrote it down can have it deleted."""


async def upload(client: AsyncWebClient, name: str, png: bytes, alt: str, *, announced: Announced | None = None) -> str:
    """Upload a picture without sharing it: only the bot may show it, in its own blocks.

    Slack needs some moments more until a block may name it, and says to nobody when that is over.

    Params:
        name: the file's name, with ``.png`` at its end.
        alt: what the picture says, for who cannot see it; at most 1,000 letters are kept.
        announced: called with the file's id between Slack's giving it and the upload.

    Returns:
        the file's id.

    Raises:
        SlackCallError: Slack wants us slower, refuses it, or is away; then it may be there all the same.
    """
    with failures():
        answer = await client.files_getUploadURLExternal(filename=name, length=len(png), alt_txt=alt[:_ALT_TEXT])
    file, url = str(answer["file_id"]), str(answer["upload_url"])
    if announced is not None:
        await announced(file)
    await _put(client, url, png)
    with failures():
        await client.files_completeUploadExternal(files=[{"id": file, "title": name.removesuffix(".png")}])
    return file


async def send(client: AsyncWebClient, channel: str, name: str, content: bytes, title: str, words: str) -> str:
    """Send a file as a message of the bot's.

    Params:
        channel: where to; somebody's direct message with the bot for a file that only they may have.
        name: the file's name, whose ending says what it is.
        title: what Slack calls it.
        words: what the message says beside it, without markup.

    Returns:
        the file's id.

    Raises:
        SlackCallError: Slack wants us slower, refuses it, or is away; then it may have been sent all the same.
    """
    with failures():
        answer = await client.files_getUploadURLExternal(filename=name, length=len(content))
    file = str(answer["file_id"])
    await _put(client, str(answer["upload_url"]), content)
    with failures():
        await client.files_completeUploadExternal(
            files=[{"id": file, "title": title}], channel_id=channel, initial_comment=words
        )
    return file


async def _put(client: AsyncWebClient, url: str, content: bytes) -> None:
    """Send the bytes to where Slack wants them, which is a host of Slack's."""
    host = urlsplit(url).hostname or ""
    if not host.endswith(_SLACK) and host != urlsplit(client.base_url).hostname:
        raise Refused("upload_url_of_a_foreign_host")
    if client.session is None:
        raise RuntimeError("files are uploaded through the session that all calls share, and there is none")
    with failures():
        sending = client.session.post(url, data=content, proxy=client.proxy, timeout=_TIMEOUT, allow_redirects=False)
        async with sending as response:
            status, headers = response.status, response.headers
    if status == _TOO_MANY:
        raise Throttled(retry_after(headers))
    if status >= _SERVER:
        raise Away(f"the upload was answered with status {status}", answer_lost=True)
    if status != _OK:
        raise Refused(f"upload_status_{status}")


async def delete(client: AsyncWebClient, file_id: str) -> None:
    """Delete a file; one that is gone already is deleted.

    Raises:
        SlackCallError: Slack wants us slower, refuses it, or is away.
    """
    try:
        with failures():
            await client.files_delete(file=file_id)
    except Refused as error:
        if error.error not in GONE:
            raise
