"""What people do with a handoff: send it, take its items, ask, give it to another, and accept it once.

Whoever hands over stays on call until it is accepted: the row passes in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.base.database import Connection, queries
from bot.duty import handoff_calls, handoffs, oncall
from bot.duty.handoffs import Handoff, Item, Mood
from bot.engine import cases, outbox
from bot.engine.team import Team

SQL = queries("handoffs")
WORDS_LEAST: Final = 20
WORDS_MOST: Final = 500
"""Letters of the words with which a handoff is accepted."""
SENT: Final = "handoff.sent"
"""The post that calls the receiver."""
QUESTION: Final = "handoff.question"
"""The post with a question; its parameter is the question's id."""
ACCEPTED: Final = "handoff.accepted"
"""The post that tells the outgoing person that they are free."""
Why = Literal[
    "gone", "accepted", "not_sent", "not_yours", "self", "changed", "taken", "item_gone", "open_items", "words"
]


@dataclass(frozen=True)
class Refused:
    """Nothing was changed: why, and how the handoff stands.

    Attributes:
        item: the item that it is about, where it is about one.
    """

    why: Why
    handoff: Handoff | None = None
    item: Item | None = None


async def _held(connection: Connection, team: Team, case_id: int, now: datetime) -> Handoff | Refused:
    """Hold a handoff that is under way and bring it up to date."""
    await cases.lock(connection, case_id)
    await handoffs.refresh(connection, team, case_id, now)
    handoff = await handoffs.load(connection, case_id)
    if handoff is None:
        return Refused("gone")
    return Refused("accepted", handoff) if handoff.state == "accepted" else handoff


async def send(
    connection: Connection, team: Team, case_id: int, *, to: str, by: str, manager: bool, now: datetime
) -> Handoff | Refused:
    """Hand over to a person, or to another than before, who then takes each item anew.

    Parameters:
        to: the receiver, whom the caller has seen to be one who works here.
        by: who sends it: the outgoing person, who has it now, or a manager.
        manager: whether ``by`` is one.
    """
    handoff = await _held(connection, team, case_id, now)
    if isinstance(handoff, Refused):
        return handoff
    if to == handoff.outgoing:
        return Refused("self", handoff)
    if not manager and by not in {handoff.outgoing, handoff.incoming}:
        return Refused("not_yours", handoff)
    if handoff.state == "handed_over" and handoff.incoming == to:
        return Refused("taken", handoff)
    await _hand_over(connection, team, handoff, to, now)
    return await _fresh(connection, case_id)


async def claim(connection: Connection, team: Team, case_id: int, *, by: str, now: datetime) -> Handoff | Refused:
    """Take a handoff that nobody hands over, since nobody is on call; whoever does is on call from now on."""
    handoff = await _held(connection, team, case_id, now)
    if isinstance(handoff, Refused):
        return handoff
    if handoff.outgoing is not None or handoff.state != "draft":
        return Refused("taken", handoff)
    await _hand_over(connection, team, handoff, by, now)
    await oncall.take(connection, team, by, now)
    return await _fresh(connection, case_id)


async def _hand_over(connection: Connection, team: Team, handoff: Handoff, to: str, now: datetime) -> None:
    await connection.execute(SQL["free_items"], handoff.case_id)
    await connection.execute(SQL["send"], handoff.case_id, to, now)
    await handoff_calls.plan(connection, team, handoff.case_id, max(now, handoff.planned_at or now), now)
    await outbox.raise_live(connection, cases.subject(handoff.case_id))
    if handoff.outgoing is not None:
        parameters = {"to": to, "quiet": team.calendar.is_quiet(now), "before": handoff.incoming}
        await handoffs.tell(connection, SENT, handoff.case_id, now, parameters)


async def take(
    connection: Connection, team: Team, value: tuple[int, int, int], *, by: str, now: datetime
) -> Handoff | Refused:
    """Let the receiver have one item.

    Parameters:
        value: case, number and version that the button names.
    """
    case_id, n, version = value
    handoff = await _held(connection, team, case_id, now)
    if isinstance(handoff, Refused):
        return handoff
    item = next((one for one in handoff.every if one.n == n), None)
    if handoff.state == "draft":
        return Refused("not_sent", handoff, item)
    if handoff.incoming != by:
        return Refused("not_yours", handoff, item)
    if item is None or item.state == "gone":
        return Refused("item_gone", handoff, item)
    if item.version != version:
        return Refused("changed", handoff, item)
    if await connection.fetchval(SQL["take_item"], case_id, n, by, now) is None:
        return Refused("taken", handoff, item)
    await outbox.raise_live(connection, cases.subject(case_id))
    return await _fresh(connection, case_id)


