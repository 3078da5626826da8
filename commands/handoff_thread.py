"""What the thread of a handoff is told: who is called for what, what is new, what is asked, and how it ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection, queries
from bot.duty import handoff_calls, handoff_steps, handoffs
from bot.engine import cases, roster
from bot.engine.access import Group
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Message, message, quote, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import handoff_messages, handoff_parts, wording
from commands.handoff_parts import Seen
from commands.handoff_words import first_name, short

SQL = queries("handoffs")


async def _seen(connection: Connection, subject: str, team: Team) -> Seen:
    return await handoff_parts.seen(connection, cases.id_of(subject), team)


def _call(person: str | None, it: Seen, *, quiet: bool) -> Mrkdwn:
    """Call somebody, but not at night; where nobody is meant, operations."""
    if person is None:
        return md("Operations") if quiet else wording.mention_group(it.team, Group.OPERATIONS)
    return md("{who}", who=it.names[person]) if quiet else text.user(person)


async def _sent(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call the receiver."""
    it = await _seen(connection, subject, team)
    names = await roster.names(connection, [parameters["to"], parameters["before"]])
    said = md(
        "{to}, {outgoing} hands over {items} to you. Please take each, then accept.",
        to=text.user(parameters["to"]) if not parameters["quiet"] else md("{who}", who=names[parameters["to"]]),
        outgoing=it.outgoing,
        items=short(len(it.handoff.items)),
    )
    return message(f"{it.outgoing} hands over {short(len(it.handoff.items))} ({it.handoff.number}).", section(said))


async def _changed(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say what is new since it was handed over."""
    it = await _seen(connection, subject, team)
    new, changed = parameters["new"], parameters["changed"]
    titles = {n: text.clip(it.words[n].title, 60) for n in (*new, *changed) if n in it.words}
    lines = [md("item {n}, {title}", n=n, title=title) for n, title in list(titles.items())[:5]]
    if len(titles) > len(lines):
        lines.append(md("and {rest} more", rest=len(titles) - len(lines)))
    what = text.join("; ", lines) if lines else md("something that is not open any more")
    said = md(
        ":warning: *New since the draft:* {what}. {who}, please look again before you accept.",
        what=what,
        who=_call(it.handoff.incoming, it, quiet=bool(parameters["quiet"])),
    )
    count = wording.count(len(new), "new item", "new items") if new else f"{short(len(changed))} changed"
    return message(f"Since the draft: {count} ({it.handoff.number}).", section(said))


async def _question(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Ask the outgoing person."""
    it = await _seen(connection, subject, team)
    row = await connection.fetchrow(SQL["question"], int(parameters["question"]))
    if row is None:
        reason = f"question {parameters['question']} is gone"
        raise LookupError(reason)
    names = await roster.names(connection, [row["who"]])
    about = f" about item {row['n']}" if row["n"] else ""
    asked = it.handoff.outgoing if row["who"] != it.handoff.outgoing else it.handoff.incoming
    who = first_name(names[row["who"]])
    said = md(
        "{to}, {who} asks{about}:",
        to=_call(asked, it, quiet=bool(parameters["quiet"])),
        who=who,
        about=md(" about item {n}", n=row["n"]) if row["n"] else md(""),
    )
    return message(
        text.clip(f"{names[row['who']]} asks{about} ({it.handoff.number}).", 150), section(said), quote(row["words"])
    )


async def _accepted(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Tell the outgoing person that they are free."""
    it = await _seen(connection, subject, team)
    who = first_name(it.names[it.handoff.accepted_by or ""])
    said = md(
        "{outgoing}, {who} accepted. You are free.",
        outgoing=_call(it.handoff.outgoing, it, quiet=bool(parameters["quiet"])),
        who=who,
    )
    return message(f"{who} accepted the handoff ({it.handoff.number}).", section(said))


async def _remind(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call whoever is to act, and say when management is called, where that was still to come."""
    it = await _seen(connection, subject, team)
    then = md("Please see to it now.")
    if it.handoff.raised_at is not None:  # the bot was away, and both calls came at once
        then = md("Management is called too.")
    elif parameters.get("management"):
        at = datetime.fromisoformat(parameters["management"])
        then = md("Management is called {at}.", at=text.instant(at, team.zone))
    return _waits(it, _call(_whose(it), it, quiet=False), then)


async def _raise(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Call management."""
    it = await _seen(connection, subject, team)
    return _waits(
        it, wording.mention_group(team, Group.MANAGEMENT), md("*Give to another…* gives it to somebody else.")
    )


def _whose(it: Seen) -> str | None:
    return it.handoff.outgoing if it.handoff.state == "draft" else it.handoff.incoming


def _waits(it: Seen, who: Mrkdwn, then: Mrkdwn) -> Message:
    handoff = it.handoff
    if handoff.state == "draft" and handoff.outgoing is None:
        what, sentence = "nobody is on call. Please take it", "Nobody is on call"
    elif handoff.state == "draft":
        what, sentence = f"{it.outgoing} has not sent the handoff", "The handoff was not sent"
    elif handoff.state == "accepted":
        what, sentence = "the handoff is accepted by now", "The handoff was accepted"
    else:
        left = f"{it.incoming} has not accepted, {short(len(handoff.open))} left"
        what, sentence = left, "The handoff was not accepted"
    said = md(":warning: {who}, {what}. {then}", who=who, what=what, then=then)
    return message(f"{sentence} ({handoff.number}).", section(said))


async def _again(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say that the one under way serves this end of the day."""
    it = await _seen(connection, subject, team)
    said = md(
        "{who}, this handoff is still open and serves today's end too. Please go on with it.",
        who=_call(_whose(it), it, quiet=bool(parameters["quiet"])),
    )
    return message(f"The handoff is still open ({it.handoff.number}).", section(said))


async def _missed(_connection: Connection, _subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say that a draft did not come."""
    when = text.deadline(datetime.fromisoformat(parameters["last"]), team.zone)
    count = int(parameters["count"])
    earlier = f", and {wording.count(count - 1, 'one', 'others')} before it" if count > 1 else ""
    said = md(
        ":warning: *The handoff of {when}{earlier} was not drafted:* the bot was away. `/faxi-handoff` drafts one now.",
        when=when,
        earlier=earlier,
    )
    return message(f"The handoff of {when}{earlier} was not drafted: the bot was away.", section(said))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws a handoff and the posts about it."""
    return {
        handoffs.RENDERER: handoff_messages.live,
        handoffs.CHANGED: _changed,
        handoff_steps.SENT: _sent,
        handoff_steps.QUESTION: _question,
        handoff_steps.ACCEPTED: _accepted,
        handoff_calls.REMIND: _remind,
        handoff_calls.RAISE: _raise,
        handoff_calls.AGAIN: _again,
        handoff_calls.MISSED: _missed,
    }
