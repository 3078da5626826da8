"""The Web API's file methods: announce, upload, complete, delete."""

import time

from . import people
from .api_chat import channel_for_bot, thread_of
from .arguments import text
from .core import Slack
from .limits import number
from .refusals import JSON, SlackError
from .state import File, fresh


async def get_upload_url(slack: Slack, arguments: JSON) -> JSON:
    """Answer files.getUploadURLExternal: say where the bytes go."""
    name = text(arguments, "filename")
    length = str(arguments.get("length", ""))
    if not length.isdigit() or int(length) < 1:
        raise SlackError("invalid_arguments", ["[ERROR] must be a positive number [json-pointer:/length]"])
    if len(str(arguments.get("alt_txt") or "")) > number("file.alt_text"):
        raise SlackError("alt_txt_too_large")
    file = File(fresh("F"), name, int(length))
    slack.state.files[file.id] = file
    return {"ok": True, "upload_url": f"{slack.url}/upload/{file.id}", "file_id": file.id}


async def complete_upload(slack: Slack, arguments: JSON) -> JSON:
    """Answer files.completeUploadExternal: the bytes are there; share them when a channel is given."""
    given = arguments.get("files")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: files"])
    files: list[File] = []
    for one in given:
        file = slack.state.files.get(str(one.get("id")))
        if file is None or file.content is None or file.deleted:
            raise SlackError("file_not_found")
        files.append(file)
    where = arguments.get("channel_id") or arguments.get("channels")
    channel = channel_for_bot(slack, str(where)) if where else None
    thread = thread_of(channel, arguments) if channel else None
    if channel is not None:
        slack.rates.post(channel.id)
    for file, one in zip(files, given, strict=True):
        file.title = str(one.get("title") or file.name)
        file.complete = True
        file.processed_at = time.monotonic() + _processing(slack)
    if channel is not None:
        comment = str(arguments.get("initial_comment") or "")
        slack.post(channel, people.BOT_USER, comment, thread=thread, files=[file.id for file in files])
    return {
        "ok": True,
        "files": [
            {"id": file.id, "title": file.title, "name": file.name, "size": file.length, "mimetype": file.mimetype}
            for file in files
        ],
    }


def _processing(slack: Slack) -> float:
    """Say how many seconds of machine time pass until a file that is complete can be shown in blocks."""
    slow = slack.faults.processing()
    return number("file.processing_seconds") / slack.rates.pace if slow is None else slow


async def delete(slack: Slack, arguments: JSON) -> JSON:
    """Answer files.delete: the bytes go; what showed the file shows its words only."""
    file = slack.state.files.get(text(arguments, "file"))
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    file.deleted = True
    file.content = None
    slack.state.changes += 1
    return {"ok": True}
