"""The protocol rest-xml, of S3: members lie in path, query, headers and body, and errors are XML."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from aiohttp import web
from botocore.model import OperationModel, Shape

from . import models
from .errors import AwsError
from .signatures import Asked

# What the signature and the SDK say beside the operation's own members.
_BESIDE = frozenset({"x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-user-agent"})


def read(operation: OperationModel, labels: Mapping[str, str], asked: Asked) -> dict[str, Any]:
    """Read what an operation is given.

    Raises:
        AwsError: something is not in the model, or has a wrong form.
    """
    shape = operation.input_shape
    given: dict[str, Any] = {}
    known = set(_BESIDE)
    wanted = set(models.static_query(operation)) | {"x-id"}
    for name, member in shape.members.items():
        place = member.serialization
        where, wire = place.get("location"), str(place.get("name", name))
        text = None
        if where == "uri":
            text = labels.get(wire)
        elif where == "querystring":
            text = asked.one(wire)
            wanted.add(wire)
        elif where == "header":
            text = asked.headers.get(wire.lower())
            known.add(wire.lower())
        if text is not None:
            given[name] = _value(text, member, name)
    payload = shape.serialization.get("payload")
    if asked.body and payload is None:
        raise AwsError("InvalidRequest", 400, "This operation takes no body.")
    if asked.body:
        given[payload] = _body(asked.body, shape.members[payload])
    strange = [name for name, _ in asked.query if name not in wanted and not name.startswith("X-Amz-")]
    if strange:
        raise AwsError("InvalidArgument", 400, f"The parameter {strange[0]} is not known to {operation.name}.")
    strange = [name for name in asked.headers if name.startswith("x-amz-") and name not in known]
    if strange:
        raise AwsError("NotImplemented", 501, f"The header {strange[0]} is not known to {operation.name}.")
    return given


def _value(text: str, shape: Shape, name: str) -> Any:
    """Read one member from path, query or header."""
    try:
        if shape.type_name in {"integer", "long"}:
            return int(text)
        if shape.type_name == "boolean":
            return {"true": True, "false": False}[text]
        if shape.type_name == "timestamp":
            return parsedate_to_datetime(text)
    except (ValueError, LookupError):
        raise AwsError("InvalidArgument", 400, f"{name} has a wrong form.") from None
    return text


def _body(body: bytes, shape: Shape) -> Any:
    if shape.type_name != "structure":
        return body
    try:
        return _element(ET.fromstring(body), shape)  # noqa: S314 - from a client on this machine
    except ET.ParseError:
        raise AwsError("MalformedXML", 400, "The XML you provided was not well-formed.") from None


def _element(element: ET.Element, shape: Shape) -> Any:
    """Read a structure of texts and structures; a list has no operation that is written here."""
    if shape.type_name != "structure":
        return element.text or ""
    names = {str(member.serialization.get("name", name)): name for name, member in shape.members.items()}
    read_members = {}
    for child in element:
        wire = child.tag.rpartition("}")[2]
        if wire not in names or shape.members[names[wire]].type_name == "list":
            raise AwsError("MalformedXML", 400, f"The element {wire} is not known.")
        read_members[names[wire]] = _element(child, shape.members[names[wire]])
    return read_members


def write(operation: OperationModel, result: Mapping[str, Any]) -> web.Response:
    """Give an operation's result its form: headers, and a body where there is one.

    Raises:
        ValueError: a member has no place there.
    """
    shape = operation.output_shape
    headers, body = {}, b""
    for name, value in result.items():
        place = shape.members[name].serialization
        if name == shape.serialization.get("payload"):
            body = value
        elif place.get("location") == "header":
            headers[str(place["name"])] = _text(value)
        else:
            raise ValueError(f"{operation.name} gives {name}, which is neither header nor body")
    return web.Response(status=int(operation.http.get("responseCode", 200)), headers=headers, body=body or None)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return format_datetime(value, usegmt=True)
    return str(value).lower() if isinstance(value, bool) else str(value)


def refuse(error: AwsError, request_id: str) -> web.Response:
    """Give a refusal its form."""
    members = {"Code": error.code, "Message": str(error), **error.more, "RequestId": request_id}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    return web.Response(
        status=error.status,
        headers={**error.headers, "x-amz-request-id": request_id},
        text=f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>',
        content_type="application/xml",
    )
