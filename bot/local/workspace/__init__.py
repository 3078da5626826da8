"""The local Slack workspace: a strict stand-in for Slack over the real protocol, without its page."""

from .cli import serve
from .moving import Trial
from .server import Workspace

__all__ = ["Trial", "Workspace", "serve"]
