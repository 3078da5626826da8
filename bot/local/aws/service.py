"""What a service of the stand-in is: botocore's model, and the operations that are written for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import models


@dataclass(frozen=True)
class Operation:
    """One operation of a service."""

    run: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """Takes and gives members by the model's names; refuses with AwsError."""
    heeds: frozenset[str]
    """The members that it heeds; any other is answered by 501 and not passed over in silence."""


class Service:
    """A service; each is a class in a file of its own that holds the service's state."""

    def __init__(self, name: str, operations: Mapping[str, Operation]) -> None:
        """Load the model.

        Args:
            name: botocore's name of it.
            operations: those that are written; all others are answered by 501 with their name.
        """
        self.name = name
        self.model = models.load(name)
        self.operations = operations
