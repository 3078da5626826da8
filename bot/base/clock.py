"""Business time: the clock that due times, windows and everything people read go by.

Two clocks are never mixed. *Business time* comes from a :class:`Clock` and can be moved in
trials and tests, forward only. *Machine time* (leases, retries, pace, time-outs, signatures) is
``time.monotonic`` inside a process and ``clock_timestamp()`` between processes; nothing moves it.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_OFFSET = struct.Struct("<q")


class Clock(Protocol):
    """Tells business time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """Business time as the machine has it: the clock of production."""

    def now(self) -> datetime:
        """Return the machine's time, aware, in UTC."""
        return datetime.now(UTC)


class MappedClock:
    """Machine time plus an offset that lies in a small file (``FAXI_CLOCK``), for trials and tests.

    The file is mapped into memory, so every process of a trial sees a move at once.
    """

    def __init__(self, path: Path) -> None:
        """Map the file ``path``, which :func:`create` must have made.

        Raises:
            OSError: the file is not there or cannot be read.
            ValueError: the file is too short to hold an offset.
        """
        handle = os.open(path, os.O_RDWR)
        try:
            if os.fstat(handle).st_size < _OFFSET.size:
                message = f"{path} is not a clock file: it holds fewer than {_OFFSET.size} bytes"
                raise ValueError(message)
            self._memory = mmap.mmap(handle, _OFFSET.size)
        finally:
            os.close(handle)

    @classmethod
    def create(cls, path: Path, offset: timedelta = timedelta()) -> "MappedClock":
        """Write a clock file with this offset from machine time, and map it."""
        path.write_bytes(_OFFSET.pack(offset // timedelta(microseconds=1)))
        return cls(path)

    def now(self) -> datetime:
        """Return the moved time, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far business time is ahead of machine time."""
        (microseconds,) = _OFFSET.unpack(self._memory[: _OFFSET.size])
        return timedelta(microseconds=microseconds)

    def advance(self, by: timedelta) -> datetime:
        """Move business time forward by ``by`` and return the new instant.

        Raises:
            ValueError: ``by`` is negative; business time never goes back.
        """
        if by < timedelta():
            message = "business time moves forward only"
            raise ValueError(message)
        self._memory[: _OFFSET.size] = _OFFSET.pack((self.offset + by) // timedelta(microseconds=1))
        return self.now()
