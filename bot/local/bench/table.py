"""The table that the benchmark prints, and which goals were met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Met = Literal["met", "not met", "not judged", ""]
NOT_JUDGED: Final = "not judged"


@dataclass(frozen=True)
class Line:
    """One comparison: what it says for each size, and whether that is what it ought to be."""

    what: str
    cells: Sequence[str]
    goal: str = ""
    met: Met = ""


def judged(value: float | None, *, least: float | None = None, most: float | None = None) -> Met:
    """Say whether a ratio is within its goal; without one nothing is judged."""
    if value is None:
        return NOT_JUDGED
    return "met" if (least is None or value >= least) and (most is None or value <= most) else "not met"


def milliseconds(seconds: float) -> str:
    """Write a time with two or three digits that count."""
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"  # noqa: PLR2004


def times(ratio: float) -> str:
    """Write a ratio with two or three digits that count, and the sign."""
    number = f"{ratio:,.0f}" if ratio >= 20 else f"{ratio:.1f}" if ratio >= 2 else f"{ratio:.2f}"  # noqa: PLR2004
    return f"{number} ×"  # noqa: RUF001


def drawn(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table that reads in a terminal and in Markdown."""
    every = [head, *rows]
    widths = [max(len(row[place]) for row in every) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])
