"""What the words of findings are made of: lines and a title, rates with their fractions, limits that are passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.engine.handbook import Limit, Pair
from bot.mail.metrics.status import Rate
from bot.slack.text import Mrkdwn, md
from commands.report_rows import fraction, in_percent, percent

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """A finding in words.

    Attributes:
        lines: what was found, one or more lines without a sign.
        title: the item's title with what matters of it, such as ``Complaints over 0.1%``; ``None``: the step's own.
    """

    lines: tuple[Mrkdwn, ...]
    title: Mrkdwn | None = None


def rate_words(rate: Rate, decimals: int, *limits: Limit) -> str:
    """Write a rate with its fraction; what has no rate says so."""
    return f"{percent(rate, decimals, *limits)} ({fraction(rate)})"


def over(name: str, rate: Rate, limits: Pair) -> Mrkdwn | None:
    """Name the limit that a rate is over; ``None`` where it is over none."""
    limit = next((one for one in (limits.critical, limits.warning) if rate.over(*one)), None)
    return None if limit is None else md("{name} over {limit}", name=name, limit=in_percent(limit))


def kinds_of(facts: Facts) -> str:
    """Say of which kinds bounces are: ``12 permanent, 2 temporary``; empty without any."""
    kinds = {"permanent": "permanent", "transient": "temporary", "undetermined": "unclear"}
    return ", ".join(f"{facts[key]:,} {word}" for key, word in kinds.items() if facts[key])
