"""Tracked tasks: work that was accepted is finished, also when the process is asked to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Inflight:
    """Work under way: holds strong references, logs what fails, and can be waited for."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """Return how many tasks are under way."""
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start ``work`` as a task that :meth:`drain` waits for."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def drain(self, grace: float) -> int:
        """Wait for what is under way, at most ``grace`` seconds; cancel the rest.

        Tasks that tracked tasks start meanwhile are waited for too.

        Returns:
            how many tasks had to be cut off.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + grace
        while self._tasks and (left := end - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)
        cut = [task for task in self._tasks if not task.done()]
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        return len(cut)
