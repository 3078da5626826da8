"""The Web API's file methods: announce, upload, complete."""

from . import people
from .api_chat import channel_for_bot, thread_of
from .arguments import text
from .core import Slack
from .refusals import JSON, SlackError
from .state import File, fresh


async def get_upload_url(slack: Slack, arguments: JSON) -> JSON:
    """Answer files.getUploadURLExternal: say where the bytes go."""
    name = text(arguments, "filename")
    length = str(arguments.get("length", ""))
    if not length.isdigit() or int(length) < 1:
        raise SlackError("invalid_arguments", ["[ERROR] must be a positive number [json-pointer:/length]"])
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
        if file is None or file.content is None:
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
    if channel is not None:
        comment = str(arguments.get("initial_comment") or "")
        slack.post(channel, people.BOT_USER, comment, thread=thread, files=[file.id for file in files])
    return {
        "ok": True,
        "files": [
            {"id": file.id, "title": file.title, "name": file.name, "size": file.length, "mimetype": _type(file.name)}
            for file in files
        ],
    }


def _type(name: str) -> str:
    kinds = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "pdf": "application/pdf"}
    return kinds.get(name.rsplit(".", 1)[-1].lower(), "application/octet-stream")
