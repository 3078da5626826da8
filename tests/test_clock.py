"""Business time moves forward only, and for all who share it at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.base.clock import MappedClock, SystemClock

SECOND = timedelta(seconds=1)


def test_the_system_clock_is_the_machines_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < SECOND


def test_a_move_is_seen_at_once_by_everyone_who_mapped_the_file(tmp_path: Path) -> None:
    ours = MappedClock.create(tmp_path / "clock", timedelta(days=2))
    theirs = MappedClock(tmp_path / "clock")
    ours.advance(timedelta(hours=3))
    assert theirs.offset == ours.offset == timedelta(days=2, hours=3)
    assert abs(theirs.now() - datetime.now(UTC) - timedelta(days=2, hours=3)) < SECOND
    assert theirs.now().tzinfo is UTC


def test_a_clock_may_begin_in_the_past_but_never_goes_back(tmp_path: Path) -> None:
    clock = MappedClock.create(tmp_path / "clock", timedelta(hours=-5))
    assert clock.offset == timedelta(hours=-5)
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(timedelta(microseconds=-1))
    assert clock.offset == timedelta(hours=-5)
    assert clock.advance(timedelta()) - datetime.now(UTC) < SECOND


def test_moves_add_up_to_the_microsecond(tmp_path: Path) -> None:
    clock = MappedClock.create(tmp_path / "clock")
    for _ in range(1000):
        clock.advance(timedelta(microseconds=1))
    assert clock.offset == timedelta(milliseconds=1)


def test_a_file_that_is_not_there_or_too_short_is_no_clock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        MappedClock(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"1234567")
    with pytest.raises(ValueError, match="is not a clock file: it holds fewer than 8 bytes"):
        MappedClock(tmp_path / "short")
