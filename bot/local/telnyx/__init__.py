"""Telnyx on this machine: a strict stand-in for its fax interface over the real protocol."""

from .account import FROM_NUMBER, Course
from .faxes import SentFax
from .server import LocalTelnyx

__all__ = ["FROM_NUMBER", "Course", "LocalTelnyx", "SentFax"]
