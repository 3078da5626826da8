"""What botocore's models say of a service: its operations, how one is called, what it takes and gives."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from .errors import AwsError
from .signatures import Asked, pairs


@cache
def load(name: str) -> ServiceModel:
    """Load the model of a service by botocore's name for it."""
    loader = botocore.session.get_session().get_component("data_loader")
    return ServiceModel(loader.load_service_model(name, "service-2"), name)


def route(model: ServiceModel, asked: Asked) -> tuple[OperationModel, dict[str, str]] | None:
    """Find the operation that a request asks for by method, path, query and headers, with what its path says.

    Several operations share one path: the one that asks for most of what is there is meant, so that
    a part of an upload or a copy is never taken for a simple upload.
    """
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        labels = None if operation.deprecated else _labels(operation, asked)
        if labels is None:
            continue
        fixed = static_query(operation)
        needed = _needed(operation)
        given = {known for known, _ in asked.query} | asked.headers.keys()
        if all(asked.one(known) == value for known, value in fixed.items()) and needed <= given:
            found.append((len(fixed) + len(needed), operation, labels))
    best = max(found, key=lambda one: one[0], default=None)
    return None if best is None else best[1:]


def static_query(operation: OperationModel) -> dict[str, str]:
    """Return what the query of an operation always says, such as ``list-type=2``."""
    return dict(pairs(str(operation.http["requestUri"]).partition("?")[2]))


def _needed(operation: OperationModel) -> set[str]:
    """Return the names in query and headers that an operation cannot be without."""
    shape = operation.input_shape
    if shape is None:
        return set()
    places = [shape.members[name].serialization for name in shape.required_members]
    by_query = {place["name"] for place in places if place.get("location") == "querystring"}
    return by_query | {place["name"].lower() for place in places if place.get("location") == "header"}


def _labels(operation: OperationModel, asked: Asked) -> dict[str, str] | None:
    """Match the path of an operation, and read what it says; None when it is another's."""
    if operation.http["method"] != asked.method:
        return None
    template = str(operation.http["requestUri"]).partition("?")[0]
    pattern = ""
    for literal, label in re.findall(r"([^{]*)(?:\{([^}]+)\})?", template):
        pattern += re.escape(literal)
        if label:
            pattern += f"(?P<{label.rstrip('+')}>{'.+' if label.endswith('+') else '[^/]+'})"
    found = re.fullmatch(pattern.removesuffix("/") + ("/?" if "+" not in template else ""), asked.raw_path)
    return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def check_input(given: Mapping[str, Any], shape: Shape) -> None:
    """Check what an operation is given: all that botocore checks, and what it leaves to the service.

    Raises:
        AwsError: what is wrong.
    """
    report = ParamValidator().validate(dict(given), shape)
    wrong = [report.generate_report()] if report.has_errors() else list(_beyond(given, shape, "input"))
    if wrong:
        raise AwsError("InvalidArgument", 400, "; ".join(wrong))


def check_output(result: Mapping[str, Any], shape: Shape | None) -> None:
    """Check what an operation gives back, so that a mistake in a stand-in is seen at once.

    Raises:
        ValueError: it is not what the model says.
    """
    if shape is None:
        if result:
            raise ValueError("an answer where there is none")
        return
    report = ParamValidator().validate(dict(result), shape)
    unknown = result.keys() - shape.members.keys()
    if report.has_errors() or unknown:
        raise ValueError(report.generate_report() or f"unknown members {sorted(unknown)}")


def _beyond(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """Check members that are not in the model, and each value by itself."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{where}.{name} is not known"
            else:
                yield from _beyond(inner, shape.members[name], f"{where}.{name}")
    elif shape.type_name in {"list", "map"}:
        members = (shape.member, value) if shape.type_name == "list" else (shape.value, value.values())
        for inner in members[1]:
            yield from _beyond(inner, members[0], where)
    yield from _one_beyond(value, shape, where)


def _one_beyond(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """Check the list of possible values, the greatest length and the pattern."""
    size = value if isinstance(value, int | float) else len(value) if hasattr(value, "__len__") else 0
    if size > shape.metadata.get("max", size):
        yield f"{where} is greater than {shape.metadata['max']}"
    if isinstance(value, str):
        if value not in (shape.metadata.get("enum") or [value]):
            yield f"{where} is none of the values that it can have"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(pattern, value):
            yield f"{where} does not match {pattern}"