async def change(
    connection: Connection,
    team: Team,
    case_id: int,
    *,
    by: str,
    manager: bool,
    n: int | None,
    todo: str | None,
    if_so: str | None,
    mood: Mood | None,
    now: datetime,
) -> Handoff | Refused:
    """Write to an item what to do and what if, and say how it is, before it is handed over.

    Parameters:
        n: the item; ``None`` to change only how it is.
        mood: ``None``: as the bot computes it.
    """
    handoff = await _held(connection, team, case_id, now)
    if isinstance(handoff, Refused):
        return handoff
    if not manager and by != handoff.outgoing:
        return Refused("not_yours", handoff)
    if handoff.state != "draft":
        return Refused("taken", handoff)
    if n is not None:
        if all(one.n != n for one in handoff.items):
            return Refused("item_gone", handoff)
        await connection.execute(SQL["item_words"], case_id, n, todo or None, if_so or None)
    await connection.execute(SQL["mood"], case_id, mood)
    await outbox.raise_live(connection, cases.subject(case_id))
    return await _fresh(connection, case_id)


async def ask(
    connection: Connection, team: Team, case_id: int, *, by: str, n: int | None, words: str, now: datetime
) -> Handoff | Refused:
    """Ask the outgoing person something in the thread, about one item or all."""
    await cases.lock(connection, case_id)
    handoff = await handoffs.load(connection, case_id)
    if handoff is None:
        return Refused("gone")
    question = await connection.fetchval(SQL["ask"], case_id, n, by, now, words)
    parameters = {"question": int(question), "quiet": team.calendar.is_quiet(now)}
    await handoffs.tell(connection, QUESTION, case_id, now, parameters)
    return handoff


async def accept(
    connection: Connection, team: Team, case_id: int, *, by: str, version: int, words: str, now: datetime
) -> Handoff | Refused:
    """Accept a handoff in one's own words; from then on the receiver is on call.

    Parameters:
        version: of what is open, as the receiver has seen it.
    """
    handoff = await _held(connection, team, case_id, now)
    if isinstance(handoff, Refused):
        return handoff
    refused = _may_not_accept(handoff, by, version, words)
    if refused is not None:
        return refused
    if await connection.fetchval(SQL["accept"], case_id, by, now, words.strip()) is None:
        return Refused("taken", handoff)
    await oncall.take(connection, team, by, now)
    await connection.execute(SQL["notes_done"], case_id)
    for row in await connection.fetch(SQL["cases_of"], case_id, handoff.outgoing):
        await cases.lock(connection, row["id"])
        if await cases.give_to(connection, row["id"], by):
            await outbox.raise_live(connection, cases.subject(row["id"]))
    await cases.close(connection, case_id, "done", by=by, now=now, resolution="the handoff was accepted")
    await handoff_calls.cancel(connection, case_id, now)
    await outbox.raise_live(connection, cases.subject(case_id))
    if handoff.outgoing is not None:
        await handoffs.tell(connection, ACCEPTED, case_id, now, {"quiet": team.calendar.is_quiet(now)})
    return await _fresh(connection, case_id)


def _may_not_accept(handoff: Handoff, by: str, version: int, words: str) -> Refused | None:
    why: Why | None = None
    if handoff.state == "draft":
        why = "not_sent"
    elif handoff.incoming != by:
        why = "not_yours"
    elif handoff.version != version:
        why = "changed"
    elif handoff.open:
        why = "open_items"
    elif not WORDS_LEAST <= len(words.strip()) <= WORDS_MOST:
        why = "words"
    return Refused(why, handoff) if why else None


async def _fresh(connection: Connection, case_id: int) -> Handoff:
    handoff = await handoffs.load(connection, case_id)
    if handoff is None:
        message = f"handoff {case_id} is gone while it is held"
        raise RuntimeError(message)
    return handoff
