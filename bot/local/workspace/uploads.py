"""Where the bytes of an announced file go: not a method of the Web API, and without a token."""

from aiohttp import web

from .core import Slack
from .web_api import Line, lose, struck


async def take(slack: Slack, request: web.Request) -> web.StreamResponse:
    """Take the bytes of a file; Slack says ``OK`` with their number in plain text when it has them all."""
    line = Line(slack, "upload")
    name = request.match_info["file"]
    file = slack.state.files.get(name)
    content = await request.read()
    line.given = {"file": name, "bytes": len(content)}
    fault = slack.faults.strike("upload", None)
    if fault is not None and fault.kind != "answer_lost":
        return await struck(line, request, fault)
    if file is None or file.complete or len(content) != file.length:
        line.end(400, "not ok")
        return web.Response(text="not ok", status=400)
    file.content = content
    if fault is not None:
        return lose(line, request)
    said = f"OK - {len(content)}"
    line.end(200, said)
    return web.Response(text=said)
