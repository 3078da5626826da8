"""A runbook file as YAML: nothing is read as something else than it looks, and everything keeps its line."""

from collections.abc import Iterator
from typing import Any, Final

import yaml

_READ_AS: Final = {
    "tag:yaml.org,2002:int": "the number",
    "tag:yaml.org,2002:float": "the number",
    "tag:yaml.org,2002:timestamp": "the date",
    "tag:yaml.org,2002:bool": "a yes or no,",
}


class Ambiguous(Exception):
    """What stands there twice, or would be read as something else.

    Attributes:
        reasons: each with its line, from 1.
    """

    def __init__(self, reasons: "tuple[tuple[int, str], ...]") -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reason for _, reason in reasons))
        self.reasons = reasons


def read(text: str) -> tuple[yaml.Node | None, Any]:
    """Return a file's nodes, with their lines, and its values.

    Raises:
        Ambiguous: a key stands there twice, or a plain word would be read as a number or a date.
        yaml.YAMLError: it is not YAML.
    """
    tree = yaml.compose(text, yaml.SafeLoader)
    reasons = tuple(_ambiguous(tree, set()) if tree is not None else ())
    if reasons:
        raise Ambiguous(tuple(sorted(reasons)))
    return tree, yaml.safe_load(text)


def _ambiguous(node: yaml.Node, seen: set[int]) -> Iterator[tuple[int, str]]:
    if id(node) in seen:  # what an alias names stands in two places
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield from _misread(node)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _ambiguous(one, seen)
    elif isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield key.start_mark.line + 1, "a key is a word"
                continue
            if key.value in keys:
                yield key.start_mark.line + 1, f"the key {key.value!r} stands there twice"
            keys.add(key.value)
            if key.tag == "tag:yaml.org,2002:bool":
                yield _quote(key)
            yield from _ambiguous(value, seen)


def _misread(node: yaml.ScalarNode) -> Iterator[tuple[int, str]]:
    """Say where a time or a date that is not in quotes would become a number or another thing."""
    is_time = node.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"} and ":" in node.value
    if node.style is None and (is_time or node.tag == "tag:yaml.org,2002:timestamp"):
        yield _quote(node)


def _quote(node: yaml.ScalarNode) -> tuple[int, str]:
    value = yaml.safe_load(node.value)
    return node.start_mark.line + 1, (
        f'{node.value} is read as {_READ_AS[node.tag]} {value}: write it in quotes, "{node.value}"'
    )


def line_of(tree: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest node that lies on the path."""
    node = tree
    for part in path:
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        else:
            below = None
        if below is None:
            break
        node = below
    return node.start_mark.line + 1 if node is not None else 1
