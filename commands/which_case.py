"""Which case is meant: by its number, or by the thread in which a mention stands."""

from typing import Final

from bot.base import telephone
from bot.engine import case_numbers, cases, outbox
from bot.slack.interactions import Call

FEWEST_DIGITS: Final = 8
"""Digits from which on a text is a telephone number, and no longer the short form of a case's."""


def named(typed: str) -> int | None:
    """Return the case that a text names where an account may be named too; ``None`` when it names none."""
    return None if len(telephone.digits_of(typed)) >= FEWEST_DIGITS else case_numbers.parse(typed)


async def of_thread(call: Call) -> str:
    """Return the number of the case whose thread a mention stands in; empty anywhere else."""
    click = call.click
    if click.kind != "event" or click.channel is None or click.thread_ts is None:
        return ""
    subject = await outbox.subject_at(call.connection, click.channel, click.thread_ts)
    return cases.number(cases.id_of(subject)) if subject and subject.startswith("case:") else ""
