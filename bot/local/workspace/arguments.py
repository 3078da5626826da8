"""Reads the arguments of a Web API call, which come in four shapes, and checks their kinds."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .refusals import JSON, SlackError

_STRUCTURED = frozenset({"blocks", "view", "files", "attachments", "metadata"})


async def read(request: web.Request) -> JSON:
    """Return query, form, multipart and JSON arguments as one object.

    Raises:
        SlackError: ``invalid_json`` or ``json_not_object``.
    """
    arguments: JSON = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.text()
        if raw.strip():
            try:
                body = json.loads(raw)
            except ValueError:
                raise SlackError("invalid_json") from None
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            arguments |= body
    elif request.method == "POST":
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return {name: _structured(name, value) for name, value in arguments.items() if value is not None}


def _structured(name: str, value: Any) -> Any:
    if name in _STRUCTURED and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def text(arguments: Mapping[str, Any], name: str) -> str:
    """Return a string that must be there.

    Raises:
        SlackError: ``invalid_arguments``, which names it.
    """
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
    return value


def flag(arguments: Mapping[str, Any], name: str) -> bool:
    """Return a boolean, however it is written; what is absent is false."""
    return str(arguments.get(name, "")).lower() in {"1", "true"}
