"""Says to a terminal what is being done while a person waits."""

import time

from rich.console import Console
from rich.text import Text


class Progress:
    """Says on standard error what is being done, with the seconds since the start."""

    def __init__(self) -> None:
        """Begin to count."""
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        """Say what is being done now."""
        self._console.print(
            Text(f"{time.monotonic() - self._began:5.1f} s  ", style="dim").append(text, style="default")
        )
